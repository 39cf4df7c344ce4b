"""What is logged is what `extract` and `training_dynamics` say; a training that resumes goes on with it."""

import copy
import json
import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from harsanyi import Columns, LogOdds, Monitor, NetworkError, Output, ScoreRange, extract
from harsanyi.analysis import training_dynamics
from harsanyi.core.errors import ArgumentError
from harsanyi.monitor import Cost


def shown(monitor, network, *steps, **losses):
    return [monitor.step(network, step, **losses) for step in steps]


def test_rows_are_what_extraction_says(make, data, network):
    monitor = make(at_steps=[0, 7], salience=ScoreRange(0.1), noise=0.05)
    (first,) = shown(monitor, network, 0, train_loss=torch.tensor(0.5, requires_grad=True), test_loss=0.75)
    at_first = copy.deepcopy(network)
    network[4].bias.data += 1
    shown(monitor, network, *range(1, 8))
    for step, then in ((0, at_first), (7, network)):
        ours = monitor.interactions(step)
        theirs = extract(then, data[0][:3], data[1][:3], players=Columns(), noise=0.05, max_gap=0.3, progress=False)
        assert np.array_equal(ours.and_, theirs.and_)
        by_order, row = theirs.by_order(ScoreRange(0.1)), monitor.table().loc[step]
        for name in ("positive", "negative"):
            assert np.allclose(row[[f"{name}_{order}" for order in range(1, 5)]].tolist(), by_order[name])
        strength = np.abs(theirs.strength_by_order(ScoreRange(0.1))).sum(1)
        assert row.mean_order == pytest.approx((strength @ [1, 2, 3, 4] / strength.sum(1)).mean())
        assert row.salient_count == theirs.salient(ScoreRange(0.1)).count.mean()
    assert np.array_equal(first.scores, monitor.interactions(0).scores)
    table = monitor.table()
    assert table.index.tolist() == [0, 7]
    assert table.loc[0, ["train_loss", "test_loss"]].tolist() == [0.5, 0.75]
    assert table.loc[7, ["train_loss", "test_loss"]].isna().all()
    assert (table.seconds > 0).all()
    assert table.training_seconds.is_monotonic_increasing
    on_disk = pd.read_csv(monitor._folder.path / "monitor.csv", index_col="step", float_precision="round_trip")
    pd.testing.assert_frame_equal(on_disk, table, check_dtype=False, check_exact=True)


def test_steps_are_taken_when_they_are_due(make, network):
    monitor = make(ratio=2)
    found = shown(monitor, network, *range(10))
    assert [x is not None for x in found] == [step in (0, 1, 2, 4, 8) for step in range(10)]
    assert monitor.steps == (0, 1, 2, 4, 8)
    assert monitor.cost.skipped == 0


def test_steps_that_the_loop_passes_over_are_taken_at_the_next(make, network):
    monitor = make(at_steps=[1, 2, 3, 20])
    shown(monitor, network, 0, 10, 15, 30, 40)
    assert monitor.steps == (10, 30)


def test_a_function_chooses_steps_and_each_is_looked_at_once(make, network):
    monitor = make(at_steps=lambda step: step % 3 == 2)
    shown(monitor, network, 0, 1, 2, 2, 2, 3, 4, 1, 5, 4)
    assert monitor.steps == (2, 5)


def test_due_steps_are_skipped_and_counted_beyond_the_bound_but_the_first_is_not(make, network):
    monitor = make(share=1e-6, at_steps=range(100))
    with pytest.warns(UserWarning, match="^5 due steps were skipped: a look takes .* a share of 1e-06") as told:
        found = shown(monitor, network, *range(20))
    assert len(told) == 1
    assert monitor.steps == (0,)
    assert found[0] is not None
    assert found[1:] == [None] * 19
    assert monitor.cost.skipped == 19
    assert 0.5 < monitor.cost.share <= 1
    assert monitor.log(network, 20) is not None
    assert monitor.table().skipped.tolist() == [0, 19]


def test_cost_is_of_the_whole_loop(make, network):
    assert make().cost == Cost(0, 0, 0)
    monitor = make()
    shown(monitor, network, 0, 1, 2)
    cost = monitor.cost
    assert monitor.table().seconds.sum() <= cost.seconds <= cost.training_seconds
    assert monitor.cost == cost  # time that passes after the last step is no training


