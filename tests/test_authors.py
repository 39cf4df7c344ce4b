"""The arrays of the papers' authors' code: whatever the order of their rows, the same interactions."""

from itertools import combinations

import numpy as np
import pytest
import torch

from harsanyi import ArgumentError, Interactions, extract_game
from harsanyi.authors import from_authors
from harsanyi.core.transforms import and_interactions

N = 4


def most_significant_first(n):
    return np.array([[bool(int(digit)) for digit in format(row, f"0{n}b")] for row in range(2**n)])


def least_significant_first(n):
    return most_significant_first(n)[:, ::-1]


def by_order(n):
    rows = [chosen for order in range(n + 1) for chosen in combinations(range(n), order)]
    return np.array([[player in chosen for player in range(n)] for chosen in rows])


ORDERS = [most_significant_first, least_significant_first, by_order]


def game(n=N, seed=0):
    values = np.random.default_rng(seed).normal(size=2**n)
    return lambda coalitions: values[coalitions @ (1 << np.arange(n))]


def extracted(n=N, seed=0, noise=0.05):
    return extract_game(game(n, seed), n, noise=noise, progress=False)


def saved(folder, result, rows, dtype=np.float64, **changes):
    """Files of the one sample, or of all, in the order of these rows, masks of coalitions."""
    folder.mkdir(parents=True, exist_ok=True)
    index = [sum(1 << player for player in np.flatnonzero(row)) for row in rows]
    one = (lambda array: array[0]) if len(result) == 1 else (lambda array: array)
    arrays = {
        "Iand": one(result.and_)[..., index].astype(dtype),
        "Ior": one(result.or_)[..., index].astype(dtype),
        "rewards": one(result.scores)[..., index].astype(dtype),
        "masks": rows,
    }
    for name, array in {**arrays, **changes}.items():
        np.save(folder / f"{name}.npy", array)
    return folder


def several(samples=3, n=N):
    parts = [extracted(n, seed) for seed in range(samples)]
    arrays = [name for name, value in vars(parts[0]).items() if isinstance(value, np.ndarray)]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays}
    return Interactions(**joined, names=tuple(part.names[0] for part in parts))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", [np.bool_, np.float32, np.int64])
def test_an_extraction_comes_back_in_any_order_of_the_rows(tmp_path, order, dtype):
    result = extracted()
    back = from_authors(saved(tmp_path, result, order(N).astype(dtype)), certify=False)
    assert np.array_equal(back.scores, result.scores)
    assert np.array_equal(back.and_, result.and_)
    assert np.array_equal(back.or_, result.or_)
    assert back.objective == pytest.approx(result.objective, rel=1e-12)
    assert 0 < back.noise_bound[0] <= result.noise_bound[0] * (1 + 1e-9)
    assert back.names == result.names
    assert back.labels.tolist() == [-1]


def test_any_other_order_and_float32(tmp_path):
    result, shuffled = extracted(), by_order(N)[np.random.default_rng(1).permutation(2**N)]
    back = from_authors(saved(tmp_path, result, shuffled, np.float32))
    assert back.and_ == pytest.approx(result.and_, abs=1e-6)
    assert back.predict() == pytest.approx(result.predict(), abs=1e-5)


def test_predictions_are_those_of_the_definition(tmp_path):
    """Raw arrays, nothing folded: the sum of what fires, the effects of the empty set always."""
    rng, masks = np.random.default_rng(0), by_order(N)
    and_, or_ = rng.normal(size=(2, 2**N))
    rewards = np.array([
        sum(and_[row] for row, s in enumerate(masks) if not (s & ~t).any())
        + sum(or_[row] for row, s in enumerate(masks) if (s & t).any() or not s.any())
        for t in masks
    ])  # fmt: skip
    np.save(tmp_path / "masks.npy", masks)
    for name, array in (("Iand", and_), ("Ior", or_), ("rewards", rewards)):
        np.save(tmp_path / f"{name}.npy", array)
    result = from_authors(tmp_path)
    assert result.predict(masks)[0] == pytest.approx(rewards, abs=1e-12)
    assert result.noise_bound[0] < 1e-12
    assert result.and_[0, 0] == pytest.approx(and_[0] + or_[0])
    assert result.and_[0, [1, 2, 4, 8]] == pytest.approx(and_[1:5] + or_[1:5])
    assert not result.or_[0, [0, 1, 2, 4, 8]].any()
    assert result[0][1, 3].or_ == or_[masks.tolist().index([False, True, False, True])]


