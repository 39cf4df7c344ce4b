"""The networks that the demo trains beside its own: whatever becomes of their process."""

import os
import sys

import pytest
from typer.testing import CliRunner

from harsanyi.cli import app
from harsanyi.core.errors import ArgumentError
from harsanyi.demo import run_demo
from harsanyi.demo_factors import PAIRS, FactorExperiment, running_beside
from harsanyi.training import TrainingPlan, read_factors


def test_what_the_process_leaves_is_trained_after_it(tmp_path, monkeypatch):
    experiment, said = FactorExperiment(tmp_path, pairs=1, epochs=1, samples=100, seed=3), []
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with experiment.trained_beside(said.append):
        assert not (tmp_path / PAIRS).exists()
    assert said[-1] == "The process beside it failed: its networks are trained now …"
    index = read_factors(tmp_path / PAIRS)
    assert [pair.factor for pair in index.pairs] == ["nothing", "low", "high", "order"]
    files = {file: file.stat().st_mtime_ns for file in tmp_path.glob("pairs/*/*/epoch-*")}
    assert len(files) == 2 * experiment.networks
    again = CliRunner().invoke(app, experiment.command)  # what the process runs finds the same networks trained
    assert again.exit_code == 0, again.output
    assert {file: file.stat().st_mtime_ns for file in tmp_path.glob("pairs/*/*/epoch-*")} == files


def test_a_demo_that_was_stopped_goes_on_with_its_own_recipe_alone(tmp_path):
    said = []
    TrainingPlan.from_mapping({"named": "digits", "seed": 3, "recipe": {"epochs": 1}}).run(tmp_path / "training")
    for options, told in (({"epochs": 2, "seed": 3}, "epochs: given 2; accepted: 1, with which"),
                          ({"epochs": 1, "seed": 0}, "seed: given 0; accepted: 3, with which")):  # fmt: skip
        with pytest.raises(ArgumentError, match=told):
            run_demo(tmp_path, **options, say=said.append)
    assert said == []


def test_epochs_are_checked_before_a_folder_is_made(tmp_path):
    with pytest.raises(ArgumentError, match="epochs: given 0; accepted: a whole number >= 1"):
        run_demo(tmp_path / "demo", epochs=0)
    assert not (tmp_path / "demo").exists()


def test_the_process_ends_with_a_block_that_fails(tmp_path):
    experiment = FactorExperiment(tmp_path, pairs=1, epochs=10**6, samples=10, seed=0)
    with pytest.raises(KeyboardInterrupt), running_beside(experiment.command, print):
        raise KeyboardInterrupt  # else this waits for hours
