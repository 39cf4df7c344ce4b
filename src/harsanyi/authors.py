"""Interactions from the arrays that the papers' authors' code saves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.coalitions import check_players
from harsanyi.core.errors import ArgumentError
from harsanyi.core.penalty import l1_norm
from harsanyi.core.split import solve_split
from harsanyi.core.transforms import scores_from
from harsanyi.core.warning import warn_user
from harsanyi.interactions import Interactions
from harsanyi.progress import Clock, provenance

Floats = npt.NDArray[np.float64]
_FILES = ("Iand.npy", "Ior.npy", "rewards.npy", "masks.npy")
_DOUBTFUL = 0.1  # of |v(N) - v(empty)|: the papers allow 0.02 to 0.04
_ROUNDING = 1e-6  # of the largest |score|: the arrays are float32 as a rule
_NOTHING = 1e-9  # of the largest |score|: effects that together stay below this are rounding


def from_authors(
    folder: str | Path | Sequence[str | Path],
    *,
    names: Sequence[str] | Sequence[Sequence[str]] | None = None,
    labels: Sequence[int] | int | None = None,
    certify: bool = True,
    max_gap: float = 0.01,
    max_iterations: int = 20_000,
) -> Interactions:
    """Interactions that the papers' authors' code has saved, with a certificate of ours.

    A folder holds `Iand.npy`, `Ior.npy` and `rewards.npy`, each (2**n,) or (samples, 2**n), and `masks.npy`,
    (2**n, n), whose rows say which coalition each entry belongs to: the order differs between their repositories.
    v(empty) = Iand(empty) + Ior(empty), which becomes and_(empty); the OR effect of a single player is added to its
    AND effect. Neither changes a prediction.

    Args:
        folder: such a folder; a folder of them, taken in the order of their names, numbers by their size; or a
            sequence of such folders.
        names: of the players, n of them, or n for each sample; "player 0", … without.
        labels: class of each sample, integers (samples,), or one for all; -1 without.
        certify: solve for the sparsest split within the same noise bound, which says how far the saved one is from it.
        max_gap: of that solution's certificate, in (0, 1]; a saved split within it counts as converged.
        max_iterations: of the solver, for a sample.

    Returns:
        The `Interactions`: noise_bound is max |rewards - predicted| of each sample; lower_bound is that of the
        sparsest split within it (0 without `certify`, and gap 1); iterations are those spent on the lower bound.

    Raises:
        ArgumentError: a file is missing or no plain array of finite numbers, arrays do not fit each other, or masks
            do not hold every coalition once.

    Warns:
        UserWarning: rewards and effects differ by more than 10 % of |v(N) - v(empty)|: they are not of one sample, or
            v(empty) was subtracted from one of them only.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp())
        >>> for name, saved in (("Iand", [0, 0, 0, 2]), ("Ior", [1, 0, 0, 0]), ("rewards", [1, 1, 1, 3])):
        ...     np.save(place / f"{name}.npy", np.array(saved, float))
        >>> np.save(place / "masks.npy", [[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> result = from_authors(place, names=["nose", "eye"])
        >>> round(result[0]["nose", "eye"].and_, 3), float(result.and_[0, 0]), result.converged.tolist()
        (2.0, 1.0, [True])

    Source: the files of the authors' code for 2401.16318, 2405.10262 and 2407.19198; order, folding and certificate
        are ours.
    """
    if not 0 < max_gap <= 1:
        raise ArgumentError("max_gap", max_gap, "a number in (0, 1]")
    if max_iterations < 1:
        raise ArgumentError("max_iterations", max_iterations, "a number >= 1")
    folders, clock = _folders(folder), Clock()
    and_, or_, scores = _joined(folders)
    labels_of, names_of = _labels(labels, len(scores)), _names(names, *scores.shape)
    noise_bound = (scores - scores_from(and_, or_)).abs().amax(1)
    _warn_of_mismatch(scores, noise_bound)
    objective, lower_bound = l1_norm(and_, or_), scores.new_zeros(len(scores))
    iterations = torch.zeros(len(scores), dtype=torch.int64)
    if certify:
        with clock("split"):
            split = solve_split(scores, noise_bound, max_gap, max_iterations)
        lower_bound, iterations = torch.minimum(split.lower_bound, objective), split.iterations
    record = provenance(
        clock, source="arrays saved by the authors' code", folders=[str(place) for place in folders], certify=certify,
        max_gap=max_gap, max_iterations=max_iterations,
    )  # fmt: skip
    nothing = objective <= _NOTHING * scores.abs().amax(1)
    gap = torch.where(nothing, 0.0, (objective - lower_bound) / objective)
    return Interactions(
        scores=scores.numpy(),
        and_=and_.numpy(),
        or_=or_.numpy(),
        objective=objective.numpy(),
        lower_bound=lower_bound.numpy(),
        gap=gap.numpy(),
        noise_bound=noise_bound.numpy(),
        iterations=iterations.numpy(),
        converged=(gap <= max_gap).numpy() & certify,
        labels=labels_of,
        names=names_of,
        provenance=record,
    )


def _folders(folder: str | Path | Sequence[str | Path]) -> list[Path]:
    """The folders that hold the files, in order."""
    if not isinstance(folder, str | Path):
        places = [Path(one) for one in folder]
        if not places:
            raise ArgumentError("folder", "an empty sequence", f"folders with {', '.join(_FILES)}")
        return places
    place = Path(folder)
    if not place.is_dir():
        raise ArgumentError("folder", f"{place}, which is no folder", f"one with {', '.join(_FILES)}, or one of such")
    inner = [one for one in place.iterdir() if one.is_dir() and any((one / name).exists() for name in _FILES)]
    if inner and not any((place / name).exists() for name in _FILES):
        return sorted(inner, key=lambda one: [(not part.isdigit(), int(part) if part.isdigit() else 0, part)
                                              for part in re.split(r"(\d+)", one.name)])  # fmt: skip
    return [place]


def _joined(folders: Sequence[Path]) -> tuple[Tensor, Tensor, Tensor]:
    """AND and OR effects and scores of all samples, (samples, 2**n) each, in our order and folded."""
    parts = [_read(place) for place in folders]
    widths = {part.shape[2]: place for part, place in zip(parts, folders, strict=True)}
    if len(widths) > 1:
        counts = ", ".join(f"{width.bit_length() - 1} in {place.name}" for width, place in widths.items())
        raise ArgumentError("folder", f"different numbers of players: {counts}", "the same number in every folder")
    and_, or_, scores = torch.from_numpy(np.concatenate(parts, axis=1))
    single = 1 << torch.arange(int(scores.shape[1]).bit_length() - 1)
    folded = torch.cat((torch.zeros(1, dtype=torch.int64), single))
    and_[:, folded] += or_[:, folded]
    or_[:, folded] = 0
    return and_, or_, scores


def _read(place: Path) -> Floats:
    """Iand, Ior and rewards of one folder in the order of our coalition index, (3, samples, 2**n)."""
    missing = [name for name in _FILES if not (place / name).is_file()]
    if missing:
        raise ArgumentError("folder", f"{place} without {', '.join(missing)}", f"one with {', '.join(_FILES)}")
    index = _coalition_index(_load(place / "masks.npy"), place / "masks.npy")
    shape, ordered = None, []
    for name in _FILES[:3]:
        array = np.atleast_2d(_load(place / name))
        shape = shape or array.shape
        if array.ndim != 2 or array.shape[1] != len(index) or array.shape != shape:
            accepted = f"({len(index)},) or (samples, {len(index)}), as masks.npy and the other two have it"
            raise ArgumentError("folder", f"{place / name} of shape {array.shape}", accepted)
        ordered.append(array[:, index.argsort()])
    return np.stack(ordered)


def _load(file: Path) -> Floats:
    try:
        array = np.load(file, allow_pickle=False)
        if array.dtype.kind not in "buif":
            raise ValueError(f"dtype {array.dtype}")
    except (OSError, ValueError, EOFError, AttributeError) as error:
        raise ArgumentError("folder", f"{file} ({error})", "a plain array of numbers") from error
    if not np.isfinite(array).all():
        raise ArgumentError("folder", f"{file} with values that are not finite", "finite numbers")
    return np.asarray(array, dtype=np.float64)


def _coalition_index(masks: Floats, file: Path) -> npt.NDArray[np.int64]:
    """Our index of the coalition in each row of the masks, (2**n,)."""
    if masks.ndim != 2 or not np.isin(masks, (0, 1)).all():
        given = f"{file} of shape {masks.shape}" + ("" if masks.ndim != 2 else " with other values than 0 and 1")
        raise ArgumentError("folder", given, "booleans, (2**n, n)")
    n = check_players(masks.shape[1], "folder")
    index = masks.astype(np.int64) @ (1 << np.arange(n))
    distinct = len(np.unique(index))
    if len(index) != 1 << n or distinct != len(index):
        given = f"{file} with {len(index)} rows, {distinct} of them distinct"
        raise ArgumentError("folder", given, f"each of the {1 << n} coalitions of {n} players once")
    return np.asarray(index)


def _warn_of_mismatch(scores: Tensor, noise_bound: Tensor) -> None:
    allowed = _DOUBTFUL * (scores[:, -1] - scores[:, 0]).abs() + _ROUNDING * scores.abs().amax(1)
    doubtful = (noise_bound > allowed).nonzero().flatten().tolist()
    if doubtful:
        listed = ", ".join(map(str, doubtful[:10])) + (" …" if len(doubtful) > 10 else "")
        warn_user(
            f"rewards.npy and the effects do not match in {len(doubtful)} of {len(scores)} samples: {listed}. They "
            f"differ by up to {float(noise_bound[doubtful].max()):.3g}, more than 10 % of |v(N) - v(empty)|: they are "
            "of different samples, or v(empty) was subtracted from one of them only"
        )


def _labels(labels: Sequence[int] | int | None, samples: int) -> npt.NDArray[np.int64]:
    given = np.asarray(-1 if labels is None else labels)
    if given.dtype.kind not in "iu" or given.shape not in ((), (samples,)):
        raise ArgumentError("labels", f"shape {given.shape}, {given.dtype}", f"integers, one for all or ({samples},)")
    return np.full(samples, given, dtype=np.int64)


def _names(
    names: Sequence[str] | Sequence[Sequence[str]] | None, samples: int, coalitions: int
) -> tuple[tuple[str, ...], ...]:
    n = coalitions.bit_length() - 1
    names = [f"player {i}" for i in range(n)] if names is None else names
    shared = all(isinstance(name, str) for name in names)
    rows = [names] * samples if shared else names
    if isinstance(names, str) or len(rows) != samples or any(len(row) != n for row in rows):
        raise ArgumentError("names", f"{names!r:.60}", f"{n} names, or {n} for each of {samples} samples")
    return tuple(tuple(map(str, row)) for row in rows)
