"""Read what a page says of itself: title, author, date, outlet, address, lead, and the comments of its linked data.

Linked data (schema.org in JSON-LD) and ``<meta>`` come first, because they name their values; the headline and the
by-line count where these are missing.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from stance.datamodels import Comment
from stance.limits import FIXED
from stance.parsing.dates import parse_date
from stance.parsing.html.boxes import is_named_after
from stance.parsing.html.tree import Element, Index, line_of, text_of, upwards
from stance.parsing.languages import phrases, words_of_phrases
from stance.parsing.lines import name_like
from stance.records import domain_of

LEAD_WORDS = phrases("markup.lead")
_BESIDE_WORDS, _NO_AUTHOR_WORDS = phrases("markup.beside"), phrases("markup.no_author")

LONGEST_VALUE = 2_000
"""Characters, of any value; browsers take hardly more."""

LONGEST_BYLINE, LONGEST_NAME = 200, 60
"""Maximum characters of a line that is looked at for an author, and of an element that names one."""

MOST_LOOKED_AT = 50
"""Maximum number of headings, and of elements named after an author or a lead, that are searched."""

LEAD_CHARACTERS = range(30, 1_500)

TITLE_NAMES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title", "headline")
AUTHOR_NAMES = (
    "author", "article:author", "og:author", "parsely-author", "sailthru.author", "byl", "dc.creator",
    "dcterms.creator", "citation_author", "creator",
)  # fmt: skip
DATE_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.created", "publish-date", "pubdate",
)  # fmt: skip
OUTLET_NAMES = ("application-name", "dc.publisher", "dcterms.publisher", "citation_journal_title")
"""Names in ``<meta>`` of each, the surest first."""

_ARTICLE_KIND = re.compile(r"(?:Article|Posting|Review|Recipe|Report)$")
_SITE_KINDS = ("WebSite", "NewsMediaOrganization", "Organization")
_SEPARATOR = re.compile(r"\s[–—•·|⁄*~‹«<›»>:-]\s|\s?\|\s?")
_BY = "|".join(sorted((*phrases("comment.credited"), *phrases("article.byline")), key=len, reverse=True))
_MIDNIGHT = re.compile(r"T00:00(?::00)?(?:[+-].*)?$")  # may stand for a day without a time
_CREDIT = re.compile(rf"(?:{_BY})(?::\s?|\s)", re.IGNORECASE)
_AFTER_NAME = re.compile(r"\s?[|·•,]\s?.*|\s[–—-]\s.*")
_NO_NAMES = words_of_phrases("comment.credited", "article.byline", "date.before")
_NO_NAME = re.compile(r"https?:|www\.|@|\d{3}")
_CALLED_AUTHOR = re.compile("author|byline", re.IGNORECASE)
_BYLINE_TAGS = ("a", "span", "div", "p", "address", "cite", "li", "strong", "b", "h3", "h4", "h5")
_LEAD_TAGS = ("p", "div", "h2", "h3", "span")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The title, author, date, outlet, address and lead of an article."""

    title: str | None
    author: str | None  # several are joined by "; "
    published: str | None  # ISO 8601
    outlet: str | None
    url: str | None
    lead: str | None  # the standfirst, where it is an element of its own


def read_metadata(
    root: Element, url: str | None = None, shown: str | None = None, *, is_vast: bool = False
) -> Metadata:
    """Read the metadata of a page.

    :param root: The page without its comments, whose authors and dates are not the article's.
    :param url: Where the page is known to come from.
    :param shown: What it is of, where that stands in no heading and ``<title>`` tells something else.
    :param is_vast: Whether a search of all elements for a date would take too long.
    """
    data = _MachineData(root)
    address = _address(data, url)
    headline = _headline(root, data.page_title)
    heading = line_of(headline) if headline is not None else None
    title = data.first(TITLE_NAMES) or data.of_article("headline", "name") or heading or shown or data.page_title
    if heading and title and title.startswith(heading) and _SEPARATOR.match(title, len(heading)):
        title = heading  # without the name of the site
    return Metadata(
        title=title[: FIXED.title_chars] if title else None,
        author=_author(root, data),
        published=_published(root.find("head") if is_vast else root, data, address),
        outlet=data.outlet() or domain_of(address),
        url=address,
        lead=_lead(headline),
    )


# What is made for machines --------------------------------------------------------------------------------------------


