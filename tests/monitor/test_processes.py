"""Monitors of processes that are killed, and of processes that train together."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="children are forked, so that each need not import torch"
)


def printed(script, *arguments):
    command = [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_killed_at_random_moments_the_folder_is_whole_and_the_training_goes_on(tmp_path):
    *seen, _, killed, steps, left = printed("killed.py", tmp_path, 10, 0).split()
    assert list(map(int, seen)) == sorted(map(int, seen))
    assert len(set(seen)) > 1
    assert int(killed) > 3
    assert (steps, left) == ("16", "0")


def test_of_processes_that_train_together_the_first_one_logs(tmp_path):
    first, second = sorted(re.findall(r"rank (\d) logged (\[.*?\]), weights (\w{8})", printed("together.py", tmp_path)))
    assert first[:2] == ("0", "[0, 2, 3]")
    assert second[:2] == ("1", "[]")
    assert first[2] == second[2]
