"""Needs of options: the verb and the other options without which they would have no effect."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from stance.exceptions import ConfigError
from stance.options.definition import CommandOption, Value
from stance.resources.databases import STORE_ENDINGS, is_database, part_name

Values = Mapping[str, Value]


def check_needs(verb: str, options: Iterable[CommandOption], values: Values) -> None:
    """Refuse options that would have no effect beside the other options and inputs.

    :param options: Those that the user set to other values than their defaults.
    :param values: The values of all options and arguments of the verb, by name.
    :raises ConfigError: If one lacks what it needs.
    """
    for option in options:
        for need in option.needs:
            if not NEEDS[need](verb, values):
                raise ConfigError(f"{option.flags[0]}: no effect without {need}; expected both or neither")


def _topics_are_found(_: str, values: Values) -> bool:
    return "topic" in values["by"].split(",")


def _inputs_stored(values: Values) -> list[bool]:
    """Return for each input whether it is a store, a bundle or a folder of stores."""
    paths = [Path(path) for path in values.get("inputs") or ()]
    return [path.suffix.lower() == ".zip" or any(map(is_database, (path, path / part_name(0)))) for path in paths]


def _has_ending(values: Values, *endings: str) -> bool:
    output = values.get("output")
    return output is not None and Path(output).suffix.lower() in endings


def _is_on_spark(_: str, values: Values) -> bool:
    return values.get("engine", "local") == "spark"


def _is_into_store(_: str, values: Values) -> bool:
    return _has_ending(values, *STORE_ENDINGS)


NEEDS: Mapping[str, Callable[[str, Values], bool]] = {
    "--by topic": _topics_are_found,
    "topics that are found (--by topic without --topic)": lambda verb, values: (
        _topics_are_found(verb, values) and values["topic"] is None
    ),
    "--by author": lambda verb, values: verb != "compare" or "author" in values["by"].split(","),
    "--bundle": lambda verb, values: verb != "export" or values["bundle"],
    "--bundle, --checklist or -o FILE.xlsx": lambda verb, values: (
        verb != "export" or values["bundle"] or values["checklist"] or _has_ending(values, ".xlsx")
    ),
    "pseudonyms (no --names)": lambda _, values: not values.get("names"),
    "a store as input": lambda _, values: any(_inputs_stored(values)),
    "pages or tables as input": lambda _, values: not all(_inputs_stored(values)),
    "--labels FILE.db": lambda verb, values: verb != "label" or values["labels"] is not None,
    "a draw of --n comments (no --page, no --target-width)": lambda _, values: (
        values["page"] is None and values["target_width"] is None
    ),
    "-o FILE.db or --engine spark": lambda *given: _is_into_store(*given) or _is_on_spark(*given),
    "-o FILE.db": _is_into_store,
    "--engine spark": _is_on_spark,
    "--engine local": lambda *given: not _is_on_spark(*given),
    "an output that is no store": lambda verb, values: (
        verb != "score" or not (_is_on_spark(verb, values) or _is_into_store(verb, values))
    ),
    "a CSV file (-o FILE.csv)": lambda verb, values: (
        verb in ("report", "compare") or _has_ending(values, ".csv") or values.get("wanted") == "csv"
    ),
}
"""Words: conditions on the verb, and on the values of its other options, without which an option has no effect."""
