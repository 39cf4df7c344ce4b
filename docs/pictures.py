"""The pictures of the pages on papers: `python docs/pictures.py DEMO`, DEMO being the folder of a `harsanyi demo`.

Everything is read from the demo's studies of handwritten digits, except for the joint split (a minute) and the pairs of
pixels (seconds), which are computed here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from safetensors.torch import load_file

from harsanyi import PairwiseOrders, Patches, Study, pairwise_orders
from harsanyi.analysis import ConfusionRule
from harsanyi.plots import theory_fit
from harsanyi.training import Course
from harsanyi.zoo.digits import digits_cnn, load_digits

PICTURES = Path(__file__).parent / "pictures"


def main() -> None:
    """Draw all of them into docs/pictures/."""
    PICTURES.mkdir(exist_ok=True)
    for name, found in drawn(Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-demo")):
        figure = found if isinstance(found, Figure) else found.figure
        figure.savefig(PICTURES / f"{name}.png", dpi=120, bbox_inches="tight")
        print(f"{name}.png", flush=True)


def drawn(demo: Path) -> Iterator[tuple[str, Any]]:
    """Name and matplotlib Figure or Axes of each picture."""
    study, layers, factors = (Study(demo / name) for name in ("study", "layers", "factors"))
    rule = ConfusionRule(score="complex_cancelling", share=0.2)  # of so few samples a tenth would be no set
    yield "two-phases", study.dynamics().plot.training_figure()
    yield "two-similarity", study.class_similarity().plot.similarity_by_order()
    yield "two-labels", study.mislabelled_against_clean().plot.group_comparison()
    yield "theo-fit", theory_fit(study.theory())
    yield "gen3-course", study.generalization_dynamics().plot.generalization_course()
    yield "gen3-intervention", study.intervention().plot.intervention_bars()
    yield "conf-scores", study.confusion().plot.confusion_scatter()
    yield "conf-factors", factors.factor_overlap(rule=rule).plot.factor_bars()
    yield "layer-parts", layers.layer_by_layer("cnn").plot.layer_parts()
    yield "layer-capacity", layers.generalization_capacity("cnn", "again-0").plot.capacity_by_order()
    yield "share-joint", study.sharing().plot.sharing_figure()
    yield "order-pairs", pairs(demo).plot.pairwise_strength()


def pairs(demo: Path) -> PairwiseOrders:
    """Pairs of the 64 pixels, by how many others are seen, in the demo's network."""
    data, network = load_digits(), digits_cnn()
    network.load_state_dict(load_file(Course.load(demo / "training").paths[-1]))
    inputs, labels = data.test_inputs[:20], data.test_labels[:20]
    return pairwise_orders(network, inputs, labels, players=Patches(grid=8), pairs=100, contexts=20)


if __name__ == "__main__":
    main()
