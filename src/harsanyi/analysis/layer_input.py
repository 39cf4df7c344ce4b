"""Interactions of the layers of a network, looked at before anything is computed of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.estimates import counted
from harsanyi.analysis.transfer import both_types, salient_effects
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.salience import MaxEffect, SalienceRule
from harsanyi.interactions import Interactions

Layers = Mapping[str, Interactions]
LAYER_SALIENCE = MaxEffect(over="samples")  # 2409.08712, appendix M.4


def check_layers(argument: str, layers: Layers, first: Interactions | None = None, least: int = 1) -> None:
    """Refuse layers that cannot be compared: too few, or of other samples, players or labels.

    Args:
        argument: how the caller calls them.
        layers: interactions by the name of the layer.
        first: what all must be alike; nothing takes the first layer.
        least: how many there must be.
    """
    if len(layers) < least:
        accepted = "two layers or more, the network itself last" if least > 1 else "at least one layer"
        raise ArgumentError(argument, counted(len(layers), "layer"), accepted)
    expected = next(iter(layers.values())) if first is None else first
    for name, x in layers.items():
        check_alike(argument, f"in {name!r}", x, expected)


def check_known(argument: str, name: str, known: Iterable[str]) -> None:
    """Refuse the name of a layer that is not there."""
    names = list(known)
    if name not in names:
        raise ArgumentError(argument, repr(name), ", ".join(map(repr, names)), did_you_mean(str(name), names))


def spoken(name: str) -> str:
    """Name of a layer as a sentence has it; a number alone says too little.

    Example:
        >>> spoken("features.3"), spoken("3")
        ('features.3', 'layer 3')
    """
    return f"layer {name}" if name[:1].isdecimal() else name


def score_unit(x: Interactions) -> float:
    """Mean over the samples of |v(N) - v(empty)|."""
    return float(np.abs(x.scores[:, -1] - x.scores[:, 0]).mean())


def in_units(argument: str, layers: Layers) -> dict[str, Interactions]:
    """The layers, scores and effects of each divided by its mean of |v(N) - v(empty)| over the samples.

    Raises:
        ArgumentError: a layer whose scores are the same with all players as with none.

    Source: 2409.08712.
    """
    units = {name: score_unit(x) for name, x in layers.items()}
    if constant := [name for name, unit in units.items() if not unit > 0]:
        raise ArgumentError(argument, f"scores in {constant[0]!r} that are the same with all players as with none",
                            "scores that depend on the players", "normalized=False leaves them undivided")  # fmt: skip
    return {name: _divided(x, units[name]) for name, x in layers.items()}


def _divided(x: Interactions, unit: float) -> Interactions:
    scaled = ("scores", "and_", "or_", "objective", "lower_bound", "noise_bound")
    return replace(x, **{name: getattr(x, name) / unit for name in scaled})


def kept_effects(x: Interactions, rule: SalienceRule | str) -> Floats:
    """Salient AND and OR effects, the others 0, (2, samples, 2**n)."""
    return np.where(salient_effects(x, rule), both_types(x), 0.0)
