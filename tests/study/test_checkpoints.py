"""Checkpoints of every kind and origin: found, ordered, read without running code from them, and hashed by content."""

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from harsanyi.core.content import content_hash
from harsanyi.core.errors import ArgumentError
from harsanyi.loading.checkpoints import Checkpoint, counts_epochs, find_checkpoints
from harsanyi.loading.network import load_checkpoint, read_state
from harsanyi.study import Study
from harsanyi.training import Recipe, train
from harsanyi.zoo import load_data


def steps(source):
    return [checkpoint.step for checkpoint in find_checkpoints(source)]


def network():
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))


# Where they are -------------------------------------------------------------------------------------------------------


def test_a_folder_is_ordered_by_the_numbers_in_the_names(tmp_path):
    checkpoints = ("epoch-2.safetensors", "epoch-10.pt", "epoch-1.pth", "epoch-0.bin", "epoch-11.ckpt")
    others = (
        "losses-3.safetensors",
        "state.pt",
        "optimizer-4.pt",
        ".epoch-7.safetensors.host.1.tmp",
        "best.pt",
        "a-5.txt",
    )
    for name in (*checkpoints, *others):
        (tmp_path / name).touch()
    (tmp_path / "plots-3").mkdir()
    assert steps(tmp_path) == [0, 1, 2, 10, 11]
    assert steps(str(tmp_path)) == [0, 1, 2, 10, 11]


@pytest.mark.parametrize(("name", "step"), [
    ("epoch=3-step=400.ckpt", 400), ("checkpoint_00012.pt", 12), ("vgg11-epoch7.pth", 7), ("resnet20_64.bin", 64),
    ("step-000000500.safetensors", 500), ("2024.run.step5-loss0.3.pt", 5),
])  # fmt: skip
def test_the_step_is_told_by_the_name(tmp_path, name, step):
    (tmp_path / name).touch()
    assert steps([tmp_path / name]) == [step]
    assert steps(tmp_path / name) == [step]


@pytest.mark.parametrize(("names", "expected"), [
    (("digits_after_0_epochs", "digits_after_4_epochs"), [0, 4]),
    (("ep0_lr0.002", "ep4_lr0.002"), [0, 4]), (("ep0_lr0.002", "ep4_lr0.001"), [0, 4]),
    (("8x8-1-run2", "8x8-10-run2"), [1, 10]), (("step-1", "resnet18_best", "last"), [1]),
])  # fmt: skip
def test_where_names_do_not_say_step_the_number_that_differs_is_meant(tmp_path, names, expected):
    for name in names:
        (tmp_path / f"{name}.pth").touch()
    assert steps(tmp_path) == expected


@pytest.mark.parametrize(("names", "told"), [
    (("0_acc85", "4_acc91"), r"0_acc85\.pth, whose name has several numbers"),
    (("after_0_epochs", "resnet18_best"), r"not alike, such as after_0_epochs\.pth and resnet18_best\.pth"),
])  # fmt: skip
def test_names_that_may_mean_several_steps_are_refused_with_the_rule(tmp_path, names, told):
    for name in names:
        (tmp_path / f"{name}.pth").touch()
    with pytest.raises(ArgumentError, match=rf"{told}; accepted: names with a whole number after step, checkpoint or "
                                            r"epoch, or alike but for one.*a mapping from steps to files"):  # fmt: skip
        find_checkpoints(tmp_path)


def test_one_file_may_have_no_number_and_a_mapping_needs_none(tmp_path):
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).touch()
    assert steps(tmp_path / "a.pt") == [0]
    assert steps({30: tmp_path / "a.pt", "4": str(tmp_path / "b.pt"), np.int64(5): tmp_path / "b.pt"}) == [4, 5, 30]


