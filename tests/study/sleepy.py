"""A network for tests of engines: slow, tells which processes run it, and kills them where it sees a 99."""

import os
import signal
import time
from pathlib import Path

import torch
from torch import nn


class Sleepy(nn.Module):
    """Rows of more than two samples (so not those that it is tried on) take so many seconds.

    Args:
        seconds: of a batch.
        folder: gets an empty file for each process that runs it, named by its id.
    """

    def __init__(self, seconds, folder):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
        self.seconds, self.folder = seconds, folder

    def forward(self, inputs):
        if len(inputs) > 2:
            if self.folder:
                (Path(self.folder) / str(os.getpid())).touch()
            time.sleep(self.seconds)
        if bool((inputs[:, 0] == 99).any()):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.layers(inputs)


def make(seconds=0.0, folder=None):
    return Sleepy(seconds, folder)


class OutOfTuneError(Exception):
    """Cannot be loaded from a pickle: it takes other arguments than it passes on."""

    def __init__(self, what, why):
        super().__init__(f"{what} {why}")


def sour(outputs, labels):
    """A score that fails on more than the samples that it is tried on."""
    if len(outputs) > 2:
        raise OutOfTuneError("the score", "is sour")
    return outputs[:, 0]
