"""Single samples as data of a page, where a reader looks one up, takes parts of it away and counts effects."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from harsanyi.core.strength import strongest_first
from harsanyi.report.inputs import drawn
from harsanyi.sample import SampleInteractions

SAMPLES = 60  # on a page unless told otherwise
EFFECTS = 120  # of a sample, the strongest
_SCORES = 500_000  # of all samples together: 2 MB


@dataclass(frozen=True, eq=False)
class Explorer:
    """Single samples of a page.

    Attributes:
        data: JSON types: "n", "samples", and of each "number", "place", "label", "names", "whole" and "nothing" (its
            score, and that of all masked), "empty" (what the effects predict of the latter), "effects" (players as a
            bit mask, whether OR, effect), "left" (how many more there are, and their sum), "scores" (float32 in base64,
            or ""), and what `inputs.drawn` gives.
        cut: what is left out, in a sentence; "".
    """

    data: dict[str, Any]
    cut: str


def explorer(samples: Sequence[SampleInteractions], places: Sequence[str] | None = None, most: int = SAMPLES,
             groups: Sequence[str] | None = None, labels: Sequence[str] | None = None) -> Explorer:  # fmt: skip
    """Single samples, to look up.

    Args:
        samples: of as many players, 1 or more.
        places: which sample each is, in words; nothing counts them.
        most: samples that are shown, 1 or more: the first ones, of each group alike.
        groups: of each sample, such as its part; nothing for one group.
        labels: of each sample as they are shown; nothing for its own.

    Returns:
        The `Explorer`.
    """
    places = [f"sample {i}" for i in range(len(samples))] if places is None else places
    labels = [one.label_text for one in samples] if labels is None else labels
    shown, n = _shown(len(samples), most, groups), len(samples[0].names)
    whole = len(shown) << n <= _SCORES
    data = [_sample(samples[i], places[i], labels[i], whole) for i in shown]
    return Explorer({"n": n, "samples": data}, _cut(len(shown), len(samples), groups is not None, whole))


def _shown(count: int, most: int, groups: Sequence[str] | None) -> list[int]:
    """The first samples of every group, as many of each as fit, rising."""
    if groups is None:
        return list(range(min(count, most)))
    names = np.asarray(groups)
    rank = np.zeros(count, np.int64)
    for name in set(groups):
        rank[names == name] = np.arange((names == name).sum())
    return sorted(np.lexsort((np.arange(count), rank))[:most].tolist())


def _cut(shown: int, count: int, grouped: bool, whole: bool) -> str:
    told = []
    if shown < count:
        which = "the first of each kind" if grouped else f"the first {shown} of {count}"
        told.append(f"Here are {shown} of {count} samples, {which}; harsanyi report --samples {count} shows all.")
    if not whole:
        told.append("The network's scores of masked samples are too many for a page; the predictions stand alone.")
    return " ".join(told)


def _sample(sample: SampleInteractions, place: str, label: str, whole: bool) -> dict[str, Any]:
    coalitions, is_or = (found.numpy() for found in strongest_first(*map(torch.from_numpy, (sample.and_, sample.or_))))
    values = np.where(is_or, sample.or_[coalitions], sample.and_[coalitions])
    count = min(EFFECTS, int(np.count_nonzero(values)))
    ranked = zip(coalitions[:count].tolist(), is_or[:count].tolist(), values[:count].tolist(), strict=True)
    scores = np.asarray(sample.scores, "<f4").tobytes() if whole else b""
    return {
        "number": sample.index, "place": place, "label": label, "names": list(sample.names),
        "whole": _short(sample.scores[-1]), "nothing": _short(sample.scores[0]), "empty": _short(sample.and_[0]),
        "effects": [[coalition, int(kind), _short(value)] for coalition, kind, value in ranked],
        "left": [int(np.count_nonzero(values)) - count, _short(values[count:].sum())],
        "scores": base64.b64encode(scores).decode("ascii"), **drawn(sample),
    }  # fmt: skip


def _short(value: float) -> float:
    """Digits enough for sums of effects that cancel to be right to what a page shows."""
    return float(f"{value:.9g}")