def test_the_certificate_knows_the_sparsest_split(tmp_path):
    result = extracted(noise=0.05)
    back = from_authors(saved(tmp_path / "ours", result, by_order(N)))
    assert back.gap[0] <= 0.02  # the noise used may be a little less than the noise allowed
    assert 0 < back.lower_bound[0] <= back.objective[0]
    # All of the game as AND effects matches as well, and is far from the sparsest.
    pure = extracted(noise=0)
    and_ = and_interactions(torch.from_numpy(pure.scores)).numpy()[0]
    masks = least_significant_first(N)
    worse = from_authors(saved(tmp_path / "pure", pure, masks, Iand=and_, Ior=np.zeros(2**N)))
    assert worse.noise_bound[0] < 1e-9
    assert not worse.converged[0]
    assert worse.lower_bound[0] == pytest.approx(pure.objective[0], rel=0.011)
    assert worse.objective[0] == pytest.approx(np.abs(and_[1:]).sum())
    assert worse.gap[0] == pytest.approx(1 - worse.lower_bound[0] / worse.objective[0])


@pytest.mark.parametrize("max_gap", [0.9, 0.3, 0.001])
def test_the_lower_bound_is_below_the_sparsest_split_however_loose(tmp_path, max_gap):
    pure = extract_game(game(6), 6, noise=0, max_gap=1e-4, progress=False)
    and_ = and_interactions(torch.from_numpy(pure.scores)).numpy()[0]
    rows = least_significant_first(6)
    back = from_authors(saved(tmp_path, pure, rows, Iand=and_, Ior=np.zeros(2**6)), max_gap=max_gap)
    assert 0 < back.lower_bound[0] <= pure.objective[0] * (1 + 1e-9)
    assert back.lower_bound[0] >= pure.objective[0] * (1 - max_gap)


# Folders --------------------------------------------------------------------------------------------------------------


def test_samples_as_rows_as_folders_and_as_a_folder_of_folders(tmp_path):
    result = several(12)
    rows = from_authors(saved(tmp_path / "rows", result, by_order(N)), certify=False)
    folders = [
        saved(tmp_path / "all" / f"sample {i}", result[i : i + 1], ORDERS[i % 3](N))  # each in an order of its own
        for i in range(12)
    ]
    (tmp_path / "all" / "pictures").mkdir()
    listed = from_authors(folders, certify=False)
    within = from_authors(str(tmp_path / "all"), certify=False)
    for back in (rows, listed, within):
        assert np.array_equal(back.scores, result.scores)
        assert np.array_equal(back.and_, result.and_)
        assert np.array_equal(back.or_, result.or_)
    assert within.provenance["folders"] == [str(folder) for folder in folders]  # sample 10 after sample 9


def test_names_labels_and_where_it_came_from(tmp_path):
    folder, names = saved(tmp_path, several(2), by_order(N)), ["a", "b", "c", "d"]
    shared = from_authors(folder, names=names, labels=[3, 1], certify=False)
    assert shared.names == (tuple(names), tuple(names))
    assert shared.labels.tolist() == [3, 1]
    own = from_authors(folder, names=[names, names[::-1]], labels=7, certify=False)
    assert own.names == (("a", "b", "c", "d"), ("d", "c", "b", "a"))
    assert own.labels.tolist() == [7, 7]
    assert own.provenance["folders"] == [str(tmp_path)]
    assert own.provenance["certify"] is False


def test_the_result_saves_and_loads(tmp_path):
    result = from_authors(saved(tmp_path / "arrays", several(2), by_order(N)))
    loaded = Interactions.load(result.save(tmp_path / "result"))
    assert np.array_equal(loaded.and_, result.and_)
    assert loaded.provenance == result.provenance


def test_without_a_certificate_nothing_is_claimed(tmp_path):
    back = from_authors(saved(tmp_path, extracted(), by_order(N)), certify=False)
    assert (back.lower_bound.tolist(), back.gap.tolist(), back.converged.tolist()) == ([0.0], [1.0], [False])
    assert back.iterations.tolist() == [0]


def test_a_constant_game_needs_nothing(tmp_path):
    zeros, masks = np.zeros(4), by_order(2)
    constant = {"Iand": zeros, "Ior": np.array([3.0, 0, 0, 0]), "rewards": zeros + 3}
    for name, array in {**constant, "masks": masks}.items():
        np.save(tmp_path / f"{name}.npy", array)
    back = from_authors(tmp_path)
    assert (back.objective[0], back.gap[0], bool(back.converged[0])) == (0.0, 0.0, True)
    assert back.and_[0].tolist() == [3.0, 0.0, 0.0, 0.0]


# What does not match --------------------------------------------------------------------------------------------------


def test_rewards_without_v_of_the_empty_set_are_told(tmp_path):
    result, masks = several(3), by_order(N)
    rewards = result.scores.copy()
    rewards[1] -= 5.0
    folder = saved(tmp_path, several(3), masks, rewards=rewards[:, masks @ (1 << np.arange(N))])
    with pytest.warns(UserWarning, match=r"do not match in 1 of 3 samples: 1\. They differ by up to 5.*v\(empty\)"):
        back = from_authors(folder, certify=False)
    assert back.noise_bound[1] == pytest.approx(5.0, abs=0.3)
    assert np.array_equal(back.scores, rewards)  # nothing is mended


