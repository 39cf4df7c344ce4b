"""Masking inside a network: against a reference that only ever uses a hook, and what runs how often."""

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from harsanyi import ArgumentError, LogOdds, Output, Patches, Regions, extract
from harsanyi.core.coalitions import coalition_masks
from harsanyi.game.asking import ask
from harsanyi.zoo.alexnet import alexnet
from harsanyi.zoo.resnet import resnet20
from harsanyi.zoo.vgg import vgg11


class Functional(nn.Module):
    """A forward of functions, sizes, a branch around the layer and a branch that uses the image again."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.scale = nn.Parameter(torch.rand(4, 1, 1))
        self.head = nn.Linear(4 * 16 + 3, 3)

    def forward(self, image, temperature=1.0):
        rows = image.size(0)
        early = functional.relu(self.first(image))
        features = self.second(early)
        features = functional.max_pool2d(functional.relu(features + self.scale * early), image.shape[-1] // 4)
        features = functional.dropout(features.reshape(rows, -1), 0.5, self.training)
        return self.head(torch.cat((features, image.mean((2, 3))), 1)) / temperature


class Branching(nn.Module):
    """A forward that no tracer follows."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.head = nn.Linear(4, 3)

    def forward(self, image):
        features = self.conv(image)
        pooled = features.mean((2, 3)) if float(image.sum()) > -1e9 else features.amax((2, 3))
        return self.head(pooled)


