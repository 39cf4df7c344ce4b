"""Pairwise interactions by the size of their contexts, against their definition and planted games."""

from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from harsanyi import (
    ArgumentError,
    Columns,
    Interactions,
    LogOdds,
    NetworkError,
    Output,
    PairwiseOrders,
    Patches,
    pairwise_orders,
)
from harsanyi.analysis import Bootstrap
from harsanyi.analysis.pairwise import over_contexts
from harsanyi.core.transforms import scores_from
from harsanyi.pairwise import Interrupted


def of_game(game, n, samples=1, **options):
    """Of a function of truth values (batch, n), as if of this many samples."""

    def network(x):
        return game(x > 0.5).double()[:, None]

    inputs = torch.ones(samples, n, dtype=torch.float64)
    return pairwise_orders(network, inputs, 0, players=Columns(), score=Output(), progress=False, **options)


def by_definition(score, n, pair, size):
    """Mean over all contexts of the size; score takes a set of players."""
    others = [player for player in range(n) if player not in pair]
    sets = [set(context) for context in combinations(others, size)]
    i, j = pair
    return np.mean([score(s | {i, j}) - score(s | {i}) - score(s | {j}) + score(s) for s in sets])


def mlp(inputs, dtype=torch.float64):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(inputs, 8), nn.Tanh(), nn.Linear(8, 3)).to(dtype)


def score_of(network, sample, label):
    """The score of a set of columns, one at a time."""

    def score(players):
        shown = torch.zeros_like(sample)
        shown[list(players)] = sample[list(players)]
        with torch.no_grad():
            return LogOdds()(network(shown[None]), torch.tensor([label])).item()

    return score


# The values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 6])
def test_all_contexts_and_pairs_are_the_definition(n):
    network, inputs, labels = mlp(n), torch.randn(2, n, dtype=torch.float64), [2, 0]
    found = pairwise_orders(network, inputs, labels, players=Columns(), orders=range(n - 1), progress=False)
    assert found.sizes.tolist() == list(range(n - 1))
    assert found.exact.all()
    assert (found.error == 0).all()
    assert (found.cautious == np.abs(found.interactions)).all()
    for sample, (row, label) in enumerate(zip(inputs, labels, strict=True)):
        score = score_of(network, row, label)
        for pair, players in enumerate(combinations(range(n), 2)):
            assert found.pairs[sample, pair].tolist() == list(players)
            expected = [by_definition(score, n, players, m) for m in range(n - 1)]
            np.testing.assert_allclose(found.interactions[sample, :, pair], expected, atol=1e-12)


