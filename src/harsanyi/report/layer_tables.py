"""The numbers of the layers of a study's network, as CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harsanyi.analysis import LayerByLayer
from harsanyi.report.confusing import Ints
from harsanyi.report.layers import Layered

if TYPE_CHECKING:
    import pandas as pd

CHANGES = ("emerged", "forgotten")
MOST = 100  # interactions a layer


def write_layer_tables(x: Layered, path: Path) -> None:
    """One row a layer, an order, a step to the next layer, a probe, a checkpoint, or an interaction that changes.

    Args:
        x: what a study tells.
        path: an existing folder.
    """
    tables = {"probes": x.probes.table()}
    if x.found is not None:
        tables |= {"layers": x.found.table(), "layers-by-order": x.found.by_order(), "layers-steps": x.found.steps()}
        tables |= {part: strongest_changes(x.found, part, x.positions) for part in CHANGES}
    if x.stability is not None:
        tables |= {"stability": x.stability.table(), "stability-by-order": x.stability.by_order()}
    if x.course is not None:
        tables["layer-course"] = x.course.table()
    files = {f"{kind}-{x.name}": table for kind, table in tables.items()}
    for other, found in (x.capacities or {}).items():
        files[f"capacity-{x.name}-{other}"] = found.table()
        files[f"capacity-by-order-{x.name}-{other}"] = found.by_order()
    for name, table in files.items():
        table.to_csv(path / f"{name}.csv")


def strongest_changes(found: LayerByLayer, part: str, positions: Ints, most: int = MOST) -> pd.DataFrame:
    """The interactions that emerge from each layer to the next, or are forgotten, the strongest of each step.

    Args:
        found: layers of one network.
        part: "emerged" or "forgotten".
        positions: of the samples in their study, (samples,).
        most: interactions of a step.

    Returns:
        Index: layer, next_layer, rank (from 1). Columns: those of `LayerByLayer.emerged` or `.forgotten`: of sums over
        the samples where all have the same players, else of single samples, with sample and position (in the study).
    """
    import pandas as pd

    steps = {pair: _changes(found, part, pair[0], positions).head(most) for pair in found.to_next.pairs}
    for table in steps.values():
        table.index = pd.RangeIndex(1, len(table) + 1)
    return pd.concat(steps, names=["layer", "next_layer", "rank"])


def _changes(found: LayerByLayer, part: str, layer: str, positions: Ints) -> pd.DataFrame:
    import pandas as pd

    ask = found.emerged if part == "emerged" else found.forgotten
    if found.layers[layer].same_players:
        return ask(layer)
    single = [ask(layer, sample).drop(columns="samples").assign(sample=sample, position=position)
              for sample, position in enumerate(positions.tolist())]  # fmt: skip
    return pd.concat(single).sort_values(part, ascending=False, kind="stable")
