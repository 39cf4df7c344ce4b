"""Killed at any moment, beside others, or on a full disk, a study keeps what is done and does nothing twice."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from harsanyi.core.errors import ArgumentError, HarsanyiError
from harsanyi.study import Study

HERE = Path(__file__).parent
forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked, so that each need not import torch")


def script(name, *arguments):
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def arrays(folder):
    """Chunks and coordinates of a study, to the last bit."""
    files = [path for path in (folder / "study.zarr").rglob("*") if path.is_file() and path.name != "zarr.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def states(folder):
    """What became of the runs of a study, by the time they began."""
    return [json.loads(path.read_text())["state"] for path in sorted((folder / "runs").glob("*.json"))]


def leftovers(folder):
    found = [path for path in folder.rglob("*") if path.suffix in (".partial", ".tmp") or path.name == "unfinished"]
    return [path.name for path in found]


@forked
def test_killed_while_made_extended_and_run_is_bit_for_bit_undisturbed(tmp_path):
    told = script("killed.py", tmp_path, 15, 0)
    assert told["killed"] == 15
    assert told["unfinished"] >= 4  # kills in the middle of making and extending it
    assert len(set(told["seen"])) >= 5  # and at many places of the work
    assert told["wrong"] == 0  # nothing torn or wrong says that it is done
    assert told["again"] == 0  # nothing that is done is computed again
    assert arrays(tmp_path / "killed") == arrays(tmp_path / "whole")
    assert leftovers(tmp_path / "killed") == []
    assert "running" not in states(tmp_path / "killed")


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """What came of several processes at once, and where, by what they did."""
    place = tmp_path_factory.mktemp("together")
    return {how: (told, place / how) for how, told in script("together.py", place).items()}


@forked
def test_several_at_once_make_and_run_one_study_and_share_the_work(together):
    told, place = together["same"]
    assert told["errors"] == [""] * 3
    assert len(told["computed"]) == len(set(map(tuple, told["computed"]))) == 12 * 4
    assert all(run["state"] == "finished" for run in told["runs"])
    assert sum(run["units"] for run in told["runs"]) >= 12 * 4
    assert arrays(place / "shared") == arrays(place / "whole")


@forked
def test_one_that_would_extend_what_others_work_on_is_refused_and_changes_nothing(together):
    told, place = together["extend"]
    assert told["errors"][0] == ""
    assert "which another process is working on" in told["errors"][1]
    assert "new samples, checkpoints or networks wait for its end" in told["errors"][1]
    assert told["changed"] == []
    assert len(told["computed"]) == len(set(map(tuple, told["computed"]))) == 12 * 3
    assert arrays(place / "shared") == arrays(place / "whole")


@forked
def test_processes_end_with_the_run_that_started_them_and_lose_nothing(tmp_path):
    told = script("orphaned.py", tmp_path)
    assert told["before"] >= 1
    assert told["workers"] == 2
    assert told["alive"] == 0
    assert told["again"] == 0
    assert told["wrong"] == 0
    assert states(tmp_path / "killed") == ["killed", "finished"]
    assert arrays(tmp_path / "killed") == arrays(tmp_path / "whole")


def test_what_a_killed_writer_left_is_removed_once_nobody_works_on_the_study(done, plan):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = os.uname().nodename
    torn = [done.path / name for name in (
        f".run.json.{host}.{gone.pid}.tmp", f"players/.mlp.0.npz.{host}.{gone.pid}.tmp",
        "study.zarr/mlp/scores/c/0/0/0/0.0123456789abcdef.partial")]  # fmt: skip
    for path in torn:
        path.write_bytes(b"torn")
    Study(done.path)  # reading changes nothing
    assert all(path.exists() for path in torn)
    Study(done.path, plan())
    assert not any(path.exists() for path in torn)


@contextmanager
def largest_file(size):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_files_that_may_not_grow_are_told_and_cost_nothing_that_is_stored(tmp_path, plan, contents, done):
    study = Study(tmp_path / "small", plan())
    with largest_file(200), pytest.raises(HarsanyiError, match=r"no space left for .*small.*What is stored stays"):
        study.run(progress=False)
    assert leftovers(study.path) == []
    study.run(progress=False)
    assert study.status().done
    assert arrays(study.path) == arrays(done.path)


def test_a_study_that_could_not_be_written_is_made_by_the_next(tmp_path, plan, done):
    with largest_file(200), pytest.raises(HarsanyiError, match="no space left for"):
        Study(tmp_path / "small", plan())
    with pytest.raises(ArgumentError, match="a folder with a study"):
        Study(tmp_path / "small")
    study = Study(tmp_path / "small", plan()).run(progress=False)
    assert arrays(study.path) == arrays(done.path)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with 512 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_fills_up_is_told_and_the_study_goes_on_once_there_is_room(small_disk, plan, done, computed):
    study = Study(small_disk / "study", plan())
    filler = small_disk / "filler"

    def fill(units, total):
        if units == 2 and not filler.exists():
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(b"x" * 4096)

    with pytest.raises(HarsanyiError, match=r"no space left for .*study.*make room and run again"):
        study.run(progress=fill)
    assert leftovers(study.path) == []
    stored = computed(study.path)
    assert len(stored) >= 2
    assert study.status().units[0] >= 2
    filler.unlink()
    study.run(progress=False)
    assert len(computed(study.path)) == len(set(computed(study.path))) == 6
    assert arrays(study.path) == arrays(done.path)


def test_a_plan_larger_than_the_disk_is_refused_before_the_work(small_disk, plan):
    study = Study(small_disk / "study", plan(block=None, samples=[[0.1, 0.2, 0.3, 0.4]] * 300, labels=0))
    with pytest.raises(ArgumentError, match=r"results need 1\.3 MiB more on the disk.*the 0\.4 MiB that are free"):
        study.run(progress=False)
    assert not (study.path / "run.log").exists()
    assert study.status().units[0] == 0


def test_a_run_that_an_exception_stops_is_on_record_and_goes_on(tmp_path, plan, computed):
    study = Study(tmp_path / "study", plan())

    def stop(units, total):
        if units == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.run(progress=stop)
    assert [run["state"] for run in study.status().runs] == ["stopped"]
    study.run(progress=False)
    assert [run["state"] for run in study.status().runs] == ["stopped", "finished"]
    assert [run["units"] for run in study.status().runs] == [3, 3]
    assert len(set(computed(study.path))) == len(computed(study.path)) == 6


def test_runs_that_follow_at_once_each_keep_their_record(done):
    for _ in range(3):
        done.run(progress=False)
    assert [run["units"] for run in done.status().runs] == [6, 0, 0, 0]
