"""A small network at several steps of its training, and plans over it."""

import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from harsanyi import Columns
from harsanyi.study import Plan, Study


def small_network():
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))


def state(seed):
    """Weights of a small network."""
    drawn = torch.Generator().manual_seed(seed)
    return {name: torch.randn(values.shape, generator=drawn) for name, values in small_network().state_dict().items()}


def samples(count):
    return torch.linspace(-2, 2, 9 * 4).mul(7).sin().view(9, 4)[:count]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write_checkpoints(folder):
    folder.mkdir()
    for step in (0, 10, 20):
        save_file(state(step), folder / f"step-{step}.safetensors")
    return folder


def small_plan(checkpoints, count=4, factory=small_network, **changes):
    base = Plan({"mlp": {"checkpoints": checkpoints, "factory": factory}}, samples(count), Columns(),
                labels=torch.arange(count) % 3, block=2, max_gap=1.0)  # fmt: skip
    return replace(base, **changes)


@pytest.fixture
def folder(tmp_path):
    """Three checkpoints."""
    return write_checkpoints(tmp_path / "checkpoints")


@pytest.fixture
def add(folder):
    """Writes one more checkpoint."""

    def write(step, seed=None):
        path = folder / f"step-{step}.safetensors"
        save_file(state(step if seed is None else seed), path)
        return path

    return write


@pytest.fixture
def plan(folder):
    """Makes a plan of three checkpoints and four samples, changed as asked."""

    def make(checkpoints=folder, count=4, **changes):
        return small_plan(checkpoints, count, **changes)

    return make


@pytest.fixture(scope="session")
def once_done(tmp_path_factory):
    """A study of three checkpoints that has run."""
    place = tmp_path_factory.mktemp("once")
    return Study(place / "study", small_plan(write_checkpoints(place / "checkpoints"))).run(progress=False).path


@pytest.fixture
def done(once_done, plan, tmp_path):
    """A copy of it."""
    return Study(shutil.copytree(once_done, tmp_path / "study"), plan())


@pytest.fixture
def computed():
    """Every unit that runs of a study computed, as its log tells: checkpoint (row), layer, first and last sample."""

    def read(folder):
        log = folder / "run.log"
        words = [line.replace(",", " ").replace(":", " ").split() for line in log.read_text().splitlines()]
        return [tuple(int(line[line.index(word) + 1 + skip]) for word, skip in
                      (("checkpoint", 0), ("layer", 0), ("samples", 0), ("samples", 2)))
                for line in words if "storage" in line]  # fmt: skip

    return read


@pytest.fixture
def contents():
    """Every file of a study but for its journals, by name."""

    def read(folder):
        files = [path for path in folder.rglob("*") if path.is_file() and "runs" not in path.parts]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.name != "run.log"}

    return read
