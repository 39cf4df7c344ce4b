"""Devices and threads of a study: what this machine lacks may be elsewhere; the same threads give the same bits."""

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import ArgumentError, Columns, Plan, Study
from harsanyi.core.devices import device_here, is_here
from harsanyi.core.threads import on_threads


def wide_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 400), nn.ReLU(), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 3))


def plan(**changes):
    return Plan({"net": {"factory": wide_network}}, torch.linspace(-1, 1, 12).view(3, 4), Columns(), labels=[0, 1, 2],
                **changes)  # fmt: skip


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_study_for_another_machine_is_opened_here_and_runs_there(tmp_path):
    study = Study(tmp_path, plan(device="cuda"))
    assert not study.status().done
    with pytest.raises(ArgumentError, match=r"device: given cuda .*; accepted: a device that torch finds"):
        study.run(progress=False)
    assert not study.status().failures


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_study_runs_on_a_gpu(tmp_path):
    here = Study(tmp_path / "cpu", plan()).run(progress=False).interactions()
    there = Study(tmp_path / "gpu", plan(device="cuda")).run(progress=False).interactions()
    np.testing.assert_allclose(there.scores, here.scores, rtol=1e-4, atol=1e-5)


def test_the_threads_of_the_plan_decide_not_those_of_the_process(tmp_path):
    seen = []

    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.network = wide_network()

        def forward(self, x):
            seen.append(torch.get_num_threads())
            return self.network(x)

    with on_threads(1):
        chosen = Plan({"net": {"factory": Counting}}, torch.rand(2, 4), Columns(), labels=[0, 1], threads=2)
        study = Study(tmp_path, chosen)
        seen.clear()
        study.run(progress=False)
        assert seen[-1] == 2
        assert torch.get_num_threads() == 1


@pytest.mark.parametrize("threads", [0, 1.5, True, None])
def test_threads_are_whole(threads):
    with pytest.raises(ArgumentError, match=r"threads: given .*; accepted: a whole number >= 1"):
        plan(threads=threads)


def test_a_device_is_tried():
    assert device_here("cpu") == torch.device("cpu")
    assert not is_here("cuda:77")
    with pytest.raises(ArgumentError, match=r"device: given toaster .*; accepted: a device that torch finds"):
        device_here("toaster")
