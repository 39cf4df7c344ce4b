"""What each layer of a network knows of its answer, carries needlessly and forgets: interactions of linear probes.

Run it as `python examples/layers.py [FOLDER]`; needs `pip install 'harsanyi[demo]'`.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from harsanyi import Patches, extract_layers
from harsanyi.analysis import layer_by_layer
from harsanyi.training import train_probes
from harsanyi.zoo.digits import digits_cnn, load_digits

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-layers")
folder.mkdir(parents=True, exist_ok=True)

# Handwritten digits, and a small convolutional network.
data = load_digits()
torch.manual_seed(0)
network = digits_cnn()
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
for _ in range(2):  # epochs
    for rows in torch.randperm(len(data.train_labels)).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(data.train_inputs[rows]), data.train_labels[rows]).backward()
        optimizer.step()

# A linear probe for each of three layers, by name; without layers= about five are chosen, evenly spread in depth.
probes = train_probes(network, data.train_inputs[:400], data.train_labels[:400], layers=["1", "4", "9"])
print(f"{probes}\n")

# Interactions of every probe and of the network itself, from one forward pass of each masked image.
inputs, labels = data.test_inputs[:10], data.test_labels[:10]
layers = extract_layers(network, probes, inputs, labels, players=Patches(grid=4, n=8))
found = layer_by_layer(layers)
print(f"{found}\n")
print(found.table()[["completeness", "redundancy", "salient"]].round(2).to_string())
print(f"\nForgotten from layer 1 to layer 4 in the first image:\n{found.forgotten('1', sample=0).head(3).to_string()}")

found.plot.layer_parts().savefig(folder / "layers.png", dpi=150, bbox_inches="tight")
found.plot.followed_interactions(sample=0).figure.savefig(folder / "followed.png", dpi=150, bbox_inches="tight")
layers["output"].save(folder / "interactions.npz")
print(f"\nWrote layers.png, followed.png and interactions.npz into {folder}.")
