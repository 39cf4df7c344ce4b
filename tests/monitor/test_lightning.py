"""Real trainings under both names of Lightning."""

import importlib
import sys

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from harsanyi.monitor import lightning_callback

PACKAGES = ["lightning.pytorch", "pytorch_lightning"]
pytestmark = [pytest.mark.filterwarnings("ignore::UserWarning"), pytest.mark.filterwarnings("ignore::FutureWarning")]


def module_class(package):
    class Module(package.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = nn.Sequential(nn.Linear(4, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.3),
                                         nn.Linear(12, 3))  # fmt: skip

        def forward(self, x):
            return self.network(x)

        def training_step(self, batch, index):
            return nn.functional.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 0.01)

    return Module


@pytest.fixture
def fit(data, tmp_path):
    """Train for so many steps, two batches of eight samples a step, with callbacks; the module comes back."""

    def fitted(name, callbacks, steps=8, kept=None, **options):
        package = importlib.import_module(name)
        torch.manual_seed(0)
        module = module_class(package)()
        trainer = package.Trainer(
            max_steps=steps, callbacks=callbacks, accelerator="cpu", devices=1, logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            default_root_dir=tmp_path, accumulate_grad_batches=2, **options,
        )  # fmt: skip
        trainer.fit(module, DataLoader(TensorDataset(*data), batch_size=8, shuffle=True), ckpt_path=kept)
        return module

    return fitted


@pytest.mark.parametrize("name", PACKAGES)
def test_every_step_is_shown_and_the_weights_stay_the_same(fit, make, name):
    monitor = make(ratio=2)
    alone = fit(name, [])
    watched = fit(name, [lightning_callback(monitor, test_loss=lambda module: 2.0)])
    assert monitor.steps == (0, 1, 2, 4, 8)
    assert monitor.table().test_loss.tolist() == [2.0] * 5
    assert monitor.cost.skipped == 0
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(alone.parameters(), watched.parameters(), strict=True))
    last = make(folder=monitor._folder.path.parent / "after").step(watched, 0)
    assert (last.scores == monitor.interactions(8).scores).all()


def test_a_part_of_the_module_in_lower_precision(fit, make):
    monitor = make(at_steps=[0, 3])
    shown = []

    def network(module):
        shown.append(type(module).__name__)
        return module.network

    fit(PACKAGES[0], [lightning_callback(monitor, network)], steps=3, precision="bf16-mixed")
    assert monitor.steps == (0, 3)
    assert set(shown) == {"Module"}
    assert monitor.interactions(3).provenance["dtype"] == "torch.float32"


def test_a_resumed_training_goes_on(fit, make, tmp_path):
    first = fit(PACKAGES[0], [lightning_callback(make(ratio=2))], steps=4)
    first.trainer.save_checkpoint(tmp_path / "kept.ckpt")
    monitor = make(ratio=2)
    assert monitor.steps == (0, 1, 2, 4)
    fit(PACKAGES[0], [lightning_callback(monitor)], steps=8, kept=tmp_path / "kept.ckpt")
    assert monitor.steps == (0, 1, 2, 4, 8)


def test_a_callback_is_one_of_every_package_that_is_imported(make):
    bases = [importlib.import_module(name).Callback for name in PACKAGES]
    assert all(isinstance(lightning_callback(make()), base) for base in bases)


def test_without_lightning(make, monkeypatch):
    for name in ("lightning", *PACKAGES):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="lightning_callback needs Lightning: pip install lightning"):
        lightning_callback(make())
