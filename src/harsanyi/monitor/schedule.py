"""At which steps of a training a monitor looks."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import index
from typing import Protocol, final

from harsanyi.core.errors import ArgumentError

AtSteps = Iterable[int] | Callable[[int], bool] | None


class Schedule(Protocol):
    """Chosen steps. One that a loop passes over is taken at the next step that the loop shows."""

    def after(self, step: int) -> float:
        """The first step after this one that may be chosen; infinity where there is none."""
        ...

    def holds(self, step: int) -> bool:
        """Whether a step is chosen that is no earlier than the one that `after` named."""
        ...


@final
@dataclass(frozen=True)
class Spaced:
    """0, 1, and then each step the one before it times a ratio, rounded, and at least 1 more.

    Args:
        ratio: 1.01 or more.

    Raises:
        ArgumentError: a smaller ratio.

    Example:
        >>> doubling, step, steps = Spaced(2.0), -1, []
        >>> while (step := doubling.after(step)) < 100:
        ...     steps.append(step)
        >>> steps
        [0, 1, 2, 4, 8, 16, 32, 64]
    """

    ratio: float

    def __post_init__(self) -> None:
        if not 1.01 <= self.ratio < math.inf:
            raise ArgumentError("ratio", self.ratio, "a number >= 1.01: of a step to the one before it")

    def after(self, step: int) -> float:
        """The first of the steps after this one."""
        chosen = 0
        while chosen <= step:
            chosen = max(chosen + 1, round(chosen * self.ratio))
        return chosen

    def holds(self, step: int) -> bool:
        """Always."""
        return True


@final
@dataclass(frozen=True)
class Listed:
    """Given steps.

    Args:
        steps: rising.
    """

    steps: tuple[int, ...]

    def after(self, step: int) -> float:
        """The first of the steps after this one."""
        position = bisect_right(self.steps, step)
        return self.steps[position] if position < len(self.steps) else math.inf

    def holds(self, step: int) -> bool:
        """Always."""
        return True


@final
@dataclass(frozen=True)
class Chosen:
    """The steps for which a function returns true; it is called at every step.

    Args:
        choose: a function of the step.
    """

    choose: Callable[[int], bool]

    def after(self, step: int) -> float:
        """The next step: only the function knows."""
        return step + 1

    def holds(self, step: int) -> bool:
        """Whether the function says so."""
        return bool(self.choose(step))


def as_schedule(at_steps: AtSteps, ratio: float) -> Schedule:
    """The schedule that a user asked for.

    Args:
        at_steps: steps, a function of the step, or nothing for steps that are `ratio` apart.
        ratio: 1.01 or more.

    Returns:
        The schedule.

    Raises:
        ArgumentError: a number out of range, or no steps.
    """
    if at_steps is None:
        return Spaced(ratio)
    if callable(at_steps):
        return Chosen(at_steps)
    accepted = "whole numbers >= 0, a function of the step, or nothing"
    try:
        steps = tuple(sorted({index(step) for step in at_steps}))
    except TypeError as error:
        hint = f"Every {at_steps} steps is range(0, last, {at_steps})" if isinstance(at_steps, int) else ""
        raise ArgumentError("at_steps", repr(at_steps), accepted, hint) from error
    if not steps or steps[0] < 0:
        raise ArgumentError("at_steps", f"{steps[0]} among them" if steps else "no step", accepted)
    return Listed(steps)


def checked_step(step: int) -> int:
    """The number of a step.

    Args:
        step: of any integer type, >= 0.

    Returns:
        The number.

    Raises:
        ArgumentError: it is none.
    """
    try:
        number = index(step)
    except TypeError:
        number = -1
    if number < 0:
        given, hint = (type(step).__name__, "The network comes first") if callable(step) else (f"{step!r:.60}", "")
        raise ArgumentError("step", given, "the number of the step, a whole number >= 0", hint)
    return number