def test_the_noise_that_the_papers_allow_is_not_warned_of(tmp_path):
    result = extracted(noise=0.04)
    assert from_authors(saved(tmp_path, result, by_order(N)), certify=False).noise_bound[0] > 0


ZEROS = np.zeros(2**N)


@pytest.mark.parametrize(
    ("changes", "given", "accepted"),
    [
        ({"Iand": ZEROS[:8]}, r"Iand\.npy of shape \(1, 8\)", r"\(16,\) or \(samples, 16\)"),
        ({"Ior": np.zeros((2, 16))}, r"Ior\.npy of shape \(2, 16\)", "as masks"),
        ({"rewards": np.zeros((1, 1, 16))}, r"rewards\.npy of shape \(1, 1, 16\)", "as masks"),
        ({"rewards": np.full(16, np.nan)}, r"rewards\.npy with values that are not finite", "finite"),
        ({"Iand": ZEROS + np.inf}, r"Iand\.npy with values that are not finite", "finite"),
        ({"Iand": np.array(["a"] * 16)}, r"Iand\.npy \(dtype <U1\)", "plain array of numbers"),
        ({"Iand": ZEROS.astype(complex)}, r"Iand\.npy \(dtype complex128\)", "plain array of numbers"),
        ({"Iand": np.array([{}], dtype=object)}, r"Iand\.npy \(Object arrays", "plain array of numbers"),
        ({"masks": by_order(N)[:-1]}, r"15 rows, 15 of them distinct", "each of the 16 coalitions of 4 players once"),
        ({"masks": by_order(N)[[0, 0, *range(2, 16)]]}, "16 rows, 15 of them distinct", "once"),
        ({"masks": by_order(N) * 2}, r"masks\.npy of shape \(16, 4\) with other values than 0 and 1", "booleans"),
        ({"masks": by_order(N).astype(float) - 0.5}, "other values than 0 and 1", "booleans"),
        ({"masks": by_order(N).ravel()}, r"masks\.npy of shape \(64,\)", r"booleans, \(2\*\*n, n\)"),
        ({"masks": np.zeros((16, 31))}, "31", "1 to 30 players"),
    ],
)
def test_arrays_that_cannot_be_used_say_which(tmp_path, changes, given, accepted):
    folder = saved(tmp_path, extracted(), by_order(N), **changes)
    with pytest.raises(ArgumentError, match=rf"^folder: given .*{given}.*; accepted: .*{accepted}"):
        from_authors(folder)


def test_a_missing_file_is_named_and_so_are_all_four(tmp_path):
    folder = saved(tmp_path / "one", extracted(), by_order(N))
    (folder / "masks.npy").unlink()
    message = r"one without masks\.npy; accepted: one with Iand\.npy, Ior\.npy, rewards\.npy, masks\.npy"
    for given in (folder, [folder], tmp_path):
        with pytest.raises(ArgumentError, match=message):
            from_authors(given)
    with pytest.raises(ArgumentError, match=r"without Iand\.npy, Ior\.npy, rewards\.npy, masks\.npy"):
        from_authors([tmp_path])
    with pytest.raises(ArgumentError, match="nowhere, which is no folder"):
        from_authors(tmp_path / "nowhere")
    with pytest.raises(ArgumentError, match="an empty sequence"):
        from_authors([])


def test_a_torn_file_is_named(tmp_path):
    folder = saved(tmp_path, extracted(), by_order(N))
    whole = (folder / "Ior.npy").read_bytes()
    for part in (b"", whole[:40], whole[:-9]):
        (folder / "Ior.npy").write_bytes(part)
        with pytest.raises(ArgumentError, match=r"Ior\.npy \(.*; accepted: a plain array"):
            from_authors(folder)


def test_folders_with_different_players(tmp_path):
    folders = [saved(tmp_path / f"{n}", extracted(n), by_order(n)) for n in (3, 4)]
    with pytest.raises(ArgumentError, match="different numbers of players: 3 in 3, 4 in 4"):
        from_authors(folders)


@pytest.mark.parametrize(
    ("arguments", "argument", "accepted"),
    [
        ({"names": ["a", "b"]}, "names", "4 names, or 4 for each of 1 samples"),
        ({"names": "abcd"}, "names", "4 names"),
        ({"names": [["a", "b", "c", "d"]] * 2}, "names", "4 for each of 1"),
        ({"labels": [1, 2]}, "labels", r"one for all or \(1,\)"),
        ({"labels": 1.5}, "labels", "integers"),
        ({"max_gap": 0}, "max_gap", r"\(0, 1\]"),
        ({"max_iterations": 0}, "max_iterations", ">= 1"),
    ],
)
def test_bad_arguments(tmp_path, arguments, argument, accepted):
    with pytest.raises(ArgumentError, match=rf"^{argument}: given .*; accepted: .*{accepted}"):
        from_authors(saved(tmp_path, extracted(), by_order(N)), **arguments)
