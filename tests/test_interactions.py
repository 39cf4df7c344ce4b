"""The result: querying, saving and handing on."""

import io
import json
import math
import pickle
import random
import zipfile
from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest
import torch

from harsanyi import ArgumentError, FixedThreshold, Interactions, MaxEffect, ScoreRange, extract_game
from harsanyi.core.transforms import scores_from

NAMES = ("nose", "eye", "mouth")
ARRAYS = [field.name for field in fields(Interactions) if field.name not in ("names", "provenance")]


def made(samples=2, n=3, seed=0, names=NAMES, sparse=False, **changes):
    """Interactions of random effects, with scores within the noise bound of their prediction."""
    generator = np.random.default_rng(seed)
    and_, or_ = generator.normal(size=(2, samples, 1 << n))
    if sparse:
        and_[generator.random(and_.shape) < 0.6] = 0
        or_[generator.random(or_.shape) < 0.6] = 0
    or_[:, [0, *(1 << i for i in range(n))]] = 0
    bound = generator.random(samples) / 10
    delta = generator.uniform(-1, 1, and_.shape) * bound[:, None]
    objective = np.abs(and_[:, 1:]).sum(1) + np.abs(or_[:, 1:]).sum(1)
    arguments = {
        "scores": scores_from(torch.from_numpy(and_), torch.from_numpy(or_)).numpy() + delta,
        "and_": and_,
        "or_": or_,
        "objective": objective,
        "lower_bound": objective * 0.995,
        "gap": np.full(samples, 0.005),
        "noise_bound": bound,
        "iterations": np.arange(samples) + 25,
        "converged": np.ones(samples, bool),
        "labels": np.arange(samples) % 2,
        "names": ((*names,) if len(names) == n else tuple(f"p{i}" for i in range(n)),) * samples,
        "inputs": generator.normal(size=(samples, 1, 2, n)).astype(np.float32),
        "regions": np.arange(n, dtype=np.int16)[None, None, :].repeat(2, 1),
        "provenance": {"noise": 0.02, "network": "Netz ß", "nested": {"a": [1, None, True]}},
    }
    return Interactions(**arguments | changes)


def without_interactions(samples=1, n=2):
    flat = np.zeros((samples, 1 << n))
    zeros = np.zeros(samples)
    return Interactions(
        scores=flat + 3, and_=flat + 3 * (np.arange(1 << n) == 0), or_=flat, objective=zeros, lower_bound=zeros,
        gap=zeros, noise_bound=zeros, iterations=zeros.astype(int), converged=np.ones(samples, bool),
        labels=np.full(samples, -1), names=(tuple("abcdefgh"[:n]),) * samples,
    )  # fmt: skip


def players_of(coalition, n=3):
    return [i for i in range(n) if coalition >> i & 1]


# Looking up ----------------------------------------------------------------------------------------------------------


def test_lookup_by_names_and_by_indices():
    x = made()
    for sample, coalition in product(range(2), range(8)):
        indices = tuple(players_of(coalition))
        expected = (x.and_[sample, coalition], x.or_[sample, coalition])
        assert x[sample][indices] == expected
        assert x[sample][tuple(NAMES[i] for i in reversed(indices))] == expected
    assert x[0]["nose"] == x[0][0] == x[0][np.int64(0)]
    assert x[0]["nose", "eye"].and_ == x.and_[0, 0b011]
    assert x[0]["nose", "eye"].or_ == x.or_[0, 0b011]


@pytest.mark.parametrize("player", ["ear", 3, -1, 1.0, None, [0, 1]])
def test_an_unknown_player_is_refused(player):
    with pytest.raises(ArgumentError, match=r"player: given .*; accepted: 0 to 2 or one of nose, eye, mouth"):
        made()[0][player]


@pytest.mark.parametrize("players", [("eye", "eye"), (1, 1), ("eye", 1), (0, "eye", 2, np.int64(1))])
def test_a_player_named_twice_is_refused(players):
    with pytest.raises(ArgumentError, match=r"^player: given 'eye' twice; accepted: every player of a coalition once"):
        made()[0][players]


def test_players_before_a_sample_are_refused():
    for key in ("nose", ("nose", "eye"), (0, 1)):
        with pytest.raises(ArgumentError, match=r"key: given .*; accepted: a sample first"):
            made()[key]


