"""Pairs of networks that share one thing: what is shared and what is not, resumed, added to, refused."""

import json
import sys

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from typer.testing import CliRunner

from harsanyi import ArgumentError, NetworkError
from harsanyi.cli import app
from harsanyi.training import (
    FACTORS,
    NAMED_FACTOR_PLANS,
    Course,
    FactorPair,
    FactorPlan,
    Recipe,
    TrainingPlan,
    epoch_batches,
    read_factor_plan,
    read_factors,
    train,
    train_factors,
)
from harsanyi.training.cut import Cut, cut
from harsanyi.training.factor_index import INDEX
from harsanyi.training.factor_plan import MODES, read_any_plan
from harsanyi.training.factors import check_factors
from harsanyi.training.plan import read_training

NETWORKS = '''
from torch import nn

def make(upper=(8,), lowest=12, classes=3, bias=True):
    """Low layers with batch normalization; the ReLU below the cut is the module "2"."""
    sizes = [lowest, *upper]
    return nn.Sequential(nn.Linear(13, lowest, bias=bias), nn.BatchNorm1d(lowest), nn.ReLU(), nn.Dropout(0.2),
                         *(layer for a, b in zip(sizes, sizes[1:])
                           for layer in (nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU())),
                         nn.Linear(sizes[-1], classes))

def low_only():
    return nn.Sequential(nn.Linear(13, 12), nn.BatchNorm1d(12), nn.ReLU())

def constant():
    network = make()
    for values in network.parameters():
        nn.init.constant_(values, 0.1)
    return network
'''
SMALL = "networks_of_factors:make"
OPTIONS = {
    "training": {
        "network": SMALL, "data": {"name": "wine", "standardise": True, "label_noise": 0.2},
        "recipe": {"epochs": 1, "checkpoints": 2, "batch_size": 32},
    },
    "low": "2", "other": SMALL, "other_options": {"upper": [8, 6]}, "pairs": 2,
}  # fmt: skip
LOW, HIGH, DRAWN = ("0.", "1."), ("4.", "5.", "7."), ("0.weight", "4.weight", "7.weight")
SHARED = {"nothing": (), "low": LOW, "high": HIGH, "architecture": (), "low_other_architecture": LOW,
          "order": LOW + HIGH}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    (folder / "networks_of_factors.py").write_text(NETWORKS)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))
    del sys.modules["networks_of_factors"]


def planned(training=None, **changes):
    return FactorPlan.from_mapping({**OPTIONS, **changes, "training": {**OPTIONS["training"], **(training or {})}})


@pytest.fixture(scope="module")
def trained(_networks, tmp_path_factory):
    return {mode: train_factors(planned(mode=mode), tmp_path_factory.mktemp(mode), progress=False) for mode in MODES}


def weights(index, name, step):
    return load_file(Course.load(index.networks[name].folder).paths[step])


def same(one, other, prefixes):
    """Whether every tensor under these prefixes is the same, buffers too."""
    names = [name for name in one if name.startswith(prefixes)]
    assert names
    return all(torch.equal(one[name], other[name]) for name in names)


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("mode", MODES)
def test_what_is_shared_is_equal_and_nothing_else(trained, mode, factor):
    index = trained[mode]
    for pair in (0, 1):
        first = [weights(index, f"pair-{pair}-first", step) for step in (0, 1)]
        second = [weights(index, f"pair-{pair}-{factor}", step) for step in (0, 1)]
        frozen = mode == "frozen" and factor != "order"
        shared = SHARED[factor]
        source = first[1] if frozen else first[0]
        assert not shared or same(source, second[0], shared)
        for name in DRAWN:
            fits = second[0].get(name) is not None and second[0][name].shape == first[0][name].shape
            if fits and not name.startswith(shared):
                assert not torch.equal(first[0][name], second[0][name])
                assert not torch.equal(first[1][name], second[0][name])
        assert (second[0].keys() == first[0].keys()) is not FACTORS[factor].other
        for prefix in {name.partition(".")[0] + "." for name in second[0]}:
            moved = not same(second[0], second[1], (prefix,))  # batch normalization: its statistics and counts too
            assert moved is not (frozen and prefix in shared)


