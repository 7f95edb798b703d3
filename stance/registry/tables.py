"""What the commands about a registry print for a person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stance.outputs import aligned
from stance.registry.events import Event, Kind
from stance.registry.promotion import FEWEST_ROWS, FEWEST_STORIES, Decision, Measured, decides
from stance.registry.versions import Registry, Version

_WORDS: Mapping[Kind, str] = {
    Kind.ADDED: "added",
    Kind.PROMOTED: "promoted: surely better",
    Kind.KEPT: "not promoted: not surely better",
    Kind.FORCED: "made current by --force",
    Kind.CHOSEN: "made current by hand",
    Kind.REMOVED: "removed",
}


def version_table(registry: Registry) -> str:
    """Lay out the versions of a registry, oldest first."""
    current = {name: registry.current(name) for name in registry.names()}
    last = {(event.name, event.digest): event for event in registry.events()}
    rows = [
        [
            version.label,
            "current" if current[version.name] == version else "",
            version.created[:10],
            short(version.parent) or "not stated",
            own_test(registry.card(version)),
            _WORDS[last[version.name, version.digest].kind],
        ]
        for version in registry.versions()
    ]
    head = ["version", "", "added", "made from", "macro F1 on its own test", "last"]
    return aligned([head, *rows])


def own_test(card: Mapping[str, Any]) -> str:
    """Say what a model reached on what was held out when it was trained; a card may come from anyone."""
    try:
        measures = card["measures"]
        low, high = measures["interval"]["macro_f1"]
        return f"{measures['macro_f1']:.3f} [{low:.3f}, {high:.3f}]"
    except (KeyError, TypeError, ValueError):
        return "not measured"


def short(model: str | None) -> str | None:
    """Shorten ``mine@`` and 64 digits to what scores carry."""
    name, at, digits = (model or "").partition("@")
    return f"{name}{at}{digits[:4]}" or None


def history_table(events: Iterable[Event]) -> str:
    """Lay out what happened, oldest first."""
    rows = [[event.at, event.version, _WORDS[event.kind], _measured(event), event.by] for event in events]
    return aligned([["when", "version", "what", "difference of macro F1 from", "by"], *rows])


def _measured(event: Event) -> str:
    """Say what a decision went by; an event may come from anyone, and may hold anything."""
    try:
        found, data = event.details["difference"], event.details["data"]
        against = str(event.details["against"])[:60]
        low, high = found["interval"]
        return f"{against}: {found['difference']:+.3f} [{low:+.3f}, {high:+.3f}], {data['audit']:,} audit labels"
    except (KeyError, TypeError, ValueError):
        return ""


def measured_table(measured: Measured) -> str:
    """Lay out what two models reach on the same pairs."""
    rows = [
        [
            name,
            f"{each.n:,}",
            f"{each.macro_f1:.3f} [{each.interval['macro_f1'][0]:.3f}, {each.interval['macro_f1'][1]:.3f}]",
        ]
        for name, each in zip((measured.first, measured.second), measured.scores, strict=True)
    ]
    return aligned([["", "n", "macro F1"], *rows]) + f"\n{difference_line(measured)}"


def difference_line(measured: Measured) -> str:
    """Say by how much the first model is better, and on what."""
    found = measured.difference
    low, high = found.interval
    return (
        f"difference of macro F1 {found.difference:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}, "
        f"on {found.n:,} labelled pairs ({measured.audit:,} audit) of {measured.stories:,} stories"
    )


def left_out_lines(measured: Measured) -> list[str]:
    """Say which pairs were not measured on."""
    reasons = {
        "are in the training data of one of the models": measured.known,
        "have no stance by one of the models": measured.undecided,
    }
    return [f"{n:,} labelled pairs {reason}; left out" for reason, n in reasons.items() if n]


def decision_line(decision: Decision, label: str) -> str:
    """Say what became of a candidate, and what would be needed.

    :param label: The candidate, as scores name it.
    """
    rival = decision.measured.second
    if decision.kind is Kind.PROMOTED:
        return f"{label}: promoted, as it is surely better than {rival}"
    if decision.kind is Kind.FORCED:
        return f"{label}: made current by --force, and recorded so; it is not surely better than {rival}"
    return f"{label}: not promoted, as it is not surely better than {rival}; {_what_is_needed(decision)}"


def _what_is_needed(decision: Decision) -> str:
    found = decision.measured.difference
    fewest = f"{FEWEST_ROWS} audit labels of {FEWEST_STORIES} stories are the fewest that decide"
    if not decides(decision.measured) and found.interval[0] > 0:
        return fewest
    if found.difference <= 0:
        return "it is no better on these labels, so more of them will hardly show that it is"
    if decision.needed is None:
        return "the difference is too small for any likely number of labels"
    wished = f"about {decision.needed:,} more audit labels would do, if the difference is as large as it seems"
    return wished if decides(decision.measured) else f"{wished}; {fewest}"


def cards_table(first: str, second: str, differences: Sequence[tuple[str, str, str]]) -> str:
    """Lay out where two cards differ."""
    return aligned([["card", first, second], *map(list, differences)])


def version_record(registry: Registry, version: Version) -> dict[str, Any]:
    """Give what the registry knows of a version."""
    return {
        "version": version.label,
        "digest": version.digest,
        "is_current": registry.current(version.name) == version,
        "created": version.created,
        "by": version.by,
        "command": version.command,
        "parent": version.parent,
        "data": version.data,
        "folder": str(registry.place(version)),
        "history": [event_record(event) for event in registry.history(version.name) if event.digest == version.digest],
    }


def event_record(event: Event) -> dict[str, Any]:
    """Give an event as JSON holds it, without the list of files."""
    details = {key: value for key, value in event.details.items() if key != "files"}
    return {"event": event.kind, "version": event.version, "at": event.at, "by": event.by, "command": event.command} | {
        "details": details
    }