class Repeating(nn.Module):
    """One ReLU called three times."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.relu, self.head = nn.ReLU(), nn.Linear(4, 3)

    def forward(self, image):
        return self.head(self.relu(self.relu(self.b(self.relu(self.a(image)))).mean((2, 3))))


def reference(network, at, call, inputs, labels, cell_of, n, baseline=0.0):
    """Scores of all coalitions: the whole network with a hook, one input at a time."""
    layer, masks, scores = network.get_submodule(at), coalition_masks(n), []
    network = network.eval()
    for sample, label in zip(inputs, labels, strict=True):
        row = []
        for mask in masks:
            calls = 0

            def hook(_module, _inputs, output, mask=mask):
                nonlocal calls
                calls += 1
                if calls != call:
                    return None
                shown = torch.tensor([player < 0 or bool(mask[player]) for player in cell_of.flatten().tolist()])
                return torch.where(shown.view(cell_of.shape), output, torch.as_tensor(baseline, dtype=output.dtype))

            handle = layer.register_forward_hook(hook)
            with torch.no_grad():
                row.append(LogOdds()(network(sample[None]), label[None]))
            handle.remove()
        scores.append(torch.cat(row))
    return torch.stack(scores)


def cells(grid, chosen, height, width):
    """Player of every cell of a feature map, from the definition."""
    result = torch.full((height, width), -1)
    for player, (row, column) in enumerate(chosen):
        for i in range(height):
            for j in range(width):
                if (i * grid // height, j * grid // width) == (row, column):
                    result[i, j] = player
    return result


CHOSEN = [(0, 1), (1, 1), (2, 3), (3, 0)]


@pytest.mark.parametrize(
    ("make", "at", "call", "side", "prefix_once"),
    [
        (lambda: vgg11(10, 32), "features.4", 1, 16, True),
        (resnet20, "stage1.0.relu1", 1, 32, True),
        (resnet20, "stage2.1", 1, 16, True),
        (resnet20, "stage2", 1, 16, True),
        (Functional, "first", 1, 16, True),
        (Functional, "second", 1, 16, True),
        (Branching, "conv", 1, 16, False),
        (Repeating, "relu", 1, 16, True),
    ],
)  # fmt: skip
def test_masked_features_give_the_scores_of_a_hook_on_the_whole_network(make, at, call, side, prefix_once):
    network = make()
    inputs = torch.rand(2, 3, *(2 * [16] if side == 16 and not isinstance(network, nn.Sequential) else [32, 32]))
    inputs = torch.rand(2, 3, 32, 32) if at.startswith(("features", "stage")) else inputs
    labels = torch.tensor([1, 2])
    name = f"{at}#{call}" if make is Repeating else at
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = extract(network, inputs, labels, players=Patches(4, CHOSEN, at=name), progress=False, max_gap=1.0)
    assert bool(caught) != prefix_once
    expected = reference(network, at, call, inputs, labels, cells(4, CHOSEN, side, side), len(CHOSEN))
    torch.testing.assert_close(torch.from_numpy(result.scores), expected, rtol=1e-4, atol=1e-4)
    assert result.scores.std() > 1e-3
    assert result.regions.shape == (1, side, side)
    assert result.inputs.shape == tuple(inputs.shape)  # what pictures draw on


def test_a_network_that_cannot_be_cut_says_so_and_why():
    with pytest.warns(UserWarning, match=r"whole network runs for every coalition.*conv.*traced"):
        result = extract(Branching(), torch.rand(2, 3, 8, 8), players=Patches(2, at="conv"), progress=False)
    assert "cannot be traced" in result.provenance["inside"]
    assert result.provenance["at"] == "conv"


def test_the_part_before_the_layer_runs_once_a_sample():
    network, images = vgg11(10, 32), {"features.0": 0, "features.6": 0}

    def counting(name):
        def count(_module, inputs):
            images[name] += len(inputs[0])

        return count

    for name in images:
        network.get_submodule(name).register_forward_pre_hook(counting(name))
    extract(network, torch.rand(3, 3, 32, 32), players=Patches(8, n=6, margin=1, at="features.4"), progress=False)
    assert images["features.0"] < 40  # once, and a few to look at the shapes and to compare
    assert images["features.6"] >= 3 * 64


def test_a_layer_may_be_given_as_itself():
    network, inputs = vgg11(10, 32), torch.rand(2, 3, 32, 32)
    by_name, itself = (
        extract(network, inputs, players=Patches(4, n=3, at=at), progress=False)
        for at in ("features.4", network.features[4])
    )
    assert (by_name.scores == itself.scores).all()


def test_mean_feature_as_baseline_is_the_mean_over_the_background():
    network, inputs, background = vgg11(10, 32).eval(), torch.rand(2, 3, 32, 32), torch.rand(150, 3, 32, 32)
    with torch.no_grad():
        mean = network.features[:5](background).mean(0)
    labels = torch.tensor([3, 3])
    players = Patches(4, CHOSEN, at="features.4", baseline="mean", background=background)
    result = extract(network, inputs, labels, players=players, progress=False)
    expected = reference(network, "features.4", 1, inputs, labels, cells(4, CHOSEN, 16, 16), 4, mean)
    torch.testing.assert_close(torch.from_numpy(result.scores), expected, rtol=1e-4, atol=1e-4)


def test_a_map_of_regions_of_the_image_is_shrunk_to_the_feature_map():
    layers = [nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * 16 * 16, 10))
    inputs, labels = torch.rand(70, 3, 32, 32), 1
    regions = (torch.arange(2)[:, None] * 2 + torch.arange(2)).repeat_interleave(16, 0).repeat_interleave(16, 1)
    patches = extract(network, inputs, labels, players=Patches(2, at="4"), progress=False, max_gap=1.0)
    one = extract(network, inputs, labels, players=Regions(regions, at="4"), progress=False, max_gap=1.0)
    each = Regions(regions.expand(70, 1, 32, 32), at="4")
    assert (patches.scores == one.scores).all()
    assert (one.scores == extract(network, inputs, labels, players=each, progress=False, max_gap=1.0).scores).all()
    with pytest.raises(ArgumentError, match="one map, or 70"):
        extract(network, inputs, labels, players=Regions(regions.expand(69, 1, 32, 32), at="4"))


def test_foreground_cells_are_those_of_the_feature_map():
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), nn.Linear(64, 2))
    inputs = torch.zeros(1, 1, 8, 8)
    inputs[0, 0, 0, 0], inputs[0, 0, 7, 7] = 1.0, 2.0
    result = extract(network, inputs, players=Patches(4, "foreground", n=2, at="0"), progress=False)
    assert result.names == (("r3c3", "r0c0"),)
    with pytest.raises(ArgumentError, match="at most 2, the foreground cells of sample 0"):
        extract(network, inputs, players=Patches(4, "foreground", n=3, at="0"), progress=False)


def test_evaluation_mode_and_hooks_are_put_back():
    network = Functional()
    network.head.eval()
    extract(network, torch.rand(2, 3, 16, 16), players=Patches(2, at="second"), progress=False)
    assert network.training
    assert network.first.training
    assert not network.head.training
    assert not any(module._forward_hooks for module in network.modules())


@given(batch=st.integers(1, 40), samples=st.integers(1, 4), at=st.sampled_from(["first", "second"]))
def test_batches_never_change_a_score(batch, samples, at):
    torch.manual_seed(1)
    network, inputs = Functional(), torch.rand(4, 3, 16, 16)
    whole, part = (
        ask(network, inputs[:count], 0, players=Patches(4, n=4, at=at), score=LogOdds(), batch_size=size)
        for count, size in ((4, None), (samples, batch))
    )
    torch.testing.assert_close(part.scores(0, samples)[0], whole.scores(0, 4)[0][:samples], rtol=1e-4, atol=1e-5)


class PlantedFeatures(nn.Module):
    """Two layers of fixed weights; the second sees x0 x1 x2 + (x3 or x4) of the five parts of the first's output."""

    def __init__(self):
        super().__init__()
        self.twice = nn.Conv2d(1, 1, 1, bias=False)
        self.twice.weight = nn.Parameter(torch.full((1, 1, 1, 1), 2.0))

    def forward(self, image):
        x = self.twice(image).view(-1, 4, 5, 2).amax((1, 3)) / 2
        return x[:, 0] * x[:, 1] * x[:, 2] + 1 - (1 - x[:, 3]) * (1 - x[:, 4])