@settings(max_examples=10)
@given(n=st.integers(2, 6), seed=st.integers(0, 1000))
def test_is_the_weighted_sum_of_the_dividends_that_hold_the_pair(n, seed):
    dividends = torch.randn(1, 1 << n, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    scores = scores_from(dividends, torch.zeros_like(dividends))[0]
    found = of_game(lambda x: scores[(x.long() << torch.arange(n)).sum(1)], n, orders=range(n - 1))
    for position, (i, j) in enumerate(combinations(range(n), 2)):
        both, expected = 1 << i | 1 << j, np.zeros(n - 1)
        for coalition in (index for index in range(1 << n) if index & both == both):
            rest = coalition.bit_count() - 2  # a context of m holds these others with this chance:
            chance = [comb(n - 2 - rest, m - rest) / comb(n - 2, m) if m >= rest else 0 for m in range(n - 1)]
            expected += dividends[0, coalition].item() * np.array(chance)
        np.testing.assert_allclose(found.interactions[0, :, position], expected, atol=1e-9)


def test_a_planted_pair_is_there_in_every_context_and_a_planted_triple_in_those_with_its_third():
    found = of_game(lambda x: 3.0 * (x[:, 0] & x[:, 5]) - 2.0 * x[:, 1:4].all(1) + 1.0 * x[:, 4], 40, contexts=60,
                    pairs=780, orders=[0, 1, 19, 38])  # fmt: skip
    value = {tuple(pair): found.interactions[0, :, k] for k, pair in enumerate(found.pairs[0].tolist())}
    np.testing.assert_allclose(value.pop((0, 5)), 3)
    for pair in ((1, 2), (1, 3), (2, 3)):
        none, one, half, every = value.pop(pair)
        np.testing.assert_allclose([none, one, every], [0, -2 / 38, -2], atol=1e-12)
        assert half == pytest.approx(-1, abs=5 / 60**0.5)
    assert not np.any(list(value.values()))
    assert found.exact.tolist() == [True, True, False, True]


@pytest.fixture(scope="module")
def drawn():
    """One game of 12 players asked 200 times with 8 contexts, each time drawn anew, and the truth."""
    weights = torch.linspace(-1, 1.2, 12, dtype=torch.float64)

    def game(x):
        return 4 * torch.tanh(x.double() @ weights) * x[:, 0]

    options = {"orders": [2, 5, 10], "pairs": 66}
    return of_game(game, 12, samples=200, contexts=8, **options), of_game(game, 12, contexts=10**4, **options)


def test_drawn_contexts_give_the_truth_on_average(drawn):
    found, truth = drawn
    spread = found.interactions.std(0, ddof=1) / 200**0.5
    off = np.abs(found.interactions.mean(0) - truth.interactions[0])
    assert (off <= 5 * spread + 1e-12).all()
    np.testing.assert_allclose(found.interactions[:, 2], truth.interactions[:, 2].repeat(200, 0), atol=1e-12)


def test_standard_errors_are_as_large_as_the_errors_are(drawn):
    found, truth = drawn
    off = ((found.interactions - truth.interactions) ** 2).mean((0, 2))
    np.testing.assert_allclose((found.error**2).mean((0, 2))[:2], off[:2], rtol=0.1)
    assert found.exact.tolist() == [False, False, True]
    assert not found.error[:, 2].any()


def test_the_strength_lies_between_the_cautious_one_and_that_of_few_contexts(drawn):
    found, truth = drawn
    true = truth.strength.value
    assert (found.cautious_strength.value[:2] < true[:2]).all()
    assert (true[:2] < found.strength.value[:2]).all()
    assert found.strength.value[2] == pytest.approx(true[2])
    assert found.cautious_strength.value[2] == pytest.approx(true[2])


def test_noise_is_the_strength_of_pairs_that_do_not_interact_on_average():
    weights = torch.randn(22, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weights -= weights.mean()  # then the cube of the weighted sum has no interaction in contexts of half of the others

    def game(x):
        return (x.double() @ weights) ** 3 + x[:, 0]

    assert not of_game(game, 22, orders=[0.5], pairs=1, contexts=10**6, seed=1).interactions.round(9).any()
    found = of_game(game, 22, samples=100, contexts=20, orders=[0.5], pairs=20)
    np.testing.assert_allclose(found.noise, found.strength.value, rtol=0.05)
    by_sample = found.cautious.mean((1, 2))
    assert abs(by_sample.mean()) < 5 * by_sample.std(ddof=1) / 10
    assert "drawing contexts would make up to" in found.sentences()[-1]


def test_cautious_leaves_each_context_out_of_its_own_sign():
    values = np.random.default_rng(0).normal(size=(5, 7))
    expected = [np.mean([np.sign(np.delete(row, k).sum()) * row[k] for k in range(7)]) for row in values]
    np.testing.assert_allclose(over_contexts(values, every=False)[2], expected)
    mean, error, cautious = over_contexts(np.array([[2.0]]), every=False)
    assert (mean.item(), cautious.item()) == (2, 0)
    assert np.isnan(error).all()


# The network ---------------------------------------------------------------------------------------------------------


def images(samples=2):
    return torch.rand(samples, 1, 16, 16, generator=torch.Generator().manual_seed(1))


def cnn():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, stride=2), nn.ReLU(),
                         nn.Flatten(), nn.Linear(36, 3))  # fmt: skip


