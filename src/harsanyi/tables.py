"""Interactions as tables, labelled arrays and lines of text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import torch

from harsanyi.core.coalitions import coalition_masks, coalition_name
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import FixedThreshold, SalienceRule
from harsanyi.core.strength import normalised_strength, strongest_first

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from harsanyi.interactions import Interactions

_BY_SAMPLE = ("objective", "lower_bound", "gap", "noise_bound", "iterations", "converged")


def check_k(k: int) -> None:
    """Refuse a negative number of effects."""
    if k < 0:
        raise ArgumentError("k", k, "a number >= 0")


def top(x: Interactions, k: int) -> pd.DataFrame:
    """See `Interactions.top`."""
    import pandas as pd

    check_k(k)
    coalitions, is_or = strongest_first(torch.from_numpy(x.and_), torch.from_numpy(x.or_))
    rows = []
    for coalition, from_or in zip(coalitions[:k].tolist(), is_or[:k].tolist(), strict=True):
        values = (x.or_ if from_or else x.and_)[:, coalition]
        name, kind = coalition_name(coalition, x.shared_names), "OR" if from_or else "AND"
        rows.append((name, kind, coalition.bit_count(), values.mean(), np.abs(values).mean()))
    return pd.DataFrame(rows, columns=["players", "type", "order", "effect", "strength"])


def table(x: Interactions, rule: SalienceRule | str | None) -> pd.DataFrame:
    """See `Interactions.table`."""
    import pandas as pd

    salient = x.salient(FixedThreshold(0.0) if rule is None else rule)
    parts = []
    for kind, mask, effects in (("AND", salient.and_, x.and_), ("OR", salient.or_, x.or_)):
        sample, coalition = mask.nonzero()
        names = [coalition_name(int(c), x.names[s]) for s, c in zip(sample, coalition, strict=True)]
        parts.append(pd.DataFrame({
            "sample": sample, "label": x.labels[sample], "players": names, "type": kind, "order": x.order[coalition],
            "effect": effects[sample, coalition], "coalition": coalition,
        }))  # fmt: skip
    joined = pd.concat(parts, ignore_index=True)
    ranked = joined.assign(_strength=-joined["effect"].abs()).sort_values(["sample", "_strength"], kind="stable")
    return ranked.drop(columns="_strength").reset_index(drop=True)


def by_order(x: Interactions, rule: SalienceRule | str | None) -> pd.DataFrame:
    """See `Interactions.by_order`."""
    import pandas as pd

    strength = x.strength_by_order(rule).mean(0)
    normalised = normalised_strength(torch.from_numpy(strength)).numpy()
    columns = {"positive": strength[0], "negative": strength[1], "normalised": normalised}
    return pd.DataFrame(columns, index=pd.RangeIndex(1, x.n + 1, name="order"))


def to_xarray(x: Interactions) -> xr.Dataset:
    """See `Interactions.to_xarray`."""
    import xarray as xr

    wide = {name: (("sample", "coalition"), getattr(x, name)) for name in ("scores", "and_", "or_")}
    narrow = {name: ("sample", getattr(x, name)) for name in _BY_SAMPLE}
    names = (("sample", "player"), np.array(x.names))
    present = (("coalition", "player"), coalition_masks(x.n).numpy())
    return xr.Dataset(
        {**wide, **narrow, "label": ("sample", x.labels), "name": names},
        coords={"order": ("coalition", x.order), "present": present},
        attrs={"provenance": json.dumps(x.provenance)},
    )


def summary(x: Interactions) -> str:
    """What `print` shows of interactions."""
    head = f"Interactions: {len(x)} sample{'s' * (len(x) != 1)} x {x.n} player{'s' * (x.n != 1)}"
    if len(x) == 0:
        return head
    missed = int((~x.converged).sum())
    lines = [
        f"{head}, AND and OR effects of {1 << x.n} coalitions each",
        f"  strength     {x.objective.mean():.4g} a sample (sum of |effects|), certified within "
        f"{max(100 * x.gap.max(), 0.01):.2g} % of the sparsest possible"
        + (f"; {missed} did not reach the gap asked for" if missed else ""),
        f"  matching     |score - prediction| <= {x.noise_bound.max():.3g} on all {1 << x.n} coalitions",
        f"  salient      {x.salient().count.mean():.1f} effects a sample (|effect| >= 3 % of the score range)",
    ]
    if not x.same_players:
        lines.append("  players      differ from sample to sample; the strongest effect of each sample:")
        return "\n".join([*lines, *_sample_lines(x, 5)])
    if len(x) > 1:
        lines.append("  mean effect and, what they are ranked by, mean |effect|:")
    return "\n".join([*lines, *(f"  {line}" for line in strongest_lines(x, 5))])


def _sample_lines(x: Interactions, k: int) -> list[str]:
    """The strongest effect of each of the first k samples, a line each."""
    strongest = [strongest_lines(sample.one(), 1) or [f"{0:+10.4g}"] for sample in x[:k]]
    lines = [f"  sample {index:<3}{line}" for index, (line,) in enumerate(strongest)]
    return [*lines, "  …"] if len(x) > k else lines


def strongest_lines(x: Interactions, k: int) -> list[str]:
    """The k strongest effects, a line each; effects of 0 are left out."""
    lines = []
    for row in top(x, k).itertuples():
        strength = f"  |{row.strength:.4g}|" if len(x) > 1 else ""
        if row.strength:
            lines.append(f"{row.effect:+10.4g}{strength}  {row.type:<3} {{{row.players}}}")
    return lines
