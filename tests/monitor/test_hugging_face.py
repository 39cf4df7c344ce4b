"""Real trainings of a small BERT with Hugging Face's Trainer, words of sentences as players."""

import sys

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from harsanyi import Words
from harsanyi.monitor import hugging_face_callback
from harsanyi.zoo.sentiment import sentiment, sentiment_tokenizer

TEXTS = ["this film is not good", "a great film and a superb plot"]


@pytest.fixture(scope="module")
def tokenizer():
    return sentiment_tokenizer()


@pytest.fixture
def fit(tokenizer, tmp_path):
    """Train for so many steps of eight sentences with callbacks; the trainer comes back."""

    def fitted(callbacks, steps=4, **options):
        torch.manual_seed(0)
        model = BertForSequenceClassification(BertConfig(
            vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, max_position_embeddings=40, pad_token_id=tokenizer.pad_token_id,
        ))  # fmt: skip
        reviews = sentiment(64).train
        encoded = tokenizer(reviews.read(torch.arange(64)), padding=True)
        rows = [{"input_ids": ids, "attention_mask": mask, "labels": label} for ids, mask, label in zip(
            encoded["input_ids"], encoded["attention_mask"], reviews.labels.tolist(), strict=True)]  # fmt: skip
        arguments = TrainingArguments(
            output_dir=str(tmp_path / "trainer"), max_steps=steps, per_device_train_batch_size=8, logging_steps=1,
            report_to=[], save_strategy="no", use_cpu=True, disable_tqdm=True, seed=3, **options,
        )  # fmt: skip
        trainer = Trainer(model=model, args=arguments, train_dataset=rows, eval_dataset=rows[:8], callbacks=callbacks)
        trainer.train()
        return trainer

    return fitted


def logs(trainer):
    """What the trainer logged, without the times."""
    return [{name: value for name, value in entry.items() if not name.endswith(("runtime", "_second"))}
            for entry in trainer.state.log_history]  # fmt: skip


def test_every_step_is_shown_and_training_and_logs_stay_the_same(fit, make, tokenizer):
    monitor = make(TEXTS, [0, 1], players=Words(tokenizer, n=3), ratio=2)
    callback = hugging_face_callback(monitor, test_loss=lambda model: model(torch.ones(1, 2).long()).logits[0, 0])
    alone, watched = fit([], eval_strategy="steps", eval_steps=2), fit([callback], eval_strategy="steps", eval_steps=2)
    assert monitor.steps == (0, 1, 2, 4)
    assert monitor.interactions(4).names[0] == monitor.interactions(0).names[0]
    assert monitor.table().test_loss.nunique() == 4
    assert logs(alone) == logs(watched)
    assert "eval_loss" in logs(alone)[2]
    pairs = zip(alone.model.parameters(), watched.model.parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)
    assert len(monitor.dynamics().steps) == 4


def test_gradients_accumulated_under_autocast_and_another_network(fit, make, tokenizer):
    shown = []

    def network(model):
        shown.append(type(model).__name__)
        return model

    monitor = make(TEXTS, [0, 1], players=Words(tokenizer, n=3), at_steps=[2])
    fit([hugging_face_callback(monitor, network)], steps=2, gradient_accumulation_steps=2, bf16=True)
    assert monitor.steps == (2,)
    assert shown == ["BertForSequenceClassification"] * 3


def test_without_transformers(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"hugging_face_callback needs transformers: pip install 'harsanyi\[text\]'"):
        hugging_face_callback(make())
