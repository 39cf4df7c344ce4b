"""What a language model says next: log-odds of a token or a text against probabilities multiplied out by hand."""

import itertools
import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, processors
from transformers import PreTrainedTokenizerFast

from harsanyi import extract
from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.continuation import Continuation, NextToken, continuation_log_odds
from harsanyi.game.evaluate import evaluate
from harsanyi.game.network import evaluation_mode
from harsanyi.game.players.text import Words
from harsanyi.game.scores import resolve_labels
from harsanyi.game.text.network import PromptNetwork
from harsanyi.game.text.prompts import encode_prompts

pytestmark = pytest.mark.filterwarnings("ignore:NextToken scores")

PROMPTS = ["The film was not", "A wonderful film, truly great acting and", "It is not a bad film, but the music is"]
NAMED = [["film", "not"], ["wonderful", "acting"], ["bad", "music"]]
ENDS = [" good", " good music", " never good and the worse"]


def log_odds(probability):
    return math.log(probability / (1 - probability))


def by_hand(network, prompt, answer):
    """Probability of some tokens after others, one forward pass a token."""
    probability = 1.0
    with evaluation_mode(network):
        for token in answer:
            logits = network(input_ids=torch.tensor([prompt])).logits[0, -1].double()
            probability *= logits.softmax(0)[token].item()
            prompt = [*prompt, token]
    return probability


def scores(words, network, texts, labels, score, batch_size=64):
    posed = words.pose(network, texts, labels, score, None)
    with evaluation_mode(posed.network):
        resolved = resolve_labels(score, posed.labels, posed.whole(posed.samples), len(texts))
    maskings = posed.players.maskings(posed.samples)
    return evaluate(posed.network, maskings, resolved, score, batch_size=batch_size)


def masked(tokenizer, text, words, coalition):
    """Ids of a prompt whose absent words are the unknown token, from the offsets of the tokenizer."""
    encoded = tokenizer(text, return_offsets_mapping=True)
    ids = list(encoded["input_ids"])
    for player, word in enumerate(words):
        start = text.index(word)
        for i, (a, b) in enumerate(encoded["offset_mapping"]):
            if not coalition >> player & 1 and a < start + len(word) and b > start:
                ids[i] = tokenizer.unk_token_id
    return ids


@pytest.mark.parametrize(("score", "first_only"), [(Continuation(), False), (NextToken(), True)])
def test_scores_equal_probabilities_multiplied_out_by_hand(byte_pair, model, score, first_only):
    network = model("gpt2", len(byte_pair))
    words = Words(byte_pair, words=NAMED, baseline="unk")
    found = scores(words, network, PROMPTS, ENDS, score)
    assert found.shape == (3, 4)
    for sample, (text, named, end) in enumerate(zip(PROMPTS, NAMED, ENDS, strict=True)):
        answer = byte_pair(end)["input_ids"]
        answer = answer[:1] if first_only else answer
        assert first_only or sample == 0 or len(answer) > 1
        for coalition in range(4):
            probability = by_hand(network, masked(byte_pair, text, named, coalition), answer)
            assert float(found[sample, coalition]) == pytest.approx(log_odds(probability), abs=1e-4)
    assert (found.std(1) > 0.01).all()


@pytest.mark.parametrize("baseline", ["unk", "pad", "mean"])
@pytest.mark.parametrize("score", [Continuation(), NextToken()])
def test_batches_and_other_prompts_never_change_a_score(byte_pair, model, score, baseline):
    network = model("gpt2", len(byte_pair))
    together = scores(Words(byte_pair, words=NAMED, baseline=baseline), network, PROMPTS, ENDS, score)
    for size in (1, 3):
        again = scores(Words(byte_pair, words=NAMED, baseline=baseline), network, PROMPTS, ENDS, score, size)
        assert torch.allclose(together, again, atol=1e-4)
    for i in range(3):
        alone = scores(Words(byte_pair, words=NAMED[i], baseline=baseline), network, PROMPTS[i : i + 1], ENDS[i], score)
        assert torch.allclose(together[i], alone[0], atol=1e-4)


