"""A run with two processes is killed in the middle of its work; then the study is run to its end in one process.

Argument: a folder, which gets "killed" and "whole". Prints what came of it as JSON.
"""

import json
import os
import signal
import sys
from pathlib import Path

import psutil
import torch

from harsanyi.study import Study

sys.path.insert(0, str(Path(__file__).parent))
from killed import computed, differing, done_cells, plan, run, write_checkpoints
from together import slow, until


def main(folder):
    torch.set_num_threads(1)
    killed, whole = folder / "killed", folder / "whole"
    write_checkpoints(folder / "checkpoints")
    child = os.fork()
    if child == 0:
        Study(killed, slow(plan(folder / "checkpoints"))).run(workers=2, progress=False)
        os._exit(0)
    run(whole, plan(folder / "checkpoints"))
    until(lambda: computed(killed))
    started = psutil.Process(child).children()
    workers = [process for process in started if "spawn_main" in " ".join(process.cmdline())]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    _, alive = psutil.wait_procs(workers, timeout=20)
    before, already = done_cells(killed), len(computed(killed))
    wrong = differing(killed, whole)
    run(killed, slow(plan(folder / "checkpoints")))
    again = before.intersection(computed(killed)[already:])
    print(json.dumps({"before": len(before), "workers": len(workers), "alive": len(alive), "wrong": wrong,
                      "again": len(again)}))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
