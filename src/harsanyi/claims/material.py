"""What all checks read: trained networks and studies of them, made once, stored, and gone on with after a stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, final

from torch import nn

from harsanyi.analysis import GeneralizationDynamics
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.claims.sizes import Sizes
from harsanyi.core.errors import HarsanyiError
from harsanyi.core.threads import on_threads
from harsanyi.loading.network import load_checkpoint
from harsanyi.progress import Progress
from harsanyi.study import Plan, Study
from harsanyi.training import Course, TrainingPlan, read_factor_plan, train_baselines, train_factors
from harsanyi.training.files import RECORD

Answer = TypeVar("Answer")
STUDIES, LAYERS, PAIRS = "studies", "layers", "pairs"  # what claims may need
_FACTORS = ("nothing", "low", "high", "architecture")
_EPOCHS = {"mlp": 1.0, "cnn": 0.5}  # of a pair, as a share: then most wrong labels are learned, see `read_factor_plan`

_WORDS = {"training": "the network", "baselines": "one on other samples, and one with another seed of its training",
          "random": "one on random labels"}  # fmt: skip


class OutOfTimeError(HarsanyiError):
    """The time is up before all is made."""


@final
@dataclass(frozen=True)
class Material:
    """Networks on handwritten digits and studies of them, in a folder.

    Args:
        folder: where all is stored.
        sizes: how much.
        workers: processes that extract.
        end: when to begin nothing more, as `time.monotonic` counts.
        say: told each step in words.
        progress: of trainings and studies.
    """

    folder: Path
    sizes: Sizes
    workers: int = 1
    end: float = float("inf")
    say: Callable[[str], None] = field(default=lambda line: None)
    progress: Progress = True
    _known: dict[tuple[str, int], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of the networks that are followed."""
        return tuple(range(self.sizes.seeds))

    def make(self, need: str) -> None:
        """Make one of `STUDIES`, `LAYERS` and `PAIRS`, or what is left of it.

        Raises:
            OutOfTimeError: the time is up before it is whole.
        """
        if need == STUDIES:
            for seed in self.seeds:
                self._train(seed)
                self._run(self._study(seed), f"the network of seed {seed} and those beside it")
        elif need == LAYERS:
            self._train(0)
            self._run(self._layers(), "the layers of two networks")
        else:
            for architecture in self.sizes.architectures:
                self._train_pairs(architecture)
                self._run(self._pairs(architecture), f"the pairs of networks ({architecture})")

    # What is there ----------------------------------------------------------------------------------------------------

    def study(self, seed: int) -> Study:
        """The network of a seed at all its checkpoints, those it is compared with, and one of another task."""
        return Study(self._of_seed(seed) / "study")

    def dynamics(self, seed: int) -> Dynamics:
        """How the interactions of the network of a seed change; several claims ask for it."""
        return self._once("dynamics", seed, lambda: self.study(seed).dynamics("cnn"))

    def generalization_dynamics(self, seed: int) -> GeneralizationDynamics:
        """What of it generalizes at each checkpoint; likewise."""
        return self._once("generalization", seed, lambda: self.study(seed).generalization_dynamics("cnn"))

    def _once(self, what: str, seed: int, ask: Callable[[], Answer]) -> Answer:
        """An answer of a study that is whole, asked for once."""
        if (what, seed) not in self._known:
            self._known[what, seed] = ask()
        answer: Answer = self._known[what, seed]
        return answer

    def layers(self) -> Study:
        """The layers of two networks that differ in the seed of their training alone, after it."""
        return Study(self.folder / LAYERS)

    def pairs(self, architecture: str) -> Study:
        """Pairs of networks that share one thing each, after their training."""
        return Study(self._of_pairs(architecture, "study"))

    def training(self, seed: int) -> TrainingPlan:
        """How the network of a seed is trained."""
        return TrainingPlan.from_mapping({"named": "digits", "seed": seed, "recipe": {"epochs": self.sizes.epochs}})

    def network(self, seed: int) -> nn.Module:
        """The network of a seed after its training."""
        network = self.training(seed).module()
        load_checkpoint(network, Course.load(self._of_seed(seed) / "training").paths[-1])
        return network.eval()

    # Making it --------------------------------------------------------------------------------------------------------

    def _of_seed(self, seed: int) -> Path:
        return self.folder / f"seed-{seed}"

    def _of_pairs(self, architecture: str, part: str) -> Path:
        return self.folder / f"{PAIRS}-{architecture}" / part

    def _study(self, seed: int) -> Study:
        folder = self._of_seed(seed)
        control = {"checkpoints": _path(folder / "random"), "role": "control"}
        return Study(folder / "study", Plan.from_mapping({
            "networks": {"cnn": _path(folder / "training"), "random": control},
            "baselines": _path(folder / "baselines"),
            "samples": {"split": ["test", "train", "mislabelled"]}, "limit": self.sizes.samples,
            "players": {"protocol": "digits", "n": self.sizes.players, "seed": seed},
        }))  # fmt: skip

    def _layers(self) -> Study:
        folder = self._of_seed(0)
        last = {"cnn": folder / "training", "again": folder / "baselines" / "again-0"}
        return Study(self.folder / LAYERS, Plan.from_mapping({
            "networks": {name: {"checkpoints": _path(path), "steps": "last"} for name, path in last.items()},
            "samples": {"split": "test"}, "limit": self.sizes.layer_samples,
            "players": {"protocol": "digits", "n": self.sizes.players},
            "layers": {"names": self.sizes.layers, "draws": self.sizes.noisy_copies},
        }))  # fmt: skip

    def _pairs(self, architecture: str) -> Study:
        return Study(self._of_pairs(architecture, "study"), Plan.from_mapping({
            "factors": _path(self._of_pairs(architecture, "training")), "samples": {"split": "test"},
            "limit": self.sizes.pair_samples,
            "players": {"protocol": "digits", "n": self.sizes.pair_players},
        }))  # fmt: skip

    def _train(self, seed: int) -> None:
        """The network, one of the task trained on other samples, one with another seed, and one of another task."""
        folder, plan, ends = self._of_seed(seed), self.training(seed), {"checkpoints": [0, self.sizes.epochs]}
        if _finished(folder / "random"):  # the last of them
            return
        random = TrainingPlan.from_mapping({"named": "digits", "seed": seed, "label_noise": 1.0,
                                            "recipe": {"epochs": self.sizes.epochs, **ends}})  # fmt: skip
        beside: dict[str, Callable[[], object]] = {
            "training": partial(plan.run, folder / "training", self.progress),
            "baselines": partial(train_baselines, plan, folder / "baselines", progress=self.progress),
            "random": partial(random.run, folder / "random", self.progress),
        }
        for name, train in beside.items():
            self._begin(f"Training {_WORDS[name]}, seed {seed} …")
            with on_threads(1):
                train()

    def _train_pairs(self, architecture: str) -> None:
        epochs = max(1, round(self.sizes.epochs * _EPOCHS[architecture]))
        for pairs in range(1, self.sizes.pairs + 1):  # one after the other, so that the time is looked at in between
            self._begin(f"Training pair {pairs} of {self.sizes.pairs} ({architecture}) …")
            plan = read_factor_plan(f"digits-{architecture}", {
                "pairs": pairs, "factors": list(_FACTORS), "training.recipe.epochs": epochs})  # fmt: skip
            with on_threads(1):
                train_factors(plan, self._of_pairs(architecture, "training"), progress=self.progress)

    def _run(self, study: Study, what: str) -> None:
        self._begin(f"Extracting the interactions of {what} …")
        left = None if self.end == float("inf") else max((self.end - time.monotonic()) / 60, 1e-6)
        study.run(workers=self.workers, progress=self.progress, minutes=left)
        status = study.status()
        if status.failures:
            name, why = next(iter(status.failures.items()))
            raise HarsanyiError(f"{study.path}: {name} failed: {why}")
        if not status.done:
            raise OutOfTimeError(str(study.path))

    def _begin(self, words: str) -> None:
        if time.monotonic() >= self.end:
            raise OutOfTimeError(words)
        self.say(words)


def _finished(folder: Path) -> bool:
    return (folder / RECORD).is_file() and Course.load(folder).finished


def _path(folder: Path) -> str:
    return str(folder.resolve())
