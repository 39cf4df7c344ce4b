"""From an attribution of Captum to the interactions that it adds up: the same feature mask, baselines and target.

Run it as `python examples/coming_from_captum.py [FOLDER]`; needs `pip install captum 'harsanyi[demo]'`.
"""

import sys
from pathlib import Path

import torch
from captum.attr import FeatureAblation
from torch import nn

from harsanyi import Logit, Regions, extract
from harsanyi.zoo.digits import digits_cnn, load_digits

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-captum")
folder.mkdir(parents=True, exist_ok=True)

# Handwritten digits and a small convolutional network.
data = load_digits()
torch.manual_seed(0)
network = digits_cnn()
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
for _ in range(5):  # epochs
    for rows in torch.randperm(len(data.train_labels)).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(data.train_inputs[rows]), data.train_labels[rows]).backward()
        optimizer.step()
inputs, labels = data.test_inputs[2:3], data.test_labels[2:3]

# What you have: a mask with the number of the region of each pixel, here 3 x 3 blocks, and what ablated regions show.
thirds = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2])
feature_mask = (3 * thirds[:, None] + thirds).expand(1, 1, 8, 8)
baselines = data.train_inputs.mean(0, keepdim=True)
captum = FeatureAblation(network).attribute(inputs, baselines=baselines, target=labels, feature_mask=feature_mask)

# The same here, with the logit of the label as the score, as Captum has it, and exactly (without noise).
names = [f"{row} {column}" for row in ("top", "middle", "bottom") for column in ("left", "middle", "right")]
players = Regions(feature_mask, names=names, baseline=baselines)
x = extract(network, inputs, labels, players=players, score=Logit(), noise=0)
print(f"A {labels.item()}. {x[0]}\n")

# Ablating a region takes away the AND effects it belongs to, so that Captum's number is their sum. OR effects stay as
# long as another of their regions is there: no ablation of a single region shows them.
for number, name in enumerate(names):
    ablated = captum[feature_mask == number][0]
    alone = x[0][name].and_
    joint = sum(x[0].and_[coalition] for coalition in range(2**x.n) if coalition >> number & 1) - alone
    print(f"{name:13}  Captum {ablated:+.2f}  =  {alone:+.2f} alone  {joint:+.2f} together with others")
hidden = abs(x[0].or_).sum() / x[0].parent.objective[0]
print(f"{hidden:.0%} of the strength of all effects is in OR effects, which the ablations do not show.\n")

x[0].plot.top_patches().savefig(folder / "regions.png", dpi=150, bbox_inches="tight")
x.save(folder / "interactions.npz")
print(f"Wrote regions.png and interactions.npz into {folder}.")