def test_the_first_network_is_that_of_its_seed_and_pairs_differ(trained):
    index = trained["initial"]
    plan = read_training(index.networks["pair-1-first"].folder)
    torch.manual_seed(plan.recipe.seed)
    made = plan.module().state_dict()
    assert same(made, weights(index, "pair-1-first", 0), LOW + HIGH)
    assert not same(made, weights(index, "pair-0-first", 0), ("0.weight",))
    frozen = trained["frozen"]  # the first networks do not depend on what is shared with them
    assert same(weights(index, "pair-1-first", 1), weights(frozen, "pair-1-first", 1), LOW + HIGH)


def test_second_networks_of_a_pair_have_order_and_unshared_values_in_common(trained):
    index = trained["initial"]
    low, bare = (weights(index, f"pair-0-{name}", 0) for name in ("low", "architecture"))
    assert same(low, bare, HIGH)
    assert same(weights(index, "pair-0-high", 0), bare, LOW)
    nothing, other = (weights(index, f"pair-0-{name}", 0) for name in ("nothing", "low_other_architecture"))
    assert same(nothing, other, ("4.", "7.", "10."))


@pytest.mark.parametrize("mode", MODES)
def test_the_data_are_the_same_and_the_order_is_another(trained, mode):
    records = {name: json.loads((network.folder / "recipe.json").read_text())
               for name, network in trained[mode].networks.items()}  # fmt: skip
    assert len({record["data"]["sha256"] for record in records.values()}) == 1
    seeds = {name: record["recipe"]["seed"] for name, record in records.items()}
    for pair in (0, 1):
        assert len({seeds[f"pair-{pair}-{factor}"] for factor in FACTORS}) == 1
    assert len(set(seeds.values())) == 4
    one, other = (torch.cat(epoch_batches(142, 32, seeds[f"pair-0-{name}"], 1)) for name in ("first", "order"))
    assert not torch.equal(one, other)


@pytest.mark.parametrize("mode", MODES)
def test_the_index_is_read_back_and_lets_every_network_be_made_again(trained, mode):
    index = trained[mode]
    assert read_factors(index.folder) == index
    assert list(index.by_factor()) == list(FACTORS)
    assert index.by_factor()["low"] == [
        FactorPair("low", pair, f"pair-{pair}-first", f"pair-{pair}-low") for pair in (0, 1)
    ]
    assert index.low == ("0", "1")
    assert f"mode {mode}" in repr(index)
    assert "low layers '0', '1'; pairs: nothing 2, low 2" in repr(index)
    assert index.networks["pair-0-low"].folder == index.folder / "pair-0" / "low"
    for name, network in index.networks.items():
        plan = read_training(network.folder)
        assert (plan.network, plan.network_options) == (network.network, network.options)
        plan.module().load_state_dict(weights(index, name, 1))


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.suffix == ".safetensors" or path.name in (INDEX, "course.csv")}  # fmt: skip


class StoppedError(Exception):
    """Raised between or in the middle of trainings."""


@pytest.mark.parametrize(("mode", "at"), [("initial", "between two networks"), ("frozen", "in the middle of one")])
def test_stopped_and_run_again_is_uninterrupted(trained, tmp_path, mode, at):
    plan = planned(mode=mode)

    def say(line):
        if at == "between two networks" and "pair-0-high" in line:
            raise StoppedError

    def progress(done, total):
        if at == "in the middle of one" and (tmp_path / "pair-0" / "high").is_dir() and 0 < done < total:
            raise StoppedError

    with pytest.raises(StoppedError):
        train_factors(plan, tmp_path, say=say, progress=progress)
    unfinished = read_factors(tmp_path)
    assert list(unfinished.networks) == ["pair-0-first", "pair-0-nothing", "pair-0-low"]  # only what is finished
    assert [pair.factor for pair in unfinished.pairs] == ["nothing", "low"]
    assert train_factors(plan, tmp_path, progress=False).pairs == trained[mode].pairs
    assert files(tmp_path) == files(trained[mode].folder)


