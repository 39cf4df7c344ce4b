"""What the layers of a study's network know, keep and forget: asked once, told in words and on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from harsanyi.analysis import GeneralizationCapacity, LayerByLayer, LayerCourse, Stability
from harsanyi.game.probes import Probes
from harsanyi.interactions import Interactions
from harsanyi.plots.layer_flow import layer_flow
from harsanyi.plots.layer_followed import followed_interactions
from harsanyi.plots.layer_heat_map import layer_heat_map
from harsanyi.plots.layer_orders import capacity_by_order, stability_by_order
from harsanyi.plots.layer_parts import layer_parts
from harsanyi.plots.layer_shares import layer_shares
from harsanyi.plots.style import figure_of
from harsanyi.report.asked import Asked, what_can_be_told
from harsanyi.report.confusing import Ints, chosen_of, samples_at
from harsanyi.report.highlights import Highlight, forgetting
from harsanyi.report.page import Section
from harsanyi.report.pictures import Picture, first_of_sample
from harsanyi.study.study import Study

_FOLLOWED = 8  # interactions of a sample
_UNIT = (
    " Each layer has a unit of its own: the mean over the samples of how far its score of the whole sample is from "
    "that with all players masked. An effect of +1 is as large as that."
)


@dataclass(frozen=True, eq=False)
class Layered:
    """What a study tells of the layers of one target; nothing where it cannot be told.

    Attributes:
        name: of the target, for titles and file names.
        positions: of the samples in the study, (samples,).
        places: which sample each is, in words.
        output: interactions of the target itself on these samples, at the last checkpoint.
        probes: of that checkpoint.
        found: every layer against the last one and the next.
        stability: under noise, where the study has noisy copies of the samples.
        course: over the training, where there are several checkpoints.
        capacities: with other networks, by their names.
        refused: why a part is missing, a sentence each.
    """

    name: str
    positions: Ints
    places: tuple[str, ...]
    output: Interactions
    probes: Probes
    found: LayerByLayer | None = None
    stability: Stability | None = None
    course: LayerCourse | None = None
    capacities: Mapping[str, GeneralizationCapacity] | None = None
    refused: tuple[str, ...] = ()

    def finding(self) -> list[str]:
        """What to say first, one sentence; none where it is not known."""
        first = [] if self.found is None else self.found.sentences()[:1]
        return [f"Layer by layer: {sentence[0].lower()}{sentence[1:]}" for sentence in first]

    def sentences(self) -> list[str]:
        """All that there is to say, what is missing last."""
        told = [self.found, self.stability, self.course]
        found = [sentence for each in told if each is not None for sentence in each.sentences()]
        shared = [f"With {other}: {sentence}" for other, each in (self.capacities or {}).items()
                  for sentence in each.sentences()]  # fmt: skip
        return [*found, *shared, *self.refused]


def layered_done(study: Study, networks: Sequence[str]) -> Ints:
    """Positions of the samples, test samples where there are such, whose layers are done for some networks, rising."""
    return np.intersect1d(chosen_of(study), study.done(networks)) if study.reads_layers else np.arange(0)


def ask_layered(study: Study, name: str, network: str, positions: Ints) -> Layered:
    """Ask a study what the layers of one target know.

    Args:
        study: that reads layers, with these samples done for the target.
        name: of the target, for titles and file names.
        network: the target.
        positions: of the samples, (samples,).

    Raises:
        ArgumentError: samples that are not done.
    """
    asked: dict[str, Asked] = {
        "found": ("What the layers know", lambda: study.layer_by_layer(network, samples=positions))
    }
    if study.noisy_parts:
        asked["stability"] = (
            "Stability under noise",
            lambda: study.stability(network, samples=_copied(study, network, positions)),
        )
    if len(study.steps(network)) > 1:
        asked["course"] = "The course of the layers", lambda: study.layer_course(network, samples=positions)
    found, refused = what_can_be_told(asked)
    others: dict[str, Asked] = {
        other: (f"What the layers share with {other}",
                partial(study.generalization_capacity, network, other,
                        samples=np.intersect1d(positions, study.done([other]))))
        for other in partners(study.roles, network)
    }  # fmt: skip
    capacities, missing = what_can_be_told(others)
    output, where = study.interactions(network, None, None, positions), samples_at(study, positions)
    places = tuple(map(where.place, range(len(positions))))
    return Layered(name, positions, places, output, study.probes(network), **found, capacities=capacities,
                   refused=(*refused, *missing))  # fmt: skip


def _copied(study: Study, network: str, positions: Ints) -> Ints:
    """Those of some test samples whose noisy copies are all done."""
    return positions[np.isin(study.noisy_copies(positions), study.done([network])).all(0)]


def partners(roles: Mapping[str, str], network: str) -> list[str]:
    """Names of the networks that a target is compared with, layer by layer.

    Args:
        roles: of all networks, by name.
        network: the target.

    Returns:
        The targets behind it; where it is the only one, the first ceiling, else the first baseline, if there is one.
    """
    targets = [name for name, role in roles.items() if role == "target"]
    if len(targets) > 1:
        return targets[targets.index(network) + 1 :]
    return [name for wanted in ("ceiling", "baseline") for name, role in roles.items() if role == wanted][:1]


# On a page ------------------------------------------------------------------------------------------------------------


def layer_sections(x: Layered, show: int) -> list[Section]:
    """What the layers of a target know, in words and pictures.

    Args:
        x: what a study tells.
        show: how many samples are followed through the layers, the first ones; 0 or more.

    Returns:
        The sections that there are: all layers, their probes, single samples, the training, other networks.
    """
    shared = (x.capacities or {}).items()
    return [
        _knowledge(x),
        *([_samples(x, x.found, show)] if x.found is not None and show else []),
        *([] if x.course is None else [_training(x.name, x.course)]),
        *(_capacity(x.name, other, found) for other, found in shared),
        Section(f"The linear probes of {x.name}", sentences=[f"Layer {sentence}" for sentence in x.probes.sentences()]),
    ]


def _knowledge(x: Layered) -> Section:
    wide, pictures, said = [], [], list(x.refused)
    if x.found is not None:
        said = [*x.found.sentences(), *said]
        wide = [
            Picture(f"layers-{x.name}", "Every layer against the output, by order",
                    "At each layer a linear probe reads the features as logits, and has interactions of its own. "
                    "Shared is the strength that both have: the same players, type and sign.", layer_parts(x.found)),
            Picture(f"layers-flow-{x.name}", "From layer to layer",
                    "What becomes of the strength of each layer in the next one.", figure_of(layer_flow(x.found))),
        ]  # fmt: skip
        pictures = [
            Picture(f"layers-shares-{x.name}", "Over depth",
                    "Completeness: the share of the output's strength that a layer has already. Redundancy: the share "
                    "of the layer's strength that the output does not use.", figure_of(layer_shares(x.found)))
        ]  # fmt: skip
    if x.stability is not None:
        said += x.stability.sentences()
        pictures.append(
            Picture(f"stability-{x.name}", "Under noise",
                    "How little the interactions change when noise is added to the sample, by order.",
                    figure_of(stability_by_order(x.stability)))
        )  # fmt: skip
    return Section(_heading(x), pictures, wide, sentences=said)


def layer_highlight(x: Layered) -> Highlight | None:
    """The finding that a page opens with; nothing where it is not known."""
    return None if x.found is None else forgetting(x.found, _heading(x))


def _heading(x: Layered) -> str:
    return f"What each layer of {x.name} knows, keeps and forgets"


def _samples(x: Layered, found: LayerByLayer, show: int) -> Section:
    pictures: list[Picture] = []
    for sample in range(min(show, found.samples)):
        drawn, place = first_of_sample(x.output[sample]), x.places[sample]
        title = f"{place[0].upper()}{place[1:]}{drawn.title.removeprefix(f'Sample {sample}')}"
        pictures += [
            replace(drawn, name=f"layers-{x.name}-{drawn.name}", title=title),
            Picture(f"layers-followed-{x.name}-{sample}", f"The same ({place}), layer by layer",
                    f"The interactions that are the strongest in any layer.{_UNIT * found.normalized}",
                    figure_of(followed_interactions(found, sample, _FOLLOWED))),
        ]  # fmt: skip
    return Section(f"Single samples through the layers of {x.name}", pictures)


def _training(name: str, course: LayerCourse) -> Section:
    pictures = [
        Picture(f"layers-{value}-{name}", value.capitalize(), "Each checkpoint against its own output.",
                figure_of(layer_heat_map(course, value)))
        for value in ("completeness", "redundancy")
    ]  # fmt: skip
    return Section(f"The layers of {name} over the training", pictures, sentences=course.sentences())


_SAME_SAMPLES = "Of networks that were trained on the same samples, this is at most what generalizes to others."


def _capacity(name: str, other: str, found: GeneralizationCapacity) -> Section:
    picture = Picture(f"capacity-{name}-{other}", "Generalization capacity",
                      "Salient interactions that both networks have, of those that either has, on the same samples.",
                      figure_of(capacity_by_order(found)))  # fmt: skip
    return Section(
        f"What the layers of {name} and {other} have in common",
        [picture],
        sentences=[*found.sentences(), _SAME_SAMPLES],
    )
