"""What a network has learned about handwritten digits: interactions between patches, and between superpixels.

Run it as `python examples/image.py [FOLDER]`; needs `pip install 'harsanyi[demo,images]'`.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from harsanyi import Patches, Superpixels, extract
from harsanyi.zoo.digits import digits_cnn, load_digits

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-image")
folder.mkdir(parents=True, exist_ok=True)

# Images of 8 x 8 pixels, and a small convolutional network.
data = load_digits()
torch.manual_seed(0)
network = digits_cnn()
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
for _ in range(5):  # epochs
    for rows in torch.randperm(len(data.train_labels)).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(data.train_inputs[rows]), data.train_labels[rows]).backward()
        optimizer.step()
accuracy = (network.eval()(data.test_inputs).argmax(1) == data.test_labels).float().mean()
print(f"The network is right on {accuracy:.0%} of the digits it has not seen.")
inputs, labels = data.test_inputs[:10], data.test_labels[:10]

# Patches: the 9 cells of a 4 x 4 grid that differ most from the mean image, which is what absent patches show.
patches = Patches(grid=4, cells="foreground", n=9, baseline="mean", background=data.train_inputs)
x = extract(network, inputs, labels, players=patches)
print(f"\nPatches of 2 x 2 pixels. Of a {data.class_names[x[2].label]}, named by row and column:\n{x[2]}")

# Superpixels follow the strokes instead of a grid: the 9 largest of about 12, found in every image anew.
superpixels = Superpixels(segments=12, n=9, choose="largest", baseline="mean", background=data.train_inputs)
y = extract(network, inputs, labels, players=superpixels)
print(f"\nSuperpixels. Of the same digit:\n{y[2]}\n")

for kind, found in (("patches", x), ("superpixels", y)):
    effects = found.table().assign(strength=lambda table: table["effect"].abs())  # the salient ones
    small = effects.query("order <= 2")["strength"].sum() / effects["strength"].sum()
    print(f"{kind}: {len(effects) / len(found):.0f} salient effects an image; {small:.0%} of their strength is in "
          "those of one or two players")  # fmt: skip

x[2].plot.top_patches().savefig(folder / "patches.png", dpi=150, bbox_inches="tight")
y[2].plot.top_patches().savefig(folder / "superpixels.png", dpi=150, bbox_inches="tight")
x.save(folder / "interactions.npz")
print(f"\nWrote patches.png, superpixels.png and interactions.npz into {folder}.")
