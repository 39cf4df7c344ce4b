"""One self-contained HTML page of a result: words, pictures and the record; no script, nothing loaded from outside."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from harsanyi.interactions import Interactions, SampleInteractions

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_page(
    interactions: Interactions, path: Path, *, title: str, findings: Sequence[str], seconds: float, samples: int = 6
) -> Path:
    """Write the page.

    Args:
        interactions: what it shows.
        path: the HTML file.
        title: its heading.
        findings: sentences on top.
        seconds: the whole run took.
        samples: how many samples get a picture of their own.

    Returns:
        The path.
    """
    from jinja2 import Environment

    plot = interactions.plot
    pictures = [
        ("Strength by order", "Sum of the positive and of the negative salient effects that join k variables.",
         plot.strength_by_order().figure),
        ("A few effects carry the score", "All effects by strength; the line is the threshold of salience.",
         plot.sorted_effects().figure),
        ("How many effects it takes", "Error of the k strongest effects on all masked versions of a sample.",
         plot.reproduction().figure),
        ("Strongest effects over all samples", "Mean effect of each set of patches.", plot.top_interactions().figure),
    ]  # fmt: skip
    shown = [interactions[i] for i in range(min(samples, len(interactions)))]
    template = Environment(autoescape=True).from_string(
        files("harsanyi.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    path.write_text(
        template.render(
            title=title,
            findings=findings,
            pictures=[(name, text, _embedded(figure)) for name, text, figure in pictures],
            samples=[(_caption(sample), _embedded(_sample_figure(sample)), _rows(sample)) for sample in shown],
            record={**interactions.provenance, "seconds": f"{seconds:.1f} in all"},
            x=interactions,
        ),
        encoding="utf-8",
    )
    return path


def _sample_figure(sample: SampleInteractions) -> Figure:
    parent = sample.parent
    if parent.inputs is not None and parent.regions is not None and parent.inputs.ndim >= 4:
        return sample.plot.top_patches()
    return sample.plot.top_interactions().figure


def _caption(sample: SampleInteractions) -> str:
    return f"Sample {sample.index}, class {sample.label}: score {sample.scores[-1]:.2f}"


def _rows(sample: SampleInteractions, k: int = 6) -> list[tuple[str, str, str]]:
    top = sample.top(k)
    return [
        (kind, players, f"{effect:+.3g}")
        for kind, players, effect in zip(top["type"], top["players"], top["effect"], strict=True)
    ]


def _embedded(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
