"""A network together with the probes of its layers, as one network with several outputs."""

from __future__ import annotations

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.layers import unwrapped
from harsanyi.game.network import Network, OutputChoice, placement, select_output
from harsanyi.game.probes import Probes
from harsanyi.game.reading import Watch


@final
class Probed(nn.Module):
    """Runs a network once and gives the logits of its probes beside its own.

    Each probe is applied as soon as its layer was called, so that no features are kept.

    Args:
        network: the module that the probes were fitted on.
        probes: of this network.
        output: which of the network's outputs are its logits, see `select_output`.

    Raises:
        ArgumentError: probes of another network, or a network that is no module.

    Example:
        >>> from harsanyi.game.probes import Probe, network_hash
        >>> network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
        >>> last = Probe("1", "flatten", network[2].weight.detach(), network[2].bias.detach())
        >>> logits = Probed(network, Probes((last,), network_hash(network)))(torch.rand(5, 4))
        >>> logits.shape, torch.allclose(logits[:, 0], logits[:, 1])
        (torch.Size([5, 2, 3]), True)

    Source: arXiv 2409.08712, section 3: linear probes of a frozen network.
    """

    def __init__(self, network: Network, probes: Probes, output: OutputChoice = None) -> None:
        super().__init__()
        probes.check(network)
        inner = unwrapped(network)
        assert isinstance(inner, nn.Module)  # checked with the probes
        self.network = inner
        self._readings, self._output = [probe.reading for probe in probes], output
        device, dtype = placement(self.network)
        for number, probe in enumerate(probes):
            self.register_buffer(f"weight_{number}", probe.weight.to(device, dtype))
        biases = [probe.bias for probe in probes]
        biases.append(torch.zeros_like(biases[0]))  # a place for the network's own logits
        self.register_buffer("bias", torch.stack(biases)[..., None].to(device, dtype))

    @property
    def config(self) -> Any:
        """The configuration of a Hugging Face network."""
        return self.network.config

    def get_input_embeddings(self) -> nn.Module:
        """The layer that turns ids into embeddings, of a Hugging Face network."""
        layer: nn.Module = self.network.get_input_embeddings()  # type: ignore[operator]
        return layer

    def forward(self, *inputs: Any, **named: Any) -> Float[Tensor, "batch outputs classes"]:
        """Logits of each probe, the lowest layer first, and last of the network itself, (batch, layers + 1, classes).

        Raises:
            ArgumentError: a layer is not called as it was when the probes were fitted, or has other features.
            NetworkError: the network's own logits are of another shape.
        """
        logits: Tensor | None = None  # one for all: small tensors that stay amid a pass would split up its memory
        bias, weights = self.get_buffer("bias"), [self.get_buffer(f"weight_{n}") for n in range(len(self._readings))]

        def take(number: int, features: Tensor) -> None:
            nonlocal logits
            weight = weights[number]
            if features.shape[1] != weight.shape[1]:
                layer = f"{str(self._readings[number].place)!r} with {features.shape[1]} features"
                raise ArgumentError("probes", layer, f"the {weight.shape[1]} that its probe reads")
            if logits is None:
                logits = bias.new_empty(*bias.shape[:2], len(features)).copy_(bias)  # (outputs, classes, batch)
            logits[number].addmm_(weight, features.to(weight.dtype).T)  # up to twice as fast as features @ weight.T

        with Watch(self.network, self._readings, take) as watch:
            outputs = self.network(*inputs, **named)
        watch.check()
        own = select_output(outputs, self._output)
        assert logits is not None  # every layer was called
        if own.shape != logits[-1].T.shape:
            expected = tuple(logits[-1].T.shape)
            raise NetworkError(f"the network returned shape {tuple(own.shape)}, its probes {expected}. "
                               "Choose another output with output=")  # fmt: skip
        logits[-1] = own.T
        return logits.permute(2, 0, 1)
