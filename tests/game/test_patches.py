"""Patches: cells of a grid over an image as players."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harsanyi import ArgumentError, Patches


def images(samples=2, channels=1, height=8, width=8, seed=0):
    return torch.randn(samples, channels, height, width, generator=torch.Generator().manual_seed(seed))


def cell_of(pixel, cells, size):
    """Cell k of `cells` over `size` pixels holds the pixels with k <= pixel * cells / size < k + 1."""
    return next(k for k in range(cells) if k <= pixel * cells / size < k + 1)


def masked_by_definition(image, baseline, grid, cells, coalition, rest="keep"):
    shown = image.clone()
    height, width = image.shape[-2:]
    for row, column in product(range(height), range(width)):
        cell = (cell_of(row, grid[0], height), cell_of(column, grid[1], width))
        visible = coalition[cells.index(cell)] if cell in cells else rest == "keep"
        if not visible:
            shown[..., row, column] = baseline[..., row, column]
    return shown


def names_to_cells(names):
    return [tuple(map(int, name[1:].split("c"))) for name in names]


def random_coalitions(n, count=6, seed=0):
    return torch.rand(count, n, generator=torch.Generator().manual_seed(seed)) < 0.5


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(3, 9),
    width=st.integers(3, 9),
    rows=st.integers(1, 3),
    columns=st.integers(1, 3),
    channels=st.integers(1, 3),
    rest=st.sampled_from(["keep", "mask"]),
)
def test_masks_follow_the_definition_for_uneven_sizes_too(height, width, rows, columns, channels, rest):
    samples = images(2, channels, height, width)
    baseline = images(1, channels, height, width, seed=1)[0]
    cells = list(product(range(rows), range(columns)))[: max(1, rows * columns - 1)]  # one belongs to no player
    players = Patches((rows, columns), cells=cells, baseline=baseline, rest=rest)
    assert players.check(samples) == len(cells)
    coalitions = random_coalitions(len(cells))
    for sample, masking in zip(samples, players.maskings(samples), strict=True):
        masked = masking.apply(coalitions)
        for coalition, shown in zip(coalitions.tolist(), masked, strict=True):
            expected = masked_by_definition(sample, baseline, (rows, columns), cells, coalition, rest)
            assert torch.equal(shown, expected)


def test_every_pixel_belongs_to_one_cell_and_every_cell_has_pixels():
    regions = Patches((3, 5)).maskings(images(1, 1, 7, 11))[0].regions
    assert regions.unique().tolist() == list(range(15))


def test_cells_may_be_listed_in_any_order():
    masking = Patches(4, cells=[(3, 0), (1, 2)]).maskings(images())[0]
    assert masking.names == ("r3c0", "r1c2")
    assert masking.regions[6, 0] == 0
    assert masking.regions[2, 4] == 1


def test_the_grid_may_be_one_number_or_two():
    assert Patches(2).maskings(images())[0].names == Patches((2, 2)).maskings(images())[0].names


def test_margin_leaves_the_outer_cells_out():
    assert names_to_cells(Patches(4, margin=1).maskings(images())[0].names) == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_a_random_draw_is_reproducible_equal_for_all_samples_and_follows_the_seed():
    drawn = [m.names for m in Patches(8, n=10, margin=1, seed=3).maskings(images(5))]
    again = [m.names for m in Patches(8, n=10, margin=1, seed=3).maskings(images(2, seed=9))]
    other = Patches(8, n=10, margin=1, seed=4).maskings(images(1))[0].names
    assert set(drawn) == set(again)
    assert len(set(drawn)) == 1
    assert other != drawn[0]
    assert len(set(drawn[0])) == 10
    assert all(1 <= index <= 6 for cell in names_to_cells(drawn[0]) for index in cell)


def test_a_random_draw_leaves_the_global_generator_alone():
    state = torch.random.get_rng_state()
    Patches(8, n=10).maskings(images())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_foreground_takes_the_cells_that_differ_most_from_the_baseline():
    samples = torch.full((2, 1, 8, 8), 5.0)
    samples[0, 0, 0, 0], samples[0, 0, 7, 7], samples[0, 0, 4, 4] = 6.0, 9.0, 5.5
    samples[1, 0, 0, 7], samples[1, 0, 3, 3] = -10.0, 4.0
    maskings = Patches(4, cells="foreground", n=2, baseline=5.0).maskings(samples)
    assert [m.names for m in maskings] == [("r3c3", "r0c0"), ("r0c3", "r1c1")]


def test_foreground_sums_over_channels_and_keeps_within_the_margin():
    samples = torch.zeros(1, 2, 8, 8)
    samples[0, :, 2, 2], samples[0, 0, 4, 4], samples[0, :, 0, 0] = 1.0, 1.5, 99.0
    assert Patches(4, cells="foreground", n=2, margin=1).maskings(samples)[0].names == ("r1c1", "r2c2")


def test_foreground_of_images_without_a_channel_dimension():
    samples = torch.zeros(1, 8, 8)
    samples[0, 0, 0] = 1.0
    assert Patches(4, cells="foreground", n=1).maskings(samples)[0].names == ("r0c0",)


def test_images_without_a_channel_dimension():
    sample = torch.arange(16.0).view(1, 4, 4)
    masked = Patches(2).maskings(sample)[0].apply(torch.tensor([[True, False, False, False]]))
    assert masked.tolist() == [[[0, 1, 0, 0], [4, 5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]]


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [("zero", 0.0), (0.25, 0.25), ("mean", 2.0), ("median", 1.0), (torch.full((1, 8, 8), 7.0), 7.0)],
)
def test_constant_baselines(baseline, expected):
    background = torch.tensor([0.0, 1.0, 5.0]).view(3, 1, 1, 1).expand(3, 1, 8, 8)
    masking = Patches(2, baseline=baseline, background=background).maskings(images())[0]
    assert torch.equal(masking.baseline, torch.full((1, 8, 8), expected))


def test_blur_is_the_gaussian_mean_of_the_image_with_its_border_repeated():
    image, sigma = images(1, 2, 6, 7)[0].double(), 1.3
    blurred = Patches(2, baseline="blur", blur_sigma=sigma).maskings(image[None])[0].baseline
    radius = round(3 * sigma)
    offsets = range(-radius, radius + 1)
    for channel, row, column in [(0, 0, 0), (1, 3, 2), (1, 5, 6)]:
        total, weight = 0.0, 0.0
        for i, j in product(offsets, offsets):
            w = np.exp(-(i * i + j * j) / (2 * sigma**2))
            total += w * float(image[channel, min(max(row + i, 0), 5), min(max(column + j, 0), 6)])
            weight += w
        assert blurred[channel, row, column].item() == pytest.approx(total / weight, rel=1e-12)


def test_blur_differs_from_sample_to_sample_and_keeps_a_constant_image():
    samples = torch.cat((images(2), torch.full((1, 1, 8, 8), 3.0)))
    first, second, constant = (m.baseline for m in Patches(2, baseline="blur").maskings(samples))
    assert not torch.equal(first, second)
    assert torch.allclose(constant, samples[2])


def test_the_background_mean_is_taken_once_not_once_a_sample(monkeypatch):
    taken = []
    mean = torch.Tensor.mean
    monkeypatch.setattr(torch.Tensor, "mean", lambda self, *a, **k: taken.append(1) or mean(self, *a, **k))
    Patches(2, baseline="mean", background=images(20)).maskings(images(30))
    assert len(taken) <= 2


@pytest.mark.parametrize(
    ("make", "argument", "given", "accepted"),
    [
        (lambda: Patches(0), "grid", "0", ">= 1"),
        (lambda: Patches((2, 0)), "grid", "(2, 0)", ">= 1"),
        (lambda: Patches(2.5), "grid", "2.5", ">= 1"),
        (lambda: Patches((2, 2, 2)), "grid", "(2, 2, 2)", "rows"),
        (lambda: Patches((4, 9)), "grid", "(4, 9)", "at most (8, 8), the size of the image"),
        (lambda: Patches(4, cells="background"), "cells", "'background'", "foreground"),
        (lambda: Patches(4, cells=[(0, 4)]), "cells", "(0, 4)", "4 x 4 grid"),
        (lambda: Patches(4, cells=[(0, 0)], margin=1), "cells", "(0, 0)", "margin 1"),
        (lambda: Patches(4, cells=[(1, 1), (1, 1)]), "cells", "twice", "once"),
        (lambda: Patches(4, cells=[]), "cells", "no cell", "at least 1"),
        (lambda: Patches(4, cells=[3]), "cells", "3", "(row, column)"),
        (lambda: Patches(4, n=0), "n", "0", "1 to 16"),
        (lambda: Patches(4, n=17), "n", "17", "1 to 16"),
        (lambda: Patches(4, n=5, margin=1), "n", "5", "1 to 4"),
        (lambda: Patches(4, margin=-1), "margin", "-1", ">= 0"),
        (lambda: Patches(4, margin=2), "margin", "2", "less than half"),
        (lambda: Patches(4, cells="foreground"), "n", "None", "a number"),
        (lambda: Patches(2, baseline="black"), "baseline", "'black'", "blur"),
        (lambda: Patches(2, baseline="mean"), "background", "nothing", "samples to take the mean over"),
        (lambda: Patches(2, baseline=torch.zeros(4, 4)), "baseline", "shape (4, 4)", "(1, 8, 8)"),
        (lambda: Patches(2, baseline="mean", background=torch.zeros(3, 8, 8)), "background", "(3, 8, 8)", "1, 8, 8"),
        (lambda: Patches(2, blur_sigma=0), "blur_sigma", "0", "> 0"),
        (lambda: Patches(2, baseline="blur", blur_sigma=float("inf")), "blur_sigma", "inf", "> 0"),
        (lambda: Patches(2, rest="drop"), "rest", "'drop'", "keep"),
    ],
)
def test_bad_arguments_name_what_was_given_and_what_is_accepted(make, argument, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        make().check(images())
    assert caught.value.argument == argument
    assert str(caught.value).startswith(f"{argument}: given ")
    assert given in str(caught.value)
    assert accepted in str(caught.value)


def test_too_few_foreground_cells_name_the_sample():
    samples = images(2)
    samples[1] = 0.0
    samples[1, 0, 0, 0] = 1.0
    with pytest.raises(ArgumentError, match=r"n: given 3; accepted: at most 1, the foreground cells of sample 1"):
        Patches(4, cells="foreground", n=3).check(samples)


def test_samples_that_are_no_images_are_refused():
    with pytest.raises(ArgumentError, match=r"inputs: given shape \(2, 5\); accepted: images"):
        Patches(2).check(torch.zeros(2, 5))


def test_grid_and_cells_may_be_numpy():
    players = Patches(np.int64(4), cells=np.array([[0, 1], [2, 3]]))
    assert players.maskings(images())[0].names == ("r0c1", "r2c3")
    given = Patches(2, baseline=np.ones((1, 8, 8), np.float32))
    assert torch.equal(given.maskings(images())[0].baseline, torch.ones(1, 8, 8))
