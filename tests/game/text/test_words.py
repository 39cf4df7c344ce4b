"""Words: what a word is, which of them are players, and that what a player is called is what is masked."""

import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import BertTokenizerFast, PreTrainedTokenizerFast

from harsanyi import NextToken, extract
from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.players.text import Words
from harsanyi.game.scores import LogOdds
from harsanyi.game.text.tokens import ATTENTION, INJECTED, TOKEN
from harsanyi.game.text.words import STOP_WORDS, find_words, is_meaningful, names_of

LONG = "The wonderful film was not good, the good plot was great and the boredom never good!"


def network(input_ids, attention_mask):
    return input_ids.double()


def maskings(words, texts):
    posed = words.pose(network, texts, None, LogOdds(), None)
    return posed.players.maskings(posed.samples)


def names(words, *texts):
    return [masking.names for masking in maskings(words, list(texts))]


def every_coalition(n):
    return torch.tensor(list(product([False, True], repeat=n)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The film, well-made; isn't it?", "The|film|well-made|isn't|it"),
        ("rock'n'roll 'quoted' it’s -dash- end-", "rock'n'roll|quoted|it’s|dash|end"),
        ("9.5/10 in 1,000 cases. 3.14.", "9.5|10|in|1,000|cases|3.14"),
        ("wait...what? snake_case a--b", "wait|what|snake|case|a|b"),
        ("naïve Ångström, cafe\u0301 Über", "naïve|Ångström|cafe\u0301|Über"),
        ("हिन्दी में अच्छी फ़िल्म", "हिन्दी|में|अच्छी|फ़िल्म"),
        ("очень хороший фильм 🎬 !!! ???", "очень|хороший|фильм"),
        ("... --- ''' ,", ""),
        ("", ""),
    ],
)
def test_words_are_letters_and_digits_with_what_joins_them(text, expected):
    assert "|".join(text[start:end] for start, end in find_words(text)) == expected


@given(st.text(max_size=60))
def test_every_letter_and_digit_lies_in_one_word_and_no_blank_does(text):
    spans = find_words(text)
    inside = [position for start, end in spans for position in range(start, end)]
    assert inside == sorted(set(inside))
    assert {i for i, character in enumerate(text) if character.isalpha() or character.isdecimal()} <= set(inside)
    assert not any(text[i].isspace() for i in inside)
    assert all(start < end for start, end in spans)


@given(st.lists(st.sampled_from(["good", "bad", "Good", "film"]), min_size=1, max_size=12))
def test_names_are_distinct_and_count_the_occurrences(written):
    text = " ".join(written)
    named = names_of(text, find_words(text))
    assert len(set(named)) == len(named)
    for position, (word, name) in enumerate(zip(written, named, strict=True)):
        number = written[: position + 1].count(word)
        assert name == (f"{word}#{number}" if written.count(word) > 1 else word)


def test_stop_words_are_plain_and_leave_negations():
    assert {"the", "was", "and", "it's", "themselves"} <= STOP_WORDS
    assert not {"not", "no", "never", "nor", "don't", "isn't", "without-it", "good", "against-all"} & STOP_WORDS
    assert not is_meaningful("The")
    assert not is_meaningful("It’s")
    assert is_meaningful("isn’t")
    assert all(word == word.casefold() and find_words(word) == [(0, len(word))] for word in STOP_WORDS)


def decoded(tokenizer, row):
    kept = row[TOKEN][row[ATTENTION] > 0].tolist()
    return " ".join(tokenizer.convert_ids_to_tokens(kept)[1:-1])


