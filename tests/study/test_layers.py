"""Layers of a study's networks: read at once by probes that are trained once, stored, resumed and asked."""

import pickle
import re

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import ArgumentError, Columns, extract, extract_layers
from harsanyi.analysis import layer_by_layer
from harsanyi.game.probes import Probes
from harsanyi.loading.samples import Samples
from harsanyi.study import Plan, Study
from harsanyi.study.opening import open_study
from harsanyi.study.question import make_network
from harsanyi.study.samples import with_noise
from harsanyi.training import TrainingPlan, train_probes

COLUMNS = [0, 6, 9, 12]
TRAINING = TrainingPlan.from_mapping({
    "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3, "width": 16},
    "data": {"name": "wine", "standardise": True, "held_out": 0.3, "label_noise": 0.2},
    "recipe": {"epochs": 6, "checkpoints": [0, 6], "learning_rate": 0.05, "batch_size": 16},
})  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    TRAINING.run(folder, progress=False)
    return folder


def options(trained, **changes):
    return {"networks": {"mlp": str(trained)}, "samples": {"split": "test"}, "limit": 5, "max_gap": 0.2,
            "players": {"kind": "columns", "columns": COLUMNS}, "layers": {"names": ["1", "5"], "draws": 2},
            **changes}  # fmt: skip


@pytest.fixture(scope="module")
def study(trained, tmp_path_factory):
    return Study(tmp_path_factory.mktemp("study"), options(trained)).run(progress=False)


def test_layers_of_a_study_are_those_extracted_with_its_probes(study):
    assert study.layers == ("1", "5", "output")
    assert study.asked == ("output",)
    found = study.layer_interactions()
    network = TRAINING.module().eval()
    network.load_state_dict({name: values for name, values in _weights(study).items()})
    data, x = TRAINING.load(), study.interactions(samples="test")
    probes = train_probes(network, data.train_inputs, data.train_labels, layers=["1", "5"], progress=False)
    players = Columns(COLUMNS, baseline="mean", background=data.train_inputs)
    direct = extract_layers(network, probes, torch.from_numpy(x.inputs), x.labels, players=players, max_gap=0.2,
                            progress=False)  # fmt: skip
    assert list(found) == list(direct) == ["1", "5", "output"]
    for layer, expected in direct.items():
        np.testing.assert_allclose(found[layer].scores, expected.scores, atol=1e-5)
    alone = extract(network, torch.from_numpy(x.inputs), x.labels, players=players, max_gap=0.2, progress=False)
    np.testing.assert_allclose(direct["output"].scores, alone.scores, atol=1e-6)
    assert study.probes().layers == ("1", "5")
    assert torch.equal(study.probes()["5"].weight, probes["5"].weight)


def _weights(study):
    from safetensors.torch import load_file

    return load_file(study.record()["checkpoints"]["mlp"][-1]["path"])


def test_status_counts_as_a_run_does_and_times_the_probes_apart(study):
    status = study.status()
    assert status.units == (status.runs[0]["units"], status.runs[0]["of"]) == (2, 2)  # checkpoints; layers are one
    assert status.runs[0]["seconds"]["probes"] > status.runs[0]["seconds"]["loading"]
    assert re.search(r"network +step +samples x layers done +failed +to do\n +mlp +0 +45 ", repr(status))


def test_questions_without_a_layer_are_about_the_output(study):
    assert np.array_equal(study.interactions().scores, study.interactions(at="output").scores)
    assert study.dynamics().steps.tolist() == [0, 6]
    assert np.allclose(study.logits().argmax(1)[:1], study.logits(at="output").argmax(1)[:1])
    accuracy = (study.logits(at="5", samples="test").argmax(1) == study.interactions(samples="test").labels).mean()
    assert 0 <= accuracy <= 1


def test_analyses_get_the_layers_and_what_is_wrong_with_their_probes(study):
    found = study.layer_by_layer()
    wrong = {probe.layer: " ".join(probe.warnings) for probe in study.probes() if probe.warnings}
    assert dict(found.warnings) == wrong
    expected = layer_by_layer(study.layer_interactions(), warnings=wrong)
    assert np.array_equal(found.completeness.value, expected.completeness.value)
    course = study.layer_course()
    assert course.table().index.get_level_values(0).unique().tolist() == [0, 6]
    other = study.layer_by_layer(step=0)
    assert not np.array_equal(other.completeness.value, found.completeness.value)
    same = study.generalization_capacity("mlp", "mlp")
    assert (same.by_order()["iou"].dropna() == 1).all()


def test_noisy_copies_are_the_samples_with_noise_and_stability_asks_them(study):
    assert study.noisy_parts == ["noise 1", "noise 2"]
    clean = study.interactions(samples="test").inputs
    for part in study.noisy_parts:
        noise = study.interactions(samples=part).inputs - clean
        assert 0.005 < noise.std() < 0.05
    assert study.stability().draws == 2
    assert study.stability().names == ("1", "5", "output")


