"""Networks to compare with: other samples, the same samples again, untrained; resumed, added to, and read back."""

import json

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from harsanyi import ArgumentError
from harsanyi.cli import app
from harsanyi.loading.checkpoints import find_checkpoints
from harsanyi.training import Course, TrainingPlan, read_baselines, train_baselines
from harsanyi.training.baselines import INDEX
from harsanyi.training.plan import read_training
from harsanyi.zoo import load_data
from harsanyi.zoo.data import trained_on

OPTIONS = {
    "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3},
    "data": {"name": "wine", "standardise": True, "held_out": 0.4, "label_noise": 0.2},
    "recipe": {"epochs": 3, "checkpoints": [0, 1, 3], "batch_size": 32, "seed": 5},
}  # fmt: skip


@pytest.fixture
def plan():
    return TrainingPlan.from_mapping(OPTIONS)


def rows(data):
    return {name: set(getattr(data, f"{name}_rows").tolist()) for name in ("train", "held_out", "test")}


@pytest.mark.parametrize("held_out", [0, 0.4])
@pytest.mark.parametrize("split", ["held_out", "test"])
def test_the_part_that_is_trained_on_is_no_part_of_what_the_target_saw(split, held_out):
    data = load_data(**OPTIONS["data"] | {"held_out": held_out})
    if split == "held_out" and not held_out:
        with pytest.raises(ArgumentError, match=r"'held_out', which has no sample.*data\.held_out=0\.3"):
            trained_on(data, split)
        return
    other = trained_on(data, split)
    assert rows(other)["train"] == rows(data)[split]
    assert not rows(other)["train"] & (rows(data)["train"] | rows(other)["test"])
    assert sorted(map(len, rows(other).values())) == sorted(map(len, rows(data).values()))
    assert len(other.mislabelled) == len(other.changed) == 0
    assert torch.equal(other.train_inputs, getattr(data, f"{split}_inputs"))
    if split == "test" and not held_out:  # measured on the target's own samples, with their right labels
        assert torch.equal(other.test_labels, data.clean_labels)
        assert not torch.equal(data.train_labels, data.clean_labels)


def test_the_target_s_own_samples_stay_as_they_are():
    data = load_data(**OPTIONS["data"])
    assert trained_on(data, "train") is data
    with pytest.raises(ArgumentError, match="Did you mean 'held_out'"):
        trained_on(data, "heldout")


def test_baselines_ceilings_and_floor(plan, tmp_path):
    target = plan.run(tmp_path / "target", progress=False)
    said = []
    courses = train_baselines(plan, tmp_path / "others", 2, say=said.append, progress=False)
    assert list(courses) == ["other-0", "again-0", "other-1", "again-1"]
    assert len(said) == 4
    assert {course.steps for course in courses.values()} == {(0, 3)}
    found = read_baselines(tmp_path / "others")
    assert {name: (each.role, each.steps) for name, each in found.items()} == {
        "other-0": ("baseline", "last"), "again-0": ("ceiling", "last"), "other-1": ("baseline", "last"),
        "again-1": ("ceiling", "last"), "untrained": ("floor", "first"),
    }  # fmt: skip
    assert found["untrained"].folder == found["other-0"].folder
    plans = {name: read_training(each.folder) for name, each in found.items()}
    assert plans["other-0"].split == "held_out"
    assert plans["again-1"].split == "train"
    assert all(other.data == plan.data for other in plans.values())
    seeds = [plans[name].recipe.seed for name in courses]
    assert len({plan.recipe.seed, *seeds}) == 5
    weights = [load_file(course.paths[-1]) for course in (target, *courses.values())]
    assert len({float(each[next(iter(each))].sum()) for each in weights}) == 5
    assert courses["again-0"].mislabelled == target.mislabelled != ()
    assert courses["other-0"].mislabelled == ()


