"""Several processes on one study at the same time.

Argument: a folder, which gets "same" (three make and run one study) and "extend" (the first runs, another would extend
it meanwhile), each with "shared" and "whole". Prints what came of both as JSON.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from killed import BLOCK, SAMPLES, STEPS, computed, ended, in_child, plan, run, small_network, write_checkpoints


class Wait(nn.Module):
    """Leaves others time to come."""

    def forward(self, values):
        time.sleep(0.01)
        return values


def slow_network():
    return small_network().append(Wait())


def slow(chosen):
    return replace(chosen, networks={"mlp": replace(chosen.networks["mlp"], factory=slow_network)})


def start(folder, chosen, errors):
    """Run in a child; its error goes into a file."""
    child = os.fork()
    if child == 0:
        try:
            run(folder, chosen)
            errors.write_text("")
        except Exception as error:
            errors.write_text(str(error) or "?")
        finally:
            os._exit(0)
    return child


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def files(folder):
    found = [*folder.glob("*.json"), *folder.glob("*.npz"), *(folder / "study.zarr").rglob("zarr.json")]
    return {path: path.read_bytes() for path in found}


def at_once(folder, how, processes):
    folder.mkdir()
    checkpoints, shared = folder / "checkpoints", folder / "shared"
    write_checkpoints(checkpoints)
    small = SAMPLES if how == "same" else SAMPLES - BLOCK
    ended(in_child(folder / "whole", plan(checkpoints, STEPS, small)))
    chosen = slow(plan(checkpoints, STEPS, small))
    texts = [folder / f"errors-{number}" for number in range(processes)]
    children, before, after = [start(shared, chosen, texts[0])], {}, {}
    if how == "same":
        children += [start(shared, chosen, text) for text in texts[1:]]
    else:
        until(lambda: computed(shared))
        before = files(shared)
        for text in texts[1:]:
            os.waitpid(start(shared, slow(plan(checkpoints)), text), 0)
        after = files(shared)
        assert os.waitpid(children[0], os.WNOHANG) == (0, 0)  # it was at work all the time
    for child in children:
        os.waitpid(child, 0)
    runs = [json.loads(path.read_text()) for path in (shared / "runs").glob("*.json")]
    changed = [str(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    return {"errors": [text.read_text() for text in texts], "computed": computed(shared), "runs": runs,
            "changed": changed}  # fmt: skip


def main(folder):
    torch.set_num_threads(1)
    import zarr  # noqa: F401  # once, here, not in every child

    print(json.dumps({how: at_once(folder / how, how, count) for how, count in (("same", 3), ("extend", 2))}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
