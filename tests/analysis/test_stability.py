"""Stability under noise: by loops over effects, draws and samples; jackknife; what is left out; what is refused."""

import numpy as np
import pytest
from planted_effects import interactions as planted

from harsanyi import ArgumentError, FixedThreshold
from harsanyi.analysis import Bootstrap, stability
from harsanyi.analysis.stability_parts import steadiness, steadiness_without

QUICK = Bootstrap(draws=60)
FIXED = FixedThreshold(0.5)


def clean_and_noisy(seed=0, draws=4, samples=4, n=3, spread=(0.1, 0.2, 0.4)):
    """Effects of a layer, and draws that vary the more the higher the order."""
    generator = np.random.default_rng(seed)
    values = generator.uniform(0.3, 2, (2, samples, 1 << n)) * generator.choice([-1, 1], (2, samples, 1 << n))
    values *= (generator.random(values.shape) < 0.7) * (np.arange(1 << n) > 0)
    order = np.array([coalition.bit_count() for coalition in range(1 << n)])
    scale = np.array([0, *spread])[order]
    return values, [values + scale * generator.normal(size=values.shape) for _ in range(draws)]


def as_layers(clean, noisy):
    inputs = np.random.default_rng(1).normal(size=(len(noisy), clean.shape[1], 3))  # noise changes the samples
    draws = [{"output": planted(*draw, inputs=each)} for draw, each in zip(noisy, inputs, strict=True)]
    return {"output": planted(*clean)}, draws


def by_loops(clean, noisy, order, kinds):
    """Mean over samples of the mean over their salient effects."""
    means = []
    for sample in range(clean.shape[1]):
        found = []
        for kind in kinds:
            for coalition in range(1, clean.shape[2]):
                if abs(clean[kind, sample, coalition]) < 0.5 or order not in (None, coalition.bit_count()):
                    continue
                drawn = [draw[kind, sample, coalition] for draw in noisy]
                found.append(abs(np.mean(drawn)) / np.std(drawn, ddof=1))
        means += [np.mean(found)] if found else []
    return np.mean(means) if means else np.nan


def test_every_number_is_that_of_the_definition():
    clean, noisy = clean_and_noisy()
    x = stability(*as_layers(clean, noisy), salience=FIXED, bootstrap=QUICK)
    assert x.draws == 4
    for row, kinds in enumerate(([0], [1], [0, 1])):
        for place, order in enumerate([1, 2, 3, None]):
            expected = by_loops(clean, noisy, order, kinds)
            assert x.stability.value[0, row, place] == pytest.approx(expected, nan_ok=True)
            without = [by_loops(clean, [*noisy[:at], *noisy[at + 1 :]], order, kinds) for at in range(4)]
            error = np.sqrt(3 / 4 * np.square(without - np.mean(without)).sum())
            assert x.standard_error[0, row, place] == pytest.approx(error, nan_ok=True)


def test_leaving_out_a_draw_is_what_is_computed_without_it():
    drawn = np.random.default_rng(0).normal(1, 0.1, (5, 2, 3))
    expected = [steadiness(np.delete(drawn, at, 0)) for at in range(5)]
    np.testing.assert_allclose(steadiness_without(drawn), expected)


def test_a_fall_with_the_order_is_told():
    x = stability(*as_layers(*clean_and_noisy(draws=10, samples=8, spread=(0.01, 0.1, 1.0))), bootstrap=QUICK)
    assert x.trend.value[0] == -1
    assert any(
        one.startswith("Stability falls with the order in output (rank correlation -1,") for one in x.sentences()
    )
    assert "Over 10 noisy draws a sample" in x.sentences()[0]


def test_effects_that_never_change_are_left_out_and_counted():
    clean, noisy = clean_and_noisy(spread=(0.0, 0.2, 0.4))
    layers, draws = as_layers(clean, noisy)
    x = stability(layers, draws, salience=FIXED, bootstrap=QUICK)
    count = int((np.abs(clean[:, :, [1, 2, 4]]) >= 0.5).sum())
    assert x.unchanging[0, 2].tolist() == [count, 0, 0, count]
    assert np.isnan(x.stability.value[0, 2, 0])
    assert f"{count} salient effects are the same in all draws, and left out." in x.sentences()
    still = stability(layers, [layers, layers], salience=FIXED, bootstrap=QUICK)
    assert np.isnan(still.stability.value).all()
    assert still.sentences()


def test_two_draws_have_no_standard_error():
    x = stability(*as_layers(*clean_and_noisy(draws=2)), salience=FIXED, bootstrap=QUICK)
    assert np.isfinite(x.stability.value[0, 2, -1])
    assert np.isnan(x.standard_error).all()


def test_tables_hold_the_same_numbers():
    x = stability(*as_layers(*clean_and_noisy()), salience=FIXED, bootstrap=QUICK)
    assert x.by_order().loc[("output", "both", 2), "stability"] == x.stability.value[0, 2, 1]
    assert x.by_order().loc[("output", "AND", 3), "standard_error"] == x.standard_error[0, 0, 2]
    assert x.table().loc["output", "stability"] == x.stability.value[0, -1, -1]


def test_what_cannot_be_compared_is_refused():
    layers, draws = as_layers(*clean_and_noisy())
    others = as_layers(*clean_and_noisy(samples=3))[1]
    relabelled = {"output": planted(*clean_and_noisy()[0], labels=np.arange(4))}
    for given, message in (
        (({}, draws), "layers: given 0 layers"),
        ((layers, draws[:1]), "noisy: given 1 draw; accepted: 2 draws or more: a deviation needs as many"),
        ((layers, [*draws, {}]), "noisy: given draw 4 without the layer 'output'"),
        ((layers, others), "noisy: given other players, or another number of samples, in 'draw 0, output'"),
        ((layers, [draws[0], relabelled]), "noisy: given other samples or labels in 'draw 1, output'"),
    ):
        with pytest.raises(ArgumentError, match=message):
            stability(*given, bootstrap=QUICK)
