"""Linear probes of a network's layers: what was fitted, how well, and one file that holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from torch import Tensor, nn

from harsanyi.core.content import content_hash
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.game.layers import Place, unwrapped
from harsanyi.game.network import Network
from harsanyi.game.probe_fit import ProbeFit
from harsanyi.game.reading import Reading
from harsanyi.whole_files import write_whole

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "harsanyi probes 1"


@final
@dataclass(frozen=True, eq=False)
class Probe:
    """A linear probe of one layer: logits = features @ weight.T + bias.

    Attributes:
        layer: name of the layer, with "#2" behind it for its second call.
        pooling: how its output becomes features, see `Reading`.
        weight: float32 (classes, features); one row where the network has a single logit.
        bias: float32 (classes,).
        fit: how it was fitted; nothing for weights from elsewhere.
    """

    layer: str
    pooling: str
    weight: Tensor
    bias: Tensor
    fit: ProbeFit | None = None

    @property
    def reading(self) -> Reading:
        """What the probe reads."""
        name, _, call = self.layer.partition("#")
        return Reading(Place(name, int(call or 0)), self.pooling)

    @property
    def sentence(self) -> str:
        """The layer and how good its probe is, in words."""
        if self.fit is None:
            return f"{self.layer}: {self.weight.shape[1]:,} features."
        held_out = self.fit.held_out_accuracy
        more = "" if held_out is None else f", of held-out samples {_percent(held_out)}"
        return (f"{self.layer}: {self.weight.shape[1]:,} features; right on {_percent(self.fit.train_accuracy)} of the "
                f"samples it was fitted on, of validation samples {_percent(self.fit.validation_accuracy)}"
                f"{more}.")  # fmt: skip

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the probe, in words; nothing where all is well."""
        fit, found = self.fit, []
        if fit is not None and not fit.converged:
            found.append(f"The probe of {self.layer} did not converge: after {fit.iterations} iterations its gradient "
                         f"is still {fit.gradient:.1e}.")  # fmt: skip
        if fit is not None and fit.at_chance:
            right, one = _percent(fit.validation_accuracy), _percent(fit.most_frequent)
            found.append(f"The probe of {self.layer} is at chance: it is right on {right} of {fit.validation_samples} "
                         f"validation samples, of which {one} are of one class. Its interactions mean little."
                         )  # fmt: skip
        return tuple(found)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Probes:
    """Linear probes of a network, the lowest layer first.

    Attributes:
        probes: one a layer.
        network: `content_hash` of the network's state dict.
        how: how they were fitted; JSON types only.

    Raises:
        ArgumentError: no probe, or probes of different classes.
    """

    probes: tuple[Probe, ...]
    network: str
    how: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.probes or len({probe.weight.shape[0] for probe in self.probes}) > 1:
            raise ArgumentError("probes", f"{len(self.probes)} of them", "one or more, all of the same classes")

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, the lowest first."""
        return tuple(probe.layer for probe in self.probes)

    @property
    def classes(self) -> int:
        """How many logits each probe gives."""
        return int(self.probes[0].weight.shape[0])

    def __len__(self) -> int:
        return len(self.probes)

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.probes)

    def __getitem__(self, layer: str) -> Probe:
        for probe in self.probes:
            if probe.layer == layer:
                return probe
        near = did_you_mean(str(layer), self.layers)
        raise ArgumentError("layer", repr(layer), f"one of {', '.join(self.layers)}", near)

    def table(self) -> pd.DataFrame:
        """The figures of `ProbeFit`, a row a layer.

        Returns:
            A table with the layers as its index.
        """
        import pandas as pd

        rows = [{"features": probe.weight.shape[1], **_figures(probe.fit)} for probe in self.probes]
        return pd.DataFrame(rows, index=pd.Index(self.layers, name="layer"))

    def sentences(self) -> tuple[str, ...]:
        """One sentence a layer, and what is wrong with its probe behind it."""
        return tuple(" ".join((probe.sentence, *probe.warnings)) for probe in self.probes)

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the probes, in words; nothing where all is well."""
        return tuple(told for probe in self.probes for told in probe.warnings)

    def __repr__(self) -> str:
        head = f"Probes of {len(self)} layers, {self.classes} logits each"
        return "\n  ".join((head, *self.sentences()))

    def check(self, network: Network) -> None:
        """Refuse a network of other values than the one the probes belong to.

        Raises:
            ArgumentError: another network, or none that is a module.
        """
        if network_hash(network) != self.network:
            raise ArgumentError("probes", "those of another network", "probes trained on this network, with the "
                                "values that it has now")  # fmt: skip

    def save(self, path: str | Path) -> Path:
        """Write one safetensors file, whole or not at all; the figures are in its metadata.

        Args:
            path: where; ".safetensors" is appended where it is missing.

        Returns:
            The path written.

        Raises:
            ArgumentError: the folder does not exist.
        """
        from safetensors.torch import save

        path = Path(path)
        path = path if path.suffix == ".safetensors" else path.with_name(f"{path.name}.safetensors")
        if not path.parent.is_dir():
            raise ArgumentError("path", path, "a file in a folder that exists")
        named = [{"layer": probe.layer, "pooling": probe.pooling, "fit": probe.fit and asdict(probe.fit)}
                 for probe in self.probes]  # fmt: skip
        record = {"format": FORMAT, "network": self.network, "how": dict(self.how), "probes": named}
        tensors = {f"{number}.{name}": getattr(probe, name).detach().cpu().contiguous()
                   for number, probe in enumerate(self.probes) for name in ("weight", "bias")}  # fmt: skip
        whole = save(tensors, metadata={"record": json.dumps(record)})
        write_whole(path, lambda temporary: temporary.write_bytes(whole))
        return path

    @classmethod
    def load(cls, path: str | Path) -> Probes:
        """Read what `save` wrote, equal to the last bit.

        Args:
            path: the file.

        Returns:
            The `Probes`.

        Raises:
            ArgumentError: no such file, torn, foreign, or of another format.
        """
        from safetensors import safe_open

        try:
            with safe_open(path, "pt") as file:
                record = json.loads(file.metadata()["record"])
                if record["format"] != FORMAT:
                    raise ValueError(f"format {record['format']}, not {FORMAT}")
                probes = [Probe(named["layer"], named["pooling"], file.get_tensor(f"{number}.weight"),
                                file.get_tensor(f"{number}.bias"), named["fit"] and ProbeFit(**named["fit"]))
                          for number, named in enumerate(record["probes"])]  # fmt: skip
            return cls(tuple(probes), record["network"], record["how"])
        except Exception as error:  # damage may show anywhere: in the header, the tensors, the JSON
            what = f"{path}, which is not there" if isinstance(error, FileNotFoundError) else f"{path} ({error})"
            raise ArgumentError("path", what, "a file written by Probes.save") from error


def network_hash(network: Network) -> str:
    """The hash that probes know their network by: of its state dict, as it is outside DataParallel and torch.compile.

    Raises:
        ArgumentError: the network is no module.
    """
    inner = unwrapped(network)
    if not isinstance(inner, nn.Module):
        raise ArgumentError("network", f"a {type(inner).__name__}", "a torch.nn.Module")
    return content_hash({name: values for name, values in inner.state_dict().items() if isinstance(values, Tensor)})


def _figures(fit: ProbeFit | None) -> dict[str, Any]:
    if fit is None:
        return {}
    figures = {name: value for name, value in asdict(fit).items() if value is not None}
    return {**figures, "at_chance": fit.at_chance}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
