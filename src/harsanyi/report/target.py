"""All that a study tells of one target: how it learned, and what its interactions are worth elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.theory_fit import TheoryFit
from harsanyi.core.errors import ArgumentError
from harsanyi.report.generalization import Comparisons, compare, comparison_sections, write_comparison_tables
from harsanyi.report.page import Section
from harsanyi.report.training import training_section, write_training_tables
from harsanyi.study.study import Study


@dataclass(frozen=True, eq=False)
class Told:
    """What a study tells of one target and layer.

    Attributes:
        name: for titles and file names.
        dynamics: of the training.
        theory: beside it, or nothing.
        comparisons: with other networks and between parts of the samples, or nothing.
        sections: of a page; sentences that are among the findings are not in them again.
        findings: in sentences.
    """

    name: str
    dynamics: Dynamics
    theory: TheoryFit | None
    comparisons: Comparisons | None
    sections: list[Section]
    findings: list[str]

    def write_tables(self, path: Path) -> None:
        """The numbers, as CSV files."""
        write_training_tables(self.name, self.dynamics, self.theory, path)
        if self.comparisons is not None:
            write_comparison_tables(self.name, self.comparisons, path)


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
    first, comparisons = training_section(name, dynamics, theory), compare(study, network, at)
    more = [] if comparisons is None else comparison_sections(name, comparisons)
    findings = [*first.sentences, *([] if comparisons is None else comparisons.findings())]
    return Told(name, dynamics, theory, comparisons, [first.bare(), *more], findings)


def theory_of(study: Study, network: str, at: str | None, dynamics: Dynamics) -> TheoryFit | None:
    """The theory beside the dynamics; nothing where a single checkpoint, or no salient effect, says nothing."""
    try:
        return study.theory(network, at, dynamics)
    except ArgumentError as error:
        if error.argument not in ("dynamics", "converged"):
            raise
        return None