def test_planted_interactions_of_a_layer_come_back_exactly():
    inputs, players = torch.ones(2, 1, 4, 10), Patches((1, 5), at="twice")
    result = extract(PlantedFeatures(), inputs, players=players, score=Output(), noise=0, max_gap=1e-6, progress=False)
    assert result.objective == pytest.approx(2, abs=1e-4)
    for sample in result:
        assert sample[0, 1, 2].and_ == pytest.approx(1, abs=1e-4)
        assert sample[3, 4].or_ == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_network_s_dtype_is_kept(dtype):
    network = Functional().to(dtype)
    result = extract(network, torch.rand(1, 3, 16, 16), 0, players=Patches(4, n=3, at="second"), progress=False)
    assert result.provenance["dtype"] == str(dtype)
    assert "once a sample" in result.provenance["inside"]


def test_alexnet_at_its_first_relu():
    network = alexnet(10, 32)
    result = extract(network, torch.rand(1, 3, 32, 32), players=Patches(4, n=4, at="features.1"), progress=False)
    assert "once a sample" in result.provenance["inside"]


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.flat, self.hidden, self.head = nn.Flatten(), nn.Linear(48, 5), nn.Linear(5, 2)
        self.unused = nn.Conv2d(3, 3, 1)
        self.pair = Pair()

    def forward(self, image):
        return self.head(self.hidden(self.flat(image))) + self.pair(image)[0]


class Pair(nn.Module):
    def forward(self, image):
        return image.mean((1, 2, 3))[:, None], None


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("hiden", r"at: given 'hiden'; accepted: a layer of the network.*flat, hidden, head.*Did you mean 'hidden'"),
        ("hidden#2", r"'hidden#2'; accepted: a layer called that often; it is called 1 times"),
        ("unused", r"'unused'; accepted: .*called 0 times"),
        ("hidden", r"'hidden', whose output .* shape \(2, 5\).*; accepted: a layer with feature maps"),
        ("pair", r"'pair', which returns a tuple; accepted: a layer that returns one tensor"),
        ("", r"given ''; accepted: a layer"),
        (nn.ReLU(), r"a ReLU that is no part of the network"),
    ],
)
def test_bad_layers_are_named(at, message):
    with pytest.raises(ArgumentError, match=message):
        extract(Dense(), torch.rand(2, 3, 4, 4), players=Patches(2, at=at), progress=False)


def test_a_layer_called_several_times_needs_a_choice():
    with pytest.raises(ArgumentError, match=r"one of the 3 calls.*relu#1 to relu#3"):
        extract(Repeating(), torch.rand(2, 3, 8, 8), players=Patches(2, at="relu"), progress=False)


def test_a_function_has_no_layers():
    with pytest.raises(ArgumentError, match="at: given conv; accepted: none: the network is a function"):
        extract(lambda x: x.mean((1, 2)), torch.rand(2, 3, 8, 8), players=Patches(2, at="conv"), progress=False)


def test_a_feature_map_smaller_than_the_grid_says_its_size():
    with pytest.raises(ArgumentError, match=r"grid: given \(8, 8\); accepted: at most \(4, 4\), the size of"):
        extract(vgg11(10, 32), torch.rand(1, 3, 32, 32), players=Patches(8, n=4, at="features.10"), progress=False)


# Networks that change values in place, look at the batch, or take more arguments --------------------------------------