def test_padded_words_keep_their_places_and_get_no_attention(byte_pair, model):
    network = model("gpt2", len(byte_pair))
    text, token = PROMPTS[1], byte_pair(" good")["input_ids"][0]
    found = scores(Words(byte_pair, words=["wonderful"], baseline="pad"), network, [text], token, NextToken())
    ids = torch.tensor([masked(byte_pair, text, ["wonderful"], 0)])  # the unknown token is the one that pads, too
    attention = (ids != byte_pair.eos_token_id).long()
    assert 0 < int((attention == 0).sum()) < attention.numel()
    with evaluation_mode(network):
        logits = network(input_ids=ids, attention_mask=attention).logits[0, -1].double()
    assert float(found[0, 0]) == pytest.approx(log_odds(logits.softmax(0)[token].item()), abs=1e-4)


def test_injected_embeddings_never_touch_the_continuation(byte_pair, model):
    network = model("gpt2", len(byte_pair))
    vector, text = torch.linspace(-1, 1, 16), PROMPTS[0]
    found = scores(Words(byte_pair, words=["film"], baseline=vector), network, [text], " film", Continuation())
    ids = byte_pair(text)["input_ids"]
    hidden = [i for i, (a, b) in enumerate(zip(ids, masked(byte_pair, text, ["film"], 0), strict=True)) if a != b]
    answer = byte_pair(" film")["input_ids"]
    probability = 1.0
    with evaluation_mode(network):
        for j, token in enumerate(answer):
            embeddings = network.get_input_embeddings()(torch.tensor([ids + answer[:j]])).clone()
            embeddings[0, hidden] = vector
            probability *= network(inputs_embeds=embeddings).logits[0, -1].double().softmax(0)[token].item()
    assert float(found[0, 0]) == pytest.approx(log_odds(probability), abs=1e-4)


def test_probabilities_of_all_continuations_of_a_small_vocabulary_sum_to_one():
    after = {(): torch.randn(4), **{(a,): torch.randn(4) * 4 for a in range(4)}}
    after |= {(a, b): torch.randn(4) for a in range(4) for b in range(4)}
    total = 0.0
    for answer in itertools.product(range(4), repeat=3):
        logits = torch.stack([after[answer[:j]] for j in range(3)])[None]
        total += continuation_log_odds(logits, torch.tensor([answer])).sigmoid().item()
    assert total == pytest.approx(1.0, abs=1e-12)


def test_the_model_gives_all_two_token_continuations_a_probability_of_one(model):
    """The wrapped model itself, over its whole vocabulary."""
    network = model("gpt2", 7)
    rows = torch.zeros(49, 4, 5, dtype=torch.int64)
    rows[:, 0, :3] = torch.tensor([3, 1, 4])
    answers = torch.cartesian_prod(torch.arange(7), torch.arange(7))
    rows[:, 0, 3], rows[:, 1, :4], rows[:, 3, 2] = answers[:, 0], 1, 1
    asked = PromptNetwork(network, 2)
    with evaluation_mode(asked):
        total = Continuation()(asked(rows), answers).sigmoid().sum()
    assert float(total) == pytest.approx(1.0, abs=1e-6)


