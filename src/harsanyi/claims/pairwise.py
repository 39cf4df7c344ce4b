"""The claim about pairs of players in contexts of several sizes."""

from __future__ import annotations

from harsanyi.analysis.estimates import part
from harsanyi.claims.claim import Claim, Finding, by_seed, numbers
from harsanyi.claims.material import STUDIES, Material
from harsanyi.loading.protocols import players_for
from harsanyi.pairwise import pairwise_orders


def check_pairs(material: Material) -> Finding:
    """C25. Strength of the interaction of pairs of pixels by how many other pixels are shown, after training.

    A network is for the claim where the strength is U-shaped (see `PairwiseOrders.verdict`), against it where the
    weakest size is the smallest or the largest. Appears where more than half are for it, and none against.
    """
    sizes = material.sizes

    def ask(seed: int) -> tuple[int, str]:
        data = material.training(seed).load()
        players = players_for({"kind": "patches", "grid": 8, "baseline": "mean", "background": data.train_inputs}, None)
        some = data.test_inputs[: sizes.pixel_samples], data.test_labels[: sizes.pixel_samples]
        found = pairwise_orders(material.network(seed), *some, players=players, pairs=sizes.pixel_pairs,
                                contexts=sizes.contexts, seed=seed, progress=material.progress)  # fmt: skip
        weakest, largest = found.weakest, len(found.sizes) - 1
        at_the_edge = weakest in (0, largest)
        voted = -int(at_the_edge) if found.verdict != "U-shaped" else 1
        at = [f"{numbers(part(found.normalised, k))} with {found.sizes[k]}" for k in sorted({0, weakest, largest})]
        return voted, ", ".join(at)

    return by_seed(material.seeds, ask, "Strength by number of other pixels shown, the average being 1")


CLAIMS = (
    Claim("C25", "2111.06236", "Pairs interact most where few or nearly all other players are shown (a U-shape).",
          "a flat strength", check_pairs, (STUDIES,)),
)  # fmt: skip
