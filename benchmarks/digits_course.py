"""The known course of the digits network, measured: `python -m benchmarks.digits_course [--seeds 0 1 2]`.

The recipe "digits" with and without randomised labels; interactions of test samples at every checkpoint, absent cells
shown as the mean training image or black. Training samples whose labels are wrong are left out of the loss gap. Two
minutes a seed and setting on one core; trainings are kept in benchmark-results/digits_course and not repeated.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from benchmarks.measure import use_one_thread
from harsanyi import Patches, extract
from harsanyi.analysis import Dynamics, TheoryFit, fit_theory, training_dynamics
from harsanyi.training import Course, NamedRecipe, named_recipe, train
from harsanyi.zoo.digits import Digits

_FOLDER = Path("benchmark-results/digits_course")
_CELLS = [cell for cell in product(range(4), range(4)) if cell not in product((0, 3), (0, 3))]  # corners are empty


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.digits_course", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--samples", type=int, default=64, help="test samples whose interactions are measured")
    parser.add_argument("--baselines", nargs="+", choices=["mean", "zero"], default=["mean", "zero"])
    arguments = parser.parse_args()
    use_one_thread()
    for label_noise, baseline, seed in product((0.1, 0.0), arguments.baselines, arguments.seeds):
        named = named_recipe("digits", seed=seed, label_noise=label_noise)
        dynamics, fit = measured(named, seed, baseline, arguments.samples)
        print(f"\nlabel noise {label_noise:g}, baseline {baseline}, seed {seed}")
        columns = ["mean_order", "mean_order_low", "mean_order_high", "gap", "test_loss", "shape"]
        noise = fit.table()[["sigma2", "sigma2_low", "sigma2_high", "error", "null_error"]]
        print(dynamics.table()[columns].join(noise).to_string(float_format="{:.3g}".format))
        print(f"{dynamics}\n{fit}", flush=True)


def measured(named: NamedRecipe, seed: int, baseline: str, samples: int) -> tuple[Dynamics, TheoryFit]:
    data, recipe = named.data(), named.recipe
    folder = _FOLDER / f"seed{seed}-noise{named.data_options['label_noise']:g}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    course = train(named.network, data, replace(recipe, sample_losses=True), folder, progress=False)
    background = data.train_inputs if baseline == "mean" else None
    players = Patches(grid=4, cells=_CELLS, n=10, seed=seed, baseline=baseline, background=background)
    network, checkpoints = named.network(), {}
    for step, path in zip(course.steps, course.paths, strict=True):
        network.load_state_dict(load_file(path))
        some = data.test_inputs[:samples], data.test_labels[:samples]
        checkpoints[step] = extract(network, *some, players=players, progress=False)
    dynamics = training_dynamics(checkpoints, *losses(course, data), unit="epoch")
    return dynamics, fit_theory(dynamics, checkpoints[course.steps[-1]])


def losses(course: Course, data: Digits) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Of training samples with right labels and of test samples, (checkpoints, samples)."""
    right = torch.ones(len(data.train_labels), dtype=torch.bool)
    right[data.mislabelled] = False
    kept = [course.sample_losses(step) for step in course.steps]
    return np.stack([each["train"][right] for each in kept]), np.stack([each["test"] for each in kept])


if __name__ == "__main__":
    main()
