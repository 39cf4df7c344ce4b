"""One self-contained HTML page of a result: words, pictures and the record; no script, nothing loaded from outside."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from harsanyi.interactions import Interactions
from harsanyi.report.cards import Card, card
from harsanyi.report.pictures import Picture, overview


@dataclass(frozen=True, eq=False)
class Section:
    """A part of a page.

    Attributes:
        heading: its heading.
        pictures: side by side where there is room.
        wide: pictures that need the whole width, below each other, before the others.
        cards: single samples, each with its picture and strongest effects.
        sentences: in words, before all pictures.
    """

    heading: str
    pictures: Sequence[Picture] = ()
    wide: Sequence[Picture] = ()
    cards: Sequence[Card] = ()
    sentences: Sequence[str] = ()

    def bare(self) -> Section:
        """The section without its sentences, where these stand on top of the page."""
        return replace(self, sentences=())


def write_page(
    interactions: Interactions,
    path: Path,
    *,
    title: str,
    findings: Sequence[str],
    samples: int = 6,
    opening: Sequence[Section] = (),
) -> Path:
    """Write the page of some interactions.

    Args:
        interactions: what it shows.
        path: the HTML file.
        title: its heading.
        findings: sentences on top.
        samples: how many samples get a picture of their own.
        opening: sections before those of the interactions.

    Returns:
        The path.
    """
    sections = [*opening, *own_sections(interactions, samples)]
    return render_page(path, title=title, findings=findings, sections=sections, record=interactions.provenance)


def own_sections(interactions: Interactions, samples: int = 6) -> tuple[Section, Section]:
    """What some interactions show: all samples together, and the first ones alone.

    Args:
        interactions: what is shown.
        samples: how many get a picture of their own.
    """
    single = [card(interactions[i]) for i in range(min(samples, len(interactions)))]
    return Section(f"All {len(interactions)} samples", overview(interactions)), Section("Single samples", cards=single)


def render_page(
    path: Path, *, title: str, findings: Sequence[str], sections: Sequence[Section], record: Mapping[str, Any]
) -> Path:
    """Write a page of any sections.

    Args:
        path: the HTML file.
        title: its heading.
        findings: sentences on top.
        sections: in their order.
        record: how all this was computed, at the end.

    Returns:
        The path.
    """
    from jinja2 import Environment

    template = Environment(autoescape=True).from_string(
        files("harsanyi.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    shown = [
        {
            "heading": section.heading,
            "sentences": section.sentences,
            "wide": list(map(_embedded, section.wide)),
            "pictures": list(map(_embedded, section.pictures)),
            "cards": [(one, *_embedded(one.picture)[1:]) for one in section.cards],
        }
        for section in sections
    ]
    page = template.render(title=title, findings=findings, sections=shown, record=record)
    path.write_text(page, encoding="utf-8", errors="replace")
    return path


def write_pictures(sections: Sequence[Section], path: Path) -> None:
    """Write the pictures of some sections into a folder, as PNG files."""
    for section in sections:
        for picture in (*section.wide, *section.pictures):
            (path / f"{picture.name}.png").write_bytes(picture.png)


def _embedded(picture: Picture) -> tuple[str, str, str]:
    return picture.title, picture.text, base64.b64encode(picture.png).decode("ascii")
