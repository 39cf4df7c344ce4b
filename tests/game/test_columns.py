"""Columns: which input values a player owns and what an absent player shows."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from harsanyi import ArgumentError, Columns, LogOdds, NetworkError, Output, extract

ROW = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
NAMES = ["width", "height", "age", "price"]


def every_coalition(n):
    return [list(coalition) for coalition in product([False, True], repeat=n)]


def masked_by_definition(row, baseline, groups, coalition, rest="keep"):
    """Written from the definition: a column shows its value where its player is present, else the baseline."""
    shown = list(row)
    for column in range(len(row)):
        owners = [player for player, group in enumerate(groups) if column in group]
        visible = coalition[owners[0]] if owners else rest == "keep"
        shown[column] = row[column] if visible else baseline[column]
    return shown


def assert_masks(players, groups, baseline=(0.0, 0.0, 0.0, 0.0), rows=ROW, rest="keep"):
    for row, masking in zip(rows, players.maskings(rows), strict=True):
        coalitions = every_coalition(len(groups))
        expected = [masked_by_definition(row.tolist(), baseline, groups, c, rest) for c in coalitions]
        assert masking.apply(torch.tensor(coalitions)).tolist() == expected


@pytest.mark.parametrize(
    ("columns", "groups", "names"),
    [
        (None, [[0], [1], [2], [3]], ("width", "height", "age", "price")),
        ([2, 0], [[2], [0]], ("age", "width")),
        (["age", -1], [[2], [3]], ("age", "price")),
        ([["width", "height"], "age"], [[0, 1], [2]], ("width + height", "age")),
        ({"size": ["width", 1], "price": "price"}, [[0, 1], [3]], ("size", "price")),
        ((0, 1, 2, 3), [[0], [1], [2], [3]], ("width", "height", "age", "price")),
    ],
)
@pytest.mark.parametrize("rest", ["keep", "mask"])
def test_masks_and_names_follow_the_definition(columns, groups, names, rest):
    players = Columns(columns, names=NAMES, rest=rest)
    assert players.check(ROW) == len(groups)
    assert players.maskings(ROW)[0].names == names
    assert_masks(players, groups, rest=rest)


def test_columns_without_names_are_numbered():
    assert Columns([3, 1]).maskings(ROW)[0].names == ("3", "1")


owners = st.lists(st.integers(-1, 3), min_size=4, max_size=4).filter(lambda owner: max(owner) >= 0)


@settings(max_examples=40, deadline=None)
@given(owner=owners, seed=st.integers(0, 99))
def test_any_partition_into_groups_follows_the_definition(owner, seed):
    groups = [[c for c in range(4) if owner[c] == player] for player in sorted(set(owner) - {-1})]
    generator = torch.Generator().manual_seed(seed)
    rows, baseline = torch.randn(3, 4, generator=generator), torch.randn(4, generator=generator)
    for rest in ("keep", "mask"):
        assert_masks(Columns(groups, baseline=baseline, rest=rest), groups, baseline.tolist(), rows, rest)


BACKGROUND = torch.tensor([[0.0, 5.0, 1.0, 7.0], [2.0, 6.0, 1.0, -7.0], [7.0, 7.0, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ("zero", [0, 0, 0, 0]),
        ("mean", [3, 6, 1, 0]),
        ("median", [2, 6, 1, 0]),
        (-1.5, [-1.5, -1.5, -1.5, -1.5]),
        (2, [2, 2, 2, 2]),
        (torch.tensor([9.0, 8.0, 7.0, 6.0]), [9, 8, 7, 6]),
    ],
)
def test_baselines(baseline, expected):
    assert_masks(Columns(baseline=baseline, background=BACKGROUND), [[0], [1], [2], [3]], expected)


def test_median_of_an_even_number_of_rows_lies_between_the_middle_two():
    players = Columns(baseline="median", background=torch.tensor([[1.0], [4.0], [2.0], [100.0]]))
    assert players.maskings(ROW[:, :1])[0].baseline.tolist() == [3.0]


def test_statistics_of_a_half_precision_background_are_taken_in_double():
    players = Columns(baseline="mean", background=torch.full((3000, 1), 60.0).half())  # their sum overflows a half
    assert players.maskings(ROW[:, :1])[0].baseline.item() == 60.0


def test_background_and_baseline_may_be_arrays_or_frames():
    expected = Columns(baseline="mean", background=BACKGROUND).maskings(ROW)[0].baseline
    for background in (BACKGROUND.numpy(), pd.DataFrame(BACKGROUND.numpy(), columns=NAMES)):
        assert torch.equal(Columns(baseline="mean", background=background).maskings(ROW)[0].baseline, expected)
    assert Columns(baseline=BACKGROUND[0].numpy()).maskings(ROW)[0].baseline.tolist() == BACKGROUND[0].tolist()


def test_columns_may_be_numpy_integers():
    assert_masks(Columns(np.array([3, 1])), [[3], [1]])
    assert_masks(Columns([[np.int64(0), 1], np.int64(2)]), [[0, 1], [2]])


def test_a_data_frame_names_the_players():
    frame = pd.DataFrame([[1.0, 2.0, 3.0, 4.0]], columns=NAMES)
    players = Columns(["age", "width"])
    result = extract(lambda x: x.sum(1), frame, players=players, score=Output(), noise=0, progress=False)
    assert result.names == (("age", "width"),)
    assert result[0]["age"].and_ == pytest.approx(3.0)


def test_names_given_win_over_those_of_the_data_frame():
    frame = pd.DataFrame([[1.0, 2.0]], columns=["a", "b"])
    result = extract(lambda x: x.sum(1), frame, players=Columns(names=["x", "y"]), score=Output(), progress=False)
    assert result.names == (("x", "y"),)


def test_a_row_equal_to_its_baseline_has_no_acting_player():
    maskings = Columns().maskings(torch.tensor([[0.0, 0.0], [0.0, 2.0]]))
    assert [[int(player) for player in masking.acting()] for masking in maskings] == [[], [1]]


@pytest.mark.parametrize(
    ("make", "argument", "given", "accepted"),
    [
        (lambda: Columns([4]), "columns", "4", "0 to 3"),
        (lambda: Columns([-5]), "columns", "-5", "0 to 3"),
        (lambda: Columns(["weight"], names=NAMES), "columns", "'weight'", "width, height, age, price"),
        (lambda: Columns("age", names=NAMES), "columns", "age", "sequence"),
        (lambda: Columns([1.5]), "columns", "1.5", "index or a name"),
        (lambda: Columns([0, [1, 0]]), "columns", "column '0'", "one player at most"),
        (lambda: Columns([[1, 1]]), "columns", "column '1'", "one player at most"),
        (lambda: Columns([0, []]), "columns", "empty group at 1", "at least one column"),
        (lambda: Columns({"none": []}), "columns", "empty group at none", "at least one column"),
        (lambda: Columns([]), "columns", "0 players from 4 columns", "at least 1 player"),
        (lambda: Columns({"a": 0, "b": [1, 0]}), "columns", "'a' and 'b'", "one player at most"),
        (lambda: Columns(names=["a", "b"]), "names", "2 names", "4, one for each column"),
        (lambda: Columns(names=["a", "b", "c", "a"]), "names", "a name twice", "distinct"),
        (lambda: Columns(baseline="blur"), "baseline", "'blur'", "zero"),
        (lambda: Columns(baseline="mean"), "background", "nothing", "samples to take the mean over"),
        (lambda: Columns(baseline=torch.zeros(3)), "baseline", "shape (3,)", "shape (4)"),
        (lambda: Columns(baseline=float("nan")), "baseline", "nan", "finite"),
        (
            lambda: Columns(baseline="median", background=torch.zeros(2, 3)),
            "background",
            "shape (2, 3)",
            "(samples, 4)",
        ),
        (lambda: Columns(rest="drop"), "rest", "'drop'", "keep"),
    ],
)
def test_bad_arguments_name_what_was_given_and_what_is_accepted(make, argument, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        make().check(ROW)
    assert caught.value.argument == argument
    message = str(caught.value)
    assert message.startswith(f"{argument}: given ")
    assert given in message
    assert accepted in message


def test_a_sample_that_is_no_table_is_refused():
    with pytest.raises(ArgumentError, match=r"inputs: given shape \(2, 3, 3\); accepted: a table"):
        Columns().check(torch.zeros(2, 3, 3))


# Rows of the background ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["keep", "mask"])
def test_samples_as_baseline_average_the_scores_over_the_drawn_rows(rest):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3)).double()
    inputs, background = torch.rand(3, 5).double(), torch.rand(40, 5).double()
    labels = torch.tensor([0, 2, 1])
    players = Columns([0, [1, 3], 4], baseline="samples", background=background, draws=7, seed=5, rest=rest)
    result = extract(network, inputs, labels, players=players, progress=False)
    drawn = background[torch.randperm(40, generator=torch.Generator().manual_seed(5))[:7]]
    groups = [[0], [1, 3], [4]]
    for sample in range(3):
        for coalition in range(8):
            total = 0.0
            for row in drawn:
                masked = inputs[sample].clone()
                if rest == "mask":
                    masked[2] = row[2]
                for player, group in enumerate(groups):
                    if not coalition >> player & 1:
                        masked[group] = row[group]
                total += float(LogOdds()(network(masked[None]).detach(), labels[sample : sample + 1]))
            assert result.scores[sample, coalition] == pytest.approx(total / 7, rel=1e-9)


def test_samples_as_baseline_of_an_additive_network_are_the_mean_baseline():
    network, inputs, background = nn.Linear(4, 1), torch.rand(3, 4), torch.rand(20, 4)
    options = {"score": Output(), "progress": False, "noise": 0}
    drawn = extract(network, inputs, players=Columns(baseline="samples", background=background, draws=20), **options)
    mean = extract(network, inputs, players=Columns(baseline="mean", background=background), **options)
    assert drawn.scores == pytest.approx(mean.scores, abs=1e-5)
    assert drawn.and_[:, [1, 2, 4, 8]] == pytest.approx(mean.and_[:, [1, 2, 4, 8]], abs=1e-4)


def test_blocks_and_progress_count_every_draw(blocks_of):
    blocks_of(16)
    told = []
    players = Columns(baseline="samples", background=torch.rand(9, 3), draws=4)
    extract(nn.Linear(3, 2), torch.rand(5, 3), players=players, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (5 * 4 * 8, 5 * 4 * 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 4}, "background: given nothing; accepted: samples to draw from"),
        ({"draws": 4, "background": torch.rand(3, 3)}, "draws: given 4; accepted: at most 3, the rows"),
        ({"draws": 0, "background": torch.rand(3, 3)}, "draws: given 0; accepted: a number of rows >= 1"),
        ({"background": torch.rand(20, 2)}, r"background: given shape \(20, 2\); accepted: \(samples, 3\)"),
    ],
)
def test_bad_draws_are_named(options, message):
    with pytest.raises(ArgumentError, match=message):
        extract(nn.Linear(3, 2), torch.rand(5, 3), players=Columns(baseline="samples", **options), progress=False)


def test_one_hot_columns_are_one_player_and_the_scaling_stays():
    """A planted network over one-hot groups: x_colour=red and size > 0."""
    table = pd.DataFrame({"size": [2.0, 1.0], "colour_red": [1.0, 0.0], "colour_blue": [0.0, 1.0], "age": [30.0, 40.0]})

    def network(rows):
        red, blue, size, age = rows[:, 1], rows[:, 2], rows[:, 0], rows[:, 3]
        return 3 * (red > 0).double() * (size > 0).double() + ((blue > 0) | (age > 0)).double()

    groups = {"colour": ["colour_red", "colour_blue"], "size": "size", "age": "age"}
    result = extract(network, table, players=Columns(groups), score=Output(), noise=0, max_gap=1e-6, progress=False)
    assert result.names[0] == ("colour", "size", "age")
    assert result[0]["colour", "size"].and_ == pytest.approx(3, abs=1e-4)
    assert result[0]["age"].and_ == pytest.approx(1, abs=1e-4)
    assert result[1]["colour", "age"].or_ == pytest.approx(1, abs=1e-4)
    assert result.inputs.tolist() == table.to_numpy().tolist()


def test_a_background_with_names_is_taken_by_them():
    table = pd.DataFrame({"age": [1.0, 2.0], "size": [10.0, 20.0], "smoker": [True, False]})
    background = pd.DataFrame({"smoker": [False, True], "size": [100.0, 300.0], "age": [5.0, 7.0]})
    for baseline in ("mean", "median", "samples"):
        players = Columns(baseline=baseline, background=background, draws=2)
        result = extract(lambda x: x @ torch.tensor([1.0, 10.0, 100.0]).double(), table, players=players, noise=0,
                         score=Output(), progress=False)  # fmt: skip
        assert result.scores[:, 0] == pytest.approx(6 + 2000 + 50)
        assert result.scores[:, -1] == pytest.approx([1 + 100 + 100, 2 + 200])
    with pytest.raises(ArgumentError, match=r"background: given the columns smoker, size; .*missing: age"):
        extract(nn.Linear(3, 2), table, players=Columns(baseline="mean", background=background[["smoker", "size"]]))


def test_a_baseline_with_names_is_taken_by_them_and_own_names_do_not_matter():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0], "c": [7.0, 11.0]})
    network, options = nn.Linear(3, 2), {"progress": False, "noise": 0}
    expected = extract(network, table, 0, players=Columns(baseline="mean", background=table), **options).scores
    mean, own = table.mean(), ["first", "second", "third"]
    for players in (
        Columns(baseline=mean),
        Columns(baseline=mean[["c", "a", "b"]]),
        Columns(baseline=mean[["b", "c", "a"]].to_frame().T),
        Columns(names=own, baseline="mean", background=table[["b", "a", "c"]]),
    ):
        assert extract(network, table, 0, players=players, **options).scores == pytest.approx(expected)
    truth = pd.get_dummies(pd.Series(list("rgb")))  # truth values alone
    assert extract(network, truth, 0, players=Columns(), **options).scores.shape == (3, 8)
    with pytest.raises(NetworkError, match=r"The samples are torch.int64; give them as floating values"):
        extract(network, table.astype(int), 0, players=Columns(), **options)


def test_ids_at_zero_warn_where_a_layer_of_embeddings_takes_them():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(9, 2))
    ids, how = torch.tensor([[3, 1, 4], [2, 2, 1]]), {"progress": False, "noise": 0}
    with pytest.warns(UserWarning, match=r"show 0, .* the unknown token as baseline .*; baseline=0 if 0 is meant"):
        default = extract(network, ids, players=Columns(), **how)
    meant = extract(network, ids, players=Columns(baseline=0), **how)  # and no warning
    np.testing.assert_array_equal(default.scores, meant.scores)
    extract(lambda x: x.float(), ids, players=Columns(), score=Output(0), **how)  # numbers, for all that is known


@pytest.mark.parametrize("values", [torch.rand(9, 3), np.ones((9, 3)), pd.DataFrame(np.ones((9, 3)))])
def test_players_show_the_shape_of_values_alone(values):
    told = repr(Columns({"size": [0, 1]}, baseline="mean", background=values))
    assert told == (
        f"Columns(columns={{'size': [0, 1]}}, names=None, baseline='mean', "
        f"background=<{type(values).__name__} (9, 3)>, rest='keep', draws=16, seed=0)"
    )
