"""The shape of the package: imports point one way, importing it is light, and its public names say what they take."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import harsanyi

SOURCE = Path(harsanyi.__file__).parent
RESULT = {"interactions", "sample", "tables", "storage", "export"}
ALLOWED = {
    "core": {"core"},
    "game": {"core", "game", "whole_files"},
    "whole_files": set(),
    **{module: {"", "core", "plots.accessor", "report.writing", "whole_files", *RESULT} for module in RESULT},
    "progress": set(),
    "collected": {"core", "game", "interactions"},
    "extraction": {"collected", "core", "game", "interactions", "progress"},
    "layered": {"core", "extraction", "game", "interactions", "progress"},
    "pairwise": {"analysis.bootstrap", "analysis.pairwise", "core", "game", "progress"},
    "plots": {"analysis", "core", "interactions", "sample", "plots"},
    "zoo": {"core", "zoo"},
    "analysis": {
        "analysis",
        "core",
        "interactions",
        "plots.class_similarity",
        "plots.confusion",
        "plots.detection",
        "plots.dynamics_accessor",
        "plots.generalization",
        "plots.generalization_accessor",
        "plots.groups",
        "plots.intervention",
        "plots.layer_heat_map",
        "plots.layer_orders",
        "plots.layers_accessor",
        "plots.overlap",
        "plots.pairwise",
        "plots.sharing",
        "storage",
    },
    "training": {"core", "game", "loading", "progress", "training", "whole_files", "zoo"},
    "study": {
        "analysis",
        "core",
        "extraction",
        "game",
        "interactions",
        "loading",
        "progress",
        "report.writing",
        "storage",
        "study",
        "training",
        "whole_files",
        "zoo",
    },
    "monitor": {"analysis", "core", "extraction", "game", "interactions", "monitor", "progress", "whole_files"},
    "authors": {"core", "interactions", "progress"},
    "loading": {"core", "game", "loading", "zoo.layers"},
    "report": {"analysis", "core", "game.probes", "interactions", "plots", "sample", "report", "study", "whole_files"},
    "reporting": {"core", "demo", "interactions", "report", "study"},
    "explain": {"core", "extraction", "game", "interactions", "loading", "report"},
    "found": {"analysis", "core", "report", "study"},
    "confusing": {"analysis", "found", "report", "study"},
    "layer_search": {"core", "found", "report", "study"},
    "demo": {"core", "demo_factors", "interactions", "report", "study", "training"},
    "demo_factors": {"analysis", "core", "report", "study", "training"},
    "claims": {
        "analysis",
        "claims",
        "core",
        "loading",
        "pairwise",
        "progress",
        "report",
        "study",
        "training",
        "whole_files",
    },
    "cli": {
        "analysis",
        "claims",
        "cli",
        "confusing",
        "core",
        "demo",
        "explain",
        "found",
        "layer_search",
        "loading",
        "report",
        "reporting",
        "study",
        "training",
    },
}


def module_name(file):
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


FILES = {module_name(file): file for file in SOURCE.rglob("*.py")}


def imports(tree):
    """Names within harsanyi that a piece of syntax imports, wherever the statement stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names = [node.module]
        else:
            continue
        yield from (name.removeprefix("harsanyi").removeprefix(".") for name in names if name.startswith("harsanyi"))


def within(name, parts):
    return any(name == part or name.startswith(part + ".") for part in parts)


@pytest.mark.parametrize("name", [name for name in FILES if within(name, ALLOWED)])
def test_imports_point_one_way(name):
    allowed = ALLOWED[name.split(".")[0]]
    wrong = [target for target in imports(ast.parse(FILES[name].read_text())) if not within(target, allowed)]
    assert not wrong, f"harsanyi.{name} imports {wrong}"


def test_every_part_of_the_layout_is_looked_at():
    assert {name.split(".")[0] for name in FILES if within(name, ALLOWED)} == set(ALLOWED)