def test_positions_from_the_front_and_the_back():
    x = made(3)
    assert x[-1].index == 2
    assert x[np.int64(1)].index == 1
    for beyond in (3, -4):
        with pytest.raises(IndexError, match=f"sample {beyond} of 3"):
            x[beyond]


@pytest.mark.parametrize(
    ("key", "chosen"),
    [(slice(1, 3), [1, 2]), (slice(None, None, -1), [3, 2, 1, 0]), ([2, 0], [2, 0]), (np.array([1]), [1]),
     (np.array([True, False, False, True]), [0, 3]), ([-1], [3]), (slice(0, 0), []), (np.zeros(4, bool), [])],
)  # fmt: skip
def test_several_samples(key, chosen):
    x = made(4, regions=np.arange(24, dtype=np.int16).reshape(4, 2, 3))
    part = x[key]
    assert len(part) == len(chosen)
    assert part.n == 3
    for name in ARRAYS:
        assert np.array_equal(getattr(part, name), getattr(x, name)[chosen]), name
    assert part.names == tuple(x.names[i] for i in chosen)
    assert repr(part)


def test_one_map_of_regions_serves_every_selection():
    x = made(4)
    assert np.array_equal(x[1:].regions, x.regions)


def test_labels_have_names_where_the_record_says_so():
    x = made(4, labels=np.array([3, -1, 0, 7]), provenance={"label_names": {"3": "cat", "0": " Paris", "-1": "none"}})
    assert x.label_names == ("cat", "none", " Paris", "")
    assert x[2:].label_names == (" Paris", "")
    assert [sample.label_name for sample in x] == ["cat", "none", " Paris", ""]
    assert [sample.label_text for sample in x] == ["label 3 (cat)", "", "label 0 (' Paris')", "label 7"]
    assert "3 players, label 3 (cat), score" in repr(x[0])
    assert "label 0 (' Paris')," in repr(x[2])


@pytest.mark.parametrize("record", [{}, {"label_names": None}, {"label_names": ["cat"]}, {"label_names": {"0": None}}])
def test_labels_without_names_are_numbers(record):
    x = made(provenance=record)
    assert x.label_names == ("", "")
    assert x[1].label_text == "label 1"


def test_label_names_survive_saving(tmp_path):
    x = made(provenance={"label_names": {"0": "猫", "1": "dog"}})
    assert Interactions.load(x.save(tmp_path / "x")).label_names == ("猫", "dog")


def test_iteration_visits_every_sample():
    x = made(3)
    assert [sample.index for sample in x] == [0, 1, 2]
    assert [sample.label for sample in x] == [0, 1, 0]
    assert all(np.array_equal(sample.and_, row) for sample, row in zip(x, x.and_, strict=True))


def test_orders_players_and_noise():
    x = made(n=3)
    assert x.n == 3
    assert x.order.tolist() == [len(players_of(coalition)) for coalition in range(8)]
    assert (np.abs(x.noise) <= x.noise_bound[:, None]).all()
    assert x.scores - x.noise == pytest.approx(x.predict())


@pytest.mark.parametrize("name", ["and_", "or_", "objective", "gap", "labels", "converged", "iterations"])
def test_arrays_that_do_not_fit_are_refused(name):
    with pytest.raises(ArgumentError, match=rf"{name}: given shape .*; accepted: shape"):
        made(**{name: np.zeros(7)})


def test_names_that_do_not_fit_are_refused():
    for names in ((NAMES,), (NAMES[:2],) * 2):
        with pytest.raises(ArgumentError, match=r"names: given .* accepted: 2 tuples of 3 player names"):
            replace(made(), names=names)


# Salience ------------------------------------------------------------------------------------------------------------


def strongest_effects(x):
    return [max(*abs(x.and_[s, 1:]), *abs(x.or_[s, 1:])) for s in range(len(x))]


