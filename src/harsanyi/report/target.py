"""All that a study tells of one target: how it learned, and what its interactions are worth elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.theory_fit import TheoryFit
from harsanyi.core.errors import ArgumentError
from harsanyi.report.confusing import Confusing, ask_confusing, chosen_of, done_of
from harsanyi.report.confusing_sections import (
    confusing_highlight,
    confusing_sections,
    ranking_sentences,
    write_confusing_tables,
)
from harsanyi.report.generalization import (
    Comparisons,
    compare,
    comparison_sections,
    generalization_heading,
    write_comparison_tables,
)
from harsanyi.report.highlights import Highlight, generalizing, over_fitting, warning
from harsanyi.report.layer_tables import write_layer_tables
from harsanyi.report.layers import Layered, ask_layered, layer_highlight, layer_sections, layered_done
from harsanyi.report.page import Section
from harsanyi.report.training import training_heading, training_section, write_training_tables
from harsanyi.study.study import Study

_SHOWN = 3  # most and least confusing samples, and samples that are followed through the layers


@dataclass(frozen=True, eq=False)
class Told:
    """What a study tells of one target and layer.

    Attributes:
        name: for titles and file names.
        dynamics: of the training.
        theory: beside it, or nothing.
        comparisons: with other networks and between parts of the samples, or nothing.
        confusing: the samples that confuse it, or nothing where none is done at every checkpoint.
        layered: what its layers know, likewise, or nothing where the study reads none.
        sections: of a page.
        findings: in sentences.
        highlights: what a page opens with.
    """

    name: str
    dynamics: Dynamics
    theory: TheoryFit | None
    comparisons: Comparisons | None
    confusing: Confusing | None
    layered: Layered | None
    sections: list[Section]
    findings: list[str]
    highlights: list[Highlight]

    def write_tables(self, path: Path) -> None:
        """The numbers, as CSV files."""
        write_training_tables(self.name, self.dynamics, self.theory, path)
        if self.comparisons is not None:
            write_comparison_tables(self.name, self.comparisons, path)
        if self.confusing is not None:
            write_confusing_tables(self.confusing, path, f"confusing-{self.name}")
        if self.layered is not None:
            write_layer_tables(self.layered, path)


def tell(study: Study, name: str, network: str, at: str | None) -> Told:
    """Ask a study all it can tell of one target and layer.

    Args:
        study: with at least one checkpoint of it done.
        name: for titles and file names.
        network: the target.
        at: the layer; nothing where there is only one.

    Raises:
        ArgumentError: no checkpoint is done.
    """
    dynamics = study.dynamics(network, at)
    theory = theory_of(study, network, at, dynamics)
    comparisons = compare(study, network, at)
    course, losses = None if comparisons is None else comparisons.course, study.losses(network)
    left_out = losses is not None and len(losses.mislabelled) > 0
    first = training_section(name, dynamics, theory, course, left_out)
    confusing, layered = _confusing(study, name, network, at), _layered(study, name, network)
    sections = [first, *([] if layered is None else layer_sections(layered, _SHOWN)),
                *([] if comparisons is None else comparison_sections(name, comparisons)),
                *([] if confusing is None else confusing_sections(confusing, _SHOWN))]  # fmt: skip
    findings = [*first.sentences, *([] if layered is None else layered.finding()),
                *([] if comparisons is None else comparisons.findings()),
                *([] if confusing is None else ranking_sentences(confusing)[:1])]  # fmt: skip
    highlights = _highlights(name, dynamics, comparisons, confusing, layered)
    return Told(name, dynamics, theory, comparisons, confusing, layered, sections, findings, highlights)


def _highlights(
    name: str, dynamics: Dynamics, comparisons: Comparisons | None, confusing: Confusing | None, layered: Layered | None
) -> list[Highlight]:
    """What the first screen says: the training, what generalizes, confusing samples, layers, and what is not known."""
    course = None if comparisons is None else comparisons.course
    found = [over_fitting(dynamics, training_heading(name)),
             None if course is None else generalizing(course, generalization_heading(name)),
             None if confusing is None else confusing_highlight(confusing),
             None if layered is None else layer_highlight(layered)]  # fmt: skip
    refused = () if comparisons is None else comparisons.refused
    return [*(one for one in found if one is not None), *(warning(sentence) for sentence in refused)]


def _confusing(study: Study, name: str, network: str, at: str | None) -> Confusing | None:
    """The samples that confuse the target, of those that are done for it and for the baselines."""
    done = done_of(study, [network], chosen_of(study), at)
    return ask_confusing(study, name, network, at, done) if len(done) else None


def _layered(study: Study, name: str, network: str) -> Layered | None:
    """What the layers of the target know of the samples that are done at all its checkpoints."""
    done = layered_done(study, [network])
    return ask_layered(study, name, network, done) if len(done) else None


def courses(study: Study) -> list[tuple[str, str, str]]:
    """What is shown apart: a name, and the target and layer that it is of."""
    one = len(study.asked) == 1
    return [(network if one else f"{network}-{at or 'input'}", network, at)
            for network in study.targets for at in study.asked]  # fmt: skip


def theory_of(study: Study, network: str, at: str | None, dynamics: Dynamics) -> TheoryFit | None:
    """The theory beside the dynamics; nothing where a single checkpoint, or no salient effect, says nothing."""
    try:
        return study.theory(network, at, dynamics)
    except ArgumentError as error:
        if error.argument not in ("dynamics", "converged"):
            raise
        return None
