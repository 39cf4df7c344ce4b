"""harsanyi confusing: within a budget, again, with and without baselines; what it writes is what the study says."""

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from torch import nn
from typer.testing import CliRunner

from harsanyi import ArgumentError, Columns, Plan, Study
from harsanyi.analysis import ConfusionRule, generalizes, suspicion
from harsanyi.cli import app
from harsanyi.confusing import Search, find_confusing, ranking
from harsanyi.found import at_the_end
from harsanyi.report.confusing import ask_confusing, chosen_of
from harsanyi.report.confusing_sections import gallery
from harsanyi.training import TrainingPlan, train_baselines
from harsanyi.training.factor_plan import FactorPlan
from harsanyi.training.factors import train_factors

COLUMNS = [0, 6, 9, 12]
TRAINING = {
    "network": "harsanyi.zoo:mlp5",
    "network_options": {"columns": 13, "classes": 3},
    "data": {"name": "wine", "standardise": True, "held_out": 0.4, "label_noise": 0.3},
    "recipe": {"epochs": 20, "checkpoints": [0, 10, 20], "batch_size": 16, "learning_rate": 0.05},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A target with three checkpoints, a tenth of its labels wrong, and networks to compare it with."""
    folder = tmp_path_factory.mktemp("trained")
    training = TrainingPlan.from_mapping(TRAINING)
    training.run(folder / "target", progress=False)
    train_baselines(training, folder / "target" / "baselines", progress=False)
    return folder / "target"


def options(trained, **changes):
    return {"networks": {"mlp": str(trained)}, "baselines": str(trained / "baselines"), "limit": 8, "max_gap": 0.2,
            "samples": {"split": ["test", "train", "mislabelled"]}, "players": {"kind": "columns", "columns": COLUMNS},
            "block": 6, **changes}  # fmt: skip


@pytest.fixture
def plan(trained, tmp_path):
    path = tmp_path / "wine.yaml"
    path.write_text(yaml.safe_dump(options(trained)))
    return path


def confusing(*arguments, status=0):
    done = CliRunner().invoke(app, ["confusing", *map(str, arguments)])
    assert done.exit_code == status, done.output + str(done.exception or "")
    return " ".join((done.output + done.stderr).split())


def test_a_plan_is_run_at_its_end_and_its_samples_are_ranked(plan, tmp_path):
    told = confusing(plan, "--show", 1)
    study, folder = Study(tmp_path / "wine"), tmp_path / "wine" / "confusing"
    assert study.steps("mlp") == (20,)
    assert set(study.roles.values()) == {"target", "baseline"}  # ceilings and floors rank nothing
    assert told.startswith("- 8 of 8 samples are done, 8 of them new, ")
    found = study.confusion()
    assert found.score == "non_generalizable"
    table = pd.read_csv(folder / "confusing.csv", index_col="sample")
    pd.testing.assert_frame_equal(table[["v", "rank"]], found.table()[["v", "rank"]], check_dtype=False)
    assert table["non_generalizable"].to_numpy() == pytest.approx(found.table()["non_generalizable"].to_numpy())
    assert set(table["part"]) == {"test"}
    assert (study.parts["test"][table.index] == table["position"]).all()
    assert (table["position_in_part"] == table.index).all()
    findings = (folder / "findings.txt").read_text().splitlines()
    assert found.sentences()[0].replace("of 8 samples", "of 8 test samples") in findings
    assert all(" ".join(sentence.split()) in told for sentence in findings)
    page = (folder / "index.html").read_text()
    assert f"Most confusing: sample {found.most(1)[0]} of test" in page
    assert f"Least confusing: sample {found.least(1)[0]} of test" in page
    assert page.count("<th>generalizes</th>") == 2
    assert (folder / "confusing-mlp.png").read_bytes().startswith(b"\x89PNG")


def test_without_time_nothing_is_done_and_the_next_run_goes_on(plan, tmp_path):
    told = confusing(plan, "--minutes", 1e-9, status=1)
    assert "0 of 8 samples are done. - The time is up: run it again to go on, or give it more minutes." in told
    assert not (tmp_path / "wine" / "confusing").exists()
    assert "8 of 8 samples are done, 8 of them new" in confusing(plan, "--show", 0)
    written = (tmp_path / "wine" / "confusing" / "confusing.csv").read_bytes()
    assert "- 8 of 8 samples are done. -" in confusing(tmp_path / "wine", "--show", 0)
    assert (tmp_path / "wine" / "confusing" / "confusing.csv").read_bytes() == written
    assert Study(tmp_path / "wine").steps("mlp") == (20,)  # again is not more


def test_only_samples_that_are_done_for_all_networks_are_ranked(trained, tmp_path):
    folder, plan = tmp_path / "study", Plan.from_mapping(options(trained, samples={"split": "train"}, block=3))
    study = Study(folder, at_the_end(plan, folder, ranking))
    study.run(shard=(1, 2), progress=False)  # of three blocks each: two of the target, another of the baseline
    assert len(study.done()) == 0
    study.run(shard=(2, 6), progress=False)
    found = find_confusing(plan, folder, Search(minutes=1e-9, show=0))
    done = study.done()
    assert 0 < len(done) < len(study)
    table = pd.read_csv(folder / "confusing" / "confusing.csv", index_col="sample")
    assert sorted(table["position"]) == done.tolist()
    assert found.sentences[0].startswith(f"{len(done)} of 8 samples are done.")


def test_wrong_labels_are_looked_for_with_the_loss_beside(plan, tmp_path):
    told = confusing(plan, "--part", "train", "--part", "mislabelled", "--show", 0, "--share", 0.25)
    folder = tmp_path / "wine" / "confusing"
    table = pd.read_csv(folder / "confusing.csv", index_col="sample")
    assert set(table["part"]) == {"train", "mislabelled"}
    assert (table.loc[table["part"] == "mislabelled", "mislabelled"]).all()
    assert table["member"].sum() == 4
    found = pd.read_csv(folder / "confusing-finding-wrong-labels.csv", index_col="score")
    wrong, right = (np.logaddexp(0, -table.loc[table["mislabelled"] == side, "v"].to_numpy()) for side in (True, False))
    pairs = wrong[:, None] - right
    assert found.loc["loss", "auc"] == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)
    usual = ["max softmax", "margin", "entropy"]
    assert found.index.tolist() == ["non-generalizable", "complex, cancelling", *usual, "loss"]
    study = Study(tmp_path / "wine")
    logits = study.logits(samples=table["position"].to_numpy())
    labels = study.interactions(samples=table["position"].to_numpy()).labels
    doubts = suspicion(logits, labels)
    assert table["max_softmax"].to_numpy() == pytest.approx(1 - doubts["max softmax"])
    assert table["margin"].to_numpy() == pytest.approx(-doubts["margin"])
    for name in ("entropy", "loss"):
        assert table[name].to_numpy() == pytest.approx(doubts[name])
    assert "Wrong labels (samples whose label is known to be wrong): " in told
    wrong = logits.argmax(1) != labels
    assert 2 <= wrong.sum() <= len(wrong) - 2
    answers = pd.read_csv(folder / "confusing-finding-wrong-answers.csv", index_col="score")  # the loss sees the label
    assert answers.index.tolist() == ["non-generalizable", "complex, cancelling", *usual]
    entropy = table["entropy"].to_numpy()
    assert answers.loc["entropy", "auc"] == pytest.approx((entropy[wrong][:, None] > entropy[~wrong]).mean())


def test_samples_without_labels_are_ranked_and_no_answer_is_called_wrong(trained, tmp_path):
    np.savez(tmp_path / "given.npz", inputs=np.random.default_rng(0).normal(size=(7, 13)).astype(np.float32))
    told = confusing("--out", tmp_path / "study", *(f"--set={name}={value}" for name, value in {
        "networks.mlp": trained, "baselines": trained / "baselines", "samples": tmp_path / "given.npz",
        "players.kind": "columns", "players.columns": COLUMNS, "max_gap": 0.2}.items()))  # fmt: skip
    assert "7 of 7 samples are done" in told
    assert "Which answers are wrong is not known: no labels were given, and the predicted ones are explained." in told
    table = pd.read_csv(tmp_path / "study" / "confusing" / "confusing.csv", index_col="sample")
    assert {"max_softmax", "margin", "entropy"} <= set(table)
    assert "loss" not in table
    assert table["max_softmax"].between(1 / 3, 1).all()
    assert (table["margin"] >= 0).all()
    assert not list((tmp_path / "study" / "confusing").glob("confusing-finding*"))
    study = Study(tmp_path / "study")
    assert not study.labelled
    assert (study.logits("mlp").argmax(1) == study.interactions("mlp").labels).all()


def test_a_study_with_a_course_keeps_it_and_all_its_networks(trained, tmp_path):
    settings = options(trained, samples={"split": "train"}, limit=6)
    study = Study(tmp_path / "study", settings).run(progress=False)
    networks, written = study.networks, (tmp_path / "study" / "plan.yaml").read_bytes()
    course = study.confusion_course()
    assert " ".join(course.sentences()[-1].split()) in confusing(tmp_path / "study", "--show", 0)
    assert Study(tmp_path / "study").networks == networks
    assert (tmp_path / "study" / "plan.yaml").read_bytes() == written
    table = pd.read_csv(tmp_path / "study" / "confusing" / "confusing-course.csv", index_col="step")
    assert table.index.tolist() == [0, 10, 20]
    assert table["mean"].to_numpy() == pytest.approx(course.mean.value)


def test_effects_of_the_gallery_say_whether_they_generalize(trained, tmp_path):
    folder, plan = tmp_path / "study", Plan.from_mapping(options(trained))
    study = Study(folder, at_the_end(plan, folder, ranking)).run(progress=False)
    asked = ask_confusing(study, "mlp", "mlp", None, chosen_of(study))
    baselines = study.interactions("other-0", samples="test")
    expected = generalizes(asked.target, baselines, references=False)
    most, least = gallery(asked, 1)
    for card, sample in ((most, asked.found.most(1)[0]), (least, asked.found.least(1)[0])):
        assert len(card.rows) == 6
        for kind, players, effect, word in card.rows:
            names = tuple(players.split(", "))
            coalition = sum(1 << asked.target.names[sample].index(name) for name in names)
            place = (int(kind == "OR"), sample, coalition)
            assert float(effect.replace("−", "-")) == pytest.approx(
                asked.target[int(sample)][names][place[0]], rel=0.01
            )
            told = "not salient" if not expected.salient[place] else "yes" if expected.generalizes[place] else "no"
            assert word == told


# Without baselines ----------------------------------------------------------------------------------------------------


def seeded():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def test_names_of_the_data_are_shown_and_never_run(tmp_path):
    samples = pd.DataFrame(np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32),
                           columns=["<script>alert(1)</script>", "b", "c", "d"])  # fmt: skip
    plan = Plan({"net": {"factory": seeded}}, samples, Columns(), labels=[0, 1, 2, 0, 1], max_gap=0.2)
    found = find_confusing(plan, tmp_path / "study", Search(ConfusionRule(threshold=0.0), show=1))
    page = found.page.read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<th>generalizes</th>" not in page
    table = pd.read_csv(tmp_path / "study" / "confusing" / "confusing.csv", index_col="sample")
    assert not {"part", "mislabelled", "non_generalizable"} & set(table)
    assert table["member"].all()


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "message"), [
    (["--share", 2], "share: given 2.0; accepted: a number in (0, 1]"),
    (["--share", 0.1, "--threshold", 0.5], "threshold: given 0.5 beside a share of 0.1; accepted: one of the two"),
    (["--score", "complex_canceling"], "Did you mean 'complex_cancelling'?"),
    (["--part", "tests"], "part: given 'tests'; accepted: some of test, train, mislabelled. Did you mean 'test'?"),
    (["--minutes", 0], "minutes: given 0.0; accepted: a number > 0, or nothing"),
    (["--show", -1], "Invalid value for '--show'"),
    (["--set", "baselines=null", "--score", "non_generalizable"], "baselines: given none; accepted: interactions of"),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_before_anything_is_computed(plan, tmp_path, arguments, message):
    assert message in confusing(plan, *arguments, status=2)
    assert not list(tmp_path.glob("wine/runs/*"))


def test_a_plan_that_chooses_its_checkpoints_keeps_them(trained, tmp_path):
    chosen = {"mlp": {"checkpoints": str(trained), "steps": [0, 20]}}
    plans = Plan.from_mapping(options(trained, networks=chosen)), Plan.from_mapping(options(trained))
    assert [at_the_end(plan, tmp_path, ranking).networks["mlp"].steps for plan in plans] == [[0, 20], "last"]


def test_pairs_alone_are_refused_for_they_have_no_target(trained, tmp_path):
    training = TrainingPlan.from_mapping(TRAINING | {"recipe": {"epochs": 1, "checkpoints": [0, 1]}})
    train_factors(FactorPlan(training, low=1, factors=("low",), pairs=1), tmp_path / "pairs", progress=False)
    settings = options(trained, networks={}, factors=str(tmp_path / "pairs"), samples={"split": "test"}, limit=2)
    plan = Plan.from_mapping(settings)
    with pytest.raises(ArgumentError, match="networks: given no target; accepted: at least one network with role"):
        find_confusing(plan, tmp_path / "study")
    Study(tmp_path / "study", plan)  # a study that has them
    with pytest.raises(ArgumentError, match="networks: given no target; accepted: at least one network with role"):
        find_confusing(plan, tmp_path / "study")
