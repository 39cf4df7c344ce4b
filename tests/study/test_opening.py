"""A study is made, joined and extended by what is new; whatever does not belong to it is refused in words."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from harsanyi import Columns, extract
from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.study import Plan, Study
from harsanyi.study.worker import Worker


def same(one, other):
    """Whether two studies hold the same, to rounding."""
    for (step, ours), (also, theirs) in zip(one.checkpoints(), other.checkpoints(), strict=True):
        assert step == also
        np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(ours.and_ + ours.or_, theirs.and_ + theirs.or_, rtol=1e-3, atol=1e-4)
        assert ours.labels.tolist() == theirs.labels.tolist()


def broken(path):
    """Weights that make no finite score."""
    weights = load_file(path)
    weights["2.bias"][:] = torch.nan
    return weights


# Extension ------------------------------------------------------------------------------------------------------------


def test_later_checkpoints_are_added_also_between_stored_steps(done, plan, add, computed, tmp_path):
    before = computed(done.path)
    add(5), add(30)
    study = Study(done.path, plan())
    assert (study.steps(), study.status().units) == ((0, 5, 10, 20, 30), (6, 10))
    study.run(progress=False)
    assert computed(study.path)[: len(before)] == before
    assert sorted(computed(study.path)[len(before) :]) == [(3, 0, 0, 1), (3, 0, 2, 3), (4, 0, 0, 1), (4, 0, 2, 3)]
    same(study, Study(tmp_path / "at once", plan()).run(progress=False))
    assert study.dynamics().steps.tolist() == [0, 5, 10, 20, 30]
    assert study.to_xarray().checkpoint.values.tolist() == [0, 5, 10, 20, 30]


def test_later_samples_fill_the_last_block_and_make_new_ones(plan, computed, tmp_path):
    study = Study(tmp_path / "study", plan(count=3)).run(progress=False)
    scores = study.interactions().scores
    study = Study(study.path, plan(count=7))
    assert len(study) == 7
    with pytest.raises(ArgumentError, match="4 samples of mlp at step 20 that are not done"):
        study.interactions()
    assert np.array_equal(study.interactions(samples=slice(3)).scores, scores)
    study.run(progress=False)
    assert len(computed(study.path)) == 3 * 2 + 3 * 3
    assert np.array_equal(
        study.interactions(samples=slice(3)).scores, scores
    )  # those stay as they are, to the last bit
    same(study, Study(tmp_path / "at once", plan(count=7)).run(progress=False))


def test_only_samples_that_are_new_are_run(plan, tmp_path, monkeypatch):
    Study(tmp_path / "study", plan(count=3)).run(progress=False)
    asked, compute = [], Worker._compute

    def counted(worker, unit, samples, state):
        asked.extend((unit.rows, int(sample)) for sample in samples)
        return compute(worker, unit, samples, state)

    monkeypatch.setattr(Worker, "_compute", counted)
    Study(tmp_path / "study", plan(count=5)).run(progress=False)
    assert sorted(asked) == [((row,), sample) for row in range(3) for sample in (3, 4)]


def test_a_network_is_added_and_the_first_need_not_be_named_again(done, plan, folder, computed, tmp_path):
    (name,) = done.networks
    added = replace(plan(), networks={"other": plan().networks[name]})
    study = Study(done.path, added).run(progress=False)
    assert study.networks == ("mlp", "other")
    assert len(computed(done.path)) == 12
    for step in study.steps("mlp"):
        assert np.array_equal(study.interactions("mlp", step).scores, study.interactions("other", step).scores)
    with pytest.raises(ArgumentError, match=r"more samples, without the networks other.*every network of the study"):
        Study(done.path, plan(count=5))


def test_fewer_checkpoints_than_stored_are_fine(done, plan, folder, computed):
    (folder / "step-0.safetensors").unlink()
    study = Study(done.path, plan()).run(progress=False)
    assert study.steps() == (0, 10, 20)
    assert study.status().done
    assert len(computed(study.path)) == 6


def test_an_extension_that_was_killed_does_not_bind_the_next_one(done, plan, add, monkeypatch):
    """The samples were stored, the record was not."""
    monkeypatch.setattr("harsanyi.study.opening.create_grid", lambda *given: None)
    monkeypatch.setattr("harsanyi.study.opening.extend_grid", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Study(done.path, plan(count=7))
    monkeypatch.undo()
    assert len(Study(done.path)) == 4
    assert len(Study(done.path).interactions()) == 4
    again = plan(count=5, labels=torch.tensor([0, 1, 2, 0, 2]))
    study = Study(done.path, again).run(progress=False)
    assert study.interactions().labels.tolist() == [0, 1, 2, 0, 2]
    assert not (done.path / "unfinished").exists()


def test_checkpoints_that_were_moved_are_the_same_ones(done, plan, folder, add, computed):
    moved = folder.rename(folder.with_name("elsewhere"))
    study = Study(done.path, plan(checkpoints=moved)).run(progress=False)
    assert study.status().done
    assert study.interactions(step=10).provenance["checkpoint"] == str(moved / "step-10.safetensors")
    assert len(computed(study.path)) == 6


# Refusals -------------------------------------------------------------------------------------------------------------

OTHER = torch.full((4, 4), 0.5)


@dataclass(frozen=True)
class Twice:
    """A score of one's own."""

    factor: float = 2.0

    def __call__(self, outputs, labels):
        return self.factor * outputs[torch.arange(len(outputs)), labels]


