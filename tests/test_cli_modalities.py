"""`harsanyi explain` on every kind of input: what it writes is what `extract` computes, and refusals are one line."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from harsanyi import (
    Clusters,
    Columns,
    Continuation,
    Interactions,
    NextToken,
    Patches,
    Superpixels,
    Words,
    extract,
    protocol,
)
from harsanyi.cli import app
from harsanyi.zoo.digits import digits_cnn, load_digits
from harsanyi.zoo.lenet import lenet
from harsanyi.zoo.sentiment import sentiment_tokenizer
from harsanyi.zoo.shapes import shapes
from harsanyi.zoo.vgg import vgg11

SENTENCES = ["the plot was not very good but bravo", "the story is boring and the cast was great"]
FACTORIES = """
import torch
from harsanyi.zoo.digits import digits_cnn
from harsanyi.zoo.lenet import lenet
from harsanyi.zoo.vgg import vgg11

def seeded(make):
    def factory(**options):
        torch.manual_seed(0)
        return make(**options)
    return factory

vgg, digits, le = seeded(vgg11), seeded(digits_cnn), seeded(lenet)
table = seeded(lambda width: torch.nn.Sequential(torch.nn.Linear(4, width), torch.nn.ReLU(), torch.nn.Linear(width, 2)))
cloud = seeded(lambda: torch.nn.Sequential(
    torch.nn.Conv1d(3, 8, 1), torch.nn.ReLU(), torch.nn.AdaptiveMaxPool1d(1), torch.nn.Flatten(),
    torch.nn.Linear(8, 3)))

