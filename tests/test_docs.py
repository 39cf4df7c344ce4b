"""The README and the pages of the documentation run as they stand, and their links and commands hold."""

import doctest
import re
import shlex
import warnings
from dataclasses import dataclass
from html import unescape
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(ROOT)): path for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]}
FENCED = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n)?^(?P<fence>```+)(?P<kind>\w*)\n(?P<text>.*?)^(?P=fence)$", re.M | re.S
)
NEEDS = {"transformers": ["transformers"], "lightning": ["lightning"], "Trainer": ["accelerate"], "captum": ["captum"],
         "shapiq": ["shapiq"]}  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text and the comment above it."""

    kind: str
    text: str
    mark: str

    @property
    def runs(self):
        return (self.kind == "python" and not self.mark.startswith("not run: ")) or self.mark == "run"

    @property
    def commands(self):
        """Arguments of each `harsanyi …` in a block of shell commands."""
        if self.kind not in ("sh", ""):
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        return [words[1:] for line in lines if (words := shlex.split(line, comments=True))[:1] == ["harsanyi"]]


def blocks(page):
    text = PAGES[page].read_text(encoding="utf-8")
    return [Block(found["kind"], found["text"], found["mark"] or "") for found in FENCED.finditer(text)]


def command_group():
    import typer

    from harsanyi.cli import app

    return typer.main.get_command(app)


# Blocks ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The studies that `harsanyi demo` leaves, with as little in them as their questions need."""
    from harsanyi import Study
    from harsanyi.training import TrainingPlan, read_factor_plan, train_baselines, train_factors

    out = tmp_path_factory.mktemp("harsanyi-demo")
    training, pairs, few = out / "training", out / "pairs", {"recipe": {"epochs": 2, "checkpoints": [0, 1, 2]}}
    plan = TrainingPlan.from_mapping({"named": "digits", **few})
    plan.run(training, progress=False)
    train_baselines(plan, training / "baselines", progress=False)
    changes = {"factors": ["nothing", "low"], "pairs": 2, "training.recipe.epochs": 1}
    train_factors(read_factor_plan("digits-mlp", changes), pairs, progress=False)
    asked = {"samples": {"split": "test"}, "limit": 10, "players": {"protocol": "digits", "n": 4}}
    networks = {"cnn": str(training)}
    again = {"checkpoints": str(training / "baselines" / "again-0"), "role": "ceiling"}
    plans = {
        "study": {"networks": networks, "baselines": str(training / "baselines"), **asked,
                  "samples": {"split": ["test", "train", "mislabelled"]}, "limit": 30},
        "layers": {"networks": {**networks, "again-0": again}, **asked,
                   "layers": {"names": ["7", "9"], "weight_decays": [0.1]}},
        "factors": {"factors": str(pairs), **asked},
    }  # fmt: skip
    for name, each in plans.items():
        Study(out / name, each).run(progress=False)
    return out


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.runs for block in blocks(page))])
def test_the_blocks_of_a_page_run_in_order(page, tmp_path, monkeypatch, request):
    from typer.testing import CliRunner

    from harsanyi.cli import app

    chosen = [block for block in blocks(page) if block.runs]
    for module in {name for word, names in NEEDS.items() for name in names if any(word in b.text for b in chosen)}:
        pytest.importorskip(module)
    if any("harsanyi-demo/" in block.text for block in chosen if block.kind == "python"):
        (tmp_path / "harsanyi-demo").symlink_to(request.getfixturevalue("demo"))
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # other packages warn of what they like
        for block in chosen:
            if block.kind == "python":
                exec(compile(block.text, page, "exec"), names)
            for arguments in block.commands:
                told = CliRunner().invoke(app, arguments)
                assert told.exit_code == 0, (arguments, told.output, told.exception)


@pytest.mark.parametrize("page", PAGES)
def test_python_that_is_not_run_compiles_and_says_why(page):
    for block in blocks(page):
        if block.kind == "python" and not block.runs:
            assert len(block.mark.removeprefix("not run: ")) > 10
            compile(block.text, page, "exec")


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.commands for block in blocks(page))])
def test_commands_are_those_of_the_command_line(page):
    group = command_group()
    for arguments in (words for block in blocks(page) for words in block.commands):
        name, *rest = arguments
        if not name.startswith("-"):
            assert name in group.commands
            group.commands[name].make_context(name, rest)  # refuses unknown options and values of another type


def test_a_misspelt_option_would_be_found():
    with pytest.raises(Exception, match="No such option: --netwrk"):
        command_group().commands["explain"].make_context("explain", ["--netwrk", "a"])


@pytest.mark.parametrize("page", PAGES)
def test_yaml_is_a_plan(page):
    """Of a training, of pairs, of a study, or players."""
    from harsanyi.loading.players import players_from
    from harsanyi.study import Plan
    from harsanyi.training import FactorPlan, TrainingPlan

    for values in (yaml.safe_load(block.text) for block in blocks(page) if block.kind == "yaml"):
        if "training" in values:
            assert FactorPlan.from_mapping(values).pairs
        elif "networks" in values or "factors" in values:
            assert Plan.from_mapping(values).players
        elif "kind" in values:
            assert players_from(values)
        else:  # the device of the page need not be there
            recipe = {**values.get("recipe", {}), "device": "cpu"}
            assert TrainingPlan.from_mapping({**values, "recipe": recipe}).recipe.epochs


# Links ----------------------------------------------------------------------------------------------------------------


def anchors(path):
    """Names of the places in a page: its headings, and the names that the reference documents."""
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    heads = [re.sub(r"[`*]|\{.*\}", "", head) for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    own = re.findall(r"\{#([\w.-]+)\}", text) + re.findall(r"^::: ([\w.]+)$", text, re.MULTILINE)
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", unescape(head)).strip().lower()) for head in heads} | {*own}


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_are_there(page):
    path = PAGES[page]
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), target
        assert DOCS not in path.parents or DOCS in there.parents, f"{target} is not part of the site"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), target


