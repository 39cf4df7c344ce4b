"""Networks to compare with, and samples of several parts: in plans, on record, and read back."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file
from torch import nn

from harsanyi import ArgumentError, Columns
from harsanyi.analysis import generalizes
from harsanyi.loading.samples import Samples
from harsanyi.study import NetworkPlan, Plan, Study, read_plan
from harsanyi.study.parts import joined, joined_splits, split_of
from harsanyi.training import TrainingPlan, train_baselines
from harsanyi.zoo import load_data

TRAINING = {
    "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3},
    "data": {"name": "wine", "standardise": True, "held_out": 0.4, "label_noise": 0.2},
    "recipe": {"epochs": 2, "checkpoints": [0, 1, 2], "sample_losses": True},
}  # fmt: skip


def small_network():
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))


def samples(count):
    return torch.linspace(-2, 2, 9 * 4).mul(7).sin().view(9, 4)[:count]


# Roles ----------------------------------------------------------------------------------------------------------------


def test_roles_choose_their_checkpoints():
    steps = [0, 10, 20]
    chosen = {role: NetworkPlan("a", role=role).chosen(steps) for role in ("target", "baseline", "ceiling", "floor")}
    assert chosen == {"target": steps, "baseline": [20], "ceiling": [20], "floor": [0]}
    assert NetworkPlan("a", steps="first").chosen(steps) == [0]
    assert NetworkPlan("a", role="floor", steps="all").chosen(steps) == steps
    assert NetworkPlan("a", steps=[20, 0]).chosen(steps) == [0, 20]
    with pytest.raises(ArgumentError, match="5, which no checkpoint has; accepted: some of 0, 10, 20"):
        NetworkPlan("a", steps=[5]).chosen(steps)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"role": "base"}, "one of target, baseline, ceiling, floor, control, pair"),
        ({"role": "baselin"}, "Did you mean 'baseline'"),
        ({"steps": "newest"}, '"all", "first", "last", or a list of steps'),
        ({"steps": []}, "a list of steps"),
        ({"steps": [-1]}, "a list of steps"),
        ({"steps": [True]}, "a list of steps"),
        ({"steps": np.array([0, 1])}, "a list of steps"),
    ],
)
def test_roles_and_steps_that_are_none_are_refused(options, match):
    with pytest.raises(ArgumentError, match=match):
        NetworkPlan("a", **options)


def test_a_network_as_its_factory_makes_it_has_step_0_alone(two, tmp_path):
    made = {"checkpoints": None, "factory": "harsanyi.zoo:mlp5", "options": {"columns": 4, "classes": 3}}
    with pytest.raises(ArgumentError, match="5, which no checkpoint has; accepted: some of 0"):
        Study(tmp_path / "study", two(**made, steps=[5]))


def test_there_is_a_target():
    with pytest.raises(ArgumentError, match="networks: given no target"):
        Plan({"a": NetworkPlan("a", role="floor")}, samples(2), Columns())


@pytest.fixture
def two(folder, plan):
    """Makes a plan of a target and of another network, by default a baseline with the same checkpoints."""

    def make(**other):
        chosen = {"checkpoints": folder, "factory": small_network, "role": "baseline", **other}
        return plan(networks={"other": chosen, "own": {"checkpoints": folder, "factory": small_network}})

    return make


def test_a_study_knows_its_targets_and_the_target_is_meant(two, tmp_path):
    plan = two()
    with pytest.warns(UserWarning, match=r"networks\.other: a baseline with the same weights as own"):
        made = Study(tmp_path / "study", plan).run(progress=False)
    Study(tmp_path / "study", plan)  # told once
    study = Study(tmp_path / "study")  # without a plan: from the record
    assert study.targets == ("own",)
    assert study.roles == {"own": "target", "other": "baseline"}
    assert study.steps() == (0, 10, 20)
    assert study.steps("other") == (20,)
    assert (study.interactions().scores == made.interactions("own", 20).scores).all()
    assert (study.interactions("other").scores == study.interactions("own", 20).scores).all()


def test_roles_may_change_and_steps_be_added(two, tmp_path):
    Study(tmp_path / "study", two(steps=[10])).run(progress=False)
    study = Study(tmp_path / "study", two(role="floor", steps="all"))
    assert study.roles["other"] == "floor"
    assert study.steps("other") == (0, 10, 20)
    done, every = study.status().units[:2]
    assert 0 < done < every
    study.run(progress=False)
    assert len(list(study.checkpoints("other"))) == 3


def test_roles_steps_and_parts_in_yaml_and_by_dotted_names(tmp_path):
    options = {
        "networks": {"own": {"checkpoints": "target"}, "other": {"checkpoints": "b", "role": "ceiling", "steps": [2]}},
        "samples": {"name": "wine", "split": ["test", "train"]}, "players": {"kind": "columns"}, "baselines": "runs/b",
    }  # fmt: skip
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(options))
    assert read_plan(file).to_mapping() == options
    changed = read_plan(file, {"networks.other.role": "floor", "networks.other.steps": "first", "baselines": "c",
                               "samples.split": ["train", "mislabelled"]})  # fmt: skip
    assert (changed.networks["other"].role, changed.networks["other"].steps) == ("floor", "first")
    assert (changed.baselines, changed.samples["split"]) == ("c", ["train", "mislabelled"])


def test_a_network_given_as_a_folder_alone_takes_fields_by_dotted_names(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump({"networks": {"own": "a"}, "samples": "x.npz", "players": {"kind": "columns"}}))
    changed = read_plan(file, {"networks.own.steps": [4], "networks.b": "c", "networks.b.role": "floor"})
    assert changed.to_mapping()["networks"] == {
        "own": {"checkpoints": "a", "steps": [4]}, "b": {"checkpoints": "c", "role": "floor"}}  # fmt: skip


def test_a_changed_role_stays_when_the_study_runs_by_its_own_plan(trained, compared, tmp_path):
    shutil.copytree(compared.path, tmp_path / "study")
    networks = {"mlp": str(trained), "again-0": {"checkpoints": str(trained / "baselines" / "again-0"),
                                                 "role": "baseline", "steps": "last"}}  # fmt: skip
    assert Study(tmp_path / "study", wine_plan(trained, networks=networks)).roles["again-0"] == "baseline"
    study = Study(tmp_path / "study").run(progress=False)
    assert study.roles == {"mlp": "target", "other-0": "baseline", "again-0": "baseline", "untrained": "floor"}


def test_a_floor_is_a_network_before_its_training(two, tmp_path):
    from harsanyi.analysis import TransferRule

    more = two(role="floor", steps="all")
    last = NetworkPlan(more.networks["own"].checkpoints, small_network, role="baseline")
    with pytest.warns(UserWarning, match="last: a baseline with the same weights as own"):
        study = Study(tmp_path / "study", replace(more, networks={**more.networks, "last": last})).run(progress=False)
    rule = TransferRule(salience="max_effect")
    powers = {found.name: float(found.power.value) for found in study.generalization(rule=rule).references}
    untrained = generalizes(study.interactions("own"), study.interactions("other", 0), rule, references=False)
    assert powers["untrained"] == pytest.approx(float(untrained.power.value))
    assert powers["untrained"] < 1 == float(study.generalization(rule=rule).power.value)


@pytest.mark.parametrize(("other", "told"), [
    ({"checkpoints": "nowhere"}, r"networks\.other\.checkpoints: given nowhere; accepted: an existing folder or file"),
    ({"steps": [7]}, r"networks\.other\.steps: given 7, which no checkpoint has"),
])  # fmt: skip
def test_a_network_whose_checkpoints_are_not_there_is_named(two, tmp_path, other, told):
    with pytest.raises(ArgumentError, match=told):
        Study(tmp_path / "study", two(**other))


def test_networks_of_other_classes_are_refused(two, tmp_path):
    def wider():
        return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5))

    weights = tmp_path / "wide-1.safetensors"
    save_file({name: torch.zeros_like(values) for name, values in wider().state_dict().items()}, weights)
    plan = two(factory=wider, checkpoints=weights)
    with pytest.raises(ArgumentError, match=r"networks\.other: given a network of 5 outputs \(classes\); accepted: 3"):
        Study(tmp_path / "study", plan)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    plan = TrainingPlan.from_mapping(TRAINING)
    plan.run(folder, progress=False)
    train_baselines(plan, folder / "baselines", progress=False)
    return folder


def wine_plan(trained, **changes):
    return Plan.from_mapping({
        "networks": {"mlp": str(trained)}, "baselines": str(trained / "baselines"), "limit": 3, "max_gap": 1.0,
        "samples": {"split": ["test", "train", "mislabelled"]}, "players": {"kind": "columns", "columns": [0, 3, 6, 9]},
        **changes,
    })  # fmt: skip


@pytest.fixture(scope="module")
def compared(trained, tmp_path_factory):
    """A study of a target, the networks to compare it with, and three parts, that has run."""
    return Study(tmp_path_factory.mktemp("compared") / "study", wine_plan(trained)).run(progress=False)


def test_a_folder_of_baselines_and_parts_of_the_training_data(compared):
    study = compared
    assert study.roles == {"mlp": "target", "other-0": "baseline", "again-0": "ceiling", "untrained": "floor"}
    assert {name: study.steps(name) for name in study.networks} == {
        "mlp": (0, 1, 2), "other-0": (2,), "again-0": (2,), "untrained": (0,)}  # fmt: skip
    data = load_data(**TRAINING["data"])
    inputs = {name: study.interactions(samples=name).inputs for name in study.parts}
    assert (inputs["test"] == data.test_inputs[:3].numpy()).all()
    assert (inputs["train"] == data.train_inputs[:3].numpy()).all()
    assert (inputs["mislabelled"] == data.train_inputs[data.mislabelled.flip(0)[:3]].numpy()).all()
    labels = study.interactions(samples="mislabelled").labels
    assert (labels == data.train_labels[data.mislabelled.flip(0)[:3]].numpy()).all()
    assert study.mislabelled[study.parts["mislabelled"]].all()
    assert not study.mislabelled[study.parts["test"]].any()
    assert study.interactions().provenance["outputs"] == 3
    assert study.to_xarray().part.values.tolist() == ["test", "train", "mislabelled"] * 3


def test_a_larger_limit_adds_samples_of_every_part(trained, compared, tmp_path):
    first = Study(shutil.copytree(compared.path, tmp_path / "study"))
    before = first.interactions().scores
    more = Study(tmp_path / "study", wine_plan(trained, limit=5))
    assert {name: len(places) for name, places in more.parts.items()} == {"test": 5, "train": 5, "mislabelled": 5}
    more.run(progress=False)
    assert (more.interactions().scores[:9] == before).all()
    assert (more.interactions(samples="train").inputs[:3] == first.interactions(samples=slice(1, 9, 3)).inputs).all()
    with pytest.raises(ArgumentError, match="of another form"):
        Study(tmp_path / "study", wine_plan(trained, samples={"split": "test"}, limit=15))


def test_the_test_part_is_meant_where_nothing_is_said(compared):
    study = compared
    dynamics = study.dynamics()
    assert dynamics.strength.shape[1] == 3
    assert (dynamics.strength == study.dynamics(samples="test").strength).all()
    assert study.theory().steps.tolist() == [0, 1, 2]
    assert len(study.interactions()) == 9
    with pytest.raises(ArgumentError, match=r"one of the parts test, train, mislabelled\. Did you mean 'train'"):
        study.interactions(samples="trian")


def test_the_folder_of_baselines_may_be_named_again_in_another_way(trained, compared, tmp_path, monkeypatch):
    shutil.copytree(compared.path, tmp_path / "study")
    monkeypatch.chdir(trained)
    study = Study(tmp_path / "study", read_plan(tmp_path / "study" / "plan.yaml", {"baselines": "baselines"}))
    assert study.networks == ("mlp", "other-0", "again-0", "untrained")


def test_a_baseline_cannot_have_the_name_of_another_network(trained, tmp_path):
    networks = {"mlp": str(trained), "other-0": str(trained)}
    with pytest.raises(ArgumentError, match="with other-0, the name of another network"):
        Study(tmp_path / "study", wine_plan(trained, networks=networks))


# Parts ----------------------------------------------------------------------------------------------------------------


def test_a_part_named_mislabelled_has_wrong_labels_unless_it_says_which():
    inputs, labels = np.arange(2.0), np.arange(2)
    known = Samples(inputs, labels, mislabelled=np.array([True, False]))
    for wrong, expected in ((Samples(inputs, labels), [True, True]), (known, [True, False])):
        found = joined({"train": Samples(inputs, labels), "mislabelled": wrong}, None)
        assert found.mislabelled[found.parts == "mislabelled"].tolist() == expected
        assert not found.mislabelled[found.parts == "train"].any()
    assert joined({"train": Samples(inputs), "mislabelled": Samples(inputs)}, None).mislabelled is None  # no labels


def test_parts_of_files_and_arrays(plan, tmp_path):
    np.savez(tmp_path / "train.npz", inputs=samples(3).numpy(), labels=np.arange(3), mislabelled=[True, False, False])
    test = {"inputs": samples(9)[4:], "labels": [2, 1, 0, 0, 1]}
    given = {"parts": {"train": str(tmp_path / "train.npz"), "test": test}}
    study = Study(tmp_path / "study", plan(labels=None, samples=given))
    assert study.parts["train"].tolist() == [0, 2, 4]
    assert study.parts["test"].tolist() == [1, 3, 5, 6, 7]
    assert study.mislabelled.tolist() == [True] + [False] * 7
    assert joined({"a": Samples(np.arange(2.0)), "b": Samples(np.arange(2.0))}, None).mislabelled is None
    study.run(progress=False)
    assert (study.interactions(samples="test").inputs == samples(9)[4:].numpy()).all()
    assert study.interactions(samples="test").labels.tolist() == [2, 1, 0, 0, 1]


def test_parts_that_do_not_fit_are_refused(plan, tmp_path):

    def refused(given, match, **changes):
        with pytest.raises(ArgumentError, match=match):
            Study(tmp_path / "study", plan(**{"labels": None, "samples": given, **changes}))
        assert not (tmp_path / "study").exists()

    with_labels = {"inputs": samples(2), "labels": [0, 1]}
    refused({"parts": {"a": with_labels, "b": samples(2)}}, r"samples\.b: given float32 \(4,\) without labels")
    words = {"inputs": samples(2), "labels": ["yes", "no"]}
    refused({"parts": {"a": with_labels, "b": words}}, "with text labels; accepted: .* with labels")
    refused({"parts": {"a": with_labels}}, "labels beside samples of several parts", labels=[0, 1])
    refused({"parts": {}}, "a mapping from names to samples")
    refused({"parts": with_labels, "split": "test"}, "nothing else")
    refused({"inputs": samples(2), "label": [0, 1]}, "an array 'label'; accepted: inputs, labels, mislabelled")
    refused({"inputs": samples(2), "labels": [0]}, "labels: given 1 values; accepted: 2")
    refused({**with_labels, "mislabelled": [0, 1]}, r"mislabelled: given int64 \(2,\); accepted: bool \(2,\)")
    refused({**with_labels, "mislabelled": [[True], [False]]}, r"mislabelled: given bool \(2, 1\)")
    refused({"name": "wine", "split": ["test", "test"]}, "each once")
    refused({"name": "wine", "split": [["test"]]}, "accepted: one of")
    refused({"name": "wine", "split": ["test", "tain"]}, "Did you mean 'train'")
    refused({"name": "wine", "split": "mislabelled"}, "Set label_noise of the data")


def test_taking_turns():
    parts = {"a": Samples(np.arange(4.0)), "b": Samples(np.arange(10.0, 12.0))}
    whole = joined(parts, None)
    assert whole.inputs.tolist() == [0, 10, 1, 11, 2, 3]
    assert whole.parts.tolist() == ["a", "b", "a", "b", "a", "a"]
    for limit in range(1, 5):
        part = joined(parts, limit)
        assert part.inputs.tolist() == whole.inputs[: len(part.inputs)].tolist()


@pytest.mark.parametrize("splits", [["train", "mislabelled"], ["mislabelled", "test", "train"]])
def test_no_sample_is_of_two_parts_and_a_larger_limit_only_adds(splits):
    data = load_data("wine", label_noise=0.3, held_out=0.4)
    whole = joined_splits(data, splits, None)
    rows = {tuple(values) for values in whole.inputs.tolist()}
    of_source = data.train_inputs if "test" not in splits else torch.cat((data.train_inputs, data.test_inputs))
    assert len(whole.inputs) == len(of_source)
    assert rows == {tuple(values) for values in of_source.tolist()}
    assert whole.mislabelled.sum() == len(data.mislabelled)
    assert whole.mislabelled[whole.parts == "mislabelled"].all()
    for limit in (1, 2, 7, 20, 40):
        some = joined_splits(data, splits, limit)
        count = len(some.inputs)
        assert (some.inputs == whole.inputs[:count]).all()
        assert (some.parts == whole.parts[:count]).all()
        assert (np.unique(some.parts, return_counts=True)[1] <= limit).all()


def test_samples_that_have_parts_take_turns_and_are_limited(plan, tmp_path):
    given = Samples(samples(7).numpy(), np.arange(7) % 3, parts=np.array(["a", "a", "a", "b", "b", "a", "b"]))
    study = Study(tmp_path / "study", plan(labels=None, samples=given, limit=2))
    assert {name: places.tolist() for name, places in study.parts.items()} == {"a": [0, 2], "b": [1, 3]}
    study.run(progress=False)
    assert (study.interactions(samples="b").inputs == samples(5)[3:].numpy()).all()
    assert len(Study(tmp_path / "study", plan(labels=None, samples=given))) == 7


def test_parts_are_not_nested_and_not_empty():
    one = Samples(np.arange(2.0))
    with pytest.raises(ArgumentError, match=r"samples\.b: given no sample; accepted: the samples of one part"):
        joined({"a": one, "b": Samples(np.zeros(0))}, None)
    with pytest.raises(ArgumentError, match=r"samples\.b: given samples that have parts themselves"):
        joined({"a": one, "b": joined({"c": one}, None)}, None)


def test_a_part_that_others_leave_nothing_is_refused():
    with pytest.raises(ArgumentError, match=r"samples\.b: given a part without a sample that no other part has"):
        joined({"a": Samples(np.arange(2.0)), "b": Samples(np.zeros(1))}, None, {"a": [0, 1], "b": [0]})


def test_splits_of_data():
    data = load_data("wine", label_noise=0.3, noise="other")
    wrong = split_of(data, "mislabelled")
    assert (wrong.labels != data.clean_labels[data.mislabelled.flip(0)].numpy()).all()
    assert split_of(data, "train").mislabelled.sum() == len(wrong.labels) == len(data.mislabelled)
    assert not split_of(data, "test").mislabelled.any()


def test_studies_of_before_have_no_parts(done):
    assert done.parts == {}
    assert done.mislabelled is None
    assert done.roles == {"mlp": "target"}
    with pytest.raises(ArgumentError, match="positions: there are no parts"):
        done.interactions(samples="test")
