"""Words, pages and folders: what they say is what the effects are, and data is never taken for markup."""

import dataclasses

import numpy as np
import pytest
import torch

from harsanyi import ArgumentError, Interactions, extract_game
from harsanyi.core.transforms import scores_from
from harsanyi.report.folder import output_folder, write_folder
from harsanyi.report.own import write_page
from harsanyi.report.pictures import of_sample, overview
from harsanyi.report.words import sentences


@pytest.fixture(scope="module")
def planted():
    """AND of players 0 and 1 (+2), OR of players 1 and 2 (-1), nothing else."""
    and_, or_ = torch.zeros(8, dtype=torch.float64), torch.zeros(8, dtype=torch.float64)
    and_[0b011], or_[0b110] = 2.0, -1.0
    scores = scores_from(and_, or_).numpy()
    game = lambda coalitions: scores[coalitions @ np.array([1, 2, 4])]  # noqa: E731
    return extract_game(game, 3, names=["a<script>alert(1)</script>", "b", "c"], noise=0, max_gap=1e-6, progress=False)


def test_sentences_say_what_was_planted(planted):
    text = " ".join(sentences(planted))
    assert "2.0 a sample are salient" in text
    assert "100 % of the salient strength joins at most 2 of the 3 variables" in text
    assert "the mean order is 2.0" in text
    assert "cancel 67 %" in text  # 2 and -1: 1 - |2 - 1| / 3


def test_a_score_that_never_changes_has_sentences_too():
    constant = extract_game(lambda coalitions: np.ones(len(coalitions)), 2, progress=False)
    assert "No effect is salient." in sentences(constant)


RECORD = {
    "players": {"type": "Patches", "grid": [8, 8], "at": None, "background": {"shape": [3, 4]}, "empty": {}},
    "rest": True, "cells": [[0, 1], [2, 3]], "list": [], "names": {str(i): f"<i>{i}</i>" for i in range(40)},
}  # fmt: skip


@pytest.fixture(scope="module")
def page(planted, tmp_path_factory):
    """Of the planted effects, all scores moved, with a record."""
    moved = dataclasses.replace(planted, scores=planted.scores - 3.5, labels=np.array([-1]), provenance=RECORD)
    path = tmp_path_factory.mktemp("page") / "index.html"
    return write_page(moved, path, title="<b>t</b>", lead=["1 < 2"]).read_text()


def test_a_page_shows_names_and_never_runs_them(page):
    assert "<script>alert" not in page
    assert "a&lt;script&gt;" in page
    assert "&lt;b&gt;t&lt;/b&gt;" in page
    assert "1 &lt; 2" in page


@pytest.fixture(scope="module")
def texts(planted):
    """Two sentences, of the planted effects."""
    sentences = ["<script>alert(1)</script> is not $good$", "עוד 😀\nline {x}"]
    players = np.full((2, 45), -1, dtype=np.int16)
    players[0, [0, 29, 33]] = 0, 1, 2
    players[1, [0, 4, 6]] = 0, 1, 2
    arrays = {
        field.name: np.concatenate([getattr(planted, field.name)] * 2)
        for field in dataclasses.fields(planted)
        if isinstance(getattr(planted, field.name), np.ndarray)
    }
    arrays |= {"inputs": np.array(sentences), "regions": players}
    return dataclasses.replace(planted, **arrays, names=(("<script>", "not", "$good$"), ("עוד", "😀", "line")))


@pytest.fixture(scope="module")
def clouds(planted):
    """A cloud of the planted effects."""
    points = np.random.default_rng(0).normal(size=(1, 3, 40))
    return dataclasses.replace(planted, inputs=points, regions=np.arange(40)[None, None] % 4 - 1)


def test_sentences_survive_saving_and_choosing(texts, tmp_path):
    loaded = Interactions.load(texts.save(tmp_path / "texts"))
    np.testing.assert_array_equal(loaded.inputs, texts.inputs, strict=True)
    np.testing.assert_array_equal(loaded.regions, texts.regions, strict=True)
    with np.load(tmp_path / "texts.npz", allow_pickle=False) as file:
        assert file["inputs"].tolist() == texts.inputs.tolist()
    assert texts[1:2].inputs.tolist() == [texts.inputs[1]]
    assert texts[1:2].names == texts.names[1:]
    np.testing.assert_array_equal(texts[1:2].regions, texts.regions[1:])
    assert texts[1:2].plot.sample_kind() == "sentence"
    assert texts.to_xarray()["name"].values.tolist() == [list(names) for names in texts.names]
    assert set(texts.table()["players"]) == {"<script>, not", "not, $good$", "עוד, 😀", "😀, line"}


def test_sentences_as_objects_are_not_pickled(texts, tmp_path):
    with pytest.raises(ArgumentError, match="inputs: given Python objects; accepted: numbers or Unicode strings"):
        dataclasses.replace(texts, inputs=texts.inputs.astype(object)).save(tmp_path / "x")


def test_a_page_shows_sentences_and_never_runs_them(texts, tmp_path):
    page = write_page(texts, tmp_path / "index.html", title="t").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; is not $good$" in page
    assert "עוד 😀\nline {x}" in page
    assert "in the sentence" in page


def test_half_a_letter_does_not_stop_a_page(texts, tmp_path):
    torn = dataclasses.replace(texts, inputs=np.array(["a \ud800", "b"]))[:1]
    assert '<blockquote dir="auto">a ?</blockquote>' in write_page(torn, tmp_path / "index.html", title="t").read_text()


