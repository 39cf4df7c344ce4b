"""What a network's loss would be without the interactions that do not generalize."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import clear_sign, part, told, with_ends
from harsanyi.analysis.generalization import Generalization
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.removal import losses_without
from harsanyi.analysis.sides import two_sides
from harsanyi.analysis.transfer import both_types
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from harsanyi.plots.intervention import InterventionPlots

_LOG_ODDS = ("LogOdds", "BinaryLogit", "NextToken", "Continuation")
_WAYS = ("as it is", "without interactions that do not generalize", "without random interactions of equal strength")


@final
@dataclass(frozen=True, eq=False, repr=False)
class Intervention:
    """Losses of a network as it is, and with some of its salient interactions taken out of every score.

    Of three entries the first is the network as it is, the second is without the interactions that do not generalize,
    the third without random salient interactions of equal strength, the control. Losses are cross-entropies in nats.
    Intervals are bootstrap intervals; training and test samples are resampled apart, and what is measured of one sample
    stays together. G and the thresholds stay as they are.

    Attributes:
        train_loss: mean over the training samples, (3,).
        test_loss: mean over the test samples, (3,).
        gap: test_loss - train_loss, (3,).
        closed: by how much the gap is nearer to 0 than as it is, |gap as it is| - |gap after|, in nats: by the
            intervention and by the control, (2,); below 0 where the gap widens.
        advantage: closed by the intervention less closed by the control, ().
        removed: mean strength that is removed of a sample, in the unit of the score: of training and of test samples,
            (2,).
        removed_share: share of the salient strength of those samples that it is, in [0, 1], (2,); NaN without any.
        draws: random removals of each sample that the control averages.
        counts: number of training and of test samples.
        bootstrap: draws, level and seed.

    Source: the intervention of 2505.06993; how the control draws, and all that is measured, are our definitions.
    """

    train_loss: Estimate
    test_loss: Estimate
    gap: Estimate
    closed: Estimate
    advantage: Estimate
    removed: Estimate
    removed_share: Estimate
    draws: int
    counts: tuple[int, int]
    bootstrap: Bootstrap

    def table(self) -> pd.DataFrame:
        """One row a state of the network.

        Returns:
            Index: network (as it is, without ..., without ...). Columns: train_loss, test_loss, gap, closed, each also
            with _low and _high; closed is 0 for the network as it is.
        """
        import pandas as pd

        closed = Estimate(*(np.append(0.0, ends) for ends in (self.closed.value, self.closed.low, self.closed.high)))
        columns = {"train_loss": self.train_loss, "test_loss": self.test_loss, "gap": self.gap, "closed": closed}
        return pd.DataFrame(with_ends(columns), index=pd.Index(_WAYS, name="network"))

    @property
    def plot(self) -> InterventionPlots:
        """Pictures of this intervention, see `harsanyi.plots.intervention_bars`."""
        from harsanyi.plots.intervention import InterventionPlots

        return InterventionPlots(self)

    def sentences(self) -> list[str]:
        """What happens to the loss gap, and whether it is more than random removal does, in words."""
        before, after, control = (told(part(self.gap, way), self.bootstrap.level) for way in range(3))
        doubt = "" if clear_sign(part(self.gap, 0)) else ", not clearly other than 0: there may be nothing to close"
        first = f"Over the explained samples the loss gap, test less train, is {before}{doubt}."
        if not self.removed.value.any():
            return [first, "Every salient interaction generalizes: there is nothing to remove."]
        train, test = (f"{100 * share:.0f} %" for share in np.nan_to_num(self.removed_share.value))
        return [
            first,
            f"Without the interactions that do not generalize, {train} of the salient strength of training samples and "
            f"{test} of test samples, it is {after}; without random salient interactions of equal strength, {control}.",
            self._compared(),
        ]

    def _compared(self) -> str:
        by = told(self.advantage, self.bootstrap.level)
        sign, narrows = clear_sign(self.advantage), clear_sign(part(self.closed, 0))
        if sign == 0:
            return f"Neither clearly closes more of the gap than the other: intervention less control is {by}."
        if sign < 0:
            return f"The intervention closes less of the gap than the control does: the difference is {by}."
        if narrows > 0:
            return f"The intervention closes more of the gap than the control does: the difference is {by}."
        return (
            f"The intervention leaves a smaller gap than the control does, the difference is {by}, but not clearly a "
            "smaller one than there was."
        )

    def __repr__(self) -> str:
        train, test = self.counts
        head = f"Intervention: {train} training and {test} test samples, {self.draws} draws of the control"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def intervention(
    target: Interactions,
    found: Generalization,
    train: npt.ArrayLike,
    test: npt.ArrayLike,
    *,
    draws: int = 100,
    seed: int = 0,
    bootstrap: Bootstrap = Bootstrap(),
) -> Intervention:
    """Remove the salient interactions that do not generalize from every score, and see what becomes of the loss gap.

    On a whole sample every AND and every OR interaction is active, so that v' = v(N) - sum of the removed I(S). With v
    the log-odds of the true label the cross-entropy is exactly softplus(-v). The control removes random salient
    interactions of the same sample, whether they generalize or not, until as much strength |I| is gone as the
    intervention removes, the last of them in part; its loss is the mean over several draws. Where all effects have the
    same sign, every removal of equal strength does the same: the two differ by the signs of what they remove.

    Args:
        target: of the network, scored by log-odds for the true labels; where the score is not on record, it is taken
            to be that.
        found: `generalizes(target, baselines)`, of the same samples.
        train: which samples the network was trained on: bool mask (samples,), or positions, at least two.
        test: which samples it was not, likewise; none of `train`.
        draws: random removals of each sample in the control, a whole number >= 1.
        seed: of these removals, a whole number >= 0.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `Intervention`.

    Raises:
        ArgumentError: scores that are not log-odds, or for predicted labels; `found` of other interactions; samples
            that are on both sides or too few; a number out of range.

    Example:
        >>> import torch
        >>> from harsanyi import Columns, extract
        >>> from harsanyi.analysis import generalizes
        >>> one, other = (torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        ...               for _ in range(2))
        >>> inputs, labels = torch.randn(10, 4), torch.arange(10) % 3
        >>> x, y = (extract(net, inputs, labels, players=Columns(), progress=False) for net in (one, other))
        >>> done = intervention(x, generalizes(x, y), train=range(5), test=range(5, 10))
        >>> truth = torch.nn.functional.cross_entropy(one(inputs[:5]), labels[:5])
        >>> round(float(done.train_loss.value[0]) - truth.item(), 4) == 0
        True

    Source: 2505.06993; see `Intervention`.
    """
    require_whole(draws=draws)
    require_whole(0, seed=seed)
    check_alike("target", "in the target", target, target)
    check_losses(target)
    _check_found(target, found)
    sides = two_sides(("train", "test"), train, test, len(target))
    effects = both_types(target)

    def measured(sample: int) -> Floats:
        salient = found.salient[:, sample]
        lost = ~found.generalizes[:, sample][salient]
        return losses_without(target.scores[sample, -1], effects[:, sample][salient], lost, draws, seed)

    first, second = (np.stack([measured(sample) for sample in side]) for side in sides)
    value = _measures(first.mean(0), second.mean(0))
    drawn = _measures(bootstrap.means(first, 1), bootstrap.means(second, 2))
    return Intervention(
        **{name: bootstrap.estimate(value[name], drawn[name]) for name in value}, draws=draws,
        counts=(len(first), len(second)), bootstrap=bootstrap,
    )  # fmt: skip


def check_losses(target: Interactions) -> None:
    """Refuse scores of which softplus(-v) is not the loss."""
    score = target.provenance.get("score")
    name = score.get("type") if isinstance(score, Mapping) else score
    if name is not None and name not in _LOG_ODDS:
        raise ArgumentError("target", f"interactions of the score {name}",
                            f"those of log-odds, of which softplus(-v) is the cross-entropy: {', '.join(_LOG_ODDS)}",
                            "Extract them again with score=LogOdds()")  # fmt: skip
    if target.provenance.get("labels") == "predicted":
        raise ArgumentError("target", "scores for predicted labels", "scores for the true labels, whose loss it is",
                            "Pass labels to extract")  # fmt: skip


def _check_found(target: Interactions, found: Generalization) -> None:
    effects = both_types(target)
    if found.salient.shape == effects.shape:
        salient = np.where(found.salient, effects, 0.0).sum((0, 2))
        if np.allclose(salient, found.strength.sum((1, 2, 3)), rtol=1e-9, atol=1e-9 * np.abs(effects).max()):
            return
    raise ArgumentError("found", "what was found of other interactions", "generalizes(target, baselines)")


def _measures(train: Floats, test: Floats) -> dict[str, Floats]:
    """From means of `losses_without` over training and over test samples, (..., 5) each."""
    gap = test[..., :3] - train[..., :3]
    closed = np.abs(gap[..., :1]) - np.abs(gap[..., 1:])
    removed, strength = (np.stack((train[..., column], test[..., column]), -1) for column in (3, 4))
    return {
        "train_loss": train[..., :3],
        "test_loss": test[..., :3],
        "gap": gap,
        "closed": closed,
        "advantage": closed[..., 0] - closed[..., 1],
        "removed": removed,
        "removed_share": ratio(removed, strength),
    }
