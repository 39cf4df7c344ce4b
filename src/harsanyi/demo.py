"""The demo: train a small network on real handwritten digits and show what it has learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from harsanyi.extraction import extract
from harsanyi.game.players.images import Patches
from harsanyi.interactions import Interactions
from harsanyi.report.folder import write_folder
from harsanyi.report.words import sentences
from harsanyi.zoo.digits import Digits, digits_cnn, load_digits

_CORNERS = {(0, 0), (0, 3), (3, 0), (3, 3)}  # almost always empty in this data set
CELLS = [(row, column) for row in range(4) for column in range(4) if (row, column) not in _CORNERS]
LABEL_NOISE = 0.1
SAMPLES = 20


@dataclass(frozen=True)
class Demo:
    """What the demo made: the interactions, the sentences and where the page is."""

    interactions: Interactions
    sentences: list[str]
    page: Path


def run_demo(out: Path, epochs: int = 40, seed: int = 0, say: Callable[[str], None] = lambda line: None) -> Demo:
    """Train on the digits, 10 % of the training labels random, explain 20 test samples and write a page.

    Args:
        out: an existing folder.
        epochs: of the training.
        seed: of data, initial values, batches and players.
        say: told each step in words.

    Returns:
        The `Demo`.
    """
    digits = load_digits(label_noise=LABEL_NOISE, seed=seed)
    say(f"Training a small CNN on {len(digits.train_inputs)} digits, {len(digits.changed)} labels drawn at random …")
    network = train(digits, epochs, seed)
    torch.save(network.state_dict(), out / "network.pt")
    learned = _learning_sentence(network, digits, epochs)
    say(f"Explaining {SAMPLES} test samples, n = 10 patches each …")
    players = Patches(grid=4, cells=CELLS, n=10, seed=seed)
    interactions = extract(network, digits.test_inputs[:SAMPLES], digits.test_labels[:SAMPLES], players=players)
    findings = [learned, _wrong_sentence(network, digits)]
    write_folder(interactions, out, "What a small network learned about handwritten digits", findings)
    return Demo(interactions, [*findings, *sentences(interactions)], out / "index.html")


def train(digits: Digits, epochs: int, seed: int) -> nn.Module:
    """Train the digits network: SGD, learning rate 0.01, momentum 0.9, batches of 32."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = digits_cnn()
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
        for _ in range(epochs):
            for batch in torch.randperm(len(digits.train_inputs)).split(32):
                optimizer.zero_grad()
                outputs = network(digits.train_inputs[batch])
                nn.functional.cross_entropy(outputs, digits.train_labels[batch]).backward()
                optimizer.step()
    return network.eval()


def _accuracy(network: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    with torch.no_grad():
        return float((network(inputs).argmax(1) == labels).float().mean())


def _learning_sentence(network: nn.Module, digits: Digits, epochs: int) -> str:
    fitted = _accuracy(network, digits.train_inputs, digits.train_labels)
    memorised = _accuracy(network, digits.train_inputs[digits.changed], digits.train_labels[digits.changed])
    tested = _accuracy(network, digits.test_inputs, digits.test_labels)
    return (
        f"After {epochs} epochs the network fits {100 * fitted:.0f} % of its training labels, {100 * memorised:.0f} % "
        f"of the {len(digits.changed)} random ones among them, and {100 * tested:.0f} % of the test labels."
    )


def _wrong_sentence(network: nn.Module, digits: Digits) -> str:
    with torch.no_grad():
        predicted = network(digits.test_inputs[:SAMPLES]).argmax(1)
    wrong = (predicted != digits.test_labels[:SAMPLES]).nonzero().flatten().tolist()
    if not wrong:
        return f"All {SAMPLES} explained samples are classified correctly."
    listed = ", ".join(map(str, wrong))
    return f"Of the {SAMPLES} explained samples, {len(wrong)} are classified wrongly: samples {listed}."
