"""What some interactions show by themselves, as sections of a page and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harsanyi.interactions import Interactions
from harsanyi.report.cards import card
from harsanyi.report.explorer import SAMPLES, explorer
from harsanyi.report.own_highlights import certificates, simplicity, strongest
from harsanyi.report.page import Page, Section, render_page
from harsanyi.report.pictures import overview
from harsanyi.report.setting import origin, setting
from harsanyi.report.words import sentences

TITLE = "What the network has learned"
SINGLE = "Single samples"
_CARDS = 6  # samples with a picture of their own


def own_sections(x: Interactions, samples: int = SAMPLES) -> tuple[Section, Section]:
    """What some interactions show: all samples together, and single ones.

    Args:
        x: what is shown.
        samples: how many can be looked up at most, 1 or more.
    """
    each = [x[i] for i in range(len(x))]
    found = explorer(each, most=samples) if each else None
    return all_section(x), Section(SINGLE, cards=[card(one) for one in each[:_CARDS]], explorer=found)


def all_section(x: Interactions, noun: str = "samples") -> Section:
    """What all samples show together.

    Args:
        x: of the samples.
        noun: what they are, in the plural.
    """
    heading = f"All {len(x)} {noun}" if len(x) != 1 else f"The {noun.replace('samples', 'sample', 1)}"
    return Section(heading, overview(x), sentences=sentences(x))


def own_page(x: Interactions, title: str = TITLE, samples: int = SAMPLES, lead: Sequence[str] = ()) -> Page:
    """The page of some interactions.

    Args:
        x: what it shows.
        title: its heading.
        samples: how many can be looked up at most, 1 or more.
        lead: sentences under the title, before those on what is explained.
    """
    sections = own_sections(x, samples)
    heading = sections[0].heading
    highlights = [*strongest(x, heading), *certificates(x, heading), *simplicity(x, heading)]
    said = [*lead, *origin(x.provenance), *setting(x.provenance, x.n)]
    return Page(title, sections, x.provenance, highlights, said)


def write_page(
    x: Interactions, path: Path, *, title: str = TITLE, samples: int = SAMPLES, lead: Sequence[str] = ()
) -> Path:
    """Write the page of some interactions; arguments as of `own_page`, and the HTML file.

    Returns:
        The path.
    """
    return render_page(own_page(x, title, samples, lead), path)
