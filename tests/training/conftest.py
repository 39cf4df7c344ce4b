"""A small table and a network with everything that has a state of its own: dropout and batch normalization."""

import pytest
import torch
from torch import nn

from harsanyi.zoo import load_data


def small_network():
    return nn.Sequential(nn.Linear(13, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 3))


@pytest.fixture(scope="session")
def wine():
    return load_data("wine", standardise=True, label_noise=0.2, noise="other", seed=1)


@pytest.fixture(scope="session")
def make_network():
    return small_network


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
