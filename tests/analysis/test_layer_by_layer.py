"""Layers compared: planted parts come out exactly, every definition by loops, identities, words and what is refused."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_effects import interactions as planted
from planted_effects import sparse_effects as effects

from harsanyi import ArgumentError, FixedThreshold, HarsanyiError, MaxEffect
from harsanyi.analysis import Bootstrap, layer_by_layer
from harsanyi.analysis.layer_parts import _check_sums, part_sums, shared_part, with_totals

QUICK = Bootstrap(draws=60)
FIXED = FixedThreshold(0.5)


def compared(*seeds, **options):
    names = [f"layer {at}" for at in range(len(seeds) - 1)] + ["output"]
    layers = {name: planted(*effects(seed)) for name, seed in zip(names, seeds, strict=True)}
    return layer_by_layer(layers, **{"salience": FIXED, "normalized": False, "bootstrap": QUICK, **options})


def by_loops(lower, higher, tau):
    """overlap, forget, new from their definition, (samples, 3, 2, n)."""
    _, samples, coalitions = lower.shape
    found = np.zeros((samples, 3, 2, coalitions.bit_length() - 1))
    for kind in range(2):
        for sample in range(samples):
            for coalition in range(1, coalitions):
                one, other = lower[kind, sample, coalition], higher[kind, sample, coalition]
                salient, salient_other = abs(one) >= tau, abs(other) >= tau
                shared = 0.0
                if salient and salient_other and (one > 0) == (other > 0):
                    shared = np.sign(one) * min(abs(one), abs(other))
                parts = (abs(shared), salient * abs(one - shared), salient_other * abs(other - shared))
                found[sample, :, kind, coalition.bit_count() - 1] += parts
    return found


def test_every_part_is_that_of_the_definition():
    x = compared(1, 2, 3, 4)
    expected = {
        (one, other): by_loops(effects(one), effects(other), 0.5) for one, other in [(1, 4), (2, 4), (3, 4), (4, 4)]
    }
    np.testing.assert_allclose(x.to_last.sums, np.stack(list(expected.values())), atol=1e-12)
    np.testing.assert_allclose(
        x.to_next.sums, [by_loops(effects(a), effects(b), 0.5) for a, b in pairwise([1, 2, 3, 4])], atol=1e-12
    )
    overlap, forget, new = np.moveaxis(x.to_last.sums.sum((1, 3, 4)), 1, 0)
    np.testing.assert_allclose(x.completeness.value, overlap / (overlap + new))
    np.testing.assert_allclose(x.redundancy.value, forget / (overlap + forget))
    np.testing.assert_allclose(x.to_last.sample_completeness[1], _share(x.to_last.sums[1].sum((2, 3)), 2))
    np.testing.assert_allclose(x.to_last.sample_redundancy[1], _share(x.to_last.sums[1].sum((2, 3)), 1))
    counts = [(np.abs(effects(seed)) >= 0.5).sum((1, 2)) / 5 for seed in (1, 2, 3, 4)]
    np.testing.assert_allclose(x.count.value[:, :2], counts)


def _share(sums, rest):
    """Of (samples, 3): completeness where the rest is what is new, redundancy where it is forgotten."""
    part = sums[:, 0] if rest == 2 else sums[:, 1]
    return part / (sums[:, 0] + sums[:, rest])


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_parts_sum_to_the_strength_of_both_layers(one, other):
    lower, higher = effects(one), effects(other)
    overlap, forget, new = np.moveaxis(part_sums(lower, higher), 1, 0)
    np.testing.assert_allclose((overlap + forget).sum((1, 2)), np.abs(lower).sum((0, 2)))
    np.testing.assert_allclose((overlap + new).sum((1, 2)), np.abs(higher).sum((0, 2)))
    np.testing.assert_allclose(part_sums(higher, lower), np.stack((overlap, new, forget), 1))
    assert (np.abs(shared_part(lower, higher)) <= np.minimum(np.abs(lower), np.abs(higher))).all()


def test_parts_that_do_not_sum_to_the_whole_are_a_fault():
    with pytest.raises(HarsanyiError, match="do not sum"):
        _check_sums(np.ones((3, 1, 1)), np.array([[[2.0]], [[2.1]]]))


def test_planted_parts_come_out_by_name():
    low, top = np.zeros((2, 8)), np.zeros((2, 8))
    low[:, 3], top[:, 3] = 3.0, 1.0  # shrinks: kept 1, forgotten 2
    low[0, 5] = 2.0  # forgotten
    top[1, 7] = -1.5  # emerges
    low[1, 6], top[1, 6] = 1.0, -1.0  # changes its sign: forgotten and new
    x = layer_by_layer({"low": planted(low), "top": planted(top)}, salience=FIXED, normalized=False, bootstrap=QUICK)
    assert x.completeness.value[0] == pytest.approx(2 / 4.5)
    assert x.redundancy.value[0] == pytest.approx(7 / 9)
    lost = x.forgotten("low")
    assert list(zip(lost["players"], lost["forgotten"], lost["kept"], lost["samples"], strict=True)) == [
        ("p0, p1", 4.0, 2.0, 2), ("p0, p2", 2.0, 0.0, 1), ("p1, p2", 1.0, 0.0, 1),
    ]  # fmt: skip
    born = x.emerged("low", 1)
    assert born[["players", "type", "order", "lower", "higher", "emerged", "coalition"]].to_numpy().tolist() == [
        ["p0, p1, p2", "AND", 3, 0.0, -1.5, 1.5, 7], ["p1, p2", "AND", 2, 1.0, -1.0, 1.0, 6],
    ]  # fmt: skip
    assert x.emerged("low", 0).empty
    assert x.forgotten("top", until="low")["players"].tolist() == x.emerged("low")["players"].tolist()


def test_the_strongest_interactions_are_followed_through_all_layers():
    x = compared(1, 2, 3)
    table = x.follow(2, 4)
    strongest = np.max([np.abs(effects(seed)[:, 2]) for seed in (1, 2, 3)], axis=0)
    best = np.sort(strongest.ravel())[::-1][:4]
    np.testing.assert_allclose(table.xs("effect", level="what", axis=1).abs().max(axis=1), best)
    for (players, kind, order, coalition), row in table.iterrows():
        assert players == ", ".join(f"p{i}" for i in range(3) if coalition >> i & 1)
        assert order == coalition.bit_count()
        for name, seed in zip(x.names, (1, 2, 3), strict=True):
            own = effects(seed)[int(kind == "OR"), 2, coalition]
            assert row[name, "effect"] == own
            assert row[name, "salient"] == (abs(own) >= 0.5)


def test_equal_layers_are_complete_and_not_redundant():
    x = compared(1, 1, 1, 1)
    for held, expected in ((x.completeness, 1), (x.redundancy, 0)):
        assert (held.value == expected).all()
        assert (held.low == expected).all()
        assert (held.high == expected).all()
    assert x.emerged("layer 0").empty
    assert x.forgotten("layer 1").empty
    words = " ".join(x.sentences())
    assert "the same in all layers" in words
    assert "No layer carries strength that output does not use" in words


def test_units_of_the_layers_make_no_difference_where_they_are_normalized():
    one, other = effects(1), effects(2)
    plain = layer_by_layer({"a": planted(*one), "b": planted(*other)}, bootstrap=QUICK)
    scaled = layer_by_layer({"a": planted(*(10 * one)), "b": planted(*other)}, bootstrap=QUICK)
    np.testing.assert_allclose(scaled.completeness.value, plain.completeness.value)
    unit = np.abs(np.subtract(*planted(*one).scores[:, [-1, 0]].T)).mean()
    np.testing.assert_allclose(plain.layers["a"].and_, one[0] / unit)
    fixed = layer_by_layer({"a": planted(*one), "b": planted(*other)}, salience=FixedThreshold(0.3), bootstrap=QUICK)
    assert ((fixed.effects["a"] != 0) == (np.abs(one) / unit >= 0.3)).all()  # the threshold is one of what is divided


def test_one_threshold_for_all_samples_by_default():
    x = compared(1, 2, salience=MaxEffect(over="samples"))
    assert (x.effects["output"] == compared(1, 2, salience="max_effect_over_samples").effects["output"]).all()
    default = layer_by_layer({"a": planted(*effects(1)), "b": planted(*effects(2))}, bootstrap=QUICK)
    assert default.salience == MaxEffect(share=0.05, over="samples")


def rising(samples=12, levels=(0.2, 0.5, 0.8, 0.95), extra=(0.2, 1.0, 0.6, 0.1)):
    """Layers that have ever more of the last one, and a bump of what it does not use."""
    generator = np.random.default_rng(0)
    scale = generator.uniform(0.9, 1.1, samples)
    layers = {}
    for name, level, needless in zip(["embed", "early", "late", "head"], levels, extra, strict=True):
        and_ = np.zeros((samples, 8))
        and_[:, 3], and_[:, 5] = level * scale, needless * scale**2
        layers[name] = planted(and_)
    and_ = np.zeros((samples, 8))
    and_[:, 3] = scale
    return layers | {"output": planted(and_)}


def words_of(**options):
    x = layer_by_layer(rising(**options), salience=FixedThreshold(0.05), normalized=False, bootstrap=QUICK)
    return x, " ".join(x.sentences())


def test_trends_that_are_there_are_told():
    x, words = words_of()
    assert x.trends.completeness.value == pytest.approx(1)
    assert x.trends.peak == 1
    assert x.trends.peak_share == 1
    assert x.names[x.trends.forgets_most] == "late"
    assert "Completeness rises with depth: rank correlation with depth 1" in words
    assert "Completeness falls" not in words
    assert "Redundancy is highest at early" in words
    assert "Redundancy rises, then falls: at early" in words
    assert "Most is forgotten from late to head" in words


def test_exceptions_are_named():
    _, words = words_of(levels=(0.9, 0.2, 0.5, 0.4), extra=(1.5, 0.1, 0.2, 1.0))
    assert "Completeness neither rises nor falls steadily with depth: rank correlation with depth -0.4" in words
    assert "Completeness falls most from embed to early, by 70 points" in words
    assert "it clearly falls from late to head too" in words
    assert "Redundancy is highest at head, 72 %" in words
    assert "So redundancy rises in all: at its highest it is 9 points" in words
    assert "Most is forgotten from embed to early" in words
    assert "are 1.0 (output) to 2.0 (embed) of the 11 possible effects of a sample." in words


def test_a_peak_at_the_lowest_layer_is_no_rise():
    _, words = words_of(extra=(1.5, 1.0, 0.6, 0.1))
    assert "So redundancy falls in all: at its highest it is" in words
    assert "rises, then falls" not in words


def test_one_sample_tells_no_trend():
    x, words = words_of(samples=1)
    assert np.isnan(x.completeness.low).all()
    assert "cannot be told from these samples" in words
    assert "interval" not in words


def test_two_layers_have_no_trend_and_a_warning_is_passed_on():
    x = compared(1, 2, warnings={"layer 0": "the probe has not converged."})
    assert "Fewer than three layers below the last do not tell a trend." in x.sentences()
    assert x.sentences()[-1] == "layer 0: the probe has not converged."
    assert repr(x).startswith("LayerByLayer: 2 layers, 5 samples x 3 players\n  Of the strength of output, ")


def test_tables_hold_the_same_numbers():
    x = compared(1, 2, 3)
    table, orders, steps = x.table(), x.by_order(), x.steps()
    assert table.index.tolist() == ["layer 0", "layer 1", "output"]
    np.testing.assert_allclose(table["completeness"], x.completeness.value)
    np.testing.assert_allclose(table["salient"], table["salient_and"] + table["salient_or"])
    assert (table["effects"] == 2**4).all()
    assert (table["completeness_low"] <= table["completeness"]).all()
    strength = with_totals(x.to_last.sums.mean(1))
    for part, name in enumerate(("overlap", "forget", "new")):
        assert orders.loc[("layer 1", "OR", 2), name] == pytest.approx(strength[1, part, 1, 1])
        assert orders.loc[("layer 0", "both", 3), name] == pytest.approx(strength[0, part, 2, 2])
    assert steps.index.tolist() == [("layer 0", "layer 1"), ("layer 1", "output")]
    between = x.between("layer 0", "layer 1").table()
    np.testing.assert_allclose(between["overlap"], steps["overlap"].iloc[0])


def test_a_layer_without_salient_effects_has_no_redundancy():
    nothing = np.zeros((2, 5, 8))
    nothing[0, :, 1] = 0.1
    layers = {"a": planted(*nothing), "b": planted(*effects(1))}
    x = layer_by_layer(layers, salience=FIXED, normalized=False, bootstrap=QUICK)
    assert x.completeness.value[0] == 0
    assert np.isnan(x.redundancy.value[0])
    assert x.sentences()


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ({}, {}, r"layers: given 0 layers; accepted: two layers or more, the network itself last"),
        ({"a": 1}, {}, r"layers: given 1 layer;"),
        ({"a": 1, "b": planted(*effects(2, samples=4))}, {}, r"layers: given other players, or another number"),
        ({"a": 1, "b": planted(*effects(2, n=4))}, {}, r"layers: given other players.*in 'b'"),
        ({"a": 1, "b": planted(*effects(2), inputs=np.ones((5, 3)))}, {}, r"layers: given other samples.*in 'b'"),
        ({"a": planted(np.zeros((5, 8))), "b": 1}, {}, r"layers: given scores in 'a' that are the same"),
        ({"a": 1, "b": 1}, {"salience": FixedThreshold(1e6)}, r"layers: given no salient effect in 'b', the last"),
        ({"a": 1, "b": 1}, {"warnings": {"c": "no"}}, r"warnings: given 'c'; accepted: 'a', 'b'"),
        ({"a": 1, "b": 1}, {"salience": "max"}, r"rule: given 'max'"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(layers, options, message):
    given = {name: planted(*effects(1)) if isinstance(x, int) else x for name, x in layers.items()}
    with pytest.raises(ArgumentError, match=message):
        layer_by_layer(given, bootstrap=QUICK, **options)


def test_unknown_layers_and_samples_are_refused():
    x = compared(1, 2, 3)
    for ask, message in (
        (lambda: x.between("layer 0", "outputs"), r"higher: given 'outputs'.*Did you mean 'output'"),
        (lambda: x.emerged("output"), r"layer: given 'output'; accepted: 'layer 0', 'layer 1'"),
        (lambda: x.forgotten("layer 0", 5), r"sample: given 5; accepted: 0 to 4"),
        (lambda: x.follow(0, 0), r"count: given 0"),
    ):
        with pytest.raises(ArgumentError, match=message):
            ask()


def test_effects_of_players_that_differ_are_summed_for_no_one():
    names = tuple(tuple(f"{word}{sample}" for word in "abc") for sample in range(5))
    layers = {name: planted(*effects(seed), names=names) for name, seed in (("a", 1), ("b", 2))}
    x = layer_by_layer(layers, salience=FIXED, bootstrap=QUICK)
    with pytest.raises(ArgumentError, match="players differ"):
        x.emerged("a")
    assert set(" ".join(x.emerged("a", 3)["players"])) <= set("abc3, ")
