"""Read settings from ``stance.toml`` and the environment; flags of the command line go before both.

The known settings are the options of the commands themselves, so a new option is a new setting.
"""

import os
from collections.abc import Collection, Iterable, Mapping
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

FLAGS_ONLY = ("url", "plain_http", "master")
"""Options that decide whether texts leave the machine: a settings file, which may have come with a download, cannot."""

_EXPECTED = "settings such as model = 'default'"

Defaults = dict[str, Record]
"""verb -> option -> value"""


def read_settings(context: Value, config: Path | None) -> None:
    """Read the settings file and the environment into the defaults of all commands, and put limits in force.

    Their modules are imported only if there is anything to check against their options.
    """
    file = config or (FILE if FILE.is_file() else None)
    if file or any(name.startswith(PREFIX) for name in {*os.environ} - {FILE_VARIABLE, LIMITS_VARIABLE}):
        context.default_map = _default_map(context.command, file)
    context.with_resource(limits_in_force(_limits(file)))


def _default_map(group: Value, file: Path | None) -> Record:
    """Check the environment, and read the defaults of all commands from a file."""
    from stance.scoring.plugins import KEY_VARIABLE

    verbs = verb_options(group)
    variables = [option.envvar for options in verbs.values() for option in options if option.envvar]
    check_environment(os.environ, [*variables, FILE_VARIABLE, KEY_VARIABLE, LIMITS_VARIABLE])
    settings = {verb: {setting_of(each.opts): each.name for each in options} for verb, options in verbs.items()}
    defaults = load_defaults(file, settings, options_apart(verbs)) if file else {}
    return {verb: own | dict.fromkeys(parts(group.commands[verb]), own) for verb, own in defaults.items()}


def verb_options(group: Value) -> dict[str, list[Value]]:
    """Return the options of each command; of a command group, those of its subcommands too."""
    every = {verb: (each, *parts(each).values()) for verb, each in group.commands.items()}
    params = {verb: [each for part in parts for each in part.params] for verb, parts in every.items()}
    return {verb: [each for each in found if each.param_type_name == "option"] for verb, found in params.items()}


def parts(verb: Value) -> Record:
    """Return the subcommands of a command; empty if it has none."""
    return dict(getattr(verb, "commands", {}))


def options_apart(verbs: dict[str, list[Value]]) -> dict[str, set[str]]:
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


def load_limits(path: Path) -> Record:
    """Read the table of limits of a file of settings; the limits themselves are not checked.

    :raises ConfigError: If the file cannot be read, or has something else by that name.
    """
    limits = read_toml(path, _EXPECTED).get(LIMITS, {})
    if not isinstance(limits, dict):
        raise ConfigError(f"{path}: {LIMITS} is {limits!r}; expected a table [{LIMITS}], as in SECURITY.md")
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


def _require(settings: Mapping[str, object], known: set[str], where: str) -> None:
    for key in settings:
        if _option(key) in FLAGS_ONLY:
            raise ConfigError(f"{where}: {key!r} is a flag only; expected it with the command")
        if _option(key) not in known:
            raise ConfigError(f"{where}: unknown key {key!r}; {hint(_option(key), sorted(known))}")


def _option(key: str) -> str:
    """Read ``key-file`` as the option ``key_file``."""
    return key.replace("-", "_")
