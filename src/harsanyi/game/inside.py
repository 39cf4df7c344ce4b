"""Masking inside a network: the players cut the feature map of a layer instead of the image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.game.layers import Place, Replacing, Tap, find_layer, unwrapped
from harsanyi.game.masking import Masking
from harsanyi.game.network import Chosen, Network, OutputChoice, evaluation_mode, placed, run
from harsanyi.game.players.baselines import Baseline, Values, background_for, settled
from harsanyi.game.posing import Posed, as_given, as_samples
from harsanyi.game.suffix import CutError, cut, cut_exported

_BATCH = 64  # images through the part before the layer at once
_PROBE = 3

Prefix = Callable[[Tensor], tuple[Tensor, ...]]  # samples to the layer's values and the context


class LayerPlayers:
    """Players that cut the feature maps of a layer.

    Args:
        players: of feature maps, with baselines of feature maps.
        prefix: samples to the layer's values and the context of what follows.
        network: gives the device and dtype of the samples.
        at: name of the layer, for messages.
    """

    def __init__(self, players: Any, prefix: Prefix, network: nn.Module, at: str) -> None:
        self._players, self._prefix, self._network, self._at = players, prefix, network, at

    def check(self, inputs: Tensor) -> int:
        """Number of players; raises ArgumentError where a feature map does not fit."""
        counts: set[int] = set()
        for first, (values, *_) in self._parts(inputs):
            try:
                counts.add(self._players.check(values, first))
            except ArgumentError as error:
                if error.argument != "inputs":
                    raise
                given = f"{self._at!r}, whose output has shape {tuple(values.shape)} for {len(values)} samples"
                raise ArgumentError(
                    "at", given, "a layer with feature maps, (samples, channels, height, width)"
                ) from error
        if len(counts) > 1:
            raise ArgumentError("players", f"samples with {sorted(counts)} players", "the same number in every sample")
        return counts.pop()

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """One masking a sample, of the layer's values."""
        result: list[Masking] = []
        for start, (values, *context) in self._parts(inputs):
            maskings = self._players.maskings(values, first + start)
            result += [
                replace(masking, context=tuple(part[row] for part in context)) for row, masking in enumerate(maskings)
            ]
        return result

    def _parts(self, inputs: Tensor) -> Iterator[tuple[int, tuple[Tensor, ...]]]:
        return _in_parts(self._prefix, self._network, inputs)


def pose_images(network: Network, inputs: Any, labels: Any, players: Any, output: OutputChoice) -> Posed:
    """The question that players of images pose: the network on masked images, or what follows a layer on its features.

    In a layer, the part before it runs once a sample where the network's graph can be cut there; else the whole
    network runs once a coalition, with a warning that says why. Both are compared on three samples first.

    Args:
        network: any; a module for players at a layer.
        inputs: images, as `as_samples` takes them.
        labels: of them, as the user gave them.
        players: a dataclass with the fields `at`, `baseline` and `background`.
        output: which output to score.

    Returns:
        The `Posed`; `how` says under "inside" which way was taken.

    Raises:
        ArgumentError: no such layer, one called several times, or one without a feature map.

    Source: the layers masked are those of 2405.10262 and 2407.19198; the cut is ours.
    """
    if players.at is None:
        samples = as_samples(inputs)
        baseline, background = settled(players.baseline, players.background, samples)
        return as_given(network, samples, labels, replace(players, baseline=baseline, background=background), output)
    network = unwrapped(network)
    place = find_layer(network, players.at)
    assert isinstance(network, nn.Module)
    samples = as_samples(inputs)
    with evaluation_mode(network):
        probe = placed(samples[torch.arange(_PROBE) % len(samples)], network)
        prefix, suffix, how = _divided(network, place, probe, output)
        background = None if players.background is None else background_for(players.background, samples[0])
        baseline, background = _of_features(players.baseline, background, prefix, network)
    inner = replace(players, baseline=baseline, background=background)
    asked = LayerPlayers(inner, prefix, network, str(place))
    recorded = {"at": str(place), "inside": how}
    return Posed(suffix, Chosen(network, output), samples, asked, labels, samples, None, recorded)


