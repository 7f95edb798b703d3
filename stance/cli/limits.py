"""The command that lists the input limits, and their setting from the environment and stance.toml."""

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from stance.cli.command import command
from stance.cli.options import AsJson
from stance.cli.running import show_json

if TYPE_CHECKING:
    from stance.limits import Limits

ENVIRONMENT = "STANCE_LIMITS"


def limits_of(settings: Mapping[str, Any], file: str) -> "Limits":
    """Return the limits that the settings file and the environment set."""
    from stance.limits import Limits, changed_limits, parse_limits

    found = changed_limits(Limits(), settings.items(), f"{file}: [limits]")
    if text := os.environ.get(ENVIRONMENT):
        found = changed_limits(found, parse_limits(text, ENVIRONMENT), ENVIRONMENT)
    return found


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
