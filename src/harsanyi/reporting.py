"""The page of whatever is there: interactions, a study or a demo; what `harsanyi report` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harsanyi.core.errors import ArgumentError
from harsanyi.demo import ask_demo, is_demo
from harsanyi.interactions import Interactions
from harsanyi.report.explorer import SAMPLES
from harsanyi.report.folder import RESULT
from harsanyi.report.page import render_page
from harsanyi.report.writing import check_page, write_interactions, write_study_page
from harsanyi.study import Study
from harsanyi.study.record import FILE

PAGE = "report.html"


def write_report(
    path: Path, out: Path | None = None, samples: int = SAMPLES, begun: Callable[[], None] = lambda: None
) -> Path:
    """Write one HTML page, which needs nothing else.

    Args:
        path: an .npz file of interactions, or the folder of a result, of a study or of a demo.
        out: the HTML file; nothing for report.html in the folder, or a file beside the interactions that has their
            name.
        samples: how many can be looked up on the page at most, 1 or more.
        begun: called when all is checked and the work begins.

    Returns:
        The path written.

    Raises:
        ArgumentError: nothing there, or nothing of that kind; what `write_interactions` refuses.
    """
    page, found = _beside(path) if out is None else out, _found(path)
    check_page(page, samples)
    begun()
    if isinstance(found, Study):
        return write_study_page(found, page, samples)
    if isinstance(found, Interactions):
        return write_interactions(found, page, samples)
    return render_page(ask_demo(path).page(samples), page)


def _found(path: Path) -> Study | Interactions | None:
    """What is there; nothing for a demo, which takes long to ask."""
    accepted = "an .npz file of interactions, or the folder of a result, a study or a demo"
    if not path.exists():
        raise ArgumentError("path", f"{path}, which does not exist", accepted)
    if is_demo(path):
        return None
    if (path / FILE).is_file():
        return Study(path)
    result = path / RESULT if path.is_dir() else path
    if not result.is_file():
        raise ArgumentError("path", path, accepted)
    return Interactions.load(result)


def _beside(path: Path) -> Path:
    return path / PAGE if path.is_dir() else path.with_suffix(".html")
