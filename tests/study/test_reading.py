"""What is read from a study is what `extract` finds with the same network, samples and players."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from harsanyi import BinaryLogit, Columns, Interactions, Logit, LogOdds, Output, Patches, Words, extract
from harsanyi.core.errors import ArgumentError
from harsanyi.study import Plan, Study

FIGURES = ("objective", "lower_bound", "gap", "noise_bound", "iterations", "converged", "labels")


def check_equal(found, expected, exactly=True):
    """Equal to the last bit, or scores to the rounding of float32."""
    assert found.names == expected.names
    assert np.array_equal(found.inputs, expected.inputs)
    assert np.array_equal(found.regions, expected.regions)
    for name in ("scores", "and_", "or_"):
        close = {"rtol": 0, "atol": 0} if exactly else {"rtol": 1e-6, "atol": 1e-6}
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), **close)
    for name in FIGURES:
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
        assert getattr(found, name).dtype == getattr(expected, name).dtype, name


def expected_of(plan, folder, step, samples=slice(None), **changes):
    """`extract` on one checkpoint."""
    network = plan.networks["mlp"].factory()
    network.load_state_dict(load_file(folder / f"step-{step}.safetensors"))
    options = {"players": plan.players, "noise": 0.02, "max_gap": plan.max_gap, **changes}
    return extract(network.eval(), plan.samples[samples], plan.labels[samples], progress=False, **options)


@pytest.fixture
def whole(plan, tmp_path):
    """A study whose units hold all samples, as the blocks of `extract` do."""
    return Study(tmp_path / "whole", plan(block=4)).run(progress=False)


@pytest.mark.parametrize("step", [0, 10, 20])
def test_a_checkpoint_is_as_extracted_to_the_last_bit(whole, plan, folder, step):
    check_equal(whole.interactions(step=step), expected_of(plan(), folder, step))


def test_in_blocks_and_in_single_precision_it_is_the_same_to_rounding(plan, folder, tmp_path):
    study = Study(tmp_path / "study", plan(dtype="float32", block=3)).run(progress=False)
    expected = expected_of(plan(), folder, 20)
    found = study.interactions(step=20)
    assert study.to_xarray().scores.dtype == np.float32
    assert found.scores.dtype == found.and_.dtype == np.float64
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.objective, expected.objective, rtol=1e-3)


def test_the_last_checkpoint_is_the_default_and_samples_are_chosen(done):
    assert done.interactions().provenance["step"] == 20
    all_samples = done.interactions()
    for chosen in ([2, 0], slice(1, 3), np.array([3]), [-1], np.array([True, False, False, True]), 2):
        places = np.atleast_1d(np.arange(4)[chosen])
        found = done.interactions(samples=chosen)
        assert np.array_equal(found.scores, all_samples.scores[places])
        assert np.array_equal(found.inputs, all_samples.inputs[places])
        assert np.array_equal(found.labels, all_samples.labels[places])
        assert len(found.names) == len(places)


@pytest.mark.parametrize(("options", "told"), [
    ({"step": 7}, "step: given 7; accepted: one of 0, 10, 20"),
    ({"network": "mpl"}, r"network: given 'mpl'; accepted: one of mlp\. Did you mean 'mlp'\?"),
    ({"at": "0"}, "at: given '0'; accepted: one of ''"),
    ({"samples": [4]}, r"samples: given \[4\]; accepted: positions below 4"),
    ({"samples": []}, r"samples: given \[\]; accepted: at least one"),
])  # fmt: skip
def test_what_is_not_there_is_refused(done, options, told):
    with pytest.raises(ArgumentError, match=told):
        done.interactions(**options)


def test_every_checkpoint_comes_by_rising_step_read_together_or_one_by_one(done, plan, add, monkeypatch):
    add(5)
    study = Study(done.path, plan()).run(progress=False)
    together = dict(study.checkpoints())
    assert list(together) == [0, 5, 10, 20]
    monkeypatch.setattr("harsanyi.study.reading._TOGETHER", 1)
    for step, one in study.checkpoints():
        check_equal(together[step], one)
        check_equal(study.interactions(step=step), one)
        assert one.provenance["step"] == step
    for step, one in study.checkpoints(samples=[2]):
        assert np.array_equal(one.scores, together[step].scores[[2]])


def test_a_study_that_has_not_run_says_so(plan, tmp_path):
    study = Study(tmp_path / "study", plan())
    with pytest.raises(ArgumentError, match=r"4 samples of mlp at step 20 that are not done.*Run the study to its end"):
        study.interactions()
    for ask in (study.checkpoints, study.dynamics):
        with pytest.raises(ArgumentError, match="where no checkpoint of mlp is done; accepted: a study that has run"):
            ask()


def test_everything_that_made_a_number_is_on_record(done, folder):
    told = done.interactions(step=10).provenance
    assert told["checkpoint"] == str(folder / "step-10.safetensors")
    assert len(told["checkpoint_sha256"]) == 64
    assert (told["network"], told["step"], told["factory"]) == ("mlp", 10, "small_network")
    assert (told["noise"], told["max_gap"], told["dtype"]) == (0.02, 1.0, "torch.float32")
    assert told["players"]["type"] == "Columns"
    assert told["score"]["type"] == "LogOdds"
    for name in ("torch", "numpy", "zarr", "python", "processor", "cores", "threads", "memory_bytes", "host", "time"):
        assert told[name] is not None
    run = done.status().runs[0]
    assert (run["engine"], run["workers"], run["units"], run["state"]) == ("serial", 1, 6, "finished")
    assert {"loading", "network", "split", "storage", "total"} == set(run["seconds"])
    assert run["torch"] == torch.__version__


def test_a_result_is_saved_and_read_like_any_other(done, tmp_path):
    found = done.interactions()
    check_equal(Interactions.load(found.save(tmp_path / "one.npz")), found)


def test_the_dynamics_are_those_of_the_checkpoints(done):
    from harsanyi.analysis import training_dynamics

    ours, theirs = done.dynamics(), training_dynamics(list(done.checkpoints()))
    assert np.array_equal(ours.positive.value, theirs.positive.value)
    assert ours.steps.tolist() == [0, 10, 20]


# Kinds of players -----------------------------------------------------------------------------------------------------


class Convolutional(nn.Module):
    """Two feature maps to mask."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.head = nn.Linear(2, 2)

    def forward(self, images):
        return self.head(self.second(self.first(images).relu()).relu().mean((2, 3)))


