"""Running a user's network: which output is scored, evaluation mode, where inputs go."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import ArgumentError, Columns, NetworkError, Output, Patches, extract
from harsanyi.game.evaluate import batch_size_for
from harsanyi.game.network import evaluation_mode, placed, select_output

LOGITS, OTHER = torch.tensor([[1.0, 2.0]]), torch.tensor([[9.0, 9.0]])
Pair = namedtuple("Pair", "hidden logits")


@dataclass
class HuggingFace(OrderedDict):
    """As transformers' ModelOutput: a mapping whose entries are also attributes."""

    logits: torch.Tensor
    hidden_states: tuple = ()

    def __post_init__(self):
        self.update(logits=self.logits, hidden_states=self.hidden_states)

    def __getitem__(self, key):
        return list(self.values())[key] if isinstance(key, int) else super().__getitem__(key)


@pytest.mark.parametrize(
    ("outputs", "choice"),
    [
        (LOGITS, None),
        (LOGITS.numpy(), None),
        (LOGITS.tolist()[0], lambda outputs: torch.tensor([outputs])),
        ((LOGITS, OTHER), None),
        ([LOGITS, OTHER], None),
        ((OTHER, LOGITS), 1),
        ((OTHER, LOGITS), -1),
        ((LOGITS.numpy(), None), 0),
        ({"logits": LOGITS, "loss": OTHER}, None),
        ({"only": LOGITS}, None),
        ({"a": OTHER, "b": LOGITS}, "b"),
        ({0: OTHER, 1: LOGITS}, 1),
        (SimpleNamespace(logits=LOGITS, loss=None), None),
        (SimpleNamespace(scores=LOGITS, loss=None), "scores"),
        (Pair(OTHER, LOGITS), None),
        (Pair(LOGITS, OTHER), "hidden"),
        (HuggingFace(LOGITS, (OTHER,)), None),
        (HuggingFace(OTHER, (OTHER, LOGITS)), lambda outputs: outputs.hidden_states[1]),
        (HuggingFace(LOGITS), "logits"),
        (HuggingFace(LOGITS), 0),
        ({"a": {"b": LOGITS}}, lambda outputs: outputs["a"]["b"]),
    ],
)
def test_the_output_to_score(outputs, choice):
    assert torch.equal(select_output(outputs, choice), LOGITS)


@pytest.mark.parametrize(
    ("outputs", "choice", "error", "message"),
    [
        ({"a": OTHER, "b": LOGITS}, None, NetworkError, "the keys 'a', 'b'.*output="),
        ({"a": OTHER}, "logits", ArgumentError, "output: given 'logits'; accepted: one of the keys 'a'"),
        ((OTHER, LOGITS), 2, ArgumentError, "output: given 2; accepted: one of the positions 0 to 1"),
        ((OTHER, LOGITS), "logits", ArgumentError, "positions 0 to 1"),
        (SimpleNamespace(loss=None), "logits", ArgumentError, "attributes of SimpleNamespace"),
        (LOGITS, "logits", ArgumentError, "attributes of Tensor"),
        (LOGITS, 0, ArgumentError, "output: given 0"),  # a row of the batch is no output
        (LOGITS.numpy(), 0, ArgumentError, "output: given 0"),
        (None, None, NetworkError, "NoneType, not a tensor"),
        ("cat", None, NetworkError, "str, not a tensor"),
        (SimpleNamespace(loss=None), None, NetworkError, "SimpleNamespace, not a tensor"),
        ({"only": (OTHER, LOGITS)}, None, NetworkError, "tuple, not a tensor.*output="),
    ],
)
def test_an_output_that_is_not_clear_is_refused(outputs, choice, error, message):
    with pytest.raises(error, match=message):
        select_output(outputs, choice)


class Flagged(nn.Module):
    """Some parts train, some do not, as with frozen batch normalisation."""

    def __init__(self):
        super().__init__()
        self.frozen, self.drop, self.last = nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3)
        self.train()
        self.frozen.eval()

    def forward(self, x):
        assert not any(module.training for module in self.modules())
        assert not torch.is_grad_enabled()
        return self.last(self.drop(self.frozen(x)))


def flags(network):
    return [module.training for module in network.modules()]


def test_evaluation_mode_restores_every_flag():
    network = Flagged()
    before = flags(network)
    with evaluation_mode(network):
        assert flags(network) == [False] * 4
    assert flags(network) == before == [True, False, True, True]
    assert torch.is_grad_enabled()