class InPlace(nn.Module):
    """Changes the layer's output in place, in one of several ways."""

    def __init__(self, how):
        super().__init__()
        self.how = how
        self.conv, self.next = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.relu, self.head = nn.ReLU(inplace=True), nn.Linear(4, 3)

    def forward(self, image, mask=None, scale=2.0):
        h = self.conv(image)
        if mask is not None:
            h = h * mask
        if self.how == "relu":
            h = self.relu(h)
        elif self.how == "subtract":
            h -= 1
        elif self.how == "method":
            h = h.mul_(scale)
        elif self.how == "statement":
            h.clamp_(max=0.1)
        elif self.how == "function":
            h = functional.silu(h, inplace=True)
        elif self.how == "shared":
            early = h
            h = self.relu(h) + early
        elif self.how == "slice":
            h[:, 0] = 1.0
        elif self.how == "constant":
            h = h * h.new_tensor([1.0, 2.0])[0]
        elif self.how == "input":
            image -= 0.5
            h = h + image.mean((1, 2, 3), keepdim=True)
        return self.head(self.next(h).mean((2, 3)))


HOWS = ["relu", "subtract", "method", "statement", "function", "shared", "slice", "constant", "input"]


@pytest.mark.filterwarnings("ignore:the whole network runs")
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("at", ["conv", "next"])
def test_values_changed_in_place_do_not_change_what_is_masked(how, at):
    """Against features masked right behind the layer, and scores of the whole image equal to the network's."""
    network, inputs, labels = InPlace(how).eval(), 20 * torch.rand(3, 3, 8, 8), torch.tensor([0, 1, 2])
    baseline = torch.linspace(-1, 1, 4 * 64).view(4, 8, 8)
    players = Patches(2, at=at, baseline=baseline)
    result = extract(network, inputs, labels, players=players, progress=False, max_gap=1.0, batch_size=7)
    copies = [sample.clone() for sample in inputs]
    expected = reference(_Cloned(network, at), at, 1, copies, labels, cells(2, [(0, 0), (0, 1), (1, 0), (1, 1)], 8, 8),
                         4, baseline)  # fmt: skip
    torch.testing.assert_close(torch.from_numpy(result.scores), expected, rtol=1e-4, atol=1e-3)
    with torch.no_grad():
        whole = LogOdds()(network(inputs.clone()), labels)
    torch.testing.assert_close(torch.from_numpy(result.scores[:, -1]), whole, rtol=1e-4, atol=1e-3)


class _Cloned(nn.Module):
    """A network that is given copies of its inputs."""

    def __init__(self, network, at):
        super().__init__()
        self.network, self._at = network, at

    def get_submodule(self, name):
        return self.network.get_submodule(name)

    def forward(self, image):
        return self.network(image.clone())


@pytest.mark.parametrize("how", ["relu", "subtract", "method", "function", "constant"])
def test_values_changed_in_place_that_nothing_else_uses_are_no_reason_for_a_hook(how):
    result = extract(InPlace(how), torch.rand(3, 3, 8, 8), players=Patches(2, at="conv"), progress=False)
    assert "once a sample" in result.provenance["inside"]


def test_a_map_whose_region_has_no_place_on_the_feature_map_is_refused():
    regions = torch.zeros(16, 16, dtype=torch.int64)
    regions[0, 0], regions[8:] = 1, 2
    network = nn.Sequential(nn.Conv2d(1, 2, 2, stride=2), nn.Flatten(), nn.Linear(128, 2))
    with pytest.raises(ArgumentError, match=r"8 x 8 feature map has no place for regions \[1\] of sample 0"):
        extract(network, torch.rand(2, 1, 16, 16), players=Regions(regions, at="0"), progress=False)


def test_maps_with_different_numbers_of_regions_are_refused_in_whatever_part_they_lie():
    regions = torch.arange(2).repeat_interleave(4).view(1, 1, 1, 8).repeat(140, 1, 8, 1)
    regions[130, 0, 0] = 2
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(128, 2))
    with pytest.raises(ArgumentError, match="the same number in every sample"):
        extract(network, torch.rand(140, 1, 8, 8), players=Regions(regions, at="0"), progress=False)


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.project, self.head = nn.Linear(3, 8), nn.Linear(8, 2)

    def forward(self, image):
        return self.head(self.project(image.flatten(2).transpose(1, 2)).mean(1))