class _MachineData:
    """The ``<meta>``, ``<link>`` and linked data of a page."""

    def __init__(self, root: Element) -> None:
        self.links: dict[str, str] = {}
        self.page_title: str | None = None
        self._metas: defaultdict[str, list[str]] = defaultdict(list)
        scripts = []
        for element in root.iter("meta", "link", "base", "title", "script"):
            if element.tag == "meta":
                self._note(element)
            elif element.tag == "title":
                self.page_title = self.page_title or _clean(element.text)
            elif element.tag == "script":
                scripts.append(element)
            elif href := element.get("href", "").strip():
                self.links.setdefault(element.get("rel", element.tag), href)
        self._entries = list(linked_entries(scripts))
        self._by_id = {entry["@id"]: entry for entry in self._entries if isinstance(entry.get("@id"), str)}
        self._articles = [entry for entry in self._entries if any(map(_ARTICLE_KIND.search, kinds_of(entry)))]

    def _note(self, element: Element) -> None:
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if name and (content := _clean(element.get("content"))):
            self._metas[name.lower()].append(content)

    def all(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the contents of ``<meta>`` elements of some names."""
        return (content for name in names for content in self._metas.get(name, ()))

    def first(self, names: Iterable[str]) -> str | None:
        """Return the first thing that ``<meta>`` elements of some names say."""
        return next(self.all(names), None)

    def of_article(self, *keys: str) -> str | None:
        """Return the first value that linked data has for the article under some keys."""
        values = (entry.get(key) for key in keys for entry in self._articles)
        return next((text for value in values if isinstance(value, str) and (text := _clean(value))), None)

    def authors(self, *, people: bool) -> list[str]:
        """Return who wrote the article, by linked data: people only, or organizations too."""
        given = (names_in(entry.get("author"), self._by_id, people=people) for entry in self._articles)
        return next((names for names in given if names), [])

    def outlet(self) -> str | None:
        """Return the name of the page's site; "The Hill" rather than "TheHill"."""
        name, linked = self.first(("og:site_name",)), self._site_name()
        if name and linked and _squeezed(name) in _squeezed(linked):
            return linked
        return name or linked or self.first(OUTLET_NAMES)

    def _site_name(self) -> str | None:
        publishers = (name for entry in self._articles for name in names_in(entry.get("publisher"), self._by_id))
        sites = (entry.get("name") for kind in _SITE_KINDS for entry in self._entries if kind in kinds_of(entry))
        names = (name for name in (*publishers, *sites) if isinstance(name, str))
        return next((name for given in names if (name := _clean(given))), None)


def _squeezed(name: str) -> str:
    return "".join(name.split()).casefold()


def _clean(text: str | None) -> str | None:
    """Return text on one line; linked data, and attributes written twice, hold entities."""
    return " ".join(unescape((text or "")[:LONGEST_VALUE]).split()) or None


def _address(data: _MachineData, url: str | None) -> str | None:
    """Return the address that a page calls its own, made whole by where it comes from."""
    for given in (data.links.get("canonical"), data.first(("og:url",)), url):
        try:
            whole = urljoin(url or data.first(("og:url",)) or data.links.get("base", ""), given or "")
            parts = urlsplit(whole)
        except ValueError:
            continue
        if given and parts.scheme in ("http", "https") and parts.hostname and len(whole) <= LONGEST_VALUE:
            return whole
    return url


# What readers see -----------------------------------------------------------------------------------------------------


def _headline(root: Element, page_title: str | None) -> Element | None:
    """Return the heading that the page's title repeats, the longest first; else the only heading of the first rank."""
    headings = list(islice(root.iter("h1", "h2"), MOST_LOOKED_AT))
    first = [element for element in headings if element.tag == "h1" and line_of(element)]
    parts = [part.casefold() for part in _SEPARATOR.split((page_title or "")[: FIXED.title_chars])]
    repeated = [(line, element) for element in headings if (line := _key(element)) and line in parts]
    if repeated:
        return max(repeated, key=lambda pair: len(pair[0]))[1]
    inside = [element for element in first if _key(element) in (page_title or "").casefold()]
    return max(inside, key=lambda element: len(_key(element)), default=first[0] if len(first) == 1 else None)


def _key(heading: Element) -> str:
    return line_of(heading).casefold()


def _author(root: Element, data: _MachineData) -> str | None:
    for given in (data.authors(people=True), data.all(AUTHOR_NAMES), _byline(root), data.authors(people=False)):
        if names := [name for line in given if (name := _person(line))]:
            return "; ".join(dict.fromkeys(names))
    return None


def _byline(root: Element) -> Iterator[str]:
    """Yield the first line with a name in an element of the article that is called after an author."""
    headings = {above for heading in islice(root.iter("h1"), MOST_LOOKED_AT) for above in upwards(heading)}
    called = islice(filter(_is_called_author, root.iter(*_BYLINE_TAGS)), MOST_LOOKED_AT)
    for element in sorted(called, key=lambda element: element.get("rel") != "author"):
        if (element.get("rel") == "author" or _names_author(element)) and not _is_beside_article(element, headings):
            link = next((line for link in element.iter("a") if (line := line_of(link))), None)
            line = link or text_of(element).partition("\n")[0]
            if _person(line):
                yield line
                return


def _is_beside_article(element: Element, around_article: set[Element]) -> bool:
    """Return whether an element is in a part of the page beside the article."""
    beside = (above for above in element.iterancestors() if above not in around_article)
    return any(above.tag in ("nav", "form", "head") or is_named_after(_BESIDE_WORDS, above) for above in beside)


def _is_called_author(element: Element) -> bool:
    get = element.get
    return bool(_CALLED_AUTHOR.search(f"{get('class', '')} {get('rel', '')} {get('itemprop', '')}"))


def _names_author(element: Element) -> bool:
    """Return whether an element is named after an author and holds a short line."""
    is_named = is_named_after(phrases("markup.author"), element) and not is_named_after(_NO_AUTHOR_WORDS, element)
    return is_named and len(element) <= 6 and 0 < len(line_of(element)) <= LONGEST_NAME


def _person(line: str) -> str | None:
    """Return the name in a line such as "By Ada Low | The Paper"."""
    line = _clean(line[:LONGEST_BYLINE]) or ""
    if _NO_NAME.search(line):
        return None
    credit = _CREDIT.match(line)
    name = _AFTER_NAME.sub("", line[credit.end() :] if credit else line, count=1).strip(" :-–—")
    return name if name_like(name) and not _NO_NAMES.issuperset(name.casefold().split()) else None


def _published(root: Element | None, data: _MachineData, url: str | None) -> str | None:
    """Return the first date given, with the time of day where it, or another of the same day, states one."""
    given = (data.of_article("datePublished"), *data.all(DATE_NAMES))
    dates = [_MIDNIGHT.sub("", date) for line in given if line and (date := parse_date(line))]
    same = [date for date in dates if date[:10] == dates[0][:10]]
    return max(same, key=len) if same else _found_date(root, url)


def _found_date(root: Element | None, url: str | None) -> str | None:
    """Look for a date in the address and the text, where none is given as such."""
    if root is None:
        return None
    import htmldate  # takes a third of a second

    try:
        found: str | None = htmldate.find_date(root, original_date=True, extensive_search=False, url=url)
    except (ValueError, OverflowError):  # a time that no calendar has, such as one 40 hours east of Greenwich
        return None
    return found


def _lead(headline: Element | None) -> str | None:
    """Return the first element after the headline that is called after a lead, and is one."""
    if headline is None:
        return None
    around = set(upwards(headline))
    for element in islice(_following(headline), MOST_LOOKED_AT):
        is_lead = is_named_after(LEAD_WORDS, element) and not any(True for _ in element.iter("figure", "img"))
        if is_lead and not _is_beside_article(element, around):
            line = line_of(element)
            return line if len(line) in LEAD_CHARACTERS else None
    return None


def _following(element: Element) -> Iterator[Element]:
    """Yield the elements behind another that may hold a lead."""
    for above in upwards(element):
        for beside in above.itersiblings("*"):
            yield from beside.iter(*_LEAD_TAGS)


# Linked data ----------------------------------------------------------------------------------------------------------

COMMENT_TYPES = ("Comment", "UserComments", "Answer")
COMMENT_TYPES_IN_FAQ = ("Comment", "UserComments")
"""The answers of an ``FAQPage`` are the site's own."""

MOST_CHARACTERS = 2_000_000
"""Maximum characters of a script that is read; pages with thousands of comments have fewer."""


def linked_comments(index: Index) -> list[Comment]:
    """Read the comments of a page's linked data, each before its replies.

    :param index: The page.
    """
    comments: list[Comment] = []
    by_name: dict[str, str] = {}
    answered: list[str | None] = []
    for script in index.select("script[type=application/ld+json]"):
        waiting: list[tuple[Any, str | None, tuple[str, ...]]] = [(_loaded(script.text or ""), None, COMMENT_TYPES)]
        while waiting:
            value, parent, types = waiting.pop()
            if isinstance(value, dict):
                types = COMMENT_TYPES_IN_FAQ if "FAQPage" in kinds_of(value) else types
                if comment := _comment(value, len(comments) + 1, parent, types):
                    comments.append(comment)
                    parent = comment.comment_id
                    by_name |= dict.fromkeys(_names(value), parent)
                    answered.append(next(iter(_names(value.get("parentItem"))), None))
            waiting.extend((child, parent, types) for child in reversed(_children(value)))
    return [
        comment if comment.reply_to or name not in by_name else replace(comment, reply_to=by_name[name])
        for comment, name in zip(comments, answered, strict=True)
    ]


def _names(thing: Any) -> list[str]:
    """Return the ids by which linked data refers to a thing."""
    given = (thing.get("@id"), thing.get("url")) if isinstance(thing, dict) else (thing,)
    return [name for name in given if isinstance(name, str) and name]


def linked_entries(scripts: Iterable[Element]) -> Iterator[dict[str, Any]]:
    """Yield the things that linked data describes: each at the top, or in a graph there.

    :param scripts: Any; those of other types, or broken, describe nothing.
    """
    for script in scripts:
        if script.get("type", "").strip().lower() == "application/ld+json":
            data = _loaded(script.text or "")
            for thing in data if isinstance(data, list) else [data]:
                graph = thing.get("@graph") if isinstance(thing, dict) else None
                yield from (
                    entry for entry in (graph if isinstance(graph, list) else [thing]) if isinstance(entry, dict)
                )


def kinds_of(entry: Mapping[str, Any]) -> list[str]:
    """Return the types of a thing."""
    kinds = entry.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def names_in(value: Any, by_id: Mapping[str, Mapping[str, Any]], *, people: bool = False) -> list[str]:
    """Return the names that are given as text, as things, or by the id of a thing.

    :param people: Leave out things of another type.
    """
    names = []
    for each in value if isinstance(value, list) else [value]:
        thing: Mapping[str, Any] = each if isinstance(each, dict) else {"name": each}
        if "name" not in thing:
            thing = by_id.get(str(thing.get("@id")), thing)
        name, kinds = thing.get("name"), kinds_of(thing)
        if not people or not kinds or "Person" in kinds:
            names += [part for part in (name if isinstance(name, list) else [name]) if isinstance(part, str)]
    return names


def _loaded(source: str) -> Any:
    try:
        return json.loads(source) if len(source) <= MOST_CHARACTERS else None
    except (ValueError, RecursionError):  # broken data of a page is as good as none
        return None


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):  # what a comment answers is described where it stands
        return [child for key, child in value.items() if key != "parentItem"]
    return value if isinstance(value, list) else []