def test_evaluation_mode_restores_every_flag_when_the_network_raises():
    network = Flagged()
    with pytest.raises(KeyboardInterrupt), evaluation_mode(network):
        raise KeyboardInterrupt
    assert flags(network) == [True, False, True, True]
    assert torch.is_grad_enabled()


def test_dropout_and_batch_statistics_do_not_act():
    network = Flagged()
    network.frozen.train()
    statistics = {name: value.clone() for name, value in network.state_dict().items()}
    inputs = torch.randn(3, 4)
    first, second = (extract(network, inputs, players=Columns(), progress=False) for _ in range(2))
    assert np.array_equal(first.scores, second.scores)
    assert flags(network) == [True] * 4
    assert all(torch.equal(value, statistics[name]) for name, value in network.state_dict().items())


def test_flags_are_restored_when_extraction_fails():
    network = Flagged()
    with pytest.raises(NetworkError):
        extract(network, torch.randn(3, 5), players=Columns(), progress=False)
    assert flags(network) == [True, False, True, True]


def test_no_gradients_reach_parameters_or_inputs():
    network, inputs = nn.Linear(4, 3), torch.randn(3, 4, requires_grad=True)
    seen = []
    extract(nn.Sequential(network), inputs, players=Columns(), output=lambda o: seen.append(o) or o, progress=False)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert inputs.grad is None
    assert not any(outputs.requires_grad for outputs in seen)


def test_a_network_that_writes_into_its_input_leaves_the_samples_alone():
    network = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 3))
    inputs = torch.randn(3, 4)
    before = inputs.clone()
    result = extract(network, inputs, players=Columns(), noise=0, progress=False)
    assert torch.equal(inputs, before)
    with torch.no_grad():
        logits = network(before.clone()).double()
    assert np.array_equal(result.labels, logits.argmax(1).numpy())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_inputs_follow_the_dtype_of_the_network(dtype):
    network = nn.Linear(4, 3).to(dtype)
    assert placed(torch.randn(2, 4), network).dtype == dtype
    assert placed(torch.arange(4), network).dtype == torch.int64
    assert placed(torch.randn(2, 4), lambda x: x).dtype == torch.float32


@pytest.mark.parametrize("wrap", [torch.jit.script, lambda network: torch.compile(network, backend="eager")])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*torch.jit.*")
def test_compiled_networks(wrap):
    network, inputs = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)), torch.randn(2, 4)
    plain = extract(network, inputs, players=Columns(), progress=False)
    compiled = extract(wrap(network), inputs, players=Columns(), progress=False)
    assert compiled.scores == pytest.approx(plain.scores, abs=1e-5)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (lambda x: x.sum(), r"shape \(\) for a batch of 2"),
        (lambda x: x[:1], r"shape \(1, 4\) for a batch of 2"),
        (lambda x: x.T, r"shape \(4, 2\) for a batch of 2"),
        (lambda x: x @ torch.zeros(5, 2), r"failed on a batch of shape \(2, 4\), torch.float32, on cpu: RuntimeError"),
        (lambda x: {}["nothing"], "KeyError"),
        ("not a network", "not callable"),
    ],
)
def test_a_network_that_cannot_be_run_is_refused_before_any_long_work(network, message):
    with pytest.raises(NetworkError, match=message):
        extract(network, torch.randn(2, 4), players=Columns(), score=Output(), progress=False)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        (
            torch.zeros(2, 8, 8),
            r"shape \(8, 8\) have no channels; .* One image\? inputs\[None\]. .*\? inputs\[:, None\]",
        ),
        (torch.zeros(1, 8, 8), r"One image\? inputs\[None\]"),
        (torch.zeros(2, 1, 8, 8, dtype=torch.uint8), r"images.astype\('float32'\) / 255"),
        (torch.zeros(2, 1, 8, 8, dtype=torch.int64), r"give them as floating values, .*table.astype\('float32'\)"),
    ],
)
@pytest.mark.parametrize("first", [nn.Conv2d(1, 2, 3), nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 2, 3))])
def test_images_that_a_network_cannot_take_come_with_a_hint(first, inputs, told):
    network = nn.Sequential(first, nn.Flatten(), nn.Linear(72, 3))
    with pytest.raises(NetworkError, match=told):
        extract(network, inputs, players=Patches(2), progress=False)


def test_the_batch_size_follows_the_activations():
    cpu = torch.device("cpu")
    sizes = [batch_size_for(bytes_, cpu) for bytes_ in (1, 64, 1 << 12, 1 << 16, 1 << 40)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] >= 1
    assert all(size & (size - 1) == 0 for size in sizes)
