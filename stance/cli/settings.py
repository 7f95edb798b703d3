"""Settings from ``stance.toml`` and the environment, below the flags of the command line; the commands init, limits.

The known settings are the options of the commands themselves, so a new option is a new setting.
"""

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any

import typer

from stance.cli.common import LIMIT, AsJson, command, flag, show_json
from stance.exceptions import ConfigError, hint
from stance.limits import Limits, changed_limits, current_limits, limits_in_force, parse_limits, reason_of
from stance.resources import read_toml
from stance.run import setting_of

FILE = Path("stance.toml")
PREFIX, FILE_VARIABLE, LIMITS_VARIABLE = "STANCE_", "STANCE_CONFIG", "STANCE_LIMITS"

LIMITS = "limits"
"""Name of the table of input limits, which belong to no single command."""

FLAGS_ONLY = ("url", "plain_http", "master")
"""Options that decide whether texts leave the machine: a settings file, which may have come with a download, cannot."""

_EXPECTED = "settings such as model = 'default'"

Defaults = dict[str, dict[str, Any]]
"""verb -> option -> value"""


def read_settings(context: Any, config: Path | None) -> None:
    """Read the settings file and the environment into the defaults of all commands, and put limits in force.

    Their modules are imported only if there is anything to check against their options.
    """
    file = config or (FILE if FILE.is_file() else None)
    if file or any(name.startswith(PREFIX) for name in {*os.environ} - {FILE_VARIABLE, LIMITS_VARIABLE}):
        context.default_map = _default_map(context.command, file)
    context.with_resource(limits_in_force(_limits(file)))


def _default_map(group: Any, file: Path | None) -> dict[str, Any]:
    """Check the environment, and read the defaults of all commands from a file."""
    from stance.scoring.plugins import KEY_VARIABLE

    verbs = verb_options(group)
    variables = [option.envvar for options in verbs.values() for option in options if option.envvar]
    check_environment(os.environ, [*variables, FILE_VARIABLE, KEY_VARIABLE, LIMITS_VARIABLE])
    settings = {verb: {setting_of(each.opts): each.name for each in options} for verb, options in verbs.items()}
    defaults = load_defaults(file, settings, options_apart(verbs)) if file else {}
    return {verb: own | dict.fromkeys(parts(group.commands[verb]), own) for verb, own in defaults.items()}


def verb_options(group: Any) -> dict[str, list[Any]]:
    """Return the options of each command; of a command group, those of its subcommands too."""
    every = {verb: (each, *parts(each).values()) for verb, each in group.commands.items()}
    params = {verb: [each for part in parts for each in part.params] for verb, parts in every.items()}
    return {verb: [each for each in found if each.param_type_name == "option"] for verb, found in params.items()}


def parts(verb: Any) -> dict[str, Any]:
    """Return the subcommands of a command; empty if it has none."""
    return dict(getattr(verb, "commands", {}))


def options_apart(verbs: dict[str, list[Any]]) -> dict[str, set[str]]:
    """Find the options of each command that share the name of a setting but are not set by it (``sample --by``)."""
    settings = {setting_of(option.opts) for options in verbs.values() for option in options if option.envvar}
    own = {verb: {setting_of(option.opts) for option in options if option.envvar} for verb, options in verbs.items()}
    return {verb: settings & {setting_of(o.opts) for o in options} - own[verb] for verb, options in verbs.items()}


def _limits(file: Path | None) -> Limits:
    """Return the limits that the settings file and the environment set."""
    found = changed_limits(Limits(), load_limits(file).items(), f"{file}: [limits]") if file else Limits()
    if text := os.environ.get(LIMITS_VARIABLE):
        found = changed_limits(found, parse_limits(text, LIMITS_VARIABLE), LIMITS_VARIABLE)
    return found


def load_defaults(
    path: Path, options: Mapping[str, Mapping[str, str]], apart: Mapping[str, Collection[str]] | None = None
) -> Defaults:
    """Read default values of options from a TOML file.

    A key at the top holds for every verb that has such an option; a key in the table of a verb holds for that verb.

    :param path: The file.
    :param options: The options of each verb: name as a setting -> name as a parameter.
    :param apart: Options of each verb that mean something else than their namesakes: set by the verb's own table alone.
    :return: What each verb's options default to.
    :raises ConfigError: If the file cannot be read, is not TOML, or holds a key that no verb knows.
    """
    settings = read_toml(path, _EXPECTED)
    settings.pop(LIMITS, None)
    known = {verb: set(names) for verb, names in options.items()}
    everywhere = {key: value for key, value in settings.items() if key not in known}
    _require(everywhere, set().union(*known.values(), known), str(path))
    defaults: Defaults = {}
    for verb, names in options.items():
        own = settings.get(verb, {})
        if not isinstance(own, dict):
            raise ConfigError(f"{path}: {verb} is {own!r}; expected a table [{verb}] of its options")
        _require(own, known[verb], f"{path}: [{verb}]")
        left_out = (apart or {}).get(verb, ())
        shared = {key: value for key, value in everywhere.items() if _option(key) not in left_out}
        merged = {_option(key): value for key, value in (shared | own).items()}
        defaults[verb] = {names[key]: value for key, value in merged.items() if key in names}
    return defaults


def load_limits(path: Path) -> dict[str, Any]:
    """Read the table of limits of a file of settings; the limits themselves are not checked.

    :raises ConfigError: If the file cannot be read, or has something else by that name.
    """
    limits = read_toml(path, _EXPECTED).get(LIMITS, {})
    if not isinstance(limits, dict):
        raise ConfigError(f"{path}: {LIMITS} is {limits!r}; expected a table [{LIMITS}], as stance limits lists them")
    return limits


def check_environment(environment: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a misspelt setting of the environment.

    :param environment: Names of all environment variables.
    :param known: Those that are settings.
    :raises ConfigError: If a name starts like a setting and is none.
    """
    names = set(known)
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in names:
            raise ConfigError(f"environment: unknown setting {name}; {hint(name, sorted(names))}")


def _require(settings: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in settings:
        if _option(key) in FLAGS_ONLY:
            raise ConfigError(f"{where}: {key!r} cannot stand in a file; expected it as a flag of the command")
        if _option(key) not in known:
            raise ConfigError(f"{where}: unknown key {key!r}; {hint(_option(key), sorted(known))}")


def _option(key: str) -> str:
    """Read ``key-file`` as the option ``key_file``."""
    return key.replace("-", "_")


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
    output: Annotated[Path, flag("--output -o", "File to write.", metavar="FILE")] = Path("stance.toml"),
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
    yield from _limit_lines()


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


def _limit_lines() -> Iterator[str]:
    for each in fields(Limits):
        yield f"# {reason_of(each.name)}\n#{each.name} = {each.default}\n"


@command
def limits(as_json: AsJson = False) -> None:
    """List the input limits in force, with reasons; --limit changes them."""
    in_force = current_limits()
    found = [(each.name, int(getattr(in_force, each.name)), reason_of(each.name)) for each in fields(in_force)]
    if as_json:
        show_json({name: value for name, value, _ in found})
        return
    for name, value, reason in found:
        print(f"{name:17} {value:>14,}  {reason}")
