"""The commands about settings: init writes stance.toml with every setting commented out, limits lists input limits."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any

import typer

from stance.cli.command import LIMIT, AsJson, command
from stance.cli.configuration import FLAGS_ONLY, verb_options
from stance.cli.running import show_json
from stance.exceptions import ConfigError
from stance.run import setting_of

NO_SETTINGS = ("init", "limits")
"""Commands without settings of their own; [limits] holds the limits of inputs instead."""

HEAD = """\
# Settings of stance. Remove the # before a name to set it; values shown are the defaults, unless they are examples.
# This file is read from the folder in which stance runs, or given by --config. Environment variables (STANCE_<NAME>)
# go before it, and flags before both.
"""

Setting = tuple[str | None, str, str]
"""Heading, name, and lines."""


@command
def init(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")] = Path(
        "stance.toml"
    ),
) -> None:
    """Write a stance.toml with every setting, commented out, and its help."""
    from stance.records import write_text

    if output.exists() or output.is_symlink():
        raise ConfigError(f"{output}: exists already; expected a new file, by -o FILE")
    write_text(settings_file(context.find_root().command), output)
    print(output)


def settings_file(group: Any) -> Iterator[str]:
    """Yield the parts of a settings file in which every setting is commented out."""
    left_out = (*FLAGS_ONLY, setting_of([LIMIT]))
    verbs = {
        verb: {setting_of(each.opts): each for each in options if setting_of(each.opts) not in left_out}
        for verb, options in verb_options(group).items()
        if verb not in NO_SETTINGS
    }
    shared = list(_shared(verbs))
    texts = {lines for _, _, lines in shared}
    yield HEAD
    for heading, settings in groupby(sorted(shared, key=lambda each: each[0] or ""), key=lambda each: each[0]):
        yield f"\n# {heading or 'Every command that has the option'}\n"
        yield from (lines for _, _, lines in settings)
    for verb, options in verbs.items():
        own = [lines for name, option in options.items() if (lines := _lines(name, option)) not in texts]
        yield "".join((f"\n[{verb}]\n", *own)) if own else ""
    yield "\n[limits]\n"
    yield from _limits()


def _shared(verbs: dict[str, dict[str, Any]]) -> Iterator[Setting]:
    """Yield settings that several commands share, with one meaning and default.

    One that is named like a command can be set in the tables of commands only.
    """
    for name in dict.fromkeys(name for options in verbs.values() for name in options if name not in verbs):
        having = [options[name] for options in verbs.values() if name in options]
        set_everywhere = [option for option in having if option.envvar]
        if len(having) > 1 and len({_lines(name, option) for option in set_everywhere}) == 1:
            yield set_everywhere[0].rich_help_panel, name, _lines(name, set_everywhere[0])


def _lines(name: str, option: Any) -> str:
    """Return the lines of a setting: its help, and its default or an example."""
    text = " ".join((option.help or "").split())
    if option.default is None:
        example = re.search(r"e\.g\. (\S+?)[.,;)]*(?:\s|$)", text)
        given: Any = example[1] if example else _placeholder(option)
        value, note = json.dumps([given] if option.multiple else given), "  # an example; not set by default"
    else:
        value, note = json.dumps(option.default, default=str), ""  # TOML writes strings, numbers and lists as JSON does
    return "".join(f"# {line}\n" for line in wrap(text, 110)) + f"#{name} = {value}{note}\n"


def _placeholder(option: Any) -> Any:
    """Return a value of the type of an option that has no default and no example."""
    described: Any = getattr(option, "type_descriptor", None) or option.type  # Typer before 0.28 has types of click
    kind = getattr(described, "annotation", None)
    words = str(kind.__name__ if isinstance(kind, type) else getattr(described, "name", "text")).lower().split()
    examples = {"int": getattr(option, "min", None) or 1, "float": 0.5, "bool": True, "boolean": True, "path": "PATH"}
    return examples.get(words[0], option.metavar or "NAME")


def _limits() -> Iterator[str]:
    from stance.limits import Limits, reason_of

    for each in fields(Limits):
        yield f"# {reason_of(each.name)}\n#{each.name} = {each.default}\n"


@command
def limits(as_json: AsJson = False) -> None:
    """List the input limits in force, with reasons; --limit changes them."""
    from stance.limits import current_limits, reason_of

    in_force = current_limits()
    found = [(each.name, int(getattr(in_force, each.name)), reason_of(each.name)) for each in fields(in_force)]
    if as_json:
        show_json({name: value for name, value, _ in found})
        return
    for name, value, reason in found:
        print(f"{name:17} {value:>14,}  {reason}")
