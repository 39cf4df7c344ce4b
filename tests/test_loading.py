"""Files in: networks, checkpoints, samples, players. Every refusal names what was given and what is accepted."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from harsanyi import ArgumentError, Columns, Patches, Regions
from harsanyi.loading.network import build_network, load_checkpoint, read_state
from harsanyi.loading.players import players_from, score_from
from harsanyi.loading.samples import read_labels, read_samples, read_sentences
from harsanyi.loading.yaml_files import read_yaml


class Harmful:
    """Would write a file when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_factory_is_called_with_its_options():
    network = build_network("torch.nn:Linear", {"in_features": 3, "out_features": 2})
    assert network.weight.shape == (2, 3)
    told = (
        r"network_options: given {'vocab': 29} \(.*'vocab'.*\); accepted: .* torch.nn:ReLU takes. .*--network-options"
    )
    with pytest.raises(ArgumentError, match=told):
        build_network("torch.nn:ReLU", {"vocab": 29})


@pytest.mark.parametrize(
    ("factory", "told"),
    [
        ("torch.nn", "package.module:factory"),
        ("no_such_module:f", "no_such_module"),
        ("torch.nn:Linea", "one of the names in torch.nn"),
        ("torch.nn:Linear", "network_options: given nothing (missing a required argument: 'in_features')"),
        ("builtins:dict", "torch.nn.Module or a callable"),
    ],
)
def test_a_factory_that_cannot_be_used_says_why(factory, told):
    with pytest.raises(ArgumentError, match="network") as raised:
        build_network(factory)
    assert told in str(raised.value)


@pytest.mark.parametrize("kind", ["safetensors", "pt", "nested"])
def test_a_checkpoint_is_loaded_exactly(tmp_path, kind):
    saved, fresh = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    path = tmp_path / ("w.safetensors" if kind == "safetensors" else "w.pt")
    if kind == "safetensors":
        save_file(saved.state_dict(), path)
    else:
        torch.save(saved.state_dict() if kind == "pt" else {"state_dict": saved.state_dict(), "epoch": 3}, path)
    load_checkpoint(fresh, path)
    assert torch.equal(fresh.weight, saved.weight)


def test_a_checkpoint_that_does_not_fit_says_which_tensors_and_changes_nothing(tmp_path):
    torch.save({"weight": torch.zeros(5, 3), "extra": torch.zeros(1)}, tmp_path / "w.pt")
    network = torch.nn.Linear(3, 2)
    before = network.weight.clone()
    with pytest.raises(ArgumentError) as raised:
        load_checkpoint(network, tmp_path / "w.pt")
    for told in ("missing: bias", "not in the network: extra", "weight (5, 3) instead of (2, 3)", "Linear"):
        assert told in str(raised.value)
    assert torch.equal(network.weight, before)


def test_a_pickle_that_is_not_weights_only_is_refused_and_never_run(tmp_path):
    trap = tmp_path / "ran"
    torch.save({"weight": torch.zeros(1), "harm": Harmful(trap)}, tmp_path / "w.pt")
    with pytest.raises(ArgumentError, match="more than weights"):
        read_state(tmp_path / "w.pt")
    assert not trap.exists()


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
def test_an_unreadable_or_missing_checkpoint_is_an_error(tmp_path, name):
    with pytest.raises(ArgumentError, match="an existing file"):
        read_state(tmp_path / name)
    (tmp_path / name).write_bytes(b"no checkpoint")
    with pytest.raises(ArgumentError, match="checkpoint"):
        read_state(tmp_path / name)


def test_samples_read_back_from_every_kind_of_file(tmp_path):
    values = np.arange(12.0).reshape(4, 3)
    labels = np.array([0, 1, 0, 1])
    table = pd.DataFrame(values, columns=["a", "b", "c"]).assign(y=labels)
    np.save(tmp_path / "s.npy", values)
    np.savez(tmp_path / "s.npz", inputs=values, labels=labels)
    table.to_csv(tmp_path / "s.csv", index=False)
    table.to_parquet(tmp_path / "s.parquet")
    for name in ("s.npy", "s.npz", "s.csv", "s.parquet"):
        samples = read_samples(tmp_path / name, "y" if name in ("s.csv", "s.parquet") else None)
        np.testing.assert_array_equal(samples.inputs, values)
        if name != "s.npy":
            np.testing.assert_array_equal(samples.labels, labels)
        assert samples.columns == (("a", "b", "c") if name in ("s.csv", "s.parquet") else None)


