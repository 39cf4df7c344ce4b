"""What a network does with its own features: interactions between cells of a feature map, masked as two papers do it.

Run it as `python examples/inside_a_network.py [FOLDER]`; needs `pip install 'harsanyi[demo]'`.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from harsanyi import extract, protocol
from harsanyi.zoo.digits import digits_cnn, load_digits

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-inside-a-network")
folder.mkdir(parents=True, exist_ok=True)

# Handwritten digits, and a small convolutional network that keeps their 8 x 8 pixels up to its second ReLU.
data = load_digits()
torch.manual_seed(0)
network = digits_cnn()
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
for _ in range(5):  # epochs
    for rows in torch.randperm(len(data.train_labels)).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(data.train_inputs[rows]), data.train_labels[rows]).backward()
        optimizer.step()
inputs, labels = data.test_inputs[:5], data.test_labels[:5]

# The papers' choice for VGG: after the second ReLU, set 10 of the central 6 x 6 cells of the feature map to zero.
chosen = protocol("vgg", network)
print(f"The papers' choice for this network: {chosen['players']}, noise {chosen['noise']}.\n")
x = extract(network, inputs, labels, **chosen)
print(f"{x[2]}\n")

# The same cells elsewhere: in the image itself (no layer), and after the first ReLU, the module named "1".
found = {"in the image": protocol("vgg", network, at=None), "after the 1st ReLU": protocol("vgg", network, at="1")}
for place, other in found.items():
    strength = extract(network, inputs, labels, **other).objective.mean()
    print(f"Masked {place}, the effects of the ten cells have a mean strength of {strength:.1f} in all.")
print(f"Masked after the 2nd ReLU, {x.objective.mean():.1f}: what a cell held has spread to its neighbours by then.\n")

x[2].plot.top_patches().savefig(folder / "feature-map.png", dpi=150, bbox_inches="tight")
x.save(folder / "interactions.npz")
print(f"Wrote feature-map.png and interactions.npz into {folder}.")
