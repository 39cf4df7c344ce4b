"""The same numbers whatever the engine, and no unit lost with the worker that computed it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import save_file

from harsanyi import Columns
from harsanyi.core.errors import ArgumentError, HarsanyiError
from harsanyi.study import Plan, Study
from harsanyi.study.engines import Processes, Ray, Serial, Slurm, engine_from
from harsanyi.study.engines.attempts import Attempts
from harsanyi.study.engines.ray_cluster import _Actor, _States
from harsanyi.study.opening import open_study
from harsanyi.study.units import Task, Unit
from harsanyi.zoo import load_data

HERE = Path(__file__).parent
ARRAYS = ("scores", "effects", "certificate", "state")
BLOCK = 5  # samples of a unit


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Every worker computes on one thread, and finds the network of these tests."""
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def folder(tmp_path):
    """Where the network says which processes run it."""
    (tmp_path / "workers").mkdir()
    return tmp_path / "workers"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """Four checkpoints of random weights."""
    folder = tmp_path_factory.mktemp("checkpoints")
    generator = torch.Generator().manual_seed(0)
    shapes = {"layers.0.weight": (16, 5), "layers.0.bias": (16,), "layers.2.weight": (3, 16), "layers.2.bias": (3,)}
    for step in range(4):
        state = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
        save_file(state, folder / f"step-{step}.safetensors")
    return folder


def plan(checkpoints=None, *, killer=None, score="log-odds", factory="sleepy:make", **options):
    """16 units of 4 checkpoints, or the 4 units of the network as it is made.

    Args:
        killer: the sample whose unit kills its worker.
        options: of the network.
    """
    data = load_data("wine", standardise=True)
    inputs = data.test_inputs[:20, :5].clone()
    if killer is not None:
        inputs[killer, 0] = 99
    network = {"checkpoints": checkpoints, "factory": factory, "options": options}
    labels = data.test_labels[:20]
    return Plan({"mlp": network}, inputs, Columns(), labels=labels, block=BLOCK, score=score)


