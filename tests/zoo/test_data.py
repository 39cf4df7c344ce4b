"""Splits, subsets, label noise, scaling, and the data sets that scikit-learn brings."""

import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets as bundled

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo import NAMES, Selection, Source, load_data, select, standardised
from harsanyi.zoo.data import array_part, text_part
from harsanyi.zoo.digits import load_digits

COUNT, CLASSES = 60, 3


def numbered(count=COUNT, test=None):
    """Samples whose only value is their own row, test rows counting on from 1000."""
    part = array_part(torch.arange(float(count))[:, None], torch.arange(count) % CLASSES)
    given_test = array_part(1000 + torch.arange(float(test))[:, None], torch.arange(test) % CLASSES) if test else None
    return Source(part, ("a", "b", "c"), given_test)


def rows(inputs):
    return inputs.flatten().int().tolist()


shares = st.floats(0, 0.45)
numbers = st.integers(0, 25)


@given(shares | numbers | st.none(), shares | numbers, st.integers(1, 80) | st.none(), st.integers(0, 2**40))
def test_splits_are_disjoint_complete_and_follow_the_seed(test, held_out, limit, seed):
    whole = select(numbered(), Selection(test, held_out, seed=seed))
    splits = [rows(whole.train_inputs), rows(whole.test_inputs), rows(whole.held_out_inputs)]
    assert sorted(row for split in splits for row in split) == list(range(COUNT))
    share = 0.2 if test is None else test
    assert len(splits[1]) == (share if isinstance(share, int) else round(share * COUNT))
    rest = COUNT - len(splits[1])
    assert len(splits[2]) == (held_out if isinstance(held_out, int) else round(held_out * rest))
    assert [whole.train_rows.tolist(), whole.test_rows.tolist(), whole.held_out_rows.tolist()] == splits
    limited = select(numbered(), Selection(test, held_out, limit, seed=seed))
    assert rows(limited.train_inputs) == splits[0][:limit]
    assert rows(limited.test_inputs) == splits[1][:limit]
    assert rows(limited.held_out_inputs) == splits[2][:limit]


def test_labels_stay_with_their_samples():
    data = select(numbered(), Selection(held_out=10, seed=4))
    for inputs, labels in ((data.train_inputs, data.train_labels), (data.test_inputs, data.test_labels),
                           (data.held_out_inputs, data.held_out_labels)):  # fmt: skip
        assert [row % CLASSES for row in rows(inputs)] == labels.tolist()
        assert labels.dtype == torch.int64


def test_another_seed_is_another_split():
    assert rows(select(numbered(), Selection(seed=1)).test_inputs) != rows(
        select(numbered(), Selection(seed=2)).test_inputs
    )


def test_test_samples_do_not_depend_on_what_is_held_out():
    few, many = (select(numbered(), Selection(held_out=held_out)).test_rows for held_out in (0, 0.5))
    assert torch.equal(few, many)


def test_given_test_samples_are_kept():
    data = select(numbered(test=7), Selection(held_out=20))
    assert sorted(rows(data.test_inputs)) == list(range(1000, 1007))
    assert sorted(rows(data.train_inputs) + rows(data.held_out_inputs)) == list(range(COUNT))
    with pytest.raises(ArgumentError, match=r"test: given 5; .*its own test samples"):
        select(numbered(test=7), Selection(test=5))


@given(st.floats(0, 1), st.sampled_from(["uniform", "other"]), st.integers(0, 99))
def test_noise_changes_the_recorded_labels_and_no_other(share, noise, seed):
    data = select(numbered(), Selection(label_noise=share, noise=noise, seed=seed))
    clean = data.train_inputs.flatten().long() % CLASSES
    assert torch.equal(data.clean_labels, clean)
    assert len(data.changed) == round(share * len(clean))
    assert data.changed.tolist() == sorted(set(data.changed.tolist()))
    assert set(data.mislabelled.tolist()) <= set(data.changed.tolist())
    assert set(data.train_labels.tolist()) <= set(range(CLASSES))
    if noise == "other":
        assert torch.equal(data.mislabelled, data.changed)
    assert torch.equal(data.test_labels, data.test_inputs.flatten().long() % CLASSES)


@pytest.mark.parametrize(("noise", "expected"), [("uniform", [1 / 3] * 3), ("other", [0, 1 / 2, 1 / 2])])
def test_replacements_are_uniform_over_the_classes_they_are_drawn_from(noise, expected):
    data = select(numbered(30_000), Selection(label_noise=1.0, noise=noise))
    moved = torch.bincount((data.train_labels - data.clean_labels) % CLASSES, minlength=CLASSES)
    deviation = 0.5 / len(data.train_labels) ** 0.5
    np.testing.assert_allclose(moved / len(data.train_labels), expected, atol=5 * deviation)


def test_the_noise_may_have_a_seed_of_its_own():
    first, second = (select(numbered(), Selection(label_noise=0.3, noise_seed=s)) for s in (1, 2))
    assert torch.equal(first.train_rows, second.train_rows)
    assert first.changed.tolist() != second.changed.tolist()
    again = select(numbered(), Selection(label_noise=0.3, noise_seed=1, seed=9))
    assert torch.equal(again.changed, first.changed)


