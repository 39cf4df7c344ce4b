"""Real small files in every form a source may have, read back without a network."""

import socket
from pathlib import Path

import datasets
import huggingface_hub
import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from harsanyi import ArgumentError, Columns
from harsanyi.zoo import HubSet, load_data
from harsanyi.zoo.class_labels import encode_labels

RANDOM = np.random.default_rng(0)
TRAIN = RANDOM.integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
TEST = RANDOM.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.fixture(autouse=True)
def reached(monkeypatch, tmp_path):
    """Whatever is reached for over the network; the cache of the readers lies in the test's own folder."""
    addresses = []

    def refuse(*address, **options):
        addresses.append(address)
        raise OSError("no network here")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    yield addresses
    datasets.enable_progress_bars()
    assert addresses == []


def pictures(images, column="img", start=0):
    features = datasets.Features({column: datasets.Image(), "label": datasets.ClassLabel(names=CLASSES)})
    columns = {
        column: [Image.fromarray(image) for image in images],
        "label": [(start + i) % 10 for i in range(len(images))],
    }
    return datasets.Dataset.from_dict(columns, features=features)


def as_parquet_folder(folder):
    folder.mkdir()
    pictures(TRAIN).to_parquet(folder / "train-00000-of-00001.parquet")
    pictures(TEST).to_parquet(folder / "test-00000-of-00001.parquet")


def as_saved(folder):
    datasets.DatasetDict(train=pictures(TRAIN, "image"), test=pictures(TEST, "image")).save_to_disk(folder)


def as_image_files(folder):
    for split, images in (("train", TRAIN), ("test", TEST)):
        for index, image in enumerate(images):
            path = folder / split / CLASSES[index % 10] / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)


@pytest.mark.parametrize("write", [as_parquet_folder, as_saved, as_image_files])
def test_images_come_back_as_they_were_from_every_kind_of_folder(tmp_path, write):
    write(tmp_path / "images")
    data = load_data("cifar10", tmp_path / "images", seed=5)
    for inputs, labels, written in (
        (data.train_inputs, data.train_labels, TRAIN),
        (data.test_inputs, data.test_labels, TEST),
    ):
        assert len(inputs) == len(written)
        assert inputs.dtype == torch.float32
        for image, label in zip(inputs, labels, strict=True):
            pixels = (image * 255).round().byte().permute(1, 2, 0).numpy()
            matches = [index for index, other in enumerate(written) if np.array_equal(other, pixels)]
            assert len(matches) == 1
            assert data.class_names[label] == CLASSES[matches[0] % 10]


def test_one_file_is_split_with_the_seed(tmp_path):
    pictures(TRAIN).to_parquet(tmp_path / "images.parquet")
    first, again, other = (
        load_data("cifar-10", tmp_path / "images.parquet", test=4, held_out=3, seed=s) for s in (1, 1, 2)
    )
    rows = torch.cat([first.train_rows, first.test_rows, first.held_out_rows])
    assert sorted(rows.tolist()) == list(range(12))
    np.testing.assert_allclose(first.held_out_inputs, TRAIN[first.held_out_rows].transpose(0, 3, 1, 2) / 255, rtol=1e-6)
    assert torch.equal(first.test_inputs, again.test_inputs)
    assert not torch.equal(first.test_rows, other.test_rows)


