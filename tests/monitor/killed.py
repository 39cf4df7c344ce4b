"""Train in child processes that are killed at random moments; after each, the folder is opened and must be whole.

Arguments: folder, number of kills, seed of the moments. Prints the number of logged steps after each kill, and how many
children were killed before they had ended by themselves.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from harsanyi import Columns, Monitor

STEPS = 16


def watching(folder):
    return Monitor(torch.ones(2, 3), 0, players=Columns(), folder=folder, at_steps=range(STEPS), share=1,
                   tensorboard=False)  # fmt: skip


def run(folder, steps=STEPS):
    monitor, network = watching(folder), nn.Linear(3, 2)
    for step in range(steps):
        with torch.no_grad():
            network.weight.fill_(step).mul_(torch.arange(6).view(2, 3) % 4)
            network.bias.fill_(0)
        monitor.step(network, step, train_loss=step / 7)


def check(folder):
    """Every step of the table has its interactions, and they are those of that step."""
    monitor = watching(folder)
    for step in monitor.steps:
        assert np.allclose(monitor.interactions(step).scores[0, -1], -1.0 * step)
    assert monitor.steps == tuple(range(len(monitor.steps)))
    assert list(monitor.table().get("train_loss", [])) == [step / 7 for step in monitor.steps]
    return len(monitor.steps)


def main(folder, kills, seed):
    torch.set_num_threads(1)
    run(folder / "once", steps=2)  # imports what is imported late
    moments, killed = random.Random(seed), 0
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            run(folder / "killed")
            os._exit(0)
        time.sleep(moments.uniform(0.02, 0.3))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        print(check(folder / "killed"), end=" ")
    run(folder / "killed")
    left = [path.name for path in (folder / "killed").iterdir() if path.name.startswith(".")]
    print(f"killed {killed} {check(folder / 'killed')} {len(left)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
