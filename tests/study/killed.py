"""Make, extend and run a study in child processes that are killed at random moments, then run it to its end.

Arguments: folder, number of kills, seed of the moments. An undisturbed study of the same plan is made beforehand, and
after every kill each cell that says it is done is compared with it. Prints what came of it as JSON. The folder gets
"killed" and "whole".
"""

import functools
import json
import math
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from harsanyi import Columns
from harsanyi.study import Plan, Study

BLOCK, N, STEPS, SAMPLES = 2, 4, 12, 8
STAGES = [(2, 2), (4, 4), (8, 4), (8, 6), (10, 8), (12, 8)]  # checkpoints, samples
ARRAYS = {"scores": (1 << N,), "effects": (2, 1 << N), "certificate": (5,)}


def small_network():
    return nn.Sequential(nn.Linear(N, 6), nn.ReLU(), nn.Linear(6, 3))


def write_checkpoints(folder):
    folder.mkdir()
    torch.manual_seed(0)
    for step in range(STEPS):
        save_file(small_network().state_dict(), folder / f"step-{step}.safetensors")


def plan(folder, steps=STEPS, samples=SAMPLES):
    files = [folder / f"step-{step}.safetensors" for step in range(steps)]
    inputs = torch.linspace(-2, 2, SAMPLES * N).sin().view(SAMPLES, N)
    return Plan({"mlp": {"checkpoints": files, "factory": small_network}}, inputs[:samples], Columns(), block=BLOCK,
                labels=torch.arange(samples) % 3, max_gap=1.0)  # fmt: skip


def cells(folder, name, shape):
    """Values of every sample that is stored, by (row, sample): read from the chunks, which are plain numbers."""
    found, kind = {}, np.uint8 if name == "state" else np.float64
    for chunk in (folder / "study.zarr" / "mlp" / name / "c").rglob("*"):
        if chunk.is_file() and chunk.suffix != ".partial":
            row, _, block = map(int, chunk.relative_to(folder / "study.zarr" / "mlp" / name / "c").parts[:3])
            values = np.fromfile(chunk, kind).reshape(BLOCK, *shape)
            found |= {(row, block * BLOCK + place): values[place] for place in range(BLOCK)}
    return found


all_cells = functools.cache(cells)  # of a study that no longer changes


def done_cells(folder):
    return {cell for cell, state in cells(folder, "state", ()).items() if state == 1}


def differing(folder, whole):
    """How many cells say that they are done and are not as in an undisturbed study."""
    done = done_cells(folder)
    wrong = set()
    for name, shape in ARRAYS.items():
        own, right = cells(folder, name, shape), all_cells(whole, name, shape)
        wrong |= {cell for cell in done if own[cell].tobytes() != right[cell].tobytes()}
    return len(wrong)


def computed(folder):
    """First cell of every unit that a run said it computed, in the order of the log."""
    log = folder / "run.log"
    lines = log.read_text().splitlines() if log.is_file() else []
    words = [line.replace(",", "").split() for line in lines if "storage" in line]
    return [(int(line[line.index("checkpoint") + 1]), int(line[line.index("samples") + 1])) for line in words]


def run(folder, chosen):
    Study(folder, chosen).run(progress=False)


def in_child(*work):
    """Do it in a child."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run(*work)
            status = 0
        finally:
            os._exit(status)
    return child


def killed_after(moment, child, mark=None):
    """Kill a child after so many seconds, counted from when the mark is there; whether that came in time."""
    until = time.monotonic() + 10
    while mark is not None and not mark.exists() and time.monotonic() < until:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.001)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    return ended(child)


def ended(child):
    """Wait for a child; whether it was killed."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def main(folder, kills, seed):
    torch.set_num_threads(1)
    import zarr  # noqa: F401  # once, here, not in every child

    import harsanyi.zoo.load  # noqa: F401

    moments, checkpoints = random.Random(seed), folder / "checkpoints"
    write_checkpoints(checkpoints)
    whole, killed = folder / "whole", folder / "killed"
    began = time.monotonic()
    ended(in_child(whole, plan(checkpoints)))
    span = time.monotonic() - began
    told, stage = {"killed": 0, "unfinished": 0, "torn": 0, "wrong": 0, "again": 0, "seen": []}, 0
    while told["killed"] < kills:
        if stage == len(STAGES):  # from the beginning
            shutil.rmtree(killed)
            stage = 0
        chosen, mark = plan(checkpoints, *STAGES[stage]), killed / "unfinished"
        before, already = done_cells(killed), len(computed(killed))
        child = in_child(killed, chosen)
        if moments.random() < 0.5:  # while it is made or extended
            in_time = killed_after(moments.uniform(0, 0.05) * span, child, mark)
        else:
            in_time = killed_after(moments.uniform(0, 0.3) * span, child)
        told["killed"] += in_time
        stage += not in_time or len(done_cells(killed)) == math.prod(STAGES[stage])  # the study grows
        told["unfinished"] += mark.exists() or not (killed / "run.json").exists()
        told["torn"] += len([*killed.rglob("*.partial"), *killed.rglob("*.tmp")])
        told["wrong"] += differing(killed, whole)
        told["again"] += len(before.intersection(computed(killed)[already:]))
        told["seen"].append(len(done_cells(killed)))
    before, already = done_cells(killed), len(computed(killed))
    ended(in_child(killed, plan(checkpoints)))
    told["wrong"] += differing(killed, whole)
    told["again"] += len(before.intersection(computed(killed)[already:]))
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
