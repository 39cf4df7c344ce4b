"""Whole extractions at the papers' sizes: seconds a sample, on a GPU where there is one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from benchmarks.report import Row, Settings, Table
from harsanyi import Words, extract, protocol
from harsanyi.zoo.language import bert_medium, bert_tiny
from harsanyi.zoo.sentiment import sentiment, sentiment_tokenizer
from harsanyi.zoo.vgg import vgg11

_IMAGES = "35 - 40"  # seconds a sample on one consumer GPU, as published
_SENTENCES = "27 - 47"


def run(settings: Settings) -> list[Table]:
    """Seconds a sample of each network, for each number of players."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    samples = 50 if device.type == "cuda" else 2 if settings.quick else 5
    rows = [
        _images(n, samples, device, autocast) for n in settings.chosen((10, 12)) for autocast in _precisions(device)
    ]
    makers = {"BERT-tiny": bert_tiny, "BERT-medium": bert_medium, "BERT-base": _bert_base}
    rows += [
        _sentences(name, make, n, samples, device, autocast)
        for name, make in makers.items()
        for n in settings.chosen((10,))
        for autocast in _precisions(device)
        if device.type == "cuda" or name != "BERT-base"
    ]
    notes = [
        f"{samples} samples, networks of random weights, gap 1 %, noise 0.02; whole extraction with its split.",
        "Published: seconds a sample of the papers' own code on one consumer GPU, for trained networks.",
        "Error: largest change of a score by autocast, as a share of |v(N) - v(empty)|.",
    ]
    return [Table(f"The papers' sizes on {_device_name(device)}", rows, notes)]


def _bert_base(vocabulary: int) -> nn.Module:
    from transformers import BertConfig, BertForSequenceClassification

    network: nn.Module = BertForSequenceClassification(BertConfig(vocab_size=vocabulary))
    return network


def _precisions(device: torch.device) -> list[str | None]:
    return [None, "bfloat16"] if device.type == "cuda" else [None]


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} CPU threads"


def _images(n: int, samples: int, device: torch.device, autocast: str | None) -> Row:
    torch.manual_seed(0)
    network = vgg11().to(device).eval()
    images = torch.rand(samples, 3, 32, 32)
    return _row("VGG-11, 32 x 32", n, _IMAGES, network, images, autocast, protocol("vgg", network, n=n))


def _sentences(
    name: str, make: Callable[..., nn.Module], n: int, samples: int, device: torch.device, autocast: str | None
) -> Row:
    torch.manual_seed(0)
    tokenizer = sentiment_tokenizer()
    network = make(vocabulary=len(tokenizer)).to(device).eval()
    data = sentiment(4 * samples, max_words=12, seed=0).train
    parts = data.read(torch.arange(4 * samples))
    texts = [" . ".join(parts[start : start + 4]) for start in range(0, len(parts), 4)]  # about 35 tokens each
    return _row(name, n, _SENTENCES, network, texts, autocast, {"players": Words(tokenizer, n=n)})


def _row(
    name: str, n: int, published: str, network: nn.Module, inputs: Any, autocast: str | None, options: dict[str, Any]
) -> Row:
    """Time an extraction, after a first one that warms the device up."""
    options = {"progress": False, "autocast": autocast, **options}
    extract(network, inputs[:1], **options)
    started = time.perf_counter()
    result = extract(network, inputs, **options)
    seconds = time.perf_counter() - started
    record = result.provenance
    return {
        "network": name, "n": n, "precision": autocast or "float32", "batch": record["batch_size"],
        "network s": record["seconds_network"] / len(result), "split s": record["seconds_split"] / len(result),
        "s a sample": seconds / len(result), "published s": published,
        "largest gap": float(result.gap.max()), "error": record.get("autocast_error_share", 0.0),
    }  # fmt: skip