def test_the_word_reported_is_the_word_masked_repeated_words_too(word_piece):
    """Every player alone is absent; the text it leaves is written by hand from its name alone."""
    text = "good film not good great film not good"
    words = Words(word_piece, n=None)
    (masking,) = maskings(words, [text])
    assert masking.names == ("good#1", "film#1", "not#1", "good#2", "great", "film#2", "not#2", "good#3")
    for player, name in enumerate(masking.names):
        word, _, number = name.partition("#")
        occurrence, expected = 0, []
        for shown in text.split():
            occurrence += shown == word
            expected.append("[MASK]" if shown == word and occurrence == int(number or 1) else shown)
        coalition = torch.ones(1, len(masking.names), dtype=torch.bool)
        coalition[0, player] = False
        assert decoded(word_piece, masking.apply(coalition)[0]) == " ".join(expected)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_words_are_called_what_they_mask(word_piece, n, seed):
    """The characters of each token that a player masks are those its name says, at the occurrence it says."""
    (masking,) = maskings(Words(word_piece, n=n, seed=seed), [LONG])
    offsets = word_piece(LONG, return_offsets_mapping=True)["offset_mapping"]
    for player, name in enumerate(masking.names):
        word, _, number = name.partition("#")
        tokens = (masking.regions[0] == player).nonzero()[:, 0].tolist()
        start, end = offsets[tokens[0]][0], offsets[tokens[-1]][1]
        assert LONG[start:end] == word
        assert find_words(LONG).index((start, end)) >= 0
        before = [LONG[a:b] for a, b in find_words(LONG) if b <= start]
        assert before.count(word) + 1 == int(number or 1)
        assert (masking.drawn == player).nonzero()[:, 0].tolist() == list(range(start, end))
    absent = masking.apply(torch.zeros(1, n, dtype=torch.bool))[0]
    whole = word_piece(LONG)["input_ids"]
    changed = [i for i, token in enumerate(whole) if absent[TOKEN, i] != token]
    assert changed == (masking.regions[0] >= 0).nonzero()[:, 0].tolist()
    assert set(absent[TOKEN, changed].tolist()) == {word_piece.mask_token_id}


def test_all_pieces_of_a_word_are_masked_together(word_piece):
    text = "A wonderfully good film"
    (masking,) = maskings(Words(word_piece, words=["wonderfully", "good"]), [text])
    masked = masking.apply(every_coalition(2))
    expected = [
        "a [MASK] [MASK] [MASK] [MASK] film",
        "a [MASK] [MASK] [MASK] good film",
        "a wonder ##ful ##ly [MASK] film",
        "a wonder ##ful ##ly good film",
    ]
    shown = [decoded(word_piece, row) for row in masked]
    assert sorted(shown) == sorted(expected)
    for row, (wonderfully, good) in zip(shown, every_coalition(2).tolist(), strict=True):
        assert ("wonder ##ful ##ly" in row) == wonderfully
        assert ("good" in row) == good


def test_bytes_of_one_letter_and_the_space_before_a_word_go_with_it(byte_pair):
    (masking,) = maskings(Words(byte_pair, words=["naïve", "film"], baseline="unk"), ["a naïve film"])
    shown = masking.apply(torch.tensor([[False, True], [True, False]]))[:, TOKEN]
    hidden = byte_pair.eos_token_id
    left = [byte_pair.decode([token for token in row.tolist() if token != hidden]) for row in shown]
    assert left[0].split() == ["a", "film"]
    assert left[1].split() == ["a", "naïve"]


