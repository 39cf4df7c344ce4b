"""Which interactions several networks of a task share, split together and split apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import part, with_ends
from harsanyi.analysis.shared_effects import shared_measures, shared_sums
from harsanyi.analysis.sharing_words import sharing_sentences
from harsanyi.analysis.split_together import split_together
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.sharing import SharingPlots

EXTRACTIONS = ("joint", "separate")


@final
@dataclass(frozen=True, eq=False, repr=False)
class Sharing:
    """What share of the salient interactions of each network all networks have, split together and split apart.

    A share is the number of salient effects of the same type and coalition that all networks have, over the number
    that one of them has, both summed over the samples; where no network is named, the mean over the networks. Of two
    entries the first is the joint split, the second the separate ones; order k is at position k - 1. Intervals are
    bootstrap intervals over samples; thresholds stay as they are when samples are resampled.

    Attributes:
        joint: interactions of each network by its name, split together; their `objective`, `lower_bound` and `gap` tell
            how far each is from the sparsest that it could have alone.
        share: mean over the networks, (2,).
        network_share: of each network, in the order of `joint`, (2, networks).
        order_share: by order, (2, n); NaN at orders where no network has a salient effect.
        type_share: of AND effects and of OR effects, (2, 2): extraction, type.
        gain: share split together - share split apart, ().
        strength_ratio: L1 norm split together over that split apart, the mean over the networks, ().
        gap: certified relative gap of the joint objective of each sample, (samples,).
        control: the same with networks of another task in the place of the last ones, or nothing.
        margin: share of the joint split - that of the control, (), or nothing.
        alpha: of the joint split.
        normalise: whether scores were split in a unit of each network.
        salience: rule for the effects that count.
        same_sign: whether an effect that all have needs the same sign in all.
        bootstrap: draws, level and seed.

    Source: 2401.16318 for the joint split and the metric; means over networks and samples are our definition.
    """

    joint: Mapping[str, Interactions]
    share: Estimate
    network_share: Estimate
    order_share: Estimate
    type_share: Estimate
    gain: Estimate
    strength_ratio: Estimate
    gap: Floats
    control: Sharing | None
    margin: Estimate | None
    alpha: float
    normalise: bool
    salience: SalienceRule | str
    same_sign: bool
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.order_share.value.shape[-1])

    @property
    def names(self) -> tuple[str, ...]:
        """Of the networks."""
        return tuple(self.joint)

    @property
    def plot(self) -> SharingPlots:
        """Pictures of what networks share, see `harsanyi.plots`."""
        from harsanyi.plots.sharing import SharingPlots

        return SharingPlots(self)

    def by_order(self) -> pd.DataFrame:
        """Share of the salient effects of each order, the mean over the networks.

        Returns:
            Index: order. Columns: joint, separate, and with a control control_joint, control_separate; each also with
            _low and _high.
        """
        import pandas as pd

        columns = {name: part(self.order_share, at) for at, name in enumerate(EXTRACTIONS)}
        if self.control is not None:
            columns |= {f"control_{name}": part(self.control.order_share, at) for at, name in enumerate(EXTRACTIONS)}
        return pd.DataFrame(with_ends(columns), index=pd.Index(range(1, self.n + 1), name="order"))

    def sentences(self) -> list[str]:
        """What splitting together finds, what it costs, and what a network of another task shares, in words."""
        return sharing_sentences(self)

    def __repr__(self) -> str:
        counts = f"{len(self.names)} networks x {len(self.gap)} sample{'s' * (len(self.gap) != 1)} x {self.n} players"
        return "\n".join([f"Sharing: {counts}, alpha {self.alpha:g}", *(f"  {line}" for line in self.sentences())])


def sharing(
    networks: Mapping[str, Interactions],
    *,
    alpha: float = 0.1,
    control: Mapping[str, Interactions] | None = None,
    salience: SalienceRule | str = "max_effect",
    same_sign: bool = False,
    normalise: bool = True,
    max_gap: float = 0.01,
    bootstrap: Bootstrap = Bootstrap(),
) -> Sharing:
    """Split the stored scores of several networks together, and tell what they share then and what they share apart.

    Splits that are sparse are not always unique: networks split apart may differ where they need not. The joint split
    finds the effects that they can share; what it finds beyond chance is seen beside the control.

    Args:
        networks: interactions of two networks or more of the task by their names, on the same samples and players and
            for the same labels.
        alpha: what each network pays for an effect by itself, in [0, 1]; the rest is paid for the largest of them. 1
            splits each network as if there were no other.
        control: interactions of networks of another task, such as one trained on other labels, likewise; fewer than
            `networks`. They take the place of the last ones, beside the first: as many networks, as much chance.
        salience: rule for the effects that count; each network and extraction has thresholds of its own.
        same_sign: whether an effect that all networks have needs the same sign in all.
        normalise: whether the scores of each network are divided by the mean of |v(N) - v(empty)| over its samples for
            the joint split, and its effects multiplied by that afterwards. Our option.
        max_gap: certified relative gap of the joint objective, in (0, 1].
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `Sharing`.

    Raises:
        ArgumentError: fewer than two networks, controls that are too many or named like a network, other samples,
            players or labels, a network of AND effects alone or without a salient effect, numbers out of range.

    Warns:
        NotConvergedWarning: some samples kept a larger gap than `max_gap`.

    Example:
        >>> from harsanyi import extract_game
        >>> one = extract_game(lambda x: 1.0 * x.any(1), 3, progress=False)
        >>> other = extract_game(lambda x: 2.0 * x.any(1) + x[:, 0], 3, progress=False)
        >>> found = sharing({"one": one, "other": other})
        >>> found.network_share.value[0].round(2).tolist()  # both have the OR, the other has one effect more
        [1.0, 0.5]

    Source: 2401.16318, where effects of at least 5 % of a sample's largest are salient.
    """
    _check(networks, control, salience)
    compared = [networks] if control is None else [networks, _beside_first(networks, control)]
    found = [split_together(each, alpha=alpha, normalise=normalise, max_gap=max_gap) for each in compared]
    sums = [np.concatenate([shared_sums(x, salience, same_sign) for x in (joint, apart)], 1)
            for (joint, _), apart in zip(found, compared, strict=True)]  # fmt: skip
    rows = np.concatenate(sums, 1)
    value, drawn = ([shared_measures(each, len(networks)) for each in np.split(means, len(sums), -1)]
                    for means in (rows.mean(0), bootstrap.means(rows)))  # fmt: skip

    def told(at: int, beside: Sharing | None) -> Sharing:
        joint, gap = found[at]
        measures = {name: bootstrap.estimate(value[at][name], drawn[at][name]) for name in value[at]}
        margin = None if beside is None else bootstrap.estimate(
            *(each[at]["share"][..., 0] - each[at + 1]["share"][..., 0] for each in (value, drawn))
        )  # fmt: skip
        return Sharing(joint, **measures, gap=gap.numpy(), control=beside, margin=margin, alpha=alpha,
                       normalise=normalise, salience=salience, same_sign=same_sign, bootstrap=bootstrap)  # fmt: skip

    return told(0, None if control is None else told(1, None))


def _check(
    networks: Mapping[str, Interactions], control: Mapping[str, Interactions] | None, salience: SalienceRule | str
) -> None:
    for argument, given in (("networks", networks), ("control", {} if control is None else control)):
        if not isinstance(given, Mapping) or not all(isinstance(one, Interactions) for one in given.values()):
            raise ArgumentError(argument, f"a {type(given).__name__}", "a mapping from names to Interactions, such as "
                                '{"one": x}')  # fmt: skip
    if len(networks) < 2:
        raise ArgumentError("networks", f"{len(networks)}", "interactions of two networks or more, by their names")
    first = next(iter(networks.values()))
    for argument, several in (("networks", networks), ("control", control or {})):
        for name, x in several.items():
            check_alike(argument, f"in {name!r}", x, first)
            if x.provenance.get("effects") == "AND alone":
                raise ArgumentError(argument, f"AND effects alone in {name!r}", "interactions as they were extracted")
            if not x.salient(salience).count.any():
                raise ArgumentError(argument, f"no salient effect in any sample of {name!r}", "one effect or more",
                                    "Lower the share of the salience rule")  # fmt: skip
    if control is None:
        return
    if not 0 < len(control) < len(networks):
        raise ArgumentError("control", f"{len(control)} networks", f"from 1 to {len(networks) - 1}",
                            "They take the place of networks beside the first")  # fmt: skip
    if same := sorted(set(control) & set(networks)):
        raise ArgumentError("control", f"the name {same[0]!r}, which is a network's", "other names")


def _beside_first(networks: Mapping[str, Interactions], control: Mapping[str, Interactions]) -> dict[str, Interactions]:
    """The first networks of the task, and those of another task in the place of the last."""
    kept = list(networks.items())[: len(networks) - len(control)]
    return dict(kept) | dict(control)