def bert(folder):
    from transformers import BertForSequenceClassification
    return BertForSequenceClassification.from_pretrained(folder)
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders as `save_pretrained` writes them: a BERT with its tokenizer, the tokenizer alone, a GPT-2 with it."""
    transformers = pytest.importorskip("transformers")
    tokenizer, place = sentiment_tokenizer(), tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    small = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    bert = transformers.BertForSequenceClassification(transformers.BertConfig(
        **small, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16))  # fmt: skip
    gpt2 = transformers.GPT2LMHeadModel(transformers.GPT2Config(
        **small, n_positions=32, n_embd=16, n_layer=1, n_head=2, bos_token_id=2, eos_token_id=3))  # fmt: skip
    for parameter in [*bert.parameters(), *gpt2.parameters()]:  # so that scores differ by more than rounding
        parameter.data += 0.3 * torch.randn_like(parameter)
    bert.save_pretrained(place / "bert")
    gpt2.save_pretrained(place / "gpt2")
    bert.save_pretrained(place / "bare")
    bert.bert.save_pretrained(place / "headless")
    config = (place / "headless" / "config.json").read_text().replace('"BertModel"', '"BertForSequenceClassification"')
    (place / "headless" / "config.json").write_text(config)
    for name in ("bert", "tokenizer", "gpt2", "headless"):
        tokenizer.save_pretrained(place / name)
    return place, bert.eval(), gpt2.eval(), tokenizer


@pytest.fixture
def explain(tmp_path, monkeypatch):
    """Runs `harsanyi explain` in the folder, in this process; its result."""
    (tmp_path / "factories_of_the_test.py").write_text(FACTORIES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "factories_of_the_test", raising=False)

    def run(network, samples, *options):
        network = network if "/" in str(network) else f"factories_of_the_test:{network}"
        given = ["--network", network, "--samples", samples, *options, "--out", "out"]
        return CliRunner().invoke(app, ["explain", *map(str, given)])

    return run


def written(told):
    """The interactions that a run wrote."""
    assert told.exit_code == 0, f"{told.output}\n{told.exception!r}"
    assert "Traceback" not in told.output
    return Interactions.load("out/interactions.npz")


def seeded(make, **options):
    torch.manual_seed(0)
    return make(**options)


def same(got, expected):
    """Equal but for the last bits of float32: scores, effects, players, regions, labels and samples."""
    size = np.abs(expected.scores).max()
    np.testing.assert_allclose(got.scores, expected.scores, atol=1e-5 * size)
    assert np.ptp(expected.scores, axis=1).min() > 1e-3 * size
    np.testing.assert_allclose(got.objective, expected.objective, rtol=0.02)
    assert got.names == expected.names
    assert got.provenance["noise"] == expected.provenance["noise"]
    assert got.provenance["score"] == expected.provenance["score"]
    np.testing.assert_array_equal(got.labels, expected.labels)
    np.testing.assert_array_equal(got.regions, expected.regions)
    np.testing.assert_array_equal(got.inputs, expected.inputs)
    assert got.converged.all()


def refused(told, *parts):
    """One line on standard error that holds these parts, and nothing written."""
    assert told.exit_code == 2, told.output
    lines = told.stderr.strip().splitlines()
    assert len(lines) == 1, told.stderr
    assert all(part in lines[0] for part in parts), lines[0]
    assert "Traceback" not in told.output
    assert not [path for path in Path().iterdir() if "out" in path.name]


def test_a_table_with_categories_in_groups_against_rows_of_the_background(explain):
    random = np.random.default_rng(0)
    colours = random.integers(0, 2, 40)
    table = pd.DataFrame({"size": random.normal(size=40), "colour=red": colours, "colour=blue": 1 - colours,
                          "age": random.normal(size=40), "y": random.integers(0, 2, 40)})  # fmt: skip
    table[:3].to_csv("t.csv", index=False)
    table.to_csv("b.csv", index=False)
    told = explain("table", "t.csv", "--network-options", '{"width": 8}', "--label-column", "y", "--columns",
                   "size,colour=red+colour=blue,age", "--baseline", "samples", "--background", "b.csv",
                   "--draws", 4)  # fmt: skip
    inputs = table.drop(columns="y").astype(np.float32)
    network = seeded(lambda: torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)))
    groups = ["size", ["colour=red", "colour=blue"], "age"]
    players = Columns(groups, baseline="samples", background=inputs.to_numpy(), draws=4)
    expected = extract(network, inputs[:3], table["y"].to_numpy()[:3], players=players)
    same(written(told), expected)
    assert expected.names[0] == ("size", "colour=red + colour=blue", "age")


def colour_images(samples, size=32):
    blocks = torch.rand(samples, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    return blocks.repeat_interleave(size // 4, 2).repeat_interleave(size // 4, 3)


def test_images_masked_after_a_layer(explain):
    images = colour_images(2)
    np.save("images.npy", images.numpy())
    told = explain("vgg", "images.npy", "--labels", 3, "--grid", "8x8", "--n", 5, "--margin", 1, "--seed", 2,
                   "--at", "features.4")  # fmt: skip
    expected = extract(seeded(vgg11), images, 3, players=Patches(8, n=5, margin=1, seed=2, at="features.4"))
    same(written(told), expected)


def test_images_cut_into_superpixels(explain):
    images = colour_images(2)
    np.savez("images.npz", inputs=images.numpy(), labels=[1, 0])
    told = explain("le", "images.npz", "--network-options", '{"image_size": 32, "channels": 3}', "--segments", 20,
                   "--compactness", 25, "--n", 5, "--seed", 1, "--baseline", 0.5)  # fmt: skip
    network = seeded(lenet, image_size=32, channels=3)
    expected = extract(network, images, [1, 0], players=Superpixels(20, n=5, seed=1, compactness=25, baseline=0.5))
    same(written(told), expected)
    assert "superpixel" in expected.names[0][0]


def test_images_by_the_protocol_for_vgg_finds_the_layer(explain):
    images = load_digits().test_inputs[:2]
    np.save("images.npy", images.numpy())
    told = explain("digits", "images.npy", "--protocol", "vgg", "--seed", 4)
    network = seeded(digits_cnn)
    expected = extract(network, images, **protocol("vgg", network, seed=4))
    same(written(told), expected)
    assert expected.n == 10


def test_images_by_the_protocol_for_mnist_with_single_options_changed(explain):
    data = load_digits()
    images = torch.nn.functional.interpolate(data.test_inputs[:2], size=28)
    background = torch.nn.functional.interpolate(data.train_inputs[:50], size=28)
    np.save("images.npy", images.numpy())
    np.savez("train.npz", inputs=background.numpy(), labels=data.train_labels[:50].numpy())
    told = explain("le", "images.npy", "--protocol", "mnist", "--background", "train.npz", "--n", 6)
    expected = extract(seeded(lenet), images, **protocol("mnist", background=background, n=6))
    same(written(told), expected)
    assert expected.provenance["noise"] == 0.04


@pytest.mark.parametrize("baseline", ["unk", "mean"])
def test_sentences_of_a_text_file_and_a_folder_of_hugging_face(explain, models, baseline):
    place, bert, _, tokenizer = models
    Path("sentences.txt").write_text("\n".join([SENTENCES[0], "", SENTENCES[1], ""]))
    told = explain(place / "bert", "sentences.txt", "--n", 4, "--seed", 5, "--baseline", baseline)
    expected = extract(bert, SENTENCES, players=Words(tokenizer, n=4, seed=5, baseline=baseline))
    same(written(told), expected)


def test_sentences_of_a_table_with_their_labels_and_chosen_words(explain, models):
    place, bert, _, tokenizer = models
    texts = ["the plot was good", "the cast was not good"]
    pd.DataFrame({"note": ["x", "y"], "text": texts, "sentiment": [1, 0]}).to_csv("s.csv", index=False)
    told = explain(place / "bert", "s.csv", "--text-column", "text", "--label-column", "sentiment", "--words",
                   "was,good")  # fmt: skip
    expected = extract(bert, texts, [1, 0], players=Words(tokenizer, words=["was", "good"]))
    same(written(told), expected)
    assert expected.names == (("was", "good"),) * 2


def test_sentences_with_a_factory_and_a_tokenizer_of_its_own(explain, models):
    place, bert, _, tokenizer = models
    pd.DataFrame({"text": SENTENCES, "length": [8, 9]}).to_csv("s.csv", index=False)  # one column of text
    told = explain("bert", "s.csv", "--network-options", f'{{"folder": "{place / "bert"}"}}', "--tokenizer",
                   place / "tokenizer", "--n", 3, "--rest", "mask")  # fmt: skip
    expected = extract(bert, SENTENCES, players=Words(tokenizer, n=3, rest="mask"))
    same(written(told), expected)


def test_what_a_language_model_says_next(explain, models):
    place, _, gpt2, tokenizer = models
    Path("prompts.txt").write_text("\n".join(SENTENCES))
    told = explain(place / "gpt2", "prompts.txt", "--n", 4, "--score", "next-token")
    expected = extract(gpt2, SENTENCES, players=Words(tokenizer, n=4), score=NextToken())
    same(written(told), expected)


def test_a_text_that_continues_every_prompt_or_one_text_each(explain, models):
    place, _, gpt2, tokenizer = models
    pd.DataFrame({"text": SENTENCES, "answer": [" great film", " boring"]}).to_csv("p.csv", index=False)
    told = explain(place / "gpt2", "p.csv", "--text-column", "text", "--n", 4, "--score", "continuation", "--labels",
                   " great film")  # fmt: skip
    players = Words(tokenizer, n=4)
    same(written(told), extract(gpt2, SENTENCES, " great film", players=players, score=Continuation()))
    told = explain(place / "gpt2", "p.csv", "--n", 4, "--label-column", "answer", "--score", "continuation",
                   "--overwrite")  # fmt: skip
    same(written(told), extract(gpt2, SENTENCES, [" great film", " boring"], players=players, score=Continuation()))


@pytest.mark.parametrize("baseline", ["centre", "drop"])
def test_point_clouds(explain, baseline):
    clouds = shapes(samples=8, points=48).train.read(torch.arange(2)).mT.contiguous()
    np.save("clouds.npy", clouds.numpy())
    told = explain("cloud", "clouds.npy", "--clusters", 8, "--n", 5, "--baseline", baseline)
    network = seeded(lambda: torch.nn.Sequential(
        torch.nn.Conv1d(3, 8, 1), torch.nn.ReLU(), torch.nn.AdaptiveMaxPool1d(1), torch.nn.Flatten(),
        torch.nn.Linear(8, 3)))  # fmt: skip
    expected = extract(network, clouds, players=Clusters(8, n=5, baseline=baseline))
    same(written(told), expected)


def test_half_precision_and_its_error(explain):
    rows = 3 * torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    np.save("rows.npy", rows.numpy())
    options = ("--network-options", '{"width": 64}', "--labels", 1, "--noise", 0.1)
    got = written(explain("table", "rows.npy", *options, "--autocast", "bfloat16"))
    network = seeded(lambda: torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)))
    same(got, extract(network, rows, 1, players=Columns(), noise=0.1, autocast="bfloat16"))
    exact = extract(network, rows, 1, players=Columns(), noise=0.1)
    error = np.abs(got.scores[0] - exact.scores[0]).max()
    assert got.provenance["autocast"] == "bfloat16"
    assert got.provenance["autocast_error"] == pytest.approx(error, rel=1e-3)
    assert error > 1e-4


@pytest.fixture
def files(explain):
    """Samples of every kind, for options that are refused."""
    np.save("images.npy", colour_images(2).numpy())
    np.save("clouds.npy", torch.rand(2, 3, 40, generator=torch.Generator().manual_seed(0)).numpy())
    np.save("rows.npy", np.eye(2, 4, dtype=np.float32))
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    table.to_csv("numbers.csv", index=False)
    table[["a"]].to_csv("unlabelled.csv", index=False)
    table.assign(text=["the plot was good", None], note=["x", "y"]).to_csv("texts.csv", index=False)
    for name, content in (("s.txt", "\n".join(SENTENCES)), ("empty.txt", "\n \n"), ("nothing.csv", "")):
        Path(name).write_text(content)
    Path("latin.txt").write_bytes(b"a caf\xe9\n")


@pytest.mark.parametrize(
    ("network", "samples", "options", "told"),
    [
        ("vgg", "images.npy", ["--grid", "8x8", "--n", 5, "--at", "feature.4"],
         ["at: given 'feature.4'", "a layer of the network", "Did you mean 'features.4'"]),
        ("vgg", "images.npy", ["--protocol", "vvg"], ["protocol: given 'vvg'", "mnist", "Did you mean 'vgg'?"]),
        ("cloud", "clouds.npy", ["--protocol", "vgg"], ["network: given a Sequential with 1 ReLU", "2 or more"]),
        ("le", "images.npy", ["--protocol", "mnist"], ["background: given nothing", "mean"]),
        ("vgg", "images.npy", ["--segments", 3, "--n", 4], ["n: given 4", "1 to 3"]),
        ("vgg", "images.npy", ["--grid", "2x2", "--segments", 8], ["players: given", "--grid (patches)", "one kind"]),
        ("vgg", "images.npy", ["--grid", "2x2", "--autocast", "int8"], ["autocast: given 'int8'", "bfloat16"]),
        ("vgg", "images.npy", ["--grid", "2x2", "--score", "next-token"], ["(2, 10)", "players=Words"]),
        ("vgg", "images.npy", ["--grid", "2x2", "--labels", "cat"], ["labels: given names: cat", "names of classes"]),
        ("vgg", "images.npy", ["--clusters", 3, "--n", 2], ["inputs: given shape (2, 3, 32, 32)", "clouds"]),
        ("cloud", "clouds.npy", ["--clusters", 3, "--n", 5], ["n: given 5", "at most 3"]),
        ("cloud", "clouds.npy", ["--clusters", 4, "--n", 4, "--baseline", "drop"], ["n: given all 4", "fewer players"]),
        ("cloud", "clouds.npy", ["--clusters", 4, "--n", 2, "--baseline", "zero"], ["baseline: given 'zero'", "drop"]),
        ("table", "rows.npy", ["--network-options", '{"width": 2}', "--baseline", "samples"],
         ["background: given nothing", "samples to draw from"]),
        ("table", "rows.npy", ["--network-options", '{"width": 2}', "--baseline", "samples", "--background",
                               "rows.npy", "--draws", 4], ["draws: given 4", "at most 2"]),
        ("table", "numbers.csv", ["--baseline", "mean", "--background", "unlabelled.csv", "--network-options",
                                  '{"width": 2}'], ["missing: b. Is 'b' the label? Then leave", "--label-column b"]),
        ("cloud", "clouds.npy", ["--clusters", 4, "--n", 2, "--rest", "mask"],
         ["rest: given 'mask', which clusters do not have", "kind columns or patches or regions or superpixels"]),
        ("cloud", "clouds.npy", [], ["inputs: given shape (2, 3, 40)", "point clouds Clusters (--clusters)"]),
        ("cloud", "clouds.npy", ["--n", 2], ["grid: given nothing", "a point cloud from --clusters"]),
        ("digits", "s.txt", [], [".parquet. .txt holds sentences, which need --tokenizer"]),
        ("digits", "s.txt", ["--words", "plot"], ["tokenizer: given nothing", "a folder or hub name"]),
    ],
)  # fmt: skip
def test_bad_options_are_refused_in_one_line(explain, files, network, samples, options, told):
    refused(explain(network, samples, *options), *told)


@pytest.mark.parametrize(
    ("network", "samples", "options", "told"),
    [
        ("bert", "s.txt", ["--n", 9], ["n: given 9 words", "sentence 0 has 4", "at most"]),
        ("bert", "s.txt", ["--words", "plot"], ["words: given 'plot' for sentence 1", "story"]),
        ("bert", "s.txt", ["--n", 2, "--baseline", "zero"], ["baseline: given 'zero'", "mask", "mean"]),
        ("bert", "s.txt", ["--n", 2, "--tokenizer", "nowhere"], ["tokenizer: given 'nowhere'", "name or folder"]),
        ("bert", "s.txt", ["--n", 2, "--score", "next-token"], ["causal language model"]),
        ("gpt2", "s.txt", ["--n", 2, "--score", "continuation"], ["labels: given None", "texts"]),
        ("bert", "numbers.csv", ["--n", 2], ["samples: given numbers.csv with 0 columns of text", "one column"]),
        ("bert", "texts.csv", ["--n", 2], ["2 columns of text: text, note", "--text-column"]),
        ("bert", "texts.csv", ["--n", 2, "--text-column", "c"], ["text_column: given 'c'", "a, b, text, note"]),
        ("bert", "texts.csv", ["--n", 2, "--text-column", "a"], ["text_column: given 'a'", "a column of text"]),
        ("bert", "texts.csv", ["--n", 2, "--text-column", "text"], ["'text' is empty in row 1", "every row"]),
        ("bert", "empty.txt", ["--n", 2], ["samples: given empty.txt", "one sentence a line"]),
        ("bert", "latin.txt", ["--n", 2], ["samples: given latin.txt", "a readable .txt file"]),
        ("bert", "nothing.csv", ["--n", 2], ["samples: given nothing.csv", "a readable .csv file"]),
        ("bert", "rows.npy", ["--n", 2], ["samples: given rows.npy", ".txt, .csv, .parquet"]),
        ("headless", "s.txt", ["--n", 2], ["network: given", "no classifier.bias", "all weights"]),
        ("bare", "s.txt", ["--n", 2], ["tokenizer: given", "which holds no tokenizer"]),
    ],
)  # fmt: skip
def test_bad_sentences_and_models_are_refused_in_one_line(
    explain, files, models, monkeypatch, network, samples, options, told
):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    place = models[0]
    refused(explain(place / network, samples, *options), *told)


def test_a_model_that_cannot_be_read_is_refused_in_one_line(explain, files, models, tmp_path):
    config = (models[0] / "bert" / "config.json").read_text()
    for name, content in (("pickled", config), ("unnamed", '{"model_type": "bert"}'), ("broken", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(content)
    torch.save(models[1].state_dict(), tmp_path / "pickled" / "pytorch_model.bin")
    options = ("--n", 2, "--tokenizer", models[0] / "tokenizer")
    refused(explain(tmp_path / "pickled", "s.txt", *options), "network: given", "safetensors")
    refused(explain(tmp_path / "unnamed", "s.txt", *options), "network: given", "a class in transformers")
    refused(explain(tmp_path / "broken", "s.txt", *options), "network: given", "JSON")


def test_in_a_process_of_its_own_a_refusal_is_one_line_too(explain, files, models):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "harsanyi", "explain", "--network", models[0] / "bert", "--samples", "s.txt",
               "--n", "9", "--out", "out"]  # fmt: skip
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (told.returncode, told.stdout) == (2, "")
    assert len(told.stderr.strip().splitlines()) == 1, told.stderr
    assert told.stderr.startswith("harsanyi: n: given 9 words")
    assert not Path("out").exists()
