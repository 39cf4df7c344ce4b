"""The fit of the theory to a training: planted noise is found and judged, whatever does not fit is said not to."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_effects import interactions
from scipy.stats import spearmanr

from harsanyi import ArgumentError, extract_game
from harsanyi.analysis import Bootstrap, and_alone, fit_theory, training_dynamics
from harsanyi.analysis.ranks import rank_correlation
from harsanyi.core.coalitions import orders
from harsanyi.core.theory import noise_grid, predicted_interactions

QUICK = Bootstrap(draws=100)
N, SAMPLES = 5, 12
FALLING = (10.0, 1.0, 0.1, 0.01, 1e-3, 0.0)
UP_AND_DOWN = (1e-3, 0.1, *FALLING)  # two phases, the second from position 2 on


def w_star(seed=0, with_or=True):
    """AND and OR effects, (samples, 2, 2**n), in every sample of several orders."""
    generator = np.random.default_rng(seed)
    effects = generator.normal(size=(SAMPLES, 2, 1 << N)) * (generator.random((SAMPLES, 2, 1 << N)) < 0.3)
    effects[:, 1, orders(N).numpy() < 2] = 0
    effects[:, 0, 0] = 0
    effects[:, 0, -1] = 1
    return effects if with_or else effects * [[1], [0]]


def at_noise(effects, sigma2):
    damped = predicted_interactions(torch.from_numpy(effects), sigma2).numpy()
    damped[..., 0] = 0
    return interactions(damped[:, 0], damped[:, 1])


def fitted(sigma2, effects=None, unit="step", judge_all=False):
    effects = w_star() if effects is None else effects
    course = {step: at_noise(effects, noise) for step, noise in enumerate(sigma2)}
    dynamics = training_dynamics(course, salience=None, unit=unit, bootstrap=QUICK)
    if judge_all:
        dynamics = replace(dynamics, boundary=None, verdict="no second phase seen")
    return fit_theory(dynamics, course[len(sigma2) - 1], salience=None, share=0.0)


@pytest.mark.parametrize("with_or", [True, False])
def test_planted_noise_is_found_and_falls(with_or):
    fit = fitted(UP_AND_DOWN, w_star(with_or=with_or), unit="epoch")
    assert fit.sigma2.value[:-1] == pytest.approx(UP_AND_DOWN[:-1], rel=0.08)  # half a step of the grid
    assert fit.sigma2.value[-1] < 1e-6
    assert (fit.sigma2.low <= fit.sigma2.value).all()
    assert (fit.sigma2.high >= fit.sigma2.value).all()
    assert fit.error.max() < 0.02
    assert fit.predicted == pytest.approx(fit.measured, abs=0.05)
    assert fit.judged.tolist() == [False, False, True, True, True, True, True, False]
    assert (fit.falling.value, fit.falling.high) == (-1, -1)
    assert fit.falling_overall.value == pytest.approx(rank_correlation(UP_AND_DOWN[:-1], range(7)))
    assert fit.error_ratio.high < 0.1
    assert fit.second_phase
    text = " ".join(fit.sentences())
    assert "(5 checkpoints of the second phase; " in text
    assert "says more than a shape that never changes" in text
    assert "The noise falls, as the theory says; where the mean order rises it nearly has to: it is 10 at epoch" in text


def test_errors_are_their_definitions():
    fit = fitted(UP_AND_DOWN)
    null = fit.measured[fit.judged].mean(0)
    assert fit.null_error == pytest.approx(np.sqrt(((fit.measured - null) ** 2).mean(1)))
    assert fit.error == pytest.approx(np.sqrt(((fit.measured - fit.predicted) ** 2).mean(1)))
    ratio = np.sqrt((fit.error[fit.judged] ** 2).mean() / (fit.null_error[fit.judged] ** 2).mean())
    assert fit.error_ratio.value == pytest.approx(ratio)
    assert set(fit.sigma2.value) <= set(noise_grid(N).tolist())


def test_noise_that_rises_is_said_to():
    fit = fitted((10.0, 1e-4, 1e-3, 0.01, 0.1, 0.0))  # least mean order at the start: no first phase
    assert not fit.second_phase
    assert fit.judged.tolist() == [True] * 5 + [False]
    assert "5 checkpoints, as no second phase is seen" in fit.sentences()[0]
    assert "The noise does not clearly fall" in fit.sentences()[1]
    fit = fitted((1e-4, 1e-3, 0.01, 0.1, 1.0, 0.0), judge_all=True)
    assert fit.falling.low > 0
    assert "The noise rises, against the theory: " in fit.sentences()[1]


def test_shapes_that_the_theory_does_not_have_fit_worse_than_a_constant():
    generator = np.random.default_rng(0)
    high, low = np.zeros((2, SAMPLES, 1 << N))
    high[:, 15] = generator.uniform(0.9, 1.1, SAMPLES)  # of order 4, always
    low[:, 1] = 1.0
    course = {step: interactions(high + 0.01 * step * low) for step in range(5)} | {5: interactions(low)}
    fit = fit_theory(training_dynamics(course, bootstrap=QUICK), course[5])
    assert fit.error_ratio.low > 1
    assert "says less than a shape that never changes" in fit.sentences()[0]


def test_a_constant_added_to_the_scores_changes_nothing():
    course = {step: at_noise(w_star(), noise) for step, noise in enumerate(FALLING)}
    shifted = {}
    for step, x in course.items():
        and_ = x.and_.copy()
        and_[:, 0] += 7
        shifted[step] = replace(x, and_=and_, scores=x.scores + 7)
    one, other = (fit_theory(training_dynamics(c, bootstrap=QUICK), c[5]) for c in (course, shifted))
    assert other.table().equals(one.table())


def test_checkpoints_without_strength_have_infinite_noise():
    course = {0: interactions(np.zeros((SAMPLES, 1 << N))), 1: at_noise(w_star(), 1.0), 2: at_noise(w_star(), 0.0)}
    fit = fit_theory(training_dynamics(course, bootstrap=QUICK), course[2])
    assert fit.sigma2.value[0] == fit.sigma2.low[0] == np.inf
    assert (fit.error[0], fit.predicted[0].tolist()) == (0, [0] * N)
    assert np.isnan(fit.falling.value)
    assert "with so few checkpoints" in fit.sentences()[1]


def test_one_sample_has_no_interval():
    course = {step: at_noise(w_star(), noise)[:1] for step, noise in enumerate(UP_AND_DOWN)}
    fit = fit_theory(training_dynamics(course, salience=None, bootstrap=QUICK), course[7], salience=None, share=0.0)
    assert fit.sigma2.value[:-1] == pytest.approx(UP_AND_DOWN[:-1], rel=0.08)
    assert np.isnan([*fit.sigma2.low, fit.error_ratio.high, fit.falling.low]).all()
    assert "no interval" in fit.sentences()[0]


def test_table_and_text():
    fit = fitted(UP_AND_DOWN)
    table = fit.table()
    assert table.index.name == "step"
    assert table.loc[4, "measured_2"] == fit.measured[4, 1]
    assert table.loc[4, "predicted_5"] == fit.predicted[4, 4]
    assert table["sigma2_high"].tolist() == fit.sigma2.high.tolist()
    assert str(fit).splitlines()[0] == "TheoryFit: 8 checkpoints x 5 players"
    assert len(str(fit).splitlines()) == 3


def test_what_does_not_belong_to_the_dynamics_is_refused():
    course = {step: at_noise(w_star(), noise) for step, noise in enumerate(FALLING)}
    dynamics = training_dynamics(course, bootstrap=QUICK)
    zero = interactions(np.zeros((SAMPLES, 1 << N)))
    for converged, changes, text in [
        (course[4], {}, "converged: given another strength by order; accepted: the interactions at step 5"),
        (course[5], {"salience": None}, "another strength .*the salience rule of the dynamics"),
        (course[5][:3], {}, r"converged: given shape \(3, 2, 5\)"),
        (course[5], {"share": -1.0}, "share: given -1.0"),
    ]:
        with pytest.raises(ArgumentError, match=text):
            fit_theory(dynamics, converged, **changes)
    with pytest.raises(ArgumentError, match="dynamics: given 1 checkpoint; accepted: two or more"):
        fit_theory(training_dynamics({5: course[5]}, bootstrap=QUICK), course[5])
    with pytest.raises(ArgumentError, match="converged: given no salient effect"):
        fit_theory(training_dynamics({0: course[0], 1: zero}, bootstrap=QUICK), zero)


def test_words_count_the_checkpoints_that_fit_worse():
    fit = fitted(UP_AND_DOWN)
    assert "off by more" not in fit.sentences()[0]
    worse = replace(fit, error=np.where(np.arange(8) == 3, 2 * fit.null_error, fit.error))
    assert worse.sentences()[0].endswith(", though it is off by more at 1 of the 5.")


# AND effects alone ---------------------------------------------------------------------------------------------------


def test_and_alone_reproduces_the_scores_without_or_effects():
    x = extract_game(lambda present: present.any(1) + 2.0 * present[:, :2].all(1), 4, noise=0.02, progress=False)
    alone = and_alone(x)
    assert alone.predict() == pytest.approx(x.scores)
    assert not alone.or_.any()
    assert alone.objective == pytest.approx(np.abs(alone.and_[:, 1:]).sum(1))
    assert alone.objective >= x.objective
    assert alone.gap == pytest.approx((alone.objective - x.lower_bound) / alone.objective)
    assert alone.provenance["effects"] == "AND alone"
    assert and_alone(interactions(np.zeros((1, 4)))).gap.tolist() == [0]


# Ranks ---------------------------------------------------------------------------------------------------------------


def test_rank_correlation_is_that_of_scipy():
    generator = np.random.default_rng(0)
    values = generator.integers(0, 6, (20, 9)).astype(float)  # with ties
    values[0, 0] = np.inf
    others = generator.normal(size=9)
    expected = [spearmanr(row, others).statistic for row in values]
    assert rank_correlation(values, others) == pytest.approx(np.array(expected))


@pytest.mark.parametrize("values", [[1.0, 2.0], [3.0, 3.0, 3.0]])
def test_rank_correlation_of_too_little_is_unknown(values):
    assert np.isnan(rank_correlation(values, range(len(values))))
