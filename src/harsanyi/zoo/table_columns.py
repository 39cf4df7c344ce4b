"""The columns of a table of numbers and categories as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

MISSING = "?"


def encode_columns(splits: list[pd.DataFrame]) -> tuple[list[Tensor], Mapping[str, tuple[str, ...]]]:
    """Numbers stay; a category becomes one column for each of its values, 1 where it has that value.

    The values are those of all splits, so that the columns do not depend on how samples are drawn. Blanks around a
    value do not count; a missing one is the value "?".

    Args:
        splits: tables with the same columns.

    Returns:
        The tables, each (rows, columns), float32, and for each original column the names of its columns in order:
        itself, or "column=value".

    Raises:
        ArgumentError: other columns in another split, missing numbers, no column at all.

    Example:
        >>> import pandas as pd
        >>> encode_columns([pd.DataFrame({"age": [30, 40], "sex": ["Male", "Female"]})])[1]
        {'age': ('age',), 'sex': ('sex=Female', 'sex=Male')}
    """
    import pandas as pd

    columns = list(splits[0].columns)
    for table in splits[1:]:
        if set(table.columns) != set(columns):
            other = ", ".join(sorted(map(str, set(columns) ^ set(table.columns))))
            raise ArgumentError("source", f"splits that do not share {other}", "the same columns in every split")
    whole = pd.concat([table[columns] for table in splits], ignore_index=True)
    encoded = {str(name): _encoded(whole[name]) for name in columns}
    if not encoded:
        raise ArgumentError("source", "a table with no column besides the labels", "a column or more")
    joined = pd.concat(encoded.values(), axis=1)
    values = torch.tensor(joined.to_numpy(dtype="float32"))
    groups = {name: tuple(map(str, columns.columns)) for name, columns in encoded.items()}
    return list(values.split([len(table) for table in splits])), groups


def _encoded(column: pd.Series[Any]) -> pd.DataFrame:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        if column.isna().any():
            given = f"column {column.name!r} with {int(column.isna().sum())} missing numbers"
            raise ArgumentError("source", given, "a number in every row", "Fill them, or leave the rows out")
        return column.to_frame()
    values = column.where(column.notna(), MISSING).astype(str).str.strip()
    return pd.get_dummies(values, prefix=str(column.name), prefix_sep="=")