def test_noise_with_one_class_needs_the_uniform_kind():
    one = Source(text_part(["a", "b"], torch.zeros(2, dtype=torch.int64)), ("only",))
    with pytest.raises(ArgumentError, match="two classes or more"):
        select(one, Selection(test=0, label_noise=1.0, noise="other"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test": 1.0}, r"test: given 1.0; accepted: a whole number of samples >= 0, or a share"),
        ({"test": -1}, "test: given -1"),
        ({"test": True}, "test: given True"),
        ({"held_out": None}, "held_out: given None"),
        ({"held_out": float("nan")}, "held_out: given nan"),
        ({"limit": 0}, "limit: given 0"),
        ({"limit": 2.5}, "limit: given 2.5"),
        ({"label_noise": 1.1}, r"label_noise: given 1.1; accepted: a share in \[0, 1\]"),
        ({"noise": "none"}, 'noise: given \'none\'; accepted: "uniform" or "other"'),
        ({"seed": 0.5}, "seed: given 0.5"),
        ({"noise_seed": -1}, "noise_seed: given -1"),
    ],
)
def test_selections_that_cannot_be_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        Selection(**options)


@pytest.mark.parametrize(("options", "argument"), [({"test": 60}, "test"), ({"test": 10, "held_out": 50}, "held_out")])
def test_some_samples_must_be_left_to_train(options, argument):
    with pytest.raises(ArgumentError, match=f"{argument}: .*so that some train"):
        select(numbered(), Selection(**options))


def test_digits_are_those_of_scikit_learn():
    data = load_data("digits", seed=3)
    images, classes = bundled.load_digits(return_X_y=True)
    np.testing.assert_array_equal(data.train_inputs.flatten(1) * 16, images[data.train_rows])
    np.testing.assert_array_equal(data.test_labels, classes[data.test_rows])
    assert data.train_inputs.shape[1:] == (1, 8, 8)
    assert data.train_inputs.dtype == torch.float32


@pytest.mark.parametrize(("train", "noise", "seed"), [(1200, 0.1, 0), (50, 0.5, 7), (1797, 0.0, 1)])
def test_digits_of_the_demo_are_drawn_as_they_always_were(train, noise, seed):
    images, classes = (torch.tensor(values) for values in bundled.load_digits(return_X_y=True))
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(1797, generator=generator)
    changed = torch.randperm(train, generator=generator)[: round(noise * train)]
    labels = classes[order][:train].clone()
    labels[changed] = torch.randint(10, (len(changed),), generator=generator)
    data = load_digits(train, noise, seed)
    np.testing.assert_array_equal(data.train_inputs.flatten(1) * 16, images[order[:train]])
    assert torch.equal(data.train_labels, labels)
    assert torch.equal(data.changed, changed.sort().values)
    assert torch.equal(data.test_labels, classes[order[train:]])
    with pytest.raises(ArgumentError, match="train: given 0"):
        load_digits(0)


@pytest.mark.parametrize(
    ("name", "loader"), [("wine", bundled.load_wine), ("Breast Cancer", bundled.load_breast_cancer)]
)
def test_tables_are_those_of_scikit_learn(name, loader):
    bunch, data = loader(), load_data(name, held_out=20)
    np.testing.assert_array_equal(data.held_out_inputs, bunch.data[data.held_out_rows].astype(np.float32))
    assert data.input_names == tuple(bunch.feature_names)
    assert data.class_names == tuple(bunch.target_names)
    assert data.groups == {column: (column,) for column in bunch.feature_names}


def test_standardised_columns_have_mean_0_and_deviation_1_over_the_training_samples():
    plain, data = (load_data("wine", held_out=30, standardise=on) for on in (False, True))
    np.testing.assert_allclose(data.train_inputs.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(data.train_inputs.std(0, correction=0), 1, rtol=1e-5)
    for split in ("train_inputs", "test_inputs", "held_out_inputs"):
        back = getattr(data, split) * data.scaling.deviation + data.scaling.mean
        np.testing.assert_allclose(back, getattr(plain, split), rtol=1e-4, atol=1e-4)
    with pytest.raises(ArgumentError, match="scaled already"):
        standardised(data)
    with pytest.raises(ArgumentError, match="accepted: a table"):
        standardised(load_data("digits"))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("minst", {}, r"name: given 'minst'; accepted: ag-news, breast-cancer, .*Did you mean 'mnist'\?"),
        ("digits", {"standardise": True}, "standardise: given True; accepted: nothing, for digits"),
        ("sst2", {"image_size": 8}, "image_size: given 8; accepted: nothing, for sst-2"),
        ("wine", {"source": "wine.csv"}, "source: given wine.csv; accepted: nothing, for wine"),
        ("mnist", {"image_size": 0}, "image_size: given 0"),
        ("ModelNet40", {}, "source: given nothing; accepted: the folder of modelnet"),
    ],
)
def test_the_front_door_says_what_it_takes(name, options, message):
    with pytest.raises(ArgumentError, match=message):
        load_data(name, **options)


def test_every_spelling_of_the_papers_finds_its_data_set():
    assert {"mnist", "cifar-10", "tiny-imagenet", "cub-200", "sst-2", "ag-news", "census"} <= set(NAMES)
    for name in ("MNIST", "CIFAR10", "Tiny ImageNet", "CUB_200_2011", "SST2", "AG News", "Adult"):
        with pytest.raises(ArgumentError, match="points: given 3; accepted: nothing, for"):
            load_data(name, points=3)


@pytest.mark.parametrize(
    ("package", "name", "options", "command"),
    [
        ("sklearn", "wine", {}, "the wine data need scikit-learn: pip install 'harsanyi[demo]'"),
        ("datasets", "mnist", {}, "these data need datasets, pyarrow and Pillow: pip install 'harsanyi[data]'"),
    ],
)
def test_a_missing_package_is_named_with_its_command(monkeypatch, package, name, options, command):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError) as caught:
        load_data(name, **options)
    assert str(caught.value) == command
