"""Scores: from outputs and labels to v."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harsanyi import ArgumentError, BinaryLogit, Logit, LogOdds, LogProbability, NetworkError, Output
from harsanyi.game.scores import resolve_labels

LOGITS = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 3.0], [-1.0, -1.0, 4.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 2, 1])
finite_logits = st.lists(st.floats(-30, 30), min_size=2, max_size=5)


def probabilities(logits):
    weights = [math.exp(z - max(logits)) for z in logits]
    return [w / sum(weights) for w in weights]


@settings(max_examples=60, deadline=None)
@given(logits=finite_logits, data=st.data())
def test_each_score_against_its_formula(logits, data):
    label = data.draw(st.integers(0, len(logits) - 1))
    outputs, labels = torch.tensor([logits], dtype=torch.float64), torch.tensor([label])
    p = probabilities(logits)
    rest = sum(p[:label] + p[label + 1 :])
    assert LogOdds()(outputs, labels).item() == pytest.approx(math.log(p[label] / rest), abs=1e-9)
    assert LogProbability()(outputs, labels).item() == pytest.approx(math.log(p[label]), abs=1e-9)
    assert Logit()(outputs, labels).item() == logits[label]


@pytest.mark.parametrize("outputs", [torch.tensor([3.0, -2.0]), torch.tensor([[3.0], [-2.0]])])
def test_binary_logit_is_signed_by_the_label(outputs):
    assert BinaryLogit()(outputs, torch.tensor([1, 1])).tolist() == [3.0, -2.0]
    assert BinaryLogit()(outputs, torch.tensor([0, 0])).tolist() == [-3.0, 2.0]


def test_binary_logit_is_the_log_odds_of_the_two_class_network():
    z = torch.tensor([0.3, -4.0], dtype=torch.float64)
    two = torch.stack((torch.zeros_like(z), z), 1)
    for labels in (torch.tensor([0, 1]), torch.tensor([1, 0])):
        assert torch.allclose(BinaryLogit()(z, labels), LogOdds()(two, labels))


def test_output_is_the_output_itself_or_a_column_of_it():
    unused = torch.tensor([-1, -1])
    assert Output()(torch.tensor([3.0, -2.0]), unused).tolist() == [3.0, -2.0]
    assert Output()(torch.tensor([[3.0], [-2.0]]), unused).tolist() == [3.0, -2.0]
    assert Output(1)(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), unused).tolist() == [2.0, 4.0]
    assert Output(-2)(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), unused).tolist() == [1.0, 3.0]


def test_softplus_of_minus_the_log_odds_is_the_cross_entropy():
    losses = torch.nn.functional.cross_entropy(LOGITS, LABELS, reduction="none")
    assert torch.allclose(torch.nn.functional.softplus(-LogOdds()(LOGITS, LABELS)), losses, atol=1e-12)


@pytest.mark.parametrize("scale", [1e3, 1e30, 1e300])
def test_log_odds_stay_finite_for_huge_logits(scale):
    outputs = torch.tensor([[scale, -scale, 0.0], [-scale, scale, 0.0]], dtype=torch.float64)
    scores = LogOdds()(outputs, torch.tensor([0, 0]))
    assert scores.tolist() == pytest.approx([scale, -2 * scale])


def test_log_odds_keep_the_digits_of_large_float32_logits():
    outputs = torch.tensor([[10000.001, 10000.0]])  # float32: 10000.0009765625
    assert LogOdds()(outputs, torch.tensor([0])).item() == float(outputs[0, 0]) - 10000.0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("score", [LogOdds(), Logit(), LogProbability(), Output(0)])
def test_scores_are_float64_whatever_the_outputs(dtype, score):
    values = score(torch.tensor([[1, 2], [3, 5]]).to(dtype), torch.tensor([0, 1]))
    assert values.dtype == torch.float64
    assert values.shape == (2,)


@pytest.mark.parametrize("score", [LogOdds(), Logit(), LogProbability()])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 2, 2)])
def test_scores_of_classes_refuse_outputs_without_classes(score, shape):
    with pytest.raises(NetworkError, match=r"needs logits of shape \(batch, classes\)") as caught:
        score(torch.zeros(shape), torch.zeros(3, dtype=torch.long))
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("score", [BinaryLogit(), Output()])
def test_scores_of_one_output_refuse_several(score):
    with pytest.raises(NetworkError, match=r"one number a sample.*\(3, 2\)"):
        score(torch.zeros(3, 2), torch.zeros(3, dtype=torch.long))


@pytest.mark.parametrize("index", [2, -3])
def test_output_refuses_a_column_that_is_not_there(index):
    with pytest.raises(NetworkError, match=rf"Output\({index}\) needs outputs .* returned \(3, 2\)"):
        Output(index)(torch.zeros(3, 2), torch.zeros(3, dtype=torch.long))


# Labels ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [[0, 2, 1], (0, 2, 1), np.array([0, 2, 1]), np.array([0, 2, 1], np.uint8), np.array([0, 2, 1], np.uint16),
     torch.tensor([0, 2, 1], dtype=torch.int32), pd.Series([0, 2, 1], index=[5, 6, 7])],
)  # fmt: skip
def test_labels_may_be_any_sequence_of_integers(labels):
    resolved = resolve_labels(LogOdds(), labels, LOGITS, 3)
    assert resolved.tolist() == [0, 2, 1]
    assert resolved.dtype == torch.int64


@pytest.mark.parametrize("label", [2, np.int64(2), torch.tensor(2)])
def test_one_class_for_all_samples(label):
    assert resolve_labels(LogOdds(), label, LOGITS, 3).tolist() == [2, 2, 2]


def test_whole_labels_may_be_floating():
    assert resolve_labels(LogOdds(), [0.0, 2.0, 1.0], LOGITS, 3).tolist() == [0, 2, 1]
    assert resolve_labels(BinaryLogit(), torch.tensor([1.0, 0.0, 1.0]), LOGITS[:, 0], 3).tolist() == [1, 0, 1]


def test_predicted_labels():
    assert resolve_labels(LogOdds(), None, LOGITS, 3).tolist() == LOGITS.argmax(1).tolist()
    assert resolve_labels(BinaryLogit(), None, torch.tensor([[2.0], [-1.0]]), 2).tolist() == [1, 0]
    assert resolve_labels(Output(), None, torch.tensor([2.0, -1.0]), 2).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("score", "labels", "outputs", "given", "accepted"),
    [
        (LogOdds(), [0, 3, 1], LOGITS, "3 for sample 1", "classes 0 to 2"),
        (Logit(), [0, 0, -1], LOGITS, "-1 for sample 2", "classes 0 to 2"),
        (LogProbability(), 3, LOGITS, "3 for sample 0", "classes 0 to 2"),
        (BinaryLogit(), [0, 1, 2], LOGITS[:, 0], "2 for sample 2", "classes 0 to 1"),
        (LogOdds(), [0, 1], LOGITS, "shape (2,)", "shape (3,)"),
        (LogOdds(), [[0], [1], [2]], LOGITS, "shape (3, 1)", "shape (3,)"),
        (LogOdds(), [0.0, 0.5, 2.0], LOGITS, "torch.float64", "integers"),
        (LogOdds(), float("nan"), LOGITS, "torch.float64", "integers"),
        (LogOdds(), ["cat", "dog", "cat"], LOGITS, "cat", "integers"),
        (LogOdds(), [[0], [1, 2], 0], LOGITS, "[1, 2]", "integers"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(score, labels, outputs, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        resolve_labels(score, labels, outputs, 3)
    assert str(caught.value).startswith("labels: given ")
    assert given in str(caught.value)
    assert accepted in str(caught.value)