def test_pictures_are_small_and_all_are_shown():
    shown = "\n".join(path.read_text(encoding="utf-8") for path in PAGES.values())
    pictures = [*(DOCS / "pictures").glob("*"), *(DOCS / "images").glob("*")]
    assert pictures
    assert all(f"{path.parent.name}/{path.name}" in shown for path in pictures)
    assert sum(path.stat().st_size for path in (DOCS / "pictures").glob("*")) < 1.5e6
    drawn = re.findall(r'yield "([\w-]+)"', (DOCS / "pictures.py").read_text(encoding="utf-8"))
    assert sorted(drawn) == sorted(path.stem for path in (DOCS / "pictures").glob("*.png"))


def test_every_page_can_be_found():
    listed = re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(str(path.relative_to(DOCS)) for path in PAGES.values() if DOCS in path.parents)


# The reference --------------------------------------------------------------------------------------------------------


def test_the_reference_has_every_public_name_once():
    told = re.findall(r"^::: ([\w.]+)$", "\n".join(p.read_text() for p in (DOCS / "api").glob("*.md")), re.MULTILINE)
    assert len(told) == len(set(told))
    modules = [
        "harsanyi",
        *(f"harsanyi.{part}" for part in ("analysis", "claims", "monitor", "plots", "study", "training", "zoo")),
    ]
    homes = {name: module for module in reversed(modules) for name in import_module(module).__all__}
    for module in modules:
        for name in import_module(module).__all__:
            assert {f"{module}.{name}", f"{homes[name]}.{name}"} & {*told}, f"{module}.{name}"


def script(name):
    """One of the modules that help to build the site."""
    found = spec_from_file_location(name, DOCS / f"{name}.py")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_reference_of_the_command_line_has_every_option():
    hook = script("command_line")
    sections = re.split(
        r"^## harsanyi ", hook.on_page_markdown((DOCS / "command-line.md").read_text()), flags=re.MULTILINE
    )
    told = {section.split("\n", 1)[0]: section for section in sections[1:]}
    group = command_group()
    assert list(told) == list(group.commands)
    for name, command in group.commands.items():
        for option in (word for each in command.params for word in each.opts if word.startswith("--")):
            assert f"`{option}`" in told[name], (name, option)
    assert hook.on_page_markdown("another page") == "another page"


def test_docstrings_are_shown_with_their_examples_as_code():
    pytest.importorskip("griffe")
    assert doctest.testmod(script("docstrings")) == (0, 1)


def test_the_site_is_built_without_a_warning(tmp_path, monkeypatch):
    pytest.importorskip("material")
    pytest.importorskip("mkdocstrings_handlers.python")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mkdocs.commands.build import build
        from mkdocs.config import load_config

        build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(tmp_path / "site")))
    pages = {path.relative_to(tmp_path / "site"): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")}
    assert len(pages) > len(PAGES) - 2
    asked = re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=[\"']?https?://")
    assert not [page for page, text in pages.items() if asked.search(text)]  # nothing is asked of the network
    commands = pages[Path("command-line.html")]
    assert all(f"harsanyi {name}" in commands for name in command_group().commands)