def test_each_masked_layer_is_an_extraction_of_its_own(tmp_path):
    torch.manual_seed(0)
    network, images = Convolutional().eval(), torch.rand(3, 1, 4, 4)
    plan = Plan({"cnn": {"factory": network}}, images, Patches(2, baseline="zero"), labels=1, at=("first", "second"),
                max_gap=0.5)  # fmt: skip
    study = Study(tmp_path / "study", plan).run(progress=False)
    assert study.layers == ("first", "second")
    assert study.to_xarray().sel(at="second").scores.shape == (1, 3, 16)
    for layer in study.layers:
        players = Patches(2, baseline="zero", at=layer)
        expected = extract(network, images, 1, players=players, max_gap=0.5, progress=False)
        check_equal(study.interactions(at=layer), expected)
    with pytest.raises(ArgumentError, match="at: given None; accepted: one of 'first', 'second'"):
        study.interactions()


def test_players_that_differ_between_samples_keep_their_regions(tmp_path):
    torch.manual_seed(0)
    network, images = Convolutional().eval(), torch.rand(3, 1, 6, 6)
    players = Patches(3, n=4, seed=2)
    plan = Plan({"cnn": {"factory": network}}, images, players, labels=[0, 1, 1], max_gap=0.5, block=3)
    study = Study(tmp_path / "study", plan).run(progress=False)
    expected = extract(network, images, [0, 1, 1], players=players, max_gap=0.5, progress=False)
    check_equal(study.interactions(), expected)
    found = study.interactions(samples=[2])
    assert np.array_equal(found.regions, expected.regions if len(expected.regions) == 1 else expected.regions[[2]])


