"""What generalizes in the digits network, measured: `python -m benchmarks.digits_generalization [--seeds 0 1 2]`.

The recipe "digits" (a tenth of the training labels random), two baselines on the third split, two networks of the same
recipe with other seeds, and one that is trained on nothing but random labels, as a network of another task. Samples of
the test split, of the training split, and training samples with wrong labels. About six minutes a seed on two cores;
what is computed is kept in benchmark-results/digits_generalization and not repeated.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import use_one_thread
from harsanyi import Study
from harsanyi.analysis import TransferRule
from harsanyi.study import Plan
from harsanyi.training import TrainingPlan, train_baselines

_FOLDER = Path("benchmark-results/digits_generalization")
_STEPS = [0, 1, 2, 4, 8, 16, 24, 32, 64, 128]
_RULES = {
    "default": TransferRule(),
    "majority": TransferRule(agreement="majority"),
    "5 % of the largest effect": TransferRule(salience="max_effect"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.digits_generalization", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--samples", type=int, default=50, help="of each part: test, train, mislabelled")
    parser.add_argument("--at-end", type=int, default=200, help="of each part, last checkpoint alone; 0 for none")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    use_one_thread()
    for seed in arguments.seeds:
        began = time.perf_counter()
        study = studied(seed, arguments.samples, arguments.workers)
        print(f"\n=== seed {seed}: trained and extracted in {time.perf_counter() - began:.0f} s", flush=True)
        told(study)
        if arguments.at_end:
            told_at_end(seed, arguments.at_end, arguments.workers)


def studied(seed: int, samples: int, workers: int) -> Study:
    """Train and extract, or go on."""
    folder = _FOLDER / f"seed{seed}"
    recipe = {"checkpoints": _STEPS, "sample_losses": True}
    plan = TrainingPlan.from_mapping({"named": "digits", "seed": seed, "recipe": recipe})
    plan.run(folder / "target", progress=False)
    train_baselines(plan, folder / "baselines", 2, progress=False)
    random = {"named": "digits", "seed": seed, "label_noise": 1.0, "recipe": {"checkpoints": [0, 128]}}
    TrainingPlan.from_mapping(random).run(folder / "random", progress=False)
    study = Study(folder / "study", Plan.from_mapping({
        "networks": {"cnn": str(folder / "target"),
                     "random": {"checkpoints": str(folder / "random"), "role": "control"}},
        "baselines": str(folder / "baselines"),
        "samples": {"split": ["test", "train", "mislabelled"]}, "limit": samples,
        "players": {"protocol": "digits", "seed": seed},
    }))  # fmt: skip
    return study.run(workers=workers, progress=False)


def told(study: Study) -> None:
    """Print every analysis, and the time it took."""
    for name, rule in _RULES.items():
        print(f"\n--- rule: {name}")
        found = _timed("generalization", lambda rule=rule: study.generalization(rule=rule, samples="test"))
        _show(found)
        _show(_timed("over the checkpoints", lambda rule=rule: study.generalization_dynamics(rule=rule)))
        for counted in (True, False):
            print(f"training samples with wrong labels {'counted' if counted else 'left out'}:")
            _show(_timed("intervention", lambda rule=rule, counted=counted: study.intervention(
                rule=rule, mislabelled=counted)))  # fmt: skip
    print("\n--- other comparisons")
    _show(_timed("train against test", study.class_similarity))
    _show(_timed("wrong against right labels", study.mislabelled_against_clean))
    _show(_timed("joint split", lambda: study.sharing(["cnn", "other-0"])))


def told_at_end(seed: int, samples: int, workers: int) -> None:
    """Print what needs many samples: the intervention, and training samples beside others, of the last checkpoint."""
    folder = _FOLDER / f"seed{seed}"
    study = Study(folder / "at-end", Plan.from_mapping({
        "networks": {"cnn": {"checkpoints": str(folder / "target"), "steps": "last"},
                     "other": {"checkpoints": str(folder / "baselines" / "other-0"), "role": "baseline"}},
        "samples": {"split": ["test", "train", "mislabelled"]}, "limit": samples,
        "players": {"protocol": "digits", "seed": seed},
    })).run(workers=workers, progress=False)  # fmt: skip
    print(f"\n--- last checkpoint, {samples} samples of each part")
    for counted in (True, False):
        print(f"training samples with wrong labels {'counted' if counted else 'left out'}:")
        _show(study.intervention(mislabelled=counted))
    _show(study.class_similarity())
    _show(study.class_similarity(salience="score_range"))
    _show(study.mislabelled_against_clean())


def _timed(name: str, call: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    found = call()
    print(f"[{name}: {time.perf_counter() - began:.2f} s]", flush=True)
    return found


def _show(found: Any) -> None:
    print(found)
    table = found.table() if hasattr(found, "table") else found.by_order()
    print(table.to_string(float_format="{:.3g}".format), flush=True)


if __name__ == "__main__":
    main()
