"""Probes as a file and in words, and the network that gives their logits beside its own."""

import copy
from dataclasses import replace
from math import comb

import pytest
import torch
from torch import nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.probe_fit import ProbeFit, at_least
from harsanyi.game.probed import Probed
from harsanyi.game.probes import Probe, Probes, network_hash
from harsanyi.game.text.network import TextNetwork
from harsanyi.zoo.digits import digits_cnn

X = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
GOOD = ProbeFit(1e-3, 0.1, 0.98, 0.2, 0.9, 100, 0.2, 37, 1e-6, True, 0.3, 0.85)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return digits_cnn().eval()


@pytest.fixture(scope="module")
def probes(network):
    """One of random weights low down, and the network's own last layer."""
    generator = torch.Generator().manual_seed(1)
    low = Probe("4", "mean", torch.randn(10, 32, generator=generator), torch.randn(10, generator=generator), GOOD)
    last = Probe("9", "flatten", network[10].weight.detach().clone(), network[10].bias.detach().clone())
    return Probes((low, last), network_hash(network), {"optimizer": "lbfgs"})


def test_the_networks_own_last_weights_give_its_logits(network, probes):
    logits = Probed(network, probes)(X)
    assert logits.shape == (5, 3, 10)
    assert torch.equal(logits[:, 2], network(X))
    torch.testing.assert_close(logits[:, 1], logits[:, 2], rtol=0, atol=1e-7)  # up to the order of sums
    low = network[:5](X).mean((2, 3)) @ probes["4"].weight.T + probes["4"].bias
    torch.testing.assert_close(logits[:, 0], low)


def test_probes_follow_the_network_where_it_goes(network, probes):
    probed = Probed(network, probes)
    twin = copy.deepcopy(probed).double()
    torch.testing.assert_close(twin(X.double()).float(), probed(X))
    assert twin.weight_0.dtype == torch.float64
    assert probed.weight_0.dtype == torch.float32
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in probed.modules())


def test_a_layer_that_is_called_twice():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act, self.last = nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3)

        def forward(self, x):
            return self.last(self.act(self.first(self.act(self.first(x)))))

    network, x = Twice(), torch.randn(6, 4)
    weight, bias = network.last.weight.detach(), network.last.bias.detach()
    own = tuple(Probe(f"act#{call}", "flatten", weight, bias) for call in (1, 2))
    logits = Probed(network, Probes(own, network_hash(network)))(x)
    torch.testing.assert_close(logits[:, 1], logits[:, 2], rtol=0, atol=1e-7)  # up to the order of sums
    torch.testing.assert_close(logits[:, 0], network.last(network.act(network.first(x))))


def test_hooks_go_when_the_network_fails(network, probes):
    probed = Probed(network, probes)
    with pytest.raises(RuntimeError):
        probed(torch.rand(5, 2, 8, 8))
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_a_text_model_is_probed_behind_its_tokens():
    transformers = pytest.importorskip("transformers")
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 20}
    config = transformers.BertConfig(num_hidden_layers=1, num_labels=3, **small)
    network = transformers.BertForSequenceClassification(config).eval()
    probe = Probe("bert.encoder.layer.0", "mean", torch.randn(3, 16), torch.randn(3))
    probed = Probed(network, Probes((probe,), network_hash(network)))
    assert probed.config is config
    assert probed.get_input_embeddings() is network.get_input_embeddings()
    samples = torch.zeros(2, 4, 6, dtype=torch.int64)  # tokens, attention, injected, predicting
    samples[:, 0], samples[0, 1], samples[1, 1, :4] = torch.randint(1, 20, (2, 6)), 1, 1
    with torch.no_grad():
        together = TextNetwork(probed)(samples)
        alone = TextNetwork(probed)(samples[1:])  # without its padding
    assert together.shape == (2, 2, 3)
    torch.testing.assert_close(together[1:], alone)


def test_probes_of_another_network_are_refused(network, probes):
    other = copy.deepcopy(network)
    probes.check(other)
    with torch.no_grad():
        other[0].bias[0] += 1e-6
    for refused in (probes.check, lambda net: Probed(net, probes)):
        with pytest.raises(ArgumentError, match="probes: given those of another network; accepted: probes trained on"):
            refused(other)
    with pytest.raises(ArgumentError, match="network: given a function; accepted"):
        probes.check(lambda x: x)


