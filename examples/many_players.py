"""Do pairs of pixels interact when few others are seen, or many? A network on digits, each of its 64 pixels a player.

Run it as `python examples/many_players.py [FOLDER]`; needs `pip install 'harsanyi[demo]'`.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from harsanyi import Patches, pairwise_orders
from harsanyi.zoo.digits import digits_cnn, load_digits

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-many-players")
folder.mkdir(parents=True, exist_ok=True)

# Handwritten digits of 8 x 8 pixels, and a small convolutional network.
data = load_digits()
torch.manual_seed(0)
network = digits_cnn()
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
for _ in range(5):  # epochs
    for rows in torch.randperm(len(data.train_labels)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(data.train_inputs[rows]), data.train_labels[rows]).backward()
        optimizer.step()
accuracy = (network(data.test_inputs).argmax(1) == data.test_labels).float().mean()
print(f"The network is right on {accuracy:.0%} of the digits it has not seen.")

# All interactions of 64 players would take 2**64 runs of the network for each image. Those of pairs can be sampled: how
# much more two pixels do together than each alone, while m of the 62 others are seen. Absent pixels are black.
inputs, labels = data.test_inputs[:8], data.test_labels[:8]
shares = [0.0, 0.1, 0.5, 0.9, 1.0]  # m as shares of 62
x = pairwise_orders(network, inputs, labels, players=Patches(grid=8), orders=shares, pairs=80, contexts=6)
print(f"\n{x}\n")

# The strength |I| is a little too large where few contexts are drawn; the truth lies between it and the cautious one.
print(x.by_order()[["share", "contexts", "exact", "strength", "cautious_strength", "noise"]].round(4).to_string())

x.plot.pairwise_strength().figure.savefig(folder / "pairs.png", dpi=150, bbox_inches="tight")
x.save(folder / "pairs.npz")
print(f"\nWrote pairs.png and pairs.npz into {folder}.")
