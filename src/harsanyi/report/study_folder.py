"""What a study found, as a page, tables and pictures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.theory_fit import TheoryFit
from harsanyi.core.errors import ArgumentError
from harsanyi.report.page import render_page
from harsanyi.report.training import comparison, training_section, write_training_tables
from harsanyi.study.study import Study


def write_study(study: Study, path: Path, title: str = "How the networks learned") -> tuple[Path, list[str]]:
    """Write what the checkpoints that are done tell; the folder is replaced as a whole.

    Args:
        study: with at least one checkpoint done.
        path: the folder.
        title: heading of the page.

    Returns:
        The page, and the findings in sentences.

    Raises:
        ArgumentError: no checkpoint is done.
    """
    found = {name: (dynamics, theory_of(study, network, at, dynamics))
             for name, network, at in _courses(study)
             for dynamics in [study.dynamics(network, at)]}  # fmt: skip
    sections = [training_section(name, *pair) for name, pair in found.items()]
    several = {name: dynamics for name, (dynamics, _) in found.items()}
    said = {name: list(section.sentences) for name, section in zip(found, sections, strict=True)}
    findings = (
        next(iter(said.values())) if len(said) == 1 else [f"{name}: {' '.join(told)}" for name, told in said.items()]
    )
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    opening = [comparison(several)] if len(found) > 1 else []
    bare = [*opening, *(section.bare() for section in sections)]
    render_page(partial / "index.html", title=title, findings=findings, sections=bare, record=study.record())
    for section in (*opening, *sections):
        for picture in (*section.wide, *section.pictures):
            (partial / f"{picture.name}.png").write_bytes(picture.png)
    for name, pair in found.items():
        write_training_tables(name, *pair, partial)
    (partial / "findings.txt").write_text("\n".join(findings) + "\n", encoding="utf-8")
    shutil.rmtree(path, ignore_errors=True)
    partial.rename(path)
    return path / "index.html", findings


def theory_of(study: Study, network: str, at: str | None, dynamics: Dynamics) -> TheoryFit | None:
    """The theory beside the dynamics; nothing where a single checkpoint, or no salient effect, says nothing."""
    try:
        return study.theory(network, at, dynamics)
    except ArgumentError as error:
        if error.argument not in ("dynamics", "converged"):
            raise
        return None


def _courses(study: Study) -> list[tuple[str, str, Any]]:
    """What is shown apart: name, network and layer."""
    one = len(study.layers) == 1
    return [(network if one else f"{network}-{at or 'input'}", network, at)
            for network in study.targets for at in study.layers]  # fmt: skip
