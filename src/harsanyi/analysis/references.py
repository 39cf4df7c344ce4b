"""What a share that generalizes is judged by: ceilings that no network can be expected to pass, and floors."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, final

import numpy as np
import torch

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.parts import part_measures, part_sums
from harsanyi.analysis.transfer import Bools, Encoded, TransferRule, both_types, encoded_by, salient_effects
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.core.split import solve_split
from harsanyi.interactions import Interactions

_LEAST_GAP = 0.01
_MAX_ITERATIONS = 20_000
_SPLIT = ("and_", "or_", "objective", "lower_bound", "gap", "iterations", "converged")
_MOVED = ("scores", *_SPLIT, "noise_bound")


@final
@dataclass(frozen=True, eq=False)
class Reference:
    """How much of a network generalizes to something of which one knows what to expect.

    The same rule decides as for the baselines. Several networks of a kind are judged together; a majority of a single
    one is that one.

    Attributes:
        name: "another seed" (the same recipe), "extracted again" (the network's own stored scores, split from another
            starting point), "untrained", or "other samples" (the baselines, the mean over all ways to take the effects
            of another sample).
        kind: "ceiling" or "floor".
        power: H, ().
        rate: share of the salient effects of each order that generalize, (n,).
        networks: how many were judged together.

    Source: our definition. Splits are not always unique, so that a share means little without these.
    """

    name: str
    kind: Literal["ceiling", "floor"]
    power: Estimate
    rate: Estimate
    networks: int = 1


def above_floor(power: Estimate, references: Sequence[Reference]) -> bool | None:
    """Whether H is clearly more than every floor; nothing where there is no floor, or no H.

    Args:
        power: H, (); where it has no interval, its value decides.
        references: ceilings and floors.
    """
    floor = highest_floor(references)
    if floor is None or np.isnan(power.value):
        return None
    least = power.value if np.isnan(power.low) else power.low
    return bool(least > floor.power.value)


def highest_floor(references: Sequence[Reference]) -> Reference | None:
    """The floor with the largest H, or nothing."""
    floors = [one for one in references if one.kind == "floor" and not np.isnan(one.power.value)]
    return max(floors, key=lambda one: float(one.power.value), default=None)


@final
@dataclass(frozen=True, eq=False)
class Encodings:
    """What the networks of known kinds encode, each agreed on by those of its kind.

    Attributes:
        baselines: networks that the target is asked of.
        ceilings: networks of the same recipe with other seeds, or nothing.
        floors: untrained networks, or nothing.
        counts: how many networks of each of the three kinds.
    """

    baselines: Encoded
    ceilings: Encoded | None
    floors: Encoded | None
    counts: tuple[int, int, int]


def encodings_of(
    target: Interactions,
    baselines: Sequence[Interactions],
    ceilings: Sequence[Interactions],
    floors: Sequence[Interactions],
    rule: TransferRule,
) -> Encodings:
    """Read all networks that a target is compared with, each once.

    Raises:
        ArgumentError: no baseline, a majority of one, or networks that cannot be compared with the target.
    """

    def kind(networks: Sequence[Interactions], name: str) -> Encoded | None:
        return encoded_by(networks, target, _for(rule, len(networks)), name) if networks else None

    counts = len(baselines), len(ceilings), len(floors)
    return Encodings(encoded_by(baselines, target, rule), kind(ceilings, "ceiling"), kind(floors, "floor"), counts)


def references_of(
    target: Interactions, encoded: Encodings, rule: TransferRule, bootstrap: Bootstrap
) -> tuple[Reference, ...]:
    """Ceilings first, then floors; "extracted again" always, "other samples" where there are several.

    Args:
        target: of the network that is asked about.
        encoded: what the other networks encode.
        rule: when an interaction generalizes.
        bootstrap: draws, level and seed of the intervals.
    """
    effects, salient = both_types(target), salient_effects(target, rule.salience)
    again = encoded_by([extracted_again(target)], target, _for(rule, 1))

    def judged(name: str, kind: Literal["ceiling", "floor"], shared: Bools | Floats, networks: int = 1) -> Reference:
        sums = part_sums(effects, salient, shared)
        value, drawn = part_measures(sums.mean(0)), part_measures(bootstrap.means(sums))
        power, rate = (bootstrap.estimate(value[key], drawn[key]) for key in ("power", "rate"))
        return Reference(name, kind, power, rate, networks)

    baselines, ceilings, floors = encoded.counts
    found = [judged("another seed", "ceiling", encoded.ceilings.shared(effects), ceilings)] if encoded.ceilings else []
    found.append(judged("extracted again", "ceiling", again.shared(effects)))
    if encoded.floors:
        found.append(judged("untrained", "floor", encoded.floors.shared(effects), floors))
    if len(target) > 1:
        found.append(judged("other samples", "floor", encoded.baselines.shared_elsewhere(effects), baselines))
    return tuple(found)


def extracted_again(x: Interactions, seed: int = 0) -> Interactions:
    """The stored scores split again from another starting point, as sparse and as certain as before.

    How far the result differs says how far the sparsest split is not the only one. AND effects alone are, and come back
    as they were.

    Args:
        x: interactions; the noise bound of each sample and the largest gap are those on record, the gap at least that
            of the worst sample and 0.01 where none is on record.
        seed: of the starting points, a whole number >= 0. That of a sample follows from its scores too, so that sorting
            the samples otherwise changes nothing.

    Returns:
        `Interactions` of the same samples and scores.

    Raises:
        ArgumentError: a seed below 0.

    Example:
        >>> from harsanyi import extract_game
        >>> x = extract_game(lambda present: 1.0 * present.any(1), 3, progress=False)
        >>> bool(abs(extracted_again(x).or_ - x.or_).max() < 1e-6)  # one OR effect: the only sparsest split
        True

    Source: our definition.
    """
    require_whole(0, seed=seed)
    if x.provenance.get("effects") == "AND alone":
        return x
    start = np.stack([_start(scores, seed) for scores in x.scores])
    max_gap = float(x.provenance.get("max_gap") or max(_LEAST_GAP, min(1.0, x.gap.max())))
    split = solve_split(
        torch.from_numpy(x.scores), torch.from_numpy(x.noise_bound), max_gap,
        int(x.provenance.get("max_iterations") or _MAX_ITERATIONS), torch.from_numpy(start),
    )  # fmt: skip
    return replace(x, **{name: getattr(split, name).numpy() for name in _SPLIT},
                   provenance={**x.provenance, "starting_point": seed})  # fmt: skip


def as_list(networks: Interactions | Sequence[Interactions], argument: str = "baselines") -> list[Interactions]:
    """Interactions of one network or several, as a list.

    Raises:
        ArgumentError: something else.
    """
    found = [networks] if isinstance(networks, Interactions) else networks
    if not isinstance(found, list | tuple) or not all(isinstance(one, Interactions) for one in found):
        raise ArgumentError(argument, f"a {type(networks).__name__}", "Interactions, or a list of them",
                            "Files are read by Interactions.load; of a mapping take list(found.values())")  # fmt: skip
    return list(found)


def permuted(baseline: Interactions, shift: int = 1) -> Interactions:
    """A floor: the effects of other samples in the place of each sample's own.

    Where players differ between samples, player i of another sample stands in for player i of this one: what is shared
    then is shared by their positions alone.

    Args:
        baseline: interactions.
        shift: how many samples further the effects are taken, not a multiple of their number.

    Returns:
        The interactions, effects and scores moved, inputs and labels as they were.

    Raises:
        ArgumentError: fewer than two samples, or a shift that moves nothing.

    Source: our definition.
    """
    if shift % len(baseline) == 0:
        raise ArgumentError("shift", shift, f"no multiple of {len(baseline)}, the number of samples")
    return replace(baseline, **{name: np.roll(getattr(baseline, name), -shift, axis=0) for name in _MOVED})


def _for(rule: TransferRule, networks: int) -> TransferRule:
    """The rule, where a majority may be of one network."""
    return replace(rule, agreement="one") if networks == 1 else rule


def _start(scores: Floats, seed: int) -> Floats:
    generator = np.random.default_rng([seed, zlib.crc32(scores.tobytes())])
    return np.asarray(scores.std() * generator.standard_normal(len(scores)))
