"""How much is computed for the claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole

ARCHITECTURES = ("mlp", "cnn")


@final
@dataclass(frozen=True)
class Sizes:
    """Numbers of networks, samples and draws; the defaults are those of a quick look.

    Args:
        seeds: networks that are trained and followed, each with its own data split and networks to compare with.
        samples: of each part (test, training, training with wrong labels), 2 or more.
        epochs: of every training of a convolutional network; those of the pairs follow from it.
        players: of each sample, 3 or more.
        layers: that are read, names and patterns as in `LayerPlan`; "auto" takes about five.
        layer_samples: test samples whose layers are read, 2 or more.
        noisy_copies: of each of them, 2 or more.
        pairs: of networks, for each thing that they may share.
        pair_samples: test samples that these are asked about, 10 or more.
        pair_players: of each of those, 3 or more.
        architectures: of the pairs, some of "mlp" and "cnn".
        pixel_samples: test samples whose pixels are players, for pairwise interactions, 2 or more.
        pixel_pairs: of pixels, drawn for each of them.
        contexts: drawn for each pair and size.
        functions: random functions that are taken apart.

    Raises:
        ArgumentError: a number out of range, another architecture.
    """

    seeds: int = 2
    samples: int = 25
    epochs: int = 128
    players: int = 10
    layers: str | tuple[str, ...] = "auto"
    layer_samples: int = 20
    noisy_copies: int = 4
    pairs: int = 4
    pair_samples: int = 50
    pair_players: int = 8
    architectures: tuple[str, ...] = ("mlp",)
    pixel_samples: int = 10
    pixel_pairs: int = 40
    contexts: int = 10
    functions: int = 50

    def __post_init__(self) -> None:
        require_whole(1, seeds=self.seeds, epochs=self.epochs, pairs=self.pairs, pixel_pairs=self.pixel_pairs,
                      functions=self.functions)  # fmt: skip
        require_whole(2, samples=self.samples, layer_samples=self.layer_samples, noisy_copies=self.noisy_copies,
                      pixel_samples=self.pixel_samples, contexts=self.contexts)  # fmt: skip
        require_whole(3, players=self.players, pair_players=self.pair_players)
        require_whole(10, pair_samples=self.pair_samples)
        chosen = tuple(self.architectures)
        if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(ARCHITECTURES):
            raise ArgumentError("architectures", repr(self.architectures), 'one or both of "mlp" and "cnn"')
        object.__setattr__(self, "architectures", chosen)

    def to_mapping(self) -> Mapping[str, Any]:
        """The fields in JSON types."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


QUICK = Sizes()
FULL = Sizes(
    seeds=3, samples=100, layer_samples=50, noisy_copies=10, pairs=5, pair_samples=150, pair_players=10,
    architectures=("mlp", "cnn"), pixel_samples=50, pixel_pairs=200, contexts=100, functions=200,
)  # fmt: skip