def test_pairs_and_factors_are_added_and_another_plan_is_refused(trained, tmp_path):
    train_factors(planned(pairs=1, factors=["low"]), tmp_path, progress=False)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("epoch-*")}
    index = train_factors(planned(pairs=2, factors=["order"]), tmp_path, progress=False)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [(pair.factor, pair.pair) for pair in index.pairs] == [("low", 0), ("order", 0), ("order", 1)]
    own = files(tmp_path)
    own.pop(next(path for path in own if path.name == INDEX))
    assert own.items() <= files(trained["initial"].folder).items()
    recipe = {**OPTIONS["training"]["recipe"], "epochs": 2}
    for changes, match in (({"mode": "frozen"}, "mode 'initial' instead of 'frozen'"), ({"seed": 1}, "seed 0 instead"),
                           ({"training": {"recipe": recipe}}, r"another plan \(another training\)")):  # fmt: skip
        with pytest.raises(ArgumentError, match=match):
            train_factors(planned(**changes), tmp_path, progress=False)


@pytest.mark.parametrize(("changes", "match"), [
    ({"low": "3x"}, r"low: given '3x'; accepted: one of the modules 0, 1, 2, 3, 4, 5, 6, 7"),
    ({"low": 5}, r"low: given 5; accepted: 1 to 4 of the 5 modules with parameters \(0, 1, 4, 5, 7\)"),
    ({"low": "7"}, "no parameter above it"),
    ({"low": True}, "the name of a module, or a number"),
    ({"low": 0}, "the name of a module, or a number"),
    ({"other_options": {"lowest": 10}}, r"0\.weight is \(10, 13\) instead of \(12, 13\)"),
    ({"other_options": {"bias": False}}, r"0\.bias is nothing instead of \(12,\)"),
    ({"other_options": {"classes": 2}}, "which gives 2 logits; accepted: one with the first network's 3"),
    ({"other_options": {"width": 1}}, "unexpected keyword argument 'width'"),
    ({"other_options": {}}, "which is the first network"),
    ({"other_options": 3}, "other_options: given 3"),
    ({"other": "networks_of_factors:low_only", "other_options": {}}, "without a parameter above"),
    ({"other": "nowhere"}, "package.module:factory"),
    ({"other": None}, r"for nothing and low_other_architecture\. Or leave them out"),
    ({"factors": ["lo"]}, "Did you mean 'low'"),
    ({"factors": ["low", "low"]}, "each once"),
    ({"factors": [["low"]]}, "factors: given "),
    ({"factors": "low"}, "a list"),
    ({"factors": []}, "a list"),
    ({"mode": "froze"}, "Did you mean 'frozen'"),
    ({"pairs": 0}, "pairs: given 0"),
    ({"seed": -1}, "seed: given -1"),
    ({"training": {"network": "networks_of_factors:constant"}}, "initial values are always the same"),
    ({"training": {"recipe": {"epochs": 4, "checkpoints": [0, 2]}}, "mode": "frozen"}, "end with the last one, 4"),
    ({"pair": 1}, "Did you mean 'pairs'"),
])  # fmt: skip
def test_what_cannot_be_trained_is_refused_first(tmp_path, changes, match):
    with pytest.raises(ArgumentError, match=match):
        train_factors(planned(**changes), tmp_path / "none", progress=False)
    assert not (tmp_path / "none").exists()


def test_another_architecture_that_cannot_be_run_is_refused_first(tmp_path):
    plan = planned(other="harsanyi.zoo.digits:digits_mlp", other_options={}, factors=["nothing"])
    with pytest.raises(NetworkError, match="cannot be run on the data: mat1 and mat2"):
        train_factors(plan, tmp_path / "none", progress=False)
    assert not (tmp_path / "none").exists()


def test_without_another_architecture_the_other_factors_are_there(tmp_path):
    plan = planned(other=None, other_options={}, factors=["high"], pairs=1)
    assert plan.to_mapping()["factors"] == ["high"]
    assert FactorPlan.from_mapping(plan.to_mapping()) == plan
    assert list(train_factors(plan, tmp_path, progress=False).networks) == ["pair-0-first", "pair-0-high"]


def test_an_index_that_is_none_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="written by train_factors, or by harsanyi train"):
        read_factors(tmp_path)
    half = {"format": 1, "plan": {"mode": "initial"}, "low": [], "networks": {"a": {}}, "pairs": []}
    for content in ("{", "[]", json.dumps({"format": 9}), json.dumps({"format": 1, "plan": []}), json.dumps(half)):
        (tmp_path / INDEX).write_text(content)
        with pytest.raises(ArgumentError, match="damaged"):
            read_factors(tmp_path)
    with pytest.raises(ArgumentError, match="a folder, new or there"):
        train_factors(planned(), tmp_path / INDEX, progress=False)


