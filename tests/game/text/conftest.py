"""Tokenizers built in memory and small models of every family, with random weights that matter to the output."""

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

SPECIAL = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = """the film was not good great wonder ##ful ##ly . , ! bad very a superb plot ##s and it bore ##dom
acting music ' t is n isn never""".split()  # noqa: SIM905


@pytest.fixture(scope="session")
def word_piece():
    """WordPiece as BERT has it: small letters, [CLS] before and [SEP] behind; padding is token 1, as for RoBERTa."""
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(SPECIAL + PIECES)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = [(token, SPECIAL.index(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=special)
    names = ("unk_token", "pad_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(zip(names, SPECIAL, strict=True)))


LINES = [
    "The film was not good, it was a great bore and the plot never moved.",
    "A wonderful film, truly great acting and good music; the best film of the year.",
    "It is not a bad film, but the music is never good and the acting is worse.",
]


@pytest.fixture(scope="session")
def byte_pair():
    """Byte-level BPE as GPT-2 has it: one special token, no padding, no mask, spaces belong to the token behind."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(LINES, trainer)
    end = "<|endoftext|>"
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, bos_token=end, unk_token=end)


SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "num_labels": 3}


def bert(vocabulary, **more):
    config = BertConfig(vocab_size=vocabulary, max_position_embeddings=40, pad_token_id=1, **SMALL, **more)
    return BertForSequenceClassification(config)


def roberta(vocabulary):
    return RobertaForSequenceClassification(RobertaConfig(vocab_size=vocabulary, max_position_embeddings=42, **SMALL))


def distilbert(vocabulary):
    config = DistilBertConfig(
        vocab_size=vocabulary, max_position_embeddings=40, dim=16, n_layers=2, n_heads=2, hidden_dim=16, num_labels=3,
        pad_token_id=1,
    )  # fmt: skip
    return DistilBertForSequenceClassification(config)


GPT = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 48}


def gpt2_classifier(vocabulary):
    config = GPT2Config(
        vocab_size=vocabulary, num_labels=3, pad_token_id=1, bos_token_id=None, eos_token_id=None, **GPT
    )
    return GPT2ForSequenceClassification(config)


def gpt2(vocabulary):
    return GPT2LMHeadModel(GPT2Config(vocab_size=vocabulary, bos_token_id=0, eos_token_id=0, **GPT))


FAMILIES = {
    "bert": bert,
    "roberta": roberta,
    "distilbert": distilbert,
    "gpt2_classifier": gpt2_classifier,
    "gpt2": gpt2,
}


@pytest.fixture
def model():
    """A model of a family for so many tokens, in training mode (dropout would show), with large random weights."""

    def make(family, vocabulary, seed=0):
        torch.manual_seed(seed)
        network = FAMILIES[family](vocabulary)
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.ndim > 1:
                    parameter.normal_(0, 0.5)
        return network.train()

    return make


class Planted(torch.nn.Module):
    """2 [not and good] + [great or superb] + [very and film], as the output itself."""

    def __init__(self, tokenizer):
        super().__init__()
        self.ids = dict(zip(("good", "not", "great", "superb", "very", "film"),
                            tokenizer.convert_tokens_to_ids(["good", "not", "great", "superb", "very", "film"]),
                            strict=True))  # fmt: skip

    def forward(self, input_ids, attention_mask):
        def there(word):
            return ((input_ids == self.ids[word]) & (attention_mask > 0)).any(1)

        return (
            2.0 * (there("not") & there("good"))
            + 1.0 * (there("great") | there("superb"))
            + 1.0 * (there("very") & there("film"))
        )


@pytest.fixture
def planted(word_piece):
    return Planted(word_piece)
