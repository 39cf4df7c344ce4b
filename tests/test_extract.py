"""The front door: from networks, planted or trained on real data, to certified interactions."""

import json
import os
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from torch import nn

from harsanyi import (
    ArgumentError,
    BinaryLogit,
    Columns,
    Interactions,
    LogOdds,
    NetworkError,
    NotConvergedWarning,
    Output,
    Patches,
    extract,
    extract_game,
    progress,
)
from harsanyi.core.transforms import scores_from
from harsanyi.game.masking import Masking


@pytest.fixture
def blocks_of(monkeypatch):
    """Makes `extract` work in blocks of so many score entries."""
    return lambda entries: monkeypatch.setattr("harsanyi.game.asking._BLOCK", entries)


def assert_matches(result, max_gap=0.01):
    """Universal matching within the noise bound, and the certificate, from the arrays alone."""
    predicted = scores_from(torch.from_numpy(result.and_), torch.from_numpy(result.or_)).numpy()
    spread = np.ptp(result.scores, 1)
    assert (np.abs(result.scores - predicted).max(1) <= result.noise_bound + 1e-9 * spread).all()
    strength = np.abs(result.and_[:, 1:]).sum(1) + np.abs(result.or_[:, 1:]).sum(1)
    assert result.objective == pytest.approx(strength)
    assert (result.lower_bound <= result.objective).all()
    assert result.gap == pytest.approx((result.objective - result.lower_bound) / result.objective, abs=1e-9)
    assert (result.gap <= max_gap).all()
    assert result.converged.all()


# Planted functions ---------------------------------------------------------------------------------------------------


def planted(x):
    """x0 x1 x2 + (x3 or x4) on 0/1 values, and a constant."""
    return x[:, 0] * x[:, 1] * x[:, 2] + 1 - (1 - x[:, 3]) * (1 - x[:, 4]) + 0.25


class PlantedImage(nn.Module):
    """The planted function of the five columns of patches of a (1, 4, 10) image."""

    def forward(self, image):
        return planted(image.view(-1, 4, 5, 2).amax((1, 3)))


@pytest.mark.parametrize(
    ("network", "inputs", "players"),
    [
        (planted, torch.ones(2, 5, dtype=torch.float64), Columns()),
        (PlantedImage(), torch.ones(2, 1, 4, 10, dtype=torch.float64), Patches((1, 5))),
    ],
)
def test_planted_interactions_come_back_exactly(network, inputs, players):
    result = extract(network, inputs, players=players, score=Output(), noise=0, max_gap=1e-6, progress=False)
    and_, or_ = np.zeros(32), np.zeros(32)
    and_[0], and_[0b00111], or_[0b11000] = 0.25, 1.0, 1.0
    for sample in result:
        assert sample.and_ == pytest.approx(and_, abs=1e-4)
        assert sample.or_ == pytest.approx(or_, abs=1e-4)
    assert result.objective == pytest.approx(2.0, rel=1e-6)
    assert_matches(result, 1e-6)


def test_a_linear_network_has_first_order_interactions_alone():
    inputs = torch.randn(3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([1.0, -2.0, 0.5, 3.0, 0.0, -1.0], dtype=torch.float64)
    result = extract(
        lambda x: x @ weights, inputs, players=Columns(), score=Output(), noise=0, max_gap=1e-6, progress=False
    )
    singles = [1 << i for i in range(6)]
    assert result.and_[:, singles] == pytest.approx((inputs * weights).numpy(), abs=1e-4)
    assert np.delete(result.and_, singles, 1) == pytest.approx(0, abs=1e-4)
    assert result.or_ == pytest.approx(0, abs=1e-4)


def test_noise_is_a_share_of_the_score_range_of_each_sample():
    inputs = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [0.0, 0.0, 0.0]])
    result = extract(lambda x: x.sum(1) ** 2, inputs, players=Columns(), score=Output(), noise=0.04, progress=False)
    assert result.noise_bound == pytest.approx([0.04 * 36, 0.04 * 3600, 0])
    assert np.abs(result.noise).max(1) == pytest.approx(result.noise_bound)  # the slack is used
    exact = extract(lambda x: x.sum(1) ** 2, inputs, players=Columns(), score=Output(), noise=0, progress=False)
    assert (result.objective[:2] < exact.objective[:2]).all()


