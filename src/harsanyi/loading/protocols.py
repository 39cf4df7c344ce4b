"""The papers' choices of players, baseline and noise, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.game.masking import Players
from harsanyi.game.network import Network
from harsanyi.game.posing import PosingPlayers
from harsanyi.loading.players import players_from
from harsanyi.zoo.layers import relu_names


@dataclass(frozen=True)
class Protocol:
    """One paper's choice.

    Attributes:
        options: kind and fields of the players, for `players_from`.
        noise: share of |v(N) - v(empty)|.
        relu: masked after this ReLU of the network, from 1; 0 masks the input.
        source: paper, and what of this is our reading of it.
    """

    options: Mapping[str, Any]
    noise: float
    relu: int
    source: str


_FEATURES = {"kind": "patches", "grid": 8, "n": 10, "margin": 1, "baseline": "zero"}
_TWO = "2405.10262, 2407.19198"

_WITHOUT_CORNERS = tuple((row, column) for row in range(4) for column in range(4) if (row % 3, column % 3) != (0, 0))

PROTOCOLS: Mapping[str, Protocol] = {
    "vgg": Protocol(_FEATURES, 0.02, 2, f"{_TWO}: 10 of the central 6 x 6 cells of an 8 x 8 grid, after the 2nd ReLU"),
    "alexnet": Protocol(_FEATURES, 0.02, 1, f"{_TWO}: as vgg, after the 1st ReLU"),
    "mnist": Protocol(
        {"kind": "patches", "grid": 9, "cells": "foreground", "n": 10, "baseline": "mean"}, 0.04, 0,
        "2409.08712: foreground patches of 3 x 3 pixels, the mean image; a 9 x 9 grid of 28 pixels is our reading",
    ),
    "cifar10": Protocol(
        {"kind": "patches", "grid": 8, "n": 12, "baseline": "mean"}, 0.04, 0,
        "2409.08712: 12 patches of 4 x 4 pixels, the mean image; which of them is our reading: at random",
    ),
    "text": Protocol({"kind": "words", "n": 10, "baseline": "mask"}, 0.02, 0, f"{_TWO}: 10 meaningful words, [MASK]"),
    "points": Protocol(
        {"kind": "clusters", "clusters": 30, "n": 10, "baseline": "centre"}, 0.02, 0,
        f"{_TWO}: 10 of 30 K-means clusters, moved to their centres",
    ),
    "digits": Protocol(
        {"kind": "patches", "grid": 4, "cells": _WITHOUT_CORNERS, "n": 10, "baseline": "mean"}, 0.02, 0,
        "our definition: 10 random patches of 2 x 2 of the 8 x 8 pixels, none of the corners, which are almost always "
        "empty; the mean image",
    ),
    "table": Protocol({"kind": "columns", "baseline": "mean"}, 0.02, 0, f"{_TWO}: all columns, at their mean"),
}  # fmt: skip


def find_protocol(name: str, argument: str = "name") -> Protocol:
    """The protocol of this name.

    Args:
        name: one of `PROTOCOLS`.
        argument: how the caller calls the name.

    Raises:
        ArgumentError: an unknown name (the near one and all names with what they are).
    """
    if name not in PROTOCOLS:
        known = "; ".join(f"{known} ({protocol.source})" for known, protocol in PROTOCOLS.items())
        raise ArgumentError(argument, repr(name), known, did_you_mean(name, PROTOCOLS))
    return PROTOCOLS[name]


def protocol(name: str, network: Network | None = None, noise: float | None = None, **options: Any) -> dict[str, Any]:
    """A paper's choice of players, baseline and noise, as keyword arguments of `extract`.

    Args:
        name: "vgg" or "alexnet" (feature maps, 2405.10262 and 2407.19198), "mnist" or "cifar10" (images, 2409.08712),
            "text", "points" or "table".
        network: for "vgg" and "alexnet": whose 2nd or 1st ReLU module is masked after; or give `at`.
        noise: another share than the paper's 0.02 or 0.04.
        options: other fields of the players than the paper's, and those it leaves open: `tokenizer` for "text",
            `background` where the baseline is a mean.

    Returns:
        {"players": ..., "noise": ...}.

    Raises:
        ArgumentError: an unknown name or field; a network without that ReLU.

    Example:
        >>> from harsanyi.zoo.vgg import vgg11
        >>> chosen = protocol("vgg", vgg11(), seed=3)
        >>> chosen["players"].at, chosen["players"].n, chosen["noise"]
        ('features.4', 10, 0.02)

    Source: methods of the papers named; `PROTOCOLS` says what is our reading of them.
    """
    chosen = find_protocol(name)
    players = players_for({"protocol": name, **options}, network)
    return {"players": players, "noise": chosen.noise if noise is None else noise}


def split_protocol(options: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
    """Fields of players whose options may name a "protocol", and the noise that goes with it.

    Args:
        options: for `players_from`, and "protocol", whose choices they override.

    Returns:
        The fields, without the layer of a protocol that masks inside the network (see `layer_of`), and the noise.

    Raises:
        ArgumentError: an unknown protocol.
    """
    given = {name: value for name, value in options.items() if name != "protocol"}
    if "protocol" not in options:
        return given, 0.02
    chosen = find_protocol(options["protocol"], "protocol")
    return {**chosen.options, **given}, chosen.noise


def players_for(
    options: Mapping[str, Any], network: Network | None, label_column: str | None = None
) -> Players | PosingPlayers:
    """Players for a network, from options that may name a "protocol".

    Raises:
        ArgumentError: as `players_from` and `layer_of`.
    """
    fields, _ = split_protocol(options)
    if "protocol" in options and "at" not in options:
        fields = layer_of(find_protocol(options["protocol"]), network) | fields
    return players_from(fields, label_column)


def layer_of(chosen: Protocol, network: Network | None) -> dict[str, str]:
    """The layer of a network that a protocol masks, as the field "at" of players; nothing where it masks the input.

    Raises:
        ArgumentError: no module, or one without that ReLU.
    """
    if not chosen.relu:
        return {}
    if not isinstance(network, nn.Module):
        given = "nothing" if network is None else f"a {type(network).__name__}"
        raise ArgumentError("network", given, "the module that is masked inside", "Or name the layer: at='features.3'")
    relus = relu_names(network)
    if len(relus) < chosen.relu:
        given = f"a {type(network).__name__} with {len(relus)} ReLU modules"
        raise ArgumentError("network", given, f"one with {chosen.relu} or more", "Or name the layer: at='features.3'")
    return {"at": relus[chosen.relu - 1]}