def test_grey_images_have_one_channel_and_are_resized_when_asked(tmp_path):
    grey = RANDOM.integers(0, 256, (6, 28, 28), dtype=np.uint8)
    pictures(grey, "image").to_parquet(tmp_path / "mnist.parquet")
    data = load_data("mnist", str(tmp_path / "mnist.parquet"), test=2)
    np.testing.assert_allclose(data.train_inputs[:, 0], grey[data.train_rows] / 255, rtol=1e-6)
    small = load_data("mnist", tmp_path / "mnist.parquet", test=2, image_size=14)
    assert small.train_inputs.shape == (4, 1, 14, 14)
    halved = Image.fromarray(grey[small.train_rows[0]]).resize((14, 14), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(small.train_inputs[0, 0], np.asarray(halved) / 255, rtol=1e-6)
    assert small.held_out_inputs.shape == (0, 1, 14, 14)


def test_images_of_different_sizes_need_a_size(tmp_path):
    for index, size in enumerate((20, 30, 40)):
        path = tmp_path / "birds" / "train" / ("crow", "wren")[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((size, 10, 3), 90, dtype=np.uint8)).save(path)
    birds = HubSet("someone/birds", "image")
    with pytest.raises(ArgumentError, match=r"image_size: given nothing, for images of 10 x .* pixels"):
        load_data(birds, tmp_path / "birds", test=0)
    data = load_data(birds, tmp_path / "birds", test=0, image_size=8)
    np.testing.assert_allclose(data.train_inputs, np.full((3, 3, 8, 8), 90 / 255), rtol=1e-6)
    assert load_data("cub", tmp_path / "birds", limit=1).train_inputs.shape == (1, 3, 224, 224)


def test_a_broken_image_is_an_error_of_the_source(tmp_path):
    table = pd.DataFrame({"image": [{"bytes": b"no image", "path": None}], "label": [0]})
    table.to_parquet(tmp_path / "broken.parquet")
    with pytest.raises(ArgumentError, match="source: given an image that cannot be read"):
        load_data("mnist", tmp_path / "broken.parquet", test=0)


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_texts_from_a_file(tmp_path, kind):
    texts = [f'film number {index}, "so-so"' for index in range(10)]
    table = pd.DataFrame({"sentence": texts, "label": [index % 2 for index in range(10)], "idx": range(10)})
    path = tmp_path / f"reviews.{kind}"
    table.to_parquet(path) if kind == "parquet" else table.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    data = load_data("sst2", path, limit=3, held_out=0.5, label_noise=1.0, noise="other")
    assert data.class_names == ("negative", "positive")
    assert data.train_inputs == [texts[row] for row in data.train_rows]
    assert len(data.train_inputs) == 3
    assert data.train_labels.tolist() == [1 - row % 2 for row in data.train_rows.tolist()]
    assert not {*data.train_inputs} & {*data.test_inputs, *data.held_out_inputs}


def test_the_test_split_is_the_first_whose_labels_are_known(tmp_path):
    def split(word, labels):
        features = datasets.Features(
            {"sentence": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
        )
        return datasets.Dataset.from_dict({"sentence": [word] * len(labels), "label": labels}, features=features)

    splits = {"train": split("train", [0, 1]), "test": split("test", [-1, -1]), "validation": split("valid", [1, 0, 1])}
    datasets.DatasetDict(splits).save_to_disk(tmp_path / "sst2")
    data = load_data("SST-2", tmp_path / "sst2")
    assert data.test_inputs == ["valid"] * 3
    assert sorted(data.test_labels.tolist()) == [0, 1, 1]
    assert data.class_names == ("bad", "good")


def test_news_that_count_their_classes_from_1(tmp_path):
    table = pd.DataFrame({"text": ["a", "b", "c", "d"], "label": [4, 1, 3, 2]})
    table.to_csv(tmp_path / "news.csv", index=False)
    data = load_data("ag-news", tmp_path / "news.csv", test=0)
    assert data.class_names == ("World", "Sports", "Business", "Sci/Tech")
    assert data.train_labels.tolist() == [[3, 0, 2, 1][row] for row in data.train_rows]


CENSUS = pd.DataFrame({
    "age": [25, 38, 28, 44, 18, 34],
    "workclass": ["Private", " ?", "Local-gov", "Private", None, "Private"],
    "fnlwgt": [226802, 89814, 336951, 160323, 103497, 198693],
    "education": ["11th"] * 6,
    "education.num": [7, 9, 12, 10, 10, 6],
    "sex": ["Male", "Male", "Female", "Male", "Female", "Male"],
    "income": ["<=50K", "<=50K.", ">50K", " >50K", "<=50K", "<=50K"],
})  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_census_categories_become_columns_with_their_groups(tmp_path, kind):
    path = tmp_path / f"adult.{kind}"
    CENSUS.to_csv(path, index=False) if kind == "csv" else CENSUS.to_parquet(path)
    data = load_data("adult", path, test=2)
    assert data.groups == {
        "age": ("age",),
        "workclass": ("workclass=?", "workclass=Local-gov", "workclass=Private"),
        "education.num": ("education.num",),
        "sex": ("sex=Female", "sex=Male"),
    }
    assert data.input_names == tuple(name for group in data.groups.values() for name in group)
    assert data.class_names == ("<=50K", ">50K")
    by_row = dict(zip(data.train_rows.tolist(), data.train_inputs.tolist(), strict=True))
    by_row |= dict(zip(data.test_rows.tolist(), data.test_inputs.tolist(), strict=True))
    assert [by_row[row] for row in range(6)] == [
        [25, 0, 0, 1, 7, 0, 1],
        [38, 1, 0, 0, 9, 0, 1],
        [28, 0, 1, 0, 12, 1, 0],
        [44, 0, 0, 1, 10, 0, 1],
        [18, 1, 0, 0, 10, 1, 0],
        [34, 0, 0, 1, 6, 0, 1],
    ]
    assert data.train_labels.tolist() == [[0, 0, 1, 1, 0, 0][row] for row in data.train_rows]


def test_census_groups_are_players_and_only_numbers_are_scaled(tmp_path):
    CENSUS.to_csv(tmp_path / "adult.csv", index=False)
    data = load_data("census", tmp_path / "adult.csv", standardise=True)
    players = Columns(data.groups, names=data.input_names)
    assert players.check(data.train_inputs) == 4
    assert players.maskings(data.train_inputs)[0].names == ("age", "workclass", "education.num", "sex")
    categories = torch.tensor(["=" in name for name in data.input_names])
    assert set(data.train_inputs[:, categories].flatten().tolist()) == {0.0, 1.0}
    np.testing.assert_allclose(data.train_inputs[:, ~categories].mean(0), 0, atol=1e-6)
    assert set(data.scaling.deviation[categories].tolist()) == {1.0}


def test_columns_do_not_depend_on_the_seed(tmp_path):
    CENSUS.to_csv(tmp_path / "adult.csv", index=False)
    assert len({load_data("census", tmp_path / "adult.csv", test=3, seed=seed).input_names for seed in range(8)}) == 1


def test_categories_that_come_as_numbers_get_their_names_back(tmp_path):
    colour = datasets.ClassLabel(names=["red", "blue"])
    kinds = {"colour": colour, "size": datasets.Value("float32"), "label": datasets.Value("bool")}
    rows = {"colour": [1, 0, 1], "size": [1.5, 2.5, 3.5], "label": [True, False, True]}
    datasets.Dataset.from_dict(rows, features=datasets.Features(kinds)).save_to_disk(tmp_path / "cars")
    data = load_data(HubSet("someone/cars", "table"), tmp_path / "cars", test=0)
    assert data.groups == {"colour": ("colour=blue", "colour=red"), "size": ("size",)}
    assert data.train_labels.tolist() == [[1, 0, 1][row] for row in data.train_rows]


def test_missing_numbers_are_named(tmp_path):
    CENSUS.assign(age=[25, None, 28, 44, 18, 34]).to_csv(tmp_path / "adult.csv", index=False)
    with pytest.raises(ArgumentError, match="column 'age' with 1 missing numbers"):
        load_data("census", tmp_path / "adult.csv")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda folder: folder / "nowhere",
            r"nowhere; accepted: a folder, a .parquet, .csv or .tsv file, or hub:owner/name",
        ),
        (lambda folder: "ylecun/mnist", "source: given ylecun/mnist; accepted: a folder"),
        (lambda folder: written(folder / "x.json", b"{}"), "x.json; accepted"),
        (lambda folder: written(folder / "x.parquet", b"no parquet"), r"x.parquet \(.*; accepted"),
        (lambda folder: folder, r"doesn't contain any data files"),
        (
            lambda folder: written(folder / "x.csv", b"pixels,digit\n1,2\n"),
            "the columns pixels, digit; accepted: one called label",
        ),
        (
            lambda folder: written(folder / "x.csv", b"label,pixels\n1,2\n1,3\n"),
            "the columns label, pixels; accepted: one called image or img",
        ),
        (
            lambda folder: written(folder / "x.csv", b"label\n0.5\n"),
            "the label 0.5; accepted: labels that are words or whole",
        ),
        (lambda folder: written(folder / "x.csv", b"label,image\n-1,a\n"), "without labels"),
        (lambda folder: written(folder / "x.csv", b"label,image\n-1,a\n2,b\n"), "unknown labels in the split train"),
    ],
)
def test_sources_that_cannot_be_read_say_why(tmp_path, make, message):
    folder = tmp_path / "source"
    folder.mkdir()
    with pytest.raises(ArgumentError, match=message):
        load_data("mnist", make(folder))


