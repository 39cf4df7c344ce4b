"""The theory of noisy learning beside the dynamics of a training: one noise a checkpoint, fitted and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.noise_courses import NoiseCourses, noise_courses
from harsanyi.analysis.ranks import rank_correlation
from harsanyi.analysis.theory_words import theory_sentences
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import FixedThreshold, SalienceRule, ScoreRange
from harsanyi.core.theory import PredictedStrength
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd

_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class TheoryFit:
    """How far one noise a checkpoint explains the strength by order, and whether the noise falls.

    Order k is at position k - 1; every `Estimate` has bootstrap intervals over samples.

    Attributes:
        steps: of the checkpoints, rising, (checkpoints,).
        unit: what the steps count, in the singular.
        measured: I^(k) of the checkpoints, (checkpoints, n); its rows average to 1.
        predicted: I_theo^(k) at the fitted noise, (checkpoints, n).
        sigma2: fitted noise, (checkpoints,), of a grid of 16 values a decade; infinite without strength.
        error: root mean square over the orders of predicted - measured, (checkpoints,).
        null_error: likewise of the null model: the shape that fits all judged checkpoints best, their mean.
        judged: checkpoints that speak for or against the theory, bool (checkpoints,): those from the start of the
            second phase on, or all where none is seen; never the last one, which is what is predicted from.
        error_ratio: root mean square error over the judged checkpoints, over that of the null model; () and > 0.
        falling: rank correlation of noise and step over the judged checkpoints, (); -1 where the noise always falls,
            NaN for fewer than three. Noise lowers the mean order, so that a second phase, in which the mean order
            rises, all but implies that the noise falls: the fit is the harder test.
        falling_overall: likewise over all checkpoints but the last.
        second_phase: whether the dynamics have one, so that `judged` begins there.
        bootstrap: draws, level and seed.

    Source: 2407.19198 for the prediction; the fit of the noise and how it is judged are our definitions.
    """

    steps: npt.NDArray[Any]
    unit: str
    measured: Floats
    predicted: Floats
    sigma2: Estimate
    error: Floats
    null_error: Floats
    judged: _Bools
    error_ratio: Estimate
    falling: Estimate
    falling_overall: Estimate
    second_phase: bool
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.measured.shape[1])

    def table(self) -> pd.DataFrame:
        """One row a checkpoint.

        Returns:
            Index: step. Columns: sigma2, sigma2_low, sigma2_high, error, null_error, judged; measured_k and
            predicted_k for each order k.
        """
        import pandas as pd

        orders = range(1, self.n + 1)
        columns = {
            "sigma2": self.sigma2.value, "sigma2_low": self.sigma2.low, "sigma2_high": self.sigma2.high,
            "error": self.error, "null_error": self.null_error, "judged": self.judged,
            **{f"measured_{k}": self.measured[:, k - 1] for k in orders},
            **{f"predicted_{k}": self.predicted[:, k - 1] for k in orders},
        }  # fmt: skip
        return pd.DataFrame(columns, index=pd.Index(self.steps, name="step"))

    def sentences(self) -> list[str]:
        """Two or three plain sentences: how well the theory fits, whether the noise falls, and how sure that is."""
        return theory_sentences(self)

    def __repr__(self) -> str:
        head = f"TheoryFit: {len(self.steps)} checkpoints x {self.n} players"
        return "\n".join([head, *(f"  {line}" for line in self.sentences())])


def fit_theory(
    dynamics: Dynamics,
    converged: Interactions,
    *,
    salience: SalienceRule | str | None = ScoreRange(0.03),
    share: float = 0.03,
) -> TheoryFit:
    """Fit the noise of every checkpoint to its I^(k), and judge the fit against a shape that never changes.

    The theory speaks of AND effects. The sparsest split has OR effects too, and I^(k) counts both. An OR effect is an
    AND effect of the game in which present and absent change places; so both parts of the scores are damped by the
    theory, each by itself, and counted together, as the measured effects are. The alternative, AND effects alone, is
    `and_alone` of the interactions of every checkpoint, for the dynamics and for `converged`: the theory to the
    letter, but on far less sparse effects, of which high orders carry the most noise. Effects of the empty set are
    left out: a constant added to all scores changes nothing.

    The cost is that of about 250 predictions of all samples, whatever the number of checkpoints: about 2 s for
    64 samples and 10 players, 10 s for 100 samples and 12 players, on one core; the intervals are little of it.

    Args:
        dynamics: of the training, two checkpoints or more.
        converged: interactions at its last checkpoint, of the same samples; their salient effects are w_star.
        salience: the rule of the dynamics.
        share: of the threshold of the predicted effects, see `core.theory.predicted_strength`.

    Returns:
        The `TheoryFit`.

    Raises:
        ArgumentError: a single checkpoint; interactions that are not those of the last checkpoint under this rule, or
            without a salient effect; a negative share.

    Source: 2407.19198; the criterion of the fit, the treatment of OR effects and the null model are our definitions.
    """
    if len(dynamics.steps) < 2:
        raise ArgumentError("dynamics", "1 checkpoint", "two or more: the last one is what the others are predicted by")
    _check_last(dynamics, converged, salience)
    w_star = _salient_effects(converged, salience)
    if not w_star.any():
        raise ArgumentError("converged", "no salient effect", "one effect or more")
    course, drawn = noise_courses(dynamics.strength, PredictedStrength(w_star, share), dynamics.bootstrap)
    judged, steps = _judged(dynamics), dynamics.steps.astype(np.float64)
    before_last = np.arange(len(steps)) < len(steps) - 1

    def estimate(measure: Callable[[NoiseCourses], Floats]) -> Estimate:
        return dynamics.bootstrap.estimate(measure(course)[0], measure(drawn))

    return TheoryFit(
        dynamics.steps,
        dynamics.unit,
        measured=course.measured[0],
        predicted=course.predicted[0],
        sigma2=estimate(lambda x: x.sigma2),
        error=_error(course)[0],
        null_error=_null_error(course, judged)[0],
        judged=judged,
        error_ratio=estimate(lambda x: _ratio(x, judged)),
        falling=estimate(lambda x: rank_correlation(x.sigma2[:, judged], steps[judged])),
        falling_overall=estimate(lambda x: rank_correlation(x.sigma2[:, before_last], steps[before_last])),
        second_phase=dynamics.boundary is not None,
        bootstrap=dynamics.bootstrap,
    )


def _check_last(dynamics: Dynamics, converged: Interactions, salience: SalienceRule | str | None) -> None:
    """Refuse interactions that are not those that the dynamics end with."""
    strength, last = converged.strength_by_order(salience), dynamics.strength[-1]
    if strength.shape != last.shape or not np.allclose(strength, last):
        differ = f"shape {strength.shape}" if strength.shape != last.shape else "another strength by order"
        accepted = f"the interactions at {dynamics.unit} {dynamics.steps[-1]}, the last checkpoint, {last.shape}"
        hint = "The same samples in the same order, and the salience rule of the dynamics"
        raise ArgumentError("converged", differ, accepted, hint)


def _salient_effects(x: Interactions, salience: SalienceRule | str | None) -> torch.Tensor:
    """AND and OR effects, those that are not salient set to 0, float64 (samples, 2, 2**n)."""
    salient = x.salient(FixedThreshold(0.0) if salience is None else salience)
    parts = (np.where(salient.and_, x.and_, 0.0), np.where(salient.or_, x.or_, 0.0))
    return torch.from_numpy(np.stack(parts, 1))


def _judged(dynamics: Dynamics) -> _Bools:
    place = np.arange(len(dynamics.steps))
    first = 0 if dynamics.boundary is None else dynamics.boundary.index
    return np.asarray((place >= first) & (place < place[-1]))


def _error(x: NoiseCourses) -> Floats:
    return _rms(x.predicted - x.measured)


def _null_error(x: NoiseCourses, judged: _Bools) -> Floats:
    return _rms(x.measured - x.measured[:, judged].mean(1, keepdims=True))


def _ratio(x: NoiseCourses, judged: _Bools) -> Floats:
    error, null = (_rms(each[:, judged]) for each in (_error(x), _null_error(x, judged)))
    return np.asarray(np.divide(error, null, out=np.full_like(null, np.nan), where=null > 0))


def _rms(differences: Floats) -> Floats:
    return np.asarray(np.sqrt((differences**2).mean(-1)))
