"""The pictures that folders and pages show."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property

from matplotlib.figure import Figure

from harsanyi.interactions import Interactions
from harsanyi.plots.style import figure_of
from harsanyi.sample import SampleInteractions

_ON_SAMPLE = {  # ending of the file, and what is drawn
    "image": ("patches", "on the image. Thin outlines are the other players."),
    "sentence": ("words", "in the sentence. Thin boxes are the other players."),
    "points": ("clusters", "in the point cloud. Darker dots are the other players."),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with its file name (without ending), title and a sentence that explains it."""

    name: str
    title: str
    text: str
    figure: Figure

    @cached_property
    def png(self) -> bytes:
        """The picture as a PNG file; drawn once, for the page and the file."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=110)  # laid out within its edges when it was made
        return buffer.getvalue()


def overview(interactions: Interactions) -> list[Picture]:
    """What all samples together show; effects by players only where all samples share their players."""
    plot = interactions.plot
    pictures = [
        Picture("orders", "Strength by order",
                "Sum of the positive and of the negative salient effects that join k variables.",
                figure_of(plot.strength_by_order())),
        Picture("effects", "Effects by strength",
                "All effects, the strongest first; the line is the threshold of salience.",
                figure_of(plot.sorted_effects())),
        Picture("reproduction", "How many effects it takes",
                "Error of the k strongest effects on all masked versions of a sample.", figure_of(plot.reproduction())),
    ]  # fmt: skip
    if interactions.same_players:  # else a mean over the samples would mix different things
        bars = figure_of(plot.top_interactions())
        pictures.append(
            Picture("top", "Strongest effects over all samples", "Mean effect of each set of variables.", bars)
        )
    return pictures


def of_sample(sample: SampleInteractions, first: Picture | None = None) -> list[Picture]:
    """What one sample shows: its strongest effects, drawn on the sample where that can be drawn, and as bars.

    Args:
        sample: the sample.
        first: what `first_of_sample` gave, where it is drawn already.
    """
    first = first_of_sample(sample) if first is None else first
    return [first] if first.name == _bars_name(sample) else [first, _bars(sample)]


def first_of_sample(sample: SampleInteractions) -> Picture:
    """The first of `of_sample`."""
    return _on_sample(sample) or _bars(sample)


def _on_sample(sample: SampleInteractions) -> Picture | None:
    kind, drawn = sample.plot.sample_kind(), sample.plot.top_on_sample()
    if kind is None or drawn is None:
        return None
    ending, text = _ON_SAMPLE[kind]
    return Picture(f"{_name(sample)}-{ending}", _title(sample), f"Its strongest effects, {text}", drawn)


def _bars(sample: SampleInteractions) -> Picture:
    drawn = figure_of(sample.plot.top_interactions())
    return Picture(_bars_name(sample), _title(sample), "Its strongest effects.", drawn)


def _bars_name(sample: SampleInteractions) -> str:
    return f"{_name(sample)}-top"


def _name(sample: SampleInteractions) -> str:
    return f"sample-{sample.index}"


def _title(sample: SampleInteractions) -> str:
    label = f", {sample.label_text}" if sample.label_text else ""
    nothing, whole = sample.scores[[0, -1]]
    scores = f"score {whole:.4g}, with all players masked {nothing:.4g}".replace("-", "−")
    return f"Sample {sample.index}{label}: {scores}"