def _divided(network: nn.Module, place: Place, probe: Tensor, output: OutputChoice) -> tuple[Prefix, nn.Module, str]:
    """What comes before the layer, what follows, and in words how they were had."""

    def look(samples: Tensor) -> tuple[Tensor, ...]:
        with Tap(network, place) as tap:
            run(network, samples.clone(), output)  # a network may write into its input
        return tap.check(), samples

    whole = Replacing(network, place)
    values, _ = look(probe)
    if values.ndim == 0 or len(values) != len(probe):
        given = f"{str(place)!r}, whose output has shape {tuple(values.shape)} for {len(probe)} samples"
        raise ArgumentError("at", given, "a layer whose output has one row a sample")
    reasons = []
    for way, module, at in ((cut, network, place), (cut_exported, Chosen(network, output), _in_chosen(place))):
        try:
            prefix, suffix = way(module, at, probe)
            ours = Chosen(suffix, output if way is cut else None)
            _compare(prefix, ours, Chosen(network, output), Chosen(whole, output), values, probe)
        except CutError as error:
            reasons.append(str(error))
        else:
            return prefix, ours, "what comes before the layer runs once a sample"
    why = "; ".join(dict.fromkeys(reasons))
    reason = f"the whole network runs for every coalition, not only what follows {place}: {why}"
    warn_user(reason)
    return look, Chosen(whole, output), reason


def _in_chosen(place: Place) -> Place:
    """The place of a layer in a network wrapped by `Chosen`."""
    return replace(place, name=f"network.{place.name}")


def _compare(
    prefix: nn.Module,
    suffix: nn.Module,
    network: nn.Module,
    whole: nn.Module,
    values: Tensor,
    probe: Tensor,
) -> None:
    """Refuse a cut that gives anything else than the whole network, on the samples and on masked features."""
    try:
        features, *context = prefix(probe.clone())
        masked = features * (torch.arange(features[0].numel(), device=features.device) % 2).view(features[0].shape)
        pairs = [
            (features, values),
            (run(suffix, features.clone(), None, tuple(context)), run(network, probe.clone(), None)),
        ]
        pairs += [(run(suffix, part.clone(), None, tuple(context)), run(whole, part.clone(), None, (probe,)))
                  for part in (features, masked)]  # fmt: skip
        one, shared = probe[:1].expand(len(probe), *probe.shape[1:]), tuple(part[:1] for part in context)
        handed = tuple(part.expand(len(probe), *part.shape[1:]) for part in shared)  # as coalitions of one sample run
        pairs.append((run(suffix, masked.clone(), None, handed), run(whole, masked.clone(), None, (one,))))
    except Exception as error:
        raise CutError(f"its graph fails where it is cut ({error})") from error
    for ours, theirs in pairs:
        scale = float(theirs.double().abs().max()) or 1.0
        tolerance = min(1e3 * torch.finfo(theirs.dtype).eps, 0.05) if theirs.is_floating_point() else 0.0
        if ours.shape != theirs.shape or float((ours.double() - theirs.double()).abs().max()) > tolerance * scale:
            raise CutError("its graph gives other outputs than the network")


def _of_features(
    baseline: Baseline, background: Tensor | None, prefix: Prefix, network: nn.Module
) -> tuple[Baseline, Values | None]:
    """The baseline and background of images as those of the layer's feature maps."""
    if background is None:
        return baseline, None
    parts = (values for _, (values, *_) in _in_parts(prefix, network, background))
    if isinstance(baseline, str) and baseline == "mean":  # summed up, for all feature maps at once may not fit
        sums, counts = zip(*((values.double().sum(0), len(values)) for values in parts), strict=True)
        return torch.stack(sums).sum(0) / sum(counts), None
    features = torch.cat(list(parts))
    return settled(baseline, features, features)


def _in_parts(prefix: Prefix, network: nn.Module, samples: Tensor) -> Iterator[tuple[int, tuple[Tensor, ...]]]:
    """First sample, values and context of one part of the samples after the other."""
    with evaluation_mode(network):
        for first in range(0, len(samples), _BATCH):
            yield first, prefix(placed(samples[first : first + _BATCH].clone(), network))
