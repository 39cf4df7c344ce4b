"""A training that is looked at goes on, to the last bit, as one that is not."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import LogOdds, Patches
from harsanyi.monitor.untouched import inner, untouched


def noisy(outputs, labels):
    """A score that draws from every generator."""
    torch.rand(3), random.random(), np.random.rand()  # noqa: NPY002
    return LogOdds()(outputs, labels)


def assert_same(one, other):
    for ours, theirs in zip(one.everything(), other.everything(), strict=True):
        assert torch.equal(ours, theirs)


LOW = {"autocast": "bfloat16", "noise": 0.9}


@pytest.mark.filterwarnings("ignore:lower precision")
@pytest.mark.parametrize(
    ("place", "autocast", "options"),
    [("before", False, {}), ("between", False, LOW), ("frozen", False, {})]
    + [(place, True, {}) for place in ("before", "inside", "between", "after")]
    + [(place, True, LOW) for place in ("inside", "between")],
)
def test_weights_are_the_same_to_the_last_bit(train, make, place, autocast, options):
    alone = train(place=place if place == "frozen" else "nowhere", autocast=autocast)
    monitor = make(score=noisy, at_steps=[1, 4], **options)
    watched = train(monitor.step, place, autocast)
    assert monitor.steps == (1, 4)
    assert_same(alone, watched)
    flags = [module.training for module in watched.network.modules()]
    assert flags == [module.training for module in alone.network.modules()]


def test_losses_that_are_functions_disturb_nothing(train, make, data):
    def loss(network):
        assert not torch.is_grad_enabled()
        assert not network.training
        torch.rand(3)
        value = nn.functional.cross_entropy(network(data[0]), data[1])
        network.train()
        return value

    monitor = make(at_steps=[1, 4])

    def look(network, step):
        network[1].training = False
        monitor.step(network, step, train_loss=loss, test_loss=loss)
        assert [module.training for module in network] == [True, False, True, True, True]
        network[1].training = True

    assert_same(train(), train(look))
    assert not monitor.table()[["train_loss", "test_loss"]].isna().any(axis=None)


def test_a_failure_leaves_no_trace_either(train, make):
    def failing(outputs, labels):
        noisy(outputs, labels)
        raise RuntimeError("no score")

    monitor = make(score=failing)

    def look(network, step):
        with pytest.raises(RuntimeError, match="no score"):
            monitor.step(network, step)

    assert_same(train(), train(look))


def test_players_at_a_layer_disturb_nothing(make):
    def trained(look):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(),
                                nn.Dropout(0.5), nn.Linear(48, 2))  # fmt: skip
        optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
        for step in range(4):
            look(network, step)
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(torch.randn(8, 1, 4, 4)), torch.randint(2, (8,))).backward()
            optimizer.step()
        return network.state_dict()

    monitor = make(torch.ones(2, 1, 4, 4), 1, players=Patches(grid=2, at="2"), at_steps=[0, 2])
    alone, watched = trained(lambda network, step: None), trained(monitor.step)
    assert monitor.steps == (0, 2)
    assert all(torch.equal(alone[name], watched[name]) for name in alone)


def test_the_block_sees_no_autocast_and_no_gradients(network):
    with torch.autocast("cpu", torch.bfloat16), untouched(network):
        assert not torch.is_autocast_enabled("cpu")
        assert not torch.is_autocast_cache_enabled()
        assert not torch.is_grad_enabled()
        assert network(torch.randn(2, 4)).dtype == torch.float32
    assert torch.is_grad_enabled()
    assert torch.is_autocast_cache_enabled()


def test_the_network_inside_wrappers_is_run(network):
    wrapped = nn.DataParallel(torch.compile(network))
    assert inner(wrapped) is network
    assert inner(len) is len


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_training_on_a_gpu_is_the_same_to_the_last_bit(make, data):
    def trained(look):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(4, 12), nn.BatchNorm1d(12), nn.Dropout(0.3), nn.Linear(12, 3)).cuda()
        optimizer, (x, y) = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9), (part.cuda() for part in data)
        for step in range(6):
            optimizer.zero_grad()
            with torch.autocast("cuda", torch.bfloat16):
                look(network, step)
                loss = nn.functional.cross_entropy(network(x), y)
            loss.backward()
            optimizer.step()
        return [*network.state_dict().values(), torch.cuda.get_rng_state().cuda()]

    monitor = make(score=noisy, at_steps=[0, 3])
    pairs = zip(trained(lambda network, step: None), trained(monitor.step), strict=True)
    assert all(torch.equal(alone, watched) for alone, watched in pairs)
    assert monitor.interactions(3).provenance["device"].startswith("cuda")
