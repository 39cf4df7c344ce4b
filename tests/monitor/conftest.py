"""A small training with everything that looking on could disturb: dropout, batch normalization and random draws."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import Columns, Monitor

STEPS = 6


def small_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 3))


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(64, 4, generator=generator)
    return x, (x[:, 0] * x[:, 1] > 0).long() + (x[:, 2] > 1).long()


@pytest.fixture
def network():
    return small_network()


@pytest.fixture
def make(data, tmp_path):
    """A monitor of three samples, in a folder of its own unless told otherwise; nothing is skipped by default."""

    def made(inputs=data[0][:3], labels=data[1][:3], **options):
        quick = {"share": 1, "tensorboard": False, "max_gap": 0.3}
        return Monitor(inputs, labels, **{"players": Columns(), "folder": tmp_path / "seen", **quick, **options})

    return made


@dataclass
class Trained:
    """All that a training leaves behind."""

    network: nn.Module
    optimizer: Any
    drawn: list

    def everything(self):
        tensors = [*self.network.state_dict().values(), *(value.grad for value in self.network.parameters())]
        for state in self.optimizer.state_dict()["state"].values():
            tensors += [torch.as_tensor(value) for value in state.values()]
        return [*tensors, torch.tensor(self.drawn)]


@pytest.fixture
def train(data):
    """A training loop that calls `look(network, step)` at one of several places."""

    def trained(look=lambda network, step: None, place="before", autocast=False, steps=STEPS, network=None):
        network = small_network() if network is None else network
        network[3].eval() if place == "frozen" else None
        optimizer = torch.optim.Adam(network.parameters(), 0.01)
        torch.manual_seed(2), random.seed(2), np.random.seed(2)  # noqa: NPY002
        drawn, (x, y) = [], data
        for step in range(steps):
            rows = torch.randperm(len(x))[:16]
            drawn += [random.random(), np.random.rand()]  # noqa: NPY002
            look(network, step) if place in ("before", "frozen") else None
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                look(network, step) if place == "inside" else None
                loss = nn.functional.cross_entropy(network(x[rows]), y[rows])
                look(network, step) if place == "between" else None
            loss.backward()
            look(network, step) if place == "after" else None
            optimizer.step()
        drawn += [random.random(), np.random.rand(), torch.rand(()).item()]  # noqa: NPY002
        return Trained(network, optimizer, drawn)

    return trained
