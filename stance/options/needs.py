"""Needs of options: the verb and the other options without which they would have no effect."""

from collections.abc import Iterable, Mapping
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
    needs = [(option.flags[0], need) for option in options for need in option.needs]
    is_met = needs_met(verb, values) if needs else {}
    for flag, need in needs:
        if not is_met[need]:
            raise ConfigError(f"{flag}: no effect without {need}; expected both or neither")


def needs_met(verb: str, values: Values) -> Mapping[str, bool]:
    """Say which needs are met: conditions on the verb and the values of its options, by their words in messages."""
    groups, output = (values.get("by") or "").split(","), values.get("output")
    ending = "" if output is None else Path(output).suffix.lower()
    paths = [Path(path) for path in values.get("inputs") or () if isinstance(path, str | Path)]
    # Whether each input is a store, a bundle or a folder of stores.
    stored = [path.suffix.lower() == ".zip" or any(map(is_database, (path, path / part_name(0)))) for path in paths]
    is_into_store, is_on_spark = ending in STORE_ENDINGS, values.get("engine") == "spark"
    is_bundle = verb != "export" or values["bundle"]
    return {
        "--by topic": "topic" in groups,
        "topics that are found (--by topic without --topic)": "topic" in groups and values["topic"] is None,
        "--by author": verb != "compare" or "author" in groups,
        "--bundle": is_bundle,
        "--bundle, --checklist or -o FILE.xlsx": is_bundle or values["checklist"] or ending == ".xlsx",
        "pseudonyms (no --names)": not values.get("names"),
        "a store as input": any(stored),
        "pages or tables as input": not all(stored),
        "--labels FILE.db": verb != "label" or values["labels"] is not None,
        "a draw of --n comments (no --page, no --target-width)": values.get("page")
        is values.get("target_width")
        is None,
        "-o FILE.db or --engine spark": is_into_store or is_on_spark,
        "-o FILE.db": is_into_store,
        "--engine spark": is_on_spark,
        "--engine local": not is_on_spark,
        "an output that is no store": verb != "score" or not (is_on_spark or is_into_store),
        "a CSV file (-o FILE.csv)": (
            verb in ("report", "compare") or ending == ".csv" or values.get("wanted") == "csv"
        ),
    }
