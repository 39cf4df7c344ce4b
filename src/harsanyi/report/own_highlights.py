"""What interactions by themselves put on the first screen: the strongest ones, certificates, how simple they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harsanyi.analysis.estimates import counted
from harsanyi.analysis.generalization_words import percent
from harsanyi.core.coalitions import possible_effects
from harsanyi.interactions import Interactions
from harsanyi.plots.style import shortened, signed
from harsanyi.report import sparks
from harsanyi.report.highlights import Highlight, warning
from harsanyi.report.words import reproduced

_BARS, _STRONGEST = 24, 8  # strongest effects of the small pictures
_NAMES = 60  # letters of the players of the strongest effect
_REACH = 0.1  # of the spread of the scores; a smaller difference between whole and masked samples says little


def strongest(x: Interactions, section: str) -> list[Highlight]:
    """The strongest effect by name: on average, or of all samples where these do not share their players."""
    if len(x) == 0 or not np.abs(np.stack((x.and_, x.or_))[..., 1:]).any():
        return []
    sample = None if x.same_players else int(np.abs(np.stack((x.and_, x.or_), 1)[..., 1:]).max((1, 2)).argmax())
    table = (x if sample is None else x[sample]).top(_STRONGEST)
    mean = f", mean of {counted(len(x))}" if len(x) > 1 else ""
    said = f"The strongest effect is that of {_who(table.iloc[0])}: {signed(table.iloc[0].effect)}"
    said += f"{mean}." if sample is None else f", in sample {sample}."
    ranked = "mean strength" if mean and sample is None else "strength"
    bars = f"Bars: {ranked} of the {counted(len(table), 'strongest effect')}."
    return [Highlight(said, f"In the unit of the score. {bars}",
                      sparks.bars(table["strength"].to_numpy(), said, [0]), section)]  # fmt: skip


def _who(row: pd.Series) -> str:
    """The players of an effect, and when it is there."""
    names = shortened(str(row["players"]), _NAMES)
    if row["order"] == 1:
        return names
    return f"{names} together (AND)" if row["type"] == "AND" else f"any of {names} (OR)"


def certificates(x: Interactions, section: str) -> list[Highlight]:
    """How exactly and how sparsely the effects explain the scores, and how many samples missed what was asked for."""
    if len(x) == 0:
        return []
    counts = x.salient().count
    error = float(np.median([reproduced(sample, int(count)) for sample, count in zip(x, counts, strict=True)]))
    ranked = -np.sort(-np.abs(np.concatenate((x.and_[:, 1:], x.or_[:, 1:]), 1)), 1).mean(0)[:_BARS]
    gap = 100 * max(float(x.gap.max()), 1e-4)
    few = max(1, round(float(counts.mean())))
    found = [Highlight(
        f"About {few} of {possible_effects(x.n):,} possible interactions a sample are strong enough to count.",
        f"They alone reproduce the network's outputs on all {1 << x.n:,} masked versions of a sample up to "
        f"{100 * error:.0f} % of their spread (median sample). Bars: the strongest interactions.",
        sparks.bars(ranked, "Strength of the strongest interactions, mean over the samples.", range(min(few, _BARS))),
        section,
    ), Highlight(
        f"The explanation is certified: none that fits as well is more than {gap:.2g} % smaller.",
        f"All interactions together match each of {1 << x.n:,} outputs of a sample within "
        f"{x.noise_bound.mean():.2g} (mean over {counted(len(x))}). The size of an explanation is the sum of the "
        "strengths of its interactions. Bar: the smallest possible size as a part of this one.",
        sparks.share(float(1 - x.gap.max()), "The smallest possible size as a part of this one."), section,
    )]  # fmt: skip
    reach, spread = np.abs(x.scores[:, -1] - x.scores[:, 0]).mean(), np.ptp(x.scores, axis=1).mean()
    if reach < _REACH * spread:
        found.append(warning(
            "Whole samples score nearly as fully masked ones do, so that what is strong enough to count, 3 % of the "
            "difference, is very weak.",
            f"The mean difference is {reach:.2g}; the scores of a sample spread over {spread:.2g}. Another baseline "
            'may tell more; of other rules of what is salient, "max_effect" does not depend on that difference.',
        ))  # fmt: skip
    missed = int((~x.converged).sum())
    if missed:
        found.append(warning(f"{counted(missed)} did not reach the precision that was asked for.",
                             f"The largest gap to the smallest explanation is {100 * x.gap.max():.2g} %."))  # fmt: skip
    return found


def simplicity(x: Interactions, section: str) -> list[Highlight]:
    """How many parts of the input the interactions join."""
    strength = np.abs(x.strength_by_order()).sum((0, 1)) if len(x) else np.zeros(x.n)
    low = 2
    if strength.sum() == 0 or x.n <= low:
        return []
    said = f"{percent(strength[:low].sum() / strength.sum())} of the strength joins at most {low} of the {x.n} parts."
    return [Highlight(said, f"Bars: strength of the interactions that join 1 to {x.n} parts.",
                      sparks.bars(strength, said, range(low)), section)]  # fmt: skip