@dataclass(frozen=True)
class Bias:
    """A score of one's own."""

    def __call__(self, outputs, labels):
        return outputs[:, 0] + labels


def test_a_score_of_ones_own_and_a_table_with_names(tmp_path):
    import pandas as pd

    torch.manual_seed(0)
    network = nn.Linear(3, 2).eval()
    values = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    table = pd.DataFrame(values, columns=["age", "sex", "dose"])
    plan = Plan({"linear": {"factory": network}}, table, Columns(), labels=[0, 1, 0], score=Bias(), max_gap=0.5)
    study = Study(tmp_path / "study", plan).run(progress=False)
    expected = extract(network, table, [0, 1, 0], players=Columns(), score=Bias(), max_gap=0.5, progress=False)
    check_equal(study.interactions(), expected)
    assert study.interactions().names[0] == ("age", "sex", "dose")
    assert study.to_xarray().attrs["players"] == ["age", "sex", "dose"]
    with pytest.raises(ArgumentError, match=r"another form, float32 .*columns age, sex, weight; accepted"):
        Study(study.path, replace(plan, samples=table.rename(columns={"dose": "weight"})))


# Sentences ------------------------------------------------------------------------------------------------------------

SENTENCES = ["the film was great and superb", "a bad plot was never good"]


@pytest.fixture(scope="module")
def tokenizer():
    """Words as tokens, in the manner of BERT."""
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(" ".join(SENTENCES).split()))]
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    special = [("[CLS]", 2), ("[SEP]", 3)]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=special)
    names = ("unk_token", "pad_token", "cls_token", "sep_token", "mask_token")
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **dict(zip(names, words[:5], strict=True)))


@pytest.fixture
def berts(tmp_path, tokenizer):
    """A folder of checkpoints of a tiny BERT, each with its tokenizer, as a Trainer leaves it."""
    import transformers

    config = transformers.BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
                                     intermediate_size=8, max_position_embeddings=16, pad_token_id=1)  # fmt: skip

    def write(name):
        for step in (1, 2):
            torch.manual_seed(step)
            model = transformers.BertForSequenceClassification(config)
            for parameter in model.parameters():
                nn.init.normal_(parameter, std=0.5)
            model.save_pretrained(tmp_path / name / f"checkpoint-{step}")
            tokenizer.save_pretrained(tmp_path / name / f"checkpoint-{step}")
        return tmp_path / name

    return write


def test_checkpoints_of_a_sentence_classifier_need_nothing_but_their_folder(tmp_path, berts):
    import transformers

    folder = berts("run")
    options = {"networks": {"bert": str(folder)}, "samples": SENTENCES, "players": {"kind": "words", "n": 3}}
    study = Study(tmp_path / "study", {**options, "max_gap": 0.5}).run(progress=False)
    assert study.steps() == (1, 2)
    last = transformers.BertForSequenceClassification.from_pretrained(folder / "checkpoint-2").eval()
    players = Words(str(folder / "checkpoint-1"), n=3)
    expected = extract(last, SENTENCES, players=players, max_gap=0.5, progress=False)
    found = study.interactions()
    assert found.names == expected.names
    assert found.labels.tolist() == expected.labels.tolist()
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5, atol=1e-6)
    assert list(found.inputs) == SENTENCES
    assert "differ between samples" in study.to_xarray().attrs["players"]
    assert Study(study.path).run(progress=False).status().done


