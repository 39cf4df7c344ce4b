"""Training probes, against scikit-learn, the gradient by autograd, and networks whose answer is known."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi.core.errors import ArgumentError
from harsanyi.training import Probed, Probes, train_probes
from harsanyi.training.features import _check_room
from harsanyi.training.softmax import Problem
from harsanyi.training.softmax_fit import fit_lbfgs
from harsanyi.zoo.digits import digits_mlp, load_digits

ONE = {"weight_decays": [1e-2], "progress": False}


@pytest.fixture(scope="module")
def digits():
    data = load_digits(240)
    return data.train_inputs, data.train_labels, data.test_inputs[:200], data.test_labels[:200]


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return digits_mlp((48, 32))


@pytest.fixture(scope="module")
def probes(digits, network):
    images, labels, more, others = digits
    return train_probes(network, images, labels, weight_decays=[1e-3, 1e-1], held_out=(more, others), progress=False)


def scaled(features):
    """The standardisation that is documented: small deviations are raised to a tenth of their root mean square."""
    deviation = features.std(0)
    return (features - features.mean(0)) / np.maximum(deviation, 0.1 * np.sqrt((deviation**2).mean()))


@pytest.mark.parametrize("width", [64, 300])  # fewer and more features than samples
def test_the_minimum_is_that_of_scikit_learn(digits, width):
    linear_model = pytest.importorskip("sklearn.linear_model")
    images, labels, *_ = digits
    features = images.flatten(1)
    if width > 64:
        features = torch.tanh(features @ torch.randn(64, width, generator=torch.Generator().manual_seed(0)))
    rows = torch.arange(len(labels))
    found = fit_lbfgs(Problem(features, labels, rows, 10), 1e-2, None, 1e-9, 2000)
    assert found.gradient <= 1e-9
    own = scaled(features.double().numpy())
    reference = linear_model.LogisticRegression(C=1 / (1e-2 * len(labels)), tol=1e-10, max_iter=5000).fit(own, labels)
    expected = torch.from_numpy(own @ reference.coef_.T + reference.intercept_)
    shift = found.logits(features, rows) - expected  # a bias for all classes together is free
    torch.testing.assert_close(shift - shift.mean(1, keepdim=True), torch.zeros_like(shift), atol=1e-4, rtol=0)


@pytest.mark.parametrize("decay", [0.0, 1e-2])
def test_both_ways_to_solve_agree_and_the_gradient_is_that_of_autograd(digits, monkeypatch, decay):
    images, labels, *_ = digits
    problem = Problem(images.flatten(1), labels, torch.arange(0, 240, 2), 10)
    tolerance = 1e-5
    solved = [fit_lbfgs(problem, decay, None, tolerance, 2000)]
    monkeypatch.setattr("harsanyi.training.softmax._ROTATED", 1)
    monkeypatch.setattr("harsanyi.training.softmax._HELD", 1)
    monkeypatch.setattr("harsanyi.training.softmax._BLOCK", 1000)
    solved.append(fit_lbfgs(Problem(problem.features, labels, problem.rows, 10), decay, None, tolerance, 2000))
    own = torch.from_numpy(scaled(images.flatten(1)[::2].double().numpy()))
    for found in solved:
        assert found.gradient <= tolerance
        mean, deviation = problem.moments
        weight = (found.weight * deviation).requires_grad_()
        bias = (found.bias + found.weight @ mean).requires_grad_()
        loss = nn.functional.cross_entropy(own @ weight.T + bias, labels[::2]) + decay / 2 * (weight**2).sum()
        loss.backward()
        assert max(weight.grad.abs().max(), bias.grad.abs().max()) == pytest.approx(found.gradient, rel=1e-3)
    if decay:
        torch.testing.assert_close(solved[0].weight, solved[1].weight, atol=2e-2, rtol=0)


def test_layers_know_the_digits_and_the_figures_are_those_of_the_probes(digits, network, probes):
    images, labels, more, others = digits
    assert probes.layers == ("2", "4")
    with torch.no_grad():
        logits, held_out = Probed(network, probes).eval()(images), Probed(network, probes).eval()(more)
    for number, probe in enumerate(probes):
        fit, own = probe.fit, logits[:, number]
        assert fit.train_loss == pytest.approx(float(nn.functional.cross_entropy(own, labels)), rel=1e-4)
        assert fit.train_accuracy == pytest.approx(float((own.argmax(1) == labels).float().mean()))
        assert fit.held_out_accuracy == pytest.approx(float((held_out[:, number].argmax(1) == others).float().mean()))
        assert fit.held_out_loss == pytest.approx(
            float(nn.functional.cross_entropy(held_out[:, number], others)), rel=1e-4
        )
        assert fit.converged
        assert not fit.at_chance
        assert fit.held_out_accuracy > 0.5
        assert fit.validation_samples in range(45, 52)
    assert probes.warnings() == ()


def test_the_network_is_left_as_it_was(digits):
    images, labels, *_ = digits
    network = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 20), nn.BatchNorm1d(20), nn.ReLU(inplace=True), nn.Linear(20, 10)
    )
    network[1].weight.requires_grad_(False)
    network[2].eval()
    before, kept = copy.deepcopy(network.state_dict()), images.clone()
    train_probes(network, images, labels, **ONE)
    assert all(torch.equal(values, before[name]) for name, values in network.state_dict().items())
    assert [module.training for module in network] == [True, True, False, True, True]
    assert [values.requires_grad for values in network.parameters()] == [False, True, True, True, True, True]
    assert all(values.grad is None for values in network.parameters())
    assert torch.equal(images, kept)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_a_layer_of_noise_is_at_chance():
    generator = torch.Generator().manual_seed(0)
    inputs, labels = torch.randn(200, 6, generator=generator), torch.randint(4, (200,), generator=generator)
    network = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4))
    probes = train_probes(network, inputs, labels, **ONE)
    assert probes["1"].fit.at_chance
    assert "is at chance" in probes.warnings()[0]


def test_the_decay_is_chosen_by_the_loss_of_validation_samples(digits, network, probes):
    images, labels, *_ = digits
    for layer in probes.layers:
        losses = [train_probes(network, images, labels, layers=layer, weight_decays=[decay], progress=False)
                  for decay in (1e-3, 1e-1)]  # fmt: skip
        losses = [one[layer].fit.validation_loss for one in losses]
        assert probes[layer].fit.weight_decay == (1e-3, 1e-1)[int(np.argmin(losses))]
        assert probes[layer].fit.validation_loss == pytest.approx(min(losses), rel=1e-3)


def test_the_same_seed_gives_the_same_bits_wherever_the_features_lie(tmp_path, digits, network):
    images, labels, *_ = digits
    ways = [{}, {"memory": 0}, {"cache": tmp_path / "kept"}, {"cache": tmp_path / "kept"}]
    found = [train_probes(network, images, labels, **ONE, **way) for way in ways]
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert torch.equal(one.weight, two.weight)
            assert one.fit == two.fit
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "features.json", "layer-00.float32", "layer-01.float32"]  # fmt: skip
    another = train_probes(network, images, labels, **ONE, seed=1)
    assert another["2"].fit.validation_loss != found[0]["2"].fit.validation_loss


def test_a_cache_is_used_again(tmp_path, digits, network):
    images, labels, *_ = digits
    cache = tmp_path / "kept"
    train_probes(network, images, labels, **ONE, layers="2", cache=cache)
    np.memmap(cache / "layer-00.float32", np.float32, "r+")[:] = 1.0  # what is read from there cannot tell classes
    assert train_probes(network, images, labels, **ONE, layers="2", cache=cache)["2"].fit.at_chance


def test_a_cache_of_something_else_is_refused(tmp_path, digits, network):
    images, labels, *_ = digits
    given = {**ONE, "cache": tmp_path / "kept", "layers": "2"}
    train_probes(network, images, labels, **given)
    other = digits_mlp((48, 32))
    wrong = [(other, images, {}, "made from another network"), (network, images + 1e-3, {}, "made from other samples"),
             (network, images, {"layers": "4"}, "made from other layers")]  # fmt: skip
    for of, samples, more, told in wrong:
        with pytest.raises(ArgumentError, match=f"cache: given .*{told}; accepted: a folder of the same .*remove this"):
            train_probes(of, samples, labels, **{**given, **more})
    (tmp_path / "kept" / "layer-00.float32").write_bytes(b"torn")
    with pytest.raises(ArgumentError, match=r"whose layer-00.float32 is damaged"):
        train_probes(network, images, labels, **given)


def test_a_disk_without_room_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"cache: given .* free for features of 8388608.0 GiB; accepted: .*Fewer"):
        _check_room(tmp_path, 2**53)


def test_a_temporary_folder_goes(tmp_path, monkeypatch, digits, network):
    images, labels, *_ = digits
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    train_probes(network, images, labels, **ONE, memory=0)
    assert list(tmp_path.iterdir()) == []


def test_a_single_logit_is_that_of_class_1():
    inputs = torch.randn(120, 5, generator=torch.Generator().manual_seed(0))
    labels = (inputs[:, 0] > 0).long()
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 1))
    probes = train_probes(network, inputs, labels, **ONE)
    logits = Probed(network, probes)(inputs)
    assert logits.shape == (120, 2, 1)
    right = ((logits[:, 0, 0] > 0) == (labels == 1)).float().mean()
    assert float(right) == pytest.approx(probes["1"].fit.train_accuracy)
    assert right > 0.8


def test_sgd_goes_towards_the_same_minimum(digits, network):
    images, labels, *_ = digits
    options = {**ONE, "layers": "2"}
    exact = train_probes(network, images, labels, **options)["2"]
    near = train_probes(network, images, labels, **options, optimizer="sgd", max_iterations=60)["2"]
    few = train_probes(network, images, labels, **options, optimizer="sgd", max_iterations=2)["2"]
    assert "did not converge" in few.warnings[0]
    far, away = (abs(one.fit.train_loss - exact.fit.train_loss) for one in (few, near))
    assert away < far / 5
    assert near.fit.gradient < few.fit.gradient / 5


def test_texts_take_a_function(digits):
    words = ["good", "bad", "fine", "poor"]
    texts = [words[k % 4] for k in range(80)]
    labels = torch.arange(80) % 2

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.hidden, self.last = nn.Embedding(4, 6), nn.Linear(6, 6), nn.Linear(6, 2)

        def forward(self, input_ids, attention_mask):
            return self.last(self.hidden(self.embed(input_ids)).mean(1))

    def forward(model, part):
        ids = torch.tensor([[words.index(text)] for text in part])
        return model(input_ids=ids, attention_mask=torch.ones_like(ids))

    probes = train_probes(Model(), texts, labels, forward=forward, **ONE)
    assert [(probe.layer, probe.pooling) for probe in probes] == [("embed", "mean"), ("hidden", "mean")]
    assert probes["embed"].fit.validation_accuracy == 1
    with pytest.raises(ArgumentError, match=r"forward: given nothing, for inputs that are a list; .*Of texts: lambda"):
        train_probes(Model(), texts, labels, **ONE)


def test_progress_is_told(digits, network):
    told = []
    images, labels, *_ = digits
    train_probes(network, images, labels, weight_decays=[1.0], progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3 * 240, 3 * 240)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"validation": 0}, r"validation: given 0; accepted: a share of the samples in \(0, 1\)"),
        ({"validation": 1e-9}, "validation: given 1e-09 of 240 samples, which is none of any class"),
        ({"weight_decays": []}, r"weight_decays: given \(\); accepted: one or more finite numbers >= 0"),
        ({"weight_decays": [-1]}, "weight_decays: given"),
        ({"optimizer": "lbgfs"}, "optimizer: given 'lbgfs'; accepted: one of lbfgs, sgd. Did you mean 'lbfgs'"),
        ({"tolerance": 0}, "tolerance: given 0; accepted: a number > 0"),
        ({"max_iterations": 0}, "max_iterations: given 0; accepted: a whole number >= 1"),
        ({"batch_size": 0}, "batch_size: given 0"),
        ({"memory": -1}, "memory: given -1; accepted: bytes"),
        ({"seed": -1}, "seed: given -1"),
        ({"layers": "22"}, "layers: given '22'; accepted: a layer of the network"),
        ({"pooling": "max"}, "pooling: given 'max'; accepted: one of auto, flatten, mean, first"),
        (
            {"labels": torch.zeros(240)},
            r"labels: given torch.float32 of shape \(240,\); accepted: whole numbers from 0",
        ),
        ({"labels": torch.full((240,), -1)}, "labels: given -1; accepted: whole numbers from 0"),
        ({"labels": torch.zeros(3, dtype=torch.int64)}, "one for each of the 240 samples"),
        ({"labels": torch.full((240,), 10)}, "labels: given a label 10; accepted: 0 to 9: the network has 10 logits"),
        ({"held_out": 3}, "held_out: given int; accepted: a pair of samples and labels"),
        ({"held_out": (torch.zeros(2, 3), [0, 1])}, "held_out: given samples of another shape or kind"),
    ],
)
def test_bad_arguments_are_refused(digits, network, options, told):
    images, labels, *_ = digits
    with pytest.raises(ArgumentError, match=told):
        train_probes(network, images, **{"labels": labels, "progress": False, **options})


def test_trained_probes_are_kept_in_a_file(tmp_path, probes, network):
    loaded = Probes.load(probes.save(tmp_path / "probes"))
    loaded.check(network)
    assert loaded.how == probes.how
    assert [probe.fit for probe in loaded] == [probe.fit for probe in probes]
