"""What a network that tells tumours apart has learned: interactions between groups of columns of a table.

Run it as `python examples/table.py [FOLDER]`; needs `pip install 'harsanyi[demo]'`.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from harsanyi import Columns, extract
from harsanyi.zoo.load import load_data
from harsanyi.zoo.mlp import mlp5

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-table")
folder.mkdir(parents=True, exist_ok=True)

# A table and a network: 569 tumours with 30 measured columns each, malignant (0) or benign (1).
data = load_data("breast-cancer", standardise=True)
torch.manual_seed(0)
network = mlp5(columns=30)
optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
for _ in range(15):  # epochs
    for rows in torch.randperm(len(data.train_labels)).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(data.train_inputs[rows]), data.train_labels[rows]).backward()
        optimizer.step()
accuracy = (network(data.test_inputs).argmax(1) == data.test_labels).float().mean()
print(f"The network is right on {accuracy:.0%} of the tumours it has not seen.")

# Players: every property of a tumour was measured in three ways, so three columns are one player.
names = ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points",
         "symmetry", "fractal dimension"]  # fmt: skip
groups = {name: [f"mean {name}", f"{name} error", f"worst {name}"] for name in names}

# What an absent property shows: its mean over the training table; or that of 16 training rows, one after the other,
# and the score is the mean over them. This takes 16 times as long, but shows the network real values only.
for baseline in ("mean", "samples"):
    players = Columns(groups, names=data.input_names, baseline=baseline, background=data.train_inputs)
    x = extract(network, data.test_inputs[:10], data.test_labels[:10], players=players)
    print(f"\nAbsent properties show baseline={baseline!r}:\n{x}")

# One tumour: its score is the log-odds of its true class, and these effects add up to it.
print(f"\nA tumour that is {data.class_names[x[0].label]}. {x[0]}")
joint = x.table().query("order > 1")
print(f"\nIn {joint['sample'].nunique()} of {len(x)} tumours some effect needs several properties, such as")
print(joint.loc[joint["effect"].abs().idxmax()].to_string())

x[0].plot.top_interactions().figure.savefig(folder / "tumour.png", dpi=150, bbox_inches="tight")
x.save(folder / "interactions.npz")
print(f"\nWrote tumour.png and interactions.npz into {folder}.")
