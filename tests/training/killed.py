"""Train in child processes that are killed at random moments, then to the end; and once more without a kill.

Arguments: folder, number of kills, seed of the moments. Prints the number of checkpoints after each kill, and how many
children were killed before they had ended by themselves. The folder gets "killed" and "whole".
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import psutil
import torch
from torch import nn

from harsanyi.training import Recipe, train
from harsanyi.zoo import load_data


def small_network():
    return nn.Sequential(nn.Linear(13, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 3))


RECIPE = Recipe(epochs=60, batch_size=8, checkpoints=20, seed=4, optimizer="adam", sample_losses=True)


def run(folder, data):
    train(small_network, data, RECIPE, folder, save_seconds=0, progress=False)


def wait(child, seconds):
    """Until it has computed for so long, or has ended: on a busy machine the clock says little."""
    while child.status() != psutil.STATUS_ZOMBIE and sum(child.cpu_times()[:2]) < seconds:
        time.sleep(0.002)


def main(folder, kills, seed):
    torch.set_num_threads(1)
    import safetensors.torch  # noqa: F401  # once, here, not in every child

    torch.optim.Adam(small_network().parameters()).step()
    data, moments, killed = load_data("wine", standardise=True, label_noise=0.2, seed=1), random.Random(seed), 0
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            run(folder / "killed", data)
            os._exit(0)
        wait(psutil.Process(child), moments.uniform(0.01, 0.2))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        print(len(list((folder / "killed").glob("epoch-*"))), end=" ")
    for name in ("killed", "whole"):
        run(folder / name, data)
    print(f"killed {killed}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