RULES = {
    "score_range": lambda x: [0.03 * sum(abs(v[-1] - v[0]) for v in x.scores) / len(x)] * len(x),
    "max_effect": lambda x: [0.05 * strongest for strongest in strongest_effects(x)],
    "max_effect_over_samples": lambda x: [0.05 * max(strongest_effects(x))] * len(x),
    ScoreRange(0.5): lambda x: [0.5 * sum(abs(v[-1] - v[0]) for v in x.scores) / len(x)] * len(x),
    MaxEffect(0.6): lambda x: [0.6 * strongest for strongest in strongest_effects(x)],
    MaxEffect(0.6, over="samples"): lambda x: [0.6 * max(strongest_effects(x))] * len(x),
    FixedThreshold(0.7): lambda x: [0.7] * len(x),
}


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_salience_against_its_definition(rule):
    x = made(3, seed=1)
    salient, thresholds = x.salient(rule), RULES[rule](x)
    assert salient.threshold == pytest.approx(thresholds)
    for sample, coalition in product(range(3), range(8)):
        for mask, effects in ((salient.and_, x.and_), (salient.or_, x.or_)):
            expected = coalition != 0 and abs(effects[sample, coalition]) >= thresholds[sample]
            assert mask[sample, coalition] == expected
    assert salient.count.tolist() == [salient.and_[s].sum() + salient.or_[s].sum() for s in range(3)]


def test_nothing_is_salient_where_there_is_no_interaction():
    x = without_interactions(2)
    for rule in ("score_range", "max_effect", "max_effect_over_samples", FixedThreshold(0)):
        assert x.salient(rule).count.tolist() == [0, 0]


def test_a_rule_of_ones_own():
    class Half:
        def thresholds(self, scores, and_, or_):
            return and_[:, 1:].abs().amax(1) / 2

    x = made()
    assert x.salient(Half()).threshold == pytest.approx(np.abs(x.and_[:, 1:]).max(1) / 2)


def test_an_unknown_rule_is_refused():
    for use in (made().salient, made().table, made().by_order, made()[0].table):
        with pytest.raises(ArgumentError, match="rule: given 'largest'; accepted: one of score_range, max_effect"):
            use("largest")


def test_top_ranks_the_mean_strength():
    x = made(3, seed=2)
    rows = []
    for coalition in range(1, 8):
        for kind, effects in (("AND", x.and_), ("OR", x.or_)):
            column = effects[:, coalition]
            name = ", ".join(NAMES[i] for i in players_of(coalition))
            rows.append((name, kind, len(players_of(coalition)), sum(column) / 3, sum(abs(column)) / 3))
    rows.sort(key=lambda row: -row[-1])
    top = x.top(6)
    assert list(top.columns) == ["players", "type", "order", "effect", "strength"]
    for given, expected in zip(top.itertuples(index=False), rows[:6], strict=True):
        assert tuple(given)[:3] == expected[:3]
        assert tuple(given)[3:] == pytest.approx(expected[3:])
    assert len(x.top(1000)) == 14
    assert len(x.top(0)) == 0


def test_top_refuses_a_negative_number():
    with pytest.raises(ArgumentError, match="k: given -1; accepted: a number >= 0"):
        made().top(-1)


DIFFERENT = np.arange(12, dtype=np.int16).reshape(2, 2, 3) % 3
DIFFERENT[1] = DIFFERENT[1, :, ::-1]


@pytest.mark.parametrize(
    ("names", "regions", "same"),
    [
        ((NAMES, NAMES), None, True),
        ((NAMES, ("nose", "eye", "ear")), None, False),
        ((NAMES, NAMES[::-1]), None, False),
        ((("region 0", "region 1", "region 2"),) * 2, DIFFERENT[:1], True),
        ((("region 0", "region 1", "region 2"),) * 2, DIFFERENT[[0, 0]], True),
        ((("region 0", "region 1", "region 2"),) * 2, DIFFERENT, False),
        ((("superpixel 10", "superpixel 1", "superpixel 2"),) * 2, DIFFERENT, False),
        ((("r0c0", "r0c1", "r1c0"),) * 2, DIFFERENT, False),
        ((NAMES, NAMES), DIFFERENT, True),  # a nose is a nose, wherever it is
    ],
)
def test_whether_samples_share_their_players(names, regions, same):
    x = made(names=NAMES, regions=regions)
    x = replace(x, names=names)
    assert x.same_players == same
    assert x[[1]].same_players
    assert x[:0].same_players


