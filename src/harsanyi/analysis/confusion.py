"""Which samples confuse a network: it classifies them by interactions that do not generalize, or that cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.confusion_rule import ConfusionRule
from harsanyi.analysis.confusion_scores import confusing, first_of, other_score, ranking, scores_of
from harsanyi.analysis.confusion_words import confusion_sentences
from harsanyi.analysis.groups import GroupComparison, compare_groups
from harsanyi.analysis.ranks import correlation_of_samples
from harsanyi.analysis.references import as_list
from harsanyi.analysis.sides import LEAST, Positions
from harsanyi.analysis.transfer import Bools, encoded_by
from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.confusion import ConfusionPlots


@final
@dataclass(frozen=True, eq=False)
class ScoreAgreement:
    """Whether two scores call the same samples confusing.

    Attributes:
        correlation: Spearman's rank correlation of the two over the samples, ().
        jaccard: samples in both sets over samples in either, in [0, 1]; the set of the other score has as many samples,
            those with the highest. NaN where the set is empty.
        chance: what to expect of sets of this size that have nothing to do with each other: q / (2 - q), q the share of
            the samples with a score that are in a set.

    Source: our definition.
    """

    correlation: Estimate
    jaccard: float
    chance: float


@final
@dataclass(frozen=True, eq=False, repr=False)
class Confusion:
    """How much each sample confuses a network, and which samples do most.

    Attributes:
        scores: of each sample by name, in [0, 1], (samples,): "complex_cancelling", the share of its salient strength
            at high orders times how far its effects cancel (order by order, weighted by strength); where there are
            baselines also "non_generalizable", 1 - H. NaN without a salient effect.
        score: name of the one that decides.
        members: which samples are confusing, bool (samples,).
        ranking: positions of the samples that have a score, the most confusing first, int64 (m,); ties by the other
            score, then by position.
        threshold: the least score of a confusing sample; NaN where there is none.
        agreement: of the two scores; nothing without baselines.
        comparison: strength and cancellation by order of confusing against other samples; nothing where either are
            fewer than two.
        outputs: v(x_N), the score of the whole sample, in the unit of the score, (samples,).
        labels: int64 (samples,); -1 where the score uses none.
        label_names: of each sample, "" where it is not known.
        players: how many.
        rule: score, size of the set, high orders and salience.
        baselines: how many networks it was asked of.
        bootstrap: draws, level and seed.

    Source: 2502.08625 in words; scores and sets are our definitions.
    """

    scores: Mapping[str, Floats]
    score: str
    members: Bools
    ranking: Positions
    threshold: float
    agreement: ScoreAgreement | None
    comparison: GroupComparison | None
    outputs: Floats
    labels: Positions
    label_names: tuple[str, ...]
    players: int
    rule: ConfusionRule
    baselines: int
    bootstrap: Bootstrap

    def __len__(self) -> int:
        return len(self.members)

    @property
    def tied(self) -> int:
        """How many other samples have the least score of a confusing one: ties put them outside."""
        return int(np.isclose(self.scores[self.score][~self.members], self.threshold, rtol=0, atol=1e-9).sum())

    @property
    def plot(self) -> ConfusionPlots:
        """Pictures of these samples, see `harsanyi.plots.confusion_scatter`."""
        from harsanyi.plots.confusion import ConfusionPlots

        return ConfusionPlots(self)

    def most(self, k: int = 10) -> Positions:
        """Positions of the k most confusing samples, most first, int64 (at most k,)."""
        return self.ranking[: _count(k)]

    def least(self, k: int = 10) -> Positions:
        """Positions of the k least confusing samples that have a score, least first, int64 (at most k,)."""
        return self.ranking[::-1][: _count(k)]

    def table(self) -> pd.DataFrame:
        """One row a sample, the most confusing first, those without a score last.

        Returns:
            Index: sample. Columns: label, label_name (where known), v (score of the whole sample), the scores by name,
            rank (from 1; missing without a score), member.
        """
        import pandas as pd

        unranked = np.flatnonzero(np.isnan(self.scores[self.score]))
        names = {"label_name": self.label_names} if any(self.label_names) else {}
        columns = {"label": self.labels, **names, "v": self.outputs, **self.scores}
        found = pd.DataFrame(columns, index=pd.Index(range(len(self)), name="sample"))
        found["rank"] = pd.Series(range(1, len(self.ranking) + 1), index=self.ranking, dtype="Int64")
        found["member"] = self.members
        return found.loc[[*self.ranking, *unranked]]

    def sentences(self) -> list[str]:
        """How many samples are confusing, whether both scores say so, and how they differ from the others, in words."""
        return confusion_sentences(self)

    def __repr__(self) -> str:
        asked = f", {self.baselines} baseline network{'' if self.baselines == 1 else 's'}" if self.baselines else ""
        head = f"Confusion: {len(self)} samples x {self.players} players{asked}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def confusion(
    target: Interactions,
    baselines: Interactions | Sequence[Interactions] = (),
    rule: ConfusionRule = ConfusionRule(),
    bootstrap: Bootstrap = Bootstrap(),
) -> Confusion:
    """Which samples confuse a network most.

    Args:
        target: of the network.
        baselines: of one network trained on other samples or several, on the same samples and players and for the same
            labels; none leaves the score that needs none.
        rule: which score decides, and how many samples are confusing.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `Confusion`.

    Raises:
        ArgumentError: networks with other samples, players, labels or numbers of classes; a rule that needs baselines
            where there are none; a high order that is above the number of players.

    Example:
        >>> import torch
        >>> from harsanyi import Columns, extract
        >>> _ = torch.manual_seed(0)
        >>> network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        >>> x = extract(network, torch.randn(20, 4), players=Columns(), progress=False)
        >>> found = confusion(x, rule=ConfusionRule(share=0.2))
        >>> found.score, int(found.members.sum()), found.most(4).tolist() == found.table().index[:4].tolist()
        ('complex_cancelling', 4, True)

    Source: see `ConfusionRule` and `Confusion`.
    """
    networks = as_list(baselines)
    deciding = rule.deciding(len(networks))
    check_alike("target", "in the target", target, target)
    encoded = encoded_by(networks, target, rule.counting) if networks else None
    scores = scores_of(target, encoded, rule)
    members = confusing(scores, deciding, rule)
    return Confusion(
        scores, deciding, members, ranking(scores, deciding),
        threshold=float(scores[deciding][members].min()) if members.any() else np.nan,
        agreement=_agreement(scores, deciding, members, bootstrap),
        comparison=_compared(target, members, rule, bootstrap),
        outputs=target.scores[:, -1], labels=target.labels, label_names=target.label_names, players=target.n, rule=rule,
        baselines=len(networks), bootstrap=bootstrap,
    )  # fmt: skip


def _agreement(
    scores: Mapping[str, Floats], deciding: str, members: Bools, bootstrap: Bootstrap
) -> ScoreAgreement | None:
    other = other_score(scores, deciding)
    if other is None:
        return None
    ranked, count = ranking(scores, other), int(members.sum())
    others = first_of(ranked, count, len(members))
    correlation = correlation_of_samples(scores[deciding], scores[other], bootstrap)
    if count == 0:
        return ScoreAgreement(correlation, np.nan, np.nan)
    jaccard = float((members & others).sum() / (members | others).sum())
    return ScoreAgreement(correlation, jaccard, count / (2 * len(ranked) - count))


def _compared(
    target: Interactions, members: Bools, rule: ConfusionRule, bootstrap: Bootstrap
) -> GroupComparison | None:
    if min(members.sum(), (~members).sum()) < LEAST:
        return None
    return compare_groups(target, members, ~members, names=("confusing", "other"), salience=rule.counting.salience,
                          bootstrap=bootstrap)  # fmt: skip


def _count(k: int) -> int:
    if k < 0:
        raise ArgumentError("k", k, "a number >= 0")
    return k
