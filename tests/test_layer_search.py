"""What the layers of a network know, from the command line: a plan in, a page with words, pictures and tables out."""

from dataclasses import replace

import pandas as pd
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from harsanyi import ArgumentError, Columns, Plan, Study
from harsanyi.cli import app
from harsanyi.layer_search import LayerSearch, with_layers
from harsanyi.report.layer_tables import strongest_changes
from harsanyi.report.layers import ask_layered, layer_sections, layered_done, partners
from harsanyi.report.page import typeset
from harsanyi.report.target import courses, tell
from harsanyi.training import TrainingPlan, train_baselines

TRAINING = TrainingPlan.from_mapping({
    "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3, "width": 16},
    "data": {"name": "wine", "standardise": True, "held_out": 0.3},
    "recipe": {"epochs": 6, "checkpoints": [0, 6], "learning_rate": 0.05, "batch_size": 16},
})  # fmt: skip
FIELDS = {"samples.split": "test", "players.kind": "columns", "players.columns": [0, 6, 9], "limit": 3,
          "max_gap": 0.2}  # fmt: skip
NAMES = ("layer", "lower", "higher")  # columns with names of layers, of which some are numbers


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "mlp"
    TRAINING.run(folder, progress=False)
    train_baselines(TRAINING, folder / "baselines", progress=False)
    return folder


def layers(*arguments, status=0):
    done = CliRunner().invoke(app, ["layers", *map(str, arguments)])
    assert done.exit_code == status, done.output + str(done.exception or "")
    return " ".join((done.output + done.stderr).split())


def settings(trained, **more):
    return [f"--set={name}={value}" for name, value in {"networks.mlp": trained, **FIELDS, **more}.items()]


@pytest.fixture(scope="module")
def searched(trained, tmp_path_factory):
    """A study that the command made: its folder, and what was told."""
    folder = tmp_path_factory.mktemp("searched") / "hunt"
    told = layers("--out", folder, *settings(trained, baselines=trained / "baselines"), "--layers", "1", "--layers",
                  "5", "--draws", 2, "--show", 1)  # fmt: skip
    return folder, told


def test_layers_are_read_and_told_of(searched):
    folder, told = searched
    study, found = Study(folder), Study(folder).layer_by_layer()
    assert study.layers == ("1", "5", "output")
    assert study.steps("mlp") == (6,)  # the last checkpoint alone
    assert study.roles == {"mlp": "target", "again-0": "ceiling"}  # nothing that is not compared with
    assert "- 3 of 3 samples are done, 3 of them new, " in told
    findings = (folder / "layers" / "findings.txt").read_text().splitlines()
    assert all(" ".join(sentence.split()) in told for sentence in findings)
    shared = study.generalization_capacity("mlp", "again-0").sentences()
    for sentence in [*found.sentences(), *study.stability().sentences(), f"With again-0: {shared[0]}"]:
        assert sentence in findings


def test_the_page_has_every_section_and_picture(searched):
    page, folder = (searched[0] / "layers" / "index.html").read_text(), searched[0] / "layers"
    for heading in ("What each layer of mlp knows, keeps and forgets", "Single samples through the layers of mlp",
                    "What the layers of mlp and again-0 have in common", "The linear probes of mlp"):  # fmt: skip
        assert page.count(f"<h2>{heading}</h2>") == 1
    for sentence in Study(searched[0]).probes().sentences():
        assert typeset(sentence) in page
    pictures = {path.stem for path in folder.glob("*.png")}
    assert pictures == {"layers-mlp", "layers-flow-mlp", "layers-shares-mlp", "stability-mlp", "capacity-mlp-again-0",
                        "layers-mlp-sample-0-top", "layers-followed-mlp-0"}  # fmt: skip
    assert page.count("<img alt") == len(pictures)


def test_the_tables_hold_the_numbers(searched):
    study, folder = Study(searched[0]), searched[0] / "layers"
    found, capacity = study.layer_by_layer(), study.generalization_capacity("mlp", "again-0")
    tables = {"layers-mlp": found.table(), "layers-by-order-mlp": found.by_order(), "layers-steps-mlp": found.steps(),
              "probes-mlp": study.probes().table(), "stability-mlp": study.stability().table(),
              "stability-by-order-mlp": study.stability().by_order(), "capacity-mlp-again-0": capacity.table(),
              "capacity-by-order-mlp-again-0": capacity.by_order()}  # fmt: skip
    for name, table in tables.items():
        read = pd.read_csv(folder / f"{name}.csv", dtype=dict.fromkeys(NAMES, str))
        pd.testing.assert_frame_equal(read, table.reset_index(), check_dtype=False)
    assert {path.stem for path in folder.glob("*.csv")} == {*tables, "emerged-mlp", "forgotten-mlp"}
    for part in ("emerged", "forgotten"):
        read = pd.read_csv(folder / f"{part}-mlp.csv", dtype={"layer": str})
        step = read[read["layer"] == "5"].reset_index(drop=True)
        expected = getattr(found, part)("5").head(100)
        assert (step["next_layer"] == "output").all()
        assert step["rank"].tolist() == list(range(1, len(expected) + 1))
        pd.testing.assert_frame_equal(step[list(expected)], expected, check_dtype=False)


