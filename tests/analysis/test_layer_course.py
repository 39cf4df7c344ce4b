"""Layers over a training: each checkpoint as by itself, trends that are planted, what is refused."""

import numpy as np
import pytest
from planted_effects import interactions as planted

from harsanyi import ArgumentError, FixedThreshold
from harsanyi.analysis import Bootstrap, layer_by_layer, layer_course

QUICK = Bootstrap(draws=60)
OPTIONS = {"salience": FixedThreshold(0.05), "normalized": False, "bootstrap": QUICK}


def layers(known, needless=0.5, samples=8):
    """A layer that has a share of what the last one has, and what the last does not use."""
    scale = np.random.default_rng(0).uniform(0.9, 1.1, samples)
    low, output = np.zeros((2, samples, 8))
    low[:, 3], low[:, 5], output[:, 3] = known * scale, needless, scale
    return {"low": planted(low), "output": planted(output)}


CHECKPOINTS = {step: layers(known, 0.5) for step, known in ((0, 0.2), (10, 0.4), (100, 0.9))}


def test_each_checkpoint_is_compared_as_by_itself():
    x = layer_course(CHECKPOINTS, **OPTIONS)
    alone = [layer_by_layer(held, **OPTIONS) for held in CHECKPOINTS.values()]
    for name in ("completeness", "redundancy"):
        held = getattr(x, name)
        np.testing.assert_allclose(held.value, [getattr(one, name).value for one in alone])
        assert (held.low <= held.value).all()
        assert (held.value <= held.high).all()
    assert x.steps.tolist() == [0, 10, 100]
    assert x.samples == 8
    table = x.table()
    assert table.index.names == ["step", "layer"]
    assert table.loc[(10, "low"), "completeness"] == x.completeness.value[1, 0]
    assert (table["redundancy_low"] <= table["redundancy"]).all()


def test_trends_over_the_training_are_told():
    words = layer_course(CHECKPOINTS, unit="epoch", **OPTIONS).sentences()
    assert words == [
        "From epoch 0 to 100, completeness goes from 20 % to 90 % in low.",
        "Completeness rises over the training in low (rank correlation 1, 95 % interval 1 to 1).",
        "Redundancy falls over the training in low (rank correlation -1, 95 % interval -1 to -1).",
    ]


def test_one_sample_or_two_checkpoints_tell_no_trend():
    one = {step: layers(known, samples=1) for step, known in ((0, 0.2), (1, 0.4), (2, 0.9))}
    assert "cannot be told of low (rank correlation 1)." in layer_course(one, **OPTIONS).sentences()[1]
    two = layer_course({0: layers(0.2), 1: layers(0.4)}, **OPTIONS)
    assert two.sentences()[-1] == "Fewer than three checkpoints do not tell a trend."
    assert np.isnan(two.completeness_trend.value).all()


@pytest.mark.parametrize(
    ("checkpoints", "message"),
    [
        ({}, "checkpoints: given no checkpoint"),
        ({2: layers(0.1), 1: layers(0.2)}, "checkpoints: given steps .* that strictly rise"),
        ({0: layers(0.1), 1: {"low": 1, "top": 2}}, "the layers 'low', 'top' at step 1; accepted: those of the first"),
        ({0: layers(0.1), 1: layers(0.1, samples=3)}, "checkpoints: given other players.* in 'low at step 1'"),
        ({0: {"low": layers(0.1)["low"]}}, "checkpoints: given 1 layer;"),
    ],
)
def test_what_cannot_be_compared_is_refused(checkpoints, message):
    with pytest.raises(ArgumentError, match=message):
        layer_course(checkpoints, **OPTIONS)