def test_a_layer_of_other_features_is_refused(network, probes):
    wrong = Probes((replace(probes["9"], pooling="flatten", layer="4"),), probes.network)
    with pytest.raises(
        ArgumentError, match="probes: given '4' with 512 features; accepted: the 64 that its probe reads"
    ):
        Probed(network, wrong)(X)
    fewer = Probes((replace(probes["9"], weight=torch.ones(2, 64), bias=torch.ones(2)),), probes.network)
    with pytest.raises(NetworkError, match=r"returned shape \(5, 10\), its probes \(5, 2\)"):
        Probed(network, fewer)(X)


def test_a_file_gives_back_every_bit(tmp_path, probes):
    path = probes.save(tmp_path / "probes")
    assert path == tmp_path / "probes.safetensors"
    assert [file.name for file in tmp_path.iterdir()] == ["probes.safetensors"]
    loaded = Probes.load(path)
    assert (loaded.network, loaded.how, loaded.layers) == (probes.network, probes.how, probes.layers)
    for own, other in zip(loaded, probes, strict=True):
        assert torch.equal(own.weight, other.weight)
        assert torch.equal(own.bias, other.bias)
        assert (own.fit, own.pooling) == (other.fit, other.pooling)
    assert repr(loaded) == repr(probes)


def test_what_is_no_such_file_is_refused(tmp_path, probes):
    with pytest.raises(ArgumentError, match=r"which is not there; accepted: a file written by Probes.save"):
        Probes.load(tmp_path / "none.safetensors")
    path = probes.save(tmp_path / "probes")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ArgumentError, match=r"path: given .*accepted: a file written by Probes.save"):
        Probes.load(path)
    with pytest.raises(ArgumentError, match="a file in a folder that exists"):
        probes.save(tmp_path / "no" / "folder")


def test_figures_and_words(probes):
    table = probes.table()
    assert list(table.index) == ["4", "9"]
    assert list(table["features"]) == [32, 64]
    assert table.loc["4", "held_out_accuracy"] == 0.85
    assert not table.loc["4", "at_chance"]
    told = probes.sentences()
    assert told[0].startswith(
        "4: 32 features; right on 98.0 % of the samples it was fitted on, of validation samples 90"
    )
    assert told[0].endswith("of held-out samples 85.0 %.")
    assert probes.warnings() == ()
    assert probes["4"].fit is GOOD
    with pytest.raises(ArgumentError, match="layer: given '5'; accepted: one of 4, 9"):
        probes["5"]
    with pytest.raises(ArgumentError, match="one or more, all of the same classes"):
        Probes((), "")


def test_what_is_wrong_is_said(probes):
    bad = replace(GOOD, converged=False, gradient=0.02, validation_accuracy=0.22)
    troubled = Probes((replace(probes["4"], fit=bad),), probes.network)
    slow, chance = troubled.warnings()
    assert slow == "The probe of 4 did not converge: after 37 iterations its gradient is still 2.0e-02."
    assert chance.startswith(
        "The probe of 4 is at chance: it is right on 22.0 % of 100 validation samples, of which 20.0 %"
    )
    assert slow in repr(troubled)
    assert chance in repr(troubled)


@pytest.mark.parametrize(("draws", "share"), [(1, 0.3), (7, 0.5), (40, 0.1)])
def test_the_binomial_tail_against_its_definition(draws, share):
    for hits in range(draws + 2):
        terms = [comb(draws, k) * share**k * (1 - share) ** (draws - k) for k in range(hits, draws + 1)]
        assert at_least(hits, draws, share) == pytest.approx(sum(terms), abs=1e-12)


def test_chance_is_where_the_test_turns():
    least = min(hits for hits in range(101) if at_least(hits, 100, 0.2) <= 0.05)
    assert replace(GOOD, validation_accuracy=(least - 1) / 100).at_chance
    assert not replace(GOOD, validation_accuracy=least / 100).at_chance
