"""Files of targets: those that ship, and the user's own."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from stance import resources
from stance.datamodels import Record
from stance.exceptions import TargetError, unknown
from stance.limits import FIXED, Limits, current_limits, limits_in_force
from stance.resources import listed_words
from stance.resources.toml import check_table, quoted, read_toml
from stance.scoring.folding import fold, fold_name
from stance.scoring.targets.aliases import KINDS, TARGET_ID, Alias, Target
from stance.scoring.targets.patterns import has_open_ending
from stance.word_boundaries import is_word


# Loading.
@cache
def shipped_targets() -> tuple[Target, ...]:
    """Read the targets that ship, under any limits."""
    with limits_in_force(Limits()):
        return read_targets(resources.TARGETS, {})


@cache
def names_in_language(language: str) -> dict[str, Target]:
    """Read the further names of shipped targets in a language, by target."""
    path = resources.TARGET_NAMES / f"{language}.toml"
    shipped = {target.target_id: replace(target, aliases=(), exceptions=()) for target in shipped_targets()}
    with limits_in_force(Limits()):
        targets = read_targets(path, shipped)
    return {target.target_id: target for target in targets}


def with_names(target: Target, more: Target | None) -> Target:
    """Add the aliases and exceptions of another target."""
    if more is None:
        return target
    aliases = tuple(dict.fromkeys((*target.aliases, *more.aliases)))
    return replace(target, aliases=aliases, exceptions=(*target.exceptions, *more.exceptions))


def replaced_targets(targets: Iterable[Target]) -> dict[str, Target]:
    """Return the targets that lack some of the aliases that ship with the shipped one of their id, by id."""
    shipped = {target.target_id: frozenset(target.aliases) for target in shipped_targets()}
    return {each.target_id: each for each in targets if not shipped.get(each.target_id, frozenset()) <= {*each.aliases}}


def read_targets(path: Path, before: Mapping[str, Target]) -> tuple[Target, ...]:
    """Read a file of targets.

    :param before: Targets that the file may extend, by id.
    :raises TargetError: If the file cannot be used.
    """
    expected = "a TOML file with [[targets]] tables"
    content = read_toml(path, expected, error=TargetError, most=current_limits().target_bytes)
    if not content:
        raise TargetError(f"{path}: empty; expected {expected}")
    check_table(content, {"targets": object}, str(path), TargetError)
    rows = content.get("targets")
    if not isinstance(rows, list) or not rows:
        raise TargetError(f"{path}: no targets; expected at least one [[targets]] table with id and aliases")
    targets = tuple(_read_target(row, f"{path}: targets[{number}]", before) for number, row in enumerate(rows, 1))
    count = sum(len(target.aliases) + len(target.exceptions) for target in targets)
    neighbours = sum(len(alias.before) + len(alias.after) for target in targets for alias in target.aliases)
    limits = current_limits()
    for number, what, most in (
        (count, "aliases", limits.aliases),
        (neighbours, "pairs of an alias and a word before or after it", 2 * limits.aliases),
        (len(targets), "targets", FIXED.targets),
    ):
        if number > most:
            raise TargetError(f"{path}: {number:,} {what}; expected at most {most:,} (the limit)")
    _check_unique(targets, path)
    return targets


def _read_target(row: object, where: str, before: Mapping[str, Target]) -> Target:
    keys = {"id": object, "label": str, "background": bool, "aliases": object, "not": object, "extend": bool}
    row = check_table(row, keys, where, TargetError)
    target_id = row.get("id")
    if not isinstance(target_id, str) or not TARGET_ID.fullmatch(target_id):
        raise TargetError(f"{where}: id is {quoted(target_id)}; expected 1 to 40 of a-z, 0-9, - and _")
    where = f"{where} ({target_id})"
    aliases = tuple(_read_aliases(row.get("aliases"), f"{where}: aliases"))
    base = Target(target_id, target_id, ())
    if row.get("extend"):
        if target_id not in before:
            raise TargetError(f"{where}: extend = true; expected the id of a built-in target: {', '.join(before)}")
        base = before[target_id]
    label, background = row.get("label", base.label), row.get("background", base.background)
    exceptions = (*base.exceptions, *_read_texts(row.get("not", []), f"{where}: not"))
    return Target(target_id, label, tuple(dict.fromkeys((*base.aliases, *aliases))), exceptions, background)


def _read_aliases(value: object, where: str) -> Iterator[Alias]:
    if not isinstance(value, list) or not value:
        raise TargetError(f"{where}: {quoted(value)}; expected a list of at least one alias")
    for number, entry in enumerate(value, 1):
        yield from _read_group(entry if isinstance(entry, dict) else {"text": entry}, f"{where}[{number}]")


def _read_group(entry: Record, where: str) -> Iterator[Alias]:
    """Read a table of aliases that share all but their text."""
    keys = dict.fromkeys(("text", "before", "after"), object) | {
        **dict.fromkeys(("since", "until"), int),
        **dict.fromkeys(("kind", "language"), str),
        **dict.fromkeys(("case", "alone"), bool),
    }
    check_table(entry, keys, where, TargetError)
    kind = entry.get("kind", KINDS[0])
    if kind not in KINDS:
        raise TargetError(unknown(f"{where}: unknown kind", kind, KINDS))
    since, until = entry.get("since"), entry.get("until")
    if since is not None and until is not None and since > until:
        raise TargetError(f"{where}: since {since} is after until {until}")
    before, after = (tuple(_read_texts(entry.get(name, []), f"{where}: {name}")) for name in ("before", "after"))
    value = entry.get("text")
    for text in _read_texts(value if isinstance(value, list) else [value], f"{where}: text"):
        is_acronym = len(text) <= 3 and text.isupper()  # "US", "IT", "WHO": its case counts unless a file denies that
        case = entry.get("case", is_acronym)
        yield Alias(text, kind, case, since, until, before, after, entry.get("alone", False))


def _read_texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list):
        raise TargetError(f"{where}: {quoted(value)}; expected a list of strings")
    return [_read_text(entry, where) for entry in value]


def _read_text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise TargetError(f"{where}: alias {quoted(value)} is not a string; expected it in quotes")
    if len(value) > (most := current_limits().alias_chars):
        raise TargetError(f"{where}: alias of {len(value):,} characters; expected at most {most:,}")
    if not any(is_word(char) or unicodedata.category(char) == "So" for char in fold_name(value).cased):
        raise TargetError(f"{where}: alias {quoted(value)} has no letter, digit or emoji; expected a word")
    return value.strip()


def _check_unique(targets: Iterable[Target], path: Path) -> None:
    ids = set()
    owners: dict[str, str] = {}
    for target in targets:
        if target.target_id in ids:
            raise TargetError(f"{path}: id {target.target_id!r} occurs twice; expected one table per target")
        ids.add(target.target_id)
        alone = (alias for alias in target.aliases if not (alias.before or alias.after))
        for key in (fold_name(alias.text).lower for alias in alone):
            if owners.setdefault(key, target.target_id) != target.target_id:
                raise TargetError(f"{path}: alias {quoted(key)} belongs to {owners[key]!r} and {target.target_id!r}")


def everyday_words(targets: Iterable[Target]) -> Iterator[str]:
    """Describe each alias that is an everyday word in lower case."""
    for target in targets:
        for alias in target.aliases:
            word = fold(alias.text[:-1] if has_open_ending(alias.text) else alias.text).lower
            is_everyday = word in listed_words("everyday") or (len(word) == 1 and word.isalpha())
            if is_everyday and not (alias.case or alias.before or alias.after):
                problem = f"alias {alias.text!r} of {target.target_id} is an everyday word in lower case"
                yield f'{problem}; consider {{ text = "{alias.text.upper()}", case = true }}'