def test_tokens_that_begin_with_a_blank_as_sentencepiece_has_them():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    text = "The film was not good but not so good"
    trainer = trainers.BpeTrainer(vocab_size=60, special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator([text] * 4, trainer)
    tokenizer.decoder = decoders.Metaspace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")
    (masking,) = maskings(Words(fast, n=None, baseline="unk"), [text])
    assert masking.names == ("film", "not#1", "good#1", "not#2", "good#2")
    for player, expected in enumerate(["The was not good but not so good", "The film was good but not so good"]):
        row = masking.apply(torch.arange(5)[None] != player)[0, TOKEN]
        left = [token for token in row.tolist() if token != fast.unk_token_id]
        assert fast.decode(left) == expected


def test_random_words_are_meaningful_and_in_the_order_of_the_text(word_piece):
    seen = set()
    for seed in range(20):
        (drawn,) = names(Words(word_piece, n=4, seed=seed), LONG)
        assert len(set(drawn)) == 4
        seen.add(drawn)
        assert not {name.partition("#")[0].lower() for name in drawn} & STOP_WORDS
        everything = names_of(LONG, find_words(LONG))
        assert sorted(drawn, key=everything.index) == list(drawn)
    assert len(seen) > 5
    meaningful = {"wonderful", "film", "not", "good#1", "good#2", "plot", "great", "boredom", "never", "good#3"}
    assert {name for drawn in seen for name in drawn} == meaningful


def test_the_same_sentence_and_seed_draw_the_same_words_whatever_the_others_are(word_piece):
    others = ["not bad film , great music", "superb acting , very good film and plots !"]
    words = Words(word_piece, n=3, seed=7)
    alone = names(words, LONG)[0]
    assert names(words, others[0], LONG, others[1])[1] == alone
    assert names(Words(word_piece, n=3, seed=7), *others, LONG)[2] == alone
    two = ["not bad film great music", "good bad film great music"]  # as many words, yet not the same places
    places = {
        tuple(text.split().index(name) for name in drawn)
        for seed in range(5)
        for text, drawn in zip(two, names(Words(word_piece, n=2, seed=seed), *two), strict=True)
    }
    assert len(places) > 3


def test_stop_words_may_be_ones_own(word_piece):
    assert names(Words(word_piece, n=None, stop_words=["FILM", "isn't"]), "the film isn’t good") == [("the", "good")]
    assert names(Words(word_piece, n=None, stop_words=[]), "the film was good") == [("the", "film", "was", "good")]


def test_special_tokens_in_the_text_are_no_words_and_unknown_words_are(word_piece):
    (masking,) = maskings(Words(word_piece, n=None), ["good [MASK] film [SEP] zebra"])
    assert masking.names == ("good", "film", "zebra")
    assert decoded(word_piece, masking.apply(torch.tensor([[True, True, False]]))[0]) == "good [MASK] film [SEP] [MASK]"


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["film", "good"], [("film", "good#1"), ("good", "film")]),
        (["good", "film"], [("film", "good#1"), ("good", "film")]),
        ([["good", "good"], ["very", "good"]], [("good#1", "good#2"), ("very", "good")]),
        ([["good#2", "the"], ["film", "was"]], [("the", "good#2"), ("film", "was")]),
        ([["good#2", "good"], ["film", "was"]], [("good#1", "good#2"), ("film", "was")]),
        (np.array(["film", "good"]), [("film", "good#1"), ("good", "film")]),
    ],
)
def test_words_named_by_the_user(word_piece, chosen, expected):
    assert names(Words(word_piece, words=chosen), "the film not good , good !", "very good film was") == expected


def test_one_naming_of_a_repeated_word_means_its_first_occurrence(word_piece):
    (masking,) = maskings(Words(word_piece, words=["good"]), ["good film good"])
    assert masking.names == ("good#1",)
    assert decoded(word_piece, masking.apply(torch.tensor([[False]]))[0]) == "[MASK] film good"


def test_spans_make_a_phrase_one_player(word_piece):
    text = "the film was not good"
    (masking,) = maskings(Words(word_piece, spans=[(13, 21), (4, 8)]), [text])
    assert masking.names == ("film", "not good")
    assert decoded(word_piece, masking.apply(torch.tensor([[True, False]]))[0]) == "the film was [MASK] [MASK]"
    two = maskings(Words(word_piece, spans=[[(0, 4)], [(5, 9)]]), ["good film", "film good"])
    assert [masking.names for masking in two] == [("good",), ("good",)]
    repeated = maskings(Words(word_piece, spans=[(0, 4), (5, 9), (10, 11)]), ["good good!!"[:9] + " !"])
    assert repeated[0].names == ("good#1", "good#2", "!")


