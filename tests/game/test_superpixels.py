"""Superpixels: SLIC finds what is drawn, and the masks are those of the maps it returns."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import ArgumentError, LogOdds, Output, Regions, extract
from harsanyi.core.coalitions import coalition_masks
from harsanyi.game.players.superpixels import Superpixels, segmented

SIDE = 24


def drawn_blocks():
    """Nine uneven blocks, (height, width), numbered row by row."""
    edges = torch.tensor([0] * 7 + [1] * 10 + [2] * 7)
    return 3 * edges[:, None] + edges


BLOCKS = drawn_blocks()
COLOURS = torch.tensor([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0.1, 0.1, 0.9], [0.9, 0.9, 0.1], [0.5, 0.5, 0.5],
                        [0.1, 0.9, 0.9], [0.95, 0.95, 0.95], [0.05, 0.05, 0.05], [0.9, 0.1, 0.9]])  # fmt: skip
GREY = torch.tensor([0.0, 0.8, 0.2, 1.0, 0.4, 0.9, 0.1, 0.6, 0.3])


def images(channels=3, samples=2):
    """Images of the blocks in flat colours, other ones in every sample."""
    drawn = []
    for sample in range(samples):
        colours = COLOURS.roll(2 * sample, 0)
        if channels != 3:
            grey = GREY if sample == 0 else 1 - GREY
            colours = grey[:, None].repeat(1, channels) * torch.linspace(1, 0.5, channels)
        drawn.append(colours[BLOCKS].movedim(-1, 0))
    return torch.stack(drawn)


def smooth(samples, side=SIDE):
    """Images without edges, whose segments differ from sample to sample."""
    coarse = torch.rand(samples, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    return nn.functional.interpolate(coarse, (side, side), mode="bilinear")


def same_partition(first, second):
    pairs = torch.stack((first.flatten(), second.flatten())).unique(dim=1).shape[1]
    return pairs == len(first.unique()) == len(second.unique())


def network():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1), nn.Tanh(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(180, 4)
    ).eval()


# Segments -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
@pytest.mark.parametrize(
    "turned",
    [
        lambda image: image,
        lambda image: image.double() * 7 - 3,
        lambda image: image.half(),
        lambda image: (image * 255).round().to(torch.uint8),
        lambda image: (image * 1000).round().to(torch.int64),
    ],
)
def test_flat_blocks_are_the_segments(channels, turned):
    for image in images(channels):
        assert same_partition(segmented(turned(image), 9, 1.0), BLOCKS)


def test_grey_images_without_a_channel_dimension():
    grey = images(1)
    assert torch.equal(segmented(grey[0, 0], 9, 1.0), segmented(grey[0], 9, 1.0))
    without, with_ = (Superpixels(9, n=4, compactness=1.0).maskings(inputs) for inputs in (grey[:, 0], grey))
    coalitions = coalition_masks(4)
    assert torch.equal(without[1].apply(coalitions), with_[1].apply(coalitions)[:, 0])


def test_compactness_means_the_same_for_grey_and_for_colours():
    """A step of lightness L of 100 and the same step of a grey value, against the same distances."""
    from skimage.color import lab2rgb

    generator = np.random.default_rng(0)
    lightness = 100 * generator.random((16, 16))
    lightness[0, :2] = 0, 100
    colour = lab2rgb(np.stack((lightness, np.zeros((16, 16)), np.zeros((16, 16))), -1))
    colour[0, :2] = [[0, 0, 0], [1, 1, 1]]
    maps = [segmented(torch.from_numpy(image), 8, 20.0) for image in (lightness, np.moveaxis(colour, -1, 0))]
    assert same_partition(*maps)


def test_less_compactness_follows_colours_and_more_makes_squares():
    image = (torch.arange(SIDE) < 9).float().expand(1, SIDE, SIDE)  # an edge where no square has one
    follows, squares = segmented(image, 4, 0.1), segmented(image, 4, 1e6)
    assert len(follows.unique()) > 1
    assert all(len(image[0][follows == segment].unique()) == 1 for segment in follows.unique())
    assert len(squares.unique()) == 4
    for segment in squares.unique():
        rows, columns = (squares == segment).nonzero().T
        height, width = int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1
        assert len(rows) == height * width  # nothing missing
        assert max(height, width) < 1.3 * min(height, width)


def test_the_same_every_time_and_whatever_the_other_samples():
    inputs, players = smooth(3), Superpixels(20, n=5)
    together = players.maskings(inputs)
    for sample in range(3):
        alone = players.maskings(inputs[sample : sample + 1], sample)[0]
        assert torch.equal(alone.regions, together[sample].regions)


# Players --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_players_are_drawn_with_the_seed(seed):
    maps = [masking.regions[0] for masking in Superpixels(9, n=4, seed=seed, compactness=1.0).maskings(images())]
    order = torch.randperm(9, generator=torch.Generator().manual_seed(seed))[:4].sort().values
    for regions in maps:
        expected = torch.full((SIDE, SIDE), -1)
        for player, block in enumerate(order.tolist()):  # SLIC numbers these segments row by row, as the blocks are
            expected[block == BLOCKS] = player
        assert torch.equal(regions, expected)


def test_the_largest_segments():
    masking = Superpixels(9, n=3, choose="largest", compactness=1.0).maskings(images())[0]
    sizes = [int((masking.regions == player).sum()) for player in range(3)]
    assert sizes == [70, 70, 100]  # the middle, and of the four of 70 pixels the first two, in their order
    assert masking.regions[0, 0, 10] == 0
    assert masking.regions[0, 12, 3] == 1
    assert masking.regions[0, 12, 12] == 2


def test_all_segments():
    masking = Superpixels(9, n=None, compactness=1.0).maskings(images())[0]
    assert torch.equal(masking.regions[0], BLOCKS)
    assert masking.names == tuple(f"superpixel {i}" for i in range(9))


@pytest.mark.parametrize("rest", ["keep", "mask"])
@pytest.mark.parametrize("baseline", ["zero", "mean", 0.25])
@pytest.mark.parametrize("batch_size", [3, 4096])
def test_scores_follow_the_definition(rest, baseline, batch_size):
    inputs, background, net = images(), torch.rand(5, 3, SIDE, SIDE), network()
    players = Superpixels(9, n=4, compactness=1.0, rest=rest, baseline=baseline, background=background)
    result = extract(net, inputs, [0, 2], players=players, batch_size=batch_size, progress=False, max_gap=1)
    fill = {"zero": torch.zeros(3, SIDE, SIDE), "mean": background.mean(0), 0.25: torch.full((3, SIDE, SIDE), 0.25)}
    blocks = torch.randperm(9, generator=torch.Generator().manual_seed(0))[:4].sort().values.tolist()
    for sample, label in enumerate((0, 2)):
        for index, coalition in enumerate(coalition_masks(4).tolist()):
            shown = inputs[sample].clone()
            absent = [block for block, here in zip(blocks, coalition, strict=True) if not here]
            absent += [block for block in range(9) if block not in blocks] if rest == "mask" else []
            for block in absent:
                shown[:, block == BLOCKS] = fill[baseline][:, block == BLOCKS]
            with torch.no_grad():
                expected = LogOdds()(net(shown[None]), torch.tensor([label])).item()
            assert result.scores[sample, index] == pytest.approx(expected, abs=1e-5)


def test_a_planted_function_comes_back():
    inputs = images(samples=1)

    def planted(x):  # colours of block 0 and block 5 both there, and of 2 or 7
        here = [(x[:, :, block == BLOCKS] == inputs[0][:, block == BLOCKS]).all(2).all(1) for block in range(9)]
        return 2.0 * (here[0] & here[5]) - 1.0 * (here[2] | here[7])

    players = Superpixels(9, n=None, compactness=1.0, baseline=0.33)
    effects = extract(planted, inputs, players=players, score=Output(), noise=0, progress=False)[0]
    assert effects["superpixel 0", "superpixel 5"].and_ == pytest.approx(2.0, abs=1e-6)
    assert effects["superpixel 2", "superpixel 7"].or_ == pytest.approx(-1.0, abs=1e-6)


def test_blocks_of_samples_have_their_own_maps(blocks_of):
    inputs, players, net = smooth(5), Superpixels(12, n=3), network()
    whole = extract(net, inputs, 0, players=players, progress=False, max_gap=1)
    blocks_of(16)  # two samples of n = 3 a block
    parts = extract(net, inputs, 0, players=players, progress=False, max_gap=1)
    assert parts.scores == pytest.approx(whole.scores, abs=1e-6)
    assert np.array_equal(parts.regions, whole.regions)
    assert len(np.unique(whole.regions, axis=0)) == 5


@pytest.mark.parametrize("rest", ["keep", "mask"])
def test_at_a_layer_the_map_is_shrunk_to_the_feature_map(rest):
    inputs, net = smooth(3), network()
    result = extract(net, inputs, 1, players=Superpixels(9, n=4, at="2", rest=rest), progress=False, max_gap=1)
    drawn = torch.stack([masking.regions for masking in Superpixels(9, n=4).maskings(inputs)])
    centres = 4 * torch.arange(6) + 2
    small = drawn[:, :, centres][:, :, :, centres]  # (samples, 1, 6, 6), as the feature map after pooling
    assert np.array_equal(result.regions, small)
    with torch.no_grad():
        features = net[:3](inputs)
        if rest == "mask":
            features = torch.where(small < 0, 0.0, features)
        expected = extract(net[3:], features, 1, players=Regions(small), progress=False, max_gap=1)
    assert result.scores == pytest.approx(expected.scores, abs=1e-5)


def test_a_feature_map_without_a_place_for_every_superpixel():
    net = nn.Sequential(nn.AvgPool2d(12), nn.Flatten(), nn.Linear(12, 2))
    with pytest.raises(
        ArgumentError,
        match=r"at: given a layer whose 2 x 2 feature map has no place.*larger feature map.*fewer segments",
    ):
        extract(net, images(), 0, players=Superpixels(9, n=5, compactness=1.0, at="0"), progress=False)


# Bad input ------------------------------------------------------------------------------------------------------------


def never(x):
    raise AssertionError("the network ran")


@pytest.mark.parametrize(
    ("make", "inputs", "argument", "given", "accepted"),
    [
        (lambda: Superpixels(0), images(), "segments", "0", ">= 1"),
        (lambda: Superpixels(9, n=10), images(), "n", "10", "1 to 9"),
        (lambda: Superpixels(n=0), images(), "n", "0", "1 to 50"),
        (lambda: Superpixels(compactness=0), images(), "compactness", "0", "> 0"),
        (lambda: Superpixels(choose="first"), images(), "choose", "'first'", '"random" or "largest"'),
        (lambda: Superpixels(rest="drop"), images(), "rest", "'drop'", '"keep" or "mask"'),
        (lambda: Superpixels(baseline="blur"), images(), "baseline", "'blur'", "zero"),
        (lambda: Superpixels(baseline="mean"), images(), "background", "nothing", "the mean over"),
        (lambda: Superpixels(baseline=torch.zeros(2)), images(), "baseline", "shape (2,)", "shape (3, 24, 24)"),
        (lambda: Superpixels(9), images()[0, 0], "inputs", "shape (24, 24)", "(samples, channels, height, width)"),
    ],
)
def test_bad_arguments_name_what_was_given_and_what_is_accepted(make, inputs, argument, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        extract(never, inputs, 0, players=make() if inputs.ndim > 2 else Superpixels(9, n=2), progress=False)
    assert caught.value.argument == argument
    assert given in str(caught.value).split("; accepted: ")[0]
    assert accepted in str(caught.value).split("; accepted: ")[1]


def test_too_few_segments_say_how_many_and_in_which_sample():
    inputs = smooth(3)
    counts = [len(segmented(image, 40, 10.0).unique()) for image in inputs]
    fewest, most = min(counts), max(counts)
    assert fewest < min(40, most)  # SLIC finds another number in every image
    message = rf"n: given {fewest + 1}; accepted: at most {fewest}, the segments found in sample {counts.index(fewest)}"
    with pytest.raises(ArgumentError, match=message):
        extract(never, inputs, 0, players=Superpixels(40, n=fewest + 1), progress=False)
    with pytest.raises(ArgumentError, match=rf"{fewest} to {most} segments; accepted: 1 to {fewest} players"):
        extract(never, inputs, 0, players=Superpixels(40, n=None), progress=False)


def test_without_scikit_image_the_error_says_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.segmentation", None)
    with pytest.raises(ImportError, match=r"pip install 'harsanyi\[images\]'"):
        extract(never, images(), 0, players=Superpixels(9, n=2), progress=False)


def test_too_few_segments_say_what_to_raise_and_that_ten_players_are_the_default():
    noise = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with pytest.raises(
        ArgumentError, match=r"n: given 10, the default; accepted: at most 1, .*; --compactness\), to 30"
    ):
        Superpixels().check(noise)
    assert Superpixels(compactness=60).check(noise) == 10
    with pytest.raises(ArgumentError, match=r"n: given 9; .*\(now 20; --compactness\), to 60 say, or segments"):
        Superpixels(n=9, compactness=20).check(noise)
