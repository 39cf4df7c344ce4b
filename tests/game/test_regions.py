"""Regions: any integer map of regions as players, as Captum's feature_mask."""

import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation, ShapleyValues
from torch import nn

from harsanyi import ArgumentError, Output, Regions, extract


def test_masks_follow_the_definition():
    sample = torch.arange(12.0).view(1, 2, 2, 3)
    regions = torch.tensor([[7, 7, -1], [3, 7, 3]])
    players = Regions(regions, baseline=-1.0)
    assert players.check(sample) == 2
    masking = players.maskings(sample)[0]
    for coalition in ([False, False], [True, False], [False, True], [True, True]):
        shown = masking.apply(torch.tensor([coalition]))[0]
        for channel, row, column in np.ndindex(2, 2, 3):
            number = int(regions[row, column])
            visible = number < 0 or coalition[[3, 7].index(number)]  # players are the sorted distinct numbers
            expected = float(sample[0, channel, row, column]) if visible else -1.0
            assert shown[channel, row, column].item() == expected


@pytest.mark.parametrize(
    ("shape", "mask"),
    [
        ((2, 6), torch.tensor([0, 1, 1, 2, 0, 3])),
        ((2, 6), torch.tensor([[0, 1, 1, 2, 0, 3]])),
        ((2, 3, 4, 4), torch.arange(16).view(1, 1, 4, 4) // 4),
        ((2, 3, 4, 4), torch.arange(48).view(1, 3, 4, 4) // 12),
        ((2, 2, 2), torch.tensor([[[0, 1], [2, 2]]])),
    ],
)
def test_shows_what_captum_shows_for_the_same_feature_mask(shape, mask):
    """Captum ablates one feature at a time: the coalition of all the other players."""
    inputs, shown = torch.randn(*shape, generator=torch.Generator().manual_seed(0)), []

    def network(x):
        shown.append(x.clone())
        return x.flatten(1).sum(1)

    FeatureAblation(network).attribute(inputs, baselines=0.5, feature_mask=mask)
    maskings = Regions(mask, baseline=0.5).maskings(inputs)
    n = len(maskings[0].names)
    for player, theirs in enumerate(shown[1:]):
        without = torch.ones(1, n, dtype=torch.bool)
        without[0, player] = False
        assert torch.equal(torch.cat([masking.apply(without) for masking in maskings]), theirs)
    assert len(shown) == n + 1


def test_shapley_values_of_the_scores_are_captums():
    network = torch.nn.Sequential(torch.nn.Linear(6, 9), torch.nn.Tanh(), torch.nn.Linear(9, 1)).double()
    inputs, mask = torch.randn(3, 6, dtype=torch.float64), torch.tensor([0, 1, 1, 2, 0, 3])
    with torch.no_grad():
        theirs = ShapleyValues(network).attribute(inputs, feature_mask=mask).view(3, 6)
    result = extract(network, inputs, players=Regions(mask), score=Output(), noise=0, progress=False)
    for player in range(4):
        of_player = [s for s in range(16) if s >> player & 1]
        harsanyi = sum(
            (result.and_[:, s] + result.or_[:, s]) / s.bit_count() for s in of_player
        )  # both types share an effect equally among their players
        assert harsanyi == pytest.approx(theirs[:, int((mask == player).nonzero()[0])].numpy(), abs=1e-6)


def test_one_map_a_sample():
    maps = torch.tensor([[0, 0, 1], [1, 0, 0]])
    first, second = Regions(maps).maskings(torch.ones(2, 3))
    only_first_player = torch.tensor([[True, False]])
    assert first.apply(only_first_player).tolist() == [[1, 1, 0]]
    assert second.apply(only_first_player).tolist() == [[0, 1, 1]]


def test_one_map_a_sample_survives_extraction_in_blocks(blocks_of):
    blocks_of(8)  # two samples of n = 2 a block
    maps = torch.tensor([[0, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0], [1, 1, 0]])
    inputs = torch.tensor([[1.0, 2.0, 4.0]]).repeat(5, 1)
    result = extract(lambda x: x.sum(1), inputs, players=Regions(maps), score=Output(), noise=0, progress=False)
    assert result.scores[:, 1].tolist() == [3.0, 6.0, 1.0, 5.0, 4.0]  # player 0 alone
    assert result.regions.tolist() == maps.tolist()


def test_names_and_their_default():
    regions = torch.tensor([5, 2, 9])
    assert Regions(regions).maskings(torch.ones(1, 3))[0].names == ("region 0", "region 1", "region 2")
    assert Regions(regions, names=["a", "b", "c"]).maskings(torch.ones(1, 3))[0].names == ("a", "b", "c")


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.bool])
def test_any_integer_dtype(dtype):
    masking = Regions(torch.tensor([0, 1], dtype=dtype)).maskings(torch.ones(1, 2))[0]
    assert masking.apply(torch.tensor([[True, False]])).tolist() == [[1, 0]]