def test_noise_of_more_samples_only_adds_to_the_end():
    given = Samples(np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32), np.arange(6))
    whole, part = with_noise(given, 2, 0.1, 3), with_noise(given.take(slice(4)), 2, 0.1, 3)
    assert np.array_equal(whole.inputs[:12], part.inputs)
    assert whole.parts.tolist() == ["test", "noise 1", "noise 2"] * 6
    assert whole.labels.tolist() == np.repeat(np.arange(6), 3).tolist()
    assert np.array_equal(whole.inputs[::3], given.inputs)
    parted = Samples(given.inputs, given.labels, parts=np.array(["test", "train"] * 3))
    assert with_noise(parted, 2, 0.1, 3).parts.tolist() == ["test", "noise 1", "noise 2", "train"] * 3


def test_a_stopped_study_goes_on_with_the_probes_it_has(trained, tmp_path):
    study = Study(tmp_path / "study", options(trained, layers="1", block=2)).run(shard=(1, 2), progress=False)
    written = {path: path.stat().st_mtime_ns for path in (study.path / "probes").iterdir()}
    assert written
    Study(study.path).run(progress=False)
    again = Study(study.path, options(trained, layers="1", block=2, limit=6)).run(progress=False)
    assert len(again) == 6
    assert again.status().done
    assert {path: path.stat().st_mtime_ns for path in (study.path / "probes").iterdir()} | written == {
        path: path.stat().st_mtime_ns for path in (study.path / "probes").iterdir()}  # fmt: skip
    assert again.layer_by_layer().names == ("1", "output")
    assert Plan.from_mapping(again.plan.to_mapping()).layers.names == "1"
    assert Plan.from_mapping(options(trained, layers=1)).layers.names == "1"
    assert Plan.from_mapping(options(trained, layers=[1, 5])).layers.names == ("1", "5")
    assert Plan.from_mapping(options(trained, layers=None, at=1)).at == ("1",)


def test_what_reads_layers_can_be_handed_to_another_process(trained, tmp_path):
    question = open_study(tmp_path / "study", Plan.from_mapping(options(trained))).question
    there = pickle.loads(pickle.dumps(question))
    network, unit = make_network(there.plan.networks["mlp"], "mlp").eval(), "0" * 64
    assert there.ask("mlp", network, 0, unit).scores(0, 1)[0].shape == (1, 16, 3)


def test_probes_may_be_trained_on_other_samples(tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
    drawn = np.random.default_rng(0)
    inputs = drawn.normal(size=(90, 4)).astype(np.float32)
    labelled = {"inputs": inputs, "labels": network(torch.from_numpy(inputs)).argmax(1).numpy()}
    plan = Plan({"net": {"factory": network}}, inputs[:4], Columns(), max_gap=1.0,
                layers={"names": "auto", "samples": labelled})  # fmt: skip
    study = Study(tmp_path / "study", plan).run(progress=False)
    assert study.layers == ("1", "3", "output")
    assert study.probes()["3"].fit.train_accuracy > 0.9  # the labels are a linear function of this layer
    for path in (study.path / "probes").iterdir():
        assert Probes.load(path).layers == ("1", "3")
    assert len(extract_layers(network, study.probes(), torch.from_numpy(inputs[:2]), players=Columns(), noise=0,
                              progress=False)) == 3  # fmt: skip


@pytest.mark.parametrize(("change", "text"), [
    ({"layers": ["1", "6x"]}, "layers: given '6x'"),
    ({"layers": {"names": "1", "draws": 1}}, "layers.draws: given 1; accepted: 0, or 2 or more"),
    ({"layers": {"name": "1"}}, "layers: given 'name'.*names"),
    ({"layers": [1, 2.5]}, r"layers.names: given \[1, 2.5\]; accepted: the name of a layer, or a list of names"),
    ({"layers": None, "at": 1.5}, r"at: given 1.5; accepted: the name of a layer"),
    ({"layers": "1", "at": "1"}, "layers: given layers that are read beside layers that are masked"),
    ({"layers": {"pooling": "max"}}, "layers.pooling: given 'max'"),
    ({"layers": {"noise": 0}}, "layers.noise: given 0"),
    ({"layers": {"validation": 1}}, "layers.validation: given 1"),
])  # fmt: skip
def test_layers_that_cannot_be_read_are_refused(trained, tmp_path, change, text):
    with pytest.raises(ArgumentError, match=text):
        Study(tmp_path / "study", options(trained, **change))


def test_what_is_not_there_is_refused(study, trained, tmp_path):
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(ArgumentError, match=r"layers.samples: given nothing, and no training of net on record"):
        Study(tmp_path / "a", Plan({"net": {"factory": network}}, torch.rand(3, 3), Columns(), layers="auto"))
    plain = Study(tmp_path / "b", options(trained, layers=None))
    with pytest.raises(ArgumentError, match="which reads no layers; accepted: a study of a plan with layers"):
        plain.layer_by_layer()
    with pytest.raises(ArgumentError, match=r"plan: given layers.names .* instead of"):
        Study(study.path, options(trained, layers={"names": ["1"], "draws": 2}))
    new = Study(tmp_path / "c", options(trained, layers="5"))
    with pytest.raises(ArgumentError, match="the probes of mlp at step 6 are not trained yet"):
        new.probes()
    with pytest.raises(ArgumentError, match="without noisy copies of its samples"):
        new.stability()
    words = Samples(np.array(["a", "b"]))
    with pytest.raises(ArgumentError, match="noise needs numbers"):
        with_noise(words, 2, 0.1, 0)
