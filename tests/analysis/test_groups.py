"""Two groups of samples: the definitions on a real network, planted strength and cancellation, words in every case."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_effects import interactions as planted
from torch import nn

from harsanyi import ArgumentError, Columns, extract
from harsanyi.analysis import Bootstrap, compare_groups
from harsanyi.core.coalitions import orders

QUICK = Bootstrap(draws=50)


@pytest.fixture(scope="module")
def real():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
        inputs = 2 * torch.randn(12, 4)
    return extract(network, inputs, torch.arange(12) % 3, players=Columns(), progress=False)


def run(x, chosen=(0, 1, 2, 3, 4), others=(5, 6, 7, 8, 9, 10, 11), **options):
    return compare_groups(x, chosen, others, **{"bootstrap": QUICK, **options})


def test_the_definitions_on_a_real_network(real):
    found = run(real)
    order, salient = orders(4).numpy(), real.salient("score_range")
    for group, samples in enumerate((range(5), range(5, 12))):
        positive, negative, cancelled, strong, cancelled_complex = [], [], [], [], []
        for i in samples:
            effects = [np.concatenate((real.and_[i][salient.and_[i] & (order == k)],
                                       real.or_[i][salient.or_[i] & (order == k)])) for k in range(1, 5)]  # fmt: skip
            strength = np.array([np.abs(e).sum() for e in effects])
            share = np.array([1 - abs(e.sum()) / np.abs(e).sum() if len(e) else np.nan for e in effects])
            positive.append([e[e > 0].sum() for e in effects])
            negative.append([e[e < 0].sum() for e in effects])
            cancelled.append(share)
            strong.append(strength[1:].sum())
            cancelled_complex.append(np.nansum(share[1:] * strength[1:]) / strength[1:].sum())
        assert found.positive.value[group] == pytest.approx(np.mean(positive, 0))
        assert found.negative.value[group] == pytest.approx(np.mean(negative, 0))
        assert found.cancellation.value[group] == pytest.approx(np.nanmean(cancelled, 0), abs=1e-12)
        assert found.complex_strength.value[group] == pytest.approx(np.mean(strong))
        assert found.complex_cancellation.value[group] == pytest.approx(np.mean(cancelled_complex))
    strength = found.positive.value - found.negative.value
    assert found.strength_difference.value == pytest.approx(strength[0] - strength[1])
    assert found.cancellation_difference.value == pytest.approx(-np.diff(found.cancellation.value, axis=0)[0])
    assert found.complex_strength_difference.value == pytest.approx(strength[0, 1:].sum() - strength[1, 1:].sum())
    assert found.counts == (5, 7)


def triples(values):
    """Samples of three players whose AND effects of {0}, {0, 1}, {1, 2} are these, (samples, 3)."""
    and_ = np.zeros((len(values), 8))
    and_[:, [1, 3, 6]] = values
    return planted(and_)


def two_groups(chosen, others):
    """Twelve samples, five chosen, with effects that vary a little from sample to sample."""
    values = np.array([chosen] * 5 + [others] * 7, float)
    return triples(values * (1 + 0.1 * np.sin(np.arange(12)))[:, None])


def test_more_complex_strength_that_cancels_is_found_and_said():
    found = run(two_groups([1, 2, -2], [2, 0.5, 0.4]))
    assert found.complex_strength_difference.low > 2
    assert found.complex_cancellation.value == pytest.approx([1, 0], abs=1e-12)
    said = found.sentences()
    assert "Mislabelled samples have more strength of complex interactions (two players or more)" in said[0]
    assert "Mislabelled samples have more cancellation among complex interactions than clean ones: 1" in said[1]
    assert said[2].endswith("clearly more strength than clean ones at order 2, and clearly less at order 1.")


def test_the_groups_the_other_way_round_change_the_sign_and_the_words():
    x = two_groups([1, 2, -2], [2, 0.5, 0.4])
    one, other = run(x), run(x, range(5, 12), range(5), names=("new", "old"))
    for name in ("strength_difference", "complex_strength_difference", "complex_cancellation_difference"):
        assert getattr(one, name).value == pytest.approx(-getattr(other, name).value)
    assert other.sentences()[0].startswith("New samples have less strength of complex interactions")
    assert "positive_new_low" in other.by_order().columns


def test_where_the_groups_are_alike_nothing_is_claimed():
    found = run(two_groups([1, 2, -1], [1, 2, -1]))
    said = found.sentences()
    assert said[0].startswith("Whether mislabelled samples have more strength of complex interactions")
    assert "cannot be told" in said[0]
    assert "cannot be told" in said[1]  # though it is the same in every sample, to the last digit but rounding
    assert said[2].endswith("at no order, and clearly less at no order.")


def test_where_a_group_has_no_complex_interaction_cancellation_is_unknown():
    found = run(two_groups([1, 0, 0], [1, 2, -1]))
    assert np.isnan(found.complex_cancellation.value[0])
    assert np.isnan(found.complex_cancellation_difference.value)
    assert found.complex_strength_difference.high < 0
    assert found.sentences()[1].endswith("nothing can be said: no mislabelled sample has a complex interaction.")
    single = run(planted(np.tile([0.0, 1.0], (12, 1))))  # one player
    assert single.complex_strength.value.tolist() == [0, 0]


def test_sorting_the_samples_otherwise_changes_nothing(real):
    order = np.random.default_rng(0).permutation(12)
    one, other = run(real), run(real[order], order < 5, order >= 5)
    for name in ("positive", "cancellation", "complex_strength_difference", "complex_cancellation_difference"):
        for ends in ("value", "low", "high"):
            assert getattr(getattr(one, name), ends) == pytest.approx(
                getattr(getattr(other, name), ends), abs=1e-12, nan_ok=True
            )


def test_both_groups_have_the_thresholds_of_all_samples(real):
    alone = run(replace(real), salience="score_range").positive.value
    weak = replace(real, scores=np.where(np.arange(12)[:, None] < 5, 0.01, 1) * real.scores)
    assert (run(weak).positive.value >= alone - 1e-12).all()  # a lower threshold, for both


def test_the_table_holds_the_numbers(real):
    found = run(real)
    table = found.by_order()
    assert table.index.tolist() == [1, 2, 3, 4]
    assert table["cancellation_clean"].to_numpy() == pytest.approx(found.cancellation.value[1], nan_ok=True)
    assert table["strength_difference_high"].to_numpy() == pytest.approx(found.strength_difference.high)
    assert repr(found).startswith("GroupComparison: 5 mislabelled and 7 clean samples x 4 players\n  ")


def test_a_group_of_few_has_numbers_but_no_verdict():
    pairs = np.tile([0.0, 0.0, 0.0, 1.0], (12, 1))  # the effect of both players together
    strong = planted(pairs * np.where(np.arange(12) < 5, 3.0, 1.0)[:, None])
    enough, few = run(strong), run(strong, chosen=range(4))
    assert few.complex_strength.value[0] == enough.complex_strength.value[0]
    assert np.isnan([*few.positive.low[0], *few.strength_difference.low, *few.strength_difference.high]).all()
    assert np.isfinite(few.positive.low[1]).all()
    assert few.sentences()[-1] == (
        "Nor can it be told order by order from so few samples, 4 mislabelled and 7 clean: that takes 5 of each."
    )
    assert "cannot be told" not in enough.sentences()[-1]


def test_what_are_no_two_groups_is_refused(real):
    with pytest.raises(ArgumentError, match="others: given sample 4, which is in chosen too"):
        run(real, others=range(4, 12))
    with pytest.raises(ArgumentError, match="chosen: given 1 sample; accepted: at least 2"):
        run(real, chosen=[0])
    for names in (("a", "a"), ("", "b"), ("a", 1)):
        with pytest.raises(ArgumentError, match="accepted: two different words"):
            run(real, names=names)
    with pytest.raises(ArgumentError, match="rule: given 'all'"):
        run(real, salience="all")
