"""What a small BERT has learned about film reviews: interactions between words that are known to be there.

The sentences come from a grammar in which sentiment is a known sum of interactions. The network has to learn it, and
what is found in the network can be compared with it. Run it as `python examples/sentence.py [FOLDER]`; needs
`pip install 'harsanyi[text]'`.
"""

import sys
from pathlib import Path
from random import Random

import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from harsanyi import Words, extract
from harsanyi.zoo.load import load_data
from harsanyi.zoo.sentiment import planted, sentiment_tokenizer

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-sentence")
folder.mkdir(parents=True, exist_ok=True)

# Reviews such as "the plot was not good", each also with words masked at random, so that the network knows [MASK].
data, random = load_data("sentiment", max_words=7), Random(0)
texts = [" ".join(word if random.random() < kept else "[MASK]" for word in text.split())
         for text in data.train_inputs for kept in (1, random.random(), random.random())]  # fmt: skip
scores = torch.tensor([planted(text).score() for text in texts])  # above 0: positive

# A BERT of two small layers learns the scores as its log-odds of "positive".
tokenizer = sentiment_tokenizer()
tokens = tokenizer(texts, padding=True, return_tensors="pt")
torch.manual_seed(0)
network = BertForSequenceClassification(BertConfig(
    vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
    hidden_dropout_prob=0, attention_probs_dropout_prob=0,
))  # fmt: skip
batches = [rows for epoch in range(10) for rows in torch.randperm(len(texts)).split(128)]
optimizer = torch.optim.AdamW(network.parameters())
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.004, total_steps=len(batches))
for rows in batches:
    optimizer.zero_grad()
    logits = network(tokens["input_ids"][rows], attention_mask=tokens["attention_mask"][rows]).logits
    nn.functional.mse_loss(logits[:, 1] - logits[:, 0], scores[rows]).backward()
    optimizer.step()
    schedule.step()

# Every word but "the" is a player; an absent one is [MASK]. The score is the log-odds of class 1, positive.
sentence = "bravo superb the film is not good"
x = extract(network, [sentence], labels=1, players=Words(tokenizer, n=None, stop_words=["the"]))
print(f"What makes {sentence!r} positive or negative?\n{x[0]}\n")

# What two words do together, beyond what each does alone, is the effect of their AND minus that of their OR.
for pair, known in ((("bravo", "superb"), -1.5), (("not", "good"), -1.5)):
    found = x[0][pair]
    together = found.and_ - found.or_
    print(f"{pair}: AND {found.and_:+.2f}, OR {found.or_:+.2f}, together {together:+.2f}; in the grammar {known:+.2f}")

x[0].plot.top_words().savefig(folder / "sentence.png", dpi=150, bbox_inches="tight")
x.save(folder / "interactions.npz")
print(f"Wrote sentence.png and interactions.npz into {folder}.")
