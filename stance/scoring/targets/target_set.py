"""The targets of one run, and the mentions of them in texts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

from stance import resources
from stance.datamodels import Mention, counted
from stance.exceptions import TargetError, unknown
from stance.resources import listed_words
from stance.resources.toml import quoted
from stance.scoring.folding import fold
from stance.scoring.targets.aliases import KINDS, TARGET_ID, Target
from stance.scoring.targets.files import (
    everyday_words,
    names_in_language,
    read_targets,
    replaced_targets,
    shipped_targets,
    with_names,
)
from stance.scoring.targets.hits import match_pattern, mention_of, resolve_hits, without_addresses
from stance.scoring.targets.patterns import build_automaton, has_open_ending

_WORD = re.compile(r"\w+")


class TargetSet:
    """The targets of one run and the automaton that finds them; immutable, and cheap to send to another process.

    ``targets`` are all that are found, ``ids`` those whose stance is asked for, in order. The others are background:
    sides that a text may also speak of.
    """

    def __init__(self, targets: Iterable[Target], *, warnings: Iterable[str] = ()) -> None:
        self.targets = tuple(targets)
        self.warnings = tuple(warnings)
        self.ids = tuple(target.target_id for target in self.targets if not target.background)
        labels = {_plain_name(target.label): target.target_id for target in self.targets}
        articles = {name.removeprefix("the-"): target_id for name, target_id in labels.items()}
        self._names = articles | labels | {target.target_id: target.target_id for target in self.targets}
        self._automaton = build_automaton(self.targets)
        # Longer aliases in capitals are words that someone wrote large.
        short = {alias.text for target in self.targets for alias in target.aliases if len(alias.text) <= 5}
        everyday = listed_words("everyday")
        self._acronyms = frozenset(alias for alias in short if alias.isupper() and alias.lower() not in everyday)
        self._in_language: dict[str, TargetSet] = {}
        self._in_words = lru_cache(5_000)(
            lambda name: next(filter(None, map(self.named, repeat(name), ("", *resources.NAMED_LANGUAGES))), None)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the targets only; the automaton is built again where they arrive."""
        return TargetSet, (self.targets,), {"warnings": self.warnings}

    def __getitem__(self, target_id: str) -> Target:
        """Return the target with that id.

        :raises TargetError: If there is none.
        """
        by_id = {target.target_id: target for target in self.targets}
        if target_id not in by_id:
            raise TargetError(unknown("unknown target", target_id, by_id, "Yours need --targets FILE, for a store too"))
        return by_id[target_id]

    def id_of(self, name: str) -> str | None:
        """Return the id of the target that a table calls so: by id or label, or by a name in any language; None: none.

        What is written as an id means that id alone, which a table may have for a target that is defined nowhere.
        """
        target_id = self._names.get(_plain_name(name))
        if target_id or TARGET_ID.fullmatch(name) or len(name) > 60:
            return target_id
        return self._in_words(name)

    def named(self, name: str, language: str = "") -> str | None:
        """Return the target of which a text is a name, and no more than an article besides."""
        words = re.sub(r"(?<=\b\w)\.", "", " ".join(name.split()))  # "U.S."
        for text in (words, words.upper(), words.title()):
            mentions = self.find(text, language=language)
            if len(mentions) == 1 and mentions[0].kind == KINDS[0] and mentions[0].end == len(text):
                is_whole = {text[: mentions[0].start].strip().lower()} <= listed_words("everyday") | {""}
                return mentions[0].target if is_whole and mentions[0].target in self.ids else None
        return None

    def select(self, names: Iterable[str]) -> "TargetSet":
        """Ask for these targets only, by id, label or another name; all others stay known as background.

        :raises TargetError: If a target is not defined.
        """
        ids = tuple(self.id_of(name) or name for name in names)
        foreground = [replace(self[target_id], background=False) for target_id in dict.fromkeys(ids)]
        others = [replace(target, background=True) for target in self.targets if target.target_id not in ids]
        return TargetSet([*foreground, *others], warnings=self.warnings)

    def in_language(self, language: str | None) -> "TargetSet":
        """Return these targets with the names that only readers of a language use for those that ship."""
        if language not in resources.NAMED_LANGUAGES:
            return self
        if language not in self._in_language:
            names, replaced = names_in_language(language), replaced_targets(self.targets)
            more = {name: target for name, target in names.items() if name not in replaced}
            extended = (with_names(target, more.get(target.target_id)) for target in self.targets)
            self._in_language[language] = TargetSet(extended)
        return self._in_language[language]

    def find(self, text: str, *, year: int | None = None, language: str | None = None) -> tuple[Mention, ...]:
        """Find the mentions of all targets.

        :param year: When the text was written; leaves out leaders who did not speak for the target then.
        :param language: In which it is written; None: not known.
        :return: By start, then target; spans do not overlap, except that two targets may own the very same span.
        """
        in_language = self.in_language(language)
        if in_language._automaton is None or not text:
            return ()
        folded, hits = fold(without_addresses(text)), []
        for last, patterns in in_language._automaton.iter(folded.lower):
            for pattern in patterns:
                hit = match_pattern(pattern, folded, last + 1, in_language.is_shouted)
                if hit is not None and (year is None or hit.alias is None or hit.alias.holds_in(year)):
                    hits.append(hit)
        return tuple(mention_of(hit, folded, text) for hit in resolve_hits(hits)) if hits else ()

    def longer_names(self, target: Target) -> Iterator[tuple[str, str]]:
        """Yield aliases of other targets, and their ids, that contain an alias of a target and do not count for it."""
        alone = TargetSet([target])
        for other in self.targets:
            for text in dict.fromkeys(alias.text.rstrip("*") for alias in other.aliases if other is not target):
                if alone.find(text) and target.target_id not in {mention.target for mention in self.find(text)}:
                    yield text, other.target_id

    def is_shouted(self, cased: str, start: int, end: int) -> bool:
        """Return whether the neighbouring words are in capitals too, so that capitals mean nothing ("LET US GO").

        Aliases that are always in capitals do not count ("US/NATO").
        """
        left = _WORD.findall(cased[max(0, start - 40) : start])[-3:]
        right = _WORD.findall(cased[end : end + 40])[:3]
        words = (word for word in left + right if word not in self._acronyms)
        letters = [char for char in "".join(words) if char.isupper() or char.islower()]
        return len(letters) >= 4 and sum(map(str.isupper, letters)) >= 0.8 * len(letters)


