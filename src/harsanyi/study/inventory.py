"""The checkpoints of a study: where each is, what is in it, and which of them are equal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from harsanyi.core.content import content_hash
from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.loading.checkpoints import Checkpoint, find_checkpoints, weights_in
from harsanyi.loading.network import check_state, read_state
from harsanyi.study.network_plan import NetworkPlan
from harsanyi.study.question import make_network, module_state

_TRAINED = ("baseline", "ceiling", "control")  # apart from the target; a floor may be its first checkpoint


@dataclass(frozen=True)
class Stored:
    """A checkpoint on record.

    Attributes:
        step: its training step or epoch.
        path: its file or folder; "" for a network as its factory makes it.
        sha256: of its content.
        size: of its files, bytes.
        modified: when they were last written, nanoseconds.
    """

    step: int
    path: str
    sha256: str
    size: int = 0
    modified: int = 0

    def to_mapping(self) -> dict[str, Any]:
        """In JSON types."""
        return asdict(self)


def take_inventory(
    plan: NetworkPlan, network: nn.Module, known: Sequence[Stored], name: str, idle: Callable[[], Collection[int]]
) -> list[Stored]:
    """Look at every checkpoint of a network: that it is there, that it fits, and what it holds.

    Args:
        plan: of the network.
        network: that the checkpoints are of.
        known: those on record; a file that has not changed since is not read again, and may be gone.
        name: of the network, for messages.
        idle: tells the steps on record of which nothing is done; another content may take their place.

    Returns:
        Those on record first, in their order, then new ones by rising step.

    Raises:
        ArgumentError: a step of the plan that no checkpoint has; a checkpoint that is missing, cannot be read or does
            not fit the network, or another content under a step that is on record; without checkpoints, a network that
            is another each time it is made.
    """
    if plan.checkpoints is None:
        with _named(name):
            plan.chosen([0])
        found = [Stored(0, "", _content_made(plan, network, name))]
    else:
        with _named(name):
            there = _there(plan.checkpoints, known)
            steps = plan.chosen(sorted({checkpoint.step for checkpoint in there} | {stored.step for stored in known}))
        found = [_looked_at(checkpoint, network, known) for checkpoint in there if checkpoint.step in steps]
    by_step = {stored.step: stored for stored in known}
    for stored in found:
        old = by_step.get(stored.step, stored)
        if old.sha256 != stored.sha256 and stored.step not in idle():
            given = f"{stored.path or 'weights'} for step {stored.step} of {name}, whose content is another than stored"
            raise ArgumentError("checkpoints", given, "the checkpoint that the study has", "Use another folder")
        by_step[stored.step] = stored
    rows = list(by_step.values())
    _warn_of_equals(name, rows)
    return rows


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Name the network in what is refused of its plan."""
    try:
        yield
    except ArgumentError as error:
        raise error.renamed(f"networks.{name}.{error.argument.removeprefix('networks.')}") from None


def warn_of_same_weights(
    networks: Mapping[str, NetworkPlan], rows: Mapping[str, Sequence[Stored]], known: Collection[str]
) -> None:
    """Warn of a network to compare with whose last weights are those of a target, which says nothing.

    Args:
        networks: of the plan.
        rows: checkpoints of each.
        known: names of the networks that were there before, of which was warned then.
    """
    last = {rows[name][-1].sha256: name for name, network in networks.items() if network.role == "target"}
    for name, network in networks.items():
        target = last.get(rows[name][-1].sha256)
        if target is not None and network.role in _TRAINED and name not in known:
            warn_user(f"networks.{name}: a {network.role} with the same weights as {target}, of which it cannot tell "
                      "anything: name another network's checkpoints")  # fmt: skip


def _content_made(plan: NetworkPlan, network: nn.Module, name: str) -> str:
    """Hash of a network as its factory makes it, which must be the same in every process."""
    content = content_hash(module_state(network))
    if content_hash(module_state(make_network(plan, name))) != content:
        raise ArgumentError(f"networks.{name}.factory", "a factory that gives other weights each time it is called",
                            "checkpoints of the network, or a factory that seeds its weights")  # fmt: skip
    return content


def _there(source: Any, known: Sequence[Stored]) -> list[Checkpoint]:
    """Checkpoints of a plan, without the files on record that are gone."""
    gone = {stored.path for stored in known if stored.path and not Path(stored.path).exists()}
    if not gone:
        return find_checkpoints(source)
    if isinstance(source, str | Path):
        inside = any(Path(path).is_relative_to(source) for path in gone)
        return find_checkpoints(source, or_none=inside)
    if isinstance(source, Mapping):
        return find_checkpoints({step: path for step, path in source.items() if str(path) not in gone}, or_none=True)
    return find_checkpoints([path for path in source if str(path) not in gone], or_none=True)


def _looked_at(checkpoint: Checkpoint, network: nn.Module, known: Sequence[Stored]) -> Stored:
    size, modified = _stamp(checkpoint.path)
    path = str(checkpoint.path)
    for old in known:
        if (old.path, old.size, old.modified) == (path, size, modified):
            return Stored(checkpoint.step, path, old.sha256, size, modified)
    state = read_state(path)
    check_state(network, state, path)
    return Stored(checkpoint.step, path, content_hash(state), size, modified)


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file, or of the weights in a folder."""
    weights = weights_in(path) if path.is_dir() else path
    files = [weights] if weights and weights.suffix != ".json" else [p for p in path.iterdir() if p.is_file()]
    stats = [file.stat() for file in files]
    return sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)


def _warn_of_equals(name: str, found: Sequence[Stored]) -> None:
    """Warn of checkpoints with the same content."""
    steps: dict[str, list[int]] = {}
    for stored in found:
        steps.setdefault(stored.sha256, []).append(stored.step)
    for equal in steps.values():
        if len(equal) > 1:
            listed = ", ".join(map(str, equal))
            warn_user(f"the checkpoints of {name} at steps {listed} are equal: they are computed once")