@pytest.mark.parametrize(("changes", "told"), [
    ({"noise": 0.04}, r"plan: given noise 0\.04 instead of 0\.02"),
    ({"max_gap": 0.1}, r"max_gap 0\.1 instead of 1\.0"),
    ({"score": "logit"}, r'score \{"type": "Logit".* instead of \{"type": "LogOdds"'),
    ({"score": Twice()}, r'score \{"type": "Twice", "factor": 2\.0\} instead of'),
    ({"players": Columns(baseline="mean", background=OTHER)}, r'players\.background .* instead of null; players\.'),
    ({"players": Columns([0, 1, 3, 2])}, r"players\.columns \[0, 1, 3, 2\] instead of null"),
    ({"players": Columns([0, 1, 3])}, "players: given 3 players in mlp; accepted: 4, as in the study. The same"),
    ({"dtype": "float32"}, 'dtype "float32" instead of "float64"'),
    ({"at": "0"}, "at: given 0; accepted: nothing: Columns cannot mask a layer"),
    ({"block": 3}, "block: given 3; accepted: 2, as in the study"),
    ({"samples": OTHER}, r"samples: given others than those stored \(the first difference is at sample 0\)"),
    ({"samples": OTHER[:, :3]}, r"samples: given samples of another form, float32 \(3,\)"),
    ({"samples": OTHER.double()}, r"another form, float64 \(4,\); accepted: those of the study, float32 \(4,\)"),
    ({"labels": [0, 1, 2, 1]}, r"labels: given others than those stored \(the first difference is at sample 3\)"),
    ({"labels": [0, 1, 2]}, "labels: given 3 labels; accepted: 4, one for each sample"),
    ({"limit": 3}, "samples: given 3 samples; accepted: the 4 of the study, and perhaps more"),
])  # fmt: skip
def test_another_question_is_refused_and_changes_nothing(done, plan, changes, told, contents):
    before = contents(done.path)
    with pytest.raises(ArgumentError, match=told):
        Study(done.path, plan(**changes))
    assert contents(done.path) == before


def test_what_only_changes_rounding_or_place_may_change(done, plan, contents):
    study = Study(done.path, plan(batch_size=3, device="cpu", block=2)).run(progress=False)
    assert study.status().done


def test_another_factory_is_refused(done, plan):
    def others():
        return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))

    with pytest.raises(ArgumentError, match=r"mlp\.factory: given 'others'; accepted: 'small_network', as in"):
        Study(done.path, plan(factory=others))


def test_another_content_of_a_checkpoint_that_is_done_is_refused(done, plan, add, contents):
    before = contents(done.path)
    add(10, seed=99)
    with pytest.raises(
        ArgumentError, match=r"step-10\.safetensors for step 10 of mlp, whose content is another than st"
    ):
        Study(done.path, plan())
    assert contents(done.path) == before


def test_a_folder_with_something_else_is_refused(tmp_path, plan):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ArgumentError, match="which holds something else; accepted: a new or empty folder, or a study"):
        Study(tmp_path, plan())
    with pytest.raises(ArgumentError, match="accepted: a folder, new or there"):
        Study(tmp_path / "notes.txt", plan())
    with pytest.raises(ArgumentError, match="accepted: a folder with a study, or a plan to make one"):
        Study(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "checkpoints"}


