import sys

import pytest
import torch
from torch import nn

from harsanyi.monitor.scalars import Scalars


def read(folder):
    """Value by step of every scalar in TensorBoard's files."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder)).Reload()
    return {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in events.Tags()["scalars"]}


@pytest.mark.parametrize("tensorboard", [True, None])
def test_scalars_are_the_rows_of_the_table(make, network, tensorboard):
    monitor = make(tensorboard=tensorboard, at_steps=[0, 4])
    monitor.step(network, 0, train_loss=0.5)
    monitor.step(network, 4)
    found, table = read(monitor._folder.path / "tensorboard"), monitor.table()
    assert found["harsanyi/train_loss"] == {0: 0.5}
    assert "harsanyi/test_loss" not in found
    for name in ("mean_order", "salient_count", "positive_1", "negative_4"):
        assert found[f"harsanyi/{name}"] == pytest.approx(table[name].to_dict())


def test_a_writer_of_the_user_is_written_to(make, network, tmp_path):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path / "own") as writer:
        make(tensorboard=writer).step(network, 0)
        assert set(read(tmp_path / "own")["harsanyi/mean_order"]) == {0}
    assert not (tmp_path / "seen" / "tensorboard").exists()


def test_nothing_is_written_unless_asked_for(make, network, tmp_path):
    make(tensorboard=False).step(network, 0)
    assert not (tmp_path / "seen" / "tensorboard").exists()


def test_without_tensorboard(make, network, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ImportError, match="tensorboard=True needs TensorBoard: pip install tensorboard"):
        make(tensorboard=True)
    assert make(tensorboard=None).step(network, 0) is not None
    assert not (tmp_path / "seen" / "tensorboard").exists()


def test_a_resumed_training_writes_on(make, network, tmp_path):
    for step in (0, 1):
        make(tensorboard=True).step(nn.Sequential(network), step)
    assert set(read(tmp_path / "seen" / "tensorboard")["harsanyi/mean_order"]) == {0, 1}


def test_scalars_without_a_value_are_left_out(tmp_path):
    Scalars(True, tmp_path).add(3, {"a": 1.5, "b": float("nan"), "c": torch.tensor(2.0).item()})
    assert read(tmp_path) == {"harsanyi/a": {3: 1.5}, "harsanyi/c": {3: 2.0}}
