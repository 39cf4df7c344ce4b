"""The demo's small experiment: what must two networks share for the same digits to confuse them?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from harsanyi.analysis import ConfusionRule, FactorOverlap
from harsanyi.analysis.confusion_rule import COMPLEX_CANCELLING
from harsanyi.analysis.estimates import counted
from harsanyi.core.threads import on_threads
from harsanyi.report.factors import factor_section, write_factor_tables
from harsanyi.report.page import Section
from harsanyi.study import Plan, Study
from harsanyi.training import read_factor_plan, train_factors

PAIRS, FACTORS = "pairs", "factors"  # folders: trained networks, and their study
_PLAN, _FACTORS = "digits-mlp", ("nothing", "low", "high", "order")
_PLAYERS = 8  # a quarter of the coalitions of ten players, and a sixth of the time
_BRIEF = 100  # epochs, or samples, of all networks: no longer than another process takes to begin
_RULE = ConfusionRule(score=COMPLEX_CANCELLING, share=0.2)  # of so few samples a tenth would be no set
_IN_FULL = (
    "In full: harsanyi train digits-cnn --out pairs, then harsanyi run --out factors --workers 2 --set factors=pairs "
    "--set samples.split=test --set limit=100 --set players.protocol=digits."
)


@final
@dataclass(frozen=True)
class FactorExperiment:
    """Pairs of small networks that share one thing each, and the samples that confuse them.

    Attributes:
        out: folder of the demo.
        pairs: of each factor, 1 or more.
        epochs: of each training.
        samples: test samples that are explained.
        seed: of data, initial values, batches and players.
    """

    out: Path
    pairs: int
    epochs: int
    samples: int
    seed: int

    @property
    def networks(self) -> int:
        """How many are trained: for each pair the first one, and a second one for each factor."""
        return self.pairs * (1 + len(_FACTORS))

    @property
    def brief(self) -> bool:
        """Whether other processes would not make it faster."""
        return self.networks * max(self.epochs, self.samples) <= _BRIEF

    @property
    def words(self) -> str:
        """What is trained."""
        return (f"{self.networks} small MLPs, for {counted(self.pairs, 'pair')} each that share nothing, the low "
                "layers, the high layers, or all but the order of the samples")  # fmt: skip

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from the named plan, see `read_factor_plan`."""
        return {"pairs": self.pairs, "factors": list(_FACTORS), "seed": self.seed, "training.seed": self.seed,
                "training.recipe.epochs": self.epochs}  # fmt: skip

    @property
    def command(self) -> list[str]:
        """Arguments of `harsanyi` that train the pairs."""
        settings = [f"--set={name}={json.dumps(value)}" for name, value in self.changes.items()]
        return ["train", _PLAN, "--out", str(self.out / PAIRS), *settings]

    @contextmanager
    def trained_beside(self, say: Callable[[str], None]) -> Iterator[None]:
        """Train the pairs in a process of their own while the block runs, and what is left of it after the block.

        A process that fails leaves all to what comes after, which goes on where it stopped and tells why.
        """
        folder, alone = self.out / PAIRS, self.brief or (os.cpu_count() or 1) == 1
        with nullcontext() if alone else running_beside(self.command, say):
            yield
        with on_threads(1):
            train_factors(read_factor_plan(_PLAN, self.changes), folder, progress=False)

    def run(self, workers: int) -> None:
        """Extract the interactions of the pairs."""
        study = Study(self.out / FACTORS, Plan.from_mapping({
            "factors": str((self.out / PAIRS).resolve()), "samples": {"split": "test"}, "limit": self.samples,
            "players": {"protocol": "digits", "n": _PLAYERS, "seed": self.seed},
        }))  # fmt: skip
        study.run(workers=1 if self.brief else workers)

    def overlap(self) -> FactorOverlap:
        """Compare which samples confuse the pairs, whose interactions are there."""
        return Study(self.out / FACTORS).factor_overlap(rule=_RULE)


@contextmanager
def running_beside(command: Sequence[str], say: Callable[[str], None]) -> Iterator[None]:
    """Run harsanyi with these arguments on one thread; wait for it after the block, end it where the block fails."""
    quiet, own = subprocess.DEVNULL, {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "harsanyi", *command], stdin=quiet, stdout=quiet, stderr=quiet, env=own
    ) as process:
        try:
            yield
            if process.poll() is None:
                say("Waiting for the networks beside it …")
            if process.wait() != 0:
                say("The process beside it failed: its networks are trained now …")
        finally:
            process.terminate()


def factors_told(experiment: FactorExperiment, found: FactorOverlap) -> tuple[Section, str]:
    """The section of the page, and the one sentence on it that is among the findings; writes the numbers as files."""
    write_factor_tables({COMPLEX_CANCELLING: found}, experiment.out)
    section = factor_section({COMPLEX_CANCELLING: found})
    setting = (
        f"{experiment.words}, trained for {counted(experiment.epochs, 'epoch')} and asked about {experiment.samples} "
        f"test samples of {_PLAYERS} patches; in each the fifth with the highest scores counts as confusing."
    )
    ordering = found.sentences()[-1]
    finding = f"In a small experiment on what decides that, {ordering[0].lower()}{ordering[1:]}"
    return replace(section, sentences=[setting, *section.sentences, _IN_FULL]), finding
