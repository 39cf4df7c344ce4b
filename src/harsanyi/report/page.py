"""One self-contained HTML page of a result: words, pictures and the record; no script, nothing loaded from outside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from harsanyi.interactions import Interactions
from harsanyi.report.pictures import Picture, of_sample, overview
from harsanyi.sample import SampleInteractions


def write_page(
    interactions: Interactions, path: Path, *, title: str, findings: Sequence[str], samples: int = 6
) -> Path:
    """Write the page.

    Args:
        interactions: what it shows.
        path: the HTML file.
        title: its heading.
        findings: sentences on top.
        samples: how many samples get a picture of their own.

    Returns:
        The path.
    """
    from jinja2 import Environment

    shown = [interactions[i] for i in range(min(samples, len(interactions)))]
    template = Environment(autoescape=True).from_string(
        files("harsanyi.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    path.write_text(
        template.render(
            title=title,
            findings=findings,
            pictures=[_embedded(picture) for picture in overview(interactions)],
            samples=[(*_embedded(of_sample(sample)[0]), _sentence(sample), _rows(sample)) for sample in shown],
            record=interactions.provenance,
            x=interactions,
        ),
        encoding="utf-8",
        errors="replace",
    )
    return path


def _sentence(sample: SampleInteractions) -> str:
    """The sentence that a sample is, to read and to copy; nothing of any other."""
    inputs = sample.parent.inputs
    return str(inputs[sample.index]) if inputs is not None and sample.plot.sample_kind() == "sentence" else ""


def _rows(sample: SampleInteractions, k: int = 6) -> list[tuple[str, str, str]]:
    top = sample.top(k)
    return [
        (kind, players, f"{effect:+.3g}")
        for kind, players, effect in zip(top["type"], top["players"], top["effect"], strict=True)
    ]


def _embedded(picture: Picture) -> tuple[str, str, str]:
    return picture.title, picture.text, base64.b64encode(picture.png()).decode("ascii")