def test_more_are_added_and_nothing_is_trained_again(plan, tmp_path):
    train_baselines(plan, tmp_path, 1, progress=False)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*-0/epoch-*.safetensors")}
    (tmp_path / INDEX).unlink()  # as where a run was killed before it was written
    assert len(train_baselines(plan, tmp_path, 2, progress=False)) == 4
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(read_baselines(tmp_path)) == 5
    with pytest.raises(ArgumentError, match="holds a training with other data"):
        train_baselines(plan, tmp_path, 1, "test", progress=False)


class StoppedError(Exception):
    """Raised between or in the middle of trainings."""


@pytest.mark.parametrize("at", ["between two networks", "in the middle of one"])
def test_stopped_and_run_again_is_uninterrupted(plan, tmp_path, at):
    def say(line):
        if at == "between two networks" and "again-0" in line:
            raise StoppedError

    def progress(done, total):
        if at == "in the middle of one" and (tmp_path / "parts" / "again-0").is_dir():
            raise StoppedError

    train_baselines(plan, tmp_path / "whole", progress=False)
    with pytest.raises(StoppedError):
        train_baselines(plan, tmp_path / "parts", say=say, progress=progress)
    assert list(read_baselines(tmp_path / "parts")) == ["other-0", "untrained"]  # only what is finished
    train_baselines(plan, tmp_path / "parts", progress=False)
    for path in tmp_path.glob("whole/**/*"):
        if path.suffix == ".safetensors" or path.name in (INDEX, "course.csv"):
            assert (tmp_path / "parts" / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes()


def test_a_training_on_record_without_a_split_is_on_the_training_samples_and_goes_on(plan, tmp_path):
    plan.run(tmp_path, progress=False)
    record = json.loads((tmp_path / "recipe.json").read_text())
    assert record["plan"].pop("split") == "train"
    (tmp_path / "recipe.json").write_text(json.dumps(record))
    assert read_training(tmp_path) == plan
    assert plan.run(tmp_path, progress=False).finished


def test_what_cannot_be_trained_is_refused_first(plan, tmp_path):
    def refused(match, plan=plan, **options):
        with pytest.raises(ArgumentError, match=match):
            train_baselines(plan, tmp_path / "none", **options, progress=False)
        assert not (tmp_path / "none").exists()

    refused("baselines: given 0", count=0)
    refused("Did you mean 'held_out'", split="held-out")
    last = OPTIONS["recipe"] | {"seed": 2**63 - 2}
    refused("seed: given 9223372036854775808", TrainingPlan.from_mapping(OPTIONS | {"recipe": last}))
    refused("which has no sample", TrainingPlan.from_mapping(OPTIONS | {"data": {"name": "wine"}}))
    refused("on the split 'test'", TrainingPlan.from_mapping(OPTIONS | {"split": "test"}))
    with pytest.raises(ArgumentError, match="Did you mean 'held_out'"):
        TrainingPlan.from_mapping(OPTIONS | {"split": "held_ou"})


def test_an_index_that_is_none_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="harsanyi train --baselines"):
        read_baselines(tmp_path)
    for content in ("{", json.dumps({"format": 9}), json.dumps({"format": 1, "networks": {"a": {}}})):
        (tmp_path / INDEX).write_text(content)
        with pytest.raises(ArgumentError, match="damaged"):
            read_baselines(tmp_path)


def test_from_the_command_line(tmp_path):
    import yaml

    recipe, out = tmp_path / "recipe.yaml", tmp_path / "out"
    recipe.write_text(yaml.safe_dump(OPTIONS))
    command = ["train", str(recipe), "--out", str(out), "--baselines", "1"]
    refused = CliRunner().invoke(app, [*command, "--set", "data.held_out=0"])
    assert refused.exit_code == 2
    assert not out.exists()
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "Training other-0 on the held_out samples" in done.output
    assert f"--set baselines={out / 'baselines'}" in done.output.replace("\n", "")
    assert list(read_baselines(out / "baselines")) == ["other-0", "again-0", "untrained"]
    assert Course.load(out).steps == (0, 1, 3)  # the sub-folder does not disturb its own checkpoints
    assert [found.step for found in find_checkpoints(out)] == [
        0,
        1,
        3,
    ]
    assert CliRunner().invoke(app, command).exit_code == 0
