"""The page of a study: every network and layer, in words and pictures; tables that hold the numbers."""

import html
import re

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from torch import nn
from typer.testing import CliRunner

from harsanyi import Patches, Plan, Study
from harsanyi.analysis import Bootstrap, Performance, confusion_overlap
from harsanyi.cli import app
from harsanyi.report.generalization import compare
from harsanyi.report.overlap import overlap_section
from harsanyi.report.study_folder import ask_study, last_interactions, single_section, study_page, write_study
from harsanyi.training import TrainingPlan, train_baselines
from harsanyi.training.factor_plan import FactorPlan
from harsanyi.training.factors import train_factors


def image_network():
    return nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))


def seeded(seed):
    torch.manual_seed(seed)
    return image_network()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    torch.manual_seed(0)
    steps = {"one": (0, 1, 2, 4), "two": (0, 3)}
    networks = {name: {"factory": image_network, "checkpoints": [(step, seeded(step)) for step in own]}
                for name, own in steps.items()}  # fmt: skip
    plan = Plan(networks, torch.rand(4, 1, 4, 4), Patches(2), labels=[0, 1, 2, 0], at=("0", "1"), max_gap=0.1)
    return Study(tmp_path_factory.mktemp("study"), plan).run(progress=False)


def test_every_network_and_layer_has_its_words_pictures_and_numbers(study, tmp_path):
    """Not drawn: pictures take their time."""
    asked = ask_study(study)
    page = study_page(study, asked)
    courses = ["one-0", "one-1", "two-0", "two-1"]
    assert [sentence.partition(":")[0] for sentence in asked.findings()] == courses
    headings = [section.heading for section in page.sections]
    pictures = {picture.name for section in page.sections for picture in section.drawn}
    assert {"All 4 samples in one", "All 4 samples in two"} <= set(headings)
    assert not any("the loss gap" in sentence for section in page.sections for sentence in section.sentences)
    asked.write_tables(tmp_path)
    for name in courses:
        assert f"How {name} learned" in headings
        assert f"Which samples confuse {name}" in headings
        table = pd.read_csv(tmp_path / f"dynamics-{name}.csv", index_col="step")
        expected = study.dynamics(*name.split("-")).table()
        assert table["mean_order"].to_numpy() == pytest.approx(expected["mean_order"].to_numpy(), nan_ok=True)
        assert {f"phases-{name}", f"training-{name}", f"orders-{name}"} <= pictures
    assert "training" in pictures
    assert "Are the networks confused by the same samples?" not in headings  # four samples make no sets


def test_the_samples_of_every_target_can_be_looked_up(study):
    x = study.interactions("two", None, "0")
    section = single_section(study, last_interactions(study), 6)
    assert [one["place"] for one in section.explorer.data["samples"]] == [
        *(f"sample {i} in one" for i in range(3)), *(f"sample {i} in two" for i in range(3))]  # fmt: skip
    assert section.explorer.data["samples"][4]["whole"] == pytest.approx(x[1].scores[-1], rel=1e-5)
    assert section.explorer.cut.startswith("Here are 6 of 8 samples, the first of each kind")


def test_one_checkpoint_has_a_page_too_and_a_control_is_not_passed_over(tmp_path):
    networks = {"net": {"factory": seeded(0)}, "other": {"factory": seeded(1), "role": "control"}}
    plan = Plan(networks, torch.rand(3, 1, 4, 4), Patches(2), labels=[0, 1, 2], max_gap=0.1)
    study = Study(tmp_path / "study", plan).run(progress=False)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "old.png").write_bytes(b"")
    page, findings = write_study(study, tmp_path / "report", title="<b>mine</b><script>alert")
    text = page.read_text()
    assert "<b>mine</b>" not in text
    assert "&lt;b&gt;mine&lt;/b&gt;" in text
    assert "<script>alert" not in text
    assert findings[-1].startswith("Nothing here asks other (role control), of another task: Study.sharing() does")
    assert findings[-1] in text
    assert (tmp_path / "report" / "findings.txt").read_text().splitlines() == findings
    assert not list((tmp_path / "report").glob("theory-*"))
    assert not (tmp_path / "report" / "old.png").exists()  # a report replaces the one before as a whole
    assert not list(tmp_path.glob(".*"))


