"""What is given in the place of interactions is refused by name, and what tells as much is taken."""

import numpy as np
import pytest
from planted_effects import interactions

from harsanyi import ArgumentError
from harsanyi.analysis import ConfusionRule, confusion, confusion_overlap, generalizes, sharing


def effects(seed=0):
    return interactions(np.random.default_rng(seed).normal(size=(12, 8)))


@pytest.mark.parametrize(("ask", "message"), [
    (lambda x: generalizes(x, "other.npz"), "baselines: given a str; accepted: Interactions, or a list of them"),
    (lambda x: generalizes(x, {"other": x}), "baselines: given a dict; .*take list"),
    (lambda x: generalizes(x, x, floors="untrained.npz"), "floors: given a str"),
    (lambda x: confusion(x, ConfusionRule(score="complex_cancelling")), "baselines: given a ConfusionRule"),
    (lambda x: sharing([x, x]), "networks: given a list; accepted: a mapping from names to Interactions"),
    (lambda x: sharing({"one": x, "two": x}, control=x), "control: given a Interactions; accepted: a mapping"),
])  # fmt: skip
def test_what_is_no_interactions_is_refused_by_name(ask, message):
    with pytest.raises(ArgumentError, match=message):
        ask(effects())


def test_overlap_takes_what_confusion_found():
    rule = ConfusionRule(score="complex_cancelling", share=0.25)
    found = {name: confusion(effects(seed), rule=rule) for seed, name in enumerate(("one", "two"))}
    scores = {name: each.scores["complex_cancelling"] for name, each in found.items()}
    ours, theirs = (confusion_overlap(each, share=0.25) for each in (found, scores))
    assert (ours.jaccard.value == theirs.jaccard.value).all()
