"""The fit of the theory to a training in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.bootstrap import Estimate

if TYPE_CHECKING:
    from harsanyi.analysis.theory_fit import TheoryFit


def theory_sentences(x: TheoryFit) -> list[str]:
    """How well the theory fits, then whether the noise falls."""
    return [_fit(x), _noise(x)]


def _fit(x: TheoryFit) -> str:
    count = int(x.judged.sum())
    where = f"{count} checkpoint{'s' * (count != 1)}"
    where += " of the second phase" if x.second_phase else ", as no second phase is seen"
    errors = (float(np.sqrt((e[x.judged] ** 2).mean())) for e in (x.error, x.null_error))
    fitted, constant = errors
    if np.isnan(x.error_ratio.value):
        return f"One noise fitted at each checkpoint is off by {fitted:.2g} ({where}); too few to judge that by."
    if x.error_ratio.high < 1:
        verdict = "the theory says more than a shape that never changes"
    elif x.error_ratio.low > 1:
        verdict = "the theory says less than a shape that never changes"
    else:
        verdict = "no clear difference"
    return (
        f"With one noise fitted at each checkpoint the theory's strength by order is off by {fitted:.2g} ({where}; the "
        f"average strength of an order is 1), one shape for all of them by {constant:.2g}. The ratio is "
        f"{_interval(x, x.error_ratio)}: {verdict}{_worse(x)}."
    )


def _worse(x: TheoryFit) -> str:
    worse = int((x.error > x.null_error)[x.judged].sum())
    return f", though it is off by more at {worse} of the {x.judged.sum()}" if worse and x.error_ratio.high < 1 else ""


def _noise(x: TheoryFit) -> str:
    first, last = np.flatnonzero(x.judged)[[0, -1]]
    course = " and ".join(f"{x.sigma2.value[i]:.2g} at {x.unit} {x.steps[i]}" for i in sorted({first, last}))
    if np.isnan(x.falling.value):
        return f"Whether the noise falls is not known, with so few checkpoints: it is {course}."
    if x.falling.high < 0:
        verdict = "The noise falls, as the theory says"
        verdict += "; where the mean order rises it nearly has to" if x.second_phase else ""
    elif x.falling.low > 0:
        verdict = "The noise rises, against the theory"
    else:
        verdict = "The noise does not clearly fall"
    return f"{verdict}: it is {course}, its rank correlation with the {x.unit} {_interval(x, x.falling)}."


def _interval(x: TheoryFit, value: Estimate) -> str:
    if np.isnan(value.low):
        return f"{value.value:.2f} (no interval: one sample)"
    return f"{value.value:.2f} ({100 * x.bootstrap.level:g} % interval {value.low:.2f} to {value.high:.2f})"
