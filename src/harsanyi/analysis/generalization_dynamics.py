"""How much of what a network learns generalizes, from one checkpoint of its training to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import part, since_before, with_ends
from harsanyi.analysis.generalization_course_words import course_sentences
from harsanyi.analysis.learned import learned_of
from harsanyi.analysis.losses import loss_gap, losses_of, require_both
from harsanyi.analysis.parts import PARTS, course_measures, part_columns
from harsanyi.analysis.phases import Moment
from harsanyi.analysis.ranks import rank_correlation
from harsanyi.analysis.references import Reference, above_floor, as_list, references_of
from harsanyi.analysis.strengths import Checkpoints
from harsanyi.analysis.three_phases import find_three_phases
from harsanyi.analysis.transfer import TransferRule
from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from harsanyi.plots.generalization_accessor import GeneralizationDynamicsPlots


@final
@dataclass(frozen=True, eq=False, repr=False)
class GeneralizationDynamics:
    """Which interactions generalize, over training checkpoints, and in which phases they are learned.

    Order k is at position k - 1; of two parts the first generalizes to the baselines, which stay the same, the second
    does not. Every `Estimate` has bootstrap intervals over samples; thresholds stay as they are when samples are
    resampled.

    Attributes:
        steps: training step or epoch of each checkpoint, rising, (checkpoints,).
        unit: what the steps count, in the singular.
        power: H = sum of G |I| / sum of |I| over the salient effects of all samples, in [0, 1], (checkpoints,); NaN
            without a salient effect.
        rate: share of the salient effects of each order that generalize, (checkpoints, n); NaN where none is salient.
        positive: mean over the samples of the sum of positive salient effects, (checkpoints, 2, n).
        negative: likewise, <= 0.
        gained: strength newly gained from a checkpoint to the next, mean over the samples, (checkpoints - 1, 2, n): of
            each salient effect max(|I| - |I| that was salient before with the same sign, 0), by G at the later one.
        gained_rate: share of the gained strength that generalizes, in [0, 1], (checkpoints - 1,); NaN where nothing is
            gained.
        references: ceilings and floors of the last checkpoint; none where it has no salient effect.
        gap: loss gap, test - train, (checkpoints,), or nothing.
        association: Spearman's rank correlation of 1 - H and the gap over the checkpoints that have an H, (), or
            nothing without losses; NaN for fewer than three checkpoints, no interval where losses are means.
        verdict: "three phases", or why not: "phase 3 not reached", "no first phase seen", "first phase not ended",
            "no salient effects", "one sample"; see `three_phases.find_three_phases`.
        peak: where H is largest, the end of phase 1, or nothing.
        overfitting: the start of phase 3, the checkpoint where its first gain begins, or nothing.
        majority: phase 3 lasts while less than this share of what is gained generalizes. Where even a ceiling is below
            it, every gain may be, and the start of phase 3 marks no change: the sentences say so.
        rule: when an interaction generalizes.
        baselines: how many networks it was asked of.
        samples: how many.
        bootstrap: draws, level and seed.

    Source: the three phases of 2505.06993; H, what is gained and the boundaries are our definitions.
    """

    steps: npt.NDArray[Any]
    unit: str
    power: Estimate
    rate: Estimate
    positive: Estimate
    negative: Estimate
    gained: Estimate
    gained_rate: Estimate
    references: tuple[Reference, ...]
    gap: Estimate | None
    association: Estimate | None
    verdict: str
    peak: Moment | None
    overfitting: Moment | None
    majority: float
    rule: TransferRule
    baselines: int
    samples: int
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.rate.value.shape[-1])

    @property
    def plot(self) -> GeneralizationDynamicsPlots:
        """Pictures of these dynamics, see `harsanyi.plots`."""
        from harsanyi.plots.generalization_accessor import GeneralizationDynamicsPlots

        return GeneralizationDynamicsPlots(self)

    def table(self) -> pd.DataFrame:
        """One row a checkpoint.

        Returns:
            Index: step. Columns: power, gained_rate (of what was gained since the checkpoint before), gap (where losses
            are known), each also with _low and _high.
        """
        import pandas as pd

        columns = {"power": self.power, "gained_rate": since_before(self.gained_rate)}
        columns |= {} if self.gap is None else {"gap": self.gap}
        return pd.DataFrame(with_ends(columns), index=pd.Index(self.steps, name="step"))

    def by_order(self) -> pd.DataFrame:
        """One row a checkpoint and order.

        Returns:
            Index: step, order. Columns: rate, positive_generalizable, negative_generalizable, gained_generalizable (of
            what was gained since the checkpoint before), positive_other, negative_other, gained_other, each also with
            _low and _high.
        """
        import pandas as pd

        index = pd.MultiIndex.from_product([self.steps, range(1, self.n + 1)], names=["step", "order"])
        parts = part_columns(positive=self.positive, negative=self.negative, gained=since_before(self.gained))
        columns = with_ends({"rate": self.rate, **parts})
        return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)

    def to_xarray(self) -> xr.Dataset:
        """A labelled data set.

        Returns:
            Dimensions step, order, part, and until (the later step of a gain). Variables power, gap (step), rate (step,
            order), positive, negative (step, part, order), gained (until, part, order), gained_rate (until), each also
            with _low and _high. Attributes: verdict, peak, overfitting (steps, NaN for none), association (NaN for
            none), unit, majority, baselines, samples, draws, level, seed.
        """
        import xarray as xr

        whole = ("step", "part", "order")
        shapes = {"power": ("step",), "gap": ("step",), "rate": ("step", "order"), "positive": whole, "negative": whole,
                  "gained": ("until", "part", "order"), "gained_rate": ("until",)}  # fmt: skip
        variables = {name: (shape, ends) for key, shape in shapes.items() if (held := getattr(self, key)) is not None
                     for name, ends in with_ends({key: held}).items()}  # fmt: skip
        moments = {"peak": self.peak, "overfitting": self.overfitting}
        return xr.Dataset(
            variables,
            coords={"step": self.steps, "until": self.steps[1:], "order": np.arange(1, self.n + 1),
                    "part": list(PARTS)},
            attrs={
                "verdict": self.verdict, **{name: np.nan if at is None else at.step for name, at in moments.items()},
                "association": np.nan if self.association is None else float(self.association.value),
                "unit": self.unit, "majority": self.majority, "baselines": self.baselines, "samples": self.samples,
                **vars(self.bootstrap),
            },
        )  # fmt: skip

    @property
    def above_floor(self) -> bool | None:
        """Whether H of the last checkpoint is clearly more than every floor; nothing where there is no floor."""
        return above_floor(part(self.power, -1), self.references)

    def sentences(self) -> list[str]:
        """A paragraph in plain words: which phases, H beside ceilings and floors, what was gained last, and the gap."""
        return course_sentences(self)

    def __repr__(self) -> str:
        size = f"{len(self.steps)} checkpoints x {self.samples} samples x {self.n} players"
        asked = f"{self.baselines} baseline network{'' if self.baselines == 1 else 's'}"
        head = f"GeneralizationDynamics: {size}, {asked}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def generalization_dynamics(
    checkpoints: Checkpoints,
    baselines: Interactions | Sequence[Interactions],
    rule: TransferRule = TransferRule(),
    bootstrap: Bootstrap = Bootstrap(),
    *,
    train_loss: npt.ArrayLike | None = None,
    test_loss: npt.ArrayLike | None = None,
    unit: str = "step",
    ceilings: Interactions | Sequence[Interactions] = (),
    floors: Interactions | Sequence[Interactions] = (),
    majority: float = 0.5,
) -> GeneralizationDynamics:
    """What generalizes at each checkpoint of a training, what is newly learned between them, and in which phases.

    Args:
        checkpoints: interactions by training step, or pairs of both, steps strictly rising; all of the same samples
            and players. Sums are kept and one checkpoint at a time, so an iterator need not hold them all at once.
        baselines: of one fully trained network or several, the same for all checkpoints.
        rule: when an interaction generalizes.
        bootstrap: draws, level and seed of the intervals.
        train_loss: of the training samples, (checkpoints,) or, for intervals, (checkpoints, training samples).
        test_loss: likewise of the test samples; both or neither.
        unit: what the steps count, in the singular, for words and pictures: "step", "epoch".
        ceilings: of networks of the same recipe with other seeds, see `generalizes`; beside the last checkpoint.
        floors: of untrained networks, likewise.
        majority: phase 3 lasts while less than this share of what is gained generalizes, in (0, 1); to be judged by the
            ceilings, for what is above them is not to be had.

    Returns:
        The `GeneralizationDynamics`.

    Raises:
        ArgumentError: no checkpoint, no baseline, steps that do not rise; networks with other samples, players, labels
            or numbers of classes; losses of another length or that are not finite; a number out of range.

    Example:
        >>> from harsanyi import extract_game
        >>> both = extract_game(lambda present: 2.0 * present.prod(1), 3, progress=False)
        >>> single = extract_game(lambda present: 2.0 * present[:, 0], 3, progress=False)
        >>> found = generalization_dynamics({0: both, 10: single}, single, unit="epoch")
        >>> found.power.value.round(2).tolist(), found.gained_rate.value.round(2).tolist(), found.verdict
        ([0.0, 1.0], [1.0], 'one sample')

    Source: 2505.06993; see `GeneralizationDynamics`.
    """
    if not (isinstance(unit, str) and unit.strip() == unit != ""):
        raise ArgumentError("unit", repr(unit), 'a word such as "epoch"')
    if not 0 < majority < 1:
        raise ArgumentError("majority", majority, "a share in (0, 1)")
    require_both(train_loss, test_loss)
    networks = as_list(baselines)
    read = learned_of(checkpoints, networks, as_list(ceilings, "ceilings"), as_list(floors, "floors"), rule)
    losses = losses_of(train_loss, test_loss, len(read.steps))
    rows = np.concatenate((_flat(read.sums), _flat(read.gained)), 1)
    value, drawn = (course_measures(means, len(read.steps)) for means in (rows.mean(0), bootstrap.means(rows)))
    verdict, peak, overfitting = find_three_phases(
        read.steps, (value["power"], drawn["power"]), (value["gained_rate"], drawn["gained_rate"]), majority,
        bootstrap.level,
    )  # fmt: skip
    gap = association = None
    if losses is not None:
        gap, drawn_gap = loss_gap(*losses, bootstrap)
        association = _association(value["power"], gap.value, drawn["power"], drawn_gap, bootstrap)
    salient = not np.isnan(value["power"][-1])
    return GeneralizationDynamics(
        read.steps, unit, **{name: bootstrap.estimate(value[name], drawn[name]) for name in value},
        references=references_of(read.last, read.encoded, rule, bootstrap) if salient else (), gap=gap,
        association=association, verdict=verdict, peak=peak, overfitting=overfitting, majority=majority, rule=rule,
        baselines=len(networks), samples=len(rows), bootstrap=bootstrap,
    )  # fmt: skip


def _flat(rows: Floats) -> Floats:
    return rows.reshape(len(rows), -1)


def _association(power: Floats, gap: Floats, drawn: Floats, drawn_gap: Floats, bootstrap: Bootstrap) -> Estimate:
    """Rank correlation of 1 - H and the gap over the checkpoints that have an H; the two are resampled apart."""
    known = ~np.isnan(power)

    def correlated(one: Floats, other: Floats) -> Floats:
        return rank_correlation((1 - one[..., known]).round(9), other[..., known].round(9))

    both = len(drawn) > 0 and len(drawn_gap) > 0
    return bootstrap.estimate(correlated(power, gap), correlated(drawn, drawn_gap) if both else np.empty(0))