def others(killer):
    """Samples of the units that do not kill."""
    return [sample for sample in range(20) if sample // BLOCK != killer // BLOCK]


def results(study):
    """All that is stored, of 4 checkpoints or of one."""
    data = study.to_xarray()
    return {name: data[name].values for name in ARRAYS}


def assert_same(study, reference, samples=slice(None)):
    own = results(study)
    for name in ARRAYS:
        assert own[name][:, :, samples].tobytes() == reference[name][:, :, samples].tobytes(), name
    assert (own["state"][:, :, samples] == 1).all()
    assert np.isfinite(own["scores"][:, :, samples]).all()


@pytest.fixture(scope="module")
def reference(tmp_path_factory, checkpoints):
    """What every engine must find: the results of a serial run with checkpoints, and without."""

    def run(chosen):
        sys.path.insert(0, str(HERE))
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return results(Study(tmp_path_factory.mktemp("serial") / "study", chosen).run(progress=False))
        finally:
            torch.set_num_threads(threads)
            sys.path.remove(str(HERE))

    return {"checkpoints": run(plan(checkpoints)), "made": run(plan())}


def workers_in(folder):
    """Processes that run or have run the network, but for this one."""
    return [int(path.name) for path in folder.iterdir() if path.name != str(os.getpid())]


def alive(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def wait_until(true, seconds=60):
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            pytest.fail("it has not happened in time")
        time.sleep(0.05)


class KillOne:
    """Progress that kills a process of the network as soon as a unit is done."""

    def __init__(self, folder):
        self.killed, self._folder = None, folder

    def __call__(self, done, of):
        living = [pid for pid in workers_in(self._folder) if alive(pid)] if done and self.killed is None else []
        if living:
            self.killed = living[0]
            os.kill(self.killed, signal.SIGKILL)


# Processes ------------------------------------------------------------------------------------------------------------


def test_a_killed_process_is_replaced_and_an_interrupted_run_leaves_none_and_goes_on(
    tmp_path, folder, checkpoints, reference
):
    kill = KillOne(folder)

    def interrupt(done, of):
        kill(done, of)
        if done == 8:
            raise KeyboardInterrupt

    study = Study(tmp_path / "study", plan(checkpoints, seconds=0.05, folder=str(folder)))
    with pytest.raises(KeyboardInterrupt) as caught:
        study.run("processes", workers=1, progress=interrupt)
    assert caught.traceback  # its frames hold the run: nothing is left to the garbage collector
    assert kill.killed
    assert len(workers_in(folder)) == 2
    assert not any(map(alive, workers_in(folder)))
    assert study.status().units == (8, 16)
    assert study.status().runs[0]["engine"] == "processes"
    assert_same(study.run(progress=False), reference["checkpoints"])


def test_shards_make_the_whole(tmp_path, checkpoints, reference):
    """Each run computes its own half: the second finds that of the first done."""
    study, done = Study(tmp_path / "study", plan(checkpoints)), []
    for k in (1, 2):
        study.run(shard=(k, 2), progress=False)
        done.append(study.status().units)
    assert done == [(8, 16), (16, 16)]
    assert_same(study, reference["checkpoints"])


def test_a_unit_that_always_kills_its_process_fails_alone(tmp_path, reference):
    """While another process goes on."""
    study = Study(tmp_path / "study", plan(killer=7))
    with pytest.warns(UserWarning, match=r"^1 unit failed mlp/.*/0/5: its worker died 2 times \(the process was ended"):
        study.run(Processes(2, attempts=2), progress=False)
    assert (results(study)["state"][0, 0, 5:10] == 2).all()
    assert_same(study, reference["made"], others(7))
    assert len(study.status().failures) == 1


def test_processes_end_with_the_one_that_started_them(tmp_path, folder):
    code = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import torch
from harsanyi import Columns
from harsanyi.study import Plan, Study
if __name__ == "__main__":
    network = {{"factory": "sleepy:make", "options": {{"seconds": 600, "folder": {str(folder)!r}}}}}
    plan = Plan({{"mlp": network}}, torch.rand(4, 5), Columns(), labels=[0, 1, 2, 0], block=2)
    Study({str(tmp_path / "study")!r}, plan).run(workers=2)
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    with subprocess.Popen([sys.executable, script]) as run:
        wait_until(lambda: len(workers_in(folder)) == 2)
        assert all(map(alive, workers_in(folder)))
        run.kill()
    wait_until(lambda: not any(map(alive, workers_in(folder))), seconds=20)


def test_an_exception_in_a_worker_is_raised_with_its_traceback(tmp_path):
    """One that no pickle holds too."""
    import sleepy

    study = Study(tmp_path / "study", plan(score=sleepy.sour))
    with pytest.raises(HarsanyiError, match=r"(?s)in sour\n.*OutOfTuneError: the score is sour"):
        study.run(Processes(1), progress=False)
    assert study.status().units == (0, 4)
    assert study.status().runs[0]["state"] == "stopped"


def tune(seconds):
    """In a file that no other process can import by its name."""
    import sleepy

    return sleepy.make(seconds)


@pytest.mark.parametrize(("part", "message"), [
    ({"factory": lambda: tune(0.0)}, r"networks\.mlp\.factory: given <lambda> \(.*\); accepted: for other processes, "
                                  r"functions and classes that stand at the top of a module\. Name a factory as"),
    ({"score": lambda outputs, labels: outputs[:, 0]}, r"score: given <lambda> \("),
])  # fmt: skip
def test_a_plan_that_cannot_be_handed_over_is_refused(tmp_path, part, message):
    chosen = plan(**part)
    study = Study(tmp_path / "study", chosen)
    with pytest.raises(ArgumentError, match=message):
        study.run(workers=2, progress=False)
    assert study.status().units == (0, 4)
    assert study.run(progress=False).status().done  # in this process it is fine


def test_a_plan_that_another_process_cannot_load_is_refused(tmp_path, monkeypatch):
    """As a function of a notebook: this process alone has its module."""
    phantom = types.ModuleType("phantom")
    exec("def make():\n    import sleepy\n    return sleepy.make()\n", vars(phantom))
    monkeypatch.setitem(sys.modules, "phantom", phantom)
    study = Study(tmp_path / "study", plan(factory=phantom.make))
    message = r"plan: given what another process cannot load \(ModuleNotFoundError: No module named 'phantom'\)"
    with pytest.raises(ArgumentError, match=message):
        study.run(Processes(1), progress=False)


def test_processes_that_end_before_they_begin_end_the_run(tmp_path, monkeypatch):
    module = tmp_path / "deadly.py"
    module.write_text("import multiprocessing, os\nif multiprocessing.parent_process():\n    os._exit(3)\n"
                      "def make():\n    import sleepy\n    return sleepy.make()\n")  # fmt: skip
    monkeypatch.syspath_prepend(tmp_path)
    import deadly

    study = Study(tmp_path / "study", plan(factory=deadly.make))
    with pytest.raises(
        HarsanyiError, match=r"workers end before they begin, 1 of them .*'if __name__ == \"__main__\":'"
    ):
        study.run(Processes(1, attempts=1), progress=False)


# Jobs -----------------------------------------------------------------------------------------------------------------


def first_job(study):
    """Process of the job that works on the first shard, by its record, where it has begun."""
    runs = {path: json.loads(path.read_text()) for path in (study / "runs").glob("*.json")}
    return [int(path.stem.rsplit("-", 1)[1]) for path, run in runs.items() if run["shard"] == [1, 2]]


@pytest.mark.slow
def test_jobs_are_submitted_again_and_outlive_a_unit_that_kills(tmp_path, folder, reference):
    """Two jobs: one is killed while it computes, a unit of the other kills whatever computes it."""
    pytest.importorskip("submitit")
    told, study = [], Study(tmp_path / "study", plan(killer=17, seconds=0.5, folder=str(folder)))

    def progress(done, of):
        told.append((done, of))

    def kill():
        wait_until(lambda: workers_in(folder) and first_job(study.path))
        os.kill(first_job(study.path)[0], signal.SIGKILL)

    killing = threading.Thread(target=kill)
    killing.start()
    with pytest.warns(UserWarning, match="1 unit failed mlp/.*/0/15: its worker died 3 times"):
        study.run(Slurm(2, "local"), progress=progress)
    killing.join()
    assert_same(study, reference["made"], others(17))
    assert told[-1] == (3, 4)
    assert told == sorted(told)
    assert len(study.status().runs) == 3
    assert not any(map(alive, workers_in(folder)))


@pytest.mark.slow
@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    reason="started in the background of a shell: jobs inherit that SIGINT, which cancels them, is ignored",
)
def test_an_interrupted_run_cancels_its_jobs(tmp_path, folder):
    pytest.importorskip("submitit")

    def interrupt(done, of):
        if workers_in(folder):
            raise KeyboardInterrupt

    study = Study(tmp_path / "study", plan(seconds=600, folder=str(folder)))
    with pytest.raises(KeyboardInterrupt):
        study.run(Slurm(1, "local"), progress=interrupt)
    wait_until(lambda: not any(map(alive, workers_in(folder))), seconds=20)


@pytest.mark.slow
def test_jobs_that_cannot_be_submitted_are_refused(tmp_path):
    pytest.importorskip("submitit")
    study = Study(tmp_path / "study", plan())
    with pytest.raises(ArgumentError, match=r"(?s)engine: given slurm \(.*'tme'.*\); accepted: a machine that"):
        study.run(Slurm(cluster="local", parameters={"tme": 3}), progress=False)
    with pytest.raises(ArgumentError, match=r"shard: given \(1, 2\); accepted: nothing where the engine submits jobs"):
        study.run("slurm", shard=(1, 2))


# Ray ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ray():
    return pytest.importorskip("ray")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Ray
class TestRay:
    """The first test starts Ray and ends it, the others use the connection of the class."""

    def test_it_is_started_and_ended_where_there_is_none(self, ray, tmp_path, folder, checkpoints, reference):
        """And an actor that is killed is replaced, and every unit done."""
        assert not ray.is_initialized()
        kill = KillOne(folder)
        study = Study(tmp_path / "study", plan(checkpoints, seconds=0.05, folder=str(folder)))
        study.run("ray", workers=2, progress=kill)
        assert not ray.is_initialized()
        assert kill.killed
        assert_same(study, reference["checkpoints"])
        wait_until(lambda: not any(map(alive, workers_in(folder))), seconds=20)

    @pytest.fixture(scope="class")
    def connection(self, ray):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(HERE))
            patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
            ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        yield ray
        ray.shutdown()

    def test_a_unit_that_always_kills_its_actor_fails_alone(self, connection, tmp_path, reference):
        study = Study(tmp_path / "study", plan(killer=7))
        with pytest.warns(UserWarning, match="1 unit failed mlp/.*/0/5: its worker died 1 time .ActorDiedError"):
            study.run(Ray(1, attempts=1), progress=False)
        assert connection.is_initialized()
        assert_same(study, reference["made"], others(7))

    def test_an_interrupted_run_leaves_no_actor(self, connection, tmp_path, folder):
        def interrupt(done, of):
            raise KeyboardInterrupt

        study = Study(tmp_path / "study", plan(folder=str(folder)))
        with pytest.raises(KeyboardInterrupt):
            study.run(Ray(1), progress=interrupt)
        wait_until(lambda: not any(map(alive, workers_in(folder))), seconds=20)

    def test_nodes_need_not_see_the_checkpoints(self, connection, tmp_path, checkpoints, reference):
        """Each is read here, once, and an actor finds no file at its path."""
        moved = shutil.copytree(checkpoints, tmp_path / "moved")
        opened = open_study(tmp_path / "study", plan(moved))
        opened.locks.close()
        content = opened.record.checkpoints["mlp"][2].sha256
        task = Task(Unit("mlp", (2,), (0,), 5, 10, content), np.arange(5, 10))
        states = _States(connection, opened.question)
        state = states.of(task.unit)
        shutil.rmtree(moved)
        assert states.of(task.unit) == state
        actor = connection.remote(_Actor).remote(opened.question, None, 1)
        outcome = connection.get(actor.work.remote(task, state))
        assert not outcome.error
        assert outcome.computed.scores.tobytes() == reference["checkpoints"]["scores"][2, 0, 5:10].tobytes()


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_refused_at_once(ray, tmp_path):
    study = Study(tmp_path / "study", plan())
    with pytest.raises(ArgumentError, match=r"engine: given ray at ray://127\.0\.0\.1:1 \(.*refused\); accepted: the "):
        study.run("ray://127.0.0.1:1", progress=False)
    assert not ray.is_initialized()


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "engine"), [
    ((None,), Serial()),
    (("serial", 1), Serial()),
    ((None, 1), Serial()),
    ((None, 2), Processes(2)),
    (("processes", 1, {"attempts": 5}), Processes(1, 5)),
    (("ray",), Ray()),
    (("ray://there:10001", 4), Ray(4, "ray://there:10001")),
    (("ray", None, {"address": "auto", "cpus": 2}), Ray(address="auto", cpus=2)),
    (("slurm", 8, {"parameters": {"timeout_min": 9}}), Slurm(8, parameters={"timeout_min": 9})),
    ((Processes(3),), Processes(3)),
])  # fmt: skip
def test_engines_have_names(given, engine):
    assert engine_from(*given) == engine


