"""One HTML file of some interactions, or of a study."""

from __future__ import annotations

from pathlib import Path

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.interactions import Interactions
from harsanyi.report.explorer import SAMPLES
from harsanyi.report.own import own_page
from harsanyi.report.page import render_page
from harsanyi.report.study_folder import ask_study, study_page
from harsanyi.study.study import Study


def write_interactions(interactions: Interactions, out: Path, samples: int = SAMPLES) -> Path:
    """Write the page of some interactions.

    Args:
        interactions: of at least one sample.
        out: the HTML file.
        samples: how many can be looked up on it at most, 1 or more.

    Returns:
        The path.

    Raises:
        ArgumentError: no sample; a number out of range; a file in a folder that does not exist.
    """
    check_page(out, samples)
    if len(interactions) == 0:
        raise ArgumentError("interactions", "no samples", "at least one")
    return render_page(own_page(interactions, samples=samples), out)


def write_study_page(study: Study, out: Path, samples: int = SAMPLES) -> Path:
    """Write the page of what is done of a study; as `write_interactions`."""
    check_page(out, samples)
    return render_page(study_page(study, ask_study(study), samples=samples), out)


def check_page(out: Path, samples: int) -> None:
    """Refuse a file that cannot be written, or a number of samples that is out of range."""
    require_whole(samples=samples)
    if out.is_dir() or not out.parent.is_dir():
        raise ArgumentError("out", out, "an HTML file in a folder that exists")
