"""IoU of two networks by layer and order: by sets, planted interactions, what is left out, what is refused."""

from functools import partial

import numpy as np
import pytest
from planted_effects import interactions as planted
from planted_effects import sparse_effects

from harsanyi import ArgumentError, FixedThreshold
from harsanyi.analysis import Bootstrap, generalization_capacity

QUICK = Bootstrap(draws=60)
FIXED = FixedThreshold(0.5)


effects = partial(sparse_effects, samples=6, n=4)


def chosen_set(values, sample, order, kinds, signed):
    """Salient interactions of a sample as a set of (type, coalition[, sign])."""
    return {
        (kind, coalition, *([values[kind, sample, coalition] > 0] if signed else []))
        for kind in kinds for coalition in range(1, values.shape[-1])
        if abs(values[kind, sample, coalition]) >= 0.5 and (order is None or coalition.bit_count() == order)
    }  # fmt: skip


@pytest.mark.parametrize("signed", [False, True])
def test_the_mean_of_the_iou_of_sets(signed):
    layers = {"low": (effects(1, share=0.2), effects(2, share=0.2)), "output": (effects(3), effects(4))}
    one, other = ({name: planted(*pair[at]) for name, pair in layers.items()} for at in (0, 1))
    x = generalization_capacity(one, other, salience=FIXED, same_sign=signed, bootstrap=QUICK)
    for at, pair in enumerate(layers.values()):
        for row, kinds in enumerate(([0], [1], [0, 1])):
            for place, order in enumerate([1, 2, 3, 4, None]):
                ious = []
                for sample in range(6):
                    a, b = (chosen_set(values, sample, order, kinds, False) for values in pair)
                    agreed = a & b
                    if signed:
                        a_signed, b_signed = (chosen_set(values, sample, order, kinds, True) for values in pair)
                        agreed = a_signed & b_signed
                    ious += [len(agreed) / len(a | b)] if a | b else []
                expected = np.mean(ious) if ious else np.nan
                assert x.iou.value[at, row, place] == pytest.approx(expected, nan_ok=True)
                assert x.left_out[at, row, place] == 6 - len(ious)
    assert (x.left_out[0] > 0).any()


def falling(samples=8):
    """Two networks that share all of order 1, half of order 2 and nothing of order 3."""
    one, other = np.zeros((2, samples, 8))
    one[:, [1, 2, 3, 5, 7]], other[:, [1, 2, 3, 6]] = 1, -1
    return one, other


def test_planted_networks_share_less_of_higher_orders():
    one, other = falling()
    x = generalization_capacity({"output": planted(one)}, {"output": planted(other)}, bootstrap=QUICK)
    np.testing.assert_allclose(x.iou.value[0, 2], [1, 1 / 3, 0, 3 / 6])
    assert x.trend.value[0] == -1
    words = x.sentences()
    assert words[1] == "The IoU falls with the order in output (rank correlation -1, 95 % interval -1 to -1)."
    assert repr(x).startswith("GeneralizationCapacity: 1 layer, 8 samples x 3 players")
    signed = generalization_capacity(
        {"output": planted(one)}, {"output": planted(other)}, same_sign=True, bootstrap=QUICK
    )
    assert (signed.iou.value[0, 2] == 0).all()


def test_the_same_network_shares_everything_but_two_orders_tell_no_trend():
    x = planted(*effects(1, n=2))
    found = generalization_capacity({"a": x, "b": x}, {"c": x, "b": x}, bootstrap=QUICK)
    assert found.names == ("b",)
    assert np.nanmin(found.iou.value) == np.nanmax(found.iou.value) == 1
    assert (
        "Whether the IoU falls or rises with the order cannot be told of b (no rank correlation)." in found.sentences()
    )


def test_one_sample_has_no_interval():
    one, other = falling(1)
    x = generalization_capacity({"output": planted(one)}, {"output": planted(other)}, bootstrap=QUICK)
    assert np.isnan(x.iou.low).all()
    assert "cannot be told of output (rank correlation -1)." in x.sentences()[1]


def test_tables_hold_the_same_numbers():
    pairs = [{name: planted(*effects(seed)) for name, seed in zip(("a", "b"), seeds, strict=True)}
             for seeds in ((1, 2), (3, 4))]  # fmt: skip
    x = generalization_capacity(*pairs, salience=FIXED, bootstrap=QUICK)
    orders = x.by_order()
    assert orders.loc[("b", "OR", 3), "iou"] == x.iou.value[1, 1, 2]
    assert len(orders) == 2 * 3 * 4
    np.testing.assert_array_equal(x.table()["iou"], x.iou.value[:, -1, -1])


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ({}, {"a": 1}, "one: given 0 layers; accepted: at least one layer"),
        ({"a": 1}, {}, "other: given 0 layers"),
        ({"a": 1}, {"b": 1}, "other: given the layers 'b'; accepted: some of the layers of the first network, 'a'"),
        ({"a": 1}, {"a": planted(*effects(1, samples=5))}, "other: given other players"),
        ({"a": 1}, {"a": planted(*effects(1), labels=np.arange(6))}, "other: given other samples or labels in 'a'"),
    ],
)
def test_what_cannot_be_compared_is_refused(one, other, message):
    given = [{name: planted(*effects(1)) if x == 1 else x for name, x in each.items()} for each in (one, other)]
    with pytest.raises(ArgumentError, match=message):
        generalization_capacity(*given, bootstrap=QUICK)
