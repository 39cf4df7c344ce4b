"""Models on masked sentences: equal to sentences masked by hand, whatever shares the batch with them."""

import math
import warnings

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from harsanyi import extract
from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.evaluate import evaluate
from harsanyi.game.network import evaluation_mode
from harsanyi.game.players.text import Words
from harsanyi.game.scores import LogOdds, Output
from harsanyi.game.text.network import TextNetwork, padding_token, token_limit
from harsanyi.game.text.tokens import INJECTED

TEXTS = [
    "The film was wonderfully good, not bad!",
    "Not good",
    "A superb film and great acting, the plots never bore and the music is very, very good.",
]
NAMED = [["wonderfully", "not", "bad"], ["Not", "good"], ["superb", "plots", "good"]]
CLASSIFIERS = ["bert", "roberta", "distilbert", "gpt2_classifier"]


def scores(words, model, texts, labels, batch_size=64, score=LogOdds()):
    posed = words.pose(model, texts, labels, score, None)
    labels = torch.as_tensor(labels)
    return evaluate(
        posed.network, posed.players.maskings(posed.samples), labels, score, batch_size=batch_size, output=posed.output
    )


def log_odds(logits, label):
    """Straight from the definition, in double."""
    p = torch.softmax(logits.double(), -1)[label].item()
    return math.log(p / (1 - p))


def present(coalition, player):
    return coalition >> player & 1


def masked_by_hand(text, words, coalition, tokenizer, token):
    """Each absent word of a sentence without repeated words is written as as many masks as it has pieces."""
    for player, word in enumerate(words):
        if not present(coalition, player):
            text = text.replace(word, " ".join([token] * len(tokenizer.tokenize(word))), 1)
    return text


@pytest.mark.parametrize("family", CLASSIFIERS)
@pytest.mark.parametrize(("baseline", "token"), [("mask", "[MASK]"), ("unk", "[UNK]")])
def test_scores_equal_those_of_sentences_masked_by_hand(word_piece, model, family, baseline, token):
    network = model(family, len(word_piece))
    for text, named, label in zip(TEXTS, NAMED, (0, 2, 1), strict=True):
        found = scores(Words(word_piece, words=[named], baseline=baseline), network, [text], [label])[0]
        for coalition in range(1 << len(named)):
            by_hand = masked_by_hand(text, named, coalition, word_piece, token)
            with evaluation_mode(network):
                logits = network(**word_piece(by_hand, return_tensors="pt", return_token_type_ids=False)).logits[0]
            assert float(found[coalition]) == pytest.approx(log_odds(logits, label), abs=2e-5)
        assert found.std() > 0.05


@pytest.mark.parametrize("family", CLASSIFIERS)
def test_padded_words_are_padding_to_the_model(word_piece, model, family):
    network = model(family, len(word_piece))
    words = Words(word_piece, words=["wonderfully", "bad"], baseline="pad")
    found = scores(words, network, TEXTS[:1], [1])[0]
    encoded = word_piece(TEXTS[0], return_tensors="pt", return_token_type_ids=False)
    pieces = [[4, 5, 6], [10]]  # behind [CLS] the film was: wonder ##ful ##ly good , not bad
    assert word_piece.convert_ids_to_tokens(encoded["input_ids"][0].tolist())[10] == "bad"
    for coalition in range(4):
        ids, attention = encoded["input_ids"].clone(), encoded["attention_mask"].clone()
        for player in range(2):
            if not present(coalition, player):
                ids[0, pieces[player]], attention[0, pieces[player]] = word_piece.pad_token_id, 0
        with evaluation_mode(network):
            logits = network(input_ids=ids, attention_mask=attention).logits[0]
        assert float(found[coalition]) == pytest.approx(log_odds(logits, 1), abs=2e-5)


def test_nothing_attends_to_padded_words(word_piece, model):
    """Any other id in their place gives the same scores."""
    network = model("bert", len(word_piece))
    posed = Words(word_piece, words=["wonderfully", "bad"], baseline="pad").pose(
        network, TEXTS[:1], [1], LogOdds(), None
    )
    masked = posed.players.maskings(posed.samples)[0].apply(torch.tensor([[False, False]]))
    other = masked.clone()
    other[0, 0, [4, 5, 6, 10]] = torch.tensor([7, 8, 9, 20])
    with evaluation_mode(posed.network):
        first, second, whole = (posed.network(rows).logits for rows in (masked, other, posed.samples))
    assert torch.allclose(first, second, atol=1e-5)
    assert not torch.allclose(first, whole, atol=1e-2)


