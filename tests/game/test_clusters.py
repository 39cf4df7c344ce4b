"""Clusters of point clouds: planted functions come back, masks follow the definition, dropped points are gone."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import ArgumentError, LogOdds, NetworkError, Output, extract
from harsanyi.core.coalitions import coalition_masks
from harsanyi.game.clustering import cluster_points
from harsanyi.game.dropping import Dropping
from harsanyi.game.evaluate import evaluate
from harsanyi.game.players.points import Clusters

CENTRES = torch.tensor([[0.0, 5, 1], [4, 9, 0], [8, 0, 8], [20, 0, 0], [25, -9, 9], [30, 0, 30], [45, 9, 0]])
SIZES = [5, 9, 7, 12, 6, 8, 10]


def clumps(samples=2, dtype=torch.float64, seed=0):
    """Clouds of 7 clumps far from each other, ordered by x, y, z; points shuffled; and the clump of each point."""
    generator = torch.Generator().manual_seed(seed)
    clump_of = torch.repeat_interleave(torch.arange(7), torch.tensor(SIZES))
    clouds, maps = [], []
    for _ in range(samples):
        order = torch.randperm(len(clump_of), generator=generator)
        spread = torch.rand(len(clump_of), 3, generator=generator, dtype=torch.float64) - 0.5
        clouds.append((CENTRES[clump_of].double() + spread)[order])
        maps.append(clump_of[order])
    return torch.stack(clouds).to(dtype), torch.stack(maps)


class Cloud(nn.Module):
    """Features of each point, their sum and maximum, and two layers: the order of the points does not matter."""

    def __init__(self, channels=3, classes=4, dtype=torch.float64):
        super().__init__()
        torch.manual_seed(1)
        self.local = nn.Sequential(nn.Linear(channels, 16), nn.Tanh(), nn.Linear(16, 8))
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(16, classes))
        self.sizes = []
        self.to(dtype)

    def forward(self, points):
        assert not points.isnan().any()
        self.sizes.append(tuple(points.shape))
        features = self.local((3 * points).sin())
        return self.head(torch.cat((features.amax(1), features.sum(1) / 10), 1))


def masked(cloud, cluster_of, present, baseline):
    """One masked cloud by the definition; present says so of every cluster that is a player."""
    rows = []
    for point, cluster in zip(cloud, cluster_of.tolist(), strict=True):
        if present.get(cluster, True):
            rows.append(point)
        elif baseline == "centre":
            rows.append(cloud[cluster_of == cluster].mean(0))
    return torch.stack(rows)


def by_definition(network, cloud, cluster_of, drawn, baseline, label):
    scores = []
    with torch.no_grad():
        for coalition in coalition_masks(len(drawn)).tolist():
            shown = masked(cloud, cluster_of, dict(zip(drawn, coalition, strict=True)), baseline)
            scores.append(LogOdds()(network(shown[None]), torch.tensor([label])).item())
    return np.array(scores)


def numbers(result, sample=0):
    return [int(name.removeprefix("cluster ")) for name in result.names[sample]]


# Scores ---------------------------------------------------------------------------------------------------------------


class Planted:
    """1.5 where some point is at spot 1 and some at spot 4, and 1 where one is at spot 2 or 6 of a cloud."""

    def __init__(self, cloud, clump_of):
        self.spots = [cloud[clump_of == clump][0] for clump in range(7)]

    def at(self, points, spot):
        return ((points - self.spots[spot]).norm(dim=2) < 1e-6).any(1)

    def __call__(self, points):
        both = self.at(points, 1) & self.at(points, 4)
        either = self.at(points, 2) | self.at(points, 6)
        return 1.5 * both + 1.0 * either - 0.25


@pytest.mark.parametrize("baseline", ["centre", "drop"])
def test_a_planted_function_comes_back(baseline):
    clouds, maps = clumps(1)
    players = Clusters(7, n=6, seed=5, baseline=baseline)
    result = extract(Planted(clouds[0], maps[0]), clouds, players=players, score=Output(), noise=0, progress=False)
    assert {1, 2, 4, 6} <= set(numbers(result))
    effects = result[0]
    assert effects["cluster 1", "cluster 4"].and_ == pytest.approx(1.5, abs=1e-6)
    assert effects["cluster 2", "cluster 6"].or_ == pytest.approx(1.0, abs=1e-6)
    assert result.and_[0, 0] == pytest.approx(-0.25, abs=1e-6)
    assert result.objective[0] == pytest.approx(2.5, abs=1e-5)


@pytest.mark.parametrize("baseline", ["centre", "drop"])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("batch_size", [1, 7, 4096])
def test_scores_follow_the_definition(baseline, seed, batch_size):
    clouds, maps = clumps()
    players, network = Clusters(7, n=4, seed=seed, baseline=baseline), Cloud().eval()
    result = extract(network, clouds, [1, 3], players=players, batch_size=batch_size, progress=False, max_gap=1)
    for sample, label in enumerate((1, 3)):
        drawn = numbers(result, sample)
        order = torch.randperm(7, generator=torch.Generator().manual_seed(seed))
        assert drawn == sorted(order[:4].tolist())
        expected = by_definition(network, clouds[sample], maps[sample], drawn, baseline, label)
        assert result.scores[sample] == pytest.approx(expected, abs=1e-10)
        assert np.ptp(expected) > 1e-3


@pytest.mark.parametrize("baseline", ["centre", "drop"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_order_of_the_points_the_layout_and_the_dtype_change_nothing(baseline, dtype):
    clouds, _ = clumps(2, dtype)
    players, network = Clusters(7, n=5, baseline=baseline), Cloud(dtype=dtype).eval()
    reference = extract(Cloud(), clouds.double(), 1, players=players, progress=False, max_gap=1).scores
    tolerance = 1e-10 if dtype == torch.float64 else 1e-4

    def scores(inputs, network=network, players=players):
        result = extract(network, inputs, 1, players=players, progress=False, max_gap=1)
        assert result.provenance["dtype"] == str(dtype)
        return pytest.approx(result.scores, abs=tolerance)

    shuffled = clouds[:, torch.randperm(clouds.shape[1], generator=torch.Generator().manual_seed(5))]
    assert reference == scores(clouds)
    assert reference == scores(shuffled)
    assert reference == scores(clouds.mT, lambda points: network(points.mT))
    assert reference == scores(clouds.mT, lambda points: network(points.mT), Clusters(7, 5, 0, baseline, -2))


@pytest.mark.parametrize("baseline", ["centre", "drop"])
def test_blocks_and_the_other_samples_change_nothing(baseline, blocks_of):
    clouds = torch.rand(5, 40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    players, network = Clusters(8, n=3, baseline=baseline), Cloud()
    whole = extract(network, clouds, 0, players=players, progress=False, max_gap=1)
    blocks_of(16)  # two samples of n = 3 a block
    parts = extract(network, clouds, 0, players=players, progress=False, max_gap=1)
    alone = extract(network, clouds[3:4], 0, players=players, progress=False, max_gap=1)
    assert parts.scores == pytest.approx(whole.scores, abs=1e-12)
    assert alone.scores[0] == pytest.approx(whole.scores[3], abs=1e-12)
    assert np.array_equal(parts.regions, whole.regions)
    assert np.array_equal(alone.regions[0], whole.regions[3])


def test_the_networks_precision_does_not_move_a_point_to_another_cluster():
    clouds = torch.rand(3, 200, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    results = [
        extract(Cloud(dtype=dtype), clouds, 0, players=Clusters(20, n=3), progress=False, max_gap=1)
        for dtype in (torch.float64, torch.bfloat16)
    ]
    assert np.array_equal(results[0].regions, results[1].regions)


# Clusters -------------------------------------------------------------------------------------------------------------


def test_clusters_are_those_of_kmeans_in_the_order_of_their_centres():
    clouds, maps = clumps(3)
    found = list(cluster_points(clouds, 7, seed=0))
    assert [cluster_of.tolist() for cluster_of in found] == maps.tolist()  # CENTRES are in the order of x, y, z


def test_ties_are_ordered_by_y_and_then_by_z():
    cloud = torch.tensor([[[5.0, 2, 1], [5, 1, 9], [5, 2, 0], [4, 9, 9]]])
    assert next(cluster_points(cloud, 4, seed=0)).tolist() == [3, 1, 2, 0]


def test_every_point_is_nearest_to_the_centre_of_its_cluster():
    cloud = torch.randn(1, 150, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    (cluster_of,) = cluster_points(cloud, 12, seed=4)
    centres = torch.stack([cloud[0, cluster_of == cluster].mean(0) for cluster in range(12)])
    assert torch.equal(torch.cdist(cloud[0], centres).argmin(1), cluster_of)
    assert centres[:, 0].tolist() == sorted(centres[:, 0].tolist())


def test_the_seed_decides_and_repeats():
    cloud = torch.randn(1, 300, 3, generator=torch.Generator().manual_seed(0))
    first, again, other = (
        Clusters(30, n=10, seed=seed, baseline="drop").maskings(cloud)[0] for seed in (0, 0, 1)
    )  # fmt: skip
    assert len(first.names) == 10
    assert first.names == again.names != other.names
    assert torch.equal(first.regions, again.regions)


def test_further_channels_take_the_mean_and_are_no_part_of_the_clusters():
    clouds, maps = clumps(1)
    normals = 1e3 * torch.randn(1, clouds.shape[1], 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    five = torch.cat((clouds, normals), 2)
    masking = Clusters(7, n=None, coordinates=2).maskings(five)[0]
    assert masking.regions.flatten().tolist() == maps[0].tolist()
    nothing = masking.apply(torch.zeros(1, 7, dtype=torch.bool))[0]
    for clump in range(7):
        centre = five[0, maps[0] == clump].mean(0)
        assert torch.allclose(nothing[maps[0] == clump], centre, atol=1e-12)
    transposed = Clusters(7, n=None, coordinates=1).maskings(five.mT)[0]
    assert transposed.regions.shape == (1, five.shape[1])
    assert torch.allclose(transposed.apply(torch.zeros(1, 7, dtype=torch.bool))[0], nothing.T, atol=1e-12)


def test_a_cluster_of_one_point_changes_nothing_when_it_moves_to_its_centre():
    cloud = torch.tensor([[[0.0, 0, 0], [0, 0, 1], [9, 9, 0.3], [5, 5, 5]]])
    masking = Clusters(torch.tensor([0, 0, 1, -1]), n=None).maskings(cloud)[0]
    assert masking.acting() == [0]


@pytest.mark.parametrize("baseline", ["centre", "drop"])
def test_a_map_of_your_own(baseline):
    clouds, maps = clumps()
    maps = torch.where(maps == 5, -1, maps * 10)  # one clump is no cluster
    network = Cloud().eval()
    players = Clusters(maps.numpy(), n=None, baseline=baseline)
    result = extract(network, clouds, 2, players=players, progress=False, max_gap=1)
    assert numbers(result, 1) == [0, 10, 20, 30, 40, 60]
    for sample in range(2):
        expected = by_definition(network, clouds[sample], maps[sample], numbers(result), baseline, 2)
        assert result.scores[sample] == pytest.approx(expected, abs=1e-10)


def test_a_map_of_your_own_a_sample_survives_extraction_in_blocks(blocks_of):
    clouds = torch.arange(60.0).view(5, 4, 3)
    maps = torch.tensor([[0, 0, 1, -1], [1, 0, 0, -1], [-1, 0, 1, 1], [0, 1, 1, -1], [1, -1, 1, 0]])
    players = Clusters(maps, n=2, baseline="drop")

    def network(points):
        return points[:, :, 0].sum(1)

    blocks_of(8)
    result = extract(network, clouds, players=players, score=Output(), noise=0, progress=False)
    left = [(0, 1, 3), (1, 2, 3), (0, 1), (0, 3), (1, 3)]  # with cluster 0 alone
    expected = [float(clouds[sample, points, 0].sum()) for sample, points in enumerate(left)]
    assert result.scores[:, 1].tolist() == expected


# Dropping -------------------------------------------------------------------------------------------------------------


def test_the_network_is_given_the_points_that_are_left():
    clouds, network = clumps(1)[0], Cloud()
    extract(network, clouds, 0, players=Clusters(7, n=6, baseline="drop"), progress=False, max_gap=1)
    assert {channels for _, _, channels in network.sizes} == {3}
    sizes = [points for batch, points, _ in network.sizes for _ in range(batch)]
    masking = Clusters(7, n=6, baseline="drop").maskings(clouds)[0]
    drawn = [SIZES[int(name.removeprefix("cluster "))] for name in masking.names]
    rest = sum(SIZES) - sum(drawn)
    assert rest == sum(masking.regions.flatten() < 0)
    expected = [rest + sum(size for size, shown in zip(drawn, row, strict=True) if shown)
                for row in coalition_masks(6).tolist()]  # fmt: skip
    assert sorted(sizes[-64:]) == sorted(expected)


@pytest.mark.parametrize(
    ("wrap", "output"),
    [
        (lambda y: (y, None), None),
        (lambda y: {"logits": y, "features": y.flatten()}, None),
        (lambda y: {"features": y[:1], "classes": y}, "classes"),
        (lambda y: (y.new_zeros(2), y), 1),
        (lambda y: (0, (y, 1)), lambda outputs: outputs[1][0]),
    ],
)
def test_the_output_is_chosen_before_the_rows_are_put_together(wrap, output):
    clouds, network, players = clumps()[0], Cloud().eval(), Clusters(7, n=3, baseline="drop")
    plain = extract(network, clouds, players=players, progress=False, max_gap=1)
    wrapped = extract(lambda x: wrap(network(x)), clouds, players=players, output=output, progress=False, max_gap=1)
    assert np.array_equal(wrapped.scores, plain.scores)
    assert np.array_equal(wrapped.labels, plain.labels)


def test_evaluation_mode_reaches_the_network_and_is_put_back():
    clouds, network = clumps()[0], Cloud().train()
    players = Clusters(7, n=3, baseline="drop")
    scores = [extract(network, clouds, 1, players=players, progress=False, max_gap=1).scores for _ in range(2)]
    assert np.array_equal(*scores)  # no dropout
    assert network.training
    assert network.head.training


@pytest.mark.parametrize("dimension", [1, 2])
def test_rows_come_back_in_their_order(dimension):
    clouds = torch.randn(20, 6, 3, generator=torch.Generator().manual_seed(0))
    gone = torch.rand(20, 6, generator=torch.Generator().manual_seed(1)) < 0.5
    gone[:, 2] = False
    expected = torch.stack([cloud[~lost].cumsum(0).mean(0) for cloud, lost in zip(clouds, gone, strict=True)])
    marked = torch.where(gone[:, :, None], torch.nan, clouds)

    def network(points):  # the order of the points counts
        return points.cumsum(dimension).mean(dimension)

    result = Dropping(network, None, dimension)(marked if dimension == 1 else marked.mT)
    assert torch.allclose(result, expected, atol=1e-6)


def test_too_few_points_for_the_network_is_the_networks_error():
    def network(points):
        if points.shape[1] < 40:
            raise ValueError("needs 40 points")
        return points.sum((1, 2))

    message = r"batch of shape \(\d+, \d+, 3\).*ValueError: needs 40 points"
    with pytest.raises(NetworkError, match=message):
        extract(network, clumps()[0], players=Clusters(7, 6, baseline="drop"), score=Output(), progress=False)


def test_the_masks_can_be_evaluated_without_extract():
    clouds, maps = clumps(1)
    network = Cloud().eval()
    posed = Clusters(7, n=2, baseline="drop").pose(network, clouds, [0], LogOdds(), None)
    maskings = posed.players.maskings(posed.samples)
    scores = evaluate(posed.network, maskings, torch.tensor([0]), LogOdds(), batch_size=3)
    drawn = [int(name.removeprefix("cluster ")) for name in maskings[0].names]
    assert scores[0].numpy() == pytest.approx(by_definition(network, clouds[0], maps[0], drawn, "drop", 0), abs=1e-10)


# Bad input ------------------------------------------------------------------------------------------------------------


def never(points):
    raise AssertionError("the network ran")


CLOUDS = torch.randn(2, 40, 3, generator=torch.Generator().manual_seed(0))
DOUBLED = torch.stack((CLOUDS[0], CLOUDS[1, :4].repeat(10, 1)))
ZEROS = torch.zeros(40, dtype=torch.int64)


@pytest.mark.parametrize(
    ("make", "inputs", "argument", "given", "accepted"),
    [
        (lambda: Clusters(baseline="zero"), CLOUDS, "baseline", "'zero'", '"centre" or "drop"'),
        (lambda: Clusters(5, n=6), CLOUDS, "n", "6", "at most 5, the number of clusters"),
        (lambda: Clusters(0), CLOUDS, "clusters", "0", "a number >= 1"),
        (lambda: Clusters(n=0), CLOUDS, "n", "0", ">= 1"),
        (lambda: Clusters(coordinates=0), CLOUDS, "coordinates", "0", "1 or 2"),
        (lambda: Clusters(8), DOUBLED, "n", "10", "at most 8"),
        (lambda: Clusters(8, n=2), DOUBLED, "clusters", "8", "at most 4, the distinct points of sample 1"),
        (lambda: Clusters(41, n=2), CLOUDS, "clusters", "41", "at most 40, the distinct points of sample 0"),
        (lambda: Clusters(5, n=2), CLOUDS[:, :3], "coordinates", "(2, 3, 3), of which both", "1 or 2"),
        (lambda: Clusters(5, n=2), CLOUDS[:, :, :2], "coordinates", "(2, 40, 2), of which neither", "1 or 2"),
        (lambda: Clusters(5, 2, coordinates=2), CLOUDS[:, :, :2], "coordinates", "a dimension of 2", "at least 3"),
        (lambda: Clusters(5, n=2), CLOUDS[0], "inputs", "shape (40, 3)", "(samples, points, 3)"),
        (lambda: Clusters(5, n=2), CLOUDS.long(), "inputs", "torch.int64", "floating point"),
        (lambda: Clusters(CLOUDS[0]), CLOUDS, "clusters", "torch.float32", "a number, or integers"),
        (lambda: Clusters(ZEROS[:9], n=1), CLOUDS, "clusters", "shape (9,)", "(40,)"),
        (lambda: Clusters(ZEROS.expand(3, -1), n=1), CLOUDS, "clusters", "shape (3, 40)", "or 2, one for each"),
        (lambda: Clusters(ZEROS, n=2), CLOUDS, "n", "2", "at most 1, the clusters of sample 0"),
        (lambda: Clusters(ZEROS - 1, n=None), CLOUDS, "clusters", "0 players", "at least 1"),
        (lambda: Clusters(torch.stack((ZEROS, ZEROS.index_fill(0, ZEROS[:1], 1))), n=None), CLOUDS,
         "clusters", "[1, 2] clusters", "the same number"),
        (lambda: Clusters(5, n=5, baseline="drop"), CLOUDS, "n", "all 5 clusters of sample 0", "fewer players"),
        (lambda: Clusters(5, n=None, baseline="drop"), CLOUDS, "n", "all 5 clusters of sample 0", "fewer players"),
    ],
)  # fmt: skip
def test_bad_arguments_name_what_was_given_and_what_is_accepted(make, inputs, argument, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        extract(never, inputs, 0, players=make(), progress=False)
    assert caught.value.argument == argument
    assert given in str(caught.value).split("; accepted: ")[0]
    assert accepted in str(caught.value).split("; accepted: ")[1]


def test_without_scikit_learn_the_error_says_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(ImportError, match=r"pip install 'harsanyi\[points\]'"):
        extract(never, CLOUDS, 0, players=Clusters(), progress=False)
    assert Clusters(ZEROS, n=1).check(CLOUDS) == 1  # a map of one's own needs nothing