# Real data -----------------------------------------------------------------------------------------------------------


def trained(network, inputs, labels, steps):
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs), labels).backward()
        optimizer.step()
    return network


@pytest.fixture(scope="module")
def breast_cancer():
    """A small MLP on the table, its standardised frame and labels."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    frame = (data.data - data.data.mean()) / data.data.std()
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
    inputs, labels = torch.tensor(frame.to_numpy(np.float32, copy=True)), torch.tensor(data.target.to_numpy(copy=True))
    return trained(network, inputs, labels, 60), frame, labels


@pytest.fixture(scope="module")
def digits():
    """A small convolutional network on 8 x 8 handwritten digits, images and labels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = torch.tensor(data.images[:, None] / 16, dtype=torch.float32)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10))
    return trained(network, images, torch.tensor(data.target), 40), images, torch.tensor(data.target)


def test_a_trained_table_network_end_to_end(breast_cancer):
    network, frame, labels = breast_cancer
    measures = [name.removeprefix("mean ") for name in frame.columns if name.startswith("mean ")]
    groups = {measure: [name for name in frame.columns if measure in name] for measure in measures[:6]}
    groups["shape"] = [name for name in frame.columns if not any(name in group for group in groups.values())]
    result = extract(
        network, frame[:6], labels[:6], players=Columns(groups, baseline="mean", background=torch.tensor(
            frame.to_numpy(np.float32, copy=True))), progress=False,
    )  # fmt: skip
    assert (len(result), result.n) == (6, 7)
    assert result.names[0] == tuple(groups)
    assert result.labels.tolist() == labels[:6].tolist()
    assert network.training
    with torch.no_grad():
        logits = network.eval()(torch.tensor(frame[:6].to_numpy(np.float32, copy=True)))
        network.train()
    assert result.scores[:, -1] == pytest.approx(LogOdds()(logits, labels[:6]).numpy(), abs=1e-4)
    assert np.array_equal(result.inputs, frame[:6].to_numpy())
    assert_matches(result)


@pytest.mark.parametrize(
    "players",
    [Patches(4, n=7, seed=1), Patches((3, 2), baseline="blur"), Patches(4, n=7, cells="foreground")],
)
def test_a_trained_image_network_end_to_end(digits, players):
    network, images, _ = digits
    result = extract(network, images[:5], players=players, noise=0.04, progress=False)
    with torch.no_grad():
        assert result.labels.tolist() == network(images[:5]).argmax(1).tolist()
    assert result.regions.shape[1:] == (8, 8)
    assert len(result.regions) == (5 if players.cells == "foreground" else 1)
    assert_matches(result)


def test_a_smaller_gap_is_certified(digits):
    network, images, labels = digits
    coarse, fine = (
        extract(network, images[:4], labels[:4], players=Patches(4, n=6), max_gap=gap, progress=False)
        for gap in (0.1, 0.001)
    )
    assert_matches(fine, 0.001)
    assert (fine.objective <= coarse.objective * (1 + 1e-9)).all()
    assert (fine.objective >= coarse.lower_bound).all()


@pytest.mark.parametrize("entries", [1, 256])
def test_streaming_equals_all_at_once(digits, blocks_of, entries):
    network, images, labels = digits
    players = Patches(4, n=6, cells="foreground")
    whole = extract(network, images[:11], labels[:11], players=players, batch_size=37, progress=False)
    blocks_of(entries)
    parts = extract(network, images[:11], labels[:11], players=players, batch_size=37, progress=False)
    assert parts.scores == pytest.approx(whole.scores, abs=1e-4)
    assert parts.objective == pytest.approx(whole.objective, rel=0.01)
    assert parts.names == whole.names
    assert np.array_equal(parts.labels, whole.labels)
    assert np.array_equal(parts.regions, whole.regions)
    assert_matches(parts)


def test_the_same_call_gives_the_same_numbers(digits):
    network, images, labels = digits
    first, second = (extract(network, images[:4], labels[:4], players=Patches(4, n=6), progress=False) for _ in "ab")
    assert np.array_equal(first.scores, second.scores)
    assert np.array_equal(first.and_, second.and_)
    assert np.array_equal(first.or_, second.or_)