def test_256_patches_whatever_the_batches():
    options = {"players": Patches(16), "pairs": 6, "contexts": 5, "progress": False}
    found = pairwise_orders(cnn(), images(), **options)
    assert (found.n, found.interactions.shape) == (256, (2, 9, 6))
    assert found.sizes.tolist() == [0, 13, 25, 64, 127, 190, 229, 241, 254]
    assert found.contexts.tolist() == [1, *[5] * 7, 1]
    again = pairwise_orders(cnn(), images(), batch_size=7, **options)
    assert (again.pairs == found.pairs).all()
    np.testing.assert_allclose(again.interactions, found.interactions, atol=1e-5)
    first = pairwise_orders(cnn(), images()[:1], **(options | {"orders": [64]}))  # draws do not depend on what else is
    np.testing.assert_allclose(first.interactions[0, 0], found.interactions[0, 3], atol=1e-5)
    other = pairwise_orders(cnn(), images(), seed=1, **options)
    assert (other.pairs != found.pairs).any()


def test_players_inside_the_network_are_those_of_what_follows():
    network, x = cnn(), images()
    inside = pairwise_orders(network, x, [0, 1], players=Patches(8, at="1"), pairs=5, contexts=4, progress=False)
    with torch.no_grad():
        features = network[:2](x)
    after = pairwise_orders(network[2:], features, [0, 1], players=Patches(8), pairs=5, contexts=4, progress=False)
    assert inside.n == 64
    np.testing.assert_allclose(inside.interactions, after.interactions, atol=1e-5)
    assert inside.interactions.any()


def test_scores_are_averaged_over_the_draws_of_a_baseline():
    network, x, rows = mlp(5), torch.randn(1, 5, dtype=torch.float64), torch.randn(3, 5, dtype=torch.float64)
    options = {"progress": False, "orders": [1, 2]}
    told = []
    mean = pairwise_orders(network, x, 1, players=Columns(baseline="samples", background=rows, draws=3),
                           **(options | {"progress": lambda *counts: told.append(counts)}))  # fmt: skip
    each = [pairwise_orders(network, x, 1, players=Columns(baseline=row), **options).interactions for row in rows]
    np.testing.assert_allclose(mean.interactions, np.mean(each, 0), atol=1e-9)
    assert told[-1] == (3 * 4 * 10 * (3 + 3),) * 2


def test_equal_coalitions_run_once_where_there_are_few():
    ran = 0

    def network(x):
        nonlocal ran
        ran += len(x)
        return x.sum(1, keepdim=True)

    pairwise_orders(network, torch.ones(1, 9), 0, players=Columns(), score=Output(), orders=[3], progress=False)
    assert ran < comb(9, 3) + comb(9, 4) + comb(9, 5) + 20  # and not 4 x 36 x 35


def test_a_stop_keeps_the_samples_that_are_done():
    network, x, options = mlp(6), torch.randn(3, 6, dtype=torch.float64), {"players": Columns()}

    def stop_after(rows):
        def told(done, total):
            assert total == 3 * 4 * 15 * 16
            if done > rows:
                raise KeyboardInterrupt

        return told

    with pytest.raises(Interrupted, match="2 of 3 samples are done, and in `completed`") as stopped:
        pairwise_orders(network, x, 0, progress=stop_after(2 * 4 * 15 * 16), **options)
    whole = pairwise_orders(network, x, 0, progress=False, **options)
    assert (stopped.value.completed.interactions == whole.interactions[:2]).all()
    assert len(stopped.value.completed) == 2
    with pytest.raises(KeyboardInterrupt) as early:
        pairwise_orders(network, x, 0, progress=stop_after(0), **options)
    assert not isinstance(early.value, Interrupted)


def test_lower_precision_says_how_far_it_is_off():
    found = pairwise_orders(mlp(4, torch.float32), torch.randn(2, 4), 0, players=Columns(), autocast="bfloat16",
                            progress=False)  # fmt: skip
    assert 0 < found.provenance["autocast_error"] < 0.1


