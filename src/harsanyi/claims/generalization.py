"""Claims about which interactions generalize."""

from __future__ import annotations

import numpy as np

from harsanyi.analysis import Generalization, GroupComparison
from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.analysis.estimates import part
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.ranks import correlation_of_known
from harsanyi.claims.claim import Claim, Finding, all_of, by_seed, numbers, vote
from harsanyi.claims.material import STUDIES, Material
from harsanyi.core.coalitions import orders

_TWO, _GENERALIZATION = "2405.10262", "2505.06993"


def check_similarity(material: Material) -> Finding:
    """C9. How alike the mean interactions of a class are in training and in test samples, by order, after training.

    A network is for the claim where the interval of the rank correlation of similarity and order lies below 0, against
    it where above. Appears where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.study(seed).class_similarity("cnn")
        places = sorted({0, min(4, found.n - 1)})
        at = [f"{numbers(part(found.similarity, k))} at order {k + 1} (random halves {found.ceiling.value[k]:.3g})"
              for k in places]  # fmt: skip
        return vote(found.trend, 0.0, -1), f"{', '.join(at)}, rank correlation {numbers(found.trend)}"

    return by_seed(material.seeds, ask, "Similarity of a class in training and test samples")


def check_mislabelled(material: Material) -> Finding:
    """C10. Training samples with wrong labels less those with right ones, after training: orders from 2 on.

    A network is for the claim where the intervals of the differences of strength and of cancellation both lie above 0,
    against it where either lies below. Appears where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        return more_complex(material.study(seed).mislabelled_against_clean("cnn"))

    return by_seed(material.seeds, ask, "Samples with wrong labels less others, strength and cancellation")


def more_complex(found: GroupComparison) -> tuple[int, str]:
    """Whether the strength and the cancellation of orders from 2 on are both larger in the first group, in numbers."""
    strength, cancelled = found.complex_strength_difference, found.complex_cancellation_difference
    return all_of((vote(strength), vote(cancelled))), f"{numbers(strength)} and {numbers(cancelled)}"


def check_rate(material: Material) -> Finding:
    """C18. Share of the salient effects of each order that another network encodes too, on test samples.

    A network is for the claim where the interval of the rank correlation of share and order lies below 0, against it
    where above. Appears where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.study(seed).generalization("cnn", references=False)
        known = np.flatnonzero(~np.isnan(found.rate.value))
        at = [f"{numbers(part(found.rate, int(k)))} at order {k + 1}" for k in sorted({known[0], known[-1]})]
        trend = rate_trend(found)
        return vote(trend, 0.0, -1), f"{', '.join(at)}, rank correlation {numbers(trend)}"

    return by_seed(material.seeds, ask, "Share that generalizes")


def rate_trend(found: Generalization) -> Estimate:
    """Rank correlation of the share of effects that generalize with their order, (), over orders with effects."""
    order = orders(found.n).numpy()
    counts = np.stack([[masks[..., order == k].sum((0, 2)) for k in range(1, found.n + 1)]
                       for masks in (found.generalizes, found.salient)]).astype(np.float64)  # fmt: skip
    by_sample = counts.transpose(2, 0, 1)  # (samples, 2, n)
    known = by_sample[:, 1].sum(0) > 0

    def trend(means: Floats) -> Floats:
        return correlation_of_known(ratio(means[..., 0, :], means[..., 1, :]), np.arange(1, found.n + 1), known)

    return found.bootstrap.estimate(trend(by_sample.mean(0)), trend(found.bootstrap.means(by_sample)))


def check_phases(material: Material) -> Finding:
    """C19. H, the share of the strength that generalizes, over the checkpoints, and what of the last gain does.

    A network is for the claim where H rises and then falls by more than resampled samples alone make it (see
    `three_phases.find_three_phases`) and the interval of the share of the last gain lies below a half; against it where
    H is highest at the first or the last checkpoint, or that interval lies above a half. Appears where more than half
    are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.generalization_dynamics(seed)
        last, peak = part(found.gained_rate, -1), int(np.nanargmax(found.power.value))
        rises_and_falls = int(found.verdict in ("three phases", "phase 3 not reached"))
        if peak in (0, len(found.steps) - 1):
            rises_and_falls = -1
        at = [f"{numbers(part(found.power, place))} at epoch {found.steps[place]}" for place in (0, peak, -1)]
        voted = all_of((rises_and_falls, vote(last, found.majority, -1)))
        return voted, f"H {', '.join(at)}, of the last gain {numbers(last)}"

    return by_seed(material.seeds, ask, "Share that generalizes")


def check_intervention(material: Material) -> Finding:
    """C20. By how much the loss gap is nearer to 0 without the effects that do not generalize, and without random ones.

    A network is for the claim where the intervals of what the first closes, and of its advantage over the second, lie
    above 0; against it where either lies below. Appears where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.study(seed).intervention("cnn")
        closed, advantage = part(found.closed, 0), found.advantage
        return all_of((vote(closed), vote(advantage))), (
            f"{numbers(closed)} of {part(found.gap, 0).value:.3g}, advantage {numbers(advantage)}"
        )

    return by_seed(material.seeds, ask, "Loss gap closed, in nats")


def check_association(material: Material) -> Finding:
    """C21. Rank correlation of the share that does not generalize with the loss gap, over the checkpoints.

    A network is for the claim where its interval lies above 0, against it where below. Appears where more than half are
    for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.generalization_dynamics(seed).association
        assert found is not None  # the losses of these trainings are known
        return vote(found), numbers(found)

    return by_seed(material.seeds, ask, "Rank correlation of the share that does not generalize with the loss gap")


CLAIMS = (
    Claim("C9", _TWO, "Training and test samples of a class are less alike the higher the order.",
          "a similarity that does not fall", check_similarity, (STUDIES,)),
    Claim("C10", _TWO, "Samples with wrong labels carry stronger interactions of two players or more, which cancel "
          "more.", "no difference", check_mislabelled, (STUDIES,)),
    Claim("C18", _GENERALIZATION, "The higher the order, the fewer interactions generalize.",
          "a share that does not fall", check_rate, (STUDIES,)),
    Claim("C19", _GENERALIZATION, "Three phases: the share that generalizes rises, then falls, and what is gained last "
          "mostly does not generalize.", "a share that stays", check_phases, (STUDIES,)),
    Claim("C20", _GENERALIZATION, "Without the interactions that do not generalize the loss gap closes, more than "
          "without random ones.", "no difference", check_intervention, (STUDIES,)),
    Claim("C21", _GENERALIZATION, "The share that does not generalize and the loss gap rise together.",
          "a correlation of 0", check_association, (STUDIES,)),
)  # fmt: skip
