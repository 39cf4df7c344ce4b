"""Names of classes, as the configuration of a model of Hugging Face has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.game.network import Network
from harsanyi.game.scores import Score


def _classes(network: Network) -> Mapping[int, str]:
    """Names of the classes in the configuration of a model of Hugging Face."""
    while not hasattr(network, "config"):
        inner = getattr(network, "model", None) or getattr(network, "network", None)  # of what wraps it
        if not isinstance(inner, nn.Module):
            return {}
        network = inner
    names = getattr(network.config, "id2label", None) or {}
    return {int(label): str(name) for label, name in names.items()}


def class_name(network: Network) -> Callable[..., str] | None:
    """What a class is called; nothing where no name is more than its number."""
    names = {label: name for label, name in _classes(network).items() if name != f"LABEL_{label}"}
    return (lambda label: names.get(label, str(label))) if names else None


def as_classes(network: Network, labels: Any, score: Score) -> Any:
    """Labels that are names of classes as their numbers; others as they are.

    Args:
        network: whose configuration may tell the names.
        labels: as the user gave them.
        score: one with a method `resolve` takes texts itself.

    Returns:
        The labels.

    Raises:
        ArgumentError: names that the configuration does not hold.
    """
    if labels is None or hasattr(score, "resolve"):
        return labels
    labels = labels.item() if isinstance(labels, np.ndarray) and labels.ndim == 0 else labels
    given = [labels] if isinstance(labels, str) else labels if isinstance(labels, Tensor) else list(np.ravel(labels))
    if isinstance(given, Tensor) or not given or not all(isinstance(label, str) for label in given):
        return labels
    numbers = {name: label for label, name in _classes(network).items()}
    unknown = sorted({str(label) for label in given} - numbers.keys())
    if unknown:
        known = ", ".join(numbers) or "which the network does not name"
        raise ArgumentError("labels", f"names: {', '.join(unknown[:5])}", f"integers, or names of classes ({known})")
    return numbers[labels] if isinstance(labels, str) else [numbers[str(label)] for label in given]
