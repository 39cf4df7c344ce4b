"""A run that was killed and resumed leaves what an uninterrupted one leaves; nothing torn is read."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import torch
from torch import nn

from harsanyi.core.errors import ArgumentError
from harsanyi.training import Course, Recipe, train
from harsanyi.zoo import Selection, Source, load_data, select
from harsanyi.zoo.data import text_part

RECIPE = Recipe(epochs=6, batch_size=16, checkpoints=4, seed=2)
SCRIPT = Path(__file__).with_name("killed.py")


class StoppedError(Exception):
    """Raised in the middle of a training."""


def stop_after(steps):
    counted = count(1)

    def tell(done, total):
        if next(counted) == steps:
            raise StoppedError

    return tell


def contents(folder):
    """Hash of every file that must not depend on interruptions, by name."""
    files = [*folder.glob("*.safetensors"), folder / "course.csv"]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture
def whole(tmp_path, wine, make_network):
    """Folder of a training that ran through."""
    train(make_network, wine, RECIPE, tmp_path / "whole", progress=False)
    return tmp_path / "whole"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked, so that each need not import torch")
def test_killed_at_random_moments_and_resumed_is_bit_for_bit_uninterrupted(tmp_path):
    command = [sys.executable, str(SCRIPT), str(tmp_path), "10", "0"]
    *seen, _, killed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(killed) >= 5  # otherwise most kills came too late to say anything
    assert len({*seen}) >= 3  # they came at different places
    assert len(contents(tmp_path / "whole")) == 2 * 20 + 1
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert leftovers(tmp_path / "killed") == []


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("steps", [1, 9, 10, 40])
def test_stopped_anywhere_in_an_epoch_and_resumed_is_uninterrupted(tmp_path, wine, make_network, optimizer, steps):
    recipe = replace(RECIPE, optimizer=optimizer)
    train(make_network, wine, recipe, tmp_path / "whole", progress=False)
    with pytest.raises(StoppedError):
        train(make_network, wine, recipe, tmp_path / "parts", progress=stop_after(steps))
    assert not Course.load(tmp_path / "parts").finished
    torch.rand(steps)  # what is drawn outside does not matter
    course = train(make_network, wine, recipe, tmp_path / "parts", progress=False)
    assert course.finished
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_resuming_repeats_no_epoch_that_was_saved(tmp_path, wine, make_network):
    per_epoch = -(-len(wine.train_labels) // RECIPE.batch_size)
    with pytest.raises(StoppedError):
        train(make_network, wine, RECIPE, tmp_path, progress=stop_after(4 * per_epoch + 2), save_seconds=0)
    told = []
    train(make_network, wine, RECIPE, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2 * len(wine.train_labels),) * 2
    runs = json.loads((tmp_path / "recipe.json").read_text())["runs"]
    assert [run["from_epoch"] for run in runs] == [-1, 4]
    assert {run["torch"] for run in runs} == {torch.__version__}


def test_a_finished_training_is_not_touched_again(whole, wine, make_network):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in whole.iterdir() if path.suffix != ".csv"}
    network = make_network()
    course = train(network, wine, RECIPE, whole, progress=False)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before
    assert course.finished
    assert not network.training
    from safetensors.torch import load_file

    last = load_file(course.paths[-1])
    assert all(torch.equal(last[name], values) for name, values in network.state_dict().items())


def test_a_network_that_was_given_is_trained_in_place_and_resumes_whatever_its_new_values(tmp_path, wine, make_network):
    first, again = make_network(), make_network()
    copied = make_network()
    copied.load_state_dict(first.state_dict())
    train(copied, wine, RECIPE, tmp_path / "whole", progress=False)
    with pytest.raises(StoppedError):
        train(first, wine, RECIPE, tmp_path / "parts", progress=stop_after(20))
    train(again, wine, RECIPE, tmp_path / "parts", progress=False)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")
    for name, values in copied.state_dict().items():
        assert torch.equal(again.state_dict()[name], values)


def test_a_torn_temporary_file_is_never_read_and_removed_once_its_process_is_gone(tmp_path, whole, wine, make_network):
    folder = tmp_path / "parts"
    with pytest.raises(StoppedError):
        train(make_network, wine, RECIPE, folder, progress=stop_after(12))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in ("state.pt", "course.csv", "recipe.json", "epoch-000001.safetensors", "epoch-000006.safetensors"):
        (folder / f".{name}.{platform.node()}.{gone.pid}.tmp").write_bytes(b"torn")
    others = folder / f".state.pt.{platform.node()}.{os.getpid()}.tmp.kept"
    others.write_bytes(b"not ours")
    assert Course.load(folder).steps == (0, 1)
    train(make_network, wine, RECIPE, folder, progress=False)
    assert contents(folder) == contents(whole)
    assert leftovers(folder) == [others.name]


def test_a_kill_between_state_and_table_loses_nothing(whole, wine, make_network):
    before = contents(whole)
    table = whole / "course.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:2]))
    assert Course.load(whole).steps == (0,)
    assert train(make_network, wine, RECIPE, whole, progress=False).finished
    assert contents(whole) == before


def test_a_kill_before_the_first_state_starts_anew(whole, wine, make_network):
    before = contents(whole)
    for name in ("state.pt", "course.csv"):
        (whole / name).unlink()
    (whole / "epoch-000006.safetensors").unlink()
    train(make_network, wine, RECIPE, whole, progress=False)
    assert contents(whole) == before


@pytest.mark.parametrize(("change", "told"), [
    ({"learning_rate": 0.02}, r"another recipe \(learning_rate 0\.01 instead of 0.02"),
    ({"epochs": 7, "seed": 3}, "epochs 6 instead of 7, seed 2 instead of 3"),
    ({"checkpoints": (0, 6)}, r"checkpoints 4 instead of \[0, 6\]"),
])  # fmt: skip
def test_another_recipe_in_the_folder_is_refused(whole, wine, make_network, change, told):
    before = contents(whole)
    with pytest.raises(ArgumentError, match=f"folder: .*{told}.*accepted: the same again, or a new folder"):
        train(make_network, wine, replace(RECIPE, **change), whole, progress=False)
    assert contents(whole) == before


@pytest.mark.parametrize("field", ["train_inputs", "train_labels", "test_inputs", "test_labels", "clean_labels"])
def test_other_data_in_the_folder_are_refused(whole, wine, make_network, field):
    values = getattr(wine, field).clone()
    values[0] = (values[0] + 1) % 3
    with pytest.raises(ArgumentError, match=r"other data \(Data: 142 training samples"):
        train(make_network, replace(wine, **{field: values}), RECIPE, whole, progress=False)


def test_the_texts_are_part_of_the_data(tmp_path, make_network):
    def data(texts):
        return select(Source(text_part(texts, torch.arange(4) % 3), ("a", "b", "c")), Selection(test=1))

    def collate(texts):
        return torch.tensor([[float(len(text))] * 13 for text in texts])

    recipe = Recipe(epochs=1, checkpoints=2)
    train(make_network, data(["ab", "c", "d", "e"]), recipe, tmp_path, collate=collate, progress=False)
    train(make_network, data(["ab", "c", "d", "e"]), recipe, tmp_path, collate=collate, progress=False)
    with pytest.raises(ArgumentError, match="other data"):
        train(make_network, data(["a", "bc", "d", "e"]), recipe, tmp_path, collate=collate, progress=False)


def test_another_network_in_the_folder_is_refused(whole, wine):
    with pytest.raises(ArgumentError, match=r"another network \(a Sequential of 231 parameters"):
        train(nn.Linear(13, 3), wine, RECIPE, whole, progress=False)


@pytest.mark.parametrize(("name", "content", "told"), [
    ("state.pt", b"PK torn", "state.pt, which is damaged"),
    ("state.pt", None, "without its state.pt"),
    ("recipe.json", b"{", "recipe.json, which is damaged"),
    ("recipe.json", b'{"format": 99}', "format 99, not 1"),
    ("recipe.json", None, "with checkpoints and no recipe.json"),
    ("epoch-000001.safetensors", None, "without epoch-000001.safetensors"),
])  # fmt: skip
def test_a_damaged_folder_is_refused(whole, wine, make_network, name, content, told):
    if content is None:
        (whole / name).unlink()
    else:
        (whole / name).write_bytes(content)
    with pytest.raises(ArgumentError, match=f"folder: given .*{told}"):
        train(make_network, wine, RECIPE, whole, progress=False)


def test_a_state_that_would_run_code_is_not_loaded(whole, wine, make_network, tmp_path):
    class Evil:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    torch.save({"format": 1, "epoch": Evil()}, whole / "state.pt")
    with pytest.raises(ArgumentError, match="damaged"):
        train(make_network, wine, RECIPE, whole, progress=False)
    assert not (tmp_path / "ran").exists()


def test_a_full_disk_leaves_the_last_whole_state(tmp_path, whole, make_network, wine):
    resource = pytest.importorskip("resource")
    import signal

    folder = tmp_path / "full"
    with pytest.raises(StoppedError):
        train(make_network, wine, RECIPE, folder, progress=stop_after(12))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, before[1]))
    try:
        with pytest.raises(Exception, match=r"File too large|[Ww]rit"):
            train(make_network, wine, RECIPE, folder, progress=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert leftovers(folder) == []
    train(make_network, wine, RECIPE, folder, progress=False)
    assert contents(folder) == contents(whole)


def test_a_load_of_the_data_again_resumes(whole, make_network):
    again = load_data("wine", standardise=True, label_noise=0.2, noise="other", seed=1)
    assert train(make_network, again, RECIPE, whole, progress=False).finished
