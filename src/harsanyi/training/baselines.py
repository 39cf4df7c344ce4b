"""Networks to compare a trained one with: trained on other samples, trained again, and untrained."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import final

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import require_whole
from harsanyi.progress import Progress
from harsanyi.training.course import Course
from harsanyi.training.plan import TrainingPlan
from harsanyi.whole_files import write_whole
from harsanyi.zoo.data import trained_on

INDEX = "baselines.json"
SUBFOLDER = "baselines"  # where the command line puts them, in the folder of the network itself
_FORMAT = 1
_SPLITS = ("held_out", "test")


@final
@dataclass(frozen=True)
class BaselineNetwork:
    """A network to compare with.

    Attributes:
        role: "baseline" (trained on other samples), "ceiling" (the same training with another seed) or "floor"
            (untrained).
        folder: of its training.
        steps: which of its checkpoints is meant, "first" or "last".
    """

    role: str
    folder: Path
    steps: str


def train_baselines(
    plan: TrainingPlan,
    folder: str | Path,
    count: int = 1,
    split: str = "held_out",
    *,
    say: Callable[[str], None] = lambda line: None,
    progress: Progress = True,
) -> dict[str, Course]:
    """Train the networks that a training is compared with; run again, it goes on, and a larger count adds to them.

    For every baseline, the same recipe on other samples with another seed, there is a ceiling: the same recipe on the
    very samples of the target, its wrong labels among them, with another seed. The first baseline before its training
    is the floor. Every one keeps its first and its last checkpoint.

    The third split is the default: a baseline that was trained on the test samples has learned these by heart, so that
    on them it encodes their own peculiarities beside what is common, and the target's share that generalizes is of
    other things than on samples that neither has seen. And a baseline that was trained on the target's training samples
    has learned the same wrong labels. A third split has neither fault, at the price of samples. "test" is there because
    papers do it where samples are few.

    Args:
        plan: of the target.
        folder: new, empty, or of the same networks.
        count: how many baselines, and ceilings, 1 or more.
        split: "held_out", which the data must have, or "test".
        say: told what is trained, a line a network.
        progress: of each training, as in `train`.

    Returns:
        Their courses, by name: "other-0", "again-0", "other-1", ….

    Raises:
        ArgumentError: no samples in that split, a count below 1, or as `TrainingPlan.run`; before any training.

    Example:
        >>> import tempfile
        >>> plan = TrainingPlan("harsanyi.zoo:mlp5", {"name": "wine", "standardise": True, "held_out": 0.5},
        ...                     {"epochs": 2, "checkpoints": 2}, {"columns": 13, "classes": 3})
        >>> folder = tempfile.mkdtemp()
        >>> list(train_baselines(plan, folder, progress=False)), list(read_baselines(folder))
        (['other-0', 'again-0'], ['other-0', 'again-0', 'untrained'])

    Source: baselines trained on other samples: 2505.06993; ceiling, floor and the third split are our definitions.
    """
    check_baselines(plan, count, split)
    folder, courses = Path(folder), {}
    for name, role, chosen in _plans(plan, count, split):
        where = "the samples of the network itself" if role == "ceiling" else f"the {split} samples"
        say(f"Training {name} on {where}, seed {chosen.recipe.seed} …")
        courses[name] = chosen.run(folder / name, progress)
        _add_to_index(folder, name, role)
    return courses


def check_baselines(plan: TrainingPlan, count: int, split: str) -> None:
    """Refuse what `train_baselines` cannot train.

    Raises:
        ArgumentError: says what.
    """
    require_whole(baselines=count)
    if split not in _SPLITS:
        raise ArgumentError("split", repr(split), " or ".join(map(repr, _SPLITS)), did_you_mean(str(split), _SPLITS))
    if plan.split != "train":
        raise ArgumentError("plan", f"a training on the split {plan.split!r}", "the training of the target, on 'train'")
    list(_plans(plan, count, split))  # their seeds
    trained_on(plan.load(), split)


def _plans(plan: TrainingPlan, count: int, split: str) -> Iterator[tuple[str, str, TrainingPlan]]:
    """Name, role and plan of each network; the seeds do not depend on the count."""
    recipe = replace(plan.recipe, checkpoints=(0, plan.recipe.epochs))
    for index in range(count):
        seed = recipe.seed + 1 + 2 * index
        yield f"other-{index}", "baseline", replace(plan, recipe=replace(recipe, seed=seed), split=split)
        yield f"again-{index}", "ceiling", replace(plan, recipe=replace(recipe, seed=seed + 1))


def _add_to_index(folder: Path, name: str, role: str) -> None:
    known = read_baselines(folder) if (folder / INDEX).is_file() else {}
    known[name] = BaselineNetwork(role, folder / name, "last")
    floor = known.pop("untrained", None)
    if role == "baseline" and floor is None:
        floor = BaselineNetwork("floor", folder / name, "first")
    known |= {} if floor is None else {"untrained": floor}
    networks = {name: {**asdict(each), "folder": each.folder.name} for name, each in known.items()}
    text = json.dumps({"format": _FORMAT, "networks": networks}, indent=2)
    write_whole(folder / INDEX, lambda temporary: temporary.write_text(text + "\n", encoding="utf-8"))


def read_baselines(folder: str | Path) -> dict[str, BaselineNetwork]:
    """The networks that `train_baselines` has finished in a folder, by name.

    Args:
        folder: that `train_baselines`, or `harsanyi train --baselines`, has written.

    Returns:
        A `BaselineNetwork` for each name.

    Raises:
        ArgumentError: no such folder, or its index is damaged.
    """
    path = Path(folder) / INDEX
    accepted = "a folder written by train_baselines, or by harsanyi train --baselines"
    if not path.is_file():
        raise ArgumentError("baselines", folder, accepted)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']}, not {_FORMAT}")
        return {name: BaselineNetwork(each["role"], Path(folder) / each["folder"], each["steps"])
                for name, each in content["networks"].items()}  # fmt: skip
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ArgumentError("baselines", f"{path}, which is damaged ({error})", accepted) from error