@pytest.mark.parametrize("names", [(NAMES, ("a", "b", "c")), (("superpixel 0", "superpixel 1", "superpixel 2"),) * 2])
def test_players_that_differ_are_never_averaged(names):
    x = replace(made(regions=DIFFERENT), names=names)
    with pytest.raises(ArgumentError, match=r"^interactions: given 2 samples whose players differ;.*x\[0\]\.top\(\)"):
        x.top()
    for sample, line in zip(x, repr(x).splitlines()[-2:], strict=True):
        (row,) = sample.top(1).itertuples()
        assert line.split(maxsplit=3)[:2] == ["sample", str(sample.index)]
        assert line.endswith(f"{row.effect:+.4g}  {row.type:<3} {{{row.players}}}")
    assert "differ from sample to sample" in repr(x)
    assert "mean effect" not in repr(x)


def test_print_shows_the_first_of_many_samples_whose_players_differ():
    x = replace(without_interactions(8), names=tuple((f"{i}", "b") for i in range(8)))
    assert repr(x).splitlines()[-6:] == [*(f"  sample {i}          +0" for i in range(5)), "  …"]


def test_table_lists_the_salient_effects_strongest_first():
    x = made(2, seed=3)
    table = x.table("max_effect")
    salient = x.salient("max_effect")
    expected = []
    for sample in range(2):
        effects = [
            (
                sample,
                sample % 2,
                ", ".join(NAMES[i] for i in players_of(c)),
                kind,
                len(players_of(c)),
                values[sample, c],
                c,
            )
            for kind, values, mask in (("AND", x.and_, salient.and_), ("OR", x.or_, salient.or_))
            for c in range(8)
            if mask[sample, c]
        ]
        expected += sorted(effects, key=lambda row: -abs(row[5]))
    assert list(table.columns) == ["sample", "label", "players", "type", "order", "effect", "coalition"]
    assert [tuple(row) for row in table.itertuples(index=False)] == expected


def test_table_of_every_effect_that_is_not_zero():
    x = made(sparse=True)
    assert len(x.table(None)) == (x.and_[:, 1:] != 0).sum() + (x.or_[:, 1:] != 0).sum()
    assert len(without_interactions().table(None)) == 0


def test_the_table_of_a_sample_keeps_the_threshold_of_all():
    x = made(3)
    whole = x.table()
    parts = [len(sample.table()) for sample in x]
    assert sum(parts) == len(whole)
    assert parts == [(whole["sample"] == i).sum() for i in range(3)]


@pytest.mark.parametrize("rule", ["score_range", "max_effect", None])
def test_strength_by_order(rule):
    x = made(3, seed=4)
    salient = x.salient(rule or FixedThreshold(0))
    positive, negative = np.zeros((3, 3)), np.zeros((3, 3))
    for sample, coalition in product(range(3), range(1, 8)):
        for effects, mask in ((x.and_, salient.and_), (x.or_, salient.or_)):
            if mask[sample, coalition]:
                side = positive if effects[sample, coalition] > 0 else negative
                side[sample, len(players_of(coalition)) - 1] += effects[sample, coalition]
    table = x.by_order(rule)
    assert table.index.tolist() == [1, 2, 3]
    assert table["positive"].to_numpy() == pytest.approx(positive.mean(0))
    assert table["negative"].to_numpy() == pytest.approx(negative.mean(0))
    total = (positive - negative).mean(0)
    assert table["normalised"].to_numpy() == pytest.approx(total / total.mean())
    assert table["normalised"].mean() == pytest.approx(1)
    assert x.strength_by_order(rule)[:, 0] == pytest.approx(positive)
    assert x.strength_by_order(rule)[:, 1] == pytest.approx(negative)


def test_strength_by_order_of_nothing_is_zero():
    assert (without_interactions().by_order().to_numpy() == 0).all()


# Predicting ----------------------------------------------------------------------------------------------------------


def predicted_by_definition(and_, or_, coalition):
    """AND effects fire where all their players are present, OR effects where any is."""
    inside = sum(and_[s] for s in range(8) if s & coalition == s)
    return inside + sum(or_[s] for s in range(8) if s & coalition)


