"""The command line as a user meets it: in a process of its own, on files."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from harsanyi import Interactions, Patches, extract
from harsanyi.cli import app
from harsanyi.demo import is_demo
from harsanyi.zoo.digits import digits_cnn, load_digits

HARSANYI = [sys.executable, "-m", "harsanyi"]


def run(*arguments, cwd):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}
    command = [*HARSANYI, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def explain(files, monkeypatch):
    """`harsanyi explain` in this process, in the folder of the files: another process takes seconds to begin."""
    monkeypatch.chdir(files[0])
    monkeypatch.syspath_prepend(files[0])
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    return lambda *arguments: CliRunner().invoke(app, ["explain", *map(str, arguments)])


@pytest.fixture
def files(tmp_path):
    """An untrained digits network in a module and a checkpoint of its own, and three samples."""
    torch.manual_seed(0)
    (tmp_path / "mine.py").write_text("from harsanyi.zoo.digits import digits_cnn as make\n")
    network = digits_cnn()
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    digits = load_digits()
    np.savez(tmp_path / "samples.npz", inputs=digits.test_inputs[:3].numpy(), labels=digits.test_labels[:3].numpy())
    return tmp_path, network, digits


def test_explain_writes_what_extract_computes(files):
    folder, network, digits = files
    told = run("explain", "--network", "mine:make", "--checkpoint", "weights.pt", "--samples", "samples.npz",
               "--grid", "4x4", "--n", 6, "--seed", 3, "--out", "out", cwd=folder)  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "6 players" in told.stdout
    got = Interactions.load(folder / "out" / "interactions.npz")
    expected = extract(network, digits.test_inputs[:3], digits.test_labels[:3], players=Patches(4, n=6, seed=3))
    np.testing.assert_allclose(got.scores, expected.scores, atol=1e-5)
    assert got.names == expected.names
    written = {path.name for path in (folder / "out").iterdir()}
    assert {"effects.csv", "samples.csv", "orders.csv", "findings.txt", "orders.png", "sample-0-patches.png"} <= written
    effects = pd.read_csv(folder / "out" / "effects.csv")
    assert len(effects) == got.salient().count.sum()
    samples = pd.read_csv(folder / "out" / "samples.csv")
    assert samples["predicted"].tolist() == network(digits.test_inputs[:3]).argmax(1).tolist()


def test_explain_a_table_with_labels_and_groups_of_columns(tmp_path, explain, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(0).normal(size=(4, 3))
    pd.DataFrame(rows, columns=["a", "b", "c"]).assign(y=[0, 1, 1, 0]).to_parquet(tmp_path / "t.parquet")
    (tmp_path / "tabular.py").write_text("import torch\ndef make(width): return torch.nn.Linear(3, width)\n")
    told = explain("--network", "tabular:make", "--network-options", '{"width": 2}', "--samples", "t.parquet",
                   "--label-column", "y", "--columns", "a+b,c", "--baseline", "1.5", "--out", "out")  # fmt: skip
    assert told.exit_code == 0, told.output
    got = Interactions.load(tmp_path / "out" / "interactions.npz")
    assert got.names[0] == ("a + b", "c")
    assert got.labels.tolist() == [0, 1, 1, 0]
    hashed = hashlib.sha256((tmp_path / "t.parquet").read_bytes()).hexdigest()[:16]
    assert got.provenance["files"]["samples"] == {"path": "t.parquet", "sha256": hashed}
    page = (tmp_path / "out" / "index.html").read_text()
    assert "Explained: tabular:make, as its factory makes it, on samples of t.parquet." in page


def test_of_a_table_with_its_labels_among_the_columns_the_option_is_named(tmp_path, explain, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(np.full((4, 4), 1.5), columns=["a", "b", "c", "y"]).to_csv("t.csv", index=False)
    (tmp_path / "wide.py").write_text("import torch\ndef make(): return torch.nn.Linear(3, 1)\n")
    given = ["--network", "wide:make", "--samples", "t.csv", "--columns", "a,c", "--score", "output", "--out", "out"]
    refused = explain(*given)
    assert "the last 'y'. If one holds the labels, name it with --label-column" in refused.stderr
    done = explain(*given, "--label-column", "y")  # a regression: it only leaves the column out
    assert done.exit_code == 0, done.output
    assert "predicted" not in pd.read_csv(tmp_path / "out" / "samples.csv").columns


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--network", "nothing:make"], "network"),
        (["--checkpoint", "missing.pt"], "an existing file"),
        (["--samples", "mine.py"], "ending in .npy"),
        (["--grid", "99x99"], "at most (8, 8)"),
        (["--score", "odds"], "log-odds"),
        (["--noise", "-1"], "noise"),
        (["--labels", "77"], "classes 0 to 9"),
        (["--device", "warp"], "device"),
        (["--labels", "nope.npy"], "labels: given nope.npy; accepted: an existing file"),
        (["--labels", "headless.csv"], "labels: given headless.csv, whose first line holds numbers"),
        (["--score", "output"], "another score: LogOdds (--score log-odds)"),
        (["--baseline", "mean"], "background=train_inputs (--background train.csv)"),
    ],
)
def test_bad_options_end_with_one_line_and_leave_nothing_behind(explain, files, options, told):
    folder, _, _ = files
    (folder / "headless.csv").write_text("2\n8\n")
    given = dict(zip(["--network", "--samples", "--grid", "--n", "--out"],
                     ["mine:make", "samples.npz", "4x4", "5", "out"], strict=True))  # fmt: skip
    given |= dict(zip(options[::2], options[1::2], strict=True))
    result = explain(*[part for pair in given.items() for part in pair])
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert not (folder / "out").exists()
    assert not (folder / ".out.partial").exists()


def test_an_output_folder_that_exists_is_kept_unless_it_is_empty_or_one_is_told(explain, files):
    """And what a killed run left is written over."""
    folder, _, _ = files
    arguments = ["--network", "mine:make", "--samples", "samples.npz", "--grid", "2x2", "--out", "out", "--limit", "1"]
    (folder / "out").mkdir()
    (folder / ".out.partial").mkdir()
    (folder / ".out.partial" / "effects.csv").write_text("torn")
    done = explain(*arguments)
    assert done.exit_code == 0, done.output
    assert not (folder / ".out.partial").exists()
    files_read = Interactions.load(folder / "out" / "interactions.npz").provenance["files"]
    assert files_read["checkpoint"] == "none, as its factory makes it"
    (folder / "out" / "note").write_text("mine")
    refused = explain(*arguments)
    assert refused.exit_code == 2
    assert "--overwrite" in refused.stderr
    assert (folder / "out" / "note").exists()
    assert explain(*arguments, "--overwrite").exit_code == 0
    assert not (folder / "out" / "note").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--samples", "samples.npz", "--n", "5"], "grid: given nothing; accepted: --grid ROWSxCOLUMNS"),
        (["--samples", "t.csv", "--n", "5"], "n: given 5; accepted: nothing: a table takes its players from --columns"),
        (
            ["--samples", "nope.npz", "--grid", "4x4"],
            "16 players: 65,536 coalitions a sample; --n 10 takes ten of them",
        ),
    ],
)
def test_patches_without_a_grid_are_refused_and_many_are_told_of(explain, options, told):
    assert told in explain("--network", "mine:make", "--out", "out", *options).output


def test_help_imports_no_heavy_library(tmp_path):
    code = (
        "import sys\nsys.argv = ['harsanyi', '--help']\nfrom harsanyi.cli import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "heavy = ('torch', 'numpy', 'pandas', 'matplotlib', 'sklearn', 'xarray')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert result.stdout.splitlines()[-1] == "[]"
    assert "explain" in result.stdout


def test_demo_in_small_finds_and_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["demo", "--out", "demo", "--epochs", "1", "--samples", "3", "--pairs", "1"])
    assert told.exit_code == 0, told.output
    page = (tmp_path / "demo" / "index.html").read_text()
    assert Path(told.stdout.strip().splitlines()[-1].removeprefix("The page: ")) == tmp_path / "demo" / "index.html"
    assert "http" not in re.sub(r"<script>.*?</script>|http-equiv", "", page, flags=re.DOTALL)
    assert "What networks must share to be confused by the same samples" in page
    assert "With 1 pair of networks for a factor and 10 samples this is a small experiment" in page
    assert "harsanyi train digits-cnn --out pairs" in page
    assert (tmp_path / "demo" / "factors-complex_cancelling.png").exists()
    findings = (tmp_path / "demo" / "findings.txt").read_text()
    assert findings.count("In a small experiment on what decides that, the ordering of low layers") == 1
    assert "What each layer of cnn knows, keeps and forgets" in page
    assert findings.count("Layer by layer: of the strength of output") == 1
    assert (tmp_path / "demo" / "layers-flow-cnn.png").exists()
    assert is_demo(tmp_path / "demo")  # of which harsanyi report makes the page again
    assert len(re.findall('"place":"sample [0-2] of (?:test|train|mislabelled)"', page)) == 9
    x = Interactions.load(tmp_path / "demo" / "interactions.npz")
    assert (len(x), x.n) == (3, 10)
    assert x.converged.all()
    assert (np.abs(x.noise).max(1) <= x.noise_bound + 1e-9).all()
