"""How a network learned, as a section of a page and as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harsanyi.analysis import GeneralizationDynamics
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.theory_fit import TheoryFit
from harsanyi.plots.dynamics_accessor import DynamicsPlots
from harsanyi.plots.style import figure_of
from harsanyi.plots.theory import theory_fit
from harsanyi.plots.training import training_figure
from harsanyi.report.charts import training_chart
from harsanyi.report.page import Section
from harsanyi.report.pictures import Picture

_THEORY = "For readers of the theory (2407.19198)"
_SUPPOSED = (
    "The theory takes a network in training for the one at the last checkpoint with noise σ² on its parameters: the "
    "more noise, the weaker are interactions, those of high order most. So it predicts the strength of every order; "
    "σ² alone is fitted, at each checkpoint."
)
_LEFT_OUT = (
    "Training samples whose label is wrong on purpose are left out of the loss gap here; the losses that a training "
    "prints count them, and so does Study.dynamics(mislabelled=True)."
)


def training_section(
    name: str,
    dynamics: Dynamics,
    theory: TheoryFit | None,
    course: GeneralizationDynamics | None = None,
    left_out: bool = False,
) -> Section:
    """The phases of one training, strength by order at every checkpoint, and the theory beside it.

    Args:
        name: of the network, for titles and file names.
        dynamics: what was found.
        theory: the fit; nothing where there is none.
        course: what of it generalizes; nothing where that is not known.
        left_out: whether samples with a wrong label are left out of the loss gap.

    Returns:
        The section.
    """
    plot, beside = DynamicsPlots(dynamics), "" if dynamics.gap is None else ", and the loss gap,"
    wide = [
        Picture(f"phases-{name}", "When the network stops simplifying",
                f"Mean order of the interactions (how many variables they join){beside} over training. Bands and bars "
                "are bootstrap intervals over samples.", plot.phases()),
        Picture(f"training-{name}", "Interactions by order at chosen checkpoints",
                "Sum of the positive and of the negative salient effects that join k variables.",
                plot.training_figure()),
    ]  # fmt: skip
    orders = [
        Picture(f"orders-{name}", "Every order at every checkpoint", "Strength of each order, the mean being 1.",
                figure_of(plot.order_heat_map())),
    ]  # fmt: skip
    said = [*dynamics.sentences(), *([_LEFT_OUT] if left_out and dynamics.gap is not None else [])]
    return Section(training_heading(name), wide=wide, sentences=said, charts=[training_chart(dynamics, course, orders)],
                   closed=[] if theory is None else [_theory(name, theory)])  # fmt: skip


def _theory(name: str, theory: TheoryFit) -> Section:
    picture = Picture(f"theory-{name}", "Theory of the dynamics",
                      "Strength by order that noisy parameters allow, beside the measured one; on the right the fitted "
                      "noise.", theory_fit(theory))  # fmt: skip
    return Section(_THEORY, wide=[picture], sentences=[_SUPPOSED, *theory.sentences()])


def training_heading(name: str) -> str:
    """Heading of the section on how a network learned."""
    return f"How {name} learned"


def comparison(dynamics: Mapping[str, Dynamics]) -> Section:
    """The trainings of several networks in one figure, as the papers have it."""
    picture = Picture("training", "All networks", "One row a network; positive effects upwards, negative downwards.",
                      training_figure(dynamics))  # fmt: skip
    return Section("All networks", wide=[picture])


def write_training_tables(name: str, dynamics: Dynamics, theory: TheoryFit | None, path: Path) -> list[Path]:
    """The numbers of the section as CSV files: dynamics, orders, and theory where there is one."""
    tables = {f"dynamics-{name}": dynamics.table(), f"orders-{name}": dynamics.by_order()}
    tables |= {} if theory is None else {f"theory-{name}": theory.table()}
    for file, table in tables.items():
        table.to_csv(path / f"{file}.csv")
    return [path / f"{file}.csv" for file in tables]