def test_the_global_generator_is_left_alone(digits):
    network, images, labels = digits
    state = torch.random.get_rng_state()
    extract(network, images[:2], labels[:2], players=Patches(4, n=6), progress=False)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_network_on_a_gpu(digits):
    network, images, labels = digits
    here = extract(network, images[:4], labels[:4], players=Patches(4, n=8), progress=False)
    there = extract(network.cuda(), images[:4], labels[:4], players=Patches(4, n=8), progress=False)
    network.cpu()
    assert there.scores == pytest.approx(here.scores, abs=1e-2)
    assert there.provenance["device"].startswith("cuda")
    assert_matches(there)


# What goes in --------------------------------------------------------------------------------------------------------


torch.manual_seed(0)
NETWORK = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)).double()
INPUTS = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "inputs",
    [INPUTS.numpy(), INPUTS.tolist(), pd.DataFrame(INPUTS.numpy()), INPUTS.numpy()[:, ::-1][:, ::-1],
     INPUTS.flip(0).numpy()[::-1], np.asfortranarray(INPUTS.numpy()), INPUTS.clone().requires_grad_()],
)  # fmt: skip
def test_samples_may_be_tensors_arrays_lists_or_frames(inputs):
    expected = extract(NETWORK, INPUTS, 0, players=Columns(), progress=False)
    result = extract(NETWORK, inputs, 0, players=Columns(), progress=False)
    assert result.scores == pytest.approx(expected.scores, abs=1e-6)


def test_a_read_only_array_is_no_reason_to_warn():
    inputs = INPUTS.numpy().copy()
    inputs.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        extract(NETWORK, inputs, 0, players=Columns(), progress=False)


def test_the_result_does_not_change_with_the_callers_arrays():
    inputs, labels = INPUTS.numpy().copy(), np.array([0, 1, 2])
    result = extract(NETWORK, inputs, labels, players=Columns(), progress=False)
    inputs[:], labels[:] = 0.0, 9
    assert np.array_equal(result.inputs, INPUTS.numpy())
    assert result.labels.tolist() == [0, 1, 2]


def test_samples_are_kept_only_where_asked():
    assert extract(NETWORK, INPUTS, players=Columns(), keep_inputs=False, progress=False).inputs is None


def test_players_may_be_any_object_with_the_two_methods():
    class Halves:
        def check(self, inputs):
            return 2

        def maskings(self, inputs, first=0):
            regions = torch.tensor([0, 0, 1, 1])
            return [Masking(sample, torch.zeros_like(sample), regions, ("left", "right")) for sample in inputs]

    own = extract(NETWORK, INPUTS, players=Halves(), progress=False)
    ours = extract(NETWORK, INPUTS, players=Columns({"left": [0, 1], "right": [2, 3]}), progress=False)
    assert np.array_equal(own.scores, ours.scores)
    assert own.names == ours.names


def test_a_sigmoid_before_a_binary_logit_is_warned_of():
    network = nn.Sequential(nn.Linear(INPUTS.shape[1], 1), nn.Sigmoid())
    with pytest.warns(UserWarning, match=r"all between 0 and 1.*leave out the last Sigmoid.*output=torch\.logit"):
        extract(network, INPUTS, 1, players=Columns(), score=BinaryLogit(), progress=False)


def test_probabilities_before_a_binary_logit_are_warned_of_without_a_sigmoid_module_and_small_logits_are_not():
    inputs, ask_of = torch.tensor([[2.0, 1.0, -3.0]]), {"players": Columns(), "score": BinaryLogit(), "progress": False}
    with pytest.warns(UserWarning, match=r"all between 0 and 1"):
        extract(lambda x: (2 * x.sum(1)).sigmoid(), inputs, 1, **ask_of)
    extract(lambda x: 0.5 + 0.05 * x.sum(1), inputs, 1, **ask_of)  # warnings are errors


def test_labels_that_nothing_uses_are_recorded_as_such():
    result = extract(lambda x: x.sum(1), INPUTS, players=Columns(), score=Output(), progress=False)
    assert result.provenance["labels"] == "not used"


