"""The papers' networks: published sizes, shapes, names of layers, and what must hold for their outputs."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import leaky_relu

from harsanyi import ArgumentError
from harsanyi.zoo.alexnet import alexnet
from harsanyi.zoo.dgcnn import EdgeConvolution, dgcnn
from harsanyi.zoo.digits import digits_cnn, digits_mlp
from harsanyi.zoo.language import bert_medium, bert_tiny, distilbert, gpt2_tiny
from harsanyi.zoo.layers import relu_name, relu_names
from harsanyi.zoo.lenet import lenet
from harsanyi.zoo.mlp import mlp5, mlp7
from harsanyi.zoo.pointnet import Transform, pointnet
from harsanyi.zoo.resnet import resnet20, resnet32
from harsanyi.zoo.vgg import vgg11, vgg13, vgg16


@pytest.fixture(autouse=True)
def same_random_networks():
    torch.manual_seed(0)


def on_meta(factory, **options):
    """The network without memory for its weights."""
    with torch.device("meta"):
        return factory(**options)


def size(network):
    return sum(parameter.numel() for parameter in network.parameters())


def tokens(*shape, vocabulary=50):
    return torch.randint(vocabulary, shape)


IMAGENET = {"classes": 1000, "image_size": 224}
SMALL = {  # name: how it is made, and a batch of four
    "mlp5": (lambda: mlp5(columns=12, classes=3, width=20), lambda: torch.randn(4, 12)),
    "mlp7": (lambda: mlp7(columns=12, classes=3, width=20), lambda: torch.randn(4, 12)),
    "lenet 28": (lambda: lenet(3), lambda: torch.randn(4, 1, 28, 28)),
    "lenet 32": (lambda: lenet(3, image_size=32, channels=3), lambda: torch.randn(4, 3, 32, 32)),
    "alexnet": (lambda: alexnet(3), lambda: torch.randn(4, 3, 32, 32)),
    "alexnet 64": (lambda: alexnet(3, image_size=64, channels=1), lambda: torch.randn(4, 1, 64, 64)),
    "vgg11": (lambda: vgg11(3), lambda: torch.randn(4, 3, 32, 32)),
    "vgg11 norm": (lambda: vgg11(3, batch_norm=True), lambda: torch.randn(4, 3, 32, 32)),
    "vgg13": (lambda: vgg13(3, image_size=64), lambda: torch.randn(4, 3, 64, 64)),
    "vgg16": (lambda: vgg16(3, channels=1), lambda: torch.randn(4, 1, 32, 32)),
    "resnet20": (lambda: resnet20(3), lambda: torch.randn(4, 3, 32, 32)),
    "resnet20 28": (lambda: resnet20(3, image_size=28, channels=1), lambda: torch.randn(4, 1, 28, 28)),
    "resnet20 224": (lambda: resnet20(3, image_size=224), lambda: torch.randn(4, 3, 224, 224)),
    "resnet32": (lambda: resnet32(3), lambda: torch.randn(4, 3, 32, 32)),
    "pointnet": (lambda: pointnet(3), lambda: torch.randn(4, 3, 40)),
    "dgcnn": (lambda: dgcnn(3), lambda: torch.randn(4, 3, 40)),
    "bert tiny": (lambda: bert_tiny(3, vocabulary=50), lambda: tokens(4, 6)),
}
TRACEABLE = [name for name in SMALL if not name.startswith("bert")]
CONVOLUTIONAL = {
    "lenet": lenet, "alexnet": alexnet, "vgg11": vgg11, "vgg13": vgg13, "vgg16": vgg16, "resnet20": resnet20,
    "resnet32": resnet32,
}  # fmt: skip


@pytest.fixture(params=SMALL)
def network_and_inputs(request):
    make, inputs = SMALL[request.param]
    return make(), inputs()


def logits(network, inputs):
    outputs = network(inputs)
    return getattr(outputs, "logits", outputs)


@pytest.mark.parametrize(
    ("factory", "options", "parameters"),
    [
        (mlp5, {"columns": 12}, 13 * 100 + 3 * 101 * 100 + 101 * 2),  # by hand
        (mlp7, {"columns": 12}, 13 * 100 + 5 * 101 * 100 + 101 * 2),
        (lenet, {}, 61_706),  # LeCun et al. 1998 has 60,000: fewer connections, but weights in its poolings
        (lenet, {"image_size": 32}, 61_706),
        (alexnet, IMAGENET, 61_100_840),  # this and the next: documentation of torchvision's ImageNet weights
        (vgg11, IMAGENET, 132_863_336),  # arXiv 1409.1556, table 2: 133 million
        (vgg13, IMAGENET, 133_047_848),  # 133 million
        (vgg16, IMAGENET, 138_357_544),  # 138 million
        (vgg11, IMAGENET | {"batch_norm": True}, 132_868_840),
        (vgg13, IMAGENET | {"batch_norm": True}, 133_053_736),
        (vgg16, IMAGENET | {"batch_norm": True}, 138_365_992),
        (resnet20, {}, 269_722),  # arXiv 1512.03385, table 6: 0.27 million
        (resnet32, {}, 464_154),  # 0.46 million
        (pointnet, {}, 3_480_049),  # arXiv 1612.00593, table 6: 3.5 million
        (dgcnn, {}, 1_809_576),  # github.com/WangYueFt/dgcnn, issue 39: 1.8 million
        (bert_tiny, {}, 4_386_178),  # arXiv 1908.08962, table 1: 4.4 million
        (bert_medium, {}, 41_374_210),  # 41.7 million with the heads of pre-training, see below
        (distilbert, {}, 66_955_010),  # arXiv 1910.01108: 66 million without the classifier of 592,130
    ],
)
def test_parameters_are_as_many_as_published(factory, options, parameters):
    assert size(on_meta(factory, **options)) == parameters


def test_bert_with_the_heads_of_pre_training_has_the_published_size():
    from transformers import BertForPreTraining

    whole = on_meta(lambda: BertForPreTraining(bert_medium().config))
    assert round(size(whole) / 1e6, 1) == 41.7  # arXiv 1908.08962, table 1


def test_logits_are_batch_by_classes(network_and_inputs):
    network, inputs = network_and_inputs
    assert logits(network, inputs).shape == (4, 3)


@pytest.mark.parametrize("factory", [alexnet, vgg11, vgg13, vgg16, resnet20, resnet32])
def test_images_of_224_pixels(factory):
    with torch.device("meta"):
        assert factory(**IMAGENET)(torch.zeros(2, 3, 224, 224)).shape == (2, 1000)


@pytest.mark.parametrize("factory", [bert_medium, distilbert])
def test_large_language_networks(factory):
    with torch.device("meta"):
        assert factory(classes=3)(torch.zeros(2, 9, dtype=torch.int64)).logits.shape == (2, 3)


def test_a_single_logit():
    assert mlp5(columns=4, classes=1)(torch.zeros(2, 4)).shape == (2, 1)


def test_gradients_reach_every_parameter(network_and_inputs):
    network, inputs = network_and_inputs
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    for mode in (True, False):  # a step first: PointNet's transforms start constant; biases matter without batch norm
        optimizer.zero_grad()
        nn.functional.cross_entropy(logits(network.train(mode), inputs), torch.tensor([0, 1, 2, 0])).backward()
        if mode:
            optimizer.step()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert not without


def test_evaluation_repeats_itself(network_and_inputs):
    network, inputs = network_and_inputs
    network.eval()
    assert torch.equal(logits(network, inputs), logits(network, inputs))


@pytest.mark.parametrize("name", ["pointnet", "dgcnn", "bert tiny"])
def test_dropout_acts_in_training(name):
    make, inputs = SMALL[name]
    network, batch = make().eval(), inputs()
    for module in network.modules():
        module.training = isinstance(module, nn.Dropout)
    assert not torch.equal(logits(network, batch), logits(network, batch))


def warmed_up(network, inputs):
    """In float64, with statistics of the data in its normalizations, evaluating."""
    inputs = inputs.double() if inputs.is_floating_point() else inputs
    network = network.double().train()
    network(inputs)
    return network.eval(), inputs


@torch.no_grad()
def test_a_row_does_not_depend_on_the_others(network_and_inputs):
    network, inputs = warmed_up(*network_and_inputs)
    together = logits(network, inputs)
    for row in range(4):
        torch.testing.assert_close(logits(network, inputs[row : row + 1]), together[row : row + 1])
    assert not torch.allclose(together[0], together[1])


@torch.no_grad()
def test_inputs_are_left_as_they_are(network_and_inputs):
    network, inputs = network_and_inputs
    before = inputs.clone()
    network(inputs)
    assert torch.equal(inputs, before)


@pytest.mark.parametrize("name", TRACEABLE)
def test_symbolic_traces_compute_the_same(name):
    make, inputs = SMALL[name]
    network, batch = make().eval(), inputs()
    assert torch.equal(torch.fx.symbolic_trace(network)(batch), network(batch))


# Names of layers


@pytest.mark.parametrize(
    ("factory", "options", "k", "name"),
    [
        (mlp5, {"columns": 4}, 1, "1"),
        (mlp5, {"columns": 4}, 4, "7"),
        (lenet, {}, 2, "features.4"),
        (alexnet, {}, 1, "features.1"),
        (alexnet, IMAGENET, 1, "features.1"),
        (vgg11, {}, 2, "features.4"),
        (vgg13, {}, 2, "features.3"),
        (vgg16, {}, 2, "features.3"),
        (vgg16, IMAGENET, 2, "features.3"),
        (vgg11, {"batch_norm": True}, 2, "features.6"),
        (vgg13, {"batch_norm": True}, 2, "features.5"),
        (vgg16, {"batch_norm": True}, 2, "features.5"),
        (resnet20, {}, 1, "relu"),
        (resnet20, {}, 3, "stage1.0.relu2"),
        (resnet20, {}, 19, "stage3.2.relu2"),
        (resnet32, {}, 31, "stage3.4.relu2"),
    ],
)
def test_relus_have_names(factory, options, k, name):
    network = on_meta(factory, **options)
    assert relu_name(network, k) == name
    assert isinstance(network.get_submodule(name), nn.ReLU)


@pytest.mark.parametrize("factory", CONVOLUTIONAL.values(), ids=CONVOLUTIONAL)
def test_every_relu_is_called_once_in_the_order_of_names(factory):
    network, called = on_meta(factory), []
    for name in relu_names(network):
        network.get_submodule(name).register_forward_hook(lambda *_, name=name: called.append(name))
    channels = next(network.parameters()).shape[1]
    side = 28 if factory is lenet else 32
    network(torch.zeros(1, channels, side, side, device="meta"))
    assert called == relu_names(network)
    assert not any(module.inplace for module in network.modules() if isinstance(module, nn.ReLU))


@pytest.mark.parametrize(("k", "accepted"), [(0, "1 to 4"), (5, "1 to 4"), (-1, "1 to 4"), ("2", "1 to 4")])
def test_a_relu_that_is_not_there(k, accepted):
    with pytest.raises(ArgumentError, match=f"k: given {k!r}; accepted: {accepted}"):
        relu_name(mlp5(columns=4), k)


def test_a_network_without_relus():
    with pytest.raises(ArgumentError, match="a network with ReLU modules"):
        relu_name(nn.Linear(4, 2), 1)


@pytest.mark.parametrize(
    ("factory", "options", "name", "shape"),
    [
        (alexnet, {}, "features.1", (64, 8, 8)),  # the 8 x 8 regions that the papers mask, one cell each
        (alexnet, IMAGENET, "features.12", (256, 6, 6)),
        (vgg11, {}, "features.4", (128, 16, 16)),
        (vgg16, {}, "features.3", (64, 32, 32)),
        (vgg16, IMAGENET, "features", (512, 7, 7)),
        (resnet20, {}, "stage3", (64, 8, 8)),
        (resnet20, IMAGENET, "stage1", (16, 56, 56)),
        (resnet20, IMAGENET, "stage3", (64, 14, 14)),
    ],
)
def test_feature_maps(factory, options, name, shape):
    network, seen = on_meta(factory, **options), []
    network.get_submodule(name).register_forward_hook(lambda _module, _inputs, output: seen.append(output.shape[1:]))
    side = options.get("image_size", 32)
    network(torch.zeros(1, 3, side, side, device="meta"))
    assert seen == [shape]


@pytest.mark.parametrize(
    ("factory", "features", "classifier"),
    [  # layers with weights in torchvision's networks of the same names
        (alexnet, (0, 3, 6, 8, 10), (1, 4, 6)),
        (vgg11, (0, 3, 6, 8, 11, 13, 16, 18), (0, 3, 6)),
        (vgg13, (0, 2, 5, 7, 10, 12, 15, 17, 20, 22), (0, 3, 6)),
        (vgg16, (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28), (0, 3, 6)),
    ],
)
def test_names_are_those_of_the_imagenet_weights(factory, features, classifier):
    layers = [f"features.{n}" for n in features] + [f"classifier.{n}" for n in classifier]
    names = [f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")]
    assert list(on_meta(factory, **IMAGENET).state_dict()) == names


def test_deep_networks_start_with_signals_of_the_same_size():
    network = vgg16().eval()
    with torch.no_grad():
        maps = network.features(torch.randn(8, 3, 32, 32))
    assert 0.1 < maps.std() < 10  # PyTorch's own initial values give 0.006


def test_a_block_keeps_its_input_beside_the_convolutions():
    network = resnet20()
    block = network.stage2[0]  # widens from 16 to 32 channels
    x = torch.rand(2, 16, 8, 8)  # not negative: the last ReLU leaves it
    nn.init.zeros_(block.norm2.weight)  # switches the convolutions off
    with torch.no_grad():
        output = block(x)
    assert torch.equal(output[:, :16], x[:, :, ::2, ::2])
    assert not output[:, 16:].any()


# Point clouds

CLOUDS = {"pointnet": lambda: pointnet(5), "dgcnn": lambda: dgcnn(5, k=6)}


@pytest.mark.parametrize("name", CLOUDS)
@torch.no_grad()
def test_the_order_of_the_points_does_not_matter(name):
    network, clouds = warmed_up(CLOUDS[name](), torch.randn(3, 3, 30))
    torch.testing.assert_close(network(clouds[:, :, torch.randperm(30)]), network(clouds))
    moved = clouds.clone()
    moved[:, :, 0] += 1
    assert not torch.allclose(network(moved), network(clouds))


@pytest.mark.parametrize("name", CLOUDS)
@pytest.mark.parametrize("points", [1, 5, 6, 100])
def test_any_number_of_points(name, points):
    assert CLOUDS[name]().eval()(torch.randn(2, 3, points)).shape == (2, 5)


@torch.no_grad()
def test_points_that_coincide_are_no_trouble():
    network, clouds = warmed_up(dgcnn(5, k=6), torch.randn(3, 3, 30))
    clouds[:, :, :20] = clouds[:, :, :1]  # as when clusters are masked by moving them to their centre
    outputs = network(clouds)
    assert outputs.isfinite().all()
    torch.testing.assert_close(network(clouds[:, :, torch.randperm(30)]), outputs)


def test_transforms_start_as_the_identity():
    x = torch.randn(2, 64, 20)
    torch.testing.assert_close(Transform(64).eval()(x), x)


@torch.no_grad()
def test_edge_convolution_is_the_largest_response_of_the_edges():
    layer, x = warmed_up(EdgeConvolution(4, 6, k=5), torch.randn(2, 4, 12))
    weight = torch.cat([layer.difference.weight, layer.point.weight], dim=1).squeeze(2)  # (6, 8)
    norm = layer.norm
    for cloud, output in zip(x, layer(x), strict=True):
        for i, point in enumerate(cloud.T):
            near = sorted(cloud.T, key=lambda other: torch.dist(other, point).item())[:5]
            edges = torch.stack([weight @ torch.cat([other - point, point]) for other in near])  # (5, 6)
            scaled = (edges - norm.running_mean) / (norm.running_var + norm.eps).sqrt() * norm.weight + norm.bias
            torch.testing.assert_close(output[:, i], leaky_relu(scaled, 0.2).amax(0))


# Language


def test_language_model_predicts_from_earlier_tokens_only():
    network, text = gpt2_tiny(vocabulary=50, context=16).eval(), tokens(2, 8)
    later = text.clone()
    later[:, 5] = (later[:, 5] + 1) % 50
    with torch.no_grad():
        before, after = network(text).logits, network(later).logits
    assert before.shape == (2, 8, 50)
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5:], after[:, 5:])
    assert size(network) == 50 * 64 + 16 * 64 + 2 * (12 * 64 * 64 + 13 * 64) + 2 * 64  # by hand; output tied to input


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    network = bert_tiny(3, vocabulary=50)
    network.save_pretrained(folder)
    return network, folder


@pytest.fixture
def without_network(monkeypatch):
    """Whoever asks for the network gets none, and fails the test at its end."""
    asked = []

    def refuse(*address):
        asked.append(address)
        raise OSError("no network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    yield
    assert not asked


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["string", "path"])
def test_weights_of_a_folder(saved, without_network, kind):
    network, folder = saved
    loaded = bert_tiny(3, weights=kind(folder))
    assert not loaded.training
    state = loaded.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())


def test_weights_without_a_classifier_get_one(saved, without_network, tmp_path):
    network, _ = saved
    network.bert.save_pretrained(tmp_path)
    loaded = bert_tiny(7, weights=tmp_path)
    assert loaded.classifier.out_features == 7
    assert torch.equal(loaded.bert.pooler.dense.weight, network.bert.pooler.dense.weight)


def test_weights_of_another_network_are_refused(saved, without_network):
    _, folder = saved
    with pytest.raises(ArgumentError, match=r"weights: given .*a bert with .*128.*accepted: weights of a bert.*512"):
        bert_medium(3, weights=folder)
    with pytest.raises(ArgumentError, match="accepted: weights of a distilbert"):
        distilbert(3, weights=folder)
    with pytest.raises(ArgumentError, match="classes: given 2; accepted: 3"):
        bert_tiny(2, weights=folder)


def test_pickled_weights_are_not_read(saved, without_network, tmp_path):
    network, _ = saved
    network.config.save_pretrained(tmp_path)
    torch.save(network.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ArgumentError, match=r"weights: given .*accepted: a folder with config.json and model.safeten"):
        bert_tiny(3, weights=tmp_path)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_damaged_weights_are_refused(saved, without_network, tmp_path, name):
    folder = shutil.copytree(saved[1], tmp_path / "damaged")
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    with pytest.raises(ArgumentError, match=r"weights: given .*damaged"):
        bert_tiny(3, weights=folder)


def test_a_folder_without_weights_is_refused_without_the_network(without_network, tmp_path):
    for absent in (tmp_path, str(tmp_path), tmp_path / "absent", str(tmp_path / "absent"), Path("some/absent")):
        with pytest.raises(ArgumentError, match=r"weights: given .*accepted: an? .*folder"):
            bert_tiny(weights=absent)


def test_code_beside_the_weights_is_not_run(saved, without_network, tmp_path):
    folder = shutil.copytree(saved[1], tmp_path / "code")
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "trap.Trap", "AutoModelForSequenceClassification": "trap.Trap"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "trap.py").write_text("raise SystemExit('code of a checkpoint was run')")
    assert torch.equal(bert_tiny(3, weights=folder).classifier.weight, saved[0].classifier.weight)


def test_a_missing_extra_says_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    for factory in (bert_tiny, bert_medium, distilbert, gpt2_tiny):
        with pytest.raises(ImportError, match=r"pip install 'harsanyi\[text\]'"):
            factory()


# Bad arguments


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mlp5(columns=0), "columns: given 0; accepted: a whole number, 1 or more"),
        (lambda: mlp7(columns=4, width=0), "width: given 0"),
        (lambda: mlp5(columns=4, classes=2.0), "classes: given 2.0"),
        (lambda: lenet(image_size=30), "image_size: given 30; accepted: 28 or 32"),
        (lambda: lenet(channels=0), "channels: given 0"),
        (lambda: alexnet(image_size=100), "image_size: given 100; accepted: a positive multiple of 32"),
        (lambda: alexnet(classes=0), "classes: given 0"),
        (lambda: vgg11(image_size=28), "image_size: given 28"),
        (lambda: vgg13(image_size=0), "image_size: given 0"),
        (lambda: vgg16(image_size="32"), "image_size: given '32'"),
        (lambda: vgg16(channels=-3), "channels: given -3"),
        (lambda: resnet20(image_size=30), "image_size: given 30; accepted: a positive multiple of 4"),
        (lambda: resnet32(classes=0), "classes: given 0"),
        (lambda: pointnet(0), "classes: given 0"),
        (lambda: dgcnn(0), "classes: given 0"),
        (lambda: dgcnn(k=0), "k: given 0"),
        (lambda: bert_tiny(0), "classes: given 0"),
        (lambda: bert_medium(vocabulary=0), "vocabulary: given 0"),
        (lambda: distilbert(-1), "classes: given -1"),
        (lambda: gpt2_tiny(context=0), "context: given 0"),
    ],
)
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_networks_for_digits_have_the_same_low_layers_under_other_high_ones():
    images = torch.rand(3, 1, 8, 8)
    for one, other, cut in (
        (digits_cnn(), digits_cnn(upper=2, hidden=128), 7),
        (digits_mlp(), digits_mlp([64, 64, 128, 32]), 5),
    ):
        shapes = [[values.shape for values in network[:cut].state_dict().values()] for network in (one, other)]
        assert shapes[0] == shapes[1]
        assert size(one) != size(other)
        assert one(images).shape == other(images).shape == (3, 10)
    for wrong, match in (
        (lambda: digits_cnn(upper=0), "upper: given 0"),
        (lambda: digits_mlp([64, 0]), "hidden: given 0"),
    ):
        with pytest.raises(ArgumentError, match=match):
            wrong()
