"""Two processes train a network together and both show a monitor every step. Argument: a folder.

Each prints its rank, the steps it logged itself, and a hash of the weights.
"""

import hashlib
import os
import sys
from pathlib import Path

import torch
from torch import distributed, nn

from harsanyi import Columns, Monitor


def run(rank, folder):
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    together = nn.parallel.DistributedDataParallel(network)
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    monitor = Monitor(torch.ones(2, 3), 0, players=Columns(), folder=folder / "seen", at_steps=[0, 2, 3], share=1)
    torch.manual_seed(rank)
    logged = []
    for step in range(4):
        logged += [step] * (monitor.step(together, step) is not None)
        optimizer.zero_grad()
        nn.functional.cross_entropy(together(torch.randn(8, 3)), torch.zeros(8).long()).backward()
        optimizer.step()
    weights = b"".join(value.detach().numpy().tobytes() for value in network.parameters())
    print(f"rank {rank} logged {logged}, weights {hashlib.sha256(weights).hexdigest()[:8]}", flush=True)
    distributed.destroy_process_group()


def main(folder):
    child = os.fork()
    run(1 if child == 0 else 0, folder)
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
