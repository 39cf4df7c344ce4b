"""What a probe reads at a layer, and which layers are chosen, on networks of every kind of the zoo."""

import contextlib

import pytest
import torch
from torch import nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.layer_choice import choose_layers
from harsanyi.game.layers import Place
from harsanyi.game.reading import Reading, Watch
from harsanyi.zoo import lenet, mlp7, resnet20, vgg11
from harsanyi.zoo.digits import digits_cnn, digits_mlp


class Twice(nn.Module):
    """Calls one activation twice, and returns pairs from a block."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.act, self.pair, self.unused = nn.ReLU(), Pair(), nn.Linear(6, 6)

    def forward(self, x):
        hidden = self.act(self.second(self.act(self.first(x))))
        return self.last(self.pair(hidden)[0])


class Pair(nn.Module):
    def forward(self, x):
        return x + 1, None


class Named(nn.Module):
    """A block that returns a mapping, with a part that returns a tensor."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x):
        return {"values": self.inner(x)}


class Mapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.block, self.last = Named(), nn.Linear(4, 3)

    def forward(self, x):
        return self.last(self.block(x)["values"])


def names(readings):
    return [str(reading.place) for reading in readings]


X = torch.rand(3, 4, 5, 6)
TOKENS = torch.rand(3, 4, 5)


@pytest.mark.parametrize(
    ("output", "pooling", "expected"),
    [
        (X, "flatten", X.reshape(3, 120)),
        (X, "mean", X.mean((2, 3))),
        (TOKENS, "flatten", TOKENS.reshape(3, 20)),
        (TOKENS, "mean", TOKENS.mean(1)),
        (TOKENS, "first", TOKENS[:, 0]),
        ((TOKENS, None), "first", TOKENS[:, 0]),
        ([X, X], "mean", X.mean((2, 3))),
        (X[:, 0, 0], "mean", X[:, 0, 0]),
        (X[:, 0, 0, 0], "flatten", X[:, 0, 0, :1]),
        (torch.arange(6).view(3, 2), "flatten", torch.arange(6.0).view(3, 2)),
    ],
)
def test_features_are_rows_of_each_sample(output, pooling, expected):
    torch.testing.assert_close(Reading(Place("layer"), pooling).features(output), expected)


def test_flattening_copies_nothing():
    assert Reading(Place("layer")).features(X).data_ptr() == X.data_ptr()


def test_the_mean_over_tokens_leaves_out_padding():
    attention = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0]])
    features = Reading(Place("layer"), "mean").features(TOKENS, attention)
    torch.testing.assert_close(features[0], TOKENS[0].mean(0))
    torch.testing.assert_close(features[1], TOKENS[1, :2].mean(0))
    assert not features[2].any()


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(
        ArgumentError, match=r"pooling: given 'men'; accepted: one of flatten, mean, first. Did you mean"
    ):
        Reading(Place("layer"), "men")
    with pytest.raises(ArgumentError, match=r"'first' at layer 'a', which returns \(3, 4, 5, 6\)"):
        Reading(Place("a"), "first").features(X)
    with pytest.raises(
        ArgumentError, match="layers: given 'a', which returns a dict; accepted: a layer that returns a"
    ):
        Reading(Place("a")).features({"x": X})


@pytest.mark.parametrize(
    ("network", "shape", "expected"),
    [
        (mlp7(4), (4,), ["3", "5", "7", "9", "11"]),  # of six hidden layers
        (digits_mlp(), (1, 8, 8), ["2", "4", "6"]),  # flattening the image is no layer
        (digits_cnn(), (1, 8, 8), ["1", "4", "7", "9"]),  # behind activation and pooling
        (lenet(), (1, 28, 28), ["features.2", "flatten", "classifier.1", "classifier.3"]),
        (vgg11(), (3, 32, 32), ["features.5", "features.10", "features.12", "features.17", "flatten"]),
        (resnet20(), (3, 32, 32), ["stage1.0", "stage1.2", "stage2.1", "stage3.0", "flatten"]),
        (Twice(), (4,), ["act#1", "pair"]),
        (nn.DataParallel(digits_mlp()), (1, 8, 8), ["2", "4", "6"]),
        (nn.Sequential(nn.Linear(4, 6), nn.Sequential(nn.ReLU(), nn.Linear(6, 3))), (4,), ["1.0"]),
    ],
)
def test_auto_spreads_over_the_depth_and_ends_before_the_logits(network, shape, expected):
    assert names(choose_layers(network, torch.rand(2, *shape))) == expected


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (["last", "first"], ["first", "last"]),  # in the order of calls
        ("second", ["second"]),
        (["act#2", "act#1"], ["act#1", "act#2"]),
        ("act#*", ["act#1", "act#2"]),
        (["*st", "first"], ["first", "last"]),
    ],
)
def test_names_and_patterns(layers, expected):
    assert names(choose_layers(Twice(), torch.rand(2, 4), layers)) == expected


