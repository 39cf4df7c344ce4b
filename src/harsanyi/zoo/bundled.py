"""The data sets that come with scikit-learn: digits, breast cancer, wine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.extras import missing
from harsanyi.zoo.data import Source, array_part


def digits() -> Source[Tensor]:
    """1,797 handwritten digits, grey images (1, 8, 8) in [0, 1].

    Raises:
        ImportError: scikit-learn is not installed (says the command that installs it).
    """
    table = _digits_table()
    images = torch.tensor(table[:, :-1], dtype=torch.float32).view(-1, 1, 8, 8) / 16
    return Source(array_part(images, torch.tensor(table[:, -1], dtype=torch.int64)), tuple(map(str, range(10))))


def _digits_table() -> npt.NDArray[np.float64]:
    """64 pixels and the class of each digit, from the file itself: to import scikit-learn takes seconds."""
    found = find_spec("sklearn")
    file = Path(found.origin or "").parent / "datasets" / "data" / "digits.csv.gz" if found else Path()
    if file.is_file():
        return np.loadtxt(file, delimiter=",")
    bunch = _bunch("load_digits", "the digits")
    return np.column_stack((bunch.data, bunch.target))


def breast_cancer() -> Source[Tensor]:
    """569 tumours, 30 measured columns, two classes: malignant, benign; raises as `digits`."""
    return _table("load_breast_cancer", "the breast cancer data")


def wine() -> Source[Tensor]:
    """178 wines, 13 measured columns, three classes: the growers; raises as `digits`."""
    return _table("load_wine", "the wine data")


def _table(loader: str, what: str) -> Source[Tensor]:
    bunch = _bunch(loader, what)
    names = tuple(map(str, bunch.feature_names))
    part = array_part(torch.tensor(bunch.data, dtype=torch.float32), torch.tensor(bunch.target))
    classes = tuple(map(str, bunch.target_names))
    return Source(part, classes, input_names=names, groups={name: (name,) for name in names})


def _bunch(loader: str, what: str) -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise missing(f"{what} need scikit-learn", "demo") from error
    return getattr(datasets, loader)()