@pytest.mark.parametrize(("source", "told"), [
    (["a.pt", "step-1.pt"], "a.pt, whose name has no whole number; accepted: names with a whole number after step"),
    (["step-1.pt", "epoch-1.pt"], r"two of step 1: .*step-1\.pt and .*epoch-1\.pt|two of step 1"),
    (["step-9.pt"], r"step-9\.pt; accepted: an existing file of weights, or a Hugging Face checkpoint folder"),
    ({-1: "a.pt"}, "the step -1; accepted: whole numbers >= 0"),
    ({"first": "a.pt"}, "the step 'first'"),
    ({True: "a.pt"}, "the step True"),
    ([], "an empty list; accepted: at least one checkpoint"),
    ({}, "an empty list"),
])  # fmt: skip
def test_what_cannot_be_ordered_or_found_is_named(tmp_path, source, told):
    for name in ("a.pt", "step-1.pt", "epoch-1.pt"):
        (tmp_path / name).touch()
    if isinstance(source, dict):
        source = {step: tmp_path / name for step, name in source.items()}
    with pytest.raises(ArgumentError, match=f"checkpoints: given .*({told})"):
        find_checkpoints(source if isinstance(source, dict) else [tmp_path / name for name in source])


def test_a_folder_without_checkpoints_is_refused(tmp_path):
    (tmp_path / "best.pt").touch()
    with pytest.raises(
        ArgumentError, match=r"without checkpoints whose names have a whole number.*a mapping from steps"
    ):
        find_checkpoints(tmp_path)
    with pytest.raises(ArgumentError, match="accepted: an existing folder or file"):
        find_checkpoints(tmp_path / "nothing")


# What is in them ------------------------------------------------------------------------------------------------------


def test_the_content_has_one_hash_whatever_the_file(tmp_path):
    state = network().state_dict()
    save_file(state, tmp_path / "a.safetensors")
    torch.save(state, tmp_path / "a.pt")
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "a.ckpt")
    torch.save({"model_state_dict": state, "optimizer": {"lr": 0.1}}, tmp_path / "a.pth")
    hashes = {content_hash(read_state(path)) for path in tmp_path.iterdir()}
    assert len(hashes) == 1


@pytest.mark.parametrize("change", [
    lambda values: values + 1e-7, lambda values: values.double(), lambda values: values.view(6, 1),
    lambda values: values.view(torch.int32), lambda values: values[:-1],
])  # fmt: skip
def test_another_content_has_another_hash(change):
    state = network().state_dict()
    assert content_hash({**state, "0.bias": change(state["0.bias"])}) != content_hash(state)
    assert content_hash({**state, "more": torch.ones(1)}) != content_hash(state)