@pytest.mark.parametrize(("given", "message"), [
    (("proceses",), r"engine: given 'proceses'; accepted: one of serial, .*\. Did you mean 'processes'\?"),
    (("serial", 2), "workers: given 2; accepted: 1 for the engine serial. Take the engine processes"),
    (("processes",), r"engine processes\.workers: given nothing"),
    ((None, 0), "workers: given 0; accepted: a whole number >= 1"),
    (("ray", None, {"cpu": 2}), r"engine ray: given 'cpu'; accepted: workers=None, .*\. Did you mean 'cpus'\?"),
    (("ray", None, {"cpus": 0}), "cpus: given 0; accepted: a whole number"),
    (("slurm", 2, {"cluster": "lsf"}), "cluster: given 'lsf'; accepted: 'slurm' or 'local'"),
    (("slurm", 2, {"parameters": 3}), "parameters: given 3; accepted: a mapping"),
    ((Processes(3), 2), "workers: given 2; accepted: those of the engine given"),
    ((Processes,), "engine: given Processes; accepted: one of serial, .* or an engine such as"),
    ((7,), "engine: given int; accepted: one of serial"),
])  # fmt: skip
def test_what_is_no_engine_is_refused(given, message):
    with pytest.raises(ArgumentError, match=message):
        engine_from(*given)


