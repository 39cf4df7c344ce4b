"""Several questions to a study, of which some cannot be answered: the rest is told all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harsanyi.core.errors import ArgumentError

Asked = tuple[str, Callable[[], object]]  # what it tells, and how it is asked


def what_can_be_told(asked: Mapping[str, Asked]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The answers by name, and why each of the others is missing, in a sentence: too few samples, say."""
    results, refused = {}, []
    for name, (title, ask) in asked.items():
        try:
            results[name] = ask()
        except ArgumentError as error:
            refused.append(f"{title} cannot be told: {error}.")
    return results, tuple(refused)
