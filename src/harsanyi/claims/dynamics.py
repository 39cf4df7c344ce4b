"""Claims about how interactions change while a network learns."""

from __future__ import annotations

import numpy as np

from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.estimates import part
from harsanyi.claims.claim import Claim, Finding, all_of, by_seed, numbers, vote
from harsanyi.claims.material import STUDIES, Material
from harsanyi.core.theory import null_strength

_TWO, _THEORY = "2405.10262", "2407.19198"
_NEAR = 1  # checkpoints, which are a factor of two apart


def check_spindle(material: Material) -> Finding:
    """C5. Strength by order of the untrained network on test samples.

    A network is for the claim where the interval of its strongest order lies above those of order 1 and of the highest
    order, and against it where order 1 is the strongest and lies above all others. Appears where more than half are for
    it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        strength = part(material.dynamics(seed).normalised, 0)
        peak, expected = int(strength.value.argmax()), int(null_strength(len(strength.value)).argmax())
        if 0 < peak < len(strength.value) - 1:
            voted = int(strength.low[peak] > max(strength.high[0], strength.high[-1]))
        else:
            voted = -int(peak == 0 and strength.low[0] > strength.high[1:].max())
        shown = [numbers(part(strength, order)) for order in (0, peak, len(strength.value) - 1)]
        return voted, (f"order {peak + 1} ({expected + 1} for independent noise), {shown[1]}; order 1 "
                       f"{shown[0]}, order {len(strength.value)} {shown[2]}")  # fmt: skip

    return by_seed(material.seeds, ask, "The strongest order before training, the average being 1")


def check_fall(material: Material) -> Finding:
    """C6. Mean order of the interactions of test samples, before training and at its least.

    A network is for the claim where the interval at the least lies below that before training, against it where that of
    the last checkpoint lies above and nothing lies below. Appears where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.dynamics(seed)
        order, least = found.mean_order, _least(found)
        rises = least == 0 and order.low[-1] > order.high[0]
        voted = int(order.high[least] < order.low[0]) - int(rises)
        return voted, f"{_at(found, 0)} before, {_at(found, least)} after epoch {found.steps[least]}"

    return by_seed(material.seeds, ask, "Mean order")


def check_rise(material: Material) -> Finding:
    """C7. Whether the mean order rises again after its least, by more than resampled samples alone make it rise.

    A network is for the claim where it has two phases (see `phases.find_boundary`), against it where the least is at
    the last checkpoint. Appears where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.dynamics(seed)
        least = _least(found)
        voted = int(found.verdict == "two phases") - int(least == len(found.steps) - 1)
        return voted, f"{_at(found, least)} after epoch {found.steps[least]}, {_at(found, -1)} at the end"

    return by_seed(material.seeds, ask, "Mean order")


def check_onset(material: Material) -> Finding:
    """C8. Onset of the loss gap less the start of the second phase, in checkpoints that are a factor of two apart.

    A network is for the claim where the interval lies within one checkpoint of 0, against it where it lies outside.
    Appears where more than half are for it, and none against. So few networks of one recipe cannot tell whether the two
    move together.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.dynamics(seed)
        distance = found.distance_checkpoints
        if distance is None or found.boundary is None or found.onset is None:
            return 0, f"no second phase, or no growth of the gap ({found.verdict})"
        inside = distance.low >= -_NEAR and distance.high <= _NEAR
        outside = distance.low > _NEAR or distance.high < -_NEAR
        return int(inside) - int(outside), (f"{numbers(distance)}, the second phase from epoch "
                                            f"{found.boundary.step:g}, the gap from {found.onset.step:g}")  # fmt: skip

    return by_seed(material.seeds, ask, "Checkpoints from the start of the second phase to the growth of the loss gap")


def check_theory(material: Material) -> Finding:
    """C12. One noise fitted to each checkpoint of the second phase, see `analysis.fit_theory`.

    A network is for the claim where the interval of the error, over that of the best constant shape, lies below 1 and
    the rank correlation of noise and epoch below 0; against it where either lies above; neither where it has no second
    phase. Appears where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.study(seed).theory("cnn", dynamics=material.dynamics(seed))
        voted = all_of((vote(found.error_ratio, 1.0, -1), vote(found.falling, 0.0, -1)))
        voted = voted if found.second_phase else 0
        return voted, f"{numbers(found.error_ratio)}, rank correlation {numbers(found.falling)}"

    return by_seed(material.seeds, ask, "Error over that of a constant shape, and noise against epoch")


def _least(found: Dynamics) -> int:
    """The checkpoint of least mean order, the last of several."""
    if found.boundary is not None:
        return found.boundary.index
    values = found.mean_order.value.round(9)
    return len(values) - 1 - int(np.nanargmin(values[::-1]))


def _at(found: Dynamics, place: int) -> str:
    return numbers(part(found.mean_order, place))


CLAIMS = (
    Claim("C5", f"{_TWO}, {_THEORY}", "Before training, middle orders are the strongest (a spindle).",
          "a strength that falls with the order", check_spindle, (STUDIES,)),
    Claim("C6", _TWO, "In a first phase middle and high orders vanish and low ones grow.", "no fall of the mean order",
          check_fall, (STUDIES,)),
    Claim("C7", _TWO, "In a second phase the orders rise again.", "no rise of the mean order", check_rise, (STUDIES,)),
    Claim("C8", _TWO, "The second phase begins when the loss gap begins to grow.", "more than one checkpoint between",
          check_onset, (STUDIES,)),
    Claim("C12", _THEORY, "Noise of the parameters that falls explains the orders of the second phase.",
          "noise that rises, or a fit no better than a constant shape", check_theory, (STUDIES,)),
)  # fmt: skip
