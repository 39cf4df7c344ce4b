"""Every example runs as a user runs it, on one core and without the network, and shows what it promises."""

import re
import runpy
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from harsanyi import Interactions, PairwiseOrders
from harsanyi.core.threads import on_threads

EXAMPLES = Path(__file__).parents[1] / "examples"
NEEDS = {"coming_from_captum": ["captum"], "from_shapiq": ["shapiq"], "image": ["skimage"],
         "language_model": ["transformers"], "sentence": ["transformers"]}  # fmt: skip


@pytest.fixture
def ran(tmp_path, monkeypatch, capsys):
    """Run an example as a script: what it printed, and its folder."""

    def refuse(*_):
        raise OSError("no network")

    def run(name):
        for module in [*NEEDS.get(name, []), "sklearn"]:
            pytest.importorskip(module)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(sys, "argv", [f"{name}.py", "out"])
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with on_threads(1):
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out, tmp_path / "out"

    return run


OF_PAIRS = {"many_players"}  # writes no interactions of all coalitions
NAMES = sorted({path.stem for path in EXAMPLES.glob("*.py")} - OF_PAIRS)


def test_there_is_an_example_of_every_modality():
    assert {"table", "image", "inside_a_network", "sentence", "language_model", "point_cloud"} <= {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_tells_what_it_found_and_writes_a_picture_and_interactions(ran, name):
    told, folder = ran(name)
    assert len(told.splitlines()) > 5
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.glob("*.png"))
    assert list(folder.glob("*.png"))
    x = Interactions.load(folder / "interactions.npz")
    assert x.converged.all()
    assert (np.abs(x.noise).max(1) <= x.noise_bound + 1e-9).all()
    assert x.salient().count.all()
    PROMISED.get(name, lambda told, x: None)(told, x)


def test_the_example_of_many_players_finds_a_bottleneck_between_few_and_many(ran):
    told, folder = ran("many_players")
    assert "contexts of 5 sizes" in told
    assert (folder / "pairs.png").read_bytes().startswith(b"\x89PNG")
    x = PairwiseOrders.load(folder / "pairs.npz")
    assert x.n == 64
    assert x.noise.max() < x.strength.value.min()
    assert x.verdict == "U-shaped"
    assert x.sizes[x.weakest] == 31


def what_the_grammar_holds(told, x):
    praise, negated = x[0]["bravo", "superb"], x[0]["not", "good"]
    assert praise.or_ - praise.and_ == pytest.approx(1.5, abs=0.5)  # planted: OR of +1.5
    assert negated.and_ - negated.or_ == pytest.approx(-1.5, abs=0.75)  # planted: AND of -1.5


def the_rule_it_generated(told, x):
    assert [sample.top(1)[["players", "type"]].to_numpy().tolist() for sample in x] == [
        [["cold, windy", "OR"]],
        [["mild, calm", "AND"]],
    ]
    for sample in x:  # words that the rule does not mention do nothing
        others = [index for index in range(1, 2**x.n) if index & 0b0011]
        assert np.abs(sample.and_[others]).max() < 0.1 * np.abs(sample.and_ + sample.or_).max()


def the_maximum_of_the_network(told, x):
    assert np.abs(x.or_).sum() > 2 * np.abs(x.and_[:, 1:]).sum()


def effects_that_add_up_to_the_numbers_of_captum(told, x):
    rows = [re.findall(r"[+-]\d+\.\d+", line) for line in told.splitlines() if "Captum" in line]
    assert len(rows) == 9
    for captum, alone, joint in np.array(rows, float):
        assert captum == pytest.approx(alone + joint, abs=0.011)  # three numbers rounded to two digits


def the_shapley_values_of_shapiq(told, x):
    rows = [re.findall(r"[+-]\d+\.\d+", line) for line in told.splitlines() if "Shapley" in line]
    assert len(rows) == 10
    np.testing.assert_allclose(*np.array(rows, float).T, atol=0.011)


PROMISED = {
    "coming_from_captum": effects_that_add_up_to_the_numbers_of_captum,
    "from_shapiq": the_shapley_values_of_shapiq,
    "language_model": the_rule_it_generated,
    "point_cloud": the_maximum_of_the_network,
    "sentence": what_the_grammar_holds,
}