# The cut --------------------------------------------------------------------------------------------------------------


class Nested(nn.Module):
    """A parameter of its own, a block, and a head that may be tied to the block."""

    def __init__(self, tied=False):
        super().__init__()
        self.start = nn.Parameter(torch.zeros(3))
        self.block = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3, affine=False))
        self.head = nn.Linear(3, 3)
        if tied:
            self.head.weight = self.block[0].weight


def test_a_cut_keeps_blocks_whole_and_counts_modules_with_parameters():
    network = Nested()
    assert cut(network, "block") == Cut(("", "block.0", "block.1"), ("head",))
    assert cut(network, "block.0") == cut(network, 2) == Cut(("", "block.0"), ("block.1", "head"))
    assert cut(network, 1) == Cut(("",), ("block.0", "block.1", "head"))
    with pytest.raises(ArgumentError, match=r"accepted: one of the modules block, .*Did you mean 'block'"):
        cut(network, "blok")
    with pytest.raises(ArgumentError, match=r"in common \(block\.0\.weight is head\.weight\)"):
        cut(Nested(tied=True), "block")


def test_frozen_modules_are_frozen_themselves_and_have_to_be_there(tmp_path, wine):
    network = nn.Sequential(nn.Sequential(nn.Linear(13, 4), nn.BatchNorm1d(4)), nn.Linear(4, 3))
    before = {name: values.clone() for name, values in network.state_dict().items()}
    train(network, wine, Recipe(epochs=1, checkpoints=2), tmp_path / "a", progress=False, frozen=["0", "0.1"])
    assert same(before, network.state_dict(), ("0.1.",))
    assert not same(before, network.state_dict(), ("0.0.",))  # not the modules within "0"
    with pytest.raises(ArgumentError, match=r"frozen: given '2'; accepted: some of the modules 0, 0\.0, 0\.1, 1"):
        train(network, wine, Recipe(), tmp_path / "b", progress=False, frozen=["2"])


# Ready to run ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "low"), [("digits-cnn", ("0", "2")), ("digits-mlp", ("1", "3"))])
def test_the_named_plans_can_be_trained(name, low):
    assert name in NAMED_FACTOR_PLANS
    plan = read_factor_plan(name, {"pairs": 3, "training.recipe.epochs": 2, "mode": "frozen"})
    assert (plan.pairs, plan.training.recipe.steps, plan.factors) == (3, (0, 2), tuple(FACTORS))
    assert check_factors(plan, plan.training.load()).low == low
    assert read_factor_plan(name).pairs == 5  # the changes were of that one plan
    assert read_factor_plan(name).training.recipe.epochs > 2


def test_a_file_is_a_training_or_factors_by_its_fields(tmp_path):
    import yaml

    for options, kind in ((OPTIONS, FactorPlan), (OPTIONS["training"], TrainingPlan)):
        (tmp_path / "plan.yaml").write_text(yaml.safe_dump(options))
        assert isinstance(read_any_plan(tmp_path / "plan.yaml"), kind)
    with pytest.raises(ArgumentError, match=r"one of the recipes digits, digits-cnn, digits-mlp\. Did you mean"):
        read_any_plan("digits-mpl")
    with pytest.raises(ArgumentError, match=r"plans digits-cnn, digits-mlp\. Did you mean 'digits-mlp'"):
        read_factor_plan("digits-ml")


def test_from_the_command_line(tmp_path):
    import yaml

    recipe, out = tmp_path / "factors.yaml", tmp_path / "out"
    recipe.write_text(yaml.safe_dump(OPTIONS))
    command = ["train", str(recipe), "--out", str(out), "--set", "factors=[low]", "--set", "pairs=1"]
    assert CliRunner().invoke(app, [*command, "--baselines", "1"]).exit_code == 2
    assert not out.exists()
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "Training pair-0-low: it shares the low layers" in done.output
    assert "FactorIndex: 2 networks" in done.output
    assert list(read_factors(out).networks) == ["pair-0-first", "pair-0-low"]