@pytest.mark.parametrize("content", ["", "{}", '{"format": 99}', "[]"])
def test_a_damaged_record_is_refused(done, plan, content):
    (done.path / "run.json").write_text(content)
    for given in (None, plan()):
        with pytest.raises(ArgumentError, match="which is damaged or of another kind"):
            Study(done.path, given)


def test_what_does_not_fit_is_said_before_anything_is_written(tmp_path, plan, folder):
    save_file({"0.weight": torch.zeros(6, 5)}, folder / "step-30.safetensors")
    with pytest.raises(ArgumentError, match=r"step-30\.safetensors \(missing: 0\.bias.*0\.weight \(6, 5\) instead of"):
        Study(tmp_path / "study", plan())
    (folder / "step-30.safetensors").unlink()
    with pytest.raises(ArgumentError, match="labels"):
        Study(tmp_path / "study", plan(labels=[0, 1, 2, 3]))
    with pytest.raises(NetworkError):
        Study(tmp_path / "study", plan(samples=torch.zeros(2, 5), labels=0))
    assert not (tmp_path / "study").exists()


def test_twenty_players_of_many_samples_say_how_much_memory_they_need(tmp_path):
    plan = Plan({"wide": {"factory": nn.Linear(20, 2)}}, torch.zeros(100_000, 20), Columns(), labels=0)
    with pytest.raises(ArgumentError, match=r"GiB") as error:
        Study(tmp_path / "study", plan)
    assert error.value.argument == "players"


def test_workers_that_do_not_fit_into_memory_are_refused(tmp_path, plan, monkeypatch):
    study = Study(tmp_path / "study", plan())
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 100 << 20, "total": 1 << 30}))
    with pytest.raises(
        ArgumentError, match=r"workers: given 2, which need 80\d\.\d MiB of memory.*100\.0 MiB that are av"
    ):
        study.run(workers=2, progress=False)
    assert not (study.path / "run.log").exists()


# Checkpoints that are gone, equal, broken or random -------------------------------------------------------------------


def test_a_checkpoint_that_is_gone_matters_only_before_its_cells_are_done(tmp_path, plan, folder, computed):
    paths = [folder / f"step-{step}.safetensors" for step in (0, 10, 20)]
    given = plan(checkpoints=dict(zip((0, 10, 20), paths, strict=True)))
    study = Study(tmp_path / "study", given)

    def stop(units, total):
        if units == 2:  # all of the first checkpoint
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.run(progress=stop)
    kept = paths[1].read_bytes()
    paths[0].unlink(), paths[1].unlink()
    with pytest.raises(
        ArgumentError, match=r"step-10\.safetensors, which is not there; accepted: the checkpoints that a"
    ):
        study.run(progress=False)
    paths[1].write_bytes(kept)
    study.run(progress=False)
    assert study.status().done
    assert len(computed(study.path)) == 6


@pytest.mark.parametrize("form", ["folder", "list", "mapping"])
def test_when_all_is_done_the_checkpoints_may_go(tmp_path, plan, folder, form):
    paths = sorted(folder.iterdir())
    given = {"folder": folder, "list": paths, "mapping": {int(path.stem[5:]): str(path) for path in paths}}[form]
    study = Study(tmp_path / "study", plan(checkpoints=given)).run(progress=False)
    for path in paths:
        path.unlink()
    assert Study(study.path, plan(checkpoints=given)).run(progress=False).status().done
    folder.rmdir()
    assert Study(study.path, plan(checkpoints=given)).run(progress=False).status().done
    with pytest.raises(ArgumentError, match="nowhere"):
        Study(study.path, plan(checkpoints=tmp_path / "nowhere"))


def test_equal_checkpoints_are_computed_once_and_told(tmp_path, plan, add, computed):
    add(15, seed=10)
    with pytest.warns(UserWarning, match="the checkpoints of mlp at steps 10, 15 are equal: they are computed once"):
        study = Study(tmp_path / "study", plan())
    with pytest.warns(UserWarning, match="are equal"):
        study.run(progress=False)
    assert study.status().done
    assert len(computed(study.path)) == 6
    assert np.array_equal(study.interactions(step=10).and_, study.interactions(step=15).and_)
    assert study.interactions(step=15).provenance["step"] == 15


