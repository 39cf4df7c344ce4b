"""What an absent player shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError

Values = Any  # numbers: a tensor, an array, a DataFrame or nested lists
Baseline = str | float | Values


def _median(data: Tensor) -> Tensor:
    ranked = data.sort(0).values
    return (ranked[(len(data) - 1) // 2] + ranked[len(data) // 2]) / 2


_STATISTICS = {"mean": lambda data: data.mean(0), "median": _median}


def as_tensor(values: Any, argument: str) -> Tensor:
    """A tensor of a tensor, an array, a DataFrame or a list of numbers, or of the only entry of a tuple of tensors.

    Raises:
        ArgumentError: anything else, or numbers that are not finite.
    """
    if isinstance(values, tuple) and len(values) == 1 and isinstance(values[0], Tensor):
        values = values[0]
    if hasattr(values, "dtypes") and hasattr(values, "columns"):
        values = of_table(values, argument)
    try:
        array = values.to_numpy() if hasattr(values, "to_numpy") else values
        tensor = array if isinstance(array, Tensor) else torch.from_numpy(np.array(array))
    except (TypeError, ValueError) as error:
        raise ArgumentError(argument, f"{type(values).__name__} ({error})", "numbers") from error
    if not bool(tensor.isfinite().all()):
        given = f"{float(tensor)}" if tensor.ndim == 0 else "values that are not finite"
        raise ArgumentError(argument, given, "finite numbers")
    return tensor


def looks_like_channels_last(images: Tensor) -> str:
    """What to say of images that seem to be (samples, height, width, channels); empty where they do not."""
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or images.shape[1] <= 4:
        return ""
    return f"Shape {tuple(images.shape)} looks like channels last: inputs.permute(0, 3, 1, 2)"


def of_table(table: Any, argument: str) -> npt.NDArray[Any]:
    """A table of numbers and truth values as one array.

    Args:
        table: a DataFrame.
        argument: how the caller calls it.

    Returns:
        (rows, columns).

    Raises:
        ArgumentError: columns of anything else (says which).
    """
    wrong = [str(name) for name, dtype in table.dtypes.items() if getattr(dtype, "kind", "O") not in "biuf"]
    if wrong:
        raise ArgumentError(argument, f"columns that are not numbers: {', '.join(wrong)}", "a table of numbers",
                            "Encode them first, or leave them out")  # fmt: skip
    same = len(set(table.dtypes)) == 1
    return np.asarray(table.to_numpy() if same else table.to_numpy(dtype=np.float64))


def check_baseline(baseline: Baseline, background: Values | None, *special: str) -> None:
    """Refuse a baseline that is not known, or that lacks its background.

    Args:
        baseline: "zero", "mean", "median", one of the special ones, a number, or values of the shape of a sample.
        background: samples that mean and median are taken over.
        special: what else means something here, such as "blur".

    Raises:
        ArgumentError: another baseline, or no background for one that needs it.
    """
    known = ("zero", *_STATISTICS, *special)
    if not isinstance(baseline, str):
        as_tensor(baseline, "baseline")
    if isinstance(baseline, str) and baseline not in known:
        raise ArgumentError("baseline", repr(baseline), f"one of {known}, a number, or values shaped like a sample")
    if isinstance(baseline, str) and baseline in (*_STATISTICS, "samples") and background is None:
        wanted = "samples to draw from" if baseline == "samples" else f"samples to take the {baseline} over"
        raise ArgumentError(
            "background", "nothing", wanted, "For example background=train_inputs (--background train.csv)"
        )


def baseline_values(baseline: Baseline, background: Values | None, sample: Tensor) -> Tensor:
    """Baseline of one sample, of its shape and dtype (blur excepted, which the caller does).

    Raises:
        ArgumentError: values or a background that do not fit the sample.
    """
    if isinstance(baseline, str) and baseline in _STATISTICS:
        values = _STATISTICS[baseline](background_for(background, sample).to(torch.float64))
    elif isinstance(baseline, str):
        values = torch.zeros(())
    else:
        values = as_tensor(baseline, "baseline")
    values = values.to(sample.device)
    cast = values.to(sample.dtype)
    if not sample.is_floating_point() and bool((cast.to(values.dtype) != values).any()):
        raise ArgumentError("baseline", baseline, f"values that {sample.dtype}, the samples' type, can hold")
    values = cast
    try:
        expanded: Tensor = values.expand(sample.shape)
    except RuntimeError:
        raise ArgumentError(
            "baseline", f"shape {tuple(values.shape)}", f"a number or shape ({_shape(sample)})"
        ) from None
    return expanded


def settled(baseline: Baseline, background: Values | None, samples: Tensor) -> tuple[Baseline, Values | None]:
    """A baseline and background whose mean or median is worked out, once for all blocks of samples.

    Args:
        baseline: as the user gave it.
        background: as the user gave it.
        samples: of which the first tells shape and dtype.

    Returns:
        The values, float64, and no background; for anything else, and whole numbers, both as they are.

    Raises:
        ArgumentError: a background that does not fit the samples.
    """
    if not (isinstance(baseline, str) and baseline in _STATISTICS and samples.is_floating_point()):
        return baseline, background
    values: Tensor = _STATISTICS[baseline](background_for(background, samples[0]).to(torch.float64))
    return values, None


def background_for(background: Values | None, sample: Tensor) -> Tensor:
    """The background as a tensor, (samples, *shape).

    Raises:
        ArgumentError: a background that does not fit the sample.
    """
    values = as_tensor(background, "background")
    own, wanted = tuple(values.shape[1:]), tuple(sample.shape)
    if own != wanted or len(values) == 0:
        hint = f"The inputs are of shape {wanted} a sample, the background of {own}" if own != wanted else ""
        raise ArgumentError("background", f"shape {tuple(values.shape)}", f"(samples, {_shape(sample)})", hint)
    return values


def _shape(sample: Tensor) -> str:
    return ", ".join(map(str, sample.shape))