def test_predict_every_coalition():
    x = made()
    expected = [[predicted_by_definition(x.and_[s], x.or_[s], c) for c in range(8)] for s in range(2)]
    assert x.predict() == pytest.approx(np.array(expected))
    assert (np.abs(x.predict() - x.scores) <= x.noise_bound[:, None] + 1e-12).all()


def test_predict_some_coalitions():
    x = made()
    wanted = [0b101, 0b000, 0b111, 0b101]
    rows = [[bool(c >> i & 1) for i in range(3)] for c in wanted]
    for coalitions in (rows, np.array(rows), np.array(rows).astype(int), np.array(rows).astype(float)):
        assert np.array_equal(x.predict(coalitions), x.predict()[:, wanted])
    assert np.array_equal(x[1].predict(rows), x.predict()[1, wanted])
    assert x.predict(np.zeros((0, 3), bool)).shape == (2, 0)


@pytest.mark.parametrize("k", [0, 1, 4, 11, 100])
def test_predict_by_the_strongest_effects(k):
    x = made()
    for sample in range(2):
        and_, or_ = np.zeros(8), np.zeros(8)
        and_[0] = x.and_[sample, 0]
        effects = [(abs(x.and_[sample, c]), and_, x.and_, c) for c in range(1, 8)]
        effects += [(abs(x.or_[sample, c]), or_, x.or_, c) for c in range(1, 8)]
        for _, kept, source, c in sorted(effects, key=lambda effect: -effect[0])[:k]:
            kept[c] = source[sample, c]
        expected = [predicted_by_definition(and_, or_, c) for c in range(8)]
        assert x.predict(k=k)[sample] == pytest.approx(expected)
        assert x[sample].predict(k=k) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"coalitions": [True, False, True]}, r"coalitions: given shape \(3,\).*accepted: booleans of shape \(m, 3\)"),
        ({"coalitions": [[True, False]]}, r"coalitions: given shape \(1, 2\)"),
        ({"coalitions": [[0, 1, 2]]}, "coalitions: given .*accepted: booleans"),
        ({"coalitions": [["a", "b", "c"]]}, "coalitions: given .*accepted: booleans"),
        ({"coalitions": [[0], [0, 1]]}, "coalitions: given .*accepted: booleans"),
        ({"k": -1}, "k: given -1; accepted: a number >= 0"),
    ],
)
def test_coalitions_that_cannot_be_predicted_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        made().predict(**arguments)


# Saving --------------------------------------------------------------------------------------------------------------


def assert_same(x, y):
    for name in ARRAYS:
        a, b = getattr(x, name), getattr(y, name)
        assert (a is None) == (b is None), name
        if a is not None:
            assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()), name
    assert x.names == y.names
    assert dict(x.provenance) == dict(y.provenance)


@pytest.mark.parametrize(
    "x",
    [made(), made(1, 1), made(inputs=None, regions=None), made(names=('a"b', "ü\n", "")), without_interactions(3, 4),
     made(scores=np.full((2, 8), -0.0), and_=np.full((2, 8), 5e-324), or_=np.full((2, 8), 1.7e308)), made(4)[1:3]],
)  # fmt: skip
def test_save_and_load_are_exact(x, tmp_path):
    path = x.save(tmp_path / "result")
    assert path == tmp_path / "result.npz"
    assert_same(Interactions.load(path), x)
    assert_same(Interactions.load(str(path)), x)
    assert [file.name for file in tmp_path.iterdir()] == ["result.npz"]


def test_the_suffix_is_appended_where_it_is_missing(tmp_path):
    assert made().save(tmp_path / "epoch.10").name == "epoch.10.npz"
    assert made().save(str(tmp_path / "epoch.npz")).name == "epoch.npz"


def test_the_file_holds_no_pickle_and_nothing_else(tmp_path):
    path = made().save(tmp_path / "x")
    with np.load(path, allow_pickle=False) as file:
        assert set(file.files) == {*ARRAYS, "record"}
        assert np.array_equal(file["and_"], made().and_)
        assert json.loads(str(file["record"]))["names"] == [list(NAMES)] * 2


def test_saving_replaces_a_file_as_a_whole(tmp_path):
    made(seed=1).save(tmp_path / "x")
    made(seed=2).save(tmp_path / "x")
    assert_same(Interactions.load(tmp_path / "x.npz"), made(seed=2))


