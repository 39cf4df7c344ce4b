"""The page of a study: every network and layer, in words and pictures; tables that hold the numbers."""

import pandas as pd
import pytest
import torch
from torch import nn

from harsanyi import Patches, Plan, Study
from harsanyi.report.study_folder import write_study


def image_network():
    return nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))


def seeded(seed):
    torch.manual_seed(seed)
    return image_network()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    torch.manual_seed(0)
    steps = {"one": (0, 1, 2, 4, 8), "two": (0, 3)}
    networks = {name: {"factory": image_network, "checkpoints": [(step, seeded(step)) for step in own]}
                for name, own in steps.items()}  # fmt: skip
    plan = Plan(networks, torch.rand(4, 1, 4, 4), Patches(2), labels=[0, 1, 2, 0], at=("0", "1"), max_gap=0.1)
    return Study(tmp_path_factory.mktemp("study"), plan).run(progress=False)


def test_every_network_and_layer_has_its_words_pictures_and_numbers(study, tmp_path):
    page, findings = write_study(study, tmp_path / "report", title="<b>mine</b>")
    courses = ["one-0", "one-1", "two-0", "two-1"]
    assert [sentence.partition(":")[0] for sentence in findings] == courses
    text = page.read_text()
    assert "<b>mine</b>" not in text
    assert "&lt;b&gt;mine&lt;/b&gt;" in text
    assert "<script" not in text
    for name in courses:
        assert f"How {name} learned" in text
        table = pd.read_csv(tmp_path / "report" / f"dynamics-{name}.csv", index_col="step")
        expected = study.dynamics(*name.split("-")).table()
        assert table["mean_order"].to_numpy() == pytest.approx(expected["mean_order"].to_numpy(), nan_ok=True)
        for picture in ("phases", "training", "orders"):
            assert (tmp_path / "report" / f"{picture}-{name}.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "report" / "training.png").exists()
    assert (tmp_path / "report" / "findings.txt").read_text().splitlines() == findings


def test_a_report_replaces_the_one_before_as_a_whole(study, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "old.png").write_bytes(b"")
    write_study(study, tmp_path / "report")
    assert not (tmp_path / "report" / "old.png").exists()
    assert not list(tmp_path.glob(".*"))


def test_one_checkpoint_has_a_page_too(tmp_path):
    plan = Plan({"net": {"factory": seeded(0)}}, torch.rand(3, 1, 4, 4), Patches(2), labels=[0, 1, 2], max_gap=0.1)
    study = Study(tmp_path / "study", plan).run(progress=False)
    page, findings = write_study(study, tmp_path / "report")
    assert page.exists()
    assert findings
    assert not list((tmp_path / "report").glob("theory-*"))
