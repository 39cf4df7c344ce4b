"""What a study found, as a page, tables and pictures."""

from __future__ import annotations

from pathlib import Path

from harsanyi.report.factors import factor_overlaps, factor_section, write_factor_tables
from harsanyi.report.folder import replaced
from harsanyi.report.overlap import network_overlaps, overlap_section, write_overlap_tables
from harsanyi.report.page import render_page, write_pictures
from harsanyi.report.target import courses, tell
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
    told, factors = [tell(study, *course) for course in courses(study)], factor_overlaps(study)
    overlaps = network_overlaps(study)
    findings = told[0].findings if len(told) == 1 else [f"{each.name}: {' '.join(each.findings)}" for each in told]
    opening = [comparison({each.name: each.dynamics for each in told})] if len(told) > 1 else []
    if factors:
        opening.append(factor_section(factors))
        findings = [*opening[-1].sentences, *findings]
    opening += [overlap_section(overlaps)] if overlaps else []
    sections = [*opening, *(section for each in told for section in each.sections)]
    with replaced(path) as folder:
        render_page(folder / "index.html", title=title, findings=findings, sections=sections, record=study.record())
        write_pictures(sections, folder)
        for each in told:
            each.write_tables(folder)
        write_factor_tables(factors, folder)
        write_overlap_tables(overlaps, folder)
        (folder / "findings.txt").write_text("\n".join(findings) + "\n", encoding="utf-8")
    return path / "index.html", findings
