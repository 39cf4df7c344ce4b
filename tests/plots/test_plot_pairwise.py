import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi import Columns, Output, pairwise_orders
from harsanyi.plots import pairwise_strength


@pytest.fixture(scope="module")
def orders():
    """Of 3 samples of 20 columns, few contexts drawn."""

    def network(x):
        return (x[:, 0] * x[:, 1:].sum(1) ** 2)[:, None]

    inputs = torch.rand(3, 20, generator=torch.Generator().manual_seed(0)) + 0.5
    return pairwise_orders(network, inputs, 0, players=Columns(), score=Output(), contexts=4, pairs=20, progress=False)


def lines(ax: Axes):
    return {line.get_label(): line.get_xydata() for line in ax.lines if not line.get_label().startswith("_")}


@pytest.mark.parametrize("normalised", [True, False])
def test_strength_noise_and_the_cautious_strength_over_the_share_of_the_others(orders, normalised):
    ax = orders.plot.pairwise_strength(normalised)
    (bars,) = ax.containers
    scale = orders.strength.value.mean() if normalised else 1
    expected = np.stack((orders.shares, orders.strength.value / scale), 1)
    np.testing.assert_allclose(bars.lines[0].get_xydata(), expected)
    np.testing.assert_allclose(lines(ax)["noise of drawing alone"][:, 1], orders.noise / scale)
    np.testing.assert_allclose(lines(ax)["cautious strength"][:, 1], orders.cautious_strength.value / scale)
    ends = orders.normalised if normalised else orders.strength
    drawn = np.array([segment[:, 1] for segment in bars.lines[2][0].get_segments()])
    np.testing.assert_allclose(drawn, np.stack((ends.low, ends.high), 1))
    assert ax.get_xlabel() == "players in the context (of the 18 beside the pair)"
    ax.figure.draw_without_rendering()
    assert [label.get_text() for label in ax.get_xticklabels()][1:-1] == [
        "0 %",
        "20 %",
        "40 %",
        "60 %",
        "80 %",
        "100 %",
    ]


def test_one_sample_has_no_bars_and_exact_values_no_noise():
    found = pairwise_orders(lambda x: x.prod(1, keepdim=True), torch.ones(1, 5), 0, players=Columns(), score=Output(),
                            progress=False)  # fmt: skip
    ax = Figure().add_subplot()
    assert pairwise_strength(found, ax=ax) is ax
    assert not lines(ax)
    assert "bars" not in ax.get_title(loc="left")
    ax.figure.draw_without_rendering()


def test_no_interaction_at_all_is_drawn():
    found = pairwise_orders(lambda x: x.sum(1, keepdim=True), torch.ones(2, 5), 0, players=Columns(), score=Output(),
                            progress=False)  # fmt: skip
    pairwise_strength(found).figure.draw_without_rendering()
