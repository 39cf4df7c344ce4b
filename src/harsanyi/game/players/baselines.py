"""What an absent player shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError

Baseline = str | float | Tensor


def _median(data: Tensor) -> Tensor:
    ranked = data.sort(0).values
    return (ranked[(len(data) - 1) // 2] + ranked[len(data) // 2]) / 2


_STATISTICS = {"mean": lambda data: data.mean(0), "median": _median}


def as_tensor(values: Any) -> Tensor:
    """A tensor of a tensor, an array or a DataFrame."""
    if isinstance(values, Tensor):
        return values
    return torch.from_numpy(np.array(values.to_numpy() if hasattr(values, "to_numpy") else values))


def check_baseline(baseline: Baseline, background: Tensor | None, blur: bool) -> None:
    """Refuse a baseline that is not known, or that lacks its background.

    Args:
        baseline: "zero", "mean", "median", "blur" (images), a number, or values of the shape of a sample.
        background: samples that mean and median are taken over.
        blur: whether "blur" means anything here.

    Raises:
        ArgumentError: another baseline, or no background for one that needs it.
    """
    known = ("zero", *_STATISTICS, *(("blur",) if blur else ()))
    if not isinstance(baseline, str) and not bool(torch.as_tensor(baseline).isfinite().all()):
        raise ArgumentError("baseline", baseline, "finite numbers")
    if isinstance(baseline, str) and baseline not in known:
        raise ArgumentError("baseline", repr(baseline), f"one of {known}, a number, or values shaped like a sample")
    if isinstance(baseline, str) and baseline in _STATISTICS and background is None:
        raise ArgumentError(
            "background", "nothing", f"samples to take the {baseline} over", "For example background=train_inputs"
        )


def baseline_values(baseline: Baseline, background: Tensor | None, sample: Tensor) -> Tensor:
    """Baseline of one sample, of its shape and dtype (blur excepted, which the caller does).

    Raises:
        ArgumentError: values or a background that do not fit the sample.
    """
    if isinstance(baseline, str) and baseline in _STATISTICS:
        background = as_tensor(background)
        if background.shape[1:] != sample.shape:
            raise ArgumentError("background", f"shape {tuple(background.shape)}", f"(samples, {_shape(sample)})")
        values = _STATISTICS[baseline](background.to(torch.float64))
    elif isinstance(baseline, str):
        values = torch.zeros(())
    else:
        values = torch.as_tensor(baseline)
    values = values.to(sample.device)
    if values.is_floating_point() and not sample.is_floating_point() and bool((values != values.round()).any()):
        raise ArgumentError("baseline", baseline, f"whole numbers, as the samples are {sample.dtype}")
    values = values.to(sample.dtype)
    try:
        expanded: Tensor = values.expand(sample.shape)
    except RuntimeError:
        raise ArgumentError(
            "baseline", f"shape {tuple(values.shape)}", f"a number or shape ({_shape(sample)})"
        ) from None
    return expanded


def _shape(sample: Tensor) -> str:
    return ", ".join(map(str, sample.shape))
