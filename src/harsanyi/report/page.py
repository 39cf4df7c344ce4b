"""One self-contained HTML page: the findings first, then words, pictures, single samples and the record.

Everything is within the file: it loads nothing, and its policy forbids it to. What is read from data is text to it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markupsafe import Markup

from harsanyi.report.cards import Card
from harsanyi.report.charts import Chart
from harsanyi.report.explorer import Explorer
from harsanyi.report.glossary import terms_of
from harsanyi.report.highlights import MOST, Highlight
from harsanyi.report.pictures import Picture
from harsanyi.whole_files import write_whole

_FIRST = 3  # sentences of a section that stand open where there are more
_MINUS = re.compile(r"(?<![\w.)-])-(?=\d)")
_DANGEROUS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}  # within a script


@dataclass(frozen=True, eq=False)
class Section:
    """A part of a page.

    Attributes:
        heading: its heading.
        pictures: side by side where there is room.
        wide: pictures that need the whole width, below each other, before the others.
        cards: single samples, each with its picture and strongest effects.
        sentences: in words, before all pictures.
        charts: that answer to a click, before the pictures.
        explorer: single samples to look up, or nothing.
        closed: what only some readers ask for, at the end, closed until it is opened: each with heading, sentences and
            wide pictures.
    """

    heading: str
    pictures: Sequence[Picture] = ()
    wide: Sequence[Picture] = ()
    cards: Sequence[Card] = ()
    sentences: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    explorer: Explorer | None = None
    closed: Sequence[Section] = ()

    @property
    def drawn(self) -> list[Picture]:
        """All its pictures but those of single samples."""
        own = [*self.wide, *self.pictures, *(picture for chart in self.charts for picture in chart.pictures)]
        return [*own, *(picture for each in self.closed for picture in each.drawn)]


@dataclass(frozen=True, eq=False)
class Page:
    """What a page says.

    Attributes:
        title: its heading.
        sections: in their order.
        record: how all this was computed, at the end.
        highlights: what it opens with; those beyond `MOST` are left to the sections.
        lead: sentences that no section says, under the title.
    """

    title: str
    sections: Sequence[Section]
    record: Mapping[str, Any]
    highlights: Sequence[Highlight] = ()
    lead: Sequence[str] = ()


def render_page(page: Page, path: Path) -> Path:
    """Write a page; a file that is there is replaced as a whole.

    Args:
        page: what it says.
        path: the HTML file.

    Returns:
        The path.
    """
    from jinja2 import Environment

    environment = Environment(autoescape=True)
    environment.filters |= {"slug": slug, "data": script_data, "png": _embedded, "leaves": leaves,
                            "typeset": typeset}  # fmt: skip
    plain = {name: Markup(_read(f"page.{name}")) for name in ("css", "js")}
    interactive = any(section.charts or section.explorer for section in page.sections)
    text = environment.from_string(_read("page.html.j2")).render(
        page=page, highlights=chosen(page.highlights), terms=terms_of(_said(page)), first=_FIRST, **plain,
        plotly=Markup(_plotly()) if interactive else "",
    )  # fmt: skip
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8", errors="replace"))
    return path


def _said(page: Page) -> str:
    """All that a page says but its record, names of players and numbers."""
    said = [*page.lead, *(f"{one.sentence} {one.detail}" for one in page.highlights)]
    for section in [each for one in page.sections for each in (one, *one.closed)]:
        said += [section.heading, *section.sentences, *(card.said for card in section.cards)]
        said += [f"{picture.title} {picture.text}" for picture in section.drawn]
        said += [f"{chart.title} {chart.text}" for chart in section.charts]
    return "\n".join(said)


def chosen(highlights: Sequence[Highlight]) -> list[Highlight]:
    """As many highlights as a first screen takes; warnings come last and stay."""
    warnings = [one for one in highlights if one.warns][:MOST]
    return [*[one for one in highlights if not one.warns][: MOST - len(warnings)], *warnings]


def slug(heading: str) -> str:
    """The name of a section in links.

    Example:
        >>> slug("How <b>cnn</b> learned")
        'how-b-cnn-b-learned'
    """
    return re.sub(r"[\W_]+", "-", heading.lower()).strip("-") or "section"


def script_data(value: Any) -> Markup:
    """JSON that is safe within a script: nothing in it can end the script or begin another.

    Example:
        >>> print(script_data({"name": "</script>"}))
        {"name":"\\u003c/script\\u003e"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_DANGEROUS))


def typeset(said: str) -> str:
    """Words as a page sets them: true minus signs, and no line that begins with %.

    Example:
        >>> typeset("-0.3 (95 % interval -1 to 2)") == "−0.3 (95\u00a0% interval −1 to 2)"
        True
    """
    return _MINUS.sub("−", said.replace(" %", "\u00a0%"))


def leaves(value: Any) -> int:
    """How many single values something holds.

    Example:
        >>> leaves({"a": [1, 2], "b": "text"})
        3
    """
    if isinstance(value, Mapping):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list | tuple) else 1


def write_pictures(sections: Sequence[Section], path: Path) -> None:
    """Write the pictures of some sections into a folder, as PNG files."""
    for section in sections:
        for picture in section.drawn:
            (path / f"{picture.name}.png").write_bytes(picture.png)


def _embedded(picture: Picture) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.png).decode('ascii')}"


def _read(name: str) -> str:
    return files("harsanyi.report").joinpath(name).read_text(encoding="utf-8")


def _plotly() -> str:
    """The code of the charts; "" where plotly is not installed, which leaves the pictures in their place."""
    if find_spec("plotly") is None:
        return ""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
