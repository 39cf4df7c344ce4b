"""Point clouds from folders of mesh, point and array files: the layouts of ModelNet and ShapeNet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing
from harsanyi.core.options import require_whole
from harsanyi.zoo.data import Part, Source
from harsanyi.zoo.point_sampling import Points, in_unit_sphere, on_triangles

MESHES = (".off", ".ply", ".obj", ".stl")
ARRAYS = (".npy", ".npz")
_SPLITS = ("train", "test")


def point_files(source: str | Path, points: int = 1024, seed: int = 0) -> Source[Tensor]:
    """Point clouds of a folder with one folder a class; files are read when they are asked for.

    Files may lie at any depth of the folder of their class, also in its folders "train" and "test" (ModelNet), or the
    folder may hold "train" and "test" with the classes in them.
    A mesh gives points drawn uniformly from its surface; a file with points alone (a .ply without faces, or an array
    (points, 3 or more columns) whose first three columns are the coordinates; in an .npz the array `points`, or its
    only one) gives a random choice of them, some twice where there are too few.
    Each cloud is centred on its mean and scaled so that its farthest point has distance 1.
    The points of a file depend on the seed and its path in the folder, not on the other files.

    Args:
        source: the folder.
        points: number of points of each cloud.
        seed: of the points drawn.

    Returns:
        The `Source`: clouds (samples, points, 3), float32; classes in the order of their names.

    Raises:
        ArgumentError: no such folder, no class folders or files in it; on reading, the files that cannot be read.
        ImportError: trimesh is not installed and there are meshes (says the command that installs it).
    """
    require_whole(4, points=points)
    require_whole(0, seed=seed)
    folder = Path(source)
    if not folder.is_dir():
        raise ArgumentError("source", source, "an existing folder")
    found = _files(folder)
    names = sorted({file.label for file in found})
    if not names:
        raise ArgumentError("source", folder, f"a folder of class folders with {', '.join(MESHES + ARRAYS)} files")
    if any(file.path.suffix.lower() in MESHES for file in found):
        _trimesh()

    def part(split: str) -> Part[Tensor]:
        files = [file for file in found if file.split == split]
        labels = torch.tensor([names.index(file.label) for file in files])
        return Part(labels, partial(_read, folder, [file.path for file in files], points, seed))

    splits = _splits(folder, found)
    return Source(part(splits[0]), tuple(names), part("test") if "test" in splits else None)


class _File(NamedTuple):
    split: str  # "train", "test" or "" for neither
    label: str
    path: Path


def _files(folder: Path) -> list[_File]:
    """The files of the folder with their split and class, sorted."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in MESHES + ARRAYS or path.name.startswith("."):
            continue
        folders = path.relative_to(folder).parts[:-1]
        split = next((part for part in folders[:2] if part in _SPLITS), "")
        label = next((part for part in folders if part != split), None)
        if label is None:
            raise ArgumentError("source", f"{path}, which lies in no class folder", "one folder a class")
        found.append(_File(split, label, path))
    return found


def _splits(folder: Path, found: list[_File]) -> tuple[str, ...]:
    """The splits there are: train and test, train alone, or one without a name."""
    splits = {file.split for file in found}
    if splits == {""}:
        return ("",)
    if "" in splits:
        stray = next(file.path for file in found if not file.split)
        raise ArgumentError("source", f"{folder}, where {stray} belongs to neither train nor test",
                            "all files in folders called train and test, or none")  # fmt: skip
    if "train" not in splits:
        raise ArgumentError("source", f"{folder} with test files alone", "training files too")
    return tuple(sorted(splits, reverse=True))


def _read(folder: Path, paths: Sequence[Path], points: int, seed: int, rows: Tensor) -> Tensor:
    """The clouds of some of the files; names every file that cannot be read."""
    clouds, broken = np.empty((len(rows), points, 3), dtype=np.float32), []
    for index, row in enumerate(rows.tolist()):
        name = paths[row].relative_to(folder).as_posix()
        try:
            clouds[index] = _cloud(paths[row], points, np.random.default_rng([seed, crc32(name.encode())]))
        except Exception as error:  # whatever a reader makes of a broken file
            broken.append(f"{name} ({error})")
    if broken:
        shown = "; ".join(broken[:5]) + (f"; and {len(broken) - 5} more" if len(broken) > 5 else "")
        raise ArgumentError("source", shown, "files with a mesh or with points")
    return torch.from_numpy(clouds)


def _cloud(path: Path, points: int, random: np.random.Generator) -> Points:
    if path.suffix.lower() in MESHES:
        cloud = _from_mesh(path, points, random)
    else:
        cloud = _chosen(_from_array(path), points, random)
    if not np.isfinite(cloud).all():
        raise ValueError("coordinates that are not finite")
    return in_unit_sphere(cloud)


def _from_mesh(path: Path, points: int, random: np.random.Generator) -> Points:
    trimesh = _trimesh()
    options = {"skip_materials": True} if path.suffix.lower() == ".obj" else {}
    mesh = trimesh.load(path, force="mesh", process=False, **options)
    if not len(mesh.faces):  # a file with points alone is an empty mesh
        return _chosen(np.asarray(trimesh.load(path, process=False).vertices), points, random)
    if not mesh.area > 0:
        raise ValueError("a mesh without area")
    return on_triangles(np.asarray(mesh.triangles), points, random)


def _from_array(path: Path) -> Points:
    loaded = np.load(path, allow_pickle=False)
    if path.suffix.lower() == ".npz":
        with loaded:
            if "points" not in loaded and len(loaded.files) != 1:
                raise ValueError(f"the arrays {', '.join(loaded.files)}, none called points")
            loaded = loaded["points" if "points" in loaded else loaded.files[0]]
    if loaded.ndim != 2 or loaded.shape[1] < 3 or loaded.dtype.kind not in "iuf":
        raise ValueError(f"an array of {loaded.dtype}, shape {loaded.shape}, not (points, 3)")
    return np.asarray(loaded[:, :3], dtype=np.float64)


def _chosen(cloud: Points, points: int, random: np.random.Generator) -> Points:
    """So many of the points in random order; where there are too few, all of them and some again."""
    if not len(cloud):
        raise ValueError("no points")
    rounds = [random.permutation(len(cloud)) for _ in range(-(-points // len(cloud)))]
    return cloud[np.concatenate(rounds)[:points]]


def _trimesh() -> Any:
    try:
        import trimesh
    except ImportError as error:
        raise missing("meshes need trimesh", "points") from error
    return trimesh