@pytest.mark.parametrize("family", CLASSIFIERS)
@pytest.mark.parametrize("baseline", ["mask", "pad", "mean"])
def test_batch_padding_and_the_other_sentences_never_change_a_score(word_piece, model, family, baseline):
    network = model(family, len(word_piece))
    named = [words[:2] for words in NAMED]
    together = scores(Words(word_piece, words=named, baseline=baseline), network, TEXTS, [0, 1, 2])
    for size in (1, 3, 5):
        again = scores(Words(word_piece, words=named, baseline=baseline), network, TEXTS, [0, 1, 2], batch_size=size)
        assert torch.allclose(together, again, atol=2e-5)
    for index, (text, words) in enumerate(zip(TEXTS, named, strict=True)):
        alone = scores(Words(word_piece, words=words, baseline=baseline), network, [text], [index])
        assert torch.allclose(together[index], alone[0], atol=2e-5)


def embeddings_of(network, ids):
    return network.get_input_embeddings()(ids)


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert"])
@pytest.mark.parametrize("kind", ["mean", "vector"])
def test_injected_embeddings_equal_a_call_with_embeddings(word_piece, model, family, kind):
    """The reference never hooks anything: it hands the model `inputs_embeds` that are mixed by hand."""
    network = model(family, len(word_piece))
    vector = torch.linspace(-2, 2, 16)
    words = Words(word_piece, words=["wonderfully", "bad"], baseline="mean" if kind == "mean" else vector)
    found = scores(words, network, TEXTS[:1], [2])[0]
    encoded = word_piece(TEXTS[0], return_tensors="pt")
    with evaluation_mode(network):
        expected = embeddings_of(network, torch.arange(len(word_piece))).mean(0) if kind == "mean" else vector
        for coalition in range(4):
            embeddings = embeddings_of(network, encoded["input_ids"]).clone()
            for player, pieces in enumerate([[4, 5, 6], [10]]):
                if not present(coalition, player):
                    embeddings[0, pieces] = expected
            logits = network(inputs_embeds=embeddings, attention_mask=encoded["attention_mask"]).logits[0]
            assert float(found[coalition]) == pytest.approx(log_odds(logits, 2), abs=2e-5)
    assert found.std() > 0.05


@pytest.mark.parametrize("family", CLASSIFIERS)
def test_an_unmasked_sentence_has_the_same_score_whatever_the_baseline(word_piece, model, family):
    network = model(family, len(word_piece))
    baselines = ["mask", "unk", "pad", "mean", torch.ones(16)]
    whole = [
        scores(Words(word_piece, words=[words[:2] for words in NAMED], baseline=b), network, TEXTS, [0, 1, 2])[:, -1]
        for b in baselines
    ]
    for other in whole[1:]:
        assert torch.allclose(whole[0], other, atol=2e-5)


def test_the_model_is_left_as_it_was(word_piece, model):
    network = model("bert", len(word_piece))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    scores(Words(word_piece, words=["film"], baseline="mean"), network, TEXTS[:1], [0])
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    posed = Words(word_piece, words=["film"], baseline="mean").pose(network, TEXTS[:1], [0], LogOdds(), None)
    network.get_input_embeddings().weight.data = network.get_input_embeddings().weight.data[:3]
    with pytest.raises(NetworkError, match="index out of range"):
        evaluate(posed.network, posed.players.maskings(posed.samples), torch.tensor([0]), LogOdds(), batch_size=2)
    assert not any(module._forward_hooks for module in network.modules())


