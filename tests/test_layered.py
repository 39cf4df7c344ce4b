"""Layers that compute known interactions: what each knows, keeps and forgets comes back exactly."""

import pytest
import torch
from torch import nn

from harsanyi import ArgumentError, Columns, Words, extract, extract_layers
from harsanyi.analysis import layer_by_layer
from harsanyi.game.probes import Probe, Probes, network_hash


def linear(rows, bias):
    layer = nn.Linear(len(rows[0]), len(rows))
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(rows))
        layer.bias.copy_(torch.tensor(bias))
    return layer


@pytest.fixture(scope="module")
def built():
    """Of binary columns a, b, c, d the first layer computes ab, c, d and bcd; the next ab, bcd and cd; all by ReLUs."""
    network = nn.Sequential(
        linear([[1.0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 1, 1]], [-1.0, 0, 0, -2]),
        nn.ReLU(),
        linear([[1.0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 1, 0]], [0.0, 0, -1]),
        nn.ReLU(),
        linear([[0.0, 0, 0], [2, 1.5, 1]], [0.0, 0]),
    ).double()
    low = Probe("1", "flatten", torch.tensor([[0.0, 0, 0, 0], [2, 1, 0, 3]]), torch.zeros(2))
    high = Probe("3", "flatten", network[4].weight.detach().float(), torch.zeros(2))
    return network, Probes((low, high), network_hash(network))


X = torch.tensor([[1.0, 1, 1, 1], [1, 1, 1, 0]], dtype=torch.float64)
KNOWN = {  # effects of each sample, by players
    "1": [{"ab": 2.0, "c": 1.0, "bcd": 3.0}, {"ab": 2.0, "c": 1.0}],
    "3": [{"ab": 2.0, "bcd": 1.5, "cd": 1.0}, {"ab": 2.0}],
    "output": [{"ab": 2.0, "bcd": 1.5, "cd": 1.0}, {"ab": 2.0}],
}


@pytest.fixture(scope="module")
def found(built):
    players = Columns(names=list("abcd"), baseline=0.0)
    return extract_layers(*built, X, [1, 1], players=players, noise=0, max_gap=1e-6, progress=False)


def told(table, column):
    return {"".join(players.split(", ")): value for players, value in zip(table["players"], table[column], strict=True)}


def test_interactions_of_every_layer_are_those_it_computes(found):
    assert list(found) == list(KNOWN)
    for layer, samples in KNOWN.items():
        for sample, effects in enumerate(samples):
            x, coalitions = found[layer], {sum(1 << "abcd".index(p) for p in name): name for name in effects}
            for coalition in range(1, 16):
                expected = effects.get(coalitions.get(coalition), 0.0)
                assert x.and_[sample, coalition] == pytest.approx(expected, abs=1e-4)
                assert x.or_[sample, coalition] == pytest.approx(0, abs=1e-4)


def test_what_emerges_and_what_is_forgotten_comes_back_exactly(found):
    seen = layer_by_layer(found, normalized=False)
    assert told(seen.emerged("1", 0), "emerged") == pytest.approx({"cd": 1}, abs=1e-3)
    assert told(seen.forgotten("1", 0), "forgotten") == pytest.approx({"c": 1, "bcd": 1.5}, abs=1e-3)
    assert told(seen.forgotten("1", 1), "forgotten") == pytest.approx({"c": 1}, abs=1e-3)
    assert told(seen.forgotten("1"), "forgotten") == pytest.approx({"c": 2, "bcd": 1.5}, abs=1e-3)  # of both samples
    assert len(seen.emerged("1", 1)) == len(seen.emerged("3")) == len(seen.forgotten("3")) == 0
    overlap, forget, new = (seen.table()[name] for name in ("overlap", "forget", "new"))
    assert overlap.tolist() == pytest.approx([(2 + 1.5 + 2) / 2, 6.5 / 2, 6.5 / 2], abs=1e-3)
    assert forget.tolist() == pytest.approx([3.5 / 2, 0, 0], abs=1e-3)
    assert new.tolist() == pytest.approx([0.5, 0, 0], abs=1e-3)
    assert seen.completeness.value == pytest.approx([5.5 / 6.5, 1, 1], abs=1e-3)
    assert seen.redundancy.value == pytest.approx([3.5 / 9, 0, 0], abs=1e-3)


def test_the_output_is_what_extract_finds_and_layers_have_the_same_labels(built, found):
    network, probes = built
    players = Columns(names=list("abcd"), baseline=0.0)
    alone = extract(network, X, players=players, noise=0, max_gap=1e-6, progress=False)
    several = extract_layers(network, probes, X, players=players, noise=0, max_gap=1e-6, progress=False)
    assert (several["1"].labels == alone.labels).all()
    assert several["output"].scores == pytest.approx(alone.scores)
    assert several["1"].provenance["layer"] == "1"


def test_probes_of_another_network_are_refused(built):
    network, probes = built
    changed = nn.Sequential(*network[:4], linear([[0.0, 0, 0], [2, 1.5, 1]], [0.0, 0.5]).double())
    with pytest.raises(ArgumentError, match="probes: given those of another network"):
        extract_layers(changed, probes, X, players=Columns(), progress=False)


def test_layers_of_a_text_network_are_read_too(tmp_path):
    transformers = pytest.importorskip("transformers")
    from harsanyi.training import train_probes
    from harsanyi.zoo.sentiment import sentiment_tokenizer

    tokenizer = sentiment_tokenizer()
    torch.manual_seed(0)
    config = transformers.BertConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2,
                                     num_attention_heads=2, intermediate_size=16, num_labels=2)  # fmt: skip
    network = transformers.BertForSequenceClassification(config).eval()
    texts = ["good film", "a bad film", "the good story", "this story is bad"] * 5

    def forward(network, texts):
        return network(**tokenizer(list(texts), padding=True, return_tensors="pt"))

    probes = train_probes(network, texts, [1, 0, 1, 0] * 5, forward=forward, layers="bert.encoder.layer.*",
                          weight_decays=[0.01], progress=False)  # fmt: skip
    found = extract_layers(network, probes, texts[:2], players=Words(tokenizer, n=2), max_gap=0.5, progress=False)
    assert list(found) == ["bert.encoder.layer.0", "bert.encoder.layer.1", "output"]
    alone = extract(network, texts[:2], players=Words(tokenizer, n=2), max_gap=0.5, progress=False)
    assert found["output"].scores == pytest.approx(alone.scores, abs=1e-5)
    assert found["output"].names == alone.names
