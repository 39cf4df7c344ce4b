"""The stored arrays: whole units, the state after the data, and readable without this package."""

import json
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from harsanyi.study import Study
from harsanyi.study.store import Grid, Shape, State, create_grid, extend_grid, is_done
from harsanyi.study.units import Computed, Unit

STEPS = [0, 5, 9]


def unit(first, last, rows=(0,), places=(0,)):
    return Unit("net", rows, places, first, last, "f" * 64)


def computed(samples, seed=0, places=1):
    drawn = np.random.default_rng(seed)
    samples = np.array(samples)
    block = (places, len(samples))
    return Computed(
        samples, drawn.normal(size=(*block, 8)), drawn.normal(size=(*block, 2, 8)), drawn.random((*block, 5))
    )


@pytest.fixture
def grid(tmp_path):
    """Three checkpoints, two layers, five samples of three players in blocks of two."""
    create_grid(tmp_path, "net", Shape(("a", "b"), 5, 3, 2, "float64"), STEPS, ["f" * 64] * 3)
    return Grid(tmp_path, "net", write=True)


def test_a_unit_is_stored_as_a_whole_and_nothing_else_changes(grid):
    one = unit(2, 4, places=(1,))
    result = computed([2, 3])
    grid.write(one, result)
    for name in ("scores", "effects", "certificate"):
        found = grid.read(name, np.array([0]), 1, np.array([2, 3]))[0]
        assert np.array_equal(found, getattr(result, name)[0])
    assert np.argwhere(grid.state() == State.DONE).tolist() == [[0, 1, 2], [0, 1, 3]]
    assert is_done(grid.state(), one)
    assert not is_done(grid.state(), unit(2, 4))
    assert not is_done(grid.state(), unit(2, 4, rows=(0, 1), places=(1,)))
    assert np.isnan(grid.read("scores", np.array([0, 1, 2]), 0, np.arange(5))).all()


def test_layers_that_are_read_together_are_done_together(grid):
    one, result = unit(2, 4, places=(0, 1)), computed([2, 3], places=2)
    grid.write(unit(2, 4), computed([2, 3], seed=1))
    assert not is_done(grid.state(), one)
    assert grid.states_of(one).tolist() == [[State.TO_DO] * 2]
    grid.fail(unit(2, 3, places=(1,)), np.array([2]))
    assert grid.states_of(one).tolist() == [[State.FAILED, State.TO_DO]]
    grid.write(one, result)
    assert is_done(grid.state(), one)
    for at in (0, 1):
        assert np.array_equal(grid.read("effects", np.array([0]), at, np.array([2, 3]))[0], result.effects[at])
    assert Shape(("a", "b"), 5, 3, 2, "float64", read=True).together == [(0, 1)]


def test_one_chunk_is_one_unit(grid, tmp_path):
    grid.write(unit(0, 2), computed([0, 1]))
    grid.write(unit(4, 5), computed([4]))
    for name in ("scores", "effects", "certificate", "state"):
        array = tmp_path / "study.zarr" / "net" / name
        assert len([path for path in (array / "c").rglob("*") if path.is_file()]) == 2
        assert [codec["name"] for codec in json.loads((array / "zarr.json").read_text())["codecs"]] == ["bytes"]


def test_samples_with_holes_between_them_are_stored_in_their_places(grid):
    grid.write(unit(0, 5), computed([0, 2, 3]))
    assert grid.state()[0, 0].tolist() == [1, 0, 1, 1, 0]
    scores = grid.read("scores", np.array([0]), 0, np.array([3, 0, 2]))[0]
    assert np.array_equal(scores, computed([0, 2, 3]).scores[0, [2, 0, 1]])
    grid.fail(unit(0, 5), np.array([1, 4]))
    assert grid.state()[0, 0].tolist() == [1, 2, 1, 1, 2]


def test_the_state_comes_last(grid, monkeypatch):
    """Whatever ends a write before its end leaves a unit that is not done."""
    order = []
    array = type(grid._array("scores"))
    monkeypatch.setattr(array, "__setitem__", lambda self, key, values: order.append(self.basename))
    grid.write(unit(0, 2), computed([0, 1]))
    assert order == ["scores", "effects", "certificate", "state"]