def test_without_time_nothing_is_told_and_the_next_run_goes_on(trained, tmp_path):
    asked = ["--out", tmp_path / "hunt", *settings(trained, limit=2), "--layers", 5, "--show", 0]
    assert "0 of 2 samples are done. - The time is up" in layers(*asked, "--minutes", 1e-9, status=1)
    assert not (tmp_path / "hunt" / "layers").exists()
    assert "- 2 of 2 samples are done, 2 of them new, " in layers(*asked)
    assert Study(tmp_path / "hunt").layers == ("5", "output")
    assert not list((tmp_path / "hunt" / "layers").glob("stability*"))
    assert not list((tmp_path / "hunt" / "layers").glob("layers-followed*"))


def test_options_change_the_layers_of_the_plan():
    plan = Plan.from_mapping({"networks": {"mlp": "runs/mlp"}, "samples": "test.npz", "players": {"kind": "columns"}})
    chosen = replace(plan, layers={"names": ["1", "5"], "draws": 4, "seed": 3})
    assert with_layers(plan, LayerSearch()).layers.names == "auto"
    assert with_layers(chosen, LayerSearch()).layers.names == ("1", "5")
    found = with_layers(chosen, LayerSearch(("7",), noise=0.1)).layers
    assert (found.names, found.draws, found.noise, found.seed) == (("7",), 4, 0.1, 3)
    assert with_layers(chosen, LayerSearch(draws=0)).layers.draws == 0


# The page of any study ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(trained, tmp_path_factory):
    """Two targets, of which one has two checkpoints."""
    networks = {"one": str(trained), "two": {"checkpoints": str(trained / "baselines" / "again-0"), "steps": "last"}}
    plan = Plan.from_mapping({"networks": networks, "samples": {"split": "test"}, "limit": 3, "max_gap": 0.2,
                              "players": {"kind": "columns", "columns": [0, 6, 9]}, "layers": ["1", "5"]})  # fmt: skip
    return Study(tmp_path_factory.mktemp("study"), plan).run(progress=False)


def test_the_page_of_a_study_tells_of_layers(study, tmp_path):
    assert [course[0] for course in courses(study)] == ["one", "two"]  # once a network, not a layer
    told = tell(study, "one", "one", None)
    first = study.layer_by_layer("one").sentences()[0]
    assert f"Layer by layer: o{first[1:]}" in told.findings
    headings = [section.heading for section in told.sections]
    for heading in ("What each layer of one knows, keeps and forgets", "Single samples through the layers of one",
                    "The layers of one over the training", "What the layers of one and two have in common",
                    "The linear probes of one"):  # fmt: skip
        assert headings.count(heading) == 1
    (training,) = [section for section in told.sections if section.heading == "The layers of one over the training"]
    assert [picture.name for picture in training.pictures] == ["layers-completeness-one", "layers-redundancy-one"]
    assert list(training.sentences) == study.layer_course("one").sentences()
    told.write_tables(tmp_path)
    course = pd.read_csv(tmp_path / "layer-course-one.csv", dtype={"layer": str})
    pd.testing.assert_frame_equal(course, study.layer_course("one").table().reset_index(), check_dtype=False)
    assert (tmp_path / "capacity-one-two.csv").exists()
    assert not ask_layered(study, "two", "two", layered_done(study, ["two"])).capacities


def test_changes_are_of_single_samples_where_players_differ(study):
    found, positions = study.layer_by_layer("one"), study.parts.get("test", range(3))
    together = strongest_changes(found, "forgotten", positions)
    assert "sample" not in together
    apart = _with_players_of_their_own(found)
    single = strongest_changes(apart, "forgotten", pd.Index([4, 5, 9]).to_numpy(), most=5)
    top = single.xs(("1", "5"))
    assert top["forgotten"].is_monotonic_decreasing
    assert len(top) <= 5
    assert (top["position"] == top["sample"].map({0: 4, 1: 5, 2: 9})).all()
    row = top.iloc[0]
    own = apart.forgotten("1", int(row["sample"])).iloc[0]
    assert (row["players"], row["forgotten"]) == (own["players"], own["forgotten"])


