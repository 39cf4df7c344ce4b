"""Every kind of input on a real network of its own: what must never change a score, and what must never be reached."""

import copy
import socket
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harsanyi import Clusters, Columns, Continuation, NextToken, Patches, Superpixels, Words, extract, protocol
from harsanyi.zoo.digits import digits_cnn
from harsanyi.zoo.language import bert_tiny, gpt2_tiny
from harsanyi.zoo.mlp import mlp5
from harsanyi.zoo.pointnet import pointnet
from harsanyi.zoo.resnet import resnet20
from harsanyi.zoo.sentiment import sentiment, sentiment_tokenizer
from harsanyi.zoo.shapes import shapes
from harsanyi.zoo.vgg import vgg11

N = 3
ROWS = torch.arange(5)


@cache
def sentences():
    found = sentiment(400, max_words=10).train.read(torch.arange(400))
    chosen = [text for text in found if len(set(text.split())) > 6][:5]
    return chosen


def images():
    """Blocks of colour, which superpixels can follow."""
    blocks = torch.rand(5, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    return blocks.repeat_interleave(8, 2).repeat_interleave(8, 3)


def clouds():
    source = shapes(samples=8, points=64)
    return source.train.read(ROWS).transpose(1, 2).contiguous()


@cache
def case(name):
    """Network, inputs and the other arguments of a case."""
    torch.manual_seed(0)
    if name in ("sentence", "embedding", "padding"):
        tokenizer = sentiment_tokenizer()
        baseline = {"sentence": "mask", "embedding": "mean", "padding": "pad"}[name]
        network = (bert_tiny if name != "padding" else _small_distilbert)(vocabulary=len(tokenizer))
        return network, sentences(), {"players": Words(tokenizer, n=N, baseline=baseline)}
    if name in ("next token", "continuation"):
        tokenizer, network = sentiment_tokenizer(), gpt2_tiny(vocabulary=len(sentiment_tokenizer()))
        score, labels = (NextToken(), None) if name == "next token" else (Continuation(), " great film")
        return network, sentences(), {"players": Words(tokenizer, n=N), "score": score, "labels": labels}
    return {
        "table": lambda: (mlp5(6), torch.randn(5, 6), {"players": Columns(range(N))}),
        "background": lambda: (mlp5(6), torch.randn(5, 6), {"players": Columns(range(N), baseline="samples", draws=3,
                                                                              background=torch.randn(9, 6))}),
        "image": lambda: (digits_cnn(), torch.rand(5, 1, 8, 8), {"players": Patches(4, n=N)}),
        "superpixels": lambda: (resnet20(), images(), {"players": Superpixels(12, n=N, choose="largest",
                                                                              compactness=40.0)}),
        "vgg": lambda: (network := vgg11(), images(), protocol("vgg", network, n=N)),
        "resnet": lambda: (resnet20(), images(), {"players": Patches(4, n=N, at="stage2.1.relu1")}),
        "clusters": lambda: (pointnet(8), clouds(), {"players": Clusters(8, n=N)}),
        "dropping": lambda: (pointnet(8), clouds(), {"players": Clusters(8, n=N, baseline="drop")}),
    }[name]()  # fmt: skip


def _small_distilbert(vocabulary):
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    return DistilBertForSequenceClassification(
        DistilBertConfig(vocab_size=vocabulary, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
    )


CASES = ["table", "background", "image", "superpixels", "vgg", "resnet", "sentence", "embedding", "padding",
         "next token", "continuation", "clusters", "dropping"]  # fmt: skip


def scores(name, samples=slice(None), **changed):
    network, inputs, options = case(name)
    options = {"progress": False, "max_gap": 1.0, **options, **changed}
    return extract(network, inputs[samples], **options).scores


@cache
def reference(name):
    return scores(name)


def assert_same(found, expected, tolerance=1e-4):
    assert np.abs(found - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("name", CASES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=4)
@given(batch=st.integers(1, 70), block=st.integers(1, 5), first=st.integers(0, 3), count=st.integers(1, 5))
def test_batches_blocks_and_other_samples_never_change_a_score(name, batch, block, first, count):
    expected = reference(name)[first : first + count]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harsanyi.game.asking._BLOCK", block << N)
        assert_same(scores(name, slice(first, first + count), batch_size=batch), expected)


@pytest.mark.parametrize("name", CASES)
def test_double_precision_gives_the_same_scores(name):
    network, inputs, options = case(name)
    options = {"progress": False, "max_gap": 1.0, **options}
    assert_same(extract(copy.deepcopy(network).double(), inputs, **options).scores, reference(name), 1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", CASES)
def test_a_gpu_gives_the_same_scores(name):
    network, inputs, options = case(name)
    options = {"progress": False, "max_gap": 1.0, **options}
    assert_same(extract(copy.deepcopy(network).cuda(), inputs, **options).scores, reference(name), 1e-3)


@pytest.mark.parametrize("name", CASES)
def test_scores_vary_and_nothing_reaches_for_the_network(name, monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    found = scores(name)
    assert np.isfinite(found).all()
    assert (found.std(1) > 0).all()
