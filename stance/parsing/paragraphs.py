"""Choose the paragraphs of an article, without headline, byline, biography and lines of the site."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from stance.datamodels import UNKNOWN_LANGUAGE, Strings
from stance.parsing.bylines import BEFORE_AUTHOR
from stance.parsing.language import detect_language
from stance.parsing.line_kinds import TOP_LINES, Kind, Kinds, kind_of, line_kinds
from stance.parsing.lines import Line, Lines, line_key, split_lines, strip_prefix
from stance.parsing.phrases import phrases
from stance.parsing.titles import long_words

LEFT_OUT = frozenset({Kind.BYLINE, Kind.DATE, Kind.FURNITURE, Kind.END, Kind.SOURCE})
"""Kinds of lines that are left out at both ends of an article."""


def whole_quotations(text: str) -> str:
    """Join the lines of each quotation that is broken within a sentence."""
    broken = r"""(?<![^\s(])["“«„](?=\S)(?:[^"“”«»„\n]{1,300}[\w,;–-]\n){1,8}[^"“”«»„\n]{0,300}["”“»]"""
    return re.sub(broken, lambda match: match[0].replace("\n", " "), text)


def without_biography(paragraphs: Sequence[str], author: str | None) -> Sequence[str]:
    """Return paragraphs with whole quotations, and without the last ones from one that begins with the author.

    An author who is in the article itself has no biography below it.
    """
    paragraphs = whole_quotations("\n".join(paragraphs)).split("\n") if paragraphs else ()
    agencies = phrases("article.agencies")
    persons = (name for name in (author or "").split("; ") if " " in name and strip_prefix(name, agencies) is None)
    patterns = [rf"{re.escape(name)}(?![\w:])" for name in persons]
    for i in range(max(len(paragraphs) - TOP_LINES - 1, 1), len(paragraphs)):
        above = "\n".join(paragraphs[TOP_LINES:i])
        for name in patterns:
            begins = re.match(rf".{{0,{BEFORE_AUTHOR}}}\b{name}", paragraphs[i])
            if begins and not re.search(name, above):
                return paragraphs[:i]
    return paragraphs


def own_paragraphs(paragraphs: Sequence[str], title: str | None, author: str | None) -> Strings:
    """Return the paragraphs of an article without headline, byline, biography and the lines of the site among them."""
    paragraphs = without_biography([line for text in paragraphs if (line := text.strip())], author)
    key = line_key(title or "")
    body = []
    for i, paragraph in enumerate(paragraphs):
        kind = kind_of(split_lines(paragraph)[0])
        is_top = i < TOP_LINES
        is_edge = is_top or i >= len(paragraphs) - TOP_LINES
        is_title = is_top and line_key(paragraph) == key
        is_site = kind is Kind.TEASER or (is_edge and kind in LEFT_OUT)
        if not is_title and not is_site:
            body.append(paragraph)
    return tuple(body)


def choose_paragraphs(
    extracted: Sequence[str], page_text: Callable[[], str], title: str | None, author: str | None
) -> tuple[Strings, bool]:
    """Choose the paragraphs of an article among those extracted, and the richest run of lines of the page.

    :param extracted: Paragraphs of an extractor; they may be of a teaser, or all cells of a page made of tables.
    :param page_text: Returns the lines that readers see.
    :return: The paragraphs, and whether they share a word with the title, if that has several.
    """
    body, topic = own_paragraphs(extracted, title, author), _stems([title or ""])
    shared = len(topic & _stems(body))
    of_topic = shared > 0 or not topic
    if body and of_topic and _is_prose(body):
        return body, True
    lines = split_lines(page_text())
    key = line_key(title or "\n")
    start = next((i for i, line in enumerate(lines) if line.key in key and 2 * len(line.key) > len(key)), 0)
    above = {line.full for line in lines[:start]}
    # Maximum lines of an article that stand above its title, too.
    if body and of_topic and not any(paragraph[0] == "|" for paragraph in body) and len(above.intersection(body)) <= 3:
        return body, True  # a list
    others = "\n".join((*above, *(() if of_topic else body)))
    lines = tuple(line for line in lines[start:] if not any(map(others.__contains__, _sentences(line))))
    kinds = line_kinds(lines)
    run = range(*richest_run(lines, kinds))
    other = own_paragraphs([lines[i].full for i in body_lines(lines, kinds, run, set())], title, author)
    shared_by_other = len(topic & _stems(other))
    if _is_prose(other) and 2 * shared_by_other >= max(shared, 2 * bool(topic)):
        return other, True
    return body, of_topic or not _is_off_topic(title or "", body)


def _is_off_topic(title: str, body: Sequence[str]) -> bool:
    """Return whether a text in the language of its title has no part of the three or more longer words in it.

    Inflected words and compounds share five letters; with shorter beginnings, four of seven such texts were right.
    """
    words = _long_words(title)
    text = " ".join(body)
    parts = (word[i : i + 5] for word in words for i in range(max(len(word) - 4, 1)))
    if len(words) < 3 or any(map(text.casefold().__contains__, parts)):
        return False
    return len({*map(detect_language, (title, text))} - {UNKNOWN_LANGUAGE}) < 2


def _sentences(line: Line) -> list[str]:
    # Minimum characters of a sentence that tells where else its line is.
    return [part for part in re.split(r"(?<=[.!?])\s", line.full) if len(part) >= 20] or [line.full]


def _long_words(text: str) -> list[str]:
    return [word for line in split_lines(text) for word in long_words(line)]


def _stems(texts: Iterable[str]) -> set[str]:
    """Return the beginnings of the longer words of texts, which most forms of a word share."""
    return {word[:5] for text in texts for word in _long_words(text)}


def _is_prose(paragraphs: Sequence[str]) -> bool:
    """Return whether most words of some paragraphs are in lines of prose, and not in the cells of a table."""
    lines = split_lines("\n".join(paragraphs))
    prose = sum(line.words for line in lines if line.prose and line.text[0] != "|")
    return 2 * prose > sum(line.words for line in lines)


def richest_run(lines: Lines, kinds: Kinds) -> tuple[int, int]:
    """Find the run of lines with the most prose for the least furniture (the largest sum of a subarray)."""
    best = total = 0
    span = (0, 0)
    start = 0
    for i, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        if total <= 0:
            total, start = 0, i
        total += _weight(line, kind)
        if total > best:
            best, span = total, (start, i + 1)
    return span


def _weight(line: Line, kind: Kind) -> int:
    """Weigh a line for the body: words of prose for it, everything else against it."""
    if kind is Kind.PROSE:
        # Words of a paragraph that count at most: one long line must not outweigh an article of short ones.
        return min(line.words, 60)
    if kind is Kind.SHORT and line.number:
        return -1
    if kind in (Kind.SHORT, Kind.TEASER, Kind.DATE):
        # Words that a short line, one of known furniture, and one that ends articles take off a run of prose.
        # Subheadings and captions stand alone between paragraphs; menus come by the dozen; below buttons and tags an
        # author's card may stand, but buttons stand above articles too. Found on the seeds and on dev pages a-m.
        return -4
    return -60 if kind is Kind.END else -8


def body_lines(lines: Lines, kinds: Kinds, run: range, used: set[int | None]) -> list[int]:
    """Choose the lines of a run that are the article's own."""
    first = next((i for i in run if kinds[i] is Kind.PROSE), run.stop)
    times = Counter(lines[i].key for i in run)
    titles = {lines[i].key for i in used if i is not None}
    body = []
    for i in run:
        line, kind = lines[i], kinds[i]
        listed = kind is Kind.MENU and i > first and line.words > 1
        # What stands between paragraphs more than once describes a picture.
        again = kind is not Kind.PROSE and line.words >= 4 and times[line.key] > 1
        if (kind in (Kind.PROSE, Kind.SHORT) or listed) and not again and line.key not in titles:
            body.append(i)
    return body