def _with_players_of_their_own(found):
    names = tuple(tuple(f"{name} {sample}" for name in "abc") for sample in range(3))
    return replace(found, layers={name: replace(x, names=names) for name, x in found.layers.items()})


def test_only_samples_whose_copies_are_done_are_asked_for_stability(trained, tmp_path):
    settings = {"networks": {"mlp": str(trained)}, "samples": {"split": "test"}, "limit": 2, "max_gap": 0.2, "block": 4,
                "players": {"kind": "columns", "columns": [0, 6]}, "layers": {"names": "1", "draws": 2}}  # fmt: skip
    study = Study(tmp_path / "study", settings).run(shard=(1, 2), progress=False)
    assert study.done().tolist() == [0, 1, 2, 3]  # a sample, its two copies, and the next sample
    assert study.noisy_copies([3]).tolist() == [[4], [5]]
    found = ask_layered(study, "mlp", "mlp", layered_done(study, ["mlp"]))
    assert (found.found.samples, found.stability.samples) == (2, 1)
    with pytest.raises(ArgumentError, match="samples: given 1, which has no noisy copies; accepted: samples of the"):
        study.noisy_copies([1])


def test_what_cannot_be_told_is_told_so(tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 2))
    silent = {name: torch.zeros_like(values) for name, values in network.state_dict().items()}
    labelled = {"inputs": torch.randn(40, 3), "labels": torch.arange(40) % 2}
    plan = Plan({"net": {"factory": network, "checkpoints": [(0, silent), (1, network.state_dict())]}},
                torch.randn(3, 3), Columns(), labels=[0, 1, 0], max_gap=0.2,
                layers={"names": "1", "samples": labelled})  # fmt: skip
    study = Study(tmp_path / "study", plan).run(progress=False)
    found = ask_layered(study, "net", "net", layered_done(study, ["net"]))
    assert found.found is not None
    (sentence,) = found.refused
    assert sentence.startswith("The course of the layers cannot be told: layers: given scores in '1' that are the same")
    assert sentence in found.sentences()
    sections = layer_sections(found, 0)
    assert sentence in sections[0].sentences
    assert [section.heading for section in sections[1:]] == ["The linear probes of net"]


@pytest.mark.parametrize(("roles", "expected"), [
    ({"a": "target", "b": "baseline", "c": "ceiling", "d": "ceiling"}, ["c"]),
    ({"a": "target", "f": "floor", "b": "baseline", "c": "baseline"}, ["b"]),
    ({"a": "target", "b": "target", "c": "target", "d": "ceiling"}, ["b", "c"]),
    ({"a": "target", "f": "floor"}, []),
])  # fmt: skip
def test_a_target_is_compared_with_targets_else_ceiling_else_baseline(roles, expected):
    assert partners(roles, "a") == expected


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "message"), [
    (["--layers", "1", "--layers", "6x"], "layers: given '6x'"),
    (["--draws", 1], "layers.draws: given 1; accepted: 0, or 2 or more"),
    (["--noise", 0.1], "noise: given 0.1; accepted: nothing, or draws as well"),
    (["--draws", 2, "--noise", 0], "layers.noise: given 0.0"),
    (["--minutes", 0], "minutes: given 0.0; accepted: a number > 0, or nothing"),
    (["--show", -1], "Invalid value for '--show'"),
    (["--set", "at='1'"], "layers: given layers that are read beside layers that are masked (at)"),
    (["--set", "layers.draw=2"], "layers: given 'draw'"),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_before_anything_is_computed(trained, tmp_path, arguments, message):
    told = layers("--out", tmp_path / "hunt", *settings(trained), *arguments, status=2)
    assert message in told
    assert "Linear probes" not in told
    assert not list(tmp_path.glob("hunt/runs/*"))


def test_a_study_made_for_another_question_is_refused(searched, trained, tmp_path):
    plain = Study(tmp_path / "plain", {"networks": {"mlp": str(trained)}, "samples": {"split": "test"}, "limit": 2,
                                       "players": {"kind": "columns", "columns": [0, 6]}})  # fmt: skip
    assert "plain, a study that reads no layers; accepted: a new folder" in layers(plain.path, status=2)
    assert "draws: given 3; accepted: 2, as in the study" in layers(searched[0], "--draws", 3, status=2)