def test_a_second_classifier_with_a_tokenizer_of_its_own_may_be_added(tmp_path, berts):
    options = {"samples": SENTENCES, "players": {"kind": "words", "n": 3}, "labels": [1, 0], "max_gap": 0.5}
    first, second = {"networks": {"one": str(berts("one"))}}, {"networks": {"two": str(berts("two"))}}
    Study(tmp_path / "study", {**options, **first}).run(progress=False)
    study = Study(tmp_path / "study", {**options, **second}).run(progress=False)
    assert study.networks == ("one", "two")
    for step in (1, 2):
        assert np.array_equal(study.interactions("one", step).scores, study.interactions("two", step).scores)
    both = {"networks": {**second["networks"], **first["networks"]}}
    assert Study(study.path, {**options, **both}).run(progress=False).status().done


def test_a_next_token_is_scored_at_every_checkpoint(tmp_path, tokenizer):
    import transformers

    config = transformers.GPT2Config(vocab_size=20, n_positions=16, n_embd=8, n_layer=1, n_head=2, bos_token_id=2,
                                     eos_token_id=3)  # fmt: skip
    for step in (1, 2):
        torch.manual_seed(step)
        transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path / "gpt" / f"checkpoint-{step}")
        tokenizer.save_pretrained(tmp_path / "gpt" / f"checkpoint-{step}")
    options = {"networks": {"gpt": str(tmp_path / "gpt")}, "samples": SENTENCES, "score": "next-token", "max_gap": 0.5,
               "players": {"kind": "words", "n": 3}}  # fmt: skip
    study = Study(tmp_path / "study", options | {"labels": [" great", " plot"]}).run(progress=False)
    assert study.status().done
    assert len(set(study.interactions().labels.tolist())) == 2


def test_checkpoints_in_lower_precision_are_as_their_network_holds_them(tmp_path, plan, folder):
    """A checkpoint in half precision is loaded into the single precision of the network."""
    half = tmp_path / "half"
    half.mkdir()
    weights = {name: values.half() for name, values in load_file(folder / "step-0.safetensors").items()}
    save_file(weights, half / "step-0.safetensors")
    study = Study(tmp_path / "study", plan(checkpoints=half, block=4)).run(progress=False)
    check_equal(study.interactions(), expected_of(plan(), half, 0))


# A run with a limit of time -------------------------------------------------------------------------------------------


def test_a_budget_ends_a_run_and_the_next_goes_on(plan, tmp_path):
    study = Study(tmp_path / "study", plan())
    study.run(minutes=1e-9, progress=False)
    assert study.status().units[0] == 0
    assert study.status().runs[-1]["state"] == "out of time"
    assert study.done().tolist() == []
    study.run(minutes=10, progress=False)
    assert study.status().runs[-1]["state"] == "finished"
    assert study.done().tolist() == [0, 1, 2, 3]


def test_with_a_budget_samples_are_done_for_all_checkpoints_together(plan, tmp_path, computed):
    Study(tmp_path / "study", plan()).run(minutes=10, progress=False)
    firsts = [unit[2] for unit in computed(tmp_path / "study")]
    assert firsts == sorted(firsts)
    assert len(set(firsts)) == 2


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), True, "5"])
def test_a_budget_that_is_none_is_refused(done, minutes):
    with pytest.raises(ArgumentError, match=r"minutes: given .* a number > 0"):
        done.run(minutes=minutes)


@pytest.mark.parametrize("score", [LogOdds(), Logit(), BinaryLogit(), Output(0), lambda outputs, labels: outputs[:, 0]])
def test_logits_of_unmasked_samples_are_stored_where_the_score_says_so(plan, tmp_path, score):
    wide = 1 if isinstance(score, BinaryLogit) else 3
    network = nn.Sequential(nn.Linear(4, wide))
    given = plan(checkpoints=None, factory=network, score=score, labels=[0, 1, 0, 1], block=3)
    study = Study(tmp_path / "study", given).run(progress=False)
    found = study.logits(samples=[3, 0])
    if isinstance(score, LogOdds | Logit | BinaryLogit):
        expected = network(given.samples[[3, 0]]).detach().double().numpy()
        expected = np.hstack((0 * expected, expected)) if wide == 1 else expected
        np.testing.assert_allclose(found, expected, atol=1e-6)
    else:
        assert found is None
