"""Similarity of classes by order: the definition, planted truths, honest intervals, sampling noise as the ceiling."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_effects import interactions as planted
from torch import nn

from harsanyi import ArgumentError, Columns, FixedThreshold, extract
from harsanyi.analysis import Bootstrap, class_similarity
from harsanyi.core.coalitions import orders

QUICK = Bootstrap(draws=50)


def similarity(one, other):
    """Sum of min over sum of max of positive and negative parts, from the definition."""
    least = most = 0.0
    for a, b in zip(one, other, strict=True):
        for sign in (1, -1):
            least += min(max(sign * a, 0), max(sign * b, 0))
            most += max(sign * a, sign * b, 0)
    return least / most if most else np.nan


def mean_effects(x, samples, order):
    """Mean AND and OR effects of an order, one after the other."""
    chosen = orders(x.n).numpy() == order
    return np.concatenate([effects[samples][:, chosen].mean(0) for effects in (x.and_, x.or_)])


@pytest.fixture(scope="module")
def real():
    """24 samples of 3 classes, training and test samples in turn."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
        inputs = 2 * torch.randn(24, 4)
    return extract(network, inputs, torch.arange(24) // 2 % 3, players=Columns(), progress=False)


def run(x, train=None, test=None, **options):
    train = np.arange(len(x)) % 2 == 0 if train is None else train
    return class_similarity(x, train, ~train if test is None else test, **{"bootstrap": QUICK, **options})


def test_the_definition_on_a_real_network(real):
    found = run(real)
    sides = [[np.flatnonzero((real.labels == c) & (np.arange(24) % 2 == side)) for c in range(3)] for side in (0, 1)]
    for k in range(1, 5):
        train, test = ([mean_effects(real, samples, k) for samples in side] for side in sides)
        own = [similarity(train[c], test[c]) for c in range(3)]
        others = [np.mean([similarity(train[c], test[d]) for d in range(3) if d != c]) for c in range(3)]
        assert found.similarity.value[k - 1] == pytest.approx(np.mean(own))
        assert found.floor.value[k - 1] == pytest.approx(np.mean(others))
    assert found.classes == (0, 1, 2)
    assert found.counts.tolist() == [[4, 4]] * 3
    for estimate in (found.similarity, found.ceiling, found.floor):
        assert (estimate.low <= estimate.value).all()
        assert (estimate.value <= estimate.high).all()
        assert (estimate.high <= 1).all()
        assert (estimate.low >= 0).all()


def test_one_class_in_every_sample_alike_is_as_similar_as_can_be():
    classes = np.arange(12) // 2 % 2
    and_ = np.zeros((12, 8))
    and_[:, [1, 2, 3, 7]] = np.where(classes[:, None] == 0, [1, 0, -2, 3], [0, 1, 2, 3])
    found = run(planted(and_, labels=classes))
    assert found.similarity.value.tolist() == found.ceiling.value.tolist() == [1, 1, 1]
    assert found.similarity.low.tolist() == [1, 1, 1]
    assert found.floor.value.tolist() == [0, 0, 1]  # other players, another sign, the same
    assert "clearly above that of different classes at the orders 1, 2." in " ".join(found.sentences())


def noisy(seed, samples, noise, n=3, classes=2):
    """Samples of classes with mean effects of their own and independent noise, equal in training and test."""
    labels = np.arange(samples) // 2 % classes
    means = np.random.default_rng(0).normal(size=(2, classes, 1 << n))
    effects = means[:, labels] + noise * np.random.default_rng([seed, 1]).normal(size=(2, samples, 1 << n))
    effects[:, :, 0] = 0
    return planted(*effects, labels=labels)


def test_what_classes_share_at_low_orders_alone_falls_with_the_order():
    x = noisy(0, 40, 0.0, n=4)
    spread = np.array([0, 0.1, 0.3, 3, 10])[orders(4).numpy()]  # noise by order
    generator = np.random.default_rng(1)
    x = replace(x, and_=x.and_ + spread * generator.normal(size=x.and_.shape),
                or_=x.or_ + spread * generator.normal(size=x.or_.shape))  # fmt: skip
    found = run(x)
    assert found.similarity.value[0] > 0.8
    assert found.similarity.value[3] < 0.3
    assert found.trend.value == -1
    assert found.trend.high < 0
    assert "The similarity falls with the order: rank correlation -1" in found.sentences()[-1]


def test_intervals_hold_the_similarity_that_as_many_samples_have_on_average():
    options = {"samples": 40, "noise": 1.0, "n": 5, "classes": 5}
    truth = np.mean([run(noisy(seed, **options), bootstrap=Bootstrap(draws=1)).similarity.value
                     for seed in range(1000, 1100)], 0)  # fmt: skip
    held = np.zeros(5)
    for seed in range(40):
        found = run(noisy(seed, **options), bootstrap=Bootstrap(draws=100)).similarity
        held += (found.low <= truth) & (truth <= found.high)
    assert (held / 40 > 0.75).all()  # the draws as they are would hold it in less than half of the cases
    assert held.mean() / 40 > 0.85


def test_samples_of_one_distribution_are_as_similar_as_the_ceiling_says():
    found = run(noisy(0, 200, 2.0, classes=10), bootstrap=Bootstrap(draws=1))
    assert found.similarity.value == pytest.approx(found.ceiling.value, abs=0.06)
    assert (found.ceiling.value < 0.9).all()


def test_training_samples_of_their_own_lie_below_the_ceiling():
    x, train = noisy(0, 80, 0.1), np.arange(80) % 2 == 0
    own = train[:, None] & (np.arange(8) % 2 == 1)  # training samples lack every second effect
    found = run(replace(x, and_=np.where(own, 0, x.and_), or_=np.where(own, 0, x.or_)))
    assert (found.similarity.high < found.ceiling.low).all()


def test_sides_that_have_nothing_in_common_have_similarity_0_at_every_order_and_no_trend():
    x, train = noisy(0, 20, 1.0), np.arange(20) % 2 == 0
    found = run(planted(np.where(train[:, None], 0, x.and_), np.where(train[:, None], x.or_, 0), labels=x.labels))
    assert found.similarity.value.tolist() == [0, 0, 0]
    assert np.isnan(found.trend.value)


def test_sorting_the_samples_otherwise_changes_nothing(real):
    order = np.random.default_rng(0).permutation(24)
    one, other = run(real), run(real[order], order % 2 == 0)
    for name in ("similarity", "ceiling", "floor", "trend"):
        for ends in ("value", "low", "high"):
            assert getattr(getattr(one, name), ends) == pytest.approx(getattr(getattr(other, name), ends), abs=1e-12)


def test_a_rule_leaves_out_what_is_not_salient(real):
    rule = FixedThreshold(0.3)
    masks = real.salient(rule)
    kept = replace(real, and_=np.where(masks.and_, real.and_, 0), or_=np.where(masks.or_, real.or_, 0))
    one, other = run(real, salience=rule).similarity, run(kept).similarity
    assert one.value == pytest.approx(other.value, nan_ok=True)
    assert not np.allclose(one.value, run(real).similarity.value)


def test_orders_without_effects_are_unknown():
    x = noisy(0, 12, 1.0)
    gone = orders(3).numpy() == 2
    found = run(replace(x, and_=np.where(gone, 0, x.and_), or_=np.where(gone, 0, x.or_)))
    for estimate in (found.similarity, found.ceiling, found.floor):
        assert np.isnan(estimate.value).tolist() == np.isnan(estimate.low).tolist() == [False, True, False]
    assert np.isnan(found.trend.value)
    assert found.sentences()[-1] == "Too few orders differ to tell a trend."
    nothing = run(planted(np.zeros((12, 8)), labels=x.labels))
    assert nothing.sentences() == ["No class has any effect on average, so that there is nothing to compare."]


def test_classes_of_too_few_samples_are_left_out(real):
    test = np.flatnonzero(np.arange(24) % 2)
    found = run(real, test=[i for i in test if real.labels[i] != 1] + [i for i in test if real.labels[i] == 1][:1])
    assert found.classes == (0, 2)
    with pytest.raises(ArgumentError, match="1 class with 2 samples or more on both sides; accepted: two such classes"):
        run(replace(real, labels=np.zeros(24, np.int64)))


def test_the_table_holds_the_numbers(real):
    found = run(real)
    table = found.by_order()
    assert table.index.tolist() == [1, 2, 3, 4]
    assert table["ceiling_high"].to_numpy() == pytest.approx(found.ceiling.high)
    assert repr(found).startswith(
        "ClassSimilarity: 3 classes, 12 training and 12 test samples, 4 players\n  At order 1"
    )


def test_samples_that_cannot_be_averaged_are_refused(real):
    names = tuple(("a", "b", "c", f"own {i}") for i in range(24))
    with pytest.raises(ArgumentError, match="24 samples whose players differ"):
        run(replace(real, names=names))
    with pytest.raises(ArgumentError, match="test: given sample 0, which is in train too"):
        run(real, range(12), range(0, 24, 3))
    with pytest.raises(ArgumentError, match="rule: given 'score_rang'"):
        run(real, salience="score_rang")
