"""The commands train, run and status as a user types them: begun, resumed, extended, in shards, refused in words."""

import json
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from typer.testing import CliRunner

from harsanyi import Study
from harsanyi.cli import app
from harsanyi.cli.told import told
from harsanyi.study.store import Grid
from harsanyi.training import Course

RECIPE = {
    "network": "harsanyi.zoo:mlp5",
    "network_options": {"columns": 13, "classes": 3},
    "data": {"name": "wine", "standardise": True, "label_noise": 0.1},
    "recipe": {"epochs": 8, "batch_size": 16, "learning_rate": 0.05, "checkpoints": 4, "sample_losses": True},
}
PLAYERS = {"kind": "columns", "columns": ["alcohol", "flavanoids", "hue", "proline"]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    return tmp_path


@pytest.fixture
def command(folder):
    def call(*arguments, status=0):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        shown = result.output + str(result.exception or "")
        assert result.exit_code == status, shown
        return result.output

    return call


@pytest.fixture
def trained(folder, command):
    (folder / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    command("train", "recipe.yaml", "--out", "runs/wine")
    return folder / "runs" / "wine"


@pytest.fixture
def plan(folder, trained):
    options = {"networks": {"mlp": "runs/wine"}, "samples": {"split": "test"}, "limit": 6, "players": PLAYERS,
               "block": 4}  # fmt: skip
    (folder / "study.yaml").write_text(yaml.safe_dump(options))
    return folder / "study.yaml"


def runs(folder):
    return [json.loads(path.read_text()) for path in sorted((folder / "runs").glob("*.json"))]


def test_train_writes_checkpoints_and_goes_on_where_it_was(trained, command):
    course = Course.load(trained)
    assert (course.steps, course.finished) == ((0, 1, 3, 8), True)
    told = command("train", "recipe.yaml", "--out", "runs/wine")
    assert "4 of 4 checkpoints" in told
    told = command("train", "recipe.yaml", "--out", "other", "--set", "recipe.epochs=2", "--set", "recipe.seed=5")
    assert "3 of 3 checkpoints" in told
    assert Course.load("other").recipe.seed == 5


def test_a_named_recipe_is_trained_by_its_name(folder, command):
    command("train", "digits", "--out", "digits", "--set", "recipe.epochs=1", "--set", "seed=2")
    course = Course.load(folder / "digits")
    assert (course.steps, course.recipe.seed) == ((0, 1), 2)


def test_shards_make_the_whole_which_is_reported_and_told(plan, folder, command):
    half = command("run", "study.yaml", "--shard", "1/2")
    assert "4 of 8 units done" in half
    assert "4 units are left to the other shards; the one that ends last writes the page." in half
    assert not (folder / "study" / "report").exists()
    told = command("run", "study.yaml", "--shard", "2/2")
    assert "1 network x 4 checkpoints x 6 samples x 4 players, all done" in told
    assert told.index("Writing the page …") < told.index("The mean order")
    page = (folder / "study" / "report" / "index.html").read_text()
    assert "loss gap" in page
    assert "http" not in re.sub(r"<script>.*?</script>|http-equiv", "", page, flags=re.DOTALL)
    table = pd.read_csv(folder / "study" / "report" / "dynamics-mlp.csv", index_col="step")
    assert table.index.tolist() == [0, 1, 3, 8]
    x = Study(folder / "study").interactions(step=8)
    assert x.names[0] == tuple(PLAYERS["columns"])
    assert (np.abs(x.noise).max(1) <= x.noise_bound + 1e-9).all()


def test_run_again_computes_nothing_and_more_samples_only_what_is_new(plan, folder, command):
    command("run", "study.yaml", "--no-report")
    command("run", "study", "--no-report")  # the folder knows its plan
    told = command("run", "study.yaml", "--no-report", "--set", "limit=10")
    assert "10 samples" in told
    assert [run["units"] for run in runs(folder / "study")] == [8, 0, 8]  # blocks 4 + 2; then 2 more, and 2
    assert Study(folder / "study").status().done


def test_a_plan_may_be_on_the_command_line_alone(trained, folder, command):
    settings = ["networks.mlp=runs/wine", "samples.split=test", "limit=3", "players.kind=columns",
                "players.columns=[alcohol, hue]", "noise=0.04"]  # fmt: skip
    command("run", "--out", "watched", "--no-report", *(part for setting in settings for part in ("--set", setting)))
    record = json.loads((folder / "watched" / "run.json").read_text())
    assert record["identity"]["noise"] == 0.04
    assert Study(folder / "watched").n == 2


def test_status_tells_what_is_done_and_by_whom(plan, command):
    command("run", "study.yaml", "--no-report")
    told = command("status", "study")
    assert "all done" in told
    assert "serial" in told
    assert "MiB on the disk" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "study.yaml", "--set", "nois=0.1"], ["'nois'", "Did you mean 'noise'?"]),
        (
            ["run", "study.yaml", "--set", "networks.mlp={checkpoint: x}"],
            ["'checkpoint'", "Did you mean 'checkpoints'?"],
        ),
        (["run", "study.yaml", "--set", "players.colums=[a]"], ["'colums'", "Did you mean 'columns'?"]),
        (["run", "study.yaml", "--set", "networks.mlp=nowhere"], ["nowhere", "an existing folder"]),
        (["run", "study.yaml", "--set", "samples.split=tset"], ["'tset'", "Did you mean 'test'?"]),
        (["run", "study.yaml", "--engine", "slrum"], ["'slrum'", "Did you mean 'slurm'?"]),
        (["run", "study.yaml", "--workers", "0"], ["workers", ">= 1"]),
        (["run", "study.yaml", "--shard", "3/2"], ["shard", "1 <= k <= n"]),
        (["run", "study.yaml", "--shard", "0/2"], ["shard", "1 <= k <= n"]),
        (["run", "nothing.yaml"], ["nothing.yaml (no such file)", "a readable YAML file"]),
        (["run"], ["out", "the folder of the study"]),
        (["status", "runs"], ["runs", "a folder with a study"]),
        (["train", "digit", "--out", "x"], ["digit", "Did you mean 'digits'?"]),
        (["train", "recipe.yaml", "--out", "x", "--set", "recipe.epoch=3"], ["'epoch'", "Did you mean 'epochs'?"]),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(plan, command, arguments, words):
    told = command(*arguments, status=2)
    assert all(word in told for word in words), told
    assert "Traceback" not in told
    assert not (plan.parent / "study").exists()