def test_log_looks_at_once_and_the_schedule_goes_on_behind(make, network):
    monitor = make(at_steps=[5, 10])
    assert monitor.log(network, 7) is not None
    assert monitor.log(network, 7) is None
    shown(monitor, network, 5, 7, 8, 9, 10)
    assert monitor.steps == (7, 10)
    assert monitor.cost.skipped == 0


def test_dynamics_are_those_of_what_was_seen(make, network, train):
    monitor = make(at_steps=[0, 2, 4])
    trained = train(lambda network, step: monitor.step(network, step, train_loss=1.0 + step, test_loss=lambda _: 2.0))
    assert trained is not None
    pairs = [(step, monitor.interactions(step)) for step in monitor.steps]
    theirs = training_dynamics(pairs, [1.0, 3.0, 5.0], [2.0] * 3, salience="score_range")
    ours = monitor.dynamics()
    assert np.array_equal(ours.steps, [0, 2, 4])
    assert np.allclose(ours.mean_order.value, monitor.table().mean_order)
    assert np.array_equal(ours.positive.low, theirs.positive.low)
    assert ours.gap.value.tolist() == [1.0, -1.0, -3.0]
    monitor.log(trained.network, 5, train_loss=0.5)
    assert monitor.dynamics().gap is None
    assert len(monitor.dynamics().steps) == 4


def test_a_resumed_training_goes_on(make, network):
    before = make(at_steps=range(0, 100, 2))
    shown(before, network, *range(7))
    before.step(network, 8, test_loss=0.25)
    after = make(at_steps=range(0, 100, 2))
    pd.testing.assert_frame_equal(after.table(), before.table())
    assert after.cost.training_seconds == before.table().training_seconds.iloc[-1]
    shown(after, network, *range(5, 13))
    assert after.steps == (0, 2, 4, 6, 8, 10, 12)
    assert after.table().training_seconds.is_monotonic_increasing
    assert len(after.dynamics().steps) == 7
    assert make().steps == after.steps


def test_a_resumed_training_keeps_to_the_bound(make, network):
    shown(make(share=1e-6), network, 0)
    after = make(share=1e-6)
    shown(after, network, 1, 2)
    assert after.steps == (0,)
    assert after.cost.skipped == 2


OTHERS = {
    "other inputs": {"inputs": torch.ones(3, 4)},
    "other labels": {"labels": [0, 0, 1]},
    r"players Columns\(.*baseline='zero'.*\) instead of Columns\(.*baseline=1.0": {"players": Columns(baseline=1.0)},
    r"score LogOdds\(\) instead of Output\(index=0\)": {"score": Output(0)},
    "noise 0.02 instead of 0.05": {"noise": 0.05},
    r"salience 'score_range' instead of ScoreRange\(share=0.1\)": {"salience": ScoreRange(0.1)},
}


@pytest.mark.parametrize("text", OTHERS)
def test_a_folder_of_something_else_is_refused_and_stays_as_it_is(make, network, text):
    monitor = make()
    shown(monitor, network, 0)
    before = {path.name: path.read_bytes() for path in monitor._folder.path.iterdir()}
    with pytest.raises(ArgumentError, match=f"folder: given .*seen, which holds a monitor with .*{text}"):
        make(**OTHERS[text])
    assert before == {path.name: path.read_bytes() for path in monitor._folder.path.iterdir()}


def test_equal_labels_of_another_kind_are_the_same(make, data, network):
    shown(make(), network, 0)
    assert make(labels=data[1][:3].tolist()).steps == (0,)
    assert make(labels=data[1][:3].numpy()).steps == (0,)


def test_tables_are_told_apart_by_their_values(make, data, tmp_path):
    frame = pd.DataFrame(data[0][:3].numpy(), columns=list("abcd"))
    network = nn.Sequential(nn.Linear(4, 3))
    monitor = make(frame)
    shown(monitor, network, 0)
    assert monitor.interactions(0).names[0] == ("a", "b", "c", "d")
    assert make(frame.copy()).steps == (0,)
    frame.iloc[1, 2] += 1e-6
    with pytest.raises(ArgumentError, match="other inputs"):
        make(frame)