def test_the_other_words_may_be_masked_as_well_but_nothing_else(word_piece):
    text = "The film was not good , great plots !"
    (masking,) = maskings(Words(word_piece, words=["not", "plots"], rest="mask"), [text])
    shown = [decoded(word_piece, row) for row in masking.apply(torch.tensor([[True, True], [False, True]]))]
    assert shown == [
        "[MASK] [MASK] [MASK] not [MASK] , [MASK] plot ##s !",
        "[MASK] [MASK] [MASK] [MASK] [MASK] , [MASK] plot ##s !",
    ]


class Embedding(torch.nn.Embedding):
    def get_input_embeddings(self):
        return self


def test_padding_hides_the_token_from_attention_and_nothing_else_does(word_piece):
    texts = ["the film was wonderfully good", "not good"]
    for baseline, attended in [("pad", False), ("mask", True), ("unk", True), ("mean", True), (torch.ones(16), True)]:
        words = Words(word_piece, words=[["wonderfully"], ["not"]], baseline=baseline)
        posed = words.pose(Embedding(len(word_piece), 16), texts, None, LogOdds(), None)
        cut = posed.players.maskings(posed.samples)
        first, second = (masking.apply(torch.tensor([[False], [True]])) for masking in cut)
        hidden, whole = first
        assert whole[ATTENTION].tolist() == [1] * 9
        assert hidden[ATTENTION].tolist() == [1, 1, 1, 1] + [int(attended)] * 3 + [1, 1]
        assert second[0, ATTENTION].tolist() == [1, int(attended), 1, 1] + [0] * 5
        assert second[1, ATTENTION].tolist() == [1, 1, 1, 1] + [0] * 5
        assert second[1, TOKEN, 4:].tolist() == [word_piece.pad_token_id] * 5
        token = {"pad": "[PAD]", "unk": "[UNK]", "mask": "[MASK]"}.get(baseline if isinstance(baseline, str) else "")
        if token:
            assert word_piece.convert_ids_to_tokens(hidden[TOKEN, 4:7].tolist()) == [token] * 3
            assert int(hidden[INJECTED].sum()) == 0
        else:
            assert torch.equal(hidden[TOKEN], whole[TOKEN])
            assert hidden[INJECTED].tolist() == [0] * 4 + [1] * 3 + [0] * 2
        assert int(whole[INJECTED].sum()) == 0


def test_a_block_of_samples_gets_the_players_of_its_own_sentences(word_piece):
    texts = ["good film", "bad film", "superb plots", "great music"]
    posed = Words(word_piece, n=2).pose(network, texts, None, LogOdds(), None)
    assert posed.players.check(posed.samples) == 2
    blocks = [posed.players.maskings(posed.samples[start : start + 2], start) for start in (0, 2)]
    whole = posed.players.maskings(posed.samples)
    for one, other in zip([masking for block in blocks for masking in block], whole, strict=True):
        assert one.names == other.names
        assert torch.equal(one.sample, other.sample)
        assert torch.equal(one.regions, other.regions)


def test_what_is_drawn_is_the_player_of_every_character_of_the_longest_sentence(word_piece):
    texts = ["not good", "the film was superb"]
    posed = Words(word_piece, words=[["not", "good"], ["film", "superb"]]).pose(network, texts, None, LogOdds(), None)
    drawn = [masking.drawn.tolist() for masking in posed.players.maskings(posed.samples)]
    assert drawn[0] == [0, 0, 0, -1, 1, 1, 1, 1] + [-1] * 11
    assert drawn[1] == [-1] * 4 + [0] * 4 + [-1] * 5 + [1] * 6
    assert posed.inputs.dtype.kind == "U"
    assert posed.inputs.tolist() == texts


