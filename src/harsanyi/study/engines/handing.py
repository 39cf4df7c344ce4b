"""The question of a study, handed to other processes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.study.question import Question


def lightened(question: Question) -> Question:
    """The question without that of its plan which its samples and labels were made of."""
    return replace(question, plan=replace(question.plan, samples=None, labels=None))


def packed(question: Question) -> bytes:
    """The question for a process that imports what it refers to.

    Raises:
        ArgumentError: a part of the plan that cannot be handed over, such as a lambda; says which.
    """
    question = lightened(question)
    try:
        return pickle.dumps(question)
    except Exception as error:
        argument, value, why = next(_unfit(question), ("plan", question.plan, error))
        raise ArgumentError(argument, f"{getattr(value, '__name__', type(value).__name__)} ({why})",
                            "for other processes, functions and classes that stand at the top of a module",
                            "Name a factory as 'package.module:function', or take the engine serial"
                            ) from error  # fmt: skip


def _unfit(question: Question) -> Iterator[tuple[str, Any, Exception]]:
    """Parts of the plan that cannot be pickled, and why."""
    plan = question.plan
    parts = {f"networks.{name}.factory": network.factory for name, network in plan.networks.items()}
    for argument, value in {**parts, "players": plan.players, "score": plan.score, "output": plan.output}.items():
        try:
            pickle.dumps(value)
        except Exception as error:
            yield argument, value, error
