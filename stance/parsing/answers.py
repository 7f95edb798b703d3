"""Find the comments that others answer in a text dump, and the parts that they quote.

A parent is known by an arrow, by its name beside another, by "@Name" or by the indent. Quoted words are not the
commenter's own: scoring them would give a reader the stance of the quoted text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, pairwise

from stance.parsing.line_parts import Entry
from stance.parsing.lines import Runs

ARROWS = ">→▶➤↪"
"""Between the name of a commenter and of the one he answers."""
_ARROWS = frozenset(ARROWS)

FULL_NAME = 2
"""Words that make a name a full one: "mo77 Ann Lee" is mo77 answering Ann Lee, "Hans Peter" is rather one man."""

ADDRESSED_WORDS = 6
"""Words of a name behind an "@" at most."""


def with_answered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Part the names of commenters from those that they answer."""
    return tuple(_by_address(_by_names_beside([_by_arrow(entry) for entry in entries])))


def parents(entries: Sequence[Entry]) -> list[int | None]:
    """Find the index of the entry that each one answers: by the name it says it answers, else by the indent."""
    found: list[int | None] = []
    latest: dict[str, int] = {}
    thread: list[tuple[int, int]] = []  # indent and index of the entries above that are still open
    for index, entry in enumerate(entries):
        while thread and thread[-1][0] >= entry.indent:
            thread.pop()
        by_indent = thread[-1][1] if thread else None
        found.append(latest.get(entry.answered, by_indent) if entry.answered else by_indent)
        thread.append((entry.indent, index))
        if entry.author:
            latest[entry.author] = index
    return found


def _by_arrow(entry: Entry) -> Entry:
    """Part "Bo > Ann"."""
    if _ARROWS.isdisjoint(entry.author or ""):
        return entry
    for arrow in ARROWS:
        author, found, answered = (entry.author or "").partition(f" {arrow} ")
        if found and author.strip() and answered.strip():
            return entry._replace(author=author.strip(), answered=entry.answered or answered.strip())
    return entry


def _by_names_beside(entries: Sequence[Entry]) -> list[Entry]:
    """Part "Bo Ann Lee" where Ann Lee stands above.

    That could be one name. A page writes the name of the one answered beside all who answer or beside none: one that
    is sure, by a full name above or by one who comments elsewhere under the shorter name, is enough for all.
    """
    names = {entry.author for entry in entries if entry.author}
    earlier: set[str] = set()
    parted: list[Entry] = []
    sure = False
    for entry in entries:
        pair = _parted(entry.author or "", earlier)
        parted.append(entry._replace(author=pair[0], answered=entry.answered or pair[1]) if pair else entry)
        sure = sure or (pair is not None and (len(pair[1].split()) >= FULL_NAME or pair[0] in names))
        earlier.add(parted[-1].author or "")
    return parted if sure else list(entries)


def _parted(name: str, earlier: set[str]) -> tuple[str, str] | None:
    """Cut the longest name that stands above off the end of another."""
    words = name.split()
    for cut in range(1, len(words)):
        if (answered := " ".join(words[cut:])) in earlier:
            return " ".join(words[:cut]), answered
    return None


def _by_address(entries: Sequence[Entry]) -> list[Entry]:
    """Read "@Ann Lee" at the start of a comment, where Ann Lee stands above."""
    earlier: dict[str, str] = {}
    read: list[Entry] = []
    for entry in entries:
        addressed = None if entry.answered else _addressed(entry.lines[0].text, earlier)
        read.append(entry._replace(answered=addressed) if addressed else entry)
        if entry.author:
            earlier[entry.author.casefold()] = entry.author
    return read


def _addressed(text: str, earlier: Mapping[str, str]) -> str | None:
    if not text.startswith("@"):
        return None
    words = text[1:200].casefold().split()[:ADDRESSED_WORDS]
    names = (" ".join(words[:n]).rstrip(",:;.!?") for n in range(len(words), 0, -1))
    return next((earlier[name] for name in names if name in earlier), None)


# Quotations -----------------------------------------------------------------------------------------------------------

RUN = 6
"""Words in a row that must stand elsewhere too. Five happen to coincide ("in the middle of the"); a quoted sentence is
rarely shorter than six."""

_words = Runs(r"\w")
_SENTENCE = re.compile(r"[.!?…]{1,4}[\"'”’»)\]]{0,2}\s")
_ENDED_QUOTE = re.compile(r">[^>]*[^>\s-]>(?=\.?\s+[^\s>])")  # ">The words of another.> An answer"; no "->"


def known_runs(texts: Iterable[str]) -> set[int]:
    """Return the runs of words of some texts."""
    return set(chain.from_iterable(map(runs_of, texts)))


def runs_of(text: str) -> list[int]:
    """Return the runs of words of a text, each as a number; so many as it has words, but for the last ``RUN - 1``."""
    words = _words(text.casefold())
    return list(map(hash, zip(*[words[start:] for start in range(RUN)], strict=False))) if len(words) >= RUN else []


def quoted_part(text: str, runs: Sequence[int], article: set[int], earlier: set[int]) -> str | None:
    """Find the lines and sentences of a comment that are not its writer's own.

    :param text: A comment, its lines joined by line feeds.
    :param runs: Its runs of words.
    :param article: The runs of the article's title and body.
    :param earlier: The runs of the comments above.
    :return: What is quoted, each line an exact part of ``text``; None where nothing is. A comment that only repeats an
        earlier comment was posted twice: that is no quote.
    """
    in_article, in_earlier = not article.isdisjoint(runs), not earlier.isdisjoint(runs)
    if not in_article and not in_earlier and ">" not in text:
        return None
    parts = [part for line in text.split("\n") for part in _sentences(line)]
    quoted: list[str] = []
    taken = True  # what is quoted is all the article's
    ends = accumulate((len(_words(part.casefold())) for part in parts), initial=0)
    for part, (start, end) in zip(parts, pairwise(ends), strict=True):
        own = runs[start : max(end - RUN + 1, start)]
        is_taken = part.startswith(">") or (in_article and repeats(own, article))
        if is_taken or (in_earlier and repeats(own, earlier)):
            quoted.append(part)
            taken = taken and is_taken
    return "\n".join(quoted) if quoted and (len(quoted) < len(parts) or taken) else None


def repeats(runs: Sequence[int], known: set[int]) -> bool:
    """Return whether a text has runs of words, and all of them are known."""
    return bool(runs) and known.issuperset(runs)


def _sentences(line: str) -> list[str]:
    """Cut a line into sentences; a line marked as a quote stays whole, unless a second mark ends the quote."""
    if line.startswith(">"):
        quote = _ENDED_QUOTE.match(line)
        return [quote[0], *_sentences(line[quote.end() :].strip())] if quote else [line]
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(line)), len(line)]
    return [part for a, b in pairwise(cuts) if (part := line[a:b].strip())]