@pytest.mark.parametrize(("name", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_a_missing_package_is_named_with_what_installs_it(tmp_path, monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    study = Study(tmp_path / "study", plan())
    with pytest.raises(ImportError, match=rf"the engine {name} needs {package}: pip install 'harsanyi\[{name}\]'"):
        study.run(name, progress=False)
    assert study.status().units == (0, 4)


def test_workers_of_a_distant_cluster_are_not_counted_here(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert Ray(3).record() == {"engine": "ray", "workers": 3, "here": True}
    assert Ray().record() == {"engine": "ray", "workers": torch.get_num_threads(), "here": True}
    assert Ray(address="auto").record() == {"engine": "ray", "workers": None, "here": False}
    monkeypatch.setenv("RAY_ADDRESS", "there:6379")
    assert Ray(3).record() == {"engine": "ray", "workers": 3, "here": False}


# Attempts -------------------------------------------------------------------------------------------------------------


def tasks(count):
    return [Task(Unit("mlp", (0,), (0,), first, first + 1, "hash"), np.array([first])) for first in range(count)]


def test_a_lost_task_comes_back_before_new_ones_and_fails_alone():
    one, two, three = tasks(3)
    attempts = Attempts(iter([one, two, three]), 2)
    assert attempts.next() is one
    assert attempts.lost(one, "killed") is None
    assert [attempts.next(), attempts.next()] == [one, two]
    failed = attempts.lost(one, "killed")
    assert failed.task is one
    assert failed.computed is None
    assert failed.error == "its worker died 2 times (killed)"
    assert attempts.lost(two, "killed") is None
    assert [attempts.next(), attempts.next(), attempts.next()] == [two, three, None]


def test_a_worker_that_never_began_is_not_the_fault_of_its_task():
    (one,) = tasks(1)
    attempts = Attempts(iter([one]), 2)
    for _ in range(5):
        assert attempts.next() is one
        attempts.never_began("no module", one)
        attempts.began()  # another one did
    attempts.never_began("no module")
    with pytest.raises(HarsanyiError, match="workers end before they begin, 2 of them one after the other: no module"):
        attempts.never_began("no module")
