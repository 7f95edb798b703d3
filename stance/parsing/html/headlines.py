"""Find the headline of a page, and tell titles from the name of the site beside them."""

import re
from collections.abc import Collection, Sequence
from itertools import islice, pairwise
from unicodedata import normalize

from stance.parsing.bylines import ends_in_credit
from stance.parsing.html.markup_words import is_named_after
from stance.parsing.html.text import Element, line_of, text_of, upwards
from stance.parsing.phrases import phrases

CALLED_SITE = re.compile(r"\b(?:site|blog)[-_]?(?:title|name|logo|branding)|\blogo\b|\bbrand", re.IGNORECASE)

HOME = re.compile(r"(?:https?://[^/]+)?/(?:index\.\w+)?|https?://[^/]+", re.IGNORECASE)

LONGEST_NAME = 60
"""Maximum characters of a line that is looked at for an author, and of an element that names one."""

MOST_LOOKED_AT = 50
"""Maximum number of headings, and of elements named after an author or a lead, that are searched."""

NEAR_LINES, NEAR_LEVELS = 15, 5
"""Number of lines below a headline, and of elements around it and lines above it, that are the article's."""

PARAGRAPH_CHARACTERS, NAME_WORDS = 200, 4
"""Minimum characters of a paragraph, and maximum words of the name of a site in a title."""

_SEPARATOR = re.compile(r"\s(?:[–—•·|⁄*~‹«<›»>:-]|--)\s|\s?\|\s?|(?<=\w):\s|_(?=[\u3040-\u9fff])")

TITLE_WORDS = re.compile(r"\w{3,}")


def title_key(text: str) -> str:
    """Return the letters and digits of a text, by which two titles are the same."""
    return "".join(filter(str.isalnum, text.casefold()))


def find_headline(root: Element, titles: Sequence[str], names: set[str]) -> Element | None:
    """Return the heading that a stated title repeats, or that is like it; else the first or only one of first rank.

    :param titles: Those that the page states for machines, the surest first.
    :param names: Keys of the names of the site, which are no headline.
    """
    headings = [node for tags in (("h1",), ("h2", "h3")) for node in islice(root.iter(*tags), MOST_LOOKED_AT)]
    lines = {node: line_of(node) for node in headings if not is_named_after(phrases("markup.lead"), node)}
    keys = {node: key for node, line in lines.items() if (key := title_key(line)) and key not in names}
    goals = [title_key(title) for title in titles]
    # Minimum share of a stated title that a heading repeats to be no name of a site.
    told = [node for node, key in keys.items() if any(key in title and len(key) >= 0.6 * len(title) for title in goals)]
    told = [node for node in told if not _links_home(node)]
    keys = {node: key for node, key in keys.items() if node in told or not names_site(node)}
    words = {node: {*TITLE_WORDS.findall(lines[node].casefold())} for node in keys}
    for title, key_of_title in zip(titles, goals, strict=True):
        parts = [
            key_of_title,
            title_key(without_site(title, names, None) or ""),
            *map(title_key, _SEPARATOR.split(title)),
        ]
        same = [node for node, key in keys.items() if key in parts and 2 * len(key) >= max(map(len, parts[2:]))]
        same += [node for node in told if node.tag == "h1" and keys[node] in key_of_title]
        sought = {*TITLE_WORDS.findall(title.casefold())}
        like = {node: len(words[node] & sought) for node in keys if node.tag == "h1"}
        like = {node: n for node, n in like.items() if n >= max(2, len(words[node]) / 2)}
        if same or like:
            return max(same, key=lambda node: len(keys[node])) if same else max(like, key=lambda node: like[node])
    first = [node for node in keys if node.tag == "h1"]
    long = (node for node in first if len(words[node]) > 2 and not is_beside_article(node, ()))
    is_sole = len(first) == 1 and (not titles or len(words[first[0]]) > 1)
    return first[0] if is_sole else next(long, None)


def names_site(heading: Element) -> bool:
    """Return whether a heading is called the name of the site, or is a link to its first page."""
    return _links_home(heading) or _is_site_name(heading)


def _links_home(heading: Element) -> bool:
    link = next(iter(heading.iter("a")), None)
    return link is not None and (link.get("rel") == "home" or HOME.fullmatch(link.get("href", "-")) is not None)


def _is_site_name(heading: Element) -> bool:
    around = islice(upwards(heading), 2)
    return any(CALLED_SITE.search(f"{node.get('class', '')} {node.get('id', '')}") for node in around)


def without_site(title: str, names: set[str], host: str | None) -> str | None:
    """Return a title without the name of the site at its ends, or without words that are all in its host, at the end.

    None: it is nothing but that name.
    """
    pieces = _SEPARATOR.split(title)
    parts = [piece for piece in pieces if title_key(piece) not in names]
    words = TITLE_WORDS.findall(normalize("NFKD", parts[-1].casefold())) if len(parts) > 1 else ()
    if words and all(word in (host or "") for word in words):
        parts.pop()
    if len(parts) == len(pieces):
        return title
    start = title.find(parts[0]) if parts else 0
    return title[start : title.rfind(parts[-1]) + len(parts[-1])] if parts else None


def near_lines(headline: Element | None) -> list[str]:
    """Return the short lines closely below the headline, and those above it from the nearest."""
    near, title = [""], line_of(headline) if headline is not None else ""
    for above in upwards(headline) if headline is not None else ():
        near = text_of(above).split("\n")
        if len(near) > NEAR_LINES:
            break
    index = next((i for i, line in enumerate(near) if title and title in line), 0)
    lines = [*near[index + 1 :][:NEAR_LINES], *near[:index][:-NEAR_LEVELS:-1]]
    lines = [f"{line} {below}" if ends_in_credit(line) else line for line, below in pairwise((*lines, ""))]
    return [line for line in lines if len(line) <= PARAGRAPH_CHARACTERS]


def is_beside_article(element: Element, around_headline: Collection[Element]) -> bool:
    """Return whether an element is in a part of the page that is not the article.

    :param around_headline: The headline and what is around it, the innermost first.
    """
    outer = ("html", "body", "main", "article")  # classes of these name what is in them somewhere
    near = {box for box in islice(around_headline, NEAR_LEVELS) if box.tag not in outer}
    is_near = not near.isdisjoint(upwards(element))  # whose footer is the article's own
    names = tuple(name for name in phrases("markup.beside") if not (is_near and name == "footer"))
    apart = [box for box in upwards(element) if box not in around_headline]
    return any(
        box.tag in ("nav", "form", "head") or (box.tag not in outer and is_named_after(names, box)) for box in apart
    )
