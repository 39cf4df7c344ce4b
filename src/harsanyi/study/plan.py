"""What a study computes, in one validated object: the same fields in Python, in YAML and on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, final

import numpy as np

from harsanyi.core.devices import check_device_name
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import from_options, require_whole
from harsanyi.extraction import check_numbers
from harsanyi.game.masking import Players
from harsanyi.game.network import OutputChoice
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.scores import Score
from harsanyi.loading.yaml_files import read_yaml, with_changes
from harsanyi.study.layer_plan import LayerPlan, layer_names, layer_plan
from harsanyi.study.network_plan import NetworkPlan

FILE = "plan.yaml"  # in the folder of a study
DTYPES = ("float64", "float32")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@final
@dataclass(frozen=True, eq=False)
class Plan:
    """A grid of extractions: networks x checkpoints x masked layers x samples.

    Args:
        networks: by name (letters, digits, ".", "_", "-"), each a `NetworkPlan`, a mapping of its fields, or a folder
            of checkpoints.
        samples: a file, as `harsanyi explain` takes it; options of `load_data` with "split" ("test", "train",
            "held_out", or "mislabelled" for training samples whose label is wrong on purpose; a list of them takes
            several parts), where without "name" the data of the first target's training are taken; or {"parts": …}, a
            mapping from names to samples of any kind, "train", "test" and "mislabelled" being what comparisons ask for.
            In Python also arrays, tensors, a table or sentences, and {"inputs": …, "labels": …, "mislabelled": …}.
        players: of `extract`, or a mapping with "kind" and its fields, or with "protocol" and what differs from it; its
            background may be a part of a data set, as the samples; where one is needed and none is given, it is the
            training samples of the first target.
        baselines: a folder written by `harsanyi train --baselines`: its networks are added, each in its role.
        factors: a folder of pairs of networks, written by `harsanyi train` of a factor plan: they are added, each
            at its last checkpoint, see `Study.factor_overlap`.
        labels: one class a sample, one for all, or a file; nothing takes those that come with the samples, else the
            class that the last checkpoint of the first target predicts. They are the same at every checkpoint.
        label_column: column of a table of samples that holds the labels.
        text_column: column of a table of sentences that holds them.
        limit: only the first so many samples, of every part where there are several.
        at: layers whose feature maps are masked, each an extraction of its own; nothing masks where the players say.
        layers: layers that linear probes read, all at once, beside the network's own output: "auto", names and
            patterns, or a mapping of the fields of `LayerPlan`; see `Study.layer_by_layer`. Not with `at`.
        score: name of the score, or in Python the score.
        output: which output of the network to score.
        noise: error allowed on every score, as a share of |v(N) - v(empty)|; nothing for 0.02, or the protocol's.
        max_gap: certified relative gap, in (0, 1].
        max_iterations: of the solver, for a sample.
        batch_size: masked inputs at once; nothing chooses it from the network. It may change from run to run.
        autocast: "bfloat16" or "float16", or nothing.
        device: where the networks run; nothing for where their factories put them.
        threads: on which a network runs, in every process: the same number gives the same bits, whatever the engine.
            Several workers use several cores better than several threads do, but for large networks.
        dtype: of the stored scores and effects, "float64" or "float32"; half the size with float32, and the effects
            then match the scores up to its rounding.
        block: samples computed and stored together, the unit of work; nothing for about 16,384 masked inputs.

    Raises:
        ArgumentError: a value out of range or of another type; an unknown name says the near one.

    Example:
        >>> plan = Plan.from_mapping({
        ...     "networks": {"cnn": "runs/cnn"}, "samples": "test.npz",
        ...     "players": {"kind": "patches", "grid": 4, "n": 10},
        ... })
        >>> plan.networks["cnn"].checkpoints
        'runs/cnn'
    """

    networks: Mapping[str, Any]
    samples: Any
    players: Players | PosingPlayers | Mapping[str, Any]
    baselines: str | Path | None = None
    factors: str | None = None
    labels: Any = None
    label_column: str | None = None
    text_column: str | None = None
    limit: int | None = None
    at: str | Sequence[str] | None = None
    layers: Any = None
    score: str | Score = "log-odds"
    output: OutputChoice = None
    noise: float | None = None
    max_gap: float = 0.01
    max_iterations: int = 20_000
    batch_size: int | None = None
    autocast: str | None = None
    device: str | None = None
    threads: int = 1
    dtype: str = "float64"
    block: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", _networks(self.networks, self.factors is None))
        layers = () if self.at is None else layer_names("at", self.at)
        if len(set(layers)) != len(layers):
            raise ArgumentError("at", list(layers), "names of layers, each once")
        object.__setattr__(self, "at", layers)
        object.__setattr__(self, "layers", layer_plan(self.layers))
        if layers and self.layers is not None:
            raise ArgumentError("layers", "layers that are read beside layers that are masked (at)",
                                "one of them; players may have an `at` of their own")  # fmt: skip
        _check_kinds(self)
        if self.device is not None:
            check_device_name(self.device)
        check_numbers(0.0 if self.noise is None else self.noise, self.max_gap, self.max_iterations, self.batch_size)
        if self.dtype not in DTYPES:
            raise ArgumentError("dtype", repr(self.dtype), " or ".join(map(repr, DTYPES)))
        if self.autocast not in (None, "bfloat16", "float16"):
            raise ArgumentError("autocast", repr(self.autocast), "'bfloat16', 'float16' or nothing")

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Plan:
        """The plan of a mapping with the same names, such as a YAML file holds.

        Raises:
            ArgumentError: no mapping, an unknown name (says the near one), or a value that `Plan` refuses.
        """
        if isinstance(options, Mapping) and "factors" in options:
            options = {"networks": {}, **options}
        return from_options(cls, options, "plan")

    def to_mapping(self) -> dict[str, Any] | None:
        """The fields that differ from their defaults, as YAML types; nothing where one holds a Python object."""
        try:
            chosen = _plain({item.name: getattr(self, item.name) for item in fields(self)})
        except TypeError:
            return None
        kept = {name: value for name, value in chosen.items() if value != _DEFAULTS.get(name, _NONE)}
        if chosen["layers"] is not None:
            kept["layers"] = {name: value for name, value in chosen["layers"].items()
                              if value != _LAYER_DEFAULTS[name]}  # fmt: skip
        networks = {name: {key: value for key, value in network.items() if value != _NETWORK_DEFAULTS[key]}
                    for name, network in chosen["networks"].items()}  # fmt: skip
        return {**kept, "networks": networks}


def _check_kinds(plan: Plan) -> None:
    """Numbers that YAML or a command line may have made text."""
    for argument in ("noise", "max_gap"):
        value = getattr(plan, argument)
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
            raise ArgumentError(argument, repr(value), "a number")
    optional = {name: getattr(plan, name) for name in ("limit", "block", "batch_size")}
    given = {name: value for name, value in optional.items() if value is not None}
    require_whole(**given, threads=plan.threads, max_iterations=plan.max_iterations)


_NETWORK_DEFAULTS: dict[str, Any] = {item.name: item.default for item in fields(NetworkPlan)} | {"options": {}}
_NONE = object()
_DEFAULTS: dict[str, Any] = {item.name: item.default for item in fields(Plan)} | {"at": []}


def _networks(given: Any, needed: bool) -> dict[str, NetworkPlan]:
    if not isinstance(given, Mapping) or (needed and not given):
        raise ArgumentError("networks", repr(given), "a mapping from names to networks, at least one")
    result = {}
    for name, network in given.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ArgumentError("networks", f"the name {name!r}", "letters, digits, '.', '_' and '-'")
        result[name] = _network(network, name)
    if needed and "target" not in (network.role for network in result.values()):
        raise ArgumentError("networks", "no target", 'at least one network with role "target"')
    return result


def _network(given: Any, name: str) -> NetworkPlan:
    if isinstance(given, NetworkPlan):
        return given
    own = f"networks.{name}"
    try:
        return from_options(NetworkPlan, _spelled_out(given), own)
    except ArgumentError as error:
        if error.argument == own or error.argument.startswith(f"{own}."):
            raise
        raise error.renamed(f"{own}{error.argument.removeprefix('networks')}") from None


def _spelled_out(network: Any) -> Any:
    """A network given as its checkpoints alone, as a mapping of its fields."""
    return {"checkpoints": network} if isinstance(network, str | Path) else network


def _plain(value: Any) -> Any:
    """A value in YAML types.

    Raises:
        TypeError: it, or a part of it, is something else.
    """
    if isinstance(value, NetworkPlan | LayerPlan):
        return _plain({item.name: getattr(value, item.name) for item in fields(value)})
    if isinstance(value, Mapping):
        return {_plain(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


_LAYER_DEFAULTS: dict[str, Any] = _plain(LayerPlan())


def read_plan(path: str | Path, changes: Mapping[str, Any] | None = None) -> Plan:
    """A plan from a YAML file, single values changed.

    Args:
        path: the file; or nothing ("") where the changes say all.
        changes: values by dotted name, such as {"networks.cnn.checkpoints": "runs/cnn", "noise": 0.04}.

    Returns:
        The `Plan`; paths are relative to the current folder.

    Raises:
        ArgumentError: no such file, no mapping in it, or what `Plan` refuses.
    """
    options = read_yaml(path, "plan") if path else {}
    networks = options.get("networks")
    if isinstance(networks, dict):  # so that single fields of each can be changed
        options["networks"] = {name: _spelled_out(network) for name, network in networks.items()}
    changed = {name: _spelled_out(value) if re.fullmatch(r"networks\.[^.]+", name) else value
               for name, value in (changes or {}).items()}  # fmt: skip
    return Plan.from_mapping(with_changes(options, changed))


def find_plan(plan: Path | None, out: Path | None, changes: Mapping[str, Any]) -> tuple[Plan, Path]:
    """The plan and the folder of a study, as the command line names them.

    Args:
        plan: a YAML file, or the folder of a study; nothing where the changes say all.
        out: the folder; nothing takes that of the study, or the name of the file without its ending.
        changes: values by dotted name, see `read_plan`.

    Returns:
        The plan and the folder.

    Raises:
        ArgumentError: as `read_plan`; no folder that could be meant.
    """
    if plan is not None and plan.is_dir():
        if not (plan / FILE).is_file():
            raise ArgumentError("plan", f"{plan}, without a {FILE}", "a YAML file, or a study made from one")
        return read_plan(plan / FILE, changes), out or plan
    if plan is not None:
        return read_plan(plan, changes), out or plan.with_suffix("")
    if out is None:
        raise ArgumentError("out", "nothing", "the folder of the study, where no plan names it")
    stored = out / FILE  # the study's own plan, which the changes add to
    return read_plan(stored if stored.is_file() else "", changes), out