@given(st.lists(st.lists(st.integers(-6, 6), min_size=3, max_size=3), min_size=1, max_size=4), st.data())
def test_log_odds_equal_exact_fractions(exponents, data):
    """Logits are logarithms of powers of two, so that every probability is a fraction."""
    answer = data.draw(st.lists(st.integers(0, 2), min_size=len(exponents), max_size=len(exponents)))
    weights = [[Fraction(2) ** e for e in row] for row in exponents]
    probability = math.prod(row[t] / sum(row) for row, t in zip(weights, answer, strict=True))
    odds = probability / (1 - probability)
    logits = torch.tensor([exponents], dtype=torch.float64) * math.log(2)
    found = float(continuation_log_odds(logits, torch.tensor([answer])))
    assert found == pytest.approx(math.log(odds.numerator) - math.log(odds.denominator), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("height", [40.0, 800.0, 1e6])
def test_neither_near_zero_nor_near_one_loses_digits(height):
    sure = torch.tensor([[[height, 0.0, 0.0], [0.0, height, 0.0]]], dtype=torch.float64)
    likely = float(continuation_log_odds(sure, torch.tensor([[0, 1]])))
    assert likely == pytest.approx(height - math.log(4), rel=1e-12)  # 1 - p is 2 * 2 exp(-height)
    unlikely = float(continuation_log_odds(sure, torch.tensor([[1, 1]])))
    assert unlikely == pytest.approx(-height, rel=1e-12)


def test_one_token_has_the_log_odds_of_a_class_and_padding_behind_shorter_texts_counts_for_nothing():
    logits = torch.randn(4, 3, 6)
    tokens = torch.tensor([[2, -1, -1], [0, 5, -1], [1, 2, 3], [4, -1, -1]])
    found = continuation_log_odds(logits, tokens)
    for row, answer in enumerate([[2], [0, 5], [1, 2, 3], [4]]):
        cut = logits[row : row + 1, : len(answer)]
        assert torch.allclose(found[row], continuation_log_odds(cut, torch.tensor([answer]))[0], atol=1e-13)
    assert torch.allclose(NextToken()(logits[:, :1], tokens[:, :1]), Continuation()(logits[:, :1], tokens[:, :1]))


def test_the_most_likely_next_token_of_the_whole_prompt_is_the_label_where_none_is_given(byte_pair, model):
    network = model("gpt2", len(byte_pair))
    words = Words(byte_pair, words=NAMED, baseline="unk")
    result = extract(network, PROMPTS, players=words, score=NextToken(), progress=False)
    with evaluation_mode(network):
        likely = [int(network(**byte_pair(text, return_tensors="pt")).logits[0, -1].argmax()) for text in PROMPTS]
    assert result.labels.tolist() == likely
    same = extract(network, PROMPTS, likely, players=words, score=NextToken(), progress=False)
    assert abs(result.scores - same.scores).max() == 0
    assert list(result.inputs) == PROMPTS


def test_extract_scores_whole_continuations_and_names_them(byte_pair, model):
    network = model("gpt2", len(byte_pair))
    words = Words(byte_pair, words=NAMED, baseline="pad")
    result = extract(network, PROMPTS, ENDS, players=words, score=Continuation(), progress=False)
    assert len(set(result.labels.tolist())) == len(set(ENDS))
    assert [result.provenance["label_names"][str(label)] for label in result.labels] == ENDS
    expected = scores(words, network, PROMPTS, ENDS, Continuation())
    assert torch.allclose(torch.from_numpy(result.scores), expected, atol=1e-4)


def test_one_text_or_token_goes_with_all_prompts(byte_pair, model):
    network = model("gpt2", len(byte_pair))
    words = Words(byte_pair, words=NAMED, baseline="unk")
    token = byte_pair(" good")["input_ids"][0]
    forms = [" good", [" good"] * 3, token, [token] * 3, torch.tensor([token] * 3)]
    results = [scores(words, network, PROMPTS, form, NextToken()) for form in forms]
    assert all(torch.equal(results[0], other) for other in results[1:])


def test_only_the_logits_that_are_scored_are_computed(byte_pair, model):
    network = model("gpt2", len(byte_pair))
    posed = Words(byte_pair, words=NAMED, baseline="unk").pose(network, PROMPTS, ENDS, Continuation(), None)
    shapes, returned = [], []
    handle = network.lm_head.register_forward_hook(lambda m, i, o: shapes.append(tuple(o.shape)))
    network.register_forward_hook(lambda m, i, o: returned.append(o))
    longest = max(len(byte_pair(end)["input_ids"]) for end in ENDS)
    with evaluation_mode(posed.network):
        outputs = posed.network(posed.samples[2:])
    handle.remove()
    assert shapes == [(1, longest, len(byte_pair))]
    assert outputs.shape == (1, longest, len(byte_pair))
    assert returned[0].past_key_values is None  # memory that nothing would use


def test_a_model_without_logits_to_keep_gives_the_same_scores(byte_pair, model):
    network = model("gpt2", len(byte_pair))

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network

        def forward(self, input_ids, attention_mask):
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).logits

    words = Words(byte_pair, words=NAMED, baseline="unk")
    expected = scores(words, network, PROMPTS, ENDS, Continuation())
    assert torch.allclose(scores(words, Plain(), PROMPTS, ENDS, Continuation()), expected, atol=1e-5)


def test_special_tokens_at_the_end_of_a_prompt_are_left_out(word_piece):
    (prompt,) = encode_prompts(word_piece, ["the film"], None)
    assert word_piece.convert_ids_to_tokens(list(prompt.tokens)) == ["[CLS]", "the", "film"]
    (prompt,) = encode_prompts(word_piece, ["the film"], [" was wonderful"])
    assert word_piece.convert_ids_to_tokens(list(prompt.tokens)) == ["[CLS]", "the", "film", "was", "wonder"]
    assert word_piece.convert_ids_to_tokens(list(prompt.answer)) == ["was", "wonder", "##ful"]


