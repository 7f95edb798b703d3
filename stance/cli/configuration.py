"""Settings from stance.toml and the environment: defaults of options, and limits of inputs.

The known settings are the options of the commands themselves, so a new option is a new setting. Those without a
variable, such as the ones that decide whether texts leave the machine, are flags only: a settings file may have come
with a download.
"""

import os
from collections.abc import Collection, Iterable, Mapping
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
        context.default_map = _default_map(context.command, settings, f"{file}")
    if not isinstance(limit_table, dict):
        raise ConfigError(f"{file}: {LIMITS} is {limit_table!r}; expected a table [{LIMITS}], as in SECURITY.md")
    limits = changed_limits(Limits(), limit_table.items(), f"{file}: [limits]")
    if text := os.environ.get(LIMITS_VARIABLE):
        limits = changed_limits(limits, parse_limits(text, LIMITS_VARIABLE), LIMITS_VARIABLE)
    context.with_resource(limits_in_force(limits))


def _default_map(group: Click, settings_of_file: Settings, file: str) -> Settings:
    """Check the environment, and return the defaults of all commands that a file gives."""
    from stance.options.definition import setting_of
    from stance.scoring import KEY_VARIABLE

    parts = {verb: getattr(option, "commands", {}) for verb, option in group.commands.items()}
    options: dict[str, list[Click]] = {
        verb: [option for part in (command, *parts[verb].values()) for option in part.params]
        for verb, command in group.commands.items()
    }
    every = [option for option in chain.from_iterable(options.values()) if option.param_type_name == "option"]
    check_environment(os.environ, {FILE_VARIABLE, KEY_VARIABLE, LIMITS_VARIABLE} | {option.envvar for option in every})
    settings = {
        verb: {setting_of(o.opts): o.name for o in verb_options if o.envvar} for verb, verb_options in options.items()
    }
    flags_only = {setting_of(option.opts) for option in every if not option.envvar}
    defaults = load_defaults(settings_of_file, file, settings, flags_only)
    repeatable = {option.name for option in every if option.multiple}
    for values in defaults.values():  # one value may be written without brackets
        single = {name: value for name, value in values.items() if name in repeatable and not isinstance(value, list)}
        values |= {name: [value] for name, value in single.items()}
    return {verb: verb_options | dict.fromkeys(parts[verb], verb_options) for verb, verb_options in defaults.items()}


def load_defaults(
    settings: Settings, file: str, options: Mapping[str, Mapping[str, str]], flags_only: Collection[str] = ()
) -> dict[str, Settings]:
    """Return the default values of options that a file gives.

    A key at the top holds for every verb that has such an option; a key in the table of a verb holds for that verb.

    :param settings: The content of the file.
    :param options: The options of each verb that it may set: name as a setting -> name as a parameter.
    :param flags_only: Names of options that it may not set.
    :return: What each verb's options default to.
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
    for verb, names in options.items():
        of_verb = shared | checked(settings.get(verb, {}), names, f"{file}: [{verb}]")
        defaults[verb] = {names[key]: value for key, value in of_verb.items() if key in names}
    return defaults


def check_environment(environment: Iterable[str], variables: Collection[str | None]) -> None:
    """Refuse a misspelt setting of the environment.

    :param environment: Names of all environment variables.
    :param variables: Those that are settings.
    :raises ConfigError: If a name starts like a setting and is none.
    """
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in variables:
            raise ConfigError(f"environment: unknown setting {name}; {hint(name, sorted(filter(None, variables)))}")


def say_if_of_file(error: typer.BadParameter) -> None:
    """End the run with a line naming the settings file and key if the wrong value came from there."""
    from stance.options.definition import setting_of

    option: Click = error.param
    if error.ctx and option and getattr(error.ctx.get_parameter_source(option.name), "name", None) == "DEFAULT_MAP":
        say(f"{error.ctx.find_root().params['config'] or FILE}: {setting_of(option.opts)}: {error.message}")
        fail(WRONG_USAGE)