def test_equal_checkpoints_get_what_one_of_them_has(grid):
    grid.write(unit(0, 2, rows=(1,)), computed([0, 1]))
    grid.fail(unit(0, 2, rows=(2,)), np.array([0]))
    grid.copy(unit(0, 2, rows=(0, 1, 2)))
    assert is_done(grid.state(), unit(0, 2, rows=(0, 1, 2)))
    for name in ("scores", "effects", "certificate"):
        found = grid.read(name, np.arange(3), 0, np.arange(2))
        assert np.array_equal(found[0], found[1])
        assert np.array_equal(found[2], found[1])


def test_more_samples_and_checkpoints_leave_what_is_there(grid, tmp_path):
    grid.write(unit(4, 5), computed([4]))
    extend_grid(tmp_path, "net", 8, [*STEPS, 7], ["f" * 64] * 4)
    larger = Grid(tmp_path, "net", write=True)
    assert larger.state().shape == (4, 2, 8)
    assert larger.state().sum() == larger.state()[0, 0, 4] == State.DONE
    larger.write(unit(4, 6), computed([5], seed=1))
    scores = larger.read("scores", np.array([0]), 0, np.array([4, 5]))[0]
    assert np.array_equal(scores, np.concatenate([computed([4]).scores[0], computed([5], seed=1).scores[0]]))
    assert larger.to_xarray().checkpoint.values.tolist() == [0, 5, 7, 9]


def test_coordinates_take_no_more_room_than_they_need(grid, tmp_path):
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 50_000


def test_any_notebook_reads_a_study_without_this_package(done, plan):
    script = f"""
import sys, json, xarray
data = xarray.open_zarr({str(done.path / "study.zarr")!r}, group="mlp", consolidated=False)
kinds = data.attrs["kind"]
values = data.effects.sel(checkpoint=20).isel(sample=1, at=0, kind=kinds.index("AND")).values
print(json.dumps(dict(sizes=dict(data.sizes), steps=data.checkpoint.values.tolist(), order=data.order.values.tolist(),
    label=data.label.values.tolist(), state=int(data.state.min()), kind=str(data.state.dtype),
    names=data.attrs["players"], values=values.tolist(),
    scores=data.scores.sel(checkpoint=20).isel(sample=1, at=0).values.tolist(),
    coded=data.attrs["state"], told=data.attrs["coalition"], ours="harsanyi" in sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    told = json.loads(out)
    expected = done.interactions(step=20)
    assert told["sizes"] == {"checkpoint": 3, "at": 1, "sample": 4, "coalition": 16, "kind": 2, "figure": 5, "class": 3}
    assert (told["steps"], told["label"], told["state"], told["kind"]) == ([0, 10, 20], [0, 1, 2, 0], 1, "uint8")
    assert told["order"] == [bin(coalition).count("1") for coalition in range(16)]
    assert told["coded"] == {"TO_DO": 0, "DONE": 1, "FAILED": 2}
    assert told["told"] == "sum of 2**i over the players i that are present"
    assert told["names"] == list(expected.names[1])
    assert told["values"] == expected.and_[1].tolist()
    assert told["scores"] == expected.scores[1].tolist()
    assert told["ours"] is False


def test_the_labelled_arrays_select_by_step_and_kind(done):
    data = done.to_xarray()
    assert isinstance(data, xr.Dataset)
    found = data.effects.sel(checkpoint=10, kind="OR").isel(at=0).values
    assert np.array_equal(found, done.interactions(step=10).or_)
    assert np.array_equal(data.certificate.sel(checkpoint=10, figure="gap").values[0], done.interactions(step=10).gap)


@pytest.mark.parametrize(("dtype", "size"), [("float64", 8), ("float32", 4)])
def test_a_sample_takes_the_bytes_that_are_told(dtype, size):
    assert Shape(("",), 9, 10, 2, dtype).bytes_per_sample == 1024 * 3 * size + 5 * 8 + 1


def test_a_study_is_readable_while_it_is_being_run(tmp_path, plan):
    seen = []
    study = Study(tmp_path / "study", plan())

    def look(units, total):
        reader = Study(study.path)
        seen.append((reader.status().units[0], sorted(step for step, _ in reader.checkpoints()) if units >= 2 else []))

    study.run(progress=look)
    assert [units for units, _ in seen][:6] == [1, 2, 3, 4, 5, 6]
    assert [steps for _, steps in seen][:6] == [[], [0], [0], [0, 10], [0, 10], [0, 10, 20]]
