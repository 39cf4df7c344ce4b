"""A network run in lower precision, and what that does to its scores."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.game.network import Network

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Autocast(nn.Module):
    """Runs a network under torch.autocast.

    Args:
        network: any.
        dtype: "bfloat16" or "float16", or the torch dtype.
        device: the network's.

    Raises:
        ArgumentError: another dtype, or one that this device cannot run.
    """

    def __init__(self, network: Network, dtype: str | torch.dtype, device: torch.device) -> None:
        super().__init__()
        self.network = network
        name = str(dtype).removeprefix("torch.")
        if name not in _DTYPES:
            raise ArgumentError("autocast", repr(dtype), f"one of {', '.join(_DTYPES)}, or nothing")
        self._device, self._dtype = device.type, _DTYPES[name]
        if not torch.amp.autocast_mode.is_autocast_available(self._device):
            raise ArgumentError("autocast", name, f"nothing: the device {device} has no autocast")

    def forward(self, *inputs: Any) -> Any:
        """Outputs of the network in lower precision."""
        with torch.autocast(self._device, self._dtype):
            return self.network(*inputs)


class ScoreError:
    """How far scores in lower precision are from those in full precision, over the samples that were scored in both."""

    def __init__(self) -> None:
        self._largest, self._share = 0.0, 0.0

    def add(self, scores: Tensor, exact: Tensor) -> None:
        """Compare the scores of all coalitions of some samples, both float64 (samples, 2**n)."""
        error = (scores - exact).abs().amax(1)
        reach = (exact[:, -1] - exact[:, 0]).abs()
        self._largest = max(self._largest, float(error.max()))
        self._share = max(self._share, float((error / reach.clamp_min(torch.finfo(reach.dtype).tiny)).max()))

    def record(self, dtype: str | torch.dtype) -> dict[str, Any]:
        """The largest error, in the unit of the score and as a share of |v(N) - v(empty)|, for the record."""
        name = str(dtype).removeprefix("torch.")
        return {"autocast": name, "autocast_error": self._largest, "autocast_error_share": self._share}

    def warn(self, noise: float) -> None:
        """Warn where the error is larger than the noise that every score is allowed."""
        if self._share > noise:
            warn_user(
                f"lower precision changed a score by {self._largest:.3g}, {100 * self._share:.3g} % of "
                f"|v(N) - v(empty)|, more than the noise of {100 * noise:.3g} %: leave out autocast or "
                "allow more noise"
            )
