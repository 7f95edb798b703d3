"""The definition of an option: its flags, help text, and how its value is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, field, fields, is_dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from stance.datamodels import Strings, frozen
from stance.exceptions import ConfigError, unknown

Value = Any
"""A value of an option, of any type, or a type itself."""

Parser = Callable[[Value], Value]


@frozen
class CommandOption:
    """A row of the table of options: the command-line side of a field, or of a parameter of one command.

    Name, type and default are those of the field, and its panel is that of the group.

    :param flags: As ``("--jobs", "-j")``; empty for the inputs.
    :param kind: Type of the value on the command line; None: a text where it is parsed, else the type of the field.
    :param parse: Turns a value of either side into that of the field; not called for None.
    :param variable: Whether ``STANCE_<FLAG>`` and ``stance.toml`` may set it.
    :param often: Verbs in which it is often used: of more than ten options, ``--help`` shows these.
    :param repeated: Whether the commands that a report prints for copying repeat it.
    :param needs: Names of :func:`stance.options.needs.needs_met`, without which it would have no effect.
    :param verbs: Verbs that it changes; empty: all that take its group.
    :param limits: Further arguments of ``typer.Option``, such as ``min``.
    """

    flags: Strings
    help: str
    kind: Value = None
    parse: Parser | None = None
    variable: bool = True
    often: str = ""
    repeated: bool = False
    needs: Strings = ()
    verbs: str = ""
    limits: Mapping[str, Value] = field(default_factory=dict)


def setting_of(flags: Iterable[str]) -> str:
    """Name an option as a setting, by its longest flag: ``--key-file`` is ``key_file``."""
    return max(flags, key=len).lstrip("-").replace("-", "_")


def row(flags: str, help: str, **values: Value) -> CommandOption:
    """Define an option.

    :param flags: Separated by spaces.
    :param values: Further fields of :class:`CommandOption`; what is none of them is a limit.
    """
    fields_of_option = {name: values.pop(name) for name in CommandOption.__match_args__ if name in values}
    return CommandOption(tuple(flags.split()), help, **fields_of_option, limits=values)


def option(flags: str, help: str, default: Value = None, **values: Value) -> Value:
    """Define a field that is an option; see :func:`row`."""
    return field(default=default, metadata={"option": row(flags, help, **values)})


# Fields that only the command line sets; that are the path of a file or folder; that are a number from 1 on.
flag_option = partial(option, variable=False)
file_option = partial(option, kind=Path | None, parse=Path)
count_option = partial(option, min=1)


def choice_option(flags: str, help: str, default: str | None, choices: Sequence[str], **values: Value) -> Value:
    """Define a field that is one of some values; see :func:`option`."""
    return option(flags, help, default, parse=one_of(flags, choices), **values)


def one_of(flags: str, choices: Sequence[str]) -> Parser:
    """Refuse values, of one or of several, that are no choice of an option."""

    def parse(value: Value) -> Value:
        for choice in listed(value):
            if choice not in choices:
                raise ConfigError(unknown(flags.split()[0], choice, choices))
        return value

    return parse


def repeatable(flags: str, help: str, parse: Parser, **values: Value) -> Value:
    """Define a field with any number of values; see :func:`option`."""
    kind = list[Path] | None if parse is paths else list[str] | None
    return option(flags, help, (), kind=kind, parse=parse, **values)


def options_of(group: Value, verb: str = "") -> Iterator[tuple["Field[Value]", CommandOption, str | None]]:
    """List the options of a group and of the groups in it.

    :param verb: Only those that change this verb; empty: all.
    :return: Field, option, and the heading under which ``--help`` shows it.
    """
    for member in fields(group):
        if is_dataclass(member.type):
            yield from options_of(member.type, verb)
        elif (row := member.metadata.get("option")) and (not row.verbs or verb in ("", *row.verbs.split())):
            yield member, row, getattr(group, "panel", None)


def build(group: Value, values: dict[str, Value]) -> Value:
    """Build a group, taking its values out of a dictionary.

    :raises ConfigError: If a value is not valid.
    """
    parsed = {}
    for member in fields(group):
        if is_dataclass(member.type):
            parsed[member.name] = build(member.type, values)
            continue
        value = values.pop(member.name, None)
        if value is None:
            continue  # the default of the field
        parse = member.metadata["option"].parse if "option" in member.metadata else None
        parsed[member.name] = parse(value) if parse else value
    return group(**parsed)


def listed(value: Value) -> tuple[Value, ...]:
    """Return one value, or several, as a tuple.

    :raises TypeError: If it is a data frame, whose items are the names of its columns.
    """
    if hasattr(value, "columns"):
        raise TypeError(f"{type(value).__name__} given; expected names or paths; write the data to a file and name it")
    return (value,) if isinstance(value, str | Path) else tuple(value)


def paths(value: Value) -> tuple[Path, ...]:
    """Read one path or several."""
    return tuple(Path(path) for path in listed(value) if path != "")


def read_by(module: str, name: str) -> Parser:
    """Read a text, or several, by a function of another module, imported when needed; take other values as they are.

    :param module: The module.
    :param name: The function.
    """

    def parse(value: Value) -> Value:
        return vars(import_module(module))[name](value) if isinstance(value, str | list | tuple) else value

    return parse
