"""Turn functions into commands: options and limits.

Options that several commands share and no group of ``stance.run`` holds are at the end.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.cli.messages import SOME_SKIPPED, fail, one_line_errors, say
from stance.datamodels import Skip
from stance.exceptions import StanceError
from stance.log import Kind, Log
from stance.run import build, option, options_of, setting_of

LIMIT = "--limit"
LimitFlags = Annotated[
    list[str] | None,
    typer.Option(
        LIMIT, metavar="NAME=VALUE", help="Change an input limit, e.g. comments=500 (see stance limits; repeatable)."
    ),
]


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function.

    A parameter that is annotated with a group of options (:mod:`stance.run`) becomes all options of the group. Every
    command also takes ``--limit``. One that logs skipped inputs ends with exit code 3 if there are some.
    """
    plain = inspect.signature(function).parameters
    groups = {name: each.annotation for name, each in plain.items() if is_dataclass(each.annotation)}

    @functools.wraps(function)
    def run(**values: Any) -> None:
        with one_line_errors():
            try:
                with limits_changed(values.pop("limit")):
                    built = {name: build(group, values) for name, group in groups.items()}
                    function(**built, **values)
                if any(isinstance(each, Log) and each.skipped for each in built.values()):
                    fail(SOME_SKIPPED)
            finally:
                sys.stdout.flush()  # here, where a full disk can still be reported

    parameters = list(_parameters(plain.values()))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _parameters(plain: Iterable[inspect.Parameter]) -> Iterator[inspect.Parameter]:
    """List the parameters of a command: the options of groups in their place, and ``--limit``."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    for parameter in plain:
        if not is_dataclass(parameter.annotation):
            yield parameter.replace(kind=keyword)
            continue
        for each, own, panel in options_of(parameter.annotation):
            if not own.flags:
                argument = typer.Argument(metavar="INPUT...", help=own.help)
                yield inspect.Parameter(each.name, keyword, annotation=Annotated[own.kind, argument])
                continue
            limits = {"callback": _checked(own.parse) if own.parse else None, "rich_help_panel": panel}
            shown = setting(" ".join(own.flags), own.help, is_variable=own.variable, **limits, **own.limits)
            default = each.default if each.default != () else None
            yield inspect.Parameter(each.name, keyword, default=default, annotation=Annotated[own.kind, shown])
    yield inspect.Parameter("limit", keyword, default=None, annotation=LimitFlags)


def _checked(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Check a value while options are read, where its source is known: a flag, the environment or the settings file."""

    def check(value: Any) -> Any:
        try:
            if value is not None:
                parse(value)
        except StanceError as error:
            raise typer.BadParameter(str(error)) from None
        return value

    return check


def limits_changed(changes: list[str] | None) -> Any:
    """Put the limits of ``--limit`` in force."""
    from stance.limits import changed_limits, current_limits, limits_in_force, parse_limits

    parsed = [change for text in changes or () for change in parse_limits(text, LIMIT)]
    return limits_in_force(changed_limits(current_limits(), parsed, LIMIT))


# Options that commands share ------------------------------------------------------------------------------------------


def none_if_dash(output: Any) -> Any:
    """Read ``-`` as standard output."""
    return None if str(output) == "-" else output


def setting(flags: str, help: str, *, is_variable: bool = True, **limits: Any) -> Any:
    """Define an option that the environment and ``stance.toml`` can set too.

    :param flags: Separated by spaces.
    :param is_variable: Whether they can.
    :param limits: Further arguments of ``typer.Option``.
    """
    variable = f"STANCE_{setting_of(flags.split()).upper()}" if is_variable else None
    return typer.Option(*flags.split(), envvar=variable, show_envvar=False, help=help, **limits)


LabelFiles = Annotated[list[Path], typer.Argument(metavar="LABELS...", help="Tables of labelled comments.")]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", callback=none_if_dash, help="File to write (default: standard output)."),
]
Quiet = Annotated[bool, setting("--quiet -q", "Hide progress and warnings; still list skipped inputs.")]
AsJson = Annotated[bool, setting("--json", "Print results as JSON.")]
Seed = Annotated[int, setting("--seed", "Random seed.", min=0)]


@dataclass(slots=True)
class Messages(Log):
    """The log of a command, which prints skipped inputs and, unless ``quiet``, warnings."""

    quiet: bool = option("--quiet -q", "Hide progress and warnings; still list skipped inputs.", False, bool)

    def __post_init__(self) -> None:
        """Print each entry when it is added."""
        self.notify = self._show

    def _show(self, kind: Kind, entry: Skip) -> None:
        say(f"{entry.source}: {kind}: {entry.reason}", self.quiet and kind == "warning")


MESSAGES = Messages()
"""The default of a parameter, in whose place a command gets messages of its own."""
