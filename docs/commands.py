"""Write the reference of commands from the commands themselves: a page for each, and a table of all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from stance.cli.verbs import VERBS, load_command

PLAIN = "Options"
"""Heading of options without a panel."""


class Commands(SphinxDirective):
    """Insert a table of the commands."""

    def run(self) -> list[Node]:
        """Return the table."""
        rows = [f"| [`stance {verb}`](commands/{verb}.md) | {summary(each)} |" for verb, each in commands().items()]
        return list(self.parse_text_to_nodes("\n".join(["| command | does |", "|---|---|", *rows])))


def commands() -> dict[str, Any]:
    """Return the commands by name."""
    return {verb: load_command(verb) for verb in VERBS}


def summary(command: Any) -> str:
    """Return the help text of a command in one line."""
    return " ".join((command.help or "").split())


def write_pages(application: Sphinx) -> None:
    """Write the page of each command beside the other sources; git ignores them."""
    folder = Path(application.srcdir) / "docs" / "commands"
    folder.mkdir(exist_ok=True)
    for verb, command in commands().items():
        (folder / f"{verb}.md").write_text("\n".join(reference({verb: command}, "stance")), encoding="utf-8")


def reference(commands: dict[str, Any], name: str, level: int = 1) -> Iterator[str]:
    """Yield the lines of the reference of commands, as Markdown."""
    for verb, command in commands.items():
        path = f"{name} {verb}"
        yield f"{'#' * level} `{path}`\n"
        yield f"{summary(command)}\n"
        parts = getattr(command, "commands", {})
        usage = [each for each in command.params if each.param_type_name == "argument"]
        words = " ".join(each.metavar or each.name.upper() for each in usage)
        yield f"```text\n{path} [OPTIONS] {'COMMAND' if parts else words}".rstrip() + "\n```\n"
        yield from tables(command.params)
        if command.epilog:
            yield f"```sh\n{command.epilog.splitlines()[0].removeprefix('Example: ')}\n```\n"
        if parts:
            yield from reference(parts, path, level + 1)


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


def leave_out(application: Sphinx, _: Any) -> None:
    """Keep further pages out of the list of pages, and the changelog and notes of research out of the search."""
    name = application.env.docname
    if not name.startswith(("docs/", "SECURITY", "CONTRIBUTING")) or name.startswith("docs/commands/"):
        application.env.metadata[name]["orphan"] = True
    if name == "CHANGELOG" or name.startswith("research/"):
        application.env.metadata[name]["nosearch"] = True


def setup(application: Sphinx) -> dict[str, Any]:
    """Register the directive and the pages, and leave pages out of the search."""
    application.add_directive("commands", Commands)
    application.connect("builder-inited", write_pages)
    application.connect("doctree-read", leave_out)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