def test_a_bar_that_waits_says_what_for(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_DELAY", 0.05)
    with progress.shown(True, 4) as advance:
        advance(4)
        with advance.doing("splitting"):
            time.sleep(0.2)
    assert "harsanyi, splitting: 100%" in capsys.readouterr().err


def test_a_binary_network_with_one_logit():
    result = extract(lambda x: x.sum(1, keepdim=True), INPUTS, players=Columns(), score=BinaryLogit(), progress=False)
    assert (result.scores[:, -1] >= 0).all()  # the predicted label
    assert set(result.labels.tolist()) <= {0, 1}


def test_one_player_and_one_sample():
    result = extract(lambda x: x[:, 0], torch.tensor([[2.0]]), players=Columns(), score=Output(), progress=False)
    assert (len(result), result.n) == (1, 1)
    assert_matches(result)


def test_samples_that_equal_their_baseline_have_no_interactions():
    result = extract(NETWORK, torch.zeros(2, 4), 0, players=Columns(), progress=False)
    assert (result.objective == 0).all()
    assert result.converged.all()


def test_provenance_says_how_it_was_computed_in_json_types():
    result = extract(
        NETWORK, INPUTS, players=Columns(), noise=np.float32(0.05), max_gap=np.float64(0.02), batch_size=np.int64(8),
        progress=False,
    )  # fmt: skip
    record = json.loads(json.dumps(result.provenance))
    assert record == dict(result.provenance)
    expected = {"network": "Sequential", "labels": "predicted", "batch_size": 8, "device": "cpu",
                "dtype": "torch.float64", "torch": torch.__version__, "max_gap": 0.02}  # fmt: skip
    assert {name: record[name] for name in expected} == expected
    assert record["score"] == {"type": "LogOdds"}
    assert record["players"]["type"] == "Columns"
    assert record["players"]["baseline"] == "zero"
    assert record["noise"] == pytest.approx(0.05)


def test_samples_that_missed_the_gap_are_named_by_their_own_position(blocks_of):
    blocks_of(64)  # two samples of n = 5 a block
    inputs = torch.ones(6, 5)
    inputs[5] = torch.tensor([1.3, -0.7, 2.1, 0.4, -1.9])

    def network(x):  # only the last sample is more than a sum
        return torch.where((x.abs() > 1.2).any(1), (x @ torch.tensor([1.0, 2.0, -1.0, 1.5, 0.5])).sin() * 9, 0.0)

    with pytest.warns(NotConvergedWarning, match="1 of 6 samples .*: samples 5;") as caught:
        result = extract(
            network, inputs, players=Columns(), score=Output(), noise=0, max_iterations=1, max_gap=1e-6, progress=False
        )
    assert len(caught) == 1
    assert result.converged.tolist() == [True] * 5 + [False]
    assert caught[0].filename == __file__


# What is refused before any long work --------------------------------------------------------------------------------


def never(x):
    raise AssertionError("the network was called")


@pytest.mark.parametrize("columns", [45, 60, 2_000, 20_000])
def test_too_many_players_for_memory_say_what_n_needs_and_what_there_is(columns):
    with pytest.raises(ArgumentError) as caught:
        extract(never, torch.ones(2, columns), players=Columns(), progress=False)
    message = str(caught.value)
    assert message.startswith(f"players: given n = {columns} players")
    assert "GiB" in message
    assert f"{psutil.virtual_memory().available / 2**30:.0f}"[:-1] in message
    assert message.endswith("Name about ten, or groups: Columns({'size': ['width', 'height'], ...}), --columns "
                            "width+height,age, or fewer samples at once")  # fmt: skip


def test_a_game_of_too_many_players_is_refused():
    with pytest.raises(ArgumentError, match=r"n: given n = 30 players, 1,073,741,824 coalitions.*GiB"):
        extract_game(never, 30, progress=False)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_refused(value):
    inputs = INPUTS.numpy().copy()
    inputs[1, 2] = value
    with pytest.raises(ArgumentError, match="inputs: given a value that is not finite in sample 1"):
        extract(never, inputs, players=Columns(), progress=False)


@pytest.mark.parametrize(
    ("arguments", "argument", "given", "accepted"),
    [
        ({"noise": -0.1}, "noise", "-0.1", "in [0, 1)"),
        ({"noise": float("nan")}, "noise", "nan", "in [0, 1)"),
        ({"noise": 2}, "noise", "2", "0.02 for 2 %"),
        ({"noise": float("inf")}, "noise", "inf", "in [0, 1)"),
        ({"max_gap": 0}, "max_gap", "0", "(0, 1]"),
        ({"max_gap": 1.5}, "max_gap", "1.5", "(0, 1]"),
        ({"max_iterations": 0}, "max_iterations", "0", ">= 1"),
        ({"batch_size": 0}, "batch_size", "0", ">= 1"),
        ({"inputs": torch.ones(4)}, "inputs", "shape (4,)", "(samples, ...)"),
        ({"inputs": torch.ones(0, 4)}, "inputs", "shape (0, 4)", "at least one sample"),
        ({"inputs": [["a", "b"]]}, "inputs", "list", "numbers"),
        ({"inputs": pd.DataFrame({"a": ["x"], "b": [1.0]})}, "inputs", "columns that are not numbers: a", "numbers"),
        ({"inputs": [[1.0], [1.0, 2.0]]}, "inputs", "list", "numbers"),
        ({"players": Patches(2)}, "inputs", "shape (3, 4)", "images"),
        ({"players": Columns([9])}, "columns", "9", "0 to 3"),
        ({"players": None}, "players", "None", "Columns"),
        ({"players": Columns}, "players", "Columns", "Columns()"),
    ],
)
def test_bad_arguments_are_refused_before_the_network_runs(arguments, argument, given, accepted):
    arguments = {"inputs": INPUTS, "players": Columns(), "progress": False} | arguments
    with pytest.raises(ArgumentError) as caught:
        extract(never, **arguments)
    assert caught.value.argument == argument
    assert given in str(caught.value)
    assert accepted in str(caught.value)


def test_bad_labels_are_refused_after_one_small_batch():
    rows = []
    with pytest.raises(ArgumentError, match="labels: given 3 for sample 2; accepted: classes 0 to 2"):
        extract(lambda x: rows.append(len(x)) or NETWORK(x), INPUTS, [0, 1, 3], players=Columns(), progress=False)
    assert sum(rows) <= 2


def test_outputs_without_classes_are_refused_after_one_small_batch():
    rows = []
    with pytest.raises(NetworkError, match=r"logits of shape \(batch, classes\).*\(2,\)"):
        extract(lambda x: rows.append(len(x)) or x[:, 0], INPUTS, 0, players=Columns(), progress=False)
    assert sum(rows) <= 2


# Games ---------------------------------------------------------------------------------------------------------------


def test_a_function_of_coalitions():
    told, shapes = [], []

    def game(coalitions):
        assert coalitions.dtype == bool
        shapes.append(coalitions.shape)
        return planted(torch.from_numpy(coalitions).double()).numpy()

    result = extract_game(
        game, 5, names="abcde", noise=0, max_gap=1e-6, batch_size=12, progress=lambda *done: told.append(done)
    )
    assert result[0]["a", "b", "c"].and_ == pytest.approx(1, abs=1e-4)
    assert result[0]["d", "e"].or_ == pytest.approx(1, abs=1e-4)
    assert shapes == [(12, 5), (12, 5), (8, 5)]
    assert told == [(12, 32), (24, 32), (32, 32)]
    assert (len(result), result.labels.tolist(), result.inputs) == (1, [-1], None)
    assert_matches(result, 1e-6)


@pytest.mark.filterwarnings("ignore:The 'shapiq_games' package:ImportWarning")
def test_a_game_of_shapiq_is_accepted_as_it_is():
    """Its own class, with its own number of players and its normalization."""
    from shapiq import Game

    class Planted(Game):
        def __init__(self):
            super().__init__(n_players=5, normalize=True, normalization_value=0.25, player_names=list("vwxyz"))

        def value_function(self, coalitions):
            return planted(torch.from_numpy(coalitions).double()).numpy()

    result = extract_game(Planted(), noise=0, max_gap=1e-6, progress=False)
    assert result[0]["v", "w", "x"].and_ == pytest.approx(1, abs=1e-4)
    assert result[0]["y", "z"].or_ == pytest.approx(1, abs=1e-4)
    assert result.objective == pytest.approx(2, abs=1e-4)
    assert result.scores[0, 0] == pytest.approx(0)  # 0.25 without the normalization


@pytest.mark.filterwarnings("ignore:The 'shapiq_games' package:ImportWarning")
def test_the_sum_of_unanimity_games_of_shapiq():
    from shapiq_games.synthetic import SOUM

    game = SOUM(6, 5, random_state=3)
    result = extract_game(game, noise=0, max_gap=1e-5, progress=False)
    planted_strength = sum(
        abs(value) for players, value in game.moebius_coefficients.dict_values.items() if len(players)
    )
    assert result.n == 6
    assert result.scores[0, -1] == pytest.approx(float(game(np.ones((1, 6), bool))[0]))
    assert result.objective[0] <= planted_strength * (1 + 1e-6)  # its own AND form is one of the splits
    merged = result[0].to_shapiq()["merged"]
    for players, value in game.moebius_coefficients.dict_values.items():
        assert merged[players] == pytest.approx(value, abs=1e-9)
    assert_matches(result, 1e-5)


def test_a_game_equals_the_network_it_stands_for():
    def game(coalitions):
        with torch.no_grad():
            return LogOdds()(NETWORK(INPUTS[:1] * torch.from_numpy(coalitions)), torch.zeros(len(coalitions)).long())

    by_game, by_network = extract_game(game, 4, progress=False), extract(NETWORK, INPUTS[:1], 0, players=Columns())
    assert by_game.scores == pytest.approx(by_network.scores, abs=1e-12)


@pytest.mark.parametrize(
    ("game", "arguments", "error", "message"),
    [
        (never, {}, ArgumentError, "n: given None; accepted: the number of players"),
        (never, {"n": 0}, ArgumentError, "n: given 0; accepted: 1 to 30"),
        (never, {"n": 31}, ArgumentError, "n: given 31; accepted: 1 to 30"),
        (never, {"n": 3.0}, ArgumentError, "n: given 3.0; accepted: 1 to 30"),
        (never, {"n": 3, "names": ["a"]}, ArgumentError, "names: given 1 names; accepted: 3"),
        (never, {"n": 3, "noise": -1}, ArgumentError, "noise: given -1"),
        (never, {"n": 3, "batch_size": 0}, ArgumentError, "batch_size: given 0"),
        (lambda c: np.ones(2), {"n": 3}, NetworkError, "returned 2 values for 8 coalitions"),
        (lambda c: np.where(c.sum(1) == 2, np.nan, 1.0), {"n": 3}, NetworkError, "nan at coalition 3"),
    ],
)
def test_games_that_cannot_be_used_are_refused(game, arguments, error, message):
    with pytest.raises(error, match=message):
        extract_game(game, progress=False, **arguments)


def test_names_of_a_game_may_be_an_array():
    result = extract_game(lambda c: c.sum(1), 2, names=np.array(["a", "b"]), progress=False)
    assert result.names == (("a", "b"),)


# Memory --------------------------------------------------------------------------------------------------------------

_PEAK = """
import sys
import psutil, torch
import harsanyi.game.asking
from harsanyi import Output, Patches, extract

harsanyi.game.asking._BLOCK = 1 << 12  # 256 samples of n = 4 a block

def peak():  # of this process alone; ru_maxrss would start from that of the parent
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

def run(samples):
    images = torch.ones(samples, 1, 48, 48)
    before = psutil.Process().memory_info().rss
    extract(lambda x: x[:, 0, 0, 0], images, players=Patches(2), score=Output(), noise=0.99, progress=False)
    return peak() - before

run(16)
print(run(int(sys.argv[1])))
"""


def peak_over_inputs(samples):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _PEAK, str(samples)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_samples_beyond_the_result():
    samples = 8_000
    growth = peak_over_inputs(samples) - peak_over_inputs(samples // 10)
    # A second copy of the images would add 0.87 to the ratio, which the allocator varies between 1.3 and 1.75.
    result_bytes = samples * (4 * 48 * 48 + 8 * 3 * 16 + 1_000)  # a copy of the image, arrays, player names
    assert growth < 2 * result_bytes, f"{growth / samples:.0f} bytes a sample"


def test_the_result_is_of_the_documented_type():
    assert isinstance(extract(NETWORK, INPUTS, players=Columns(), progress=False), Interactions)


# What users get wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "inputs", "options", "message"),
    [
        (NETWORK, torch.ones(4), {}, r"inputs\[None\]"),
        (NETWORK, [torch.ones(4), torch.ones(5)], {}, "All samples need the same shape"),
        (NETWORK, torch.ones(2, 4, device="meta"), {}, "samples on the device meta"),
        (nn.Linear(4, 2, device="meta"), torch.ones(2, 4), {}, "parameters on the device meta"),
        (NETWORK, torch.ones(2, 4), {"labels": ["a", "b"]}, "labels: given names: a, b; accepted: integers"),
        (NETWORK, torch.ones(2, 64, 64, 3), {"players": Patches(8)}, r"inputs.permute\(0, 3, 1, 2\)"),
        (nn.Linear(4, 2).forward, torch.ones(2, 4).double(), {}, "give samples of the dtype that it takes"),
        (NETWORK, torch.ones(2, 1, 8, 8), {"players": Patches(8)}, "Take fewer players, such as n=10"),
    ],
)  # fmt: skip
def test_messages_say_what_to_do(network, inputs, options, message):
    with pytest.raises((ArgumentError, NetworkError), match=message):
        extract(network, inputs, **{"players": Columns(), "progress": False, **options})


def test_labels_are_of_no_use_to_a_regression():
    given = extract(NETWORK, INPUTS, [0.5] * len(INPUTS), players=Columns(), score=Output(0), progress=False)
    assert (given.labels == -1).all()


def test_games_are_exact_by_default():
    result = extract_game(lambda c: 2.0 * c[:, 0] + c[:, 1] * c[:, 2], 3, progress=False)
    assert result[0][0].and_ == pytest.approx(2, abs=1e-9)
    assert result[0][1, 2].and_ == pytest.approx(1, abs=1e-9)
    assert result.objective == pytest.approx(3, abs=1e-9)


def test_a_function_as_score_is_given_fractions_as_they_are():
    def squared_error(outputs, labels):
        return (outputs[:, 0] - labels) ** 2

    targets = torch.linspace(0.25, 2.5, len(INPUTS))
    result = extract(NETWORK, INPUTS, targets, players=Columns(), score=squared_error, noise=0, progress=False)
    expected = squared_error(NETWORK(INPUTS), targets)
    torch.testing.assert_close(torch.from_numpy(result.scores[:, -1]), expected.detach(), check_dtype=False)
    assert (result.labels == -1).all()  # a fraction is no class
    with pytest.raises(ArgumentError, match=r"labels: given shape \(1,\).*accepted: numbers, one for all"):
        extract(NETWORK, INPUTS, [0.5], players=Columns(), score=squared_error, progress=False)


class Dropping(nn.Module):
    """Random in training mode only."""

    def forward(self, x):
        return nn.functional.dropout(x, 0.5, self.training)


def test_of_a_function_that_is_random_the_warning_says_that_it_runs_as_it_is():
    network, rows = Dropping(), torch.rand(3, 8) + 1
    how = {"players": Columns(range(3)), "score": lambda outputs, labels: outputs.sum(1), "progress": False}
    extract(network, rows, **how)  # a module is put into evaluation mode
    with pytest.warns(UserWarning, match=r"every effect. A function runs as it is: .* call module.eval\(\) first"):
        extract(network.forward, rows, **how)


class RandomOutputs(nn.Module):
    """Random in any mode."""

    def forward(self, x):
        return torch.rand(len(x), 3)


@pytest.mark.parametrize("network", [lambda x: 100 + x - x.mean(), RandomOutputs()])
def test_outputs_that_are_random_or_depend_on_the_batch_warn(network):
    told = "is random, or looks at the other samples of a batch, and so will every effect"
    with pytest.warns(UserWarning, match=told + ("$" if isinstance(network, nn.Module) else "")):
        extract(network, torch.rand(3, 4), players=Columns(), score=Output(0), progress=False)