def _comment(entry: dict[str, Any], number: int, parent: str | None, types: tuple[str, ...]) -> Comment | None:
    if not any(kind in types for kind in kinds_of(entry)):
        return None
    text = shown_text(entry.get("text") or entry.get("commentText") or entry.get("description"))
    if text is None:
        return None
    author = entry.get("author") or entry.get("creator")
    if isinstance(author, list) and author:
        author = author[0]
    votes = entry.get("upvoteCount")
    return Comment(
        comment_id=f"c{number}",
        text=text,
        author=shown_text(author.get("name") if isinstance(author, dict) else author),
        reply_to=parent,
        posted=parse_date(shown_text(entry.get("dateCreated") or entry.get("datePublished")) or ""),
        votes=votes if isinstance(votes, int) and not isinstance(votes, bool) else None,
    )


def shown_text(value: Any) -> str | None:
    """Return text as a page shows it: linked data may hold markup."""
    if not isinstance(value, str):
        return None
    text = value.encode("utf-8", "replace").decode("utf-8").strip()
    if (
        "<" in text
        and (tree := etree.fromstring(f"<div>{text}</div>".encode(), etree.HTMLParser(encoding="utf-8"))) is not None
    ):
        text = "\n".join(line for part in tree.itertext() if (line := str(part).strip()))
    return text or None