def test_samples_get_the_picture_that_fits(texts, clouds, planted):
    for source, endings in ((texts, ["words", "top"]), (clouds, ["clusters", "top"]), (planted, ["top"])):
        assert [picture.name for picture in of_sample(source[0])] == [f"sample-0-{ending}" for ending in endings]


@pytest.fixture(scope="module")
def images(planted):
    """Two grey images of three superpixels, of the planted effects, with class names."""
    arrays = {
        field.name: np.concatenate([getattr(planted, field.name)] * 2)
        for field in dataclasses.fields(planted)
        if isinstance(getattr(planted, field.name), np.ndarray)
    }
    arrays |= {"inputs": np.random.default_rng(0).random((2, 1, 4, 3)), "labels": np.array([3, 5])}
    arrays["regions"] = np.stack((np.arange(12).reshape(4, 3) % 3, np.arange(12).reshape(4, 3) // 4))
    record = {"label_names": {"3": "cat & <b>dog</b>"}, "noise": 0.0}
    names = (("superpixel 0", "superpixel 1", "superpixel 2"),) * 2
    return dataclasses.replace(planted, **arrays, names=names, provenance=record)


@pytest.fixture(scope="module")
def written(images, tmp_path_factory):
    """Their folder, and the names of its files."""
    folder = tmp_path_factory.mktemp("images")
    return folder, write_folder(images, folder)


def test_means_by_player_are_left_out_where_players_differ(images, written):
    assert [picture.name for picture in overview(images)] == ["orders", "effects", "reproduction"]
    shared = dataclasses.replace(images, regions=images.regions[:1])
    assert [picture.name for picture in overview(shared)] == ["orders", "effects", "reproduction", "top"]
    assert "top.png" not in written[1]
    page = (written[0] / "index.html").read_text()
    assert "over all samples" not in page


def test_labels_have_their_names_where_there_are_some(written):
    import pandas as pd

    page = (written[0] / "index.html").read_text()
    assert "Sample 0, label 3 (cat &amp; &lt;b&gt;dog&lt;/b&gt;): score 1, with all players masked 0" in page
    assert "Sample 1, label 5: score" in page
    samples = pd.read_csv(written[0] / "samples.csv")
    assert list(samples.columns[:3]) == ["sample", "label", "label_name"]
    assert samples["label_name"].fillna("").tolist() == ["cat & <b>dog</b>", ""]


def test_the_score_with_nothing_shown_stands_beside_the_score(page):
    assert "<h3>Sample 0: score −2.5, with all players masked −3.5</h3>" in page


def test_the_record_is_read_without_knowing_python(page):
    shown = page[page.index("<h2>Record</h2>") :]
    shown = " ".join(shown[: shown.index("</section>")].replace(' scope="row"', "").split())
    for row in (
        "<th>grid</th><td>8, 8</td>", "<th>at</th><td>none</td>", "<th>type</th><td>Patches</td>",
        "<th>shape</th><td>3, 4</td>", "<th>rest</th><td>yes</td>", "<th>empty</th><td>none</td>",
        "<th>list</th><td>none</td>", "<div>0, 1</div><div>2, 3</div>", "<summary>40 entries</summary>",
        "<td>&lt;i&gt;39&lt;/i&gt;</td>",
    ):  # fmt: skip
        assert row in shown, row
    assert not set("{}[]'") & set(shown)


def test_a_page_shows_point_clouds(clouds, tmp_path):
    page = write_page(clouds, tmp_path / "a.html", title="t").read_text()
    assert "in the point cloud" in page
    assert "<blockquote" not in page


def test_a_folder_holds_tables_that_agree_with_the_result(planted, tmp_path):
    import pandas as pd

    names = write_folder(planted, tmp_path)
    assert sorted(names) == sorted(path.name for path in tmp_path.iterdir())
    effects = pd.read_csv(tmp_path / "effects.csv")
    assert effects["effect"].round(4).tolist() == [2.0, -1.0]
    samples = pd.read_csv(tmp_path / "samples.csv")
    assert samples["gap"].iloc[0] == pytest.approx(planted.gap[0])
    assert "label_name" not in samples  # it has no names


def test_what_was_written_before_a_failure_is_kept(tmp_path):
    def fail_late():
        with output_folder(tmp_path / "out", overwrite=False) as folder:
            (folder / "result").write_text("hours of work")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_late()
    assert not (tmp_path / "out").exists()
    assert (tmp_path / ".out.partial" / "result").exists()


def test_a_failed_rerun_leaves_the_old_folder(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "interactions.npz").write_text("result")
    with pytest.raises(RuntimeError), output_folder(tmp_path / "out", overwrite=True):
        raise RuntimeError
    assert (tmp_path / "out" / "interactions.npz").exists()
    assert not (tmp_path / ".out.partial").exists()


def test_a_file_in_the_way_is_never_replaced(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(ArgumentError, match="no folder of results"), output_folder(tmp_path / "out", overwrite=True):
        pass


def test_a_folder_of_anything_else_is_never_replaced(tmp_path):
    (tmp_path / "thesis").write_text("precious")
    with pytest.raises(ArgumentError, match="no folder of results"), output_folder(tmp_path, overwrite=True):
        pass
    assert (tmp_path / "thesis").exists()


def test_samples_that_did_not_converge_are_told(planted):
    missed = dataclasses.replace(planted, converged=np.array([False]))
    assert "1 sample did not reach the gap" in " ".join(sentences(missed))
    assert "1 did not reach the gap" in repr(missed)
