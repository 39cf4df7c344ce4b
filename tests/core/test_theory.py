"""The theory of the dynamics against dense linear algebra, the published numbers, its limits and planted noise."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import contained, random_scores

from harsanyi.core.coalitions import orders
from harsanyi.core.errors import ArgumentError
from harsanyi.core.strength import normalised_strength, strength_by_order
from harsanyi.core.theory import (
    PredictedStrength,
    fit_sigma2,
    null_strength,
    predicted_interactions,
    predicted_strength,
    row_norm_ratios,
    row_norms,
)
from harsanyi.core.transforms import and_interactions, scores_from, subset_sums

PUBLISHED_RATIOS = [2.469, 2.667, 2.781, 2.857, 2.911, 2.952, 2.984, 3.010, 3.031]
PUBLISHED_NULL = [0.021, 0.134, 0.505, 1.251, 2.117, 2.499, 2.022, 1.073, 0.332, 0.046]


def dense(n, sigma2):
    """M = (J'J + 2**n diag(c))^-1 J'J as it is written in the paper."""
    j = contained(n)
    c = np.array([2.0 ** index.bit_count() * sigma2 for index in range(1 << n)])
    return np.linalg.solve(j.T @ j + 2**n * np.diag(c), j.T @ j)


def sparse_effects(n, samples, seed=0, count=20):
    """Effects of random coalitions, mostly of low orders, as a converged network has them."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.exp(-0.7 * orders(n).double()).expand(samples, -1).clone()
    weight[:, 0] = 0
    place = torch.multinomial(weight, count, generator=generator)
    values = torch.randn(samples, count, generator=generator, dtype=torch.float64)
    return torch.zeros(samples, 1 << n, dtype=torch.float64).scatter_(1, place, values)


@given(st.integers(1, 6), st.floats(-8, 6).map(lambda power: 10**power) | st.just(0.0), st.integers(0, 1000))
def test_prediction_is_the_regression_of_the_paper(n, sigma2, seed):
    w_star = random_scores(n, seed)
    expected = torch.from_numpy(dense(n, sigma2) @ w_star.numpy())
    tolerance = 1e-11 * float(expected.abs().max())
    torch.testing.assert_close(predicted_interactions(w_star, sigma2), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("sigma2", [1e-9, 1e-3, 1.0, 1e5])
def test_prediction_solves_its_equations_where_no_matrix_fits(sigma2):
    n, w_star = 16, random_scores(16)
    start = time.perf_counter()
    w_hat = predicted_interactions(w_star, sigma2)
    assert time.perf_counter() - start < 1

    def gram(effects):  # J'J: sums over subsets, then over supersets
        return subset_sums(subset_sums(effects).flip(-1)).flip(-1)

    left = gram(w_hat) + 2.0**n * 2.0 ** orders(n).double() * sigma2 * w_hat
    right = gram(w_star)
    assert (left - right).norm() < 1e-11 * right.norm()


def test_without_noise_nothing_changes_not_even_the_last_digit():
    for w_star in (random_scores(10), random_scores(10).float(), random_scores(10).view(4, -1)):
        assert torch.equal(predicted_interactions(w_star, 0.0), w_star)
    mixed = predicted_interactions(random_scores(10).view(4, -1), torch.tensor([1.0, 0.0, 0.5, 0.0]))
    assert torch.equal(mixed[1::2], random_scores(10).view(4, -1)[1::2])


def test_large_noise_leaves_the_correlations_with_the_triggers():
    n, w_star = 8, random_scores(8)
    j = torch.from_numpy(contained(n))
    limit = (j.T @ j @ w_star) / 2.0 ** orders(n)
    for sigma2 in (1e12, 1e100, 1e290):
        torch.testing.assert_close(predicted_interactions(w_star, sigma2) * sigma2 * 2.0**n, limit, rtol=1e-9, atol=0)
    assert not predicted_interactions(w_star, float("inf")).any()


def test_a_batch_is_its_samples_one_by_one():
    w_star, sigma2 = random_scores(9).view(2, 4, -1), torch.logspace(-4, 1, 4)
    together = predicted_interactions(w_star, sigma2)
    grid = predicted_interactions(w_star[0], sigma2[:, None])
    assert grid.shape == (4, 4, 64)
    for i, noise in enumerate(sigma2.tolist()):
        for sample in range(2):
            torch.testing.assert_close(together[sample, i], predicted_interactions(w_star[sample, i], noise))
        torch.testing.assert_close(grid[i], predicted_interactions(w_star[0], noise))


def test_single_precision_is_kept_and_computed_in_double():
    w_star = random_scores(12).float()
    assert torch.equal(predicted_interactions(w_star, 0.01), predicted_interactions(w_star.double(), 0.01).float())


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("sigma2", [0.0, 1e-6, 1e-2, 1.0, 1e3])
def test_rows_of_equal_order_have_equal_norms(n, sigma2):
    norms, order = torch.from_numpy(np.linalg.norm(dense(n, sigma2), axis=1)), orders(n)
    torch.testing.assert_close(row_norms(n, sigma2)[order], norms, rtol=1e-10, atol=0)
    of_order = row_norms(n, sigma2)
    torch.testing.assert_close(row_norm_ratios(n, sigma2), of_order[1:-1] / of_order[2:], rtol=1e-12, atol=0)


def test_row_norm_ratios_are_the_published_ones():
    assert row_norm_ratios(10, 1.0).numpy().round(3).tolist() == PUBLISHED_RATIOS


@pytest.mark.parametrize("n", [2, 3, 10, 20, 30])
def test_row_norm_ratios_run_from_one_to_the_root_of_ten(n):
    ratios = row_norm_ratios(n, torch.tensor([0.0, 1e12, float("inf")]))
    assert ratios.shape == (3, n - 1)
    assert (ratios[0] - 1).abs().max() < 1e-12
    assert (ratios[1:] - 10**0.5).abs().max() < 1e-9


@pytest.mark.parametrize("n", range(2, 11))
def test_low_orders_keep_more_and_the_more_so_the_more_noise(n):
    ratios = row_norm_ratios(n, torch.logspace(-14, 6, 200, dtype=torch.float64))
    assert (ratios > 1 - 1e-12).all()
    assert (ratios[100] > 1).all()
    assert (ratios.diff(dim=0) > -1e-12).all()


def test_many_players_have_ratios_just_below_one():
    noise = torch.logspace(-14, 0, 300, dtype=torch.float64)
    assert row_norm_ratios(20, noise).min() == pytest.approx(0.9906, abs=1e-4)
    rows = np.linalg.norm(dense(11, 3e-10), axis=1)
    ratio = float(row_norm_ratios(11, 3e-10)[0])
    assert ratio == pytest.approx(rows[1] / rows[3], rel=1e-9)


def by_definition(w_star, sigma2, share):
    total = np.zeros(w_star.shape[1].bit_length() - 1)
    for sample in w_star.numpy():
        w_hat = dense(len(total), sigma2) @ sample
        threshold = share * abs(w_hat.sum() - w_hat[0])
        for index, effect in enumerate(w_hat):
            if index and abs(effect) >= threshold:
                total[index.bit_count() - 1] += abs(effect)
    return total / total.mean()


@pytest.mark.parametrize(("sigma2", "share"), [(1e-6, 0.03), (0.01, 0.03), (1.0, 0.1), (10.0, 0.0)])
def test_predicted_strength_is_its_definition(sigma2, share):
    w_star = sparse_effects(6, samples=3)
    actual = predicted_strength(w_star, sigma2, share)
    np.testing.assert_allclose(actual.numpy(), by_definition(w_star, sigma2, share), rtol=1e-9)


@pytest.mark.parametrize("sigma2", [0.0, 1e-4, 0.01, 1.0])
def test_or_effects_are_and_effects_of_the_mirrored_game(sigma2):
    n = 5
    and_, or_ = sparse_effects(n, samples=2, seed=1, count=9), sparse_effects(n, samples=2, seed=2, count=9)
    total = np.zeros(n)
    for sample in range(2):
        mirrored = scores_from(torch.zeros(1 << n).double(), or_[sample]).flip(-1)  # its score of T is that of N - T
        parts = [and_[sample].numpy(), and_interactions(mirrored - mirrored[0]).numpy()]
        damped = [dense(n, sigma2) @ part for part in parts]
        threshold = 0.03 * abs(damped[0][1:].sum() - damped[1][1:].sum())
        for index in range(1, 1 << n):
            total[index.bit_count() - 1] += sum(abs(part[index]) for part in damped if abs(part[index]) >= threshold)
    actual = predicted_strength(torch.stack((and_, or_), 1), sigma2)
    np.testing.assert_allclose(actual.numpy(), total / total.mean(), rtol=1e-9)


def test_strength_of_samples_averages_to_that_of_all():
    w_star, sigma2 = sparse_effects(6, samples=3), torch.tensor([0.0, 0.1])
    each = PredictedStrength(w_star).of_samples(sigma2)
    assert each.shape == (2, 3, 2, 6)
    torch.testing.assert_close(normalised_strength(each.mean(1)), predicted_strength(w_star, sigma2))
    torch.testing.assert_close(each[:, 1:2], PredictedStrength(w_star[1:2]).of_samples(sigma2))


def test_strength_at_several_variances_has_their_shape():
    w_star, sigma2 = sparse_effects(6, samples=3), torch.tensor([[0.0, 0.1, 1.0], [2.0, 3.0, 4.0]])
    curves = predicted_strength(w_star, sigma2)
    assert curves.shape == (2, 3, 6)
    assert torch.equal(curves[1, 1], predicted_strength(w_star, 3.0))
    assert torch.equal(predicted_strength(w_star, torch.empty(0)), torch.empty(0, 6, dtype=torch.float64))
    mean_order = (curves * torch.arange(1, 7)).mean(-1).flatten()
    assert (mean_order.diff() < 0).all()  # noise takes high orders away


def noisy(curves, scale, seed=0):
    measured = (curves * (1 + scale * torch.randn(curves.shape, generator=torch.Generator().manual_seed(seed)))).clamp(
        0
    )
    return measured / measured.mean(-1, keepdim=True)


def test_planted_noise_is_found_again():
    w_star, planted = sparse_effects(8, samples=20), torch.logspace(0, -4, 9, dtype=torch.float64)
    curves = predicted_strength(w_star, planted)
    exact = fit_sigma2(curves, w_star)
    torch.testing.assert_close(exact.sigma2, planted, rtol=2e-2, atol=0)  # jumps of the threshold: small valleys
    assert exact.error.max() < 1e-3
    rough = fit_sigma2(noisy(curves, 0.03), w_star)
    assert (rough.sigma2.log() - planted.log()).abs().max() < 0.5
    assert (rough.sigma2.diff() < 0).all()
    torch.testing.assert_close(rough.strength, predicted_strength(w_star, rough.sigma2))


def test_no_variance_fits_better():
    w_star = sparse_effects(7, samples=5)
    measured = torch.stack((null_strength(7), noisy(predicted_strength(w_star, 0.03), 0.2)))
    fit = fit_sigma2(measured, w_star)
    others = predicted_strength(w_star, torch.logspace(-12, 8, 997, dtype=torch.float64))
    best = (others - measured[:, None]).square().mean(-1).sqrt().amin(1)
    assert (fit.error <= best + 1e-3).all()
    torch.testing.assert_close(fit.error, (fit.strength - measured).square().mean(1).sqrt())


def test_the_converged_network_has_no_noise_and_one_without_strength_nothing_else():
    w_star = sparse_effects(6, samples=4)
    measured = torch.stack((predicted_strength(w_star, 0.0), torch.zeros(6, dtype=torch.float64)))
    fit = fit_sigma2(measured, w_star)
    assert fit.sigma2.tolist() == [0.0, float("inf")]
    assert fit.error.tolist() == [0.0, 0.0]
    assert not fit.strength[1].any()


def test_checkpoints_are_fitted_one_by_one():
    w_star = sparse_effects(6, samples=4).float()
    measured = noisy(predicted_strength(w_star, torch.tensor([1.0, 0.1, 0.0])), 0.1).float()
    together, alone = fit_sigma2(measured, w_star), [fit_sigma2(row[None], w_star) for row in measured]
    for field in ("sigma2", "strength", "error"):
        assert torch.equal(getattr(together, field), torch.cat([getattr(fit, field) for fit in alone]))


def test_null_strength_is_published_and_that_of_random_scores():
    strength = null_strength(10)
    assert float(strength.mean()) == pytest.approx(1)
    # The published values agree with the formula to 0.005, as those of a simulation do.
    np.testing.assert_allclose(strength.numpy(), PUBLISHED_NULL, rtol=0, atol=0.005)
    effects = and_interactions(torch.stack([random_scores(10, seed) for seed in range(500)]))
    simulated = normalised_strength(strength_by_order(effects).mean(0))
    torch.testing.assert_close(simulated, strength, rtol=0.15, atol=0.02)


W_STAR = torch.ones(2, 8)
FLAT = torch.ones(1, 3)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predicted_interactions([1.0, 2.0], 1.0), "w_star: given list; accepted: a float32 or float64 tensor"),
        (lambda: predicted_interactions(torch.ones(8, dtype=torch.int64), 1.0), "w_star: given dtype torch.int64"),
        (lambda: predicted_interactions(torch.ones(6), 1.0), r"w_star: given shape \(6,\)"),
        (lambda: predicted_interactions(W_STAR, -1.0), "sigma2: given -1.0; accepted: numbers >= 0"),
        (lambda: predicted_interactions(W_STAR, float("nan")), "sigma2: given nan"),
        (lambda: predicted_interactions(W_STAR, "much"), "sigma2: given 'much'"),
        (
            lambda: predicted_interactions(W_STAR, torch.ones(3)),
            r"sigma2: given shape \(3,\); .*broadcasts with \(2,\)",
        ),
        (lambda: predicted_strength(W_STAR[0], 1.0), r"w_star: given shape \(8,\); .*\(samples, 2\*\*n\) or"),
        (lambda: predicted_strength(W_STAR[:0], 1.0), r"w_star: given shape \(0, 8\)"),
        (lambda: predicted_strength(W_STAR * float("inf"), 1.0), "w_star: given infinite values or NaN"),
        (lambda: predicted_strength(W_STAR, 1.0, share=-0.1), "share: given -0.1"),
        (lambda: fit_sigma2([1.0], W_STAR), "measured: given list"),
        (lambda: fit_sigma2(torch.ones(1, 4), W_STAR), r"measured: given shape \(1, 4\); .*w_star has 3 players"),
        (lambda: fit_sigma2(FLAT[:0], W_STAR), r"measured: given shape \(0, 3\)"),
        (lambda: fit_sigma2(2 * FLAT, W_STAR), "measured: given a row with mean 2; .* See normalised_strength"),
        (lambda: fit_sigma2(FLAT * float("nan"), W_STAR), "measured: given a row with mean nan"),
        (lambda: fit_sigma2(FLAT, torch.zeros(2, 8)), "w_star: given no effect"),
        (lambda: row_norm_ratios(0, 1.0), "n: given 0; accepted: 1 to 30 players"),
        (lambda: row_norms(31, 1.0), "n: given 31"),
        (lambda: row_norms(3, -1.0), "sigma2: given -1.0"),
        (lambda: null_strength(0), "n: given 0"),
    ],
)
def test_what_cannot_be_used_is_named(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
