"""Watch a network learn: in the training loop, then from its checkpoints. Give a folder to write.

A Lightning trainer takes `harsanyi.monitor.lightning_callback(monitor)`, a Hugging Face Trainer
`harsanyi.monitor.hugging_face_callback(monitor)`.
"""

import sys
from pathlib import Path

import torch

from harsanyi import Columns, Monitor, Plan, Study
from harsanyi.zoo import load_data, mlp5

torch.manual_seed(0)
out = Path(sys.argv[1] if len(sys.argv) > 1 else "watched")
out.mkdir(exist_ok=True)

# Your data, your network, your loop. Some labels are wrong, which the network will learn by heart.
data = load_data("wine", standardise=True, label_noise=0.15)
network = mlp5(13, classes=3)
optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
few, labels = data.test_inputs[:12], data.test_labels[:12]
players = Columns([0, 1, 6, 9, 10, 12])

# A monitor takes a microsecond a step, and works where a step is due: here at 0, 1, 2, 4, 8, …
monitor = Monitor(few, labels, players=players, folder=out / "monitor", ratio=2, share=1.0)
(out / "checkpoints").mkdir(exist_ok=True)
for step in range(257):
    loss = torch.nn.functional.cross_entropy(network(data.train_inputs), data.train_labels)
    monitor.step(network, step, train_loss=loss)
    if step & (step - 1) == 0:  # 0 and the powers of two
        torch.save(network.state_dict(), out / "checkpoints" / f"step-{step}.pt")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(monitor.table()[["mean_order", "salient_count", "train_loss"]].round(2).to_string())

# The same from checkpoints, and resumable: run this again, and only what is missing is computed.
mlp = {"factory": "harsanyi.zoo:mlp5", "options": {"columns": 13, "classes": 3}, "checkpoints": out / "checkpoints"}
plan = Plan({"mlp": mlp}, few, players, labels=labels)
study = Study(out / "study", plan).run()
print(study)
dynamics = study.dynamics()
print(dynamics)
dynamics.plot.phases().savefig(out / "phases.png")
dynamics.plot.training_figure().savefig(out / "training.png")
study.interactions().save(out / "interactions.npz")
