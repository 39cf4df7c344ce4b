"""One plan: the same as a Python object and as YAML, and it refuses what it does not know before any work."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file
from torch import nn

from harsanyi import Columns, LogOdds
from harsanyi.core.errors import ArgumentError
from harsanyi.study import NetworkPlan, Plan, Study, read_plan
from harsanyi.training import Recipe
from harsanyi.training.plan import TrainingPlan
from harsanyi.zoo import load_data, mlp5

FULL = {
    "networks": {"a": {"checkpoints": ["x/step-1.pt", "x/step-2.pt"], "factory": "harsanyi.zoo:mlp5",
                       "options": {"columns": 4, "classes": 3}, "losses": "losses.csv"},
                 "b.2": {"checkpoints": {0: "y.pt", 10: "z.pt"}, "factory": "harsanyi.zoo:mlp5"}},
    "samples": {"name": "wine", "split": "train", "standardise": True}, "labels": "labels.npy", "limit": 3,
    "players": {"kind": "columns", "columns": [0, 1, 2, 9]}, "at": ["1", "3"], "score": "logit", "noise": 0.04,
    "max_gap": 0.1, "max_iterations": 100, "batch_size": 64, "autocast": "bfloat16", "device": "cpu",
    "threads": 2, "dtype": "float32", "block": 5, "label_column": "y", "text_column": "text", "output": "logits",
}  # fmt: skip


def fields(plan):
    return {**vars(plan), "networks": {name: vars(network) for name, network in plan.networks.items()}}


@pytest.mark.parametrize("options", [FULL, {name: FULL[name] for name in ("networks", "samples", "players")}])
def test_python_and_yaml_say_the_same_there_and_back(tmp_path, options):
    plan = Plan.from_mapping(options)
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(plan.to_mapping(), sort_keys=False))
    assert fields(read_plan(file)) == fields(plan)
    assert plan.to_mapping().keys() == options.keys()
    assert plan.to_mapping() == options


def test_values_of_numpy_and_paths_are_written_as_plain_ones(tmp_path):
    networks = {"a": {"checkpoints": {np.int64(3): Path("x.pt")}, "factory": "harsanyi.zoo:mlp5"}}
    players = {"kind": "columns", "columns": [np.int64(1), np.str_("b")]}
    plan = Plan(networks, Path("s.npz"), players, noise=np.float64(0.03), at=(np.str_("l"),))
    again = yaml.safe_load(yaml.safe_dump(plan.to_mapping()))
    assert again["noise"] == 0.03
    assert again["networks"]["a"]["checkpoints"] == {3: "x.pt"}
    assert again["players"]["columns"] == [1, "b"]
    assert again["at"] == ["l"]


@pytest.mark.parametrize("changes", [
    {"samples": torch.ones(2, 4)}, {"players": Columns()}, {"score": LogOdds()}, {"labels": np.arange(2)},
    {"networks": {"a": {"factory": nn.Linear(4, 2)}}},
])  # fmt: skip
def test_python_objects_are_not_written(changes):
    assert Plan.from_mapping(FULL | changes).to_mapping() is None


def test_a_list_with_nothing_in_it_is_not_lost():
    options = FULL | {"networks": {"a": {"factory": "m:f", "options": {"sizes": [1, None], "bias": None}}}}
    assert Plan.from_mapping(options).to_mapping()["networks"] == options["networks"]


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changes", "told"), [
    ({"nois": 0.1}, r"plan: given 'nois'; accepted: networks \(required\).*noise=None.*Did you mean 'noise'\?"),
    ({"networks": {"a": {"checkpoint": "x"}}}, r"networks\.a: given 'checkpoint'.*Did you mean 'checkpoints'\?"),
    ({"networks": {"a": {}}}, r"networks\.a: given a network with neither checkpoints nor factory"),
    ({"networks": {"a": {"checkpoints": "x", "role": "baselines"}}}, r"networks\.a\.role: given .baselines"),
    ({"networks": {"a": 3}}, r"networks\.a: given 3; accepted: a mapping"),
    ({"networks": {}}, r"networks: given \{\}; accepted: a mapping from names to networks, at least one"),
    ({"networks": "runs/a"}, "networks: given 'runs/a'; accepted: a mapping"),
    ({"networks": {"a/b": "x"}}, "networks: given the name 'a/b'; accepted: letters"),
    ({"networks": {"../a": "x"}}, "the name '../a'"),
    ({"networks": {1: "x"}}, "the name 1"),
    ({"networks": {"a": {"factory": "m:f", "options": [1]}}}, r"networks\.a\.options: given \[1\]; accepted: a map"),
    ({"networks": {"a": {"factory": mlp5, "options": {"x": 1}}}}, "accepted: options of a factory that is named"),
    ({"at": ["1", "1"]}, "at: given .*accepted: names of layers, each once"),
    ({"at": [1.5]}, "at: given .*a list of names"),
    ({"noise": -1}, "noise: given -1; accepted: a share of the score range in"),
    ({"noise": "much"}, "noise: given 'much'"),
    ({"max_gap": 0}, r"max_gap: given 0; accepted: a number in \(0, 1\]"),
    ({"max_iterations": 0}, "max_iterations: given 0"),
    ({"max_iterations": 2.5}, r"max_iterations: given 2\.5"),
    ({"batch_size": 0}, "batch_size: given 0"),
    ({"batch_size": "64"}, "batch_size: given '64'"),
    ({"limit": 0}, "limit: given 0; accepted: a whole number >= 1"),
    ({"block": True}, "block: given True"),
    ({"device": "gpu"}, "device: given 'gpu'; accepted: a name that torch knows"),
    ({"device": 2.5}, r"device: given 2\.5"),
    ({"threads": 0}, "threads: given 0; accepted: a whole number >= 1"),
    ({"threads": None}, "threads: given None"),
    ({"dtype": "float16"}, "dtype: given 'float16'; accepted: 'float64' or 'float32'"),
    ({"autocast": "half"}, "autocast: given 'half'; accepted: 'bfloat16', 'float16' or nothing"),
])  # fmt: skip
def test_what_a_plan_does_not_take_is_refused(changes, told):
    with pytest.raises(ArgumentError, match=told):
        Plan.from_mapping(FULL | changes)


@pytest.mark.parametrize(("changes", "told"), [
    ({"players": {"kind": "columns", "colums": [1]}}, r"players: given 'colums'.*Did you mean 'columns'\?"),
    ({"players": {"kind": "colums"}}, "players: given kind 'colums'; accepted: kind: one of columns, "),
    ({"players": {"protocol": "tabel"}}, r"protocol: given 'tabel'.*Did you mean 'table'\?"),
    ({"players": {"kind": "columns", "baseline": "means"}}, "baseline: given 'means'"),
    ({"samples": {"name": "wine", "split": "tset"}}, r"samples\.split: given 'tset'.*Did you mean 'test'\?"),
    ({"samples": {"name": "wien"}}, r"given 'wien'.*wine"),
    ({"samples": {"name": "wine", "standardize": True}}, "samples: given .*standardize.*options of load_data"),
    ({"samples": {"split": "test"}}, r"samples\.name: given nothing, and no training whose data could be taken"),
    ({"samples": "nothing.npz"}, r"samples: given nothing\.npz"),
    ({"score": "log-ods"}, "score: given 'log-ods'; accepted: one of log-odds, logit"),
    ({"networks": {"mlp": {"factory": "harsanyi.zoo:mlp4"}}}, "mlp4"),
    ({"networks": {"mlp": {"factory": "harsanyi.zoo:mlp5", "options": {"column": 3}}}}, "column"),
    ({"labels": 2.5}, r"labels: given 2\.5; accepted: one class a sample, one for all, or a file"),
    ({"labels": "labls.npy"}, "labls.npy"),
])  # fmt: skip
def test_what_only_the_files_and_networks_tell_is_refused_before_anything_is_written(tmp_path, changes, told):
    options = {"networks": {"mlp": {"factory": seeded}}, "samples": {"name": "wine"}, "limit": 2,
               "players": {"kind": "columns", "columns": [0, 1, 2, 9]}, **changes}  # fmt: skip
    with pytest.raises(ArgumentError, match=told):
        Study(tmp_path / "study", options)
    assert not (tmp_path / "study").exists()


def seeded():
    torch.manual_seed(0)
    return nn.Linear(13, 3)


# Files and changes ----------------------------------------------------------------------------------------------------


def test_single_values_are_changed_by_dotted_names(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(FULL))
    changes = {"noise": 0.1, "networks.a.checkpoints": "runs/a", "players.columns": [0], "samples.seed": 3}
    changed = read_plan(file, {**changes, "networks.c": "runs/c"})
    assert (changed.noise, changed.networks["a"].checkpoints, changed.players["columns"]) == (0.1, "runs/a", [0])
    assert changed.networks["c"].checkpoints == "runs/c"
    assert changed.samples == FULL["samples"] | {"seed": 3}
    assert fields(read_plan("", FULL)) == fields(Plan.from_mapping(FULL))
    with pytest.raises(ArgumentError, match="noise"):
        read_plan(file, {"noise.much": 1})


@pytest.mark.parametrize(("text", "told"), [
    ("- 1", "which holds a list; accepted: a mapping"), ("a: [", "accepted: a readable YAML file"),
    ("", "which holds a NoneType"), ("!!python/object:a.b {}", "accepted: a readable YAML file"),
])  # fmt: skip
def test_a_file_that_is_no_plan_is_refused(tmp_path, text, told):
    (tmp_path / "plan.yaml").write_text(text)
    with pytest.raises(ArgumentError, match=told):
        read_plan(tmp_path / "plan.yaml")


# Studies of plans -----------------------------------------------------------------------------------------------------


@pytest.fixture
def named(tmp_path):
    """A plan that a file can hold."""
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    for step in (1, 2):
        torch.manual_seed(step)
        save_file(mlp5(13, classes=3).state_dict(), checkpoints / f"step-{step}.safetensors")
    wine = load_data("wine", standardise=True)
    np.savez(tmp_path / "samples.npz", inputs=wine.test_inputs[:3].numpy(), labels=[0, 1, 2])
    return Plan.from_mapping({
        "networks": {"mlp": {"checkpoints": str(checkpoints), "factory": "harsanyi.zoo:mlp5",
                             "options": {"columns": 13, "classes": 3}}},
        "samples": str(tmp_path / "samples.npz"), "max_gap": 0.5,
        "players": {"kind": "columns", "columns": [0, 1, 2, 9]},
    })  # fmt: skip


def test_a_study_of_a_named_plan_resumes_from_its_folder_alone(tmp_path, named):
    Study(tmp_path / "study", named)
    study = Study(tmp_path / "study").run(progress=False)
    assert study.status().done
    assert fields(study.plan) == fields(named)
    assert fields(read_plan(tmp_path / "study" / "plan.yaml")) == fields(named)


def test_a_study_of_python_objects_reads_alone_and_asks_for_its_plan_to_run(done, plan):
    alone = Study(done.path)
    assert len(alone.interactions()) == 4
    for ask in (lambda: alone.plan, lambda: alone.run(progress=False)):
        with pytest.raises(ArgumentError, match="accepted: the plan again: it holds Python objects, which no file"):
            ask()
    assert Study(done.path, plan()).plan.networks["mlp"].factory is plan().networks["mlp"].factory


@dataclass(frozen=True)
class Margin:
    """A score of one's own."""

    def __call__(self, outputs, labels):
        return outputs[torch.arange(len(outputs)), labels] - outputs.mean(1)