# Comparisons ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A target, its baselines and three parts of samples."""
    folder = tmp_path_factory.mktemp("compared")
    training = TrainingPlan.from_mapping({
        "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3},
        "data": {"name": "wine", "standardise": True, "held_out": 0.4, "label_noise": 0.2},
        "recipe": {"epochs": 30, "checkpoints": [0, 5, 30], "sample_losses": True, "learning_rate": 0.1},
    })  # fmt: skip
    training.run(folder / "training", progress=False)
    train_baselines(training, folder / "training" / "baselines", progress=False)
    return folder


def comparing_plan(folder, **changes):
    return {"networks": {"mlp": str(folder / "training")}, "baselines": str(folder / "training" / "baselines"),
            "samples": {"split": ["test", "train", "mislabelled"]}, "limit": 12, "max_gap": 0.1,
            "players": {"kind": "columns", "columns": [0, 3, 6, 9, 12]}, **changes}  # fmt: skip


@pytest.fixture(scope="module")
def told(compared, tmp_path_factory):
    """What the command line says of such a study, the study, and the folder of its report."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "plan.yaml").write_text(yaml.safe_dump(comparing_plan(compared)))
    done = CliRunner().invoke(app, ["run", str(folder / "plan.yaml"), "--out", str(folder / "out")])
    assert done.exit_code == 0, done.output
    return done.output, Study(folder / "out"), folder / "out" / "report"


def test_what_generalizes_has_its_sections_pictures_and_numbers(told):
    said, study, report = told
    text, findings = (report / "index.html").read_text(), (report / "findings.txt").read_text().splitlines()
    assert "H, the share of the salient strength that generalizes" in said
    assert "How mlp learned" in text
    assert "Which interactions of mlp generalize" in text
    assert "Training and test samples of mlp" in text
    assert "Which samples confuse mlp" in text
    assert "How other-0 learned" not in text
    course, done = study.generalization_dynamics(), study.intervention()
    assert course.sentences()[0] in findings
    assert done.sentences()[-1] in findings
    confusion = study.confusion()
    count = len(confusion.ranking)
    of_part = confusion.sentences()[0].replace(f"of {count} samples", f"of {count} test samples")
    assert f"of {count} test samples" in of_part
    assert findings[-2:] == [of_part, f"Training samples: harsanyi confusing {study.path} --part train"]
    assert re.search(rf"confuses? the network most of {count} test samples", text)
    assert f"Rank 1 of {count} test samples" in text
    first = confusion.most(1)[0]
    predicted = study.logits(samples="test").argmax(1)[first]
    assert f"Most confusing: sample {first} of test, label {confusion.labels[first]}, predicted {predicted}" in text
    some = study.parts["train"][:1].tolist() + study.parts["mislabelled"][:1].tolist()
    listed = single_section(study, {"mlp": (study.interactions(samples=some), some)}, 2)
    assert [one["label"].endswith(" (wrong on purpose)") for one in listed.explorer.data["samples"]] == [False, True]
    assert [one.title.endswith(" (wrong on purpose)") for one in listed.cards] == [False, True]
    theory = study.theory().sentences()[-1]
    assert "<summary>For readers of the theory (2407.19198)</summary>" in text
    assert theory in html.unescape(text)
    assert theory not in findings
    assert any(said.startswith("Training samples whose label is wrong on purpose are left out") for said in findings)
    assert "Are the networks confused by the same samples?" in text
    pairs = pd.read_csv(report / "overlap-complex_cancelling.csv", index_col=["first", "second"])
    assert pairs.index.tolist() == [("mlp", "again-0")]
    assert {"agreement", "loss_difference", "jaccard"} <= set(pairs)
    assert not list(report.glob("overlap-*.png"))  # of two networks, which the words tell of
    assert (report / "overlap-non_generalizable.csv").exists()
    confusing = pd.read_csv(report / "confusing-mlp.csv", index_col="sample")
    assert confusing.index.tolist() == confusion.table().index.tolist()
    table = pd.read_csv(report / "course-mlp.csv", index_col="step")
    assert table["power"].to_numpy() == pytest.approx(course.power.value, nan_ok=True)
    rates = pd.read_csv(report / "found-orders-mlp.csv", index_col="order")
    assert rates["rate"].to_numpy() == pytest.approx(study.generalization().rate.value, nan_ok=True)
    losses = pd.read_csv(report / "intervention-mlp.csv", index_col="network")
    assert losses["gap"].to_numpy() == pytest.approx(done.gap.value)
    assert (report / "similarity-orders-mlp.csv").exists()
    assert (report / "groups-orders-mlp.csv").exists()
    names = ("generalization-course", "generalization-training", "generalization-rate", "generalization-bars",
             "intervention", "mislabelled", "similarity")  # fmt: skip
    for name in names:
        assert (report / f"{name}-mlp.png").read_bytes().startswith(b"\x89PNG")


def test_an_overlap_is_told_by_each_score_and_performance_once():
    generator = np.random.default_rng(0)
    held = {name: Performance(generator.random(30) < 0.8, generator.random(30), np.zeros(30, int)) for name in "abc"}
    scores = {name: generator.random(30) for name in "abc"}

    def section(names):
        chosen, known = ({name: mapping[name] for name in names} for mapping in (scores, held))
        found = confusion_overlap(chosen, again=chosen, performance=known, bootstrap=Bootstrap(draws=5))
        return overlap_section({("non_generalizable", ""): found, ("complex_cancelling", ""): found})

    two, three = section("ab"), section("abc")
    one, other, performance, left = two.sentences
    assert one.startswith("By what does not generalize: 'a' and 'b' ")
    assert other.startswith("By what is complex and cancels: 'a' and 'b' ")
    assert "Split again, a network's own set has a Jaccard index of 1 " in one
    assert "accuracy" in performance
    assert left.startswith("Baselines are left out: what generalizes is measured against them. All networks are")
    assert not two.pictures
    assert [picture.name for picture in three.pictures] == [
        "overlap-non_generalizable", "overlap-complex_cancelling", "overlap-agreement"]  # fmt: skip
    assert sum("accuracy" in sentence for sentence in three.sentences) == 3  # a pair each


def test_what_cannot_be_told_is_told_so_and_the_rest_all_the_same(compared, tmp_path):
    study = Study(tmp_path / "study", comparing_plan(compared, limit=2)).run(progress=False)
    told = compare(study, "mlp", None)
    assert told.course is not None
    assert told.similarity is None
    assert any("Train against test cannot be told" in sentence for sentence in told.refused)
    page = study_page(study, ask_study(study))  # not drawn: pictures take their time
    assert any("Train against test cannot be told" in highlight.sentence for highlight in page.highlights)


def test_a_study_without_baselines_or_parts_has_nothing_to_compare(study):
    assert compare(study, "one", "0") is None


def test_a_study_of_pairs_tells_what_they_must_share(tmp_path):
    training = TrainingPlan.from_mapping({
        "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3},
        "data": {"name": "wine", "standardise": True}, "recipe": {"epochs": 1, "checkpoints": [0, 1]},
    })  # fmt: skip
    plan = FactorPlan(training, low=1, factors=("low", "architecture"), pairs=2)
    train_factors(plan, tmp_path / "pairs", progress=False)
    asked = {"factors": str(tmp_path / "pairs"), "samples": {"split": "test"}, "limit": 20, "max_gap": 0.1,
             "players": {"kind": "columns", "columns": [0, 3, 6]}}  # fmt: skip
    study = Study(tmp_path / "study", asked)
    page, findings = write_study(study.run(progress=False), tmp_path / "report")
    assert "What networks must share to be confused by the same samples" in page.read_text()
    assert len(findings) == 1
    table = pd.read_csv(tmp_path / "report" / "factors-complex_cancelling.csv", index_col="factor")
    assert table.index.tolist() == ["low", "architecture"]
    assert (tmp_path / "report" / "factor-differences-complex_cancelling.csv").exists()
    assert (tmp_path / "report" / "factors-complex_cancelling.png").exists()
