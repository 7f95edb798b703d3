"""Write the reference of commands from the commands themselves: the directive ``{commands}``."""

from collections.abc import Iterator
from typing import Any

import typer
from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from stance.cli import app

PLAIN = "Options"
"""Heading of options without a panel."""


class Commands(SphinxDirective):
    """Insert a section for each command."""

    def run(self) -> list[Node]:
        """Return the sections."""
        text = "\n".join(reference(typer.main.get_command(app), "stance"))
        return list(self.parse_text_to_nodes(text, allow_section_headings=True))


def reference(group: Any, name: str, level: int = 2) -> Iterator[str]:
    """Yield the lines of the reference of a group of commands, as Markdown."""
    for verb, command in group.commands.items():
        path = f"{name} {verb}"
        yield f"{'#' * level} `{path}`\n"
        yield f"{' '.join((command.help or '').split())}\n"
        parts = getattr(command, "commands", {})
        usage = [each for each in command.params if each.param_type_name == "argument"]
        words = " ".join(each.metavar or each.name.upper() for each in usage)
        yield f"```text\n{path} [OPTIONS] {'COMMAND' if parts else words}".rstrip() + "\n```\n"
        yield from tables(command.params)
        if command.epilog:
            yield f"```sh\n{command.epilog.removeprefix('Example: ')}\n```\n"
        if parts:
            yield from reference(command, path, level + 1)


def tables(parameters: list[Any]) -> Iterator[str]:
    """Yield a table of arguments, and one of the options of each panel."""
    panels: dict[str, list[Any]] = {}
    for each in parameters:
        is_argument = each.param_type_name == "argument"
        panels.setdefault("Arguments" if is_argument else each.rich_help_panel or PLAIN, []).append(each)
    for panel, members in panels.items():
        yield f"| {panel} | | default |\n|---|---|---|"
        yield from (row(each) for each in members)
        yield ""


def row(parameter: Any) -> str:
    """Return the row of an argument or option."""
    is_argument = parameter.param_type_name == "argument"
    names = [parameter.metavar or parameter.name.upper()] if is_argument else parameter.opts
    default = "" if parameter.default in (None, False, ()) else f"`{parameter.default}`"
    text = " ".join((parameter.help or "").split()).replace("|", "\\|")
    return f"| {', '.join(f'`{name}`' for name in names)} | {text} | {default} |"


def setup(application: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    application.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