@pytest.mark.parametrize("failure", ["record", "disk", "objects"])
def test_a_failed_save_leaves_what_was_there_and_nothing_more(failure, tmp_path, monkeypatch):
    old, new = made(seed=1), made(seed=2)
    path = old.save(tmp_path / "x")
    if failure == "record":
        new = replace(new, provenance={"network": object()})
    elif failure == "objects":
        new = replace(new, inputs=np.array([object(), object()]))
    else:

        def half(file, *args, **kwargs):
            file.write(b"PK\3\4 half of it")
            raise OSError("No space left on device")

        monkeypatch.setattr(np, "savez", half)
    with pytest.raises((OSError, TypeError, ValueError)):
        new.save(path)
    assert_same(Interactions.load(path), old)
    assert [file.name for file in tmp_path.iterdir()] == ["x.npz"]


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def zipped(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def record(**changes):
    return np.array(json.dumps({"format": 1, "names": [list(NAMES)] * 2, "provenance": {}} | changes))


GOOD = {name: getattr(made(), name) for name in ARRAYS}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a text",
        b"PK\3\4",
        npy(np.ones(3)),
        npy(np.array([object()])),
        pickle.dumps({"and_": 1}),
        npz(a=np.ones(3)),
        zipped("record.npy", b"no array"),
        zipped("readme.txt", b"no array"),
        npz(record=np.array("no json")),
        npz(record=np.array("[1]")),
        npz(record=np.array("null")),
        npz(record=np.ones(3)),
        npz(record=np.array([{"format": 1}], dtype=object)),
        npz(record=np.array('{"format": 1}')),
        npz(record=record(format=99), **GOOD),
        npz(record=record()),
        npz(record=record(names=None), **GOOD),
        npz(record=record(names=[["a"]]), **GOOD),
        npz(record=record(), **GOOD | {"scores": np.ones(8)}),
        npz(record=record(), **GOOD | {"and_": np.ones((2, 4))}),
        npz(record=record(), **GOOD | {"or_": np.array([None])}),
        npz(record=record(), extra=np.ones(2), **GOOD),
        npz(record=record(), **{name: GOOD[name] for name in ARRAYS if name != "gap"}),
    ],
)
def test_a_file_of_something_else_is_refused(content, tmp_path):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(ArgumentError, match="given") as caught:
        Interactions.load(path)
    assert caught.value.argument == "path"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path in (tmp_path / "missing.npz", tmp_path):
        with pytest.raises(ArgumentError, match=r"path: given .*; accepted: a file written by Interactions.save"):
            Interactions.load(path)


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_refused_or_reads_exactly(tmp_path):
    x = made()
    path = x.save(tmp_path / "x")
    whole, generator = path.read_bytes(), random.Random(0)
    for trial in range(400):
        damaged = bytearray(whole)
        if trial % 4 == 0:
            del damaged[generator.randrange(len(whole)) :]
        else:
            damaged[generator.randrange(len(whole))] ^= 1 << generator.randrange(8)
        path.write_bytes(damaged)
        try:
            loaded = Interactions.load(path)
        except ArgumentError:
            continue
        assert_same(loaded, x)


# Handing on ----------------------------------------------------------------------------------------------------------


def test_to_xarray_is_labelled():
    x = made()
    data = x.to_xarray()
    assert dict(data.sizes) == {"sample": 2, "coalition": 8, "player": 3}
    for name in ("scores", "and_", "or_"):
        assert data[name].dims == ("sample", "coalition")
        assert np.array_equal(data[name], getattr(x, name))
    for name in ("objective", "lower_bound", "gap", "noise_bound", "iterations", "converged"):
        assert data[name].dims == ("sample",)
        assert np.array_equal(data[name], getattr(x, name))
    assert data["label"].values.tolist() == x.labels.tolist()
    assert data["name"].values.tolist() == [list(NAMES)] * 2
    assert data["order"].values.tolist() == x.order.tolist()
    for coalition in range(8):
        assert data["present"].values[coalition].nonzero()[0].tolist() == players_of(coalition)
    assert json.loads(data.attrs["provenance"]) == dict(x.provenance)
    pairs = data.where(data["order"] == 2, drop=True)
    assert pairs.sizes["coalition"] == 3


