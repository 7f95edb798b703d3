"""Keep: models that users trained, each as it was made, and why one replaced another.

A figure in a paper can be defended only if the model behind it can be had again, and if it is written down why that
model took the place of another. So a version is never changed once it is in, and what happens to a name is a row of
events that only grows.
"""

from typing import TYPE_CHECKING, Any

from stance.registry.cards import card_differences
from stance.registry.events import Event, Kind
from stance.registry.versions import (
    VARIABLE,
    Damage,
    Registry,
    Version,
    check_name,
    data_digest,
    default_folder,
    resolve_model,
)

if TYPE_CHECKING:
    from stance.registry.promotion import (
        FEWEST_ROWS,
        FEWEST_STORIES,
        Decision,
        Measured,
        compare_on,
        decision_record,
        measure,
        measured_record,
        promote,
        promote_version,
        read_audit,
    )

__all__ = [
    "FEWEST_ROWS",
    "FEWEST_STORIES",
    "VARIABLE",
    "Damage",
    "Decision",
    "Event",
    "Kind",
    "Measured",
    "Registry",
    "Version",
    "card_differences",
    "check_name",
    "compare_on",
    "data_digest",
    "decision_record",
    "default_folder",
    "measure",
    "measured_record",
    "promote",
    "promote_version",
    "read_audit",
    "resolve_model",
]


def __getattr__(name: str) -> Any:
    """Give what measures models when it is asked for: to look up a name, nothing of it has to be imported."""
    from importlib import import_module

    if name in __all__:
        return getattr(import_module("stance.registry.promotion"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
