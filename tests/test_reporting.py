"""The page of whatever is there: which file it becomes, what is cut, and what single samples hold."""

import base64
import dataclasses
import inspect
import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from harsanyi import ArgumentError, Patches, Plan, Study, extract_game
from harsanyi.cli import app
from harsanyi.cli.report import report
from harsanyi.plots.style import signed
from harsanyi.report import sparks
from harsanyi.report.explorer import EFFECTS, SAMPLES, explorer
from harsanyi.report.glossary import terms_of
from harsanyi.report.highlights import MOST, Highlight, warning
from harsanyi.report.own import own_page
from harsanyi.report.own_highlights import certificates, simplicity, strongest
from harsanyi.report.page import chosen, render_page, script_data, slug
from harsanyi.report.setting import origin, setting
from harsanyi.reporting import write_report


@pytest.fixture(scope="module")
def games():
    """Five samples of three players, of random scores."""
    rng = np.random.default_rng(0)
    found = [
        extract_game(lambda coalitions, v=rng.normal(size=8): v[coalitions @ np.array([1, 2, 4])], 3, progress=False)
        for _ in range(5)
    ]
    arrays = {
        field.name: np.concatenate([getattr(one, field.name) for one in found])
        for field in dataclasses.fields(found[0])
        if isinstance(getattr(found[0], field.name), np.ndarray)
    }
    return dataclasses.replace(found[0], **arrays, names=found[0].names * 5)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
    plan = Plan({"net": {"factory": network}}, torch.rand(3, 1, 4, 4), Patches(2), labels=[0, 1, 2], max_gap=0.1)
    return Study(tmp_path_factory.mktemp("study"), plan).run(progress=False)


def test_interactions_become_a_file_beside_them_or_where_one_wants(games, tmp_path, monkeypatch):
    saved = games.save(tmp_path / "x.npz")
    assert write_report(saved, samples=1) == tmp_path / "x.html"
    page = (tmp_path / "x.html").read_text()
    assert "Here are 1 of 5 samples, the first 1 of 5; harsanyi report --samples 5 shows all." in page
    monkeypatch.chdir(tmp_path)
    assert games[:1].report().name == "interactions.html"
    assert "Here are" not in (tmp_path / "interactions.html").read_text()


def test_a_study_has_its_page_in_its_folder(study):
    done = CliRunner().invoke(app, ["report", str(study.path)])
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith("Writing the page")
    text = (study.path / "report.html").read_text()
    for heading in ("How net learned", "Which samples confuse net", "Single samples", "Record"):
        assert f"<h2>{heading}</h2>" in text
    assert {path.name for path in study.path.iterdir()} >= {"run.json", "report.html"}


def test_what_cannot_become_a_page_is_told(games, study, tmp_path):
    with pytest.raises(ArgumentError, match=r"path: given .*; accepted: an .npz file of interactions, or the folder"):
        write_report(tmp_path)
    refused = CliRunner().invoke(app, ["report", str(tmp_path / "nothing")])
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"harsanyi: path: given {tmp_path / 'nothing'}, which does not exist; accepted: ")
    (tmp_path / "x.npz").write_text("no")
    with pytest.raises(ArgumentError, match=r"accepted: a file written by Interactions.save"):
        write_report(tmp_path / "x.npz")
    with pytest.raises(ArgumentError, match=r"out: given .*; accepted: an HTML file in a folder that exists"):
        study.report(tmp_path / "nowhere" / "page.html")
    with pytest.raises(ArgumentError, match=r"samples: given 0"):
        write_report(study.path, tmp_path / "a.html", samples=0)
    with pytest.raises(ArgumentError, match=r"interactions: given no samples; accepted: at least one"):
        games[:0].report(tmp_path / "a.html")
    assert not list(tmp_path.glob("*.html"))


def test_the_command_has_the_default_of_the_page():
    assert inspect.signature(report).parameters["samples"].default == SAMPLES


# Single samples -------------------------------------------------------------------------------------------------------


def test_a_page_holds_the_effects_and_scores_of_a_sample(games):
    found = explorer(list(games)).data["samples"]
    assert len(found) == 5
    for sample, one in zip(games, found, strict=True):
        scores = np.frombuffer(base64.b64decode(one["scores"]), "<f4")
        np.testing.assert_allclose(scores, sample.scores, rtol=1e-6)
        strengths = [abs(effect) for _, _, effect in one["effects"]]
        assert strengths == sorted(strengths, reverse=True)
        for coalition in range(8):
            fires = [effect for players, is_or, effect in one["effects"]
                     if (players & coalition if is_or else players & coalition == players)]  # fmt: skip
            assert one["empty"] + sum(fires) == pytest.approx(sample.predict()[coalition], abs=1e-4)


def test_effects_beyond_the_limit_are_counted():
    rng = np.random.default_rng(1)
    values = rng.normal(size=256)
    found = extract_game(lambda c: values[c @ (1 << np.arange(8))], 8, max_gap=0.5, progress=False)
    sample = explorer([found[0]]).data["samples"][0]
    assert len(sample["effects"]) == EFFECTS
    count, rest = sample["left"]
    assert count > 0
    whole = sample["empty"] + sum(effect for _, _, effect in sample["effects"]) + rest
    assert whole == pytest.approx(sample["whole"], abs=0.05 * np.ptp(values))


def test_of_several_parts_each_has_its_first_samples(games):
    found = explorer(list(games), [f"p{i}" for i in range(5)], 3, ["a", "a", "a", "b", "b"])
    assert [one["place"] for one in found.data["samples"]] == ["p0", "p1", "p3"]
    assert found.cut == "Here are 3 of 5 samples, the first of each kind; harsanyi report --samples 5 shows all."


# The first screen -----------------------------------------------------------------------------------------------------