def test_samples_that_cannot_be_used_say_why(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "two.npz", a=np.zeros(1), b=np.zeros(1))
    (tmp_path / "words.csv").write_text("a,b\n1,x\n")
    (tmp_path / "torn.npz").write_bytes(b"PK")
    (tmp_path / "s.json").write_text("[]")
    for name, told in {
        "missing.npy": "an existing file", "objects.npy": "readable .npy", "two.npz": "one array of inputs",
        "words.csv": "the columns b", "torn.npz": "readable .npz", "s.json": "ending in .npy",
    }.items():  # fmt: skip
        with pytest.raises(ArgumentError, match="samples") as raised:
            read_samples(tmp_path / name)
        assert told in str(raised.value), name
    (tmp_path / "ok.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ArgumentError, match="one of a, b"):
        read_samples(tmp_path / "ok.csv", "label")


def test_labels_must_be_whole_numbers(tmp_path):
    np.save(tmp_path / "y.npy", np.array([0.0, 2.0]))
    assert read_labels(tmp_path / "y.npy").tolist() == [0, 2]
    np.save(tmp_path / "y.npy", np.array([0.5, 2.0]))
    with pytest.raises(ArgumentError, match="one integer a sample"):
        read_labels(tmp_path / "y.npy")
    (tmp_path / "y.csv").write_text("2\n8\n")
    with pytest.raises(ArgumentError, match=r"labels: given .*, whose first line holds numbers"):
        read_labels(tmp_path / "y.csv")


def test_targets_that_no_score_uses_are_left_out_whatever_they_are(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,y\n1,2,0.5\n3,4,1.5\n")
    np.savez(tmp_path / "t.npz", inputs=np.eye(2), labels=np.array([0.5, 1.5]))
    (tmp_path / "s.csv").write_text("text,y\ngood,0.5\n")
    assert read_samples(tmp_path / "t.csv", "y", labelled=False).columns == ("a", "b")
    for samples in (
        read_samples(tmp_path / "t.csv", "y", labelled=False),
        read_samples(tmp_path / "t.npz", labelled=False),
        read_sentences(tmp_path / "s.csv", label_column="y", labelled=False),
    ):
        assert samples.labels is None
    with pytest.raises(ArgumentError, match="label_column: given 'z'; accepted: one of a, b, y"):
        read_samples(tmp_path / "t.csv", "z", labelled=False)


def test_players_have_the_same_fields_in_yaml_as_in_python(tmp_path):
    np.save(tmp_path / "background.npy", np.ones((5, 1, 8, 8)))
    (tmp_path / "p.yaml").write_text(
        f"kind: patches\ngrid: [4, 4]\nn: 5\nbaseline: mean\nbackground: {tmp_path}/background.npy\n"
    )
    players = players_from(read_yaml(tmp_path / "p.yaml", "players"))
    images = torch.rand(2, 1, 8, 8)
    expected = Patches((4, 4), n=5, baseline="mean", background=torch.ones(5, 1, 8, 8)).maskings(images)
    for got, wanted in zip(players.maskings(images), expected, strict=True):
        assert torch.equal(got.regions, wanted.regions)
        assert torch.equal(got.baseline, wanted.baseline)
    assert isinstance(players_from({"kind": "columns", "columns": ["a"], "names": ["a", "b"]}), Columns)
    assert isinstance(players_from({"kind": "regions", "regions": [[0, 1]]}), Regions)


def test_an_unknown_option_suggests_the_near_one_and_lists_all_with_defaults():
    with pytest.raises(ArgumentError) as raised:
        players_from({"kind": "patches", "grid": 4, "basline": "zero"})
    for told in ("'basline'", "Did you mean 'baseline'?", "grid (required)", "seed=0"):
        assert told in str(raised.value)
    with pytest.raises(ArgumentError, match="columns, patches, regions"):
        players_from({"kind": "pixels"})
    with pytest.raises(ArgumentError, match="log-odds, logit"):
        score_from("odds")


@pytest.mark.parametrize("text", ["- 1\n", "kind: [\n"])
def test_a_players_file_must_hold_a_mapping(tmp_path, text):
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(ArgumentError, match="players"):
        read_yaml(tmp_path / "p.yaml", "players")