def written(path: Path, content: bytes):
    path.write_bytes(content)
    return path


def test_splits_without_training_samples_are_refused(tmp_path):
    datasets.DatasetDict(test=pictures(TEST), other=pictures(TEST)).save_to_disk(tmp_path / "odd")
    with pytest.raises(ArgumentError, match='the splits test, other; accepted: a split "train", or one split'):
        load_data("cifar10", tmp_path / "odd")


@pytest.mark.parametrize(("source", "named"), [(None, "ylecun/mnist"), ("hub:someone/copy", "someone/copy")])
def test_without_a_network_the_hub_is_named_and_the_way_out(monkeypatch, source, named):
    for module in (huggingface_hub.constants, datasets.config):
        monkeypatch.setattr(module, "HF_HUB_OFFLINE", True)
    with pytest.raises(
        ArgumentError, match=rf"'{named}' could not be loaded from the hub .*give a local folder or file"
    ):
        load_data("mnist", source)


@pytest.mark.parametrize(
    ("splits", "known", "labels", "names"),
    [
        ([["b", "a"], ["c"]], None, [[1, 0], [2]], ("a", "b", "c")),
        ([[0, 2], [2]], None, [[0, 2], [2]], ("0", "1", "2")),
        ([[7, 3.0], [7, None]], None, [[1, 0], [1, -1]], ("3", "7")),
        ([[1, 2]], ("x", "y", "z"), [[1, 2]], ("x", "y", "z")),
        ([[1, 2]], ("x", "y"), [[0, 1]], ("x", "y")),
        ([["y"]], ("x", "y"), [[1]], ("x", "y")),
        ([["q"]], ("x", "y"), [[0]], ("q",)),
    ],
)
def test_labels_of_every_form_become_numbers_and_names(splits, known, labels, names):
    encoded, found = encode_labels(splits, known)
    assert [split.tolist() for split in encoded] == labels
    assert found == names


def test_words_and_numbers_are_not_mixed():
    with pytest.raises(ArgumentError, match="some are words and some numbers"):
        encode_labels([["a", 1]])
