"""The limits of reading: the flag that changes them, the same on every verb, and the verb that lists them."""

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.options import AsJson
from stance.cli.running import one_line_errors, show_json

if TYPE_CHECKING:
    from stance.limits import Limits

ENVIRONMENT = "STANCE_LIMITS"
FLAG = "--limit"
Flags = Annotated[
    list[str] | None,
    typer.Option(
        FLAG, metavar="NAME=VALUE", help="Change a limit of reading, as comments=500; stance limits lists them."
    ),
]


def with_limits(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the flag that changes limits; they hold for all that it does, so it is not told of them."""

    @one_line_errors
    @functools.wraps(verb)
    def run(*args: Any, limit: list[str] | None = None, **rest: Any) -> None:
        from stance.limits import changed_limits, current_limits, limits_in_force, parse_limits

        changes = [change for text in limit or () for change in parse_limits(text, FLAG)]
        with limits_in_force(changed_limits(current_limits(), changes, FLAG)):
            verb(*args, **rest)

    known = inspect.signature(verb)
    flag = inspect.Parameter("limit", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Flags)
    run.__signature__ = known.replace(parameters=[*known.parameters.values(), flag])  # type: ignore[attr-defined]
    run.__annotations__ = verb.__annotations__ | {"limit": Flags}
    return run


def limits_of(settings: Mapping[str, Any], file: str) -> "Limits":
    """Give the limits that a file of settings and the environment set."""
    from stance.limits import Limits, changed_limits, parse_limits

    found = changed_limits(Limits(), settings.items(), f"{file}: [limits]")
    if text := os.environ.get(ENVIRONMENT):
        found = changed_limits(found, parse_limits(text, ENVIRONMENT), ENVIRONMENT)
    return found


@one_line_errors
def limits(as_json: AsJson = False) -> None:
    """List the limits of reading that are in force, with their reasons; --limit changes them."""
    from stance.limits import current_limits, reason_of

    in_force = current_limits()
    found = [(each.name, int(getattr(in_force, each.name)), reason_of(each.name)) for each in fields(in_force)]
    if as_json:
        show_json({name: value for name, value, _ in found})
        return
    for name, value, reason in found:
        print(f"{name:17} {value:>14,}  {reason}")
