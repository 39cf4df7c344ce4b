"""The sentiment grammar: its planted interactions are exact, its sentences and tokens what they should be."""

import sys
from collections import Counter
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo import load_data
from harsanyi.zoo.sentiment import lexicon, planted, sentiment, sentiment_tokenizer

SENTENCES = sentiment(400, max_words=12, seed=1)
TEXTS = SENTENCES.train.read(torch.arange(400))

PHRASES = {
    (False, False): 1.0,
    (False, True): 1.5,
    (True, False): -0.5,
    (True, True): -0.25,
}  # negation there, intensifier there: worth of an adjective of worth 1


def score_by_rule(words):
    """The score of a word sequence read off the rules, without interactions; masked words are nothing."""
    total = 0.0
    for position, word in enumerate(words):
        if word in lexicon.ADJECTIVES:
            one, two = ([None, None, *words][position + 2 - back] for back in (1, 2))
            negated = one in lexicon.NEGATIONS or two in lexicon.NEGATIONS
            total += lexicon.ADJECTIVES[word] * PHRASES[negated, one in lexicon.INTENSIFIERS]
    text = " ".join(word or "_" for word in words)
    total += sum(effect * f" {text} ".count(f" {' '.join(idiom)} ") for idiom, effect in lexicon.IDIOMS.items())
    return total + 1.5 * any(word in lexicon.PRAISE for word in words) - 1.5 * any(w in lexicon.BLAME for w in words)


@settings(max_examples=25)
@given(st.sampled_from(TEXTS))
def test_interactions_are_the_score_of_every_masked_sentence(text):
    words = text.split()
    known = planted(text)
    for present in product([False, True], repeat=len(words)):
        masked = [word if shown else None for word, shown in zip(words, present, strict=True)]
        assert known.score(present) == pytest.approx(score_by_rule(masked))


def test_interactions_of_a_sentence_worked_out_by_hand():
    known = planted("bravo the plot was not so weak but the film is well worth it bravo")
    assert known.and_ == {(6,): -0.5, (5, 6): -0.25, (4, 6): 0.75, (4, 5, 6): 0.125, (11, 12, 13): 2.0}
    assert known.or_ == {(0, 14): 1.5}
    assert known.score() == pytest.approx(0.125 + 2.0 + 1.5)
    assert known.score([False] * 15) == 0
    assert planted("rubbish").and_ == {(0,): -1.5}
    with pytest.raises(ArgumentError, match="present: given 1 values; accepted: 15, one for each word"):
        known.score([True])


def test_every_kind_of_interaction_occurs():
    known = [planted(text) for text in TEXTS]
    assert {len(positions) for sentence in known for positions in sentence.and_} == {1, 2, 3}
    assert {len(positions) for sentence in known for positions in sentence.or_} == {2, 3}
    assert any(sentence.or_ and len(sentence.and_) > 3 for sentence in known)


def test_labels_are_the_signs_of_the_scores_and_alike_in_number():
    labels = SENTENCES.train.labels
    assert torch.bincount(labels).tolist() == [200, 200]
    assert [int(planted(text).score() > 0) for text in TEXTS] == labels.tolist()
    assert all(abs(planted(text).score()) >= 0.1 for text in TEXTS)


def test_sentences_differ_are_short_enough_and_some_repeat_a_word():
    assert len(set(TEXTS)) == 400
    assert max(len(text.split()) for text in TEXTS) <= 12
    repeating = [text for text in TEXTS if Counter(text.split()).most_common(1)[0][1] > 1]
    assert 40 < len(repeating) < 360
    assert any(set(lexicon.PRAISE) & {word for word, times in Counter(text.split()).items() if times > 1}
               for text in repeating)  # fmt: skip


def test_sentences_follow_the_seed():
    rows = torch.arange(20)
    first, again, other = (sentiment(20, seed=seed).train.read(rows) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_splits_through_the_front_door():
    data = load_data("sentiment", samples=100, max_words=8, held_out=20, label_noise=0.1, seed=2)
    assert (len(data.train_inputs), len(data.test_inputs), len(data.held_out_inputs)) == (60, 20, 20)
    assert len({*data.train_inputs, *data.test_inputs, *data.held_out_inputs}) == 100
    assert data.class_names == ("negative", "positive")
    assert [int(planted(text).score() > 0) for text in data.train_inputs] == data.clean_labels.tolist()
    assert repr(data) == ("Data: 60 training samples (6 labels drawn anew), 20 test samples, 20 held out, "
                          "2 classes, texts")  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "samples: given 0"),
        ({"max_words": 3}, "max_words: given 3; accepted: a whole number >= 4"),
        ({"samples": 5000, "max_words": 4}, r"samples: given 5000; accepted: about 1\d\d: no more are found"),
        ({"seed": None}, "seed: given None"),
    ],
)
def test_requests_that_cannot_be_met_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        sentiment(**options)


def test_tokens_cover_the_grammar_and_some_words_have_several_pieces():
    tokenizer = sentiment_tokenizer()
    pieces = {word: tokenizer.tokenize(word) for word in lexicon.words()}
    assert all("[UNK]" not in tokens for tokens in pieces.values())
    assert all("".join(token.removeprefix("##") for token in tokens) == word for word, tokens in pieces.items())
    split = {word: len(tokens) for word, tokens in pieces.items() if len(tokens) > 1}
    assert split == {"masterpiece": 2, "screenplay": 2, "nonsense": 2, "unforgettable": 3, "unwatchable": 3}


def test_tokens_have_the_form_that_language_networks_take():
    tokenizer = sentiment_tokenizer()
    batch = tokenizer(["the plot was [MASK] good", "unheard Masterpiece"], padding=True, return_tensors="pt")
    assert [tokenizer.convert_ids_to_tokens(ids) for ids in batch["input_ids"].tolist()] == [
        ["[CLS]", "the", "plot", "was", "[MASK]", "good", "[SEP]"],
        ["[CLS]", "[UNK]", "master", "##piece", "[SEP]", "[PAD]", "[PAD]"],
    ]
    assert batch["attention_mask"].sum(1).tolist() == [7, 5]
    assert batch.word_ids(1) == [None, 0, 1, 1, None, None, None]
    assert tokenizer.mask_token_id == tokenizer.convert_tokens_to_ids("[MASK]")
    assert tokenizer.decode(batch["input_ids"][1], skip_special_tokens=True) == "masterpiece"


def test_a_saved_tokenizer_comes_back_the_same(tmp_path):
    from transformers import AutoTokenizer

    tokenizer = sentiment_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert again(TEXTS)["input_ids"] == tokenizer(TEXTS)["input_ids"]


def test_tokens_need_transformers(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"the sentiment tokens need transformers: pip install 'harsanyi\[text\]'"):
        sentiment_tokenizer()
