"""The command line reference, written from the commands themselves where a page has the marker."""

from __future__ import annotations

from typing import Any

MARKER = "<!-- every command, written from its own help -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """What mkdocs calls for every page."""
    return markdown.replace(MARKER, reference()) if MARKER in markdown else markdown


def reference() -> str:
    """Markdown of every command: what it does, how it is called, its options."""
    import typer

    from harsanyi.cli import app

    group: Any = typer.main.get_command(app)
    return "\n\n".join(_command(name, command) for name, command in group.commands.items())


def _command(name: str, command: Any) -> str:
    arguments = [each for each in command.params if not _dashed(each)]
    called = [each.name.upper() if each.required else f"[{each.name.upper()}]" for each in arguments]
    rows = "\n".join(_row(each) for each in command.params)
    usage = " ".join(["harsanyi", name, *called, "[OPTIONS]"])
    return f"## harsanyi {name}\n\n{command.help}\n\n```\n{usage}\n```\n\n| option | what it says |\n|---|---|\n{rows}"


def _row(parameter: Any) -> str:
    names = parameter.opts + parameter.secondary_opts if _dashed(parameter) else [parameter.name.upper()]
    shown = ", ".join(f"`{name}`" for name in names)
    return f"| {shown} | {_cell(parameter.help)}{_value(parameter)} |"


def _value(parameter: Any) -> str:
    if parameter.required:
        return " *Required.*"
    default = parameter.default
    known = default is None or default is False or "Default:" in parameter.help
    return "" if known else f" Default: `{'yes' if default is True else default}`."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def _dashed(parameter: Any) -> bool:
    return str(parameter.opts[0]).startswith("-")
