import pytest
import torch


@pytest.fixture(autouse=True)
def same_random_networks():
    torch.manual_seed(0)


@pytest.fixture
def blocks_of(monkeypatch):
    """Makes `extract` work in blocks of so many score entries."""
    return lambda entries: monkeypatch.setattr("harsanyi.game.asking._BLOCK", entries)