def test_what_the_training_does_to_its_data_does_not_matter(make, data, network):
    inputs = data[0][:3].clone()
    monitor = make(inputs)
    inputs.zero_()
    (found,) = shown(monitor, network, 0)
    assert np.array_equal(found.inputs, data[0][:3].numpy())


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("monitor.json", "{", r"monitor.json, which is damaged or of another kind"),
        ("monitor.json", '{"format": 99}', r"format 99, not 1"),
        ("monitor.json", None, r"without monitor.json; accepted: a folder as it was left"),
        ("monitor.csv", "step,x\n1,2,3\n", r"monitor.csv, which is damaged"),
    ],
)
def test_a_damaged_folder_is_refused(make, network, name, content, text):
    monitor = make()
    shown(monitor, network, 0)
    path = monitor._folder.path / name
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(ArgumentError, match=text):
        make()


def test_interactions_that_are_gone_are_missed(make, network):
    monitor = make()
    with pytest.raises(ArgumentError, match=r"folder: given .*without a logged step"):
        monitor.dynamics()
    assert monitor.table().empty
    shown(monitor, network, 0)
    with pytest.raises(ArgumentError, match="step: given 3; accepted: a step that was logged: 0"):
        monitor.interactions(3)
    (monitor._folder.path / "step-000000000.npz").unlink()
    with pytest.raises(ArgumentError, match=r"step-000000000.npz, which is not there"):
        monitor.dynamics()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"labels": None}, "labels: given nothing; .*The class that is predicted changes in training"),
        ({"noise": 2}, "noise: given 2"),
        ({"max_gap": 0}, "max_gap: given 0"),
        ({"batch_size": 0}, "batch_size: given 0"),
        ({"share": 0}, "share: given 0"),
        ({"ratio": 1}, "ratio: given 1"),
        ({"salience": "range"}, "salience: given 'range'; accepted: \"score_range\""),
        ({"players": "patches"}, r"players: given 'patches'; accepted: Columns\(\), Patches\(...\), Words\(...\) or"),
        ({"score": LogOdds}, r"score: given LogOdds; accepted: LogOdds\(\), another score object"),
        ({"tensorboard": "runs"}, "tensorboard: given 'runs'; accepted: True, False, nothing, or a SummaryWriter"),
    ],
)
def test_arguments_are_refused_at_once(make, options, text):
    with pytest.raises(ArgumentError, match=text):
        make(**options)


def test_a_folder_that_is_a_file_is_refused(make, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="file; accepted: a folder, new or there"):
        make(folder=tmp_path / "file")


@pytest.mark.parametrize("at_steps", [[0], [1000]])
def test_what_does_not_fit_the_network_is_refused_at_the_first_step(make, network, at_steps):
    with pytest.raises(ArgumentError, match="labels: given 7 for sample 0; accepted: classes 0 to 2"):
        make(labels=7, at_steps=at_steps).step(network, 0)
    with pytest.raises(NetworkError, match="the network failed on a batch of shape"):
        make(torch.randn(3, 5), at_steps=at_steps).step(network, 0)


def test_the_first_step_tries_the_network_once(make, network):
    runs = []
    network.register_forward_hook(lambda *_: runs.append(0))
    monitor = make(at_steps=[1000])
    monitor.step(network, 0)
    tried = len(runs)
    shown(monitor, network, *range(1, 5))
    assert tried == len(runs) > 0
    assert monitor.steps == ()
    assert monitor.cost.seconds > 0


@pytest.mark.parametrize("step", [-1, 1.5, "last", None])
def test_what_is_no_step_is_refused(make, network, step):
    with pytest.raises(ArgumentError, match=r"step: given .*; accepted: the number of the step, a whole number >= 0"):
        make().log(network, step)


@pytest.mark.parametrize("name", ["step", "log"])
def test_swapped_arguments_are_told(make, network, name):
    with pytest.raises(ArgumentError, match=r"step: given Sequential; accepted: .* >= 0. The network comes first$"):
        getattr(make(), name)(0, network)


def test_steps_of_other_integer_types_are_numbers(make, network):
    monitor = make(at_steps=[0, 1])
    shown(monitor, network, np.int64(0), torch.tensor(1))
    assert monitor.steps == (0, 1)
    assert make().steps == (0, 1)


@pytest.mark.parametrize("loss", [torch.zeros(2), "low", lambda network: [1.0]])
def test_what_is_no_loss_is_refused(make, network, loss):
    with pytest.raises(ArgumentError, match=r"test_loss: given .*; accepted: one number, or a function"):
        make().step(network, 0, test_loss=loss)


