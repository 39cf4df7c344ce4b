"""A single sample of a page: its picture, words about it, and its strongest effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from harsanyi.analysis.transfer import Bools
from harsanyi.core.strength import strongest_first
from harsanyi.report.inputs import thumbnail
from harsanyi.report.pictures import Picture, first_of_sample
from harsanyi.sample import SampleInteractions

ROWS = 6  # strongest effects that are listed


@dataclass(frozen=True, eq=False)
class Transferred:
    """Which effects are salient, and which of these generalize, bool (2, samples, 2**n), of one sample (2, 2**n)."""

    salient: Bools
    generalizes: Bools

    def of(self, sample: int) -> Transferred:
        """Those of one of the samples."""
        return Transferred(self.salient[:, sample], self.generalizes[:, sample])


@dataclass(frozen=True, eq=False)
class Card:
    """What a page shows of one sample.

    Attributes:
        title: its heading.
        picture: of the strongest effects.
        said: words about it, or "".
        sentence: the sample itself where it is a sentence, to read and to copy; else "".
        columns: of the strongest effects.
        rows: their values, strongest first.
        numeric: which column holds numbers.
        thumbnail: the sample itself where it is an image, a data URI; else "".
    """

    title: str
    picture: Picture
    said: str
    sentence: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: int = 2
    thumbnail: str = ""


def card(sample: SampleInteractions, title: str = "", said: str = "", transferred: Transferred | None = None) -> Card:
    """What a page shows of one sample.

    Args:
        sample: the sample.
        title: its heading; that of its picture unless given.
        said: words about it.
        transferred: which of its effects generalize; nothing where that is not asked.

    Returns:
        The `Card`.
    """
    picture = first_of_sample(sample)
    columns, rows = ["type", "variables", "effect on the score"], _rows(sample)
    if transferred is not None:
        columns = [*columns, "generalizes"]
        rows = [[*row, word] for row, word in zip(rows, _marks(sample, transferred), strict=True)]
    return Card(title or picture.title, picture, said, _sentence(sample), columns, rows, thumbnail=thumbnail(sample))


def _sentence(sample: SampleInteractions) -> str:
    """The sentence that a sample is; nothing of any other."""
    inputs = sample.parent.inputs
    return str(inputs[sample.index]) if inputs is not None and sample.plot.sample_kind() == "sentence" else ""


def _rows(sample: SampleInteractions) -> list[list[str]]:
    top = sample.top(ROWS)
    found = zip(top["type"], top["players"], top["effect"], strict=True)
    return [[kind, players, f"{effect:+.3g}".replace("-", "−")] for kind, players, effect in found]


def _marks(sample: SampleInteractions, transferred: Transferred) -> list[str]:
    """Whether each of the strongest effects, in the order of `SampleInteractions.top`, generalizes."""
    coalitions, is_or = strongest_first(*(torch.from_numpy(effects) for effects in (sample.and_, sample.or_)))
    places = is_or[:ROWS].numpy().astype(np.int64), coalitions[:ROWS].numpy()
    words = np.where(transferred.generalizes[places], "yes", "no")
    return [str(word) for word in np.where(transferred.salient[places], words, "not salient")]