def test_a_wildcard_stands_for_one_part_of_a_name():
    network = resnet20()
    found = names(choose_layers(network, torch.rand(2, 3, 32, 32), ["stage?.1", "stage3.*.relu1"]))
    assert found == ["stage1.1", "stage2.1", "stage3.0.relu1", "stage3.1.relu1", "stage3.1", "stage3.2.relu1"]


def test_the_first_of_a_tuple_is_read():
    (reading,) = choose_layers(Twice(), torch.rand(2, 4), "pair")
    assert reading == Reading(Place("pair"), "flatten")


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ("secnd", "layers: given 'secnd'; accepted: a layer of the network.*Did you mean 'second'"),
        ("act", "layers: given 'act'; accepted: one of the 2 calls of this layer in a forward pass: act#1 to act#2"),
        ("a?t", "one of the 2 calls of this layer"),
        ("act#3", "layers: given 'act#3'; accepted: a layer called that often; act is called 2 times"),
        ("unused", "a layer called that often; unused is called 0 times"),
        ("block*", r"layers: given 'block\*', which names no layer that is called; accepted: layers: first, act"),
        ([], 'layers: given .*; accepted: "auto", or names of layers'),
    ],
)
def test_layers_that_cannot_be_read(layers, told):
    with pytest.raises(ArgumentError, match=told):
        choose_layers(Twice(), torch.rand(2, 4), layers)


def test_a_layer_without_a_tensor_names_its_parts():
    told = "layers: given 'block', which returns a dict; .*Name one of its submodules: block.inner"
    with pytest.raises(ArgumentError, match=told):
        choose_layers(Mapped(), torch.rand(2, 4), "block")


def test_networks_that_cannot_be_looked_into():
    with pytest.raises(ArgumentError, match="network: given a function"):
        choose_layers(lambda x: x, torch.rand(2, 4))
    with pytest.raises(ArgumentError, match="layers: given 'auto'; accepted: a network with modules before"):
        choose_layers(nn.Sequential(nn.Linear(4, 3)), torch.rand(2, 4))
    with pytest.raises(NetworkError, match=r"returned shape \(2, 4, 3\) for 2 samples; probes need logits"):
        choose_layers(nn.Sequential(nn.ReLU(), nn.Linear(5, 3)), torch.rand(2, 4, 5))
    with pytest.raises(ArgumentError, match="forward: given nothing, for inputs that are a list"):
        choose_layers(digits_mlp(), ["a text", "another"])


def test_hooks_and_modes_are_as_before_even_after_a_failure():
    network = Twice().train()
    for inputs in (torch.rand(2, 4), torch.rand(2, 5)):
        with contextlib.suppress(NetworkError):
            choose_layers(network, inputs)
        assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
        assert all(module.training for module in network.modules())


def test_features_are_handed_over_as_the_layers_give_them():
    network, x, taken = digits_cnn().eval(), torch.rand(2, 1, 8, 8), {}
    readings = [Reading(Place("4")), Reading(Place("9")), Reading(Place("4"), "mean")]
    with Watch(network, readings, lambda number, features: taken.update({number: features.clone()})) as watch:
        network(x)
    watch.check()
    torch.testing.assert_close(taken[0], network[:5](x).flatten(1))
    torch.testing.assert_close(taken[1], network[:10](x))
    torch.testing.assert_close(taken[2], network[:5](x).mean((2, 3)))


def test_a_transformer_is_read_at_its_blocks():
    transformers = pytest.importorskip("transformers")
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 20}
    config = transformers.BertConfig(num_hidden_layers=2, num_labels=3, **small)
    network = transformers.BertForSequenceClassification(config)
    tokens = torch.randint(1, 20, (2, 6))
    found = choose_layers(network, tokens, forward=lambda model, ids: model(input_ids=ids))
    blocks = [f"bert.{name}" for name in ("embeddings", "encoder.layer.0", "encoder.layer.1")]
    assert names(found) == [*blocks, "dropout"]
    assert [reading.pooling for reading in found] == ["mean", "mean", "mean", "flatten"]
    (whole,) = choose_layers(network, tokens, "bert", pooling="first")  # an object with last_hidden_state
    assert whole == Reading(Place("bert"), "first")