def test_a_later_failure_is_told_and_the_training_goes_on(make, network):
    monitor = make(at_steps=[0, 1, 2])
    shown(monitor, network, 0)
    weights = network[4].weight.data.clone()
    network[4].weight.data.fill_(math.nan)
    with pytest.warns(UserWarning, match="the interactions of step 1 are not logged: the score is nan"):
        assert shown(monitor, network, 1) == [None]
    network[4].weight.data.copy_(weights)
    shown(monitor, network, 2)
    assert monitor.steps == (0, 2)
    assert monitor.cost.skipped == 1


def test_a_disk_that_fails_is_told_and_the_next_step_repairs(make, network, tmp_path):
    monitor = make(at_steps=[0, 1, 2])
    shown(monitor, network, 0)
    table = monitor._folder.path / "monitor.csv"
    whole = table.read_bytes()
    table.unlink()
    table.mkdir()
    with pytest.warns(UserWarning, match="the interactions of step 1 are not logged: .*monitor.csv"):
        shown(monitor, network, 1)
    table.rmdir()
    table.write_bytes(whole + b"1,0.")
    shown(monitor, network, 2)
    assert monitor.steps == make().steps == (0, 2)


def test_scores_without_labels_need_none(make, network):
    monitor = make(labels=None, score=Output(1))
    shown(monitor, network, 0, 1)
    assert len(monitor.dynamics().steps) == 2


def test_any_function_can_be_looked_at(make):
    (found,) = shown(make(labels=None, score=Output()), lambda x: x.prod(1), 0)
    assert found.n == 4


def test_what_print_shows(make, network):
    monitor = make(share=1e-6, ratio=2)
    assert repr(monitor) == f"Monitor: no step logged yet in {monitor._folder.path}"
    shown(monitor, network, 0, 1, 2)
    first, second, third = repr(monitor).splitlines()
    assert first == f"Monitor: 1 step logged in {monitor._folder.path}"
    assert second.startswith("  step 0: mean order ")
    assert second.endswith(" salient effects a sample")
    assert third.endswith(" % of the time of the training; 2 due steps skipped")


def test_the_record_says_what_is_looked_at(make, network):
    monitor = make(score=LogOdds())
    assert not monitor._folder.path.exists()  # a process that never logs leaves nothing
    shown(monitor, network, 0)
    record = json.loads((monitor._folder.path / "monitor.json").read_text())
    assert record["players"]["type"] == "Columns"
    assert set(record) == {"format", "inputs", "labels", "players", "score", "noise", "max_gap", "output", "salience"}


def test_the_public_name_is_the_class():
    assert Monitor.__module__ == "harsanyi.monitor.monitor"


def test_a_training_that_begins_anew_in_the_folder_of_another_is_warned_of(make, network):
    shown(make(at_steps=[0, 5]), network, 0, 5)
    again = make(at_steps=[0, 5])
    with pytest.warns(UserWarning, match="holds steps 0 to 5 of an earlier training; steps up to 5 .* a new folder$"):
        shown(again, network, 0)
    assert shown(again, network, 1, 5, 6) == [None] * 3  # once
    for going_on in ([3, 4, 5, 6], [5, 6], [6, 7]):  # from a checkpoint in the midst
        shown(make(at_steps=[0, 5, 7]), network, *going_on)
    assert make().steps == (0, 5, 7)


def test_a_look_at_once_tells_so_too_and_one_step_is_no_range(make, network):
    make().log(network, 4)
    with pytest.warns(UserWarning, match="holds step 4 of an earlier training; steps up to 4 are not logged again"):
        assert make().log(network, 0) is None


def test_a_folder_of_other_files_is_refused(make, tmp_path):
    (tmp_path / "epoch-4.pt").write_bytes(b"mine")
    with pytest.raises(ArgumentError, match="which holds something else; accepted: a new or empty folder"):
        make(folder=tmp_path)


def test_a_folder_whose_first_write_was_killed_is_taken(make, network, tmp_path):
    (tmp_path / "seen" / "tensorboard").mkdir(parents=True)
    (tmp_path / "seen" / ".monitor.json.torn").write_text("{")
    shown(make(), network, 0)
    assert make().steps == (0,)
