"""Batched masked inference against a loop over single coalitions."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from harsanyi import ArgumentError, Columns, Logit, LogOdds, NetworkError, Output, Patches, Regions, extract
from harsanyi.core.coalitions import coalition_masks
from harsanyi.game.asking import ask
from harsanyi.game.evaluate import evaluate
from harsanyi.game.scores import Each, Score


def mlp(inputs=5, classes=3, dtype=torch.float32, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 8), nn.Tanh(), nn.Linear(8, classes)).to(dtype)


def cnn():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))


def one_at_a_time(network, maskings, labels, score: Score = LogOdds()):
    """The definition: every masked input alone through the network."""
    rows = []
    with torch.no_grad():
        for masking, label in zip(maskings, labels, strict=True):
            coalitions = coalition_masks(len(masking.names))
            rows.append([score(network(masking.apply(c[None])), label[None]).item() for c in coalitions])
    return torch.tensor(rows, dtype=torch.float64)


def table(samples=3, columns=5, seed=0, dtype=torch.float32):
    return torch.randn(samples, columns, generator=torch.Generator().manual_seed(seed)).to(dtype)


def images(samples=2):
    return torch.randn(samples, 2, 8, 8, generator=torch.Generator().manual_seed(1))


class Recorder:
    """A network that remembers the batches it was given."""

    def __init__(self, network=lambda x: x.flatten(1).sum(1)):
        self.network, self.batches = network, []

    def __call__(self, x):
        self.batches.append(x.clone())
        return self.network(x)

    @property
    def rows(self):
        return sum(map(len, self.batches))


@pytest.mark.parametrize("score", [LogOdds(), Logit(), Output(2), lambda outputs, labels: outputs[:, 0] ** 2])
def test_equals_one_coalition_at_a_time(score):
    network, maskings, labels = mlp(), Columns().maskings(table()), torch.tensor([0, 2, 1])
    scores = evaluate(network, maskings, labels, score, batch_size=7)
    assert scores.dtype == torch.float64
    assert torch.allclose(scores, one_at_a_time(network, maskings, labels, score), atol=1e-6)


@pytest.mark.parametrize(
    "players",
    [
        Patches(3, n=5, baseline="blur"),
        Patches(4, cells="foreground", n=4),
        Patches(2, rest="mask", baseline=0.5),
        Regions(torch.arange(128).view(2, 8, 8) // 30),
    ],
)
def test_equals_one_coalition_at_a_time_for_images(players):
    network, maskings, labels = cnn(), players.maskings(images()), torch.tensor([2, 0])
    scores = evaluate(network, maskings, labels, LogOdds(), batch_size=9)
    assert torch.allclose(scores, one_at_a_time(network, maskings, labels), atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    batch_size=st.integers(1, 200),
    samples=st.integers(1, 5),
    columns=st.integers(1, 5),
    zeros=st.floats(0, 1),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 50),
)
def test_batch_size_dtype_and_equal_inputs_never_change_a_score(batch_size, samples, columns, zeros, dtype, seed):
    network, inputs = mlp(columns, dtype=dtype, seed=seed), table(samples, columns, seed, dtype)
    inputs[torch.rand(inputs.shape, generator=torch.Generator().manual_seed(seed)) < zeros] = 0.0  # the baseline
    labels, maskings = torch.arange(samples) % 3, Columns().maskings(inputs)
    scores = evaluate(network, maskings, labels, LogOdds(), batch_size=batch_size)
    reference = one_at_a_time(network.double(), Columns().maskings(inputs.double()), labels)
    assert torch.allclose(scores, reference, atol=1e-4 if dtype == torch.float32 else 1e-11)


def test_players_that_show_their_baseline_cost_no_evaluation():
    network = Recorder()
    inputs = torch.tensor([[1.0, 0.0, 2.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 3.0, 0.0]])
    scores = evaluate(network, Columns().maskings(inputs), torch.zeros(3).long(), Output(), batch_size=64)
    assert network.rows == 4 + 16 + 2
    for sample, row in enumerate(inputs.double()):
        assert torch.equal(scores[sample], coalition_masks(4).double() @ row)


def test_a_sample_equal_to_its_baseline_is_evaluated_once():
    network = Recorder()
    scores = evaluate(network, Columns().maskings(torch.zeros(2, 3)), torch.zeros(2).long(), Output(), batch_size=64)
    assert network.rows == 2
    assert torch.equal(scores, torch.zeros(2, 8, dtype=torch.float64))


def test_no_masked_input_is_evaluated_twice():
    network = Recorder()
    evaluate(network, Patches(2).maskings(images(3)), torch.zeros(3).long(), Output(), batch_size=5)
    rows = torch.cat(network.batches)
    assert len(rows) == 3 * 16
    assert len(rows.unique(dim=0)) == 3 * 16 - 2  # nothing shown is the same image for every sample


def test_batches_are_full_and_run_across_samples():
    network = Recorder()
    evaluate(network, Columns().maskings(table(5, 3)), torch.zeros(5).long(), Output(), batch_size=16)
    assert [len(batch) for batch in network.batches] == [16, 16, 8]


@pytest.mark.parametrize("progress", [True, False, lambda done, total: None])
def test_progress_never_changes_batches_or_scores(progress):
    networks = [Recorder(mlp()), Recorder(mlp())]
    results = [
        extract(network, table(40), 0, players=Columns(), batch_size=13, progress=chosen, max_gap=1)
        for network, chosen in zip(networks, (False, progress), strict=True)
    ]
    assert [len(batch) for batch in networks[0].batches] == [len(batch) for batch in networks[1].batches]
    assert np.array_equal(results[0].scores, results[1].scores)


def test_progress_counts_up_to_every_masked_input(blocks_of):
    blocks_of(64)
    inputs, told = table(5), []
    inputs[3] = torch.tensor([1.0, 0.0, 0.0, 0.0, 2.0])  # 28 of its masked inputs equal others
    extract(mlp(), inputs, players=Columns(), batch_size=10, progress=lambda *done: told.append(done), max_gap=1)
    assert {total for _, total in told} == {5 * 32}
    assert all(before <= after for (before, _), (after, _) in pairwise(told))
    assert told[-1] == (5 * 32, 5 * 32)


def test_short_work_shows_no_bar(capsys):
    extract(mlp(), table(), players=Columns())
    assert capsys.readouterr() == ("", "")


# Networks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float16, 0.02), (torch.bfloat16, 0.1), (torch.float64, 1e-5)])
def test_other_precisions(dtype, tolerance):
    reference = extract(mlp(), table(), 0, players=Columns(), progress=False).scores
    result = extract(mlp(dtype=dtype), table(), 0, players=Columns(), progress=False)
    assert result.scores == pytest.approx(reference, abs=tolerance)
    assert result.provenance["dtype"] == str(dtype)


def test_half_precision_samples():
    result = extract(mlp(dtype=torch.bfloat16), table().bfloat16(), 0, players=Columns(), progress=False)
    assert result.inputs == pytest.approx(table().numpy(), abs=0.02)


def test_integer_inputs_stay_integers():
    torch.manual_seed(0)
    network = Recorder(nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(12, 2)))
    tokens = torch.tensor([[3, 5, 9], [1, 1, 2]])
    result = extract(network, tokens, 1, players=Columns(baseline=7), noise=0, progress=False)
    assert {batch.dtype for batch in network.batches} == {torch.int64}
    maskings = Columns(baseline=7).maskings(tokens)
    assert maskings[0].apply(torch.tensor([[True, False, True]])).tolist() == [[3, 7, 9]]
    reference = one_at_a_time(network.network, maskings, torch.tensor([1, 1]))
    assert result.scores == pytest.approx(reference.numpy(), abs=1e-5)


def test_a_baseline_that_integers_cannot_hold_is_refused():
    with pytest.raises(ArgumentError, match=r"baseline: given .*0\.5"):
        Columns(baseline=0.5).check(torch.tensor([[1, 2]]))


def test_networks_that_answer_in_numpy():
    result = extract(lambda x: x.numpy().sum(1), table(), players=Columns(), score=Output(), noise=0, progress=False)
    assert result.scores[:, -1] == pytest.approx(table().sum(1).numpy(), abs=1e-6)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda y: (y, None),
        lambda y: {"logits": y, "loss": y.sum()},
        lambda y: {"anything": y},
        lambda y: y.numpy(),
    ],
)
def test_wrapped_outputs_give_the_same_scores(wrap):
    network = mlp()
    plain = extract(network, table(), players=Columns(), progress=False).scores
    assert np.array_equal(extract(lambda x: wrap(network(x)), table(), players=Columns(), progress=False).scores, plain)


def test_a_chosen_output_is_scored():
    network = mlp()
    both = extract(lambda x: (x, network(x)), table(), players=Columns(), output=1, progress=False).scores
    assert np.array_equal(both, extract(network, table(), players=Columns(), progress=False).scores)


# Memory --------------------------------------------------------------------------------------------------------------


class Small(nn.Module):
    """Runs out of memory above a batch of `largest`."""

    def __init__(self, largest, error=torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")):
        super().__init__()
        self.layers, self.largest, self.error, self.sizes = mlp(), largest, error, []

    def forward(self, x):
        if len(x) > self.largest:
            raise self.error
        self.sizes.append(len(x))
        return self.layers(x)


@pytest.mark.parametrize("largest", [1, 3, 10, 100])
@pytest.mark.parametrize("labels", [None, 1])
def test_running_out_of_memory_is_survived(largest, labels):
    network = Small(largest)
    result = extract(network, table(9), labels, players=Columns(), batch_size=64, progress=False, max_gap=1)
    plain = extract(network.layers, table(9), labels, players=Columns(), progress=False, max_gap=1)
    assert result.scores == pytest.approx(plain.scores, abs=1e-5)
    assert np.array_equal(result.labels, plain.labels)
    assert max(network.sizes) > largest / 2 or largest == 100


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")],
)
def test_running_out_of_memory_on_the_cpu_is_survived(error):
    network, maskings = Small(4, error), Columns().maskings(table())
    scores = evaluate(network, maskings, torch.zeros(3).long(), LogOdds(), batch_size=50)
    assert torch.allclose(scores, one_at_a_time(network.layers, maskings, torch.zeros(3).long()), atol=1e-5)


def test_memory_that_is_too_small_for_one_input_is_a_clear_error():
    for labels in (None, 0):
        with pytest.raises(NetworkError, match="memory ran out on a batch of one"):
            extract(Small(0), table(), labels, players=Columns(), progress=False)
    with pytest.raises(NetworkError, match="memory ran out on a batch of one"):
        evaluate(Small(0), Columns().maskings(table()), torch.zeros(3).long(), LogOdds(), batch_size=8)


def test_other_errors_of_the_network_are_not_taken_for_memory():
    calls = []

    def network(x):
        calls.append(len(x))
        raise RuntimeError("shapes do not fit")

    with pytest.raises(NetworkError, match=r"batch of shape \(8, 5\).*RuntimeError: shapes do not fit"):
        evaluate(network, Columns().maskings(table()), torch.zeros(3).long(), LogOdds(), batch_size=8)
    assert calls == [8]


# Outputs that cannot be used -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_scores_that_are_not_finite_name_the_sample_and_the_coalition(value, blocks_of):
    blocks_of(16)  # two samples of n = 3 a block: the fourth is not in the first

    def network(x):
        return torch.where((x == torch.tensor([7.0, 0.0, 7.0])).all(1), value, x.sum(1))

    inputs = torch.ones(5, 3)
    inputs[3] = 7.0
    with pytest.raises(NetworkError, match=rf"{value} for sample 3 at coalition 5 \(players a, c\)"):
        extract(network, inputs, players=Columns(names=["a", "b", "c"]), score=Output(), progress=False)


@pytest.mark.parametrize(
    ("score", "given"),
    [
        (lambda outputs, labels: outputs, r"shape \(1, 3\)"),
        (lambda outputs, labels: outputs.sum(), r"shape \(\)"),
        (lambda outputs, labels: 1.0, "float"),
        (lambda outputs, labels: outputs[:, 0].tolist(), "list"),
    ],
)
def test_a_score_function_that_returns_something_else_is_refused_early(score, given):
    network = Recorder(mlp())
    with pytest.raises(ArgumentError, match=rf"score: given a function returning {given}; accepted: one number"):
        extract(network, table(), 0, players=Columns(), score=score, progress=False)
    assert network.rows == 2  # the unmasked samples it was tried on


def test_the_wrong_number_of_rows_is_refused_whenever_it_happens():
    def network(x):
        return x[:3].sum(1)

    with pytest.raises(NetworkError, match=r"shape \(3,\) for a batch of 8"):
        evaluate(network, Columns().maskings(table()), torch.zeros(3).long(), Output(), batch_size=8)


# Several outputs at once ----------------------------------------------------------------------------------------------


class Several(nn.Module):
    """The logits of some networks, (batch, networks, classes)."""

    def __init__(self, *networks):
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x):
        return torch.stack([network(x) for network in self.networks], 1)


@pytest.mark.parametrize("score", [LogOdds(), Logit(), lambda outputs, labels: outputs.double().sum(1) * labels])
def test_scores_of_several_outputs_are_those_of_each(score):
    networks, x, labels = [mlp(seed=seed) for seed in range(3)], table(), torch.tensor([2, 0, 1])
    maskings = Columns().maskings(x)
    found = evaluate(Several(*networks), maskings, labels, Each(score, 3), batch_size=7)
    assert found.shape == (3, 32, 3)
    for column, network in enumerate(networks):
        expected = evaluate(network, maskings, labels, score, batch_size=7)
        torch.testing.assert_close(found[..., column], expected, rtol=0, atol=1e-6)


def test_several_outputs_are_asked_with_the_labels_that_the_last_predicts():
    networks, x = [mlp(seed=seed) for seed in range(2)], table(samples=5)
    asked = ask(Several(*networks), x, None, players=Columns(), score=Each(LogOdds(), 2), batch_size=8)
    assert asked.labels.tolist() == networks[1](x).argmax(1).tolist()
    assert (asked.classes, asked.outputs) == (3, 3)
    logits = asked.logits(1, 3)
    for column, network in enumerate(networks):
        torch.testing.assert_close(logits[:, column], network(x[1:4]).double(), rtol=0, atol=1e-6)
    assert asked.scores(1, 3)[0].shape == (3, 32, 2)


def test_a_score_of_another_number_of_outputs_is_refused():
    with pytest.raises(NetworkError, match=r"the score needs 3 outputs a sample, \(batch, 3, ...\)"):
        ask(Several(mlp(), mlp(seed=1)), table(), None, players=Columns(), score=Each(LogOdds(), 3))
