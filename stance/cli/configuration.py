"""Settings from stance.toml and the environment: defaults of options, and limits of inputs.

The known settings are the options of the commands themselves, so a new option is a new setting. Those without a
variable, such as the ones that decide whether texts leave the machine, are flags only: a settings file may have come
with a download.
"""

import os
from collections.abc import Collection, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import typer

from stance.cli.messages import WRONG_USAGE, fail, say
from stance.exceptions import ConfigError, hint
from stance.limits import Limits, changed_limits, limits_in_force, parse_limits
from stance.resources.toml import read_toml

Click = Any
"""A context, command or parameter of Click, whose classes Typer does not export."""

FILE = Path("stance.toml")

PREFIX, FILE_VARIABLE, LIMITS_VARIABLE = "STANCE_", "STANCE_CONFIG", "STANCE_LIMITS"

LIMITS = "limits"
"""Name of the table of input limits, which belong to no single command."""

Settings = dict[str, Click]


def read_settings(context: Click, config: Path | None) -> None:
    """Read the settings file and the environment into the defaults of all commands, and put limits in force.

    Their modules are imported only if there is anything to check against their options.
    """
    file = config or (FILE if FILE.is_file() else None)
    settings = read_toml(file, "settings such as model = 'default'") if file else {}
    limit_table = settings.pop(LIMITS, {})
    if settings or any(name.startswith(PREFIX) for name in {*os.environ} - {FILE_VARIABLE, LIMITS_VARIABLE}):
        context.default_map = _default_map(context, settings, f"{file}")
    if not isinstance(limit_table, dict):
        raise ConfigError(f"{file}: {LIMITS} is {limit_table!r}; expected a table [{LIMITS}], as in SECURITY.md")
    limits = changed_limits(Limits(), limit_table.items(), f"{file}: [limits]")
    if text := os.environ.get(LIMITS_VARIABLE):
        limits = changed_limits(limits, parse_limits(text, LIMITS_VARIABLE), LIMITS_VARIABLE)
    context.with_resource(limits_in_force(limits))


def _default_map(context: Click, settings: Settings, file: str) -> Settings:
    """Check the environment, and return the defaults of all commands that a file gives."""
    from stance.options.definition import setting_of
    from stance.scoring import KEY_VARIABLE

    commands = {verb: context.command.get_command(context, verb) for verb in context.command.commands}
    parts: dict[str, Mapping[str, Click]] = {verb: getattr(commands[verb], "commands", {}) for verb in commands}
    options: dict[str, Settings] = {verb: {} for verb in commands}
    flags_only = set[str]()
    variables = {FILE_VARIABLE, KEY_VARIABLE, LIMITS_VARIABLE}
    for verb, command in commands.items():
        for option in chain(command.params, *(part.params for part in parts[verb].values())):
            if option.envvar:
                options[verb][setting_of(option.opts)] = option
                variables.add(option.envvar)
            elif option.param_type_name == "option":
                flags_only.add(setting_of(option.opts))
    for name in sorted({*os.environ} - variables):
        if name.startswith(PREFIX):
            raise ConfigError(f"environment: unknown setting {name}; {hint(name, sorted(variables))}")
    defaults = _defaults(settings, file, options, flags_only)
    return {verb: values | dict.fromkeys(parts[verb], values) for verb, values in defaults.items()}


def _defaults(
    settings: Settings, file: str, options: Mapping[str, Settings], flags_only: Collection[str]
) -> dict[str, Settings]:
    """Return the default values of options that a file gives.

    A key at the top holds for every verb that has such an option; a key in the table of a verb holds for that verb.

    :param settings: The content of the file.
    :param options: The options of each verb that it may set, by their names as settings.
    :param flags_only: Names of options that it may not set.
    :raises ConfigError: If it holds a key that no verb knows.
    """

    def checked(table: object, names: Collection[str], where: str) -> Settings:
        if not isinstance(table, dict):
            raise ConfigError(f"{where} is {table!r}; expected a table of options")
        keys = {key.replace("-", "_"): key for key in table}
        for name, key in keys.items():
            if name not in names:
                meant = hint(name, sorted(names))
                wrong = f"{key!r} cannot be set here; expected it as an option of the command"
                raise ConfigError(f"{where}: {wrong if name in flags_only else f'unknown key {key!r}; {meant}'}")
        return {name: table[key] for name, key in keys.items()}

    top = {key: value for key, value in settings.items() if key not in options}
    shared, defaults = checked(top, {*chain(*options.values()), *options}, file), dict[str, Settings]()
    for verb, settable in options.items():
        of_verb = shared | checked(settings.get(verb, {}), settable, f"{file}: [{verb}]")
        defaults[verb] = {}
        for key in of_verb.keys() & settable:  # one value of several may be written without brackets
            value, option = of_verb[key], settable[key]
            defaults[verb][option.name] = [value] if option.multiple and not isinstance(value, list) else value
    return defaults


def say_if_of_file(error: typer.BadParameter) -> None:
    """End the run with a line naming the settings file and key if the wrong value came from there."""
    from stance.options.definition import setting_of

    option: Click = error.param
    if error.ctx and option and getattr(error.ctx.get_parameter_source(option.name), "name", None) == "DEFAULT_MAP":
        say(f"{error.ctx.find_root().params['config'] or FILE}: {setting_of(option.opts)}: {error.message}")
        fail(WRONG_USAGE)