def moebius_value(values, coalition):
    """Value of a coalition from Moebius coefficients: those of its subsets."""
    return sum(value for players, value in values.dict_values.items() if set(players) <= set(coalition))


def test_to_shapiq_reproduces_the_scores():
    from shapiq import ExactComputer

    x = made()
    zeros = np.zeros(8)
    for sample, values in zip(x, x.to_shapiq(), strict=True):
        for coalition in range(8):
            present = players_of(coalition)
            both = sample.predict()[coalition]
            conjunctions = predicted_by_definition(sample.and_, zeros, coalition)
            assert moebius_value(values["merged"], present) == pytest.approx(both)
            assert moebius_value(values["and"], present) == pytest.approx(conjunctions)
        for part, index, scores in (
            ("merged", "Moebius", sample.predict()),
            ("and", "Moebius", [predicted_by_definition(sample.and_, zeros, c) for c in range(8)]),
            ("or", "Co-Moebius", [predicted_by_definition(zeros, sample.or_, c) for c in range(8)]),
        ):  # shapiq computes the same from the scores themselves
            game = lambda coalitions, scores=scores: np.array(scores)[coalitions @ (1 << np.arange(3))]  # noqa: E731
            theirs = ExactComputer(n_players=3, game=game)(index, order=3)
            ours = values[part]
            assert (ours.index, ours.n_players, ours.min_order, ours.max_order) == (index, 3, 0, 3)
            assert not ours.estimated
            assert len(ours.dict_values) == 8
            for players, value in theirs.dict_values.items():
                assert ours[players] == pytest.approx(value, abs=1e-12)
            assert ours.baseline_value == pytest.approx(theirs.baseline_value, abs=1e-12)


def test_to_shapiq_can_be_saved_and_read_by_shapiq(tmp_path):
    from shapiq import InteractionValues

    values = made()[0].to_shapiq()["merged"]
    values.save(tmp_path / "values.json")
    read = InteractionValues.load(tmp_path / "values.json")
    assert read.dict_values == pytest.approx(values.dict_values)


def test_to_shapiq_copies():
    x = made()
    values = x[0].to_shapiq()["and"].values
    values[:] = 0
    assert (x.and_[0] != 0).all()


def test_without_shapiq_the_error_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "shapiq", None)
    with pytest.raises(ImportError, match=r"pip install 'harsanyi\[shapiq\]'"):
        made()[0].to_shapiq()


# Printing ------------------------------------------------------------------------------------------------------------


def test_print_says_what_matters():
    x = made(2, converged=np.array([True, False]), gap=np.array([0.005, 0.3]))
    text = repr(x)
    for part in ("2 samples", "3 players", "8 coalitions", "30 %", "1 did not reach the gap", "salient", "AND", "nose"):
        assert part in text
    strongest = x.top(1).iloc[0]
    assert f"{strongest['effect']:.4g}" in text
    assert f"{{{strongest['players']}}}" in text


def test_print_of_a_sample_says_what_matters():
    x = made()
    text = repr(x[1])
    for part in ("Sample 1 of 2", "3 players", "label 1", f"{x.scores[1, -1]:.4g}", f"{x.scores[1, 0]:.4g}", "0.5 %"):
        assert part in text


@pytest.mark.parametrize(
    "x",
    [
        made(1),
        made(1, 1),
        made(5, 1),
        without_interactions(),
        without_interactions(3, 1),
        made(2)[:0],
        made(names=("{}", "%s", "\n")),
        made(2, scores=np.full((2, 8), 1e300)),
        extract_game(lambda coalitions: np.zeros(len(coalitions)), 3, progress=False),
        extract_game(lambda coalitions: np.ones(len(coalitions)) * 1e-300, 1, progress=False),
    ],
)
def test_print_never_fails(x):
    assert repr(x).startswith("Interactions")
    assert str(x) == repr(x)
    assert all(repr(sample).startswith("Sample") for sample in x)


def test_the_gap_is_never_printed_smaller_than_it_is():
    assert "certified within 0 %" not in repr(made(gap=np.full(2, 0.004)))
    assert math.isclose(made(gap=np.array([0.001, 0.2])).gap.max(), 0.2)
