"""What a small PointNet has learned about shapes: interactions between clusters of points.

Run it as `python examples/point_cloud.py [FOLDER]`; needs `pip install 'harsanyi[points]'`.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from harsanyi import Clusters, extract
from harsanyi.zoo.load import load_data

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-point-cloud")
folder.mkdir(parents=True, exist_ok=True)

# Clouds of 128 points on spheres, cones, cubes, …, and a network that takes the maximum of the features of its points.
data = load_data("shapes", samples=2000, points=128)
clouds, test_clouds = data.train_inputs.mT, data.test_inputs.mT  # (clouds, 3, points)
torch.manual_seed(0)
network = nn.Sequential(
    nn.Conv1d(3, 64, 1), nn.ReLU(), nn.Conv1d(64, 128, 1), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(),
    nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, len(data.class_names)),
)  # fmt: skip
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
for _ in range(4):  # epochs
    for rows in torch.randperm(len(clouds)).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(clouds[rows]), data.train_labels[rows]).backward()
        optimizer.step()
accuracy = (network(test_clouds).argmax(1) == data.test_labels).float().mean()
print(f"The network is right on {accuracy:.0%} of the clouds it has not seen.\n")

# Players are 10 of 12 clusters of points. Those of an absent one move to its centre, or are left out altogether.
inputs, labels = test_clouds[:4], data.test_labels[:4]
for baseline in ("centre", "drop"):
    x = extract(network, inputs, labels, players=Clusters(clusters=12, n=10, baseline=baseline))
    table = x.table().assign(strength=lambda table: table["effect"].abs())  # the salient effects
    share = table.query("type == 'OR'")["strength"].sum() / table["strength"].sum()
    print(
        f"baseline={baseline!r}: {len(table) / len(x):.0f} salient effects a cloud, {share:.0%} of their strength OR."
    )
print("For an OR, any of its clusters is enough, as it is for the maximum over points inside the network.\n")

shape = x[2]
print(f"A {data.class_names[shape.label]}. {shape}\n")
shape.plot.top_clusters().savefig(folder / "cloud.png", dpi=150, bbox_inches="tight")
x.save(folder / "interactions.npz")
print(f"Wrote cloud.png and interactions.npz into {folder}.")