def test_results_load_pictures_and_exports_only_when_asked():
    for module in [*RESULT, *(name for name in FILES if within(name, {"analysis"}))]:
        tree = ast.parse(FILES[module].read_text())
        run_at_import = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {name for node in run_at_import for name in imports(node)}
        assert not {name for name in names if within(name, {"export", "plots", "report"})}


def test_importing_the_package_is_light():
    heavy = ["matplotlib", "pandas", "xarray", "sklearn", "scipy", "shapiq", "typer", "yaml", "safetensors", "jinja2",
             "transformers", "datasets", "skimage", "trimesh", "PIL", "zarr", "ray", "submitit", "lightning",
             "tensorboard", "plotly"]  # fmt: skip
    code = f"""
import sys, harsanyi
early = [name for name in ("torch", "numpy", *{heavy}) if name in sys.modules]
for name in harsanyi.__all__:
    getattr(harsanyi, name)
print(early, [name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]
    assert done.stderr == ""


def test_public_names_are_sorted_unique_and_there():
    assert sorted(set(harsanyi.__all__)) == harsanyi.__all__
    assert all(hasattr(harsanyi, name) for name in harsanyi.__all__)
    assert dir(harsanyi) == harsanyi.__all__
    with pytest.raises(AttributeError, match="no attribute 'extrakt'"):
        harsanyi.extrakt  # noqa: B018


def parameters(public):
    """Names a user writes or reads: fields of a class, arguments of a function or of an exception."""
    if dataclasses.is_dataclass(public):
        return [field.name for field in dataclasses.fields(public)]
    if hasattr(public, "_fields"):
        return list(public._fields)
    if inspect.isfunction(public):
        return list(inspect.signature(public).parameters)
    own = public.__dict__.get("__init__")
    return [name for name in inspect.signature(own).parameters if name != "self"] if own else []


MODULES = [
    "harsanyi",
    *(f"harsanyi.{part}" for part in ("analysis", "claims", "monitor", "plots", "study", "training", "zoo")),
]
NAMES = [f"{module}.{name}" for module in MODULES for name in importlib.import_module(module).__all__]
PUBLIC = {name: found for name in NAMES if callable(found := pkgutil.resolve_name(name))}
NOT_OF_THE_PAPERS = {"ArgumentError", "Bootstrap", "Effect", "Estimate", "HarsanyiError", "LogProbability", "Logit",
                     "NetworkError", "NotConvergedWarning", "Output", "Performance", "Plan", "SampleInteractions",
                     "Study"}  # fmt: skip


def raises(public, error):
    """Whether calling it raises the error in its own lines."""
    named = "__post_init__" if dataclasses.is_dataclass(public) else "__init__"
    own = public if inspect.isfunction(public) else public.__dict__.get(named)
    return inspect.isfunction(own) and f"raise {error}(" in inspect.getsource(own)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_document_what_they_take(name):
    public = PUBLIC[name]
    assert public.__doc__
    text = inspect.getdoc(public)
    names = parameters(public)
    if names:
        assert "Args:" in text or "Attributes:" in text
        missing = [parameter for parameter in names if f"\n    {parameter}: " not in text]
        assert not missing
    if inspect.isfunction(public):
        assert "Returns:" in text
    if raises(public, "ArgumentError"):
        assert "Raises:" in text
    if name.startswith("harsanyi.analysis.") or name.count(".") == 1:  # what is computed, and the way there
        assert name.rpartition(".")[2] in NOT_OF_THE_PAPERS or "Source:" in text or "our definition" in text.lower()


@pytest.mark.parametrize("name", harsanyi.__all__)
def test_what_everyone_calls_shows_an_example(name):
    public = getattr(harsanyi, name)
    if inspect.isfunction(public):
        assert {"Returns:", "Raises:", "Example:"} <= {line.strip() for line in inspect.getdoc(public).splitlines()}
