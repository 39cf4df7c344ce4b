"""Find what the layers of a network know, keep and forget within a budget of time: what `harsanyi layers` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.found import Answer, Found, at_the_end, check_limits, progress_sentences, require_target, write_found
from harsanyi.report.confusing import chosen_of
from harsanyi.report.layer_tables import write_layer_tables
from harsanyi.report.layers import (
    ask_layered,
    layer_highlight,
    layer_sections,
    layered_done,
    partners,
)
from harsanyi.report.target import courses
from harsanyi.study import Plan, Study
from harsanyi.study.layer_plan import LayerPlan
from harsanyi.study.record import read_record

SUBFOLDER = "layers"
_TITLE = "What each layer knows, keeps and forgets"


@dataclass(frozen=True)
class LayerSearch:
    """Which layers to read, and for how long.

    Args:
        names: of the layers, see `LayerPlan`; none for those of the plan, and "auto" where it has none.
        draws: noisy copies of every test sample; nothing for as many as in the plan.
        noise: standard deviation of their noise; nothing for that of the plan.
        show: how many samples the page follows through the layers, 0 or more.
        minutes: after which nothing is begun; nothing has no limit.
        workers: processes that compute; nothing for one.

    Raises:
        ArgumentError: a number out of range.
    """

    names: Sequence[str] = ()
    draws: int | None = None
    noise: float | None = None
    show: int = 3
    minutes: float | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        check_limits(self.show, self.minutes)


def find_layers(
    plan: Plan, folder: Path, search: LayerSearch = LayerSearch(), begun: Callable[[], None] = lambda: None
) -> Found:
    """Open or make a study, run it, and tell of the layers of its targets; run again, it goes on where it was.

    Args:
        plan: of the study; where it does not choose checkpoints of a target, only the last is computed.
        folder: of the study; page, tables and pictures go into its folder layers/.
        search: which layers to read, and for how long.
        begun: called when all is checked and there is something to compute.

    Returns:
        The `Found`.

    Raises:
        ArgumentError: anything that cannot be used, before any long work.
    """
    wanted = with_layers(plan, search)
    _check_folder(folder, wanted.layers.draws)
    study = Study(folder, at_the_end(wanted, folder, compared))
    require_target(study)
    names = compared(study.roles)
    before = layered_done(study, names)
    if not study.status().done:
        begun()
    study.run(workers=search.workers, minutes=search.minutes)
    done = layered_done(study, names)
    said = progress_sentences(study, len(before), len(done), len(chosen_of(study)))
    if not len(done):
        return Found(None, said)
    asked = [ask_layered(study, name, network, done) for name, network, _ in courses(study)]
    answers = [Answer(x.name, x.sentences(), layer_sections(x, search.show), layer_highlight(x),
                      partial(write_layer_tables, x)) for x in asked]  # fmt: skip
    return write_found(study, folder / SUBFOLDER, _TITLE, said, answers)


def with_layers(plan: Plan, search: LayerSearch) -> Plan:
    """The plan with the layers that are to be read.

    Raises:
        ArgumentError: noise without copies that have it, or what `LayerPlan` refuses.
    """
    layers = LayerPlan() if plan.layers is None else plan.layers
    given: dict[str, Any] = {"names": tuple(search.names) or None, "draws": search.draws, "noise": search.noise}
    layers = replace(layers, **{name: value for name, value in given.items() if value is not None})
    if search.noise is not None and not layers.draws:
        raise ArgumentError("noise", search.noise, "nothing, or draws as well: how many noisy copies of each sample")
    return replace(plan, layers=layers)


def compared(roles: Mapping[str, str]) -> list[str]:
    """Names of the networks that are read, from the roles of all: targets, and what a single one is compared with."""
    targets = [name for name, role in roles.items() if role == "target"]
    return [*targets, *(partners(roles, targets[0]) if len(targets) == 1 else [])]


def _check_folder(folder: Path, draws: int) -> None:
    """Refuse a study that was made to be asked something else."""
    if read_record(folder) is None:
        return
    study = Study(folder)
    if not study.reads_layers:
        raise ArgumentError("out", f"{folder}, a study that reads no layers", "a new folder, or a study that does",
                            f"For instance {folder}-layers")  # fmt: skip
    if draws != len(study.noisy_parts):
        raise ArgumentError("draws", draws, f"{len(study.noisy_parts)}, as in the study {folder}",
                            "Another number needs another folder")  # fmt: skip