def test_a_score_that_is_not_finite_is_told_with_its_coalition():
    def network(x):
        return torch.where(x.sum(1) == 3, torch.inf, x.sum(1))[:, None]

    options = {"players": Columns(), "score": Output(), "progress": False}
    inputs = torch.stack((torch.full((40,), 0.7), torch.ones(40)))
    with pytest.raises(NetworkError, match=r"inf for sample 1 at a coalition of 3 of the 40 players"):
        pairwise_orders(network, inputs, 0, orders=[1], **options)
    with pytest.raises(NetworkError, match=r"inf for sample 0 at coalition 7 \(players 0, 1, 2\)"):
        pairwise_orders(network, torch.ones(1, 4), 0, orders=[1], **options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"pairs": 0}, "pairs: given 0; accepted: a whole number >= 1"),
        ({"contexts": 2.5}, "contexts: given 2.5; accepted: a whole number >= 1"),
        ({"batch_size": 0}, "batch_size: given 0; accepted: a whole number >= 1"),
        ({"seed": -1}, "seed: given -1; accepted: a whole number >= 0"),
        ({"orders": [3]}, r"orders: given 3; accepted: context sizes 0 to 2 \(n - 2, for n = 4 players\), or shares"),
        ({"players": Columns([0])}, "players: given 1 player; accepted: at least 2 players, which make a pair"),
    ],
)
def test_what_cannot_be_used_is_refused(options, text):
    with pytest.raises(ArgumentError, match=text):
        pairwise_orders(mlp(4), torch.ones(1, 4), 0, **({"players": Columns(), "progress": False} | options))


# The result ----------------------------------------------------------------------------------------------------------


def of_second_differences(wanted, samples=6):
    """Each pair of 10 players has the interaction wanted[m] in every context of m, times 1, 1.1, … by sample."""
    n = len(wanted) + 1
    course = torch.zeros(n + 1, dtype=torch.float64)
    for m, value in enumerate(wanted):
        course[m + 2] = value + 2 * course[m + 1] - course[m]

    def network(x):
        scale = x.amax(1)
        return (scale * course[(x > 0.5).sum(1)])[:, None]

    inputs = (1 + torch.arange(samples, dtype=torch.float64)[:, None] / 10).expand(-1, n)
    return pairwise_orders(network, inputs, 0, players=Columns(), score=Output(), orders=range(n - 1), contexts=5,
                           pairs=4, progress=False)  # fmt: skip


@pytest.fixture(scope="module")
def valley():
    return of_second_differences([5.0, 4.0, 3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 6.0])


def test_strength_and_its_errors_are_those_of_the_samples(valley):
    scale = 1 + np.arange(6) / 10
    wanted = np.array([5.0, 4, 3, 2, 1, 2, 3, 4, 6])
    np.testing.assert_allclose(valley.strength.value, wanted * scale.mean())
    np.testing.assert_allclose(valley.strength_error, wanted * scale.std(ddof=1) / 6**0.5)
    np.testing.assert_allclose(valley.normalised.value, wanted / wanted.mean())
    np.testing.assert_allclose(valley.normalised_error, 0, atol=1e-12)  # the samples share their shape
    assert ((valley.strength.low < valley.strength.value) & (valley.strength.value < valley.strength.high)).all()
    np.testing.assert_allclose(valley.noise, 0, atol=1e-12)


def test_the_error_of_the_normalised_strength_is_that_of_resampling(drawn):
    found, _ = drawn
    each = np.abs(found.interactions).mean(2)
    means = Bootstrap(draws=400).means(each)
    resampled = (means / means.mean(1, keepdims=True)).std(0)
    np.testing.assert_allclose(found.normalised_error, resampled, rtol=0.15)


def test_a_valley_is_u_shaped_and_says_where_its_bottleneck_lies(valley):
    assert valley.verdict == "U-shaped"
    assert valley.sizes[valley.weakest] == 4
    assert valley.sentences()[1].endswith(
        "with a bottleneck at 4 of the 8 other players present (50 %); interval 4 to 4 of the sizes asked for."
    )
    assert "most strongly with 8 of the 8 other players present (100 %): 1.8" in repr(valley)


