"""The question put to all layers of a network at once, through probes."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from typing import Any

from harsanyi.game.asking import Asked, Labels, ask
from harsanyi.game.masking import Players
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.probed import Probed
from harsanyi.game.probes import Probes
from harsanyi.game.scores import Each, Score

OUTPUT = "output"  # the name of the network's own output among the layers


def ask_layers(
    network: Network,
    probes: Probes,
    inputs: Any,
    labels: Labels,
    *,
    players: Players | PosingPlayers,
    score: Score,
    output: OutputChoice = None,
    batch_size: int | None = None,
    autocast: str | None = None,
) -> Asked:
    """Pose the players' question to a network and the probes of its layers, all answered by one forward pass.

    Args:
        network: the module that the probes were trained on.
        probes: of its layers.
        inputs: as for `ask`, and so all that follows.
        labels: of the samples; nothing for what the network itself predicts.
        players: of the samples.
        score: of each layer's logits.
        output: which output of the network are its logits.
        batch_size: masked inputs at once.
        autocast: "bfloat16" or "float16", or nothing.

    Returns:
        The `Asked`; its scores have one more dimension, a column for each probe and one for the network itself, last.

    Raises:
        ArgumentError: probes of another network, or as `ask`.
        NetworkError: as `ask`.
    """
    return ask(
        Probed(network, probes, output), inputs, labels, players=_of_probed(players),
        score=Each(score, len(probes) + 1), batch_size=batch_size, autocast=autocast,
    )  # fmt: skip


def _of_probed(players: Any) -> Any:
    """Players that mask a layer by its name, as it is called within `Probed`."""
    at = getattr(players, "at", None)
    inside = isinstance(at, str) and is_dataclass(players) and not isinstance(players, type)
    return replace(players, at=f"network.{at}") if inside else players