def _plain_name(name: str) -> str:
    return "-".join(name.lower().split())


_shipped_set = cache(lambda: TargetSet(shipped_targets()))
"""The set of them, with its automaton."""


def load_targets(path: Path | None = None) -> TargetSet:
    """Load the shipped targets, and those of a user's file, which adds targets, and replaces or extends shipped ones.

    :param path: A TOML file; None for the shipped targets alone.
    :raises TargetError: If the file cannot be used; the message names the file and the key.
    """
    if path is None:
        return _shipped_set()
    before = {target.target_id: target for target in shipped_targets()}
    users = read_targets(path, before)
    texts = (text for target in users for text in (*(alias.text for alias in target.aliases), *target.exceptions))
    for text in texts:
        if "*" in text[:-1] or (text.endswith("*") and not has_open_ending(text)):
            raise TargetError(f"{path}: alias {quoted(text)}; expected * only as the last character, after a letter")
    unchanged = before.keys() - {target.target_id for target in users}
    shipped = {alias for target in shipped_targets() if target.target_id not in unchanged for alias in target.aliases}
    new = [replace(each, aliases=tuple(alias for alias in each.aliases if alias not in shipped)) for each in users]
    warnings = [
        f"{counted(len(target.aliases), 'alias', 'aliases')} of {target.target_id} in place of the"
        f" {len(before[target.target_id].aliases):,} that ship; extend = true in its table keeps those too"
        for target in replaced_targets(users).values()
    ]
    others = (target for target in shipped_targets() if target.target_id in unchanged)
    messages = dict.fromkeys(f"{path}: {text}" for text in (*warnings, *everyday_words(new)))
    return TargetSet([*others, *users], warnings=messages)