def test_a_plan_of_python_objects_of_every_kind_runs_and_opens_again(tmp_path, named):
    network = mlp5(13, classes=3)
    files = sorted(Path(named.networks["mlp"].checkpoints).iterdir())
    data = load_data("wine", standardise=True)
    plan = Plan(
        {"module": NetworkPlan(files, network), "function": NetworkPlan(files, lambda: mlp5(13, classes=3)),
         "as-made": {"factory": network}}, data.test_inputs[:3].numpy(),
        Columns([0, 1, 2, 9], baseline="mean", background=data.train_inputs), labels=[0, 1, 2], score=Margin(),
        output=lambda outputs: outputs, max_gap=0.5)  # fmt: skip
    study = Study(tmp_path / "study", plan).run(progress=False)
    assert study.status().counts["as-made"] == {0: {"done": 3, "failed": 0, "to_do": 0}}
    for step in (1, 2):
        assert np.array_equal(study.interactions("module", step).scores, study.interactions("function", step).scores)
    assert Study(study.path, replace(plan)).run(progress=False).status().done
    with pytest.raises(ArgumentError, match=r"plan: given players\.background\.sha256 .* instead of"):
        Study(study.path, replace(plan, players=Columns([0, 1, 2, 9], baseline="mean", background=data.test_inputs)))


def test_a_folder_of_a_training_tells_network_data_and_losses(tmp_path):
    data, recipe = {"name": "wine", "standardise": True}, Recipe(epochs=2, checkpoints=(0, 2))
    training = TrainingPlan("harsanyi.zoo:mlp5", data, recipe, {"columns": 13, "classes": 3})
    training.run(tmp_path / "run", progress=False)
    options = {"networks": {"mlp": str(tmp_path / "run")}, "samples": {"split": "train"}, "limit": 2, "max_gap": 0.5,
               "players": {"kind": "columns", "columns": [0, 1, 2, 9]}}  # fmt: skip
    study = Study(tmp_path / "study", options).run(progress=False)
    data = load_data(**data)
    assert study.interactions().labels.tolist() == data.train_labels[:2].tolist()
    assert study.dynamics().unit == "epoch"
    assert Study(study.path).run(progress=False).status().done