class Crops(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(8, 2)

    def forward(self, image):
        halves = torch.cat((image[..., :4], image[..., 4:]))
        return self.head(self.conv(halves).mean((2, 3)).view(2, -1, 4).transpose(0, 1).flatten(1))


@pytest.mark.parametrize(
    ("network", "at", "message"),
    [
        (Tokens(), "project", r"'project', whose output has shape \(2, 64, 8\)"),
        (Crops(), "conv", r"'conv', whose output has shape \(6, 4, 8, 4\) for 3 samples; .*one row a sample"),
        (torch.jit.script(nn.Sequential(nn.Conv2d(3, 2, 1))), "0", "whose layers cannot be looked into"),
    ],
)
@pytest.mark.filterwarnings("ignore:the whole network runs")
def test_layers_that_cannot_be_cut_into_patches_are_named(network, at, message):
    with pytest.raises(ArgumentError, match=message):
        extract(network, torch.rand(2, 3, 8, 8), 0, players=Patches(2, at=at), progress=False)


def test_a_second_name_of_a_layer_and_wrapped_networks():
    network = InPlace("relu")
    network.alias = network.conv
    players = [Patches(2, at="alias"), Patches(2, at="conv")]
    results = [extract(network, torch.ones(1, 3, 8, 8), players=some, progress=False).scores for some in players]
    wrapped = extract(nn.DataParallel(network), torch.ones(1, 3, 8, 8), players=players[1], progress=False).scores
    assert (results[0] == results[1]).all()
    assert (results[0] == wrapped).all()


def test_a_background_that_does_not_fit_is_named_before_it_runs():
    said = r"\(samples, 3, 8, 8\). The inputs are of shape \(3, 8, 8\) a sample, the background of \(1, 8, 8\)$"
    with pytest.raises(ArgumentError, match=rf"background: given shape \(4, 1, 8, 8\); accepted: {said}"):
        extract(InPlace("relu"), torch.rand(2, 3, 8, 8), progress=False,
                players=Patches(2, at="conv", baseline="mean", background=torch.rand(4, 1, 8, 8)))  # fmt: skip


def test_the_slow_way_warns_at_the_user_s_line():
    with pytest.warns(UserWarning, match="whole network") as caught:
        extract(Branching(), torch.rand(2, 3, 8, 8), players=Patches(2, at="conv"), progress=False)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("family", ["ResNet", "ViT"])
def test_vision_models_of_hugging_face_are_cut_by_their_exported_graph(family):
    import transformers

    small = {"ResNet": {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]},
             "ViT": {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
                     "image_size": 32, "patch_size": 4}}[family]  # fmt: skip
    at = {"ResNet": "resnet.encoder.stages.0", "ViT": "vit.embeddings.patch_embeddings.projection"}[family]
    config = getattr(transformers, f"{family}Config")(num_labels=3, **small)
    network = getattr(transformers, f"{family}ForImageClassification")(config).eval()
    inputs, labels = torch.rand(3, 3, 32, 32), torch.tensor([0, 1, 2])
    result = extract(network, inputs, labels, players=Patches(4, CHOSEN, at=at), progress=False, max_gap=1.0)
    assert "once a sample" in result.provenance["inside"]
    expected = reference(_Logits(network), at, 1, inputs, labels, cells(4, CHOSEN, 8, 8), 4)
    torch.testing.assert_close(torch.from_numpy(result.scores), expected, rtol=1e-4, atol=1e-4)
    suffix = Patches(4, CHOSEN, at=at).pose(network, inputs, labels, LogOdds(), None).network
    own = {parameter.data_ptr() for parameter in network.parameters()}
    assert {parameter.data_ptr() for parameter in suffix.parameters()} <= own  # no weight is copied


class _Logits(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def get_submodule(self, name):
        return self.network.get_submodule(name)

    def forward(self, image):
        return self.network(image).logits


class Aliasing(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 3)

    def forward(self, image):
        early = self.a(image)
        late = self.b(early)
        view = functional.relu_(early.view(late.size(0), -1))
        return self.head(late.mean((2, 3))) + view.sum(1, keepdim=True)


@pytest.mark.filterwarnings("ignore:the whole network runs")
def test_a_view_changed_in_place_behind_the_layer():
    network, inputs, labels = Aliasing().eval(), torch.rand(2, 3, 8, 8), torch.tensor([0, 1])
    players = Patches(2, at="b")
    result = extract(network, inputs, labels, players=players, progress=False, max_gap=1.0, batch_size=7)
    expected = reference(network, "b", 1, inputs, labels, cells(2, [(0, 0), (0, 1), (1, 0), (1, 1)], 8, 8), 4)
    torch.testing.assert_close(torch.from_numpy(result.scores), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:the whole network runs")
def test_nothing_is_printed_by_others(capfd):
    extract(Branching(), torch.rand(2, 3, 8, 8), players=Patches(2, at="conv"), progress=False)
    assert capfd.readouterr() == ("", "")
