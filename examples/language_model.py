"""What a small GPT-2 bases its next words on: interactions between the words of the prompt.

Run it as `python examples/language_model.py [FOLDER]`; needs `pip install 'harsanyi[text]'`.
"""

import sys
from itertools import product
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from harsanyi import Continuation, NextToken, Words, extract

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-language-model")
folder.mkdir(parents=True, exist_ok=True)

# The rule to learn: a warm coat where it is cold OR windy, so a thin shirt where it is mild AND calm.
texts = []
for day, place, heat, air in product(["today", "tonight", "tomorrow"], ["north", "south", "east", "west"],
                                     ["cold", "icy", "mild", "hot"], ["windy", "stormy", "calm", "still"]):  # fmt: skip
    ending = "warm coat" if heat in ("cold", "icy") or air in ("windy", "stormy") else "thin shirt"
    texts.append(f"{day} the {place} is {heat} and {air} so wear a {ending}")

# A byte-level tokenizer, as GPT-2 has one; here every word is one token, with the space before it.
bytes_of = Tokenizer(models.BPE())
bytes_of.pre_tokenizer, bytes_of.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
bytes_of.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=1000, show_progress=False))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytes_of)

# A GPT-2 of one small layer learns the two words of the ending, with words of the prompt hidden at random.
torch.manual_seed(0)
network = GPT2LMHeadModel(GPT2Config(
    vocab_size=len(tokenizer), n_positions=16, n_embd=64, n_layer=1, n_head=4, resid_pdrop=0, embd_pdrop=0,
    attn_pdrop=0, bos_token_id=None, eos_token_id=None,
))  # fmt: skip
tokens, steps = torch.tensor(tokenizer(texts)["input_ids"]), 400
optimizer = torch.optim.AdamW(network.parameters())
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)
for _ in range(steps):
    chosen = tokens[torch.randint(len(tokens), (64,))]
    attended = torch.rand(chosen.shape) < torch.rand(64, 1).sqrt()
    attended[:, -3:] = True  # the "a" before the ending, and the ending
    logits = network(chosen, attention_mask=attended.long()).logits[:, -3:-1]
    optimizer.zero_grad()
    nn.functional.cross_entropy(logits.flatten(0, 1), chosen[:, -2:].flatten()).backward()
    optimizer.step()
    schedule.step()

# Players are four words of the prompt; nothing attends to an absent one. First, the most likely next token.
words = [["today", "north", "cold", "windy"], ["today", "north", "mild", "calm"]]
prompts = [f"{day} the {place} is {heat} and {air} so wear a" for day, place, heat, air in words]
players = Words(tokenizer, words=words, baseline="pad")
x = extract(network, prompts, players=players, score=NextToken())
for prompt, sample in zip(prompts, x, strict=True):
    print(f"What makes {tokenizer.decode([sample.label])!r} likely after {prompt!r}?\n{sample}\n")

# Then a whole ending, of any number of tokens, instead of one token.
y = extract(network, prompts, labels=[" warm coat", " thin shirt"], players=players, score=Continuation())
print(f"For ' warm coat', the OR of cold and windy is {y[0]['cold', 'windy'].or_:+.2f}: either word is enough.")
print(f"For ' thin shirt', the AND of mild and calm is {y[1]['mild', 'calm'].and_:+.2f}: it takes both words.")

y[1].plot.top_words(3).savefig(folder / "prompt.png", dpi=150, bbox_inches="tight")
y.save(folder / "interactions.npz")
print(f"Wrote prompt.png and interactions.npz into {folder}.")
