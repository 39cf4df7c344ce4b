"""The words of a page: what each means, and where its definition is from."""

from __future__ import annotations

import re
from typing import NamedTuple


class Term(NamedTuple):
    """A word, its meaning, the paper (arXiv number) that defines it or "ours", and what a page says that needs it.

    The last is a regular expression, case aside; "" where every page does.
    """

    name: str
    meaning: str
    source: str = ""
    where: str = ""


TERMS = (
    Term("player", "A part of the input that is shown or masked as a whole: a patch of an image, a word, or a "
         "column."),
    Term("coalition", "A set of players that are shown while all others are masked, that is, replaced by a baseline. "
         "What belongs to no player stays as it is, unless the record says that the rest is masked."),
    Term("score", "The number that is explained, computed from the network's outputs: mostly the log-odds of the "
         "label, log p / (1 − p). The record says which.", "2405.10262"),
    Term("interaction", "An effect on the score that one player has, or several have only together. An AND interaction "
         "is added when all of its players are shown, an OR interaction when any of them is.", "2405.10262"),
    Term("strength", "The absolute value of an effect, in the unit of the score."),
    Term("constant", "What is added to every prediction: the score with all players masked, up to the error allowed."),
    Term("order", "How many players an interaction joins. A low order is simple, a high order complex.", "2405.10262"),
    Term("salient", "Strong enough to count: at least 3 % of the mean difference between the score of a whole sample "
         "and that of a masked one, unless the record says otherwise.", "2407.19198"),
    Term("certificate", "A lower bound on the sum of all strengths of any AND-OR explanation that matches every "
         "masked version of a sample as well. The gap is how far the explanation is above it.", "ours"),
    Term("checkpoint", "The network as it was after a step or an epoch of its training.",
         where="checkpoint"),
    Term("two phases", "Over a training interactions first become simpler, then more complex again. The papers take "
         "the beginning of the second phase for that of over-fitting.", "2405.10262", "phase"),
    Term("over-fitting", "Learning what holds for the training samples alone: the loss on others falls less than on "
         "them, and in the end rises.", where="over-fit"),
    Term("loss gap", "Loss on test samples less loss on training samples; it grows where a network over-fits.",
         where="loss gap"),
    Term("generalize", "An interaction generalizes if networks trained on other samples (baselines) encode it "
         "too, with the same sign.", "2505.06993", "generaliz"),
    Term("H", "The share of the salient strength that generalizes.", "ours, after 2505.06993", r"\bH\b"),
    Term("confusing sample", "A sample that the network classifies by interactions that do not generalize, or that are "
         "complex and cancel each other.", "2502.08625 in words; the scores are ours", "confus"),
    Term("linear probe", "A linear layer trained to read the network's classes from the features of one of its "
         "layers.", "2409.08712", "probe"),
    Term("completeness, redundancy", "The share of the output's strength that a layer has already; the share of the "
         "layer's strength that the output does not use.", "2409.08712", "completeness|redundan"),
    Term("spindle, decay", "Shapes of the strength over the orders: middle orders are the strongest; or it falls from "
         "order 1 on.", "2405.10262", "spindle|decay"),
    Term("noise, σ²", "In the theory of a training: how uncertain the parameters of the network still are. It damps "
         "interactions of high order most.", "2407.19198", "σ²|the theory"),
    Term("rank correlation", "Of two numbers over several things: 1 where both rise together, −1 where one falls as "
         "the other rises, 0 where neither tells of the other (Spearman).", where="rank correlation"),
    Term("Jaccard index, IoU", "Of two sets: what both have as a share of what either has.", where="Jaccard|IoU"),
    Term("interval", "Where a number lies in 95 % of many random resamplings of the samples (bootstrap), unless a "
         "sentence says otherwise; of pairs of networks, Student's interval over the pairs."),
)  # fmt: skip


def terms_of(text: str) -> list[Term]:
    """The terms that a page needs.

    Args:
        text: all that it says.
    """
    return [term for term in TERMS if re.search(term.where, text, re.IGNORECASE if len(term.name) > 1 else 0)]