@pytest.mark.parametrize("box", [tuple, np.array, pd.Series, lambda texts: (text for text in texts)])
def test_sentences_may_come_in_any_row(word_piece, box):
    texts = ["good film", "bad film"]
    assert [m.names for m in maskings(Words(word_piece, n=2), box(texts))] == names(Words(word_piece, n=2), *texts)


def test_words_behind_the_limit_are_no_players_and_a_warning_counts_the_sentences(word_piece):
    texts = ["not good film , superb wonderfully great", "good film"]
    with pytest.warns(UserWarning, match="1 of 2 sentences are cut off after 8 tokens"):
        cut = maskings(Words(word_piece, n=2, max_length=8), texts)  # [CLS], five words and marks, "wonder", [SEP]
    assert cut[0].sample.shape[1] == 8
    with pytest.warns(UserWarning, match="cut off"):
        drawn = {
            name for seed in range(12) for name in names(Words(word_piece, n=2, max_length=8, seed=seed), *texts)[0]
        }
    assert drawn == {"not", "good", "film", "superb"}  # "wonderfully" lost two pieces
    with (
        pytest.warns(UserWarning, match="cut off"),
        pytest.raises(ArgumentError, match="'wonderfully' for sentence 0: it lies behind the first 8 tokens"),
    ):
        maskings(Words(word_piece, words=["wonderfully"], max_length=8), texts[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        maskings(Words(word_piece, n=2, max_length=12), texts)


def test_a_tokenizer_may_be_a_folder(word_piece, tmp_path):
    word_piece.save_pretrained(tmp_path)
    for folder in (tmp_path, str(tmp_path)):
        assert names(Words(folder, n=2), "good film") == [("good", "film")]


def tokenizer_with_long_tokens():
    """Tokens that run over the blank between words, as some vocabularies of subword models have them."""
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "[MASK]": 1, "new york": 2, "good": 3}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" , ", "removed")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", mask_token="[MASK]")


def test_a_word_that_shares_a_token_is_no_player_but_their_phrase_is():
    tokenizer = tokenizer_with_long_tokens()
    text = "new york , good"
    assert names(Words(tokenizer, n=None), text) == [("good",)]
    with pytest.raises(ArgumentError, match="'new' for sentence 0: its token 'new york' holds other words too"):
        names(Words(tokenizer, words=["new"]), text)
    assert names(Words(tokenizer, spans=[(0, 8), (11, 15)]), text) == [("new york", "good")]
    with pytest.raises(ArgumentError, match=r"spans: given 'york' for sentence 0: its token 'new york' holds other"):
        names(Words(tokenizer, spans=[(4, 8)]), text)


def slow_tokenizer():
    from transformers.models.canine import CanineTokenizer

    return CanineTokenizer()


ONE = ["the film was good"]