def test_a_first_screen_has_few_findings_and_keeps_the_warnings():
    many = [Highlight(str(i), "") for i in range(9)]
    assert [one.sentence for one in chosen([warning("w"), *many])] == ["0", "1", "2", "3", "4", "5", "w"]
    assert len(chosen([warning("w")] * 9)) == MOST


def test_samples_that_missed_their_precision_are_warned_of(games):
    missed = dataclasses.replace(games, converged=np.array([True, False, True, False, True]))
    found = [one for one in certificates(missed, "") if one.warns]
    assert [one.sentence for one in found] == ["2 samples did not reach the precision that was asked for."]
    assert not any(one.warns for one in certificates(games, ""))


def test_small_pictures_bear_anything_and_escape_their_words():
    for values in ([], [np.nan], [1.0], [2.0, np.nan, 2.0], [-1.0, 3.0]):
        for drawn in (sparks.line(values, "t", 0), sparks.bars(values, "t", [0]), sparks.share(0.5, "t")):
            assert "nan" not in drawn
            assert drawn.startswith('<svg class="spark"')
    assert "&lt;b&gt;" in sparks.share(0.5, "<b>", 0.2, 0.7)


def test_nothing_in_data_ends_a_script():
    text = str(script_data({"</script>": ["<!--", "\u2028", "&"]}))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"</script>": ["<!--", "\u2028", "&"]}


def test_every_heading_has_a_name_in_links():
    assert slug("How <b> learned!") == "how-b-learned"
    assert slug("…") == "section"


def test_a_page_explains_the_terms_that_it_uses_and_no_others(games, tmp_path):
    own = {term.name for term in terms_of("Effects by strength.")}
    assert {"player", "interaction", "order", "salient"} <= own
    assert not {"H", "two phases", "linear probe", "rank correlation"} & own
    assert {"H", "two phases"} <= {term.name for term in terms_of("Two phases: H is 0.4.")}
    page = render_page(own_page(games), tmp_path / "page.html").read_text()
    assert "<dfn>salient</dfn>" in page
    assert "<dfn>linear probe</dfn>" not in page


@pytest.mark.parametrize(
    ("players", "score", "labels", "said"),
    [
        ({"type": "Patches", "baseline": "mean", "rest": "keep"}, {"type": "LogOdds"}, "given",
         "Score: the log-odds of the given label, log p / (1 − p). Parts: 4 patches of the image; one that is masked "
         "is set to its mean, and what belongs to no part stays."),
        ({"type": "Clusters", "clusters": 30, "baseline": "centre"}, {"type": "Logit"}, "predicted",
         "Score: the logit of the class that the network prefers. Parts: 4 of 30 clusters of points; one that is "
         "masked is moved to its centre, and what belongs to no part stays."),
        ({"type": "Columns", "columns": None, "baseline": 1.5}, {"type": "Output", "index": 2}, "not used",
         "Score: output 2 of the network. Parts: 4 columns or groups of columns; one that is masked is set to 1.5."),
        ({"type": "Words", "baseline": "unk", "rest": "mask"}, {"type": "Mine"}, "given",
         "Score: Mine. Parts: 4 words; one that is masked is replaced by the unk token, and so is what belongs to no "
         "part."),
        ({"type": "Patches", "at": "features.3", "baseline": {"shape": [1, 4, 4]}}, {"type": "LogOdds"}, None,
         "Score: the log-odds of the label, log p / (1 − p). Parts: 4 patches of the image after the layer features.3; "
         "one that is masked is replaced by a baseline of its own, and what belongs to no part stays."),
    ],
)  # fmt: skip
def test_score_parts_and_baseline_are_told(players, score, labels, said):
    assert setting({"players": players, "score": score, "labels": labels}, 4) == [said]


def test_of_what_is_not_on_record_nothing_is_told(games):
    assert setting(games.provenance, games.n) == origin(games.provenance) == []
    assert setting({"players": {"type": "Own"}, "score": {"type": "LogOdds"}}, 3) == []


def test_the_strongest_effect_is_named(games):
    (same,) = strongest(games, "s")
    top = games.top(1).iloc[0]
    assert signed(top.effect) in same.sentence
    assert same.sentence.endswith(", mean of 5 samples.")
    other = dataclasses.replace(games, names=tuple((f"a{i}", f"b{i}", f"c{i}") for i in range(5)))
    (single,) = strongest(other, "s")
    most = np.abs(np.stack((games.and_, games.or_))[..., 1:]).max((0, 2)).argmax()
    assert single.sentence.endswith(f", in sample {most}.")
    assert signed(games[int(most)].top(1).effect.iloc[0]) in single.sentence
    together = extract_game(lambda present: 2.0 * present.all(1), 2, progress=False)
    assert (
        strongest(together, "s")[0].sentence
        == "The strongest effect is that of player 0, player 1 together (AND): +2.00."
    )
    assert simplicity(together, "s") == []  # of two parts all effects join at most two
    assert strongest(extract_game(lambda present: 0.0 * present[:, 0], 2, progress=False), "s") == []


def test_a_threshold_that_says_little_is_warned_of():
    exclusive = extract_game(lambda p: 10.0 * (p[:, 0] ^ p[:, 1]) + 0.01 * p[:, 2], 3, noise=0.0, progress=False)
    (found,) = [one for one in certificates(exclusive, "s") if one.warns]
    assert found.sentence.startswith("Whole samples score nearly as fully masked ones do")
    assert "The mean difference is 0.01; the scores of a sample spread over 10." in found.detail
    said = explorer([exclusive[0]]).data["samples"][0]
    assert said["empty"] + sum(effect[2] for effect in said["effects"]) == pytest.approx(said["whole"], abs=1e-7)