@pytest.mark.parametrize(
    ("wanted", "samples", "verdict", "text"),
    [
        ([1.0, 2.0, 3.0, 2.0, 0.5], 6, "not U-shaped", "Not U-shaped: weakest with the most players present."),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 6, "not U-shaped", "Not U-shaped: weakest with the fewest players present."),
        ([3.0, 2.0, 1.0, 2.0, 3.0], 1, "one sample", "one sample does not tell a U-shape from chance"),
        ([0.0, 0.0, 0.0], 2, "not U-shaped", "None of these pairs interacts"),
        ([2.0], 2, "not U-shaped", "With 0 of the 0 other players present (0 %), pairs interact with a mean strength"),
    ],
)
def test_other_shapes_are_told_as_they_are(wanted, samples, verdict, text):
    found = of_second_differences(wanted, samples)
    assert found.verdict == verdict
    assert text in " ".join(found.sentences())


def test_a_dip_that_drawing_makes_is_no_bottleneck(drawn):
    found, _ = drawn
    noise = np.random.default_rng(0).normal(size=(6, 5, 3))
    flat = PairwiseOrders(12, np.arange(5), np.full(5, 2), found.pairs[:6, :3], noise, np.abs(noise) / 2, 0 * noise,
                          found.labels[:6], found.names[:6])  # fmt: skip
    assert flat.verdict == "not U-shaped"


def test_one_context_has_no_error_and_says_so():
    found = of_game(lambda x: x[:, 0] & x[:, 1] & x[:, 2], 8, samples=2, contexts=1)
    assert np.isnan(found.noise).tolist() == (~found.exact).tolist()
    assert found.sentences()[-1].startswith("One context a pair does not tell")


def test_rounding_is_told_as_such():
    weights = torch.rand(30, generator=torch.Generator().manual_seed(0))  # a sum has no interactions
    found = pairwise_orders(lambda x: (x @ weights)[:, None], torch.ones(2, 30), 0, players=Columns(), score=Output(),
                            pairs=20, contexts=5, progress=False)  # fmt: skip
    assert found.strength.value.any()
    assert found.provenance["rounding"] == pytest.approx(weights.sum().item() * 2**-23, rel=1e-3)
    (told,) = found.sentences()
    assert told.startswith("No interaction is told from rounding: the strength is at most ")


def test_one_row_a_size(drawn):
    found, _ = drawn
    table = found.by_order()
    assert table.index.name == "context"
    assert table.index.tolist() == [2, 5, 10]
    assert table["exact"].tolist() == [False, False, True]
    np.testing.assert_allclose(table["share"], [0.2, 0.5, 1])
    np.testing.assert_allclose(table["normalised"].mean(), 1)
    assert (table["cautious_strength_low"] <= table["strength_high"]).all()


def test_saved_and_loaded_it_is_equal_to_the_last_bit(drawn, tmp_path):
    found = replace(drawn[0], bootstrap=Bootstrap(draws=20, level=0.9, seed=3))
    read = PairwiseOrders.load(found.save(tmp_path / "pairs"))
    for name in ("sizes", "contexts", "pairs", "interactions", "error", "cautious", "labels", "strength_error"):
        np.testing.assert_array_equal(getattr(read, name), getattr(found, name))
    np.testing.assert_array_equal(read.strength.low, found.strength.low)
    assert (read.n, read.names, read.bootstrap) == (found.n, found.names, found.bootstrap)
    assert read.provenance == found.provenance
    assert read.provenance["contexts"] == 8
    with pytest.raises(ArgumentError, match=r"of another kind; accepted: a file written by Interactions\.save"):
        Interactions.load(tmp_path / "pairs.npz")
    (tmp_path / "torn.npz").write_bytes((tmp_path / "pairs.npz").read_bytes()[:-100])
    with pytest.raises(ArgumentError, match=r"damaged .* accepted: a file written by PairwiseOrders\.save"):
        PairwiseOrders.load(tmp_path / "torn.npz")


def test_labelled_arrays(drawn):
    found, _ = drawn
    data = found.to_xarray()
    assert dict(data.sizes) == {"sample": 200, "context": 3, "pair": 66, "side": 2, "player": 12}
    np.testing.assert_array_equal(data["interaction"].sel(context=5), found.interactions[:, 1])
    np.testing.assert_array_equal(data["share"], found.shares)


def test_arrays_that_do_not_fit_are_refused(valley):
    with pytest.raises(ArgumentError, match=r"error: given shape \(6, 9, 3\); accepted: shape \(6, 9, 4\)"):
        replace(valley, error=valley.error[..., :3])