@pytest.mark.parametrize(
    ("options", "texts", "argument", "given", "accepted"),
    [
        ({"n": 3}, [LONG, *ONE, "good !"], "n", "sentence 1 has 2, sentence 2 has 1", "at most 1, the meaningful"),
        ({"n": 0}, ONE, "n", "0", "whole number >= 1"),
        ({"n": 2.5}, ONE, "n", "2.5", "whole number >= 1"),
        ({"n": None}, [*ONE, LONG], "n", "2 for sentence 0, 10 for sentence 1", "same number"),
        ({"n": None}, ["the was"], "n", "0 for sentence 0", "at least 1"),
        ({"seed": -1}, ONE, "seed", "-1", "0 to 2**31 - 1"),
        ({"baseline": "zero"}, ONE, "baseline", "'zero'", "('mask', 'unk', 'pad', 'mean')"),
        ({"baseline": torch.zeros(2, 3)}, ONE, "baseline", "shape (2, 3)", "(dimension,)"),
        ({"baseline": [float("nan")]}, ONE, "baseline", "not finite", "finite numbers"),
        ({"baseline": "mean", "n": 1}, ONE, "baseline", "mean", "without get_input_embeddings()"),
        ({"rest": "drop"}, ONE, "rest", "'drop'", '"keep" or "mask"'),
        ({"words": "film"}, ONE, "words", "'film'", "a list"),
        ({"words": ["film"], "spans": [(0, 3)]}, ONE, "spans", "words as well", "words or spans"),
        ({"words": ["plot"]}, ONE, "words", "'plot' for sentence 0", "the, film, was, good"),
        ({"words": ["good film"]}, ONE, "words", "'good film'", "A phrase takes spans="),
        ({"words": ["good", "good"]}, ONE, "words", "'good' 2 times for sentence 0", "each of its 1 occurrences once"),
        ({"words": [["good"], ["film"]]}, ONE, "words", "[['good'], ['film']]", "one list a sentence, 1 in all"),
        ({"words": [["a"], ["a", "b"]]}, ["a b"] * 2, "words", "1 for sentence 0, 2 for sentence 1", "same number"),
        ({"words": []}, ONE, "words", "[]", "one list a sentence"),
        ({"words": [[]]}, ONE, "words", "0 for sentence 0", "at least 1"),
        ({"spans": [(4, 99)]}, ONE, "spans", "(4, 99)", "end <= 17"),
        ({"spans": [(4, 4)]}, ONE, "spans", "(4, 4)", "start < end"),
        ({"spans": [(0, 8), (4, 12)]}, ONE, "spans", "(4, 12)", "disjoint"),
        ({"spans": [(0, 8)]}, ONE * 2, "spans", "[(0, 8)]", "one list a sentence, 2 in all"),
        ({"spans": [(3, 4)]}, ONE, "spans", "' ' for sentence 0: it has no token", "on its own"),
        ({"spans": [(4, 6)]}, ONE, "spans", "'fi' for sentence 0: its token 'film' holds other words", "on its own"),
        ({"spans": [3, 4]}, ONE, "spans", "[3, 4]", "one list a sentence"),
        ({"stop_words": "the"}, ONE, "stop_words", "'the'", "a list"),
        ({"max_length": 0}, ONE, "max_length", "0", ">= 1"),
        ({}, "good film", "inputs", "one text, 'good film'", "Put it into a list"),
        ({}, [], "inputs", "no sentences", "at least one"),
        ({}, ["good", 3], "inputs", "int for sentence 1", "texts"),
        ({}, ["good", " \n"], "inputs", "white space for sentence 1", "texts"),
        ({}, None, "inputs", "NoneType", "texts"),
        ({}, {"text": "good"}, "inputs", "dict", "texts"),
        ({}, torch.zeros(2, 3), "inputs", "Tensor for sentence 0", "texts"),
    ],
)  # fmt: skip
def test_errors_name_what_was_given_and_what_is_accepted(word_piece, options, texts, argument, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        maskings(Words(word_piece, **options), texts)
    assert caught.value.argument == argument
    assert given in str(caught.value)
    assert accepted in str(caught.value)


def test_a_file_is_no_tokenizer_and_a_network_without_input_ids_is_told_how_it_is_called(word_piece, tmp_path):
    (tmp_path / "vocab.json").write_text("{}")
    with pytest.raises(ArgumentError, match=r"tokenizer: given '.*vocab.json', a file; .*save_pretrained\(folder\)"):
        Words(str(tmp_path / "vocab.json"))
    called = r"called as network\(input_ids=..., attention_mask=...\); wrap another in a module with forward"
    with pytest.raises(NetworkError, match=called):
        extract(torch.nn.Linear(3, 2), ONE, players=Words(word_piece, n=1), progress=False)


def test_a_tokenizer_without_the_baseline_says_what_it_has(byte_pair):
    with pytest.raises(
        ArgumentError,
        match=r"'mask', the default; .* \('unk', 'pad', 'mean'\).*only: unk <\|endoftext\|>.*eos <\|endoftext\|>",
    ):
        Words(byte_pair)
    bare = PreTrainedTokenizerFast(tokenizer_object=byte_pair.backend_tokenizer)
    with pytest.raises(ArgumentError, match=r"given 'unk'; accepted: one of \('pad', 'mean'\), or.*only: none"):
        Words(bare, baseline="unk")


def test_padding_that_would_leave_nothing_to_attend_to_is_refused(byte_pair, word_piece):
    with pytest.raises(ArgumentError, match="baseline: given 'pad', which hides every token of sentence 1"):
        maskings(Words(byte_pair, words=[["film"], ["good"]], baseline="pad"), ["good film", "good"])
    with pytest.raises(ArgumentError, match="every token of sentence 0"):
        maskings(Words(byte_pair, words=["film"], baseline="pad", rest="mask"), ["good film"])
    maskings(Words(word_piece, words=["film"], baseline="pad", rest="mask"), ["good film"])  # [CLS] and [SEP] stay


@pytest.mark.parametrize(
    ("make", "given", "hint"),
    [
        (slow_tokenizer, "the slow CanineTokenizer", "use_fast=True"),
        (lambda: Tokenizer(models.BPE()), "Tokenizer", "PreTrainedTokenizerFast(tokenizer_object=...)"),
        (lambda: 3, "int", "a fast Hugging Face tokenizer"),
        (lambda: BertTokenizerFast, "type", "a fast Hugging Face tokenizer"),
        (lambda: "/no/such/folder", "'/no/such/folder'", "the name or folder"),
    ],
)
def test_tokenizers_that_cannot_be_used(make, given, hint):
    with pytest.raises(ArgumentError) as caught:
        Words(make())
    assert caught.value.argument == "tokenizer"
    assert given in str(caught.value)
    assert hint in str(caught.value)


def test_a_table_is_refused_with_the_way_to_one_column(word_piece, model):
    table = pd.DataFrame({"review": ["a good film"], "label": [1]})
    with pytest.raises(
        ArgumentError, match=r"a table with the columns review, label; .*Give one column: table\['text'\]"
    ):
        extract(model("bert", len(word_piece)), table, players=Words(word_piece, n=1))


def test_classes_may_be_given_by_the_names_in_the_model_s_configuration(word_piece, model):
    network = model("bert", len(word_piece))
    network.config.id2label, network.config.label2id = {0: "bad", 1: "good"}, {"bad": 0, "good": 1}
    texts, players = ["a good film", "the film was bad"], Words(word_piece, words=["film"])
    by_name = extract(network, texts, ["good", "bad"], players=players, progress=False)
    by_number = extract(network, texts, [1, 0], players=players, progress=False)
    assert (by_name.scores == by_number.scores).all()
    assert by_name.provenance["label_names"] == {"0": "bad", "1": "good"}
    with pytest.raises(ArgumentError, match=r"labels: given names: fine; accepted: integers, or names .*\(bad, good\)"):
        extract(network, texts, ["good", "fine"], players=players)


def test_what_a_language_model_says_is_on_record(byte_pair, model):
    result = extract(model("gpt2", len(byte_pair)), ["The film was not"], players=Words(byte_pair, n=1, baseline="pad"),
                     score=NextToken(), progress=False)  # fmt: skip
    assert result.provenance["label_names"] == {str(result.labels[0]): byte_pair.decode([result.labels[0]])}


def test_a_baseline_that_looks_like_padding_to_a_classifier_warns(byte_pair, model):
    network = model("gpt2_classifier", len(byte_pair))
    network.config.pad_token_id = byte_pair.unk_token_id
    with pytest.warns(UserWarning, match=r"baseline 'unk' is also the network's padding"):
        extract(network, ["The film was not good"], players=Words(byte_pair, n=1, baseline="unk"), progress=False)