def test_an_embedding_layer_that_is_passed_over_is_an_error_not_an_unmasked_sentence(word_piece):
    class Passing(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Embedding(len(word_piece), 4)

        def get_input_embeddings(self):
            return self.layer

        def forward(self, input_ids, attention_mask):
            return self.layer.weight[input_ids].sum((1, 2))

    with pytest.raises(NetworkError, match="did not call its embedding layer"):
        scores(Words(word_piece, words=["film"], baseline="mean"), Passing(), TEXTS[:1], [-1], score=Output())


def test_a_planted_function_of_the_words_comes_back_exactly(word_piece, planted):
    texts = ["a very good film, not great", "superb film, not very good, great", "good not very superb film"]
    named = [
        ["very", "good", "film", "not", "great"],
        ["superb", "film", "not", "very", "good"],
        ["good", "not", "very", "superb", "film"],
    ]
    result = extract(planted, texts, players=Words(word_piece, words=named), score=Output(), noise=0, progress=False)

    def effects(sample):
        keys = [frozenset(name for i, name in enumerate(result.names[sample]) if c >> i & 1) for c in range(32)]
        both = zip(keys, result.and_[sample], result.or_[sample], strict=True)
        return {(kind, key): round(float(value), 4) for key, a, o in both
                for kind, value in (("and", a), ("or", o)) if abs(value) > 1e-6}  # fmt: skip

    first = {
        ("and", frozenset({"good", "not"})): 2.0,
        ("and", frozenset({"great"})): 1.0,
        ("and", frozenset({"very", "film"})): 1.0,
    }
    assert result.names[0] == ("very", "good", "film", "not", "great")
    assert effects(0) == first
    assert result.names[1] == ("superb", "film", "not", "very", "good")
    second = {key: value for key, value in first.items() if key[1] != {"great"}}
    assert effects(1) == {**second, ("and", frozenset()): 1.0}  # great is always there: superb adds nothing
    third = {**second, ("and", frozenset({"superb"})): 1.0}
    assert effects(2) == third


def test_an_or_of_two_words_comes_back_as_an_or(word_piece, planted):
    words = Words(word_piece, words=["great", "superb", "plot"])
    result = extract(planted, ["great and superb plot"], players=words, score=Output(), noise=0, progress=False)
    assert result[0]["great", "superb"].or_ == pytest.approx(1.0, abs=1e-6)
    assert abs(result.and_).sum() == pytest.approx(0.0, abs=1e-6)


def test_extract_of_a_classifier_predicts_labels_and_keeps_sentences_and_characters(word_piece, model):
    network = model("bert", len(word_piece))
    words = Words(word_piece, n=2, seed=3)
    result = extract(network, TEXTS, players=words, progress=False)
    with evaluation_mode(network):
        predicted = [int(network(**word_piece(text, return_tensors="pt")).logits.argmax()) for text in TEXTS]
    assert result.labels.tolist() == predicted
    assert list(result.inputs) == TEXTS
    for index, text in enumerate(TEXTS):
        for player, name in enumerate(result.names[index]):
            marked = "".join(c for c, owner in zip(text, result.regions[index], strict=False) if owner == player)
            assert marked == name.partition("#")[0]
    expected = scores(words, network, TEXTS, predicted)
    assert torch.allclose(torch.from_numpy(result.scores), expected, atol=2e-5)


def test_samples_drawn_in_blocks_give_the_same_scores(word_piece, model, blocks_of):
    network = model("distilbert", len(word_piece))
    whole = extract(network, TEXTS, [0, 1, 2], players=Words(word_piece, n=2), progress=False)
    blocks_of(4)
    parts = extract(network, TEXTS, [0, 1, 2], players=Words(word_piece, n=2), progress=False)
    assert whole.names == parts.names
    assert abs(whole.scores - parts.scores).max() < 2e-5


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_dtype_of_the_model_is_kept(word_piece, model, dtype):
    network = model("bert", len(word_piece)).to(dtype)
    words = Words(word_piece, words=["film"], baseline=torch.ones(16, dtype=torch.float64))
    assert scores(words, network, TEXTS[:1], [0]).isfinite().all()


def test_one_of_several_outputs_may_be_scored(word_piece, model):
    network = model("bert", len(word_piece), seed=1)
    words = Words(word_piece, words=["film", "good"])
    mine = extract(network, TEXTS[:1], [0], players=words, output=lambda out: -out.logits, progress=False)
    posed = words.pose(network, TEXTS[:1], [0], LogOdds(), None)
    maskings = posed.players.maskings(posed.samples)
    negative = evaluate(lambda rows: -posed.network(rows).logits, maskings, torch.tensor([0]), LogOdds(), batch_size=4)
    with evaluation_mode(network):
        assert (
            abs(mine.scores[0, -1] - log_odds(-network(**word_piece(TEXTS[0], return_tensors="pt")).logits[0], 0))
            < 2e-5
        )
    assert negative.shape == mine.scores.shape


def test_a_tokenizer_of_another_model_is_refused(word_piece, model):
    network = model("bert", len(word_piece) - 1)
    with pytest.raises(ArgumentError, match=r"tokenizer: given a tokenizer of 35 tokens; accepted: at most 34 tokens"):
        Words(word_piece, words=["film"]).pose(network, TEXTS[:1], None, LogOdds(), None)
    network = model("bert", len(word_piece))
    network.config.pad_token_id = 7
    with pytest.warns(UserWarning, match="pads with 1, the network with 7"):
        Words(word_piece, words=["film"]).pose(network, TEXTS[:1], None, LogOdds(), None)


def test_padding_is_the_tokenizers_or_the_models_or_the_end_of_text(word_piece, byte_pair, model):
    network = model("bert", len(word_piece))
    assert padding_token(word_piece, network) == 1
    first = PreTrainedTokenizerFast(tokenizer_object=word_piece.backend_tokenizer, pad_token="[UNK]")
    assert padding_token(first, network) == 0
    bare = PreTrainedTokenizerFast(tokenizer_object=word_piece.backend_tokenizer, eos_token="[SEP]")
    assert padding_token(bare, network) == 1
    assert padding_token(bare, lambda rows: rows) == word_piece.sep_token_id
    assert padding_token(byte_pair, model("gpt2", len(byte_pair))) == byte_pair.eos_token_id


def test_an_embedding_of_another_size_is_refused(word_piece, model):
    words = Words(word_piece, words=["film"], baseline=torch.ones(7))
    with pytest.raises(ArgumentError, match=r"baseline: given shape \(7,\); accepted: shape \(16,\)"):
        words.pose(model("bert", len(word_piece)), TEXTS[:1], None, LogOdds(), None)


@pytest.mark.parametrize(("family", "positions"), [("bert", 40), ("distilbert", 40), ("roberta", 40), ("gpt2", 48)])
def test_a_sentence_as_long_as_the_positions_of_the_model_runs_and_a_longer_one_is_cut(
    word_piece, model, family, positions
):
    network = model(family, len(word_piece))
    assert token_limit(network, word_piece, None) == positions
    assert token_limit(network, word_piece, 9) == 9
    assert token_limit(lambda rows: rows, word_piece, None) is None
    if family == "gpt2":
        return
    words = Words(word_piece, words=["film"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        just = scores(words, network, ["film" + " good" * 37], [0])  # and [CLS], [SEP]
    with pytest.warns(UserWarning, match="1 of 1 sentences are cut off after 40 tokens"):
        assert torch.allclose(scores(words, network, ["film" + " good" * 60], [0]), just)


def test_a_network_that_does_not_take_tokens_says_so(word_piece):
    posed = Words(word_piece, words=["film"]).pose(torch.nn.Linear(3, 2), TEXTS[:1], None, LogOdds(), None)
    with pytest.raises(NetworkError, match="input_ids"):
        evaluate(posed.network, posed.players.maskings(posed.samples), torch.tensor([0]), LogOdds(), batch_size=2)


def test_the_batch_is_only_as_long_as_its_longest_sentence(word_piece):
    lengths = []

    def network(input_ids, attention_mask):
        lengths.append((input_ids.shape[1], int(attention_mask.sum(1).max())))
        return input_ids.double().sum(1)

    scores(Words(word_piece, words=[["good"], ["good"]]), network, ["good film not bad", "good"], [-1, -1], 2, Output())
    assert lengths == [(6, 6), (3, 3)]


def test_injection_leaves_what_is_not_masked(word_piece, model):
    network = model("bert", len(word_piece))
    samples = torch.zeros(2, 4, 5, dtype=torch.int64)
    samples[:, 0], samples[:, 1] = torch.arange(5), 1
    samples[1, INJECTED, 2] = 1
    wrapped = TextNetwork(network, torch.full((16,), 9.0))
    seen = []
    handle = network.bert.embeddings.LayerNorm.register_forward_hook(lambda m, i, o: seen.append(i[0]))
    with evaluation_mode(wrapped):
        wrapped(samples)
        TextNetwork(network)(samples)
    handle.remove()
    changed = (seen[0] != seen[1]).any(2)
    assert changed.nonzero().tolist() == [[1, 2]]


def test_every_coalition_is_evaluated_once_even_if_a_word_is_the_mask_already(word_piece):
    rows = []

    def network(input_ids, attention_mask):
        rows.append(len(input_ids))
        return input_ids.double().sum(1)

    words = Words(word_piece, words=["zebra", "good"], baseline="unk")  # an unknown word is masked by itself
    found = scores(words, network, ["zebra good"], [-1], score=Output())
    assert sum(rows) == 2
    assert found[0].tolist() == [found[0, 0], found[0, 0], found[0, 2], found[0, 2]]
