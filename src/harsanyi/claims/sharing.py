"""The claim about interactions that several networks share."""

from __future__ import annotations

from harsanyi.claims.claim import Claim, Finding, all_of, by_seed, numbers, vote
from harsanyi.claims.material import STUDIES, Material

_HARDLY = 1.1  # times the strength of separate splits


def check_sharing(material: Material) -> Finding:
    """C17. Two networks of the task, trained on other samples, split together and apart, on test samples.

    The control is a network trained on random labels in the place of the second one. A network is for the claim where
    the intervals of the gain by splitting together, and of what is shared beyond the control, lie above 0, and that of
    the strength over that of separate splits below 1.1; against it where one of them lies on the other side. Appears
    where more than half are for it, and none against.
    """

    def ask(seed: int) -> tuple[int, str]:
        found = material.study(seed).sharing(["cnn", "other-0"])
        assert found.margin is not None  # the study has a control
        voted = all_of((vote(found.gain), vote(found.margin), vote(found.strength_ratio, _HARDLY, -1)))
        return voted, (f"{found.share.value[0]:.3g} split together, {numbers(found.gain)} more than apart and "
                       f"{numbers(found.margin)} more than with the control, at "
                       f"{numbers(found.strength_ratio)} times the strength")  # fmt: skip

    return by_seed(material.seeds, ask, "Share of the salient effects that both networks have")


CLAIMS = (
    Claim("C17", "2401.16318", "Splitting networks of one task together finds more that they share, at hardly more "
          "strength.", "no gain, or as much with a network of another task", check_sharing, (STUDIES,)),
)  # fmt: skip