def test_the_map_may_be_an_array():
    assert Regions(np.array([0, 1, 1])).check(torch.ones(2, 3)) == 2


@pytest.mark.parametrize(
    ("make", "argument", "given", "accepted"),
    [
        (lambda: Regions(torch.zeros(3)), "regions", "torch.float32", "integer"),
        (lambda: Regions(torch.zeros(4, dtype=torch.long)), "regions", "shape (4,)", "shape (3,)"),
        (lambda: Regions(torch.zeros(5, 3, dtype=torch.long)), "regions", "shape (5, 3)", "shape (3,)"),
        (lambda: Regions(torch.full((3,), -1)), "regions", "0 players", "at least 1"),
        (lambda: Regions(torch.tensor([[0, 0, 0], [0, 1, 2]])), "regions", "[1, 3] regions", "same number"),
        (lambda: Regions(torch.arange(3), names=["a"]), "names", "1 names", "3, one for each region"),
        (lambda: Regions(torch.arange(3), baseline="blur"), "baseline", "'blur'", "zero"),
        (lambda: Regions(torch.arange(3), baseline="median"), "background", "nothing", "the median over"),
        (lambda: Regions(torch.arange(3), baseline=torch.zeros(2)), "baseline", "shape (2,)", "shape (3)"),
    ],
)
def test_bad_arguments_name_what_was_given_and_what_is_accepted(make, argument, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        make().check(torch.ones(2, 3))
    assert caught.value.argument == argument
    assert str(caught.value).startswith(f"{argument}: given ")
    assert given in str(caught.value)
    assert accepted in str(caught.value)


def test_captum_s_masks_and_baselines_mean_the_same():
    """One tensor in a tuple, leading dimensions of 1 or of all samples."""
    torch.manual_seed(0)
    network, inputs = nn.Sequential(nn.Flatten(), nn.Linear(16, 2)), torch.rand(3, 1, 4, 4)
    mask = torch.arange(4).repeat_interleave(4).view(1, 1, 4, 4)
    each = torch.rand(3, 1, 4, 4)
    ablation = FeatureAblation(network)
    for baselines in (0.25, each[:1], each):
        theirs = ablation.attribute(inputs, baselines=baselines, target=1, feature_mask=mask)
        for feature_mask, baseline in ((mask, baselines), ((mask,), baselines)):
            given = (baseline,) if isinstance(feature_mask, tuple) and isinstance(baseline, torch.Tensor) else baseline
            ours = extract(network, inputs, players=Regions(feature_mask, baseline=given), score=Output(1), noise=0,
                           progress=False)  # fmt: skip
            for sample in range(3):
                drops = ours.scores[sample, -1] - ours.scores[sample, [15 - 1, 15 - 2, 15 - 4, 15 - 8]]
                assert drops == pytest.approx(theirs[sample, 0, :, 0].tolist(), abs=1e-5)