def test_one_that_equals_a_finished_one_is_copied_without_a_network(done, plan, add, computed, folder, monkeypatch):
    add(15, seed=10)
    (folder / "step-10.safetensors").unlink()
    monkeypatch.setattr(Worker, "_compute", lambda *given: 1 / 0)
    with pytest.warns(UserWarning, match="steps 10, 15 are equal"):
        study = Study(done.path, plan()).run(progress=False)
    assert study.status().done
    assert len(computed(study.path)) == 6
    for name in ("scores", "and_", "or_", "gap", "objective", "iterations"):
        assert np.array_equal(getattr(study.interactions(step=10), name), getattr(study.interactions(step=15), name))


def test_a_checkpoint_without_finite_scores_fails_alone_and_may_be_mended(tmp_path, plan, folder, add, computed):
    path = folder / "step-10.safetensors"
    save_file(broken(path), path)
    study = Study(tmp_path / "study", plan())
    with pytest.warns(UserWarning, match=r"2 units failed.*NetworkError.*The next run tries again"):
        study.run(progress=False)
    assert study.status().units == (4, 6)
    done, failed = {"done": 4, "failed": 0, "to_do": 0}, {"done": 0, "failed": 4, "to_do": 0}
    assert study.status().counts["mlp"] == {0: done, 10: failed, 20: done}
    assert "4 samples failed" in repr(study)
    assert [step for step, _ in study.checkpoints()] == [0, 20]
    assert all("finite" in why for why in study.status().failures.values())
    with pytest.warns(UserWarning, match="2 units failed"):
        study.run(progress=False)
    add(10)  # another content where nothing is done takes the place of the first
    study = Study(study.path, plan()).run(progress=False)
    assert study.status().done
    assert study.status().failures == {}
    assert study.steps() == (0, 10, 20)
    assert len(computed(study.path)) == 6
    same(study, Study(tmp_path / "other", plan()).run(progress=False))


def test_a_checkpoint_that_changes_during_the_run_fails(tmp_path, plan, add):
    study = Study(tmp_path / "study", plan())

    def change(units, total):
        if units == 1:
            add(20, seed=77)

    with pytest.warns(UserWarning, match=r"step-20\.safetensors, whose content has changed since the run began"):
        study.run(progress=change)
    assert study.status().counts["mlp"][20] == {"done": 0, "failed": 4, "to_do": 0}


def test_a_network_without_checkpoints_must_be_the_same_each_time(tmp_path, plan):
    def seeded():
        torch.manual_seed(3)
        return nn.Linear(4, 3)

    with pytest.raises(
        ArgumentError, match=r"networks\.mlp\.factory: given a factory that gives other weights each time"
    ):
        Study(tmp_path / "random", plan(checkpoints=None, factory=lambda: nn.Linear(4, 3)))
    study = Study(tmp_path / "seeded", plan(checkpoints=None, factory=seeded)).run(progress=False)
    given = plan()
    expected = extract(seeded(), given.samples, given.labels, players=Columns(), max_gap=1.0, progress=False)
    assert np.array_equal(study.interactions().scores, expected.scores)


# Labels ---------------------------------------------------------------------------------------------------------------


def test_labels_that_nobody_gives_are_those_that_the_last_checkpoint_predicts_everywhere(tmp_path, plan, folder, add):
    study = Study(tmp_path / "study", plan(labels=None)).run(progress=False)
    given = plan()
    network = given.networks["mlp"].factory()
    network.load_state_dict(load_file(folder / "step-20.safetensors"))
    predicted = network(given.samples).argmax(1).tolist()
    assert all(found.labels.tolist() == predicted for _, found in study.checkpoints())
    add(30, seed=1)
    assert Study(study.path, plan(labels=None)).run(progress=False).interactions().labels.tolist() == predicted
    with pytest.raises(ArgumentError, match="labels: given nothing for 5 samples"):
        Study(study.path, plan(count=5, labels=None))


def test_a_study_that_is_opened_again_is_as_it_was(done, plan, contents):
    before = contents(done.path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Study(done.path, plan()).run(progress=False).status().done
    assert contents(done.path) == before
