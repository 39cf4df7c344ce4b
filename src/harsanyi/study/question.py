"""What a study asks of its networks, in one object that can be handed to another process."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import nn

from harsanyi.core.devices import device_here
from harsanyi.core.errors import ArgumentError
from harsanyi.game.asking import Asked, ask
from harsanyi.game.asking_layers import OUTPUT, ask_layers
from harsanyi.game.masking import Players
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.scores import Score
from harsanyi.loading.hugging_face import model_name
from harsanyi.loading.network import build_network
from harsanyi.loading.players import score_from
from harsanyi.loading.protocols import players_for, split_protocol
from harsanyi.loading.samples import Samples
from harsanyi.study.network_plan import NetworkPlan
from harsanyi.study.plan import Plan
from harsanyi.study.probing import Probing
from harsanyi.study.units import Unit


@dataclass(frozen=True, eq=False)
class Question:
    """All that is needed to compute any unit of a study.

    Attributes:
        plan: of the study, every network with a factory.
        samples: that are explained.
        labels: of the samples, or nothing yet.
        checkpoints: of each network, the file or folder of every row; nothing for the network as it is made.
        background: of the players, where the plan has it from a data set.
        probing: reads layers, where the plan names some.
    """

    plan: Plan
    samples: Samples
    labels: npt.NDArray[Any] | None
    checkpoints: Mapping[str, tuple[Path | None, ...]]
    background: torch.Tensor | None = None
    probing: Probing | None = None

    @property
    def noise(self) -> float:
        """Error allowed on every score, as a share of the score range."""
        given = self.plan.noise
        if given is not None:
            return float(given)
        return split_protocol(self.plan.players)[1] if isinstance(self.plan.players, Mapping) else 0.02

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that are masked, one or more, "" for where the players say; or that are read, and the output."""
        if self.probing is not None:
            return (*self.probing.layers, OUTPUT)
        return tuple(self.plan.at or ("",))

    def ask(self, network: str, module: nn.Module, at: int, content: str | None = None) -> Asked:
        """Pose the question to a network that has the weights of a checkpoint.

        Args:
            network: its name.
            module: the network.
            at: position of the layer that is masked.
            content: hash of its weights, to read its layers with the probes of this checkpoint, where the plan names
                some; nothing asks the network alone.

        Raises:
            ArgumentError: what does not fit the network.
            NetworkError: it fails on the samples.
        """
        players = self.players(network, module, at)
        given = self.samples.given(), None if self.labels is None else self.labels.tolist()
        how: dict[str, Any] = {"players": players, "score": self.score(), "output": self.plan.output,
                               "batch_size": self.plan.batch_size, "autocast": self.plan.autocast}  # fmt: skip
        if self.probing is None or content is None:
            return ask(module, *given, **how)
        probes = self.probing.probes(network, module, content, getattr(players, "tokenizer", None))
        return ask_layers(module, probes, *given, **how)

    def path(self, unit: Unit) -> Path | None:
        """File or folder of a unit's checkpoint, of equal ones the first that is there; nothing for none."""
        paths = [self.checkpoints[unit.network][row] for row in unit.rows]
        return next((path for path in paths if path is None or path.exists()), paths[0])

    def score(self) -> Score:
        """The score."""
        return score_from(self.plan.score) if isinstance(self.plan.score, str) else self.plan.score

    def players(self, network: str, module: nn.Module, at: int) -> Players | PosingPlayers:
        """Players of the samples, for one network and layer."""
        given, layer = self.plan.players, "" if self.probing is not None else self.layers[at]
        if isinstance(given, Mapping):
            options = dict(given) | ({"at": layer} if layer else {})
            options |= {} if self.background is None else {"background": self.background}
            factory = self.plan.networks[network].factory
            if split_protocol(options)[0].get("kind") == "words" and "tokenizer" not in options:
                options["tokenizer"] = _tokenizer(factory)
            return players_for(options, module, self.plan.label_column)
        if not layer:
            return given
        if not hasattr(given, "at"):
            raise ArgumentError("at", layer, f"nothing: {type(given).__name__} cannot mask a layer")
        players: Players | PosingPlayers = replace(given, at=layer)  # type: ignore[type-var]
        return players


def make_network(plan: NetworkPlan, name: str, device: str | None = None) -> nn.Module:
    """The network that a plan names, with the weights that its factory gives it.

    Args:
        plan: with a factory.
        name: of the network, for messages.
        device: where to put it; nothing for where the factory puts it.

    Returns:
        The module, a copy where a module was given.

    Raises:
        ArgumentError: no module comes out, or the device is not there.
    """
    made: Any = plan.factory
    if isinstance(made, str):
        made = build_network(made, plan.options)
    elif isinstance(made, nn.Module):
        made = copy.deepcopy(made)
    elif callable(made):
        made = made()
    if not isinstance(made, nn.Module):
        given = f"a factory that gives a {type(made).__name__}"
        raise ArgumentError(f"networks.{name}.factory", given, "one that gives a torch.nn.Module")
    return (made if device is None else made.to(device_here(device))).eval()


def module_state(module: nn.Module) -> dict[str, torch.Tensor]:
    """The state dict, detached."""
    return {name: values.detach() for name, values in module.state_dict().items()}


def _tokenizer(factory: Any) -> str:
    name = model_name(factory) if isinstance(factory, str) else None
    if name is None:
        raise ArgumentError("players.tokenizer", "nothing", "a folder or hub name of a tokenizer")
    return name
