"""What a study found, as a page, tables and pictures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from harsanyi.report.page import render_page, write_pictures
from harsanyi.report.target import tell
from harsanyi.report.training import comparison
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
    told = [tell(study, *course) for course in _courses(study)]
    findings = told[0].findings if len(told) == 1 else [f"{each.name}: {' '.join(each.findings)}" for each in told]
    opening = [comparison({each.name: each.dynamics for each in told})] if len(told) > 1 else []
    sections = [*opening, *(section for each in told for section in each.sections)]
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    render_page(partial / "index.html", title=title, findings=findings, sections=sections, record=study.record())
    write_pictures(sections, partial)
    for each in told:
        each.write_tables(partial)
    (partial / "findings.txt").write_text("\n".join(findings) + "\n", encoding="utf-8")
    shutil.rmtree(path, ignore_errors=True)
    partial.rename(path)
    return path / "index.html", findings


def _courses(study: Study) -> list[tuple[str, str, Any]]:
    """What is shown apart: name, network and layer."""
    one = len(study.layers) == 1
    return [(network if one else f"{network}-{at or 'input'}", network, at)
            for network in study.targets for at in study.layers]  # fmt: skip
