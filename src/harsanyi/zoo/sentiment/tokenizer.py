"""A WordPiece tokenizer for the words of the sentiment grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harsanyi.core.extras import missing
from harsanyi.zoo.sentiment import lexicon

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SPLIT = {
    "masterpiece": ("master", "##piece"),
    "screenplay": ("screen", "##play"),
    "unforgettable": ("un", "##forget", "##table"),
    "unwatchable": ("un", "##watch", "##able"),
    "nonsense": ("non", "##sense"),
}


def sentiment_tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer in the form of BERT's, built in memory: [CLS] words [SEP]; some words have several pieces.

    Returns:
        The tokenizer, with padding, unknown, class, separator and mask tokens.

    Raises:
        ImportError: transformers is not installed (says the command that installs it).

    Example:
        >>> sentiment_tokenizer().tokenize("the screenplay was unforgettable")
        ['the', 'screen', '##play', 'was', 'un', '##forget', '##table']
    """
    try:
        from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
        from transformers import PreTrainedTokenizerFast
    except ImportError as error:
        raise missing("the sentiment tokens need transformers", "text") from error
    vocabulary = _vocabulary()
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    ends = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=64,
    )  # fmt: skip


def _vocabulary() -> dict[str, int]:
    pieces = [piece for word in lexicon.words() for piece in SPLIT.get(word, (word,))]
    return {token: number for number, token in enumerate([*SPECIAL, *dict.fromkeys(pieces)])}