@pytest.mark.parametrize("trim_offsets", [True, False])
def test_prompt_and_continuation_are_the_tokens_of_both_as_one_text(byte_pair, trim_offsets):
    backend = Tokenizer.from_str(byte_pair.backend_tokenizer.to_str())
    backend.post_processor = processors.ByteLevel(trim_offsets=trim_offsets)
    byte_pair = PreTrainedTokenizerFast(tokenizer_object=backend)
    for prompt, end in zip(PROMPTS, ENDS, strict=True):
        (parted,) = encode_prompts(byte_pair, [prompt], [end])
        whole = byte_pair(prompt + end)["input_ids"]
        assert [*parted.tokens, parted.answer[-1]] == whole
        assert byte_pair.decode(list(parted.answer)) == end
    (parted,) = encode_prompts(byte_pair, ["The film was "], ["not good"])
    assert byte_pair.decode(list(parted.answer)) == " not good"  # the space is a part of the token " not"
    assert byte_pair.decode(list(parted.tokens[: len(parted.spans) - len(parted.answer) + 1])) == "The film was"
    (alone,) = encode_prompts(byte_pair, ["The film was "], None)
    assert byte_pair.decode(list(alone.tokens)) == "The film was "


ONE = ["The film was"]


@pytest.mark.parametrize(
    ("score", "texts", "labels", "argument", "given", "accepted"),
    [
        (Continuation(), ONE, None, "labels", "None", "texts, one for all or 1"),
        (Continuation(), ONE, [3], "labels", "[3]", "texts"),
        (Continuation(), ONE, [" good", " bad"], "labels", "2 texts", "one for all or 1"),
        (Continuation(), ONE, "", "labels", "'' for sentence 0", "at least one token"),
        (Continuation(), ["The fil"], "m was", "labels", "begins in the prompt: ' fil' of sentence 0", "with a space"),
        (NextToken(), ONE, [" good", 3], "labels", "[' good', 3]", "texts"),
        (NextToken(), ONE, [3, 4], "labels", "shape (2, 1)", "for 1 sentences"),
        (NextToken(), ONE, [0.5], "labels", "float", "ids of tokens"),
        (NextToken(), ONE, [-1], "labels", "[-1] for sample 0", "tokens 0 to 329"),
        (NextToken(), ONE, 5000, "labels", "[5000] for sample 0", "tokens 0 to 329"),
        (NextToken(), ["film " * 60], None, "inputs", "tokens with its continuation", "at most 48 tokens"),
    ],
)
def test_errors_name_what_was_given_and_what_is_accepted(
    byte_pair, model, score, texts, labels, argument, given, accepted
):
    assert len(byte_pair) == 330
    words = Words(byte_pair, n=1, baseline="unk", stop_words=[])
    with pytest.raises(ArgumentError) as caught:
        scores(words, model("gpt2", len(byte_pair)), texts, labels, score)
    assert caught.value.argument == argument
    assert given in str(caught.value)
    assert accepted in str(caught.value)


def test_an_output_to_choose_and_a_model_that_is_none_of_a_language_are_refused(byte_pair, word_piece, model):
    words = Words(byte_pair, n=1, baseline="unk")
    with pytest.raises(ArgumentError, match="output: given 'logits'; accepted: nothing: NextToken takes the logits"):
        words.pose(model("gpt2", len(byte_pair)), ONE, None, NextToken(), "logits")
    posed = Words(word_piece, n=1).pose(model("bert", len(word_piece)), ONE, None, NextToken(), None)
    with evaluation_mode(posed.network), pytest.raises(NetworkError, match=r"returned \(1, 3\) for 4 tokens"):
        posed.network(posed.samples)
    with pytest.raises(NetworkError, match=r"need logits \(batch, tokens, vocabulary\)"):
        NextToken().resolve(None, torch.zeros(2, 3), 2)
    with pytest.raises(ArgumentError, match=r"Texts as labels take players=Words"):
        NextToken().resolve([" good"], torch.zeros(1, 1, 3), 1)


def test_a_text_of_several_tokens_warns_that_only_its_first_one_is_scored(byte_pair, model):
    players = Words(byte_pair, words=NAMED, baseline="unk")
    with pytest.warns(UserWarning, match=r"NextToken scores .* alone, the first of the \d+ tokens of ' good films'"):
        players.pose(model("gpt2", len(byte_pair)), PROMPTS, " good films", NextToken(), None)
