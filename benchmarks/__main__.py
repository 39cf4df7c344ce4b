"""Run the benchmarks, print their tables and write benchmark-results/results.json."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from benchmarks import engines, inference, inside, layers_at_once, page, papers, split, study, transforms
from benchmarks.measure import machine_facts, use_one_thread
from benchmarks.report import Settings, Table

BENCHMARKS: dict[str, Callable[[Settings], list[Table]]] = {
    "transforms": transforms.run,
    "split": split.run,
    "inference": inference.run,
    "inside": inside.run,
    "layers": layers_at_once.run,
    "papers": papers.run,
    "study": study.run,
    "engines": engines.run,
    "page": page.run,
}
_RESULTS = Path("benchmark-results/results.json")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ours against the alternatives.")
    parser.add_argument("--quick", action="store_true", help="fewer repeats; long runs scaled up from short ones")
    parser.add_argument("--only", choices=list(BENCHMARKS), help="one benchmark")
    parser.add_argument("--players", type=int, nargs="+", default=[], metavar="N", help="only these numbers of players")
    arguments = parser.parse_args()
    settings = Settings(arguments.quick, tuple(arguments.players))
    use_one_thread()
    facts = machine_facts()
    print("\n".join(f"{name}: {value}" for name, value in facts.items()))
    results: dict[str, object] = {"machine": facts, "quick": settings.quick, "players": settings.players}
    for name in [arguments.only] if arguments.only else BENCHMARKS:
        tables = BENCHMARKS[name](settings)
        results[name] = [table.as_dictionary() for table in tables]
        for table in tables:
            print(f"\n{table.as_text()}", flush=True)
        _write(results)
    print(f"\nwritten: {_RESULTS}")


def _write(results: dict[str, object]) -> None:
    """Keep what there is so far."""
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
