"""Read settings from ``stance.toml`` and the environment; flags of the command line go before both.

The known settings are the options of the commands themselves, so a new option is a new setting. Those without a
variable, such as the ones that decide whether texts leave the machine, are flags only: a settings file may have come
with a download.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from pathlib import Path

from stance.datamodels import Record
from stance.exceptions import ConfigError, hint
from stance.limits import Limits, changed_limits, limits_in_force, parse_limits
from stance.resources import read_toml
from stance.run import Value, setting_of

FILE = Path("stance.toml")
PREFIX, FILE_VARIABLE, LIMITS_VARIABLE = "STANCE_", "STANCE_CONFIG", "STANCE_LIMITS"

LIMITS = "limits"
"""Name of the table of input limits, which belong to no single command."""

_EXPECTED = "settings such as model = 'default'"


def read_settings(context: Value, config: Path | None) -> None:
    """Read the settings file and the environment into the defaults of all commands, and put limits in force.

    Their modules are imported only if there is anything to check against their options.
    """
    file = config or (FILE if FILE.is_file() else None)
    if file or any(name.startswith(PREFIX) for name in {*os.environ} - {FILE_VARIABLE, LIMITS_VARIABLE}):
        context.default_map = _default_map(context.command, file)
    limits = changed_limits(Limits(), load_limits(file).items(), f"{file}: [limits]") if file else Limits()
    if text := os.environ.get(LIMITS_VARIABLE):
        limits = changed_limits(limits, parse_limits(text, LIMITS_VARIABLE), LIMITS_VARIABLE)
    context.with_resource(limits_in_force(limits))


def _default_map(group: Value, file: Path | None) -> Record:
    """Check the environment, and read the defaults of all commands from a file."""
    from stance.scoring import KEY_VARIABLE

    parts = {verb: getattr(each, "commands", {}) for verb, each in group.commands.items()}
    options: dict[str, list[Value]] = {
        verb: [each for part in (command, *parts[verb].values()) for each in part.params]
        for verb, command in group.commands.items()
    }
    every = [each for each in chain.from_iterable(options.values()) if each.param_type_name == "option"]
    check_environment(os.environ, {FILE_VARIABLE, KEY_VARIABLE, LIMITS_VARIABLE} | {each.envvar for each in every})
    if not file:
        return {}
    settings = {verb: {setting_of(o.opts): o.name for o in own if o.envvar} for verb, own in options.items()}
    flags_only = {setting_of(each.opts) for each in every if not each.envvar}
    defaults = load_defaults(file, settings, flags_only)
    return {verb: own | dict.fromkeys(parts[verb], own) for verb, own in defaults.items()}


def load_defaults(
    path: Path, options: Mapping[str, Mapping[str, str]], flags_only: Collection[str] = ()
) -> dict[str, Record]:
    """Read default values of options from a TOML file.

    A key at the top holds for every verb that has such an option; a key in the table of a verb holds for that verb.

    :param path: The file.
    :param options: The options of each verb that it may set: name as a setting -> name as a parameter.
    :param flags_only: Names of options that it may not set.
    :return: What each verb's options default to.
    :raises ConfigError: If the file cannot be read, is not TOML, or holds a key that no verb knows.
    """
    settings = read_toml(path, _EXPECTED)
    settings.pop(LIMITS, None)

    def checked(given: Mapping[str, object], known: Iterable[str], where: str) -> Record:
        found = {key.replace("-", "_"): key for key in given}
        for name, key in found.items():
            if name not in known:
                meant = hint(name, sorted(known))
                wrong = f"{key!r} is a flag only; expected it with the command"
                raise ConfigError(f"{where}: {wrong if name in flags_only else f'unknown key {key!r}; {meant}'}")
        return {name: given[key] for name, key in found.items()}

    shared = {key: value for key, value in settings.items() if key not in options}
    shared = checked(shared, set().union(*options.values(), options), f"{path}")
    defaults: dict[str, Record] = {}
    for verb, names in options.items():
        own = settings.get(verb, {})
        if not isinstance(own, dict):
            raise ConfigError(f"{path}: {verb} is {own!r}; expected a table [{verb}] of its options")
        merged = shared | checked(own, names, f"{path}: [{verb}]")
        defaults[verb] = {names[key]: value for key, value in merged.items() if key in names}
    return defaults


def load_limits(path: Path) -> Record:
    """Read the table of limits of a file of settings; the limits themselves are not checked.

    :raises ConfigError: If the file cannot be read, or has something else by that name.
    """
    limits = read_toml(path, _EXPECTED).get(LIMITS, {})
    if not isinstance(limits, dict):
        raise ConfigError(f"{path}: {LIMITS} is {limits!r}; expected a table [{LIMITS}], as in SECURITY.md")
    return limits


def check_environment(environment: Iterable[str], known: Collection[str | None]) -> None:
    """Refuse a misspelt setting of the environment.

    :param environment: Names of all environment variables.
    :param known: Those that are settings.
    :raises ConfigError: If a name starts like a setting and is none.
    """
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            raise ConfigError(f"environment: unknown setting {name}; {hint(name, sorted(filter(None, known)))}")