def test_a_run_that_is_interrupted_says_how_far_it_is_and_goes_on(plan, command, monkeypatch):
    write = Grid.write

    def interrupted(grid, unit, computed):
        write(grid, unit, computed)
        if (unit.rows, unit.first) == ((1,), 0):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Grid, "write", interrupted)
        told = command("run", "study.yaml", status=130)
    assert told.splitlines()[-1] == "Stopped: 3 of 8 units done. Run the same command again to go on."
    assert "all done" in command("run", "study.yaml", "--no-report")


def test_warnings_are_shown_once_each_without_the_place_in_the_code(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with told():
            for text in ("two\n  lines", "two lines", "another"):
                warnings.warn(text, stacklevel=1)
    assert capsys.readouterr().err == "harsanyi: warning: two lines\nharsanyi: warning: another\n"


def test_a_plan_names_checkpoints_in_a_mapping(plan, folder, command):
    options = yaml.safe_load(plan.read_text())
    checkpoints = {0: "runs/wine/epoch-000000.safetensors", 8: "runs/wine/epoch-000008.safetensors"}
    network = {"factory": RECIPE["network"], "options": RECIPE["network_options"], "checkpoints": checkpoints,
               "unit": "epoch"}  # fmt: skip
    options |= {"networks": {"mlp": network}, "samples": {"name": "wine", "standardise": True, "split": "test"}}
    plan.write_text(yaml.safe_dump(options))
    command("run", "study.yaml", "--no-report")
    assert Study(folder / "study").steps() == (0, 8)
    assert Study(folder / "study").plan.networks["mlp"].unit == "epoch"