class Harmful:
    """Runs something when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return type(self.path).touch, (self.path,)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path, plan, folder, how):
    harmful, ran = {"0.weight": Harmful(tmp_path / "ran")}, tmp_path / "ran"
    path = folder / "step-30.pt"
    torch.save(harmful, path) if how == "torch" else path.write_bytes(pickle.dumps(harmful, protocol=2))
    with pytest.raises(ArgumentError, match=r"step-30\.pt, which holds more than weights.*Loading it could run code"):
        Study(tmp_path / "study", plan())
    assert not ran.exists()
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("content", [b"", b"PK torn", b"\x80\x02torn"])
def test_a_torn_file_is_refused(tmp_path, content):
    for name in ("a.pt", "a.safetensors"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ArgumentError, match=name):
            read_state(tmp_path / name)


def test_a_file_that_torch_did_not_write_is_called_that(tmp_path):
    (tmp_path / "step-1.pt").write_text("epoch 1: see the other folder")
    with pytest.raises(ArgumentError, match=r"step-1\.pt, which torch\.save did not write; accepted: safetensors or"):
        read_state(tmp_path / "step-1.pt")


# Kinds ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def trained(tmp_path):
    """A folder as training leaves it, with losses and state beside the checkpoints."""
    recipe = Recipe(epochs=3, checkpoints=(0, 2, 3), seed=0, sample_losses=True)
    train(lambda: nn.Linear(13, 3), load_data("wine", standardise=True), recipe, tmp_path / "run", progress=False)
    return tmp_path / "run"


def test_a_folder_of_a_training_is_read_with_its_losses(trained, plan, tmp_path):
    assert (trained / "state.pt").exists()
    assert list(trained.glob("losses-*"))
    wine = load_data("wine", standardise=True)
    given = plan(checkpoints=trained, factory=lambda: nn.Linear(13, 3), samples=wine.test_inputs[:2, :], labels=[0, 1],
                 players=dict(kind="columns", columns=[0, 3, 6, 9]))  # fmt: skip
    study = Study(tmp_path / "study", given).run(progress=False)
    assert study.steps() == (0, 2, 3)
    assert study.dynamics().unit == "epoch"
    assert np.isfinite(study.dynamics().test_loss).all()


def test_losses_of_a_file_are_read_anew_and_those_that_lack_are_named(done, plan, folder):
    def given(steps, **more):
        lines = [f"{step},{1 / (step + 1)},{2 / (step + 1)}" for step in steps]
        (folder / "mine.csv").write_text("\n".join(["epoch,train_loss,test_loss", *lines]))
        mlp = replace(plan().networks["mlp"], losses=folder / "mine.csv", **more)
        return Study(done.path, plan(networks={"mlp": mlp}))

    assert done.losses() is None  # it was made without
    assert done.dynamics().unit == "step"
    partly = given([0, 20])
    with pytest.warns(UserWarning, match="losses of mlp are not known at epoch 10, and are left out"):
        assert partly.dynamics().train_loss is None
    whole = given([0, 10, 20])
    assert np.allclose(Study(done.path).dynamics().train_loss, [1, 1 / 11, 1 / 21])
    written = (done.path / "losses" / "mlp.npz").stat().st_mtime_ns
    assert given([0, 10, 20]).path == whole.path
    assert (done.path / "losses" / "mlp.npz").stat().st_mtime_ns == written
    assert given([0, 10, 20], unit="step").dynamics().unit == "step"


def test_losses_that_cannot_be_read_are_refused_in_words(plan, tmp_path):
    (tmp_path / "bad.csv").write_text("round,train_loss\n0,1\n")
    for name, told in (("none.csv", r"none\.csv \(no such file\)"), ("bad.csv", "without step, test_loss")):
        mlp = replace(plan().networks["mlp"], losses=tmp_path / name)
        with pytest.raises(ArgumentError, match=rf"losses: given .*{told}; accepted: .*step \(or epoch\), train_loss"):
            Study(tmp_path / "study", plan(networks={"mlp": mlp}))


def test_the_unit_of_steps_is_told_by_the_plan_and_stays(done, plan):
    mlp = plan().networks["mlp"]
    assert Study(done.path, plan(networks={"mlp": replace(mlp, unit="epoch")})).dynamics().unit == "epoch"
    assert Study(done.path, plan()).dynamics().unit == "epoch"
    with pytest.raises(ArgumentError, match=r"networks\.unit: given 'round'; accepted: \"step\" or \"epoch\""):
        replace(mlp, unit="round")


def test_names_tell_the_unit_where_nothing_else_does(plan, folder, tmp_path):
    for path in sorted(folder.iterdir()):
        path.rename(path.with_name(path.name.replace("step-", "epoch-")))
    mlp = plan(count=1).networks["mlp"]
    named = Study(tmp_path / "named", plan(count=1)).run(progress=False)
    told = Study(tmp_path / "told", plan(count=1, networks={"mlp": replace(mlp, unit="step")})).run(progress=False)
    assert (named.dynamics().unit, told.dynamics().unit) == ("epoch", "step")


@pytest.mark.parametrize(("step", "name", "epochs"), [
    (8, "epoch-8.pt", True), (8, "step-8.pt", False), (4, "epoch=4-step=4.ckpt", False), (8, "checkpoint-8", False),
    (500, "epoch-8.pt", False),  # as a mapping says
])  # fmt: skip
def test_a_number_after_epoch_is_one(step, name, epochs):
    assert counts_epochs(Checkpoint(step, Path(name))) == epochs


@pytest.fixture
def lightning_folder(tmp_path):
    """Checkpoints of a real Lightning run, whose module keeps the network as an attribute."""
    lightning = pytest.importorskip("lightning")

    class Module(lightning.LightningModule):
        def __init__(self, width=6):
            super().__init__()
            self.save_hyperparameters()
            self.scale = nn.Parameter(torch.ones(()))
            self.net = network()

        def training_step(self, batch):
            return nn.functional.cross_entropy(self.scale * self.net(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters())

    data = torch.utils.data.TensorDataset(torch.randn(8, 4), torch.arange(8) % 3)
    keep = lightning.pytorch.callbacks.ModelCheckpoint(tmp_path / "lightning", save_top_k=-1, save_last=True)
    trainer = lightning.Trainer(max_epochs=2, callbacks=[keep], accelerator="cpu", logger=False,
                                enable_progress_bar=False, enable_model_summary=False)  # fmt: skip
    module = Module()
    trainer.fit(module, torch.utils.data.DataLoader(data, batch_size=4))
    return tmp_path / "lightning", module


@pytest.mark.filterwarnings("ignore")
def test_lightning_checkpoints_give_the_attribute_that_is_the_network(lightning_folder, plan, tmp_path):
    folder, module = lightning_folder
    assert (folder / "last.ckpt").exists()
    assert steps(folder) == [2, 4]
    study = Study(tmp_path / "study", plan(checkpoints=folder)).run(progress=False)
    loaded = load_checkpoint(network(), folder / "epoch=1-step=4.ckpt")
    for name, values in module.net.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], values)
    assert study.status().done


@pytest.fixture
def tiny_bert():
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
                                     intermediate_size=8, max_position_embeddings=16, num_labels=2)  # fmt: skip
    return transformers.BertForSequenceClassification(config)


def test_hugging_face_checkpoint_folders_are_found_beside_the_final_model(tmp_path, tiny_bert):
    for step in (500, 1000):
        tiny_bert.save_pretrained(tmp_path / f"checkpoint-{step}")
        torch.save({}, tmp_path / f"checkpoint-{step}" / "optimizer.pt")
    tiny_bert.save_pretrained(tmp_path)  # what trainer.save_model() leaves
    tiny_bert.save_pretrained(tmp_path / "best")
    assert steps(tmp_path) == [500, 1000]
    assert steps(tmp_path / "checkpoint-500") == [500]
    assert steps(tmp_path / "best") == [0]


def test_weights_in_several_files_are_read_together_and_only_from_the_folder(tmp_path, tiny_bert):
    tiny_bert.save_pretrained(tmp_path / "checkpoint-1")
    tiny_bert.save_pretrained(tmp_path / "checkpoint-2", max_shard_size="2kB")
    assert len(list((tmp_path / "checkpoint-2").glob("*.safetensors"))) > 1
    assert content_hash(read_state(tmp_path / "checkpoint-1")) == content_hash(read_state(tmp_path / "checkpoint-2"))
    index = tmp_path / "checkpoint-2" / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "../checkpoint-1/model.safetensors"}}')
    with pytest.raises(ArgumentError, match="which names files elsewhere"):
        read_state(tmp_path / "checkpoint-2")


def test_weights_that_are_tied_are_stored_once_and_loaded(tmp_path):
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(vocab_size=20, n_positions=8, n_embd=8, n_layer=1, n_head=2)
    model, other = transformers.GPT2LMHeadModel(config).eval(), transformers.GPT2LMHeadModel(config).eval()
    model.save_pretrained(tmp_path / "checkpoint-3")
    assert "lm_head.weight" not in read_state(tmp_path / "checkpoint-3")
    load_checkpoint(other, tmp_path / "checkpoint-3")
    tokens = torch.arange(6)[None]
    assert torch.equal(other(tokens).logits, model(tokens).logits)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.inner."])
def test_one_prefix_of_all_names_is_taken_off(tmp_path, folder, prefix):
    right = load_file(folder / "step-10.safetensors")
    save_file({prefix + name: values for name, values in right.items()}, tmp_path / "step-1.safetensors")
    loaded = load_checkpoint(network(), tmp_path / "step-1.safetensors").state_dict()
    assert all(torch.equal(loaded[name], right[name]) for name in right)


# In memory ------------------------------------------------------------------------------------------------------------


def pairs(folder, as_module):
    """Step and weights of every checkpoint, one after the other."""
    for checkpoint in find_checkpoints(folder):
        state = read_state(checkpoint.path)
        if as_module:
            made = network()
            made.load_state_dict(state)
            yield checkpoint.step, made
        else:
            yield checkpoint.step, state


@pytest.mark.parametrize("as_module", [True, False])
@pytest.mark.parametrize("kind", [iter, list, tuple])
def test_an_iterator_or_a_list_of_networks_is_as_good_as_files(done, plan, folder, tmp_path, as_module, kind):
    study = Study(tmp_path / "memory", plan(checkpoints=kind(pairs(folder, as_module)))).run(progress=False)
    for (step, ours), (also, theirs) in zip(study.checkpoints(), done.checkpoints(), strict=True):
        assert step == also
        assert np.array_equal(ours.scores, theirs.scores)
        assert ours.provenance["checkpoint_sha256"] == theirs.provenance["checkpoint_sha256"]
    again = Study(study.path, plan(checkpoints=kind(pairs(folder, as_module)))).run(progress=False)
    assert again.status().done
    shutil.rmtree(folder)
    assert Study(study.path).steps() == (0, 10, 20)


def test_an_iterator_with_other_weights_is_refused_and_the_copies_stay(plan, folder, tmp_path, contents):
    study = Study(tmp_path / "study", plan(checkpoints=pairs(folder, False))).run(progress=False)
    before = contents(study.path)
    others = [(step, {name: values + 1 for name, values in state.items()}) for step, state in pairs(folder, False)]
    with pytest.raises(ArgumentError, match="an iterator that gives other weights for step 0 than stored"):
        Study(study.path, plan(checkpoints=iter(others)))
    assert contents(study.path) == before


def test_what_an_iterator_gave_to_a_study_that_was_not_made_is_no_part_of_the_next(plan, folder, tmp_path):
    def stopping():
        yield from list(pairs(folder, True))[:2]
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        Study(tmp_path / "study", plan(checkpoints=stopping()))
    given = ((step + 1, state) for step, state in pairs(folder, False))
    assert Study(tmp_path / "study", plan(checkpoints=given)).steps() == (1, 11, 21)


@pytest.mark.parametrize(("entries", "told"), [
    ([(0, network()), (0, network())], "an iterator that gives step 0 twice; accepted: one checkpoint a step"),
    ([(0, 3)], r"gives \(0, int\); accepted: pairs of a step >= 0 and a module or its state dict"),
    ([("a", network())], r"gives \('a', Sequential\)"),
    ([(-1, network())], r"gives \(-1, Sequential\)"),
    ([network()], "gives a Sequential"),
    ([], "an empty list"),
])  # fmt: skip
def test_an_iterator_of_something_else_is_refused(plan, tmp_path, entries, told):
    with pytest.raises(ArgumentError, match=told):
        Study(tmp_path / "study", plan(checkpoints=iter(entries)))
    with pytest.raises(ArgumentError, match="accepted: a folder, a file, a list, a mapping from steps to files, or an"):
        Study(tmp_path / "study", plan(checkpoints=3))
