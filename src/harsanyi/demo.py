"""The demo: train a small network on real handwritten digits, watch it learn, and show what it has learned for good."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.core.threads import on_threads
from harsanyi.demo_factors import FactorExperiment, factors_told
from harsanyi.interactions import Interactions
from harsanyi.report.explorer import SAMPLES as SHOWN
from harsanyi.report.folder import PAGE, RESULT, write_result
from harsanyi.report.layer_tables import write_layer_tables
from harsanyi.report.layers import Layered, ask_layered, layer_highlight, layer_sections
from harsanyi.report.own import all_section
from harsanyi.report.own_highlights import certificates
from harsanyi.report.page import Page, Section, write_pictures
from harsanyi.report.setting import setting
from harsanyi.report.study_folder import last_interactions, single_section
from harsanyi.report.target import Told, tell
from harsanyi.report.words import sentences
from harsanyi.study import Plan, Study
from harsanyi.training import Course, TrainingPlan, train_baselines
from harsanyi.training.baselines import SUBFOLDER, read_baselines
from harsanyi.training.files import read_record

SAMPLES = 20  # of each part: test, training, and training samples with wrong labels
PAIRS = 3  # of networks, for each thing that they may share
TRAINING, STUDY, LAYERS, SETTINGS = "training", "study", "layers", "demo.json"
_TITLE = "What a small network learned about handwritten digits, when, and what of it generalizes"
_FOLLOWED = 2  # samples that are shown layer by layer


@dataclass(frozen=True)
class Demo:
    """What the demo made: the interactions after training, the sentences and where the page is."""

    interactions: Interactions
    sentences: list[str]
    page: Path


def run_demo(
    out: Path,
    epochs: int = 128,
    seed: int = 0,
    overwrite: bool = False,
    samples: int = SAMPLES,
    pairs: int = PAIRS,
    say: Callable[[str], None] = lambda line: None,
) -> Demo:
    """Train on the digits, 10 % of the training labels random, and on a third split; watch it in a study; write a page.

    Beside it a small experiment on other networks: what two of them must share for the same samples to confuse them;
    and what each layer of the network knows, keeps and forgets.

    Args:
        out: a folder, new, or of a demo that was stopped, which goes on.
        epochs: of the training, 1 or more.
        seed: of data, initial values, batches and players.
        overwrite: replace a demo that is there.
        samples: of each part (test, training, training with wrong labels), 2 or more; the experiment has twice as many
            test samples, but 10 at least.
        pairs: of networks in the experiment, for each thing that they may share, 1 or more.
        say: told each step in words.

    Returns:
        The `Demo`.

    Raises:
        ArgumentError: a number out of range; a folder that holds something else, a finished demo, or one that was begun
            with other epochs or another seed, and that is not to be overwritten.
    """
    require_whole(2, samples=samples)
    require_whole(pairs=pairs, epochs=epochs)
    _make_room(out, overwrite, epochs=epochs, seed=seed)
    experiment = _experiment(out, epochs, seed, samples, pairs)
    plan = TrainingPlan.from_mapping({"named": "digits", "seed": seed, "recipe": {"epochs": epochs}})
    say(f"Training a small CNN on 600 digits, a tenth of their labels random, for {epochs} epochs …")
    with on_threads(1):
        course = plan.run(out / TRAINING)  # alone: what it leaves is what a stopped demo is known by
    say(f"Beside the next networks {experiment.words} …")
    with experiment.trained_beside(say), on_threads(1):
        train_baselines(plan, out / TRAINING / SUBFOLDER, say=say)
    say(f"Extracting the interactions of {samples} test samples, {samples} training samples and {samples} with wrong "
        f"labels, n = 10 patches, at {len(course.steps)} checkpoints, and of the other networks …")  # fmt: skip
    study = Study(out / STUDY, _plan(out, seed, samples))
    workers = 1 if experiment.brief else min(2, os.cpu_count() or 1)
    study.run(workers=workers)
    say(f"Extracting those of {experiment.samples} test samples in the networks beside it …")
    experiment.run(workers)
    layers = _layers(out, seed, samples)
    say(f"Reading {len(layers.layers) - 1} layers of the network with linear probes …")
    layers.run(workers=workers)
    say("Writing the page …")
    (out / SETTINGS).write_text(json.dumps({"epochs": epochs, "seed": seed, "samples": samples, "pairs": pairs}))
    return _written(out, ask_demo(out))


def _make_room(out: Path, overwrite: bool, **recipe: int) -> None:
    """A folder to write into; a demo that was stopped stays, if it was begun with the same recipe."""
    ours = (out / TRAINING / "recipe.json").is_file() or (out / RESULT).is_file()
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not ours)):
        raise ArgumentError("out", out, "a folder that does not exist yet, or one of a demo", "Choose another one")
    if (out / PAGE).is_file() and not overwrite:
        raise ArgumentError("out", out, "a folder that does not exist yet", "Choose another one, or pass --overwrite")
    if overwrite and out.exists():
        shutil.rmtree(out)
    begun = (read_record(out / TRAINING) or {"recipe": recipe})["recipe"]
    for name, value in recipe.items():
        if begun[name] != value:
            raise ArgumentError(name, value, f"{begun[name]}, with which {out} was begun",
                                "Or choose another folder, or pass --overwrite")  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)


def _plan(out: Path, seed: int, samples: int) -> Plan:
    return Plan.from_mapping({
        "networks": {"cnn": str((out / TRAINING).resolve())},
        "baselines": str((out / TRAINING / SUBFOLDER).resolve()),
        "samples": {"split": ["test", "train", "mislabelled"]}, "limit": samples,
        "players": {"protocol": "digits", "seed": seed},
    })  # fmt: skip


def _layers(out: Path, seed: int, samples: int) -> Study:
    """The layers of the trained network, and of the one that differs by its seed alone."""
    found = read_baselines(out / TRAINING / SUBFOLDER).items()
    networks = {name: {"checkpoints": str(each.folder.resolve()), "role": "ceiling", "steps": "last"}
                for name, each in found if each.role == "ceiling"}  # fmt: skip
    target = {"checkpoints": str((out / TRAINING).resolve()), "steps": "last"}
    return Study(out / LAYERS, Plan.from_mapping({
        "networks": {"cnn": target, **networks}, "samples": {"split": "test"}, "limit": samples,
        "players": {"protocol": "digits", "seed": seed}, "layers": "auto",
    }))  # fmt: skip


@dataclass(frozen=True, eq=False)
class DemoTold:
    """All that a finished demo tells.

    Attributes:
        course: of the training.
        epochs: of the training.
        study: of the training, with `interactions` of its test samples at the end.
        told: what the study tells.
        layered: what the layers of the network know.
        factors: section of the page on pairs of networks, and its finding.
    """

    course: Course
    epochs: int
    study: Study
    interactions: Interactions
    told: Told
    layered: Layered
    factors: tuple[Section, str]

    def findings(self) -> list[str]:
        """In sentences, the training first."""
        return [*self._around(), *self.told.findings, self.factors[1], *self.layered.finding(),
                *sentences(self.interactions)]  # fmt: skip

    def _around(self) -> list[str]:
        return [_learning_sentence(self.course.losses, self.epochs), _wrong_sentence(self.interactions)]

    def page(self, samples: int = SHOWN) -> Page:
        """The page, on which so many samples can be looked up at most."""
        together = all_section(self.interactions, "test samples")
        highlights = [
            *self.told.highlights,
            layer_highlight(self.layered),
            *certificates(self.interactions, together.heading),
        ]
        sections = [*self.told.sections, self.factors[0], *layer_sections(self.layered, _FOLLOWED), together,
                    single_section(self.study, last_interactions(self.study), samples)]  # fmt: skip
        shown = [one for one in highlights if one is not None]
        lead = [*self._around(), *setting(self.study.record(), self.interactions.n)]
        return Page(_TITLE, sections, self.study.record(), shown, lead)


def ask_demo(out: Path) -> DemoTold:
    """Ask a finished demo all that it can tell.

    Args:
        out: its folder.

    Raises:
        ArgumentError: a part of it is missing.
    """
    settings = json.loads((out / SETTINGS).read_text(encoding="utf-8"))
    experiment = _experiment(out, **settings)
    study, layered = Study(out / STUDY), Study(out / LAYERS)
    return DemoTold(
        Course.load(out / TRAINING), settings["epochs"], study, study.interactions(samples="test"),
        tell(study, "cnn", "cnn", None), ask_layered(layered, "cnn", "cnn", np.arange(settings["samples"])),
        factors_told(experiment, experiment.overlap()),
    )  # fmt: skip


def is_demo(path: Path) -> bool:
    """Whether a folder holds a finished demo."""
    return (path / SETTINGS).is_file()


def _experiment(out: Path, epochs: int, seed: int, samples: int, pairs: int) -> FactorExperiment:
    return FactorExperiment(out, pairs, epochs, max(2 * samples, 10), seed)


def _written(out: Path, demo: DemoTold) -> Demo:
    """The page, tables and pictures."""
    page, findings = demo.page(), demo.findings()
    demo.told.write_tables(out)
    write_layer_tables(demo.layered, out)
    write_pictures(page.sections[:-2], out)
    write_result(demo.interactions, page, findings, out)
    return Demo(demo.interactions, findings, out / PAGE)


def _learning_sentence(losses: pd.DataFrame, epochs: int) -> str:
    last, least = losses.iloc[-1], losses["test_loss"].idxmin()
    return (
        f"After {epochs} epochs the network fits {100 * last.train_accuracy:.0f} % of its training labels, "
        f"{100 * last.mislabelled_accuracy:.0f} % of the wrong ones among them, and {100 * last.test_accuracy:.0f} % "
        f"of the test labels; its test loss was least after epoch {least}."
    )


def _wrong_sentence(interactions: Interactions) -> str:
    """Samples whose score, the log-odds of the label, is below 0: most of them are classified wrongly."""
    wrong, count = (interactions.scores[:, -1] < 0).nonzero()[0].tolist(), len(interactions)
    if not wrong:
        return f"The network prefers the label of each of the {count} samples to all other classes together."
    listed, are = ", ".join(map(str, wrong)), "is" if len(wrong) == 1 else "are"
    return f"Of the {count} explained samples, {len(wrong)} {are} less likely than not to be of their label: {listed}."
