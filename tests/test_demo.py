"""The networks that the demo trains beside its own: whatever becomes of their process."""

import sys

import pytest

from harsanyi.demo_factors import PAIRS, FactorExperiment, training_beside
from harsanyi.training import Course, read_factors


def test_what_the_process_leaves_is_trained_after_it(tmp_path, monkeypatch):
    experiment, said = FactorExperiment(tmp_path, pairs=1, epochs=1, samples=10, seed=3), []
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with experiment.trained_beside(said.append):
        assert not (tmp_path / PAIRS).exists()
    assert said[-1] == "The process beside it failed: its networks are trained now …"
    index = read_factors(tmp_path / PAIRS)
    assert [pair.factor for pair in index.pairs] == ["nothing", "low", "high", "order"]
    assert all(Course.load(network.folder).steps == (0, 1) for network in index.networks.values())


def test_the_process_ends_with_a_block_that_fails(tmp_path):
    long = {"training.recipe.epochs": 10**6}
    with pytest.raises(KeyboardInterrupt), training_beside("digits-mlp", tmp_path, long, print):
        raise KeyboardInterrupt  # else this waits for hours
