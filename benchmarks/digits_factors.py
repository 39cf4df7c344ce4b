"""What decides which samples confuse a network, measured: `python -m benchmarks.digits_factors [--samples 150]`.

Five pairs of small networks of digits a factor (what the two share), of two architectures, and a baseline on the third
split; the confusing tenth of test samples of every network, by both scores. Beside it how well the scores find training
samples with wrong labels (three seeds, from benchmarks.digits_generalization). About forty minutes on two cores; what
is computed is kept in benchmark-results/digits_factors and not repeated.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from benchmarks.measure import use_one_thread
from harsanyi import Study
from harsanyi.analysis import ConfusionRule, detection, suspicion
from harsanyi.analysis.confusion_rule import SCORES
from harsanyi.loading.network import load_checkpoint
from harsanyi.study import Plan
from harsanyi.training import train_baselines
from harsanyi.training.factor_plan import read_factor_plan
from harsanyi.training.factors import train_factors
from harsanyi.zoo.digits import digits_cnn

_FOLDER = Path("benchmark-results/digits_factors")
_SEEDS = Path("benchmark-results/digits_generalization")
_PLANS = {"cnn": "digits-cnn", "mlp": "digits-mlp"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.digits_factors", description=__doc__)
    parser.add_argument("--samples", type=int, default=150, help="test samples that are explained")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    use_one_thread()
    for name in _PLANS:
        study = studied(name, arguments.samples, arguments.workers)
        for score in SCORES:
            found = study.factor_overlap(rule=ConfusionRule(score=score))
            print(f"\n=== {name}, score {score}\n{found}")
            print(found.table().to_string(float_format="{:.3g}".format))
            print(found.differences().to_string(float_format="{:.3g}".format), flush=True)
    for folder in sorted(_SEEDS.glob("seed*")):
        found_labels(folder)


def studied(name: str, samples: int, workers: int) -> Study:
    """Train and extract, or go on."""
    folder, plan = _FOLDER / name, read_factor_plan(_PLANS[name])
    train_factors(plan, folder, say=print, progress=False)
    train_baselines(plan.training, folder / "baselines", progress=False)
    study = Study(_FOLDER / f"{name}-study", Plan.from_mapping({
        "factors": str(folder), "baselines": str(folder / "baselines"), "samples": {"split": "test"},
        "limit": samples, "players": {"protocol": "digits"},
    }))  # fmt: skip
    return study.run(workers=workers, progress=False)


def found_labels(folder: Path) -> None:
    """How well the scores find the training samples with wrong labels, at the least test loss and at the end."""
    study = Study(folder / "study")
    parts = study.parts
    positions = np.concatenate([parts["train"], parts["mislabelled"]])
    assert study.mislabelled is not None
    wrong = study.mislabelled[positions]
    for step in (16, 32, 128):
        x = study.interactions("cnn", step, samples=positions)
        assert x.inputs is not None
        network = digits_cnn()
        load_checkpoint(network, folder / "target" / f"epoch-{step:06d}.safetensors")
        with torch.inference_mode():
            logits = network.eval()(torch.from_numpy(x.inputs)).numpy()
        scores = {**study.confusion("cnn", step, samples=positions).scores, **suspicion(logits, x.labels)}
        print(f"\n--- {folder.name}, epoch {step}: finding {int(wrong.sum())} wrong labels of {len(wrong)}")
        print(detection(scores, wrong).table().to_string(float_format="{:.3g}".format), flush=True)


if __name__ == "__main__":
    main()
