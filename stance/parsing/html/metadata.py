"""Read what a page says of itself: title, author, date, outlet, address, lead, and the comments of its linked data.

Linked data (schema.org in JSON-LD) and ``<meta>`` come first, because they name their values; the headline and the
by-line count where these are missing.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from lxml import etree

from stance.datamodels import Comment
from stance.limits import FIXED
from stance.parsing.dates import parse_date
from stance.parsing.html.parts import is_named_after
from stance.parsing.html.tree import Element, Index, line_of, text_of, upwards
from stance.parsing.language import phrases, words_of_phrases
from stance.parsing.lines import name_like
from stance.records import domain_of


class MetadataConstants:
    """Constants of this module."""

    longest_value = 2_000
    """Maximum characters of any value; browsers take hardly more."""
    longest_byline = 200
    longest_name = 60
    """Maximum characters of a line that is looked at for an author, and of an element that names one."""
    most_looked_at = 50
    """Maximum number of headings, and of elements named after an author or a lead, that are searched."""
    most_characters = 2_000_000
    """Maximum characters of a script that is read; pages with thousands of comments have fewer."""
    lead_characters = range(30, 1_500)
    # Names in ``<meta>`` of each, the surest first.
    title_names = (
        "og:title",
        "twitter:title",
        "parsely-title",
        "sailthru.title",
        "dc.title",
        "dcterms.title",
        "headline",
    )
    author_names = (
        "author", "article:author", "og:author", "parsely-author", "sailthru.author", "byl", "dc.creator",
        "dcterms.creator", "citation_author", "creator",
    )  # fmt: skip
    date_names = (
        "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
        "dc.date.issued", "dcterms.created", "publish-date", "pubdate",
    )  # fmt: skip
    outlet_names = ("application-name", "dc.publisher", "dcterms.publisher", "citation_journal_title")
    article_kind = re.compile(r"(?:Article|Posting|Review|Recipe|Report)$")
    site_kinds = ("WebSite", "NewsMediaOrganization", "Organization")
    comment_kinds = frozenset(("Comment", "UserComments"))
    midnight = re.compile(r"T00:00(?::00)?(?:[+-].*)?$")  # may stand for a day without a time
    by = "|".join(sorted((*phrases("comment.credited"), *phrases("article.byline")), key=len, reverse=True))
    after_name = re.compile(r"\s?[|·•,]\s?.*|\s[–—-]\s.*")
    no_names = words_of_phrases("comment.credited", "article.byline", "date.before")
    no_name = re.compile(r"https?:|www\.|@|\d{3}")
    called_author = re.compile("author|byline", re.IGNORECASE)
    byline_tags = ("a", "span", "div", "p", "address", "cite", "li", "strong", "b", "h3", "h4", "h5")
    lead_tags = ("p", "div", "h2", "h3", "span")


_C = MetadataConstants


_SEPARATOR = re.compile(r"\s[–—•·|⁄*~‹«<›»>:-]\s|\s?\|\s?")
_CREDIT = re.compile(rf"(?:{_C.by})(?::\s?|\s)", re.IGNORECASE)

Thing: TypeAlias = Mapping[str, object]
"""A thing that linked data describes."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The title, author, date, outlet, address and lead of an article."""

    title: str | None
    author: str | None  # several are joined by "; "
    published: str | None  # ISO 8601
    outlet: str | None
    url: str | None
    lead: str | None  # the standfirst, where it is an element of its own


def read_metadata(root: Element, dated: Element | None, url: str | None = None, shown: str | None = None) -> Metadata:
    """Read the metadata of a page.

    :param root: The page without its comments, whose authors and dates are not the article's.
    :param dated: The element that is searched for a date where none is given as such; None for no search.
    :param url: Where the page is known to come from.
    :param shown: The title of the page, where that is in no heading and ``<title>`` names something else.
    """
    data = _MachineData(root)
    address = _address(data, url)
    headline = _headline(root, data.page_title)
    heading = line_of(headline) if headline is not None else None
    title = data.first(_C.title_names) or data.of_article("headline", "name") or heading or shown or data.page_title
    if heading and title and title.startswith(heading) and _SEPARATOR.match(title, len(heading)):
        title = heading  # without the name of the site
    return Metadata(
        title=title[: FIXED.title_chars] if title else None,
        author=_author(root, data),
        published=_published(dated, data, address),
        outlet=data.outlet() or domain_of(address),
        url=address,
        lead=_lead(headline) if headline is not None else None,
    )


# What is made for machines --------------------------------------------------------------------------------------------


class _MachineData:
    """The ``<meta>``, ``<link>`` and linked data of a page."""

    def __init__(self, root: Element) -> None:
        self.links: dict[str, str] = {}
        self.page_title: str | None = None
        self._metas: defaultdict[str, list[str]] = defaultdict(list)
        self._things: list[Thing] = []
        for element in root.iter("meta", "link", "base", "title", "script"):
            if element.tag == "meta":
                name = element.get("property") or element.get("name") or element.get("itemprop")
                if name and (content := _clean(element.get("content"))):
                    self._metas[name.lower()].append(content)
            elif element.tag == "title":
                self.page_title = self.page_title or _clean(element.text)
            elif element.tag == "script":
                self._things += _top_things(_linked_data(element))
            elif href := element.get("href", "").strip():
                self.links.setdefault(element.get("rel", element.tag), href)
        self._by_id = {str(each["@id"]): each for each in self._things if "@id" in each}
        self._articles = [each for each in self._things if any(map(_C.article_kind.search, kinds_of(each)))]

    def all(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the contents of ``<meta>`` elements of some names."""
        return (content for name in names for content in self._metas.get(name, ()))

    def first(self, names: Iterable[str]) -> str | None:
        """Return the first content of ``<meta>`` elements of some names."""
        return next(self.all(names), None)

    def of_article(self, *keys: str) -> str | None:
        """Return the first value that linked data has for the article under some keys."""
        values = (each.get(key) for key in keys for each in self._articles)
        return next((text for value in values if isinstance(value, str) and (text := _clean(value))), None)

    def names(self, key: str, kind: str | None = None) -> list[str]:
        """Return the names that linked data has for the article under a key: as text, things, or the id of a thing.

        :param kind: The only type that things may have which state one; None for all.
        """
        for article in self._articles:
            value, names = article.get(key), list[str]()
            for each in value if isinstance(value, list) else [value]:
                thing: Thing = each if isinstance(each, dict) else {"name": each}
                thing = thing if "name" in thing else self._by_id.get(str(thing.get("@id")), thing)
                name, kinds = thing.get("name"), kinds_of(thing)
                if not kind or not kinds or kind in kinds:
                    names += [part for part in (name if isinstance(name, list) else [name]) if isinstance(part, str)]
            if names:
                return names
        return []

    def outlet(self) -> str | None:
        """Return the name of the page's site; "The Hill" rather than "TheHill"."""
        sites = (each.get("name") for kind in _C.site_kinds for each in self._things if kind in kinds_of(each))
        names = (each for each in (*self.names("publisher"), *sites) if isinstance(each, str))
        name, linked = self.first(("og:site_name",)), next(filter(None, map(_clean, names)), None)
        if name and linked and "".join(name.split()).casefold() in "".join(linked.split()).casefold():
            return linked
        return name or linked or self.first(_C.outlet_names)


def _clean(text: str | None) -> str | None:
    """Return text on one line; linked data, and attributes written twice, hold entities."""
    return " ".join(unescape((text or "")[: _C.longest_value]).split()) or None


def _address(data: _MachineData, url: str | None) -> str | None:
    """Return the address that a page calls its own, made whole by where it comes from."""
    for given in (data.links.get("canonical"), data.first(("og:url",)), url):
        try:
            whole = urljoin(url or data.first(("og:url",)) or data.links.get("base", ""), given or "")
            parts = urlsplit(whole)
        except ValueError:
            continue
        if given and parts.scheme in ("http", "https") and parts.hostname and len(whole) <= _C.longest_value:
            return whole
    return url


# What readers see -----------------------------------------------------------------------------------------------------


def _headline(root: Element, page_title: str | None) -> Element | None:
    """Return the heading that the page's title repeats, the longest first; else the only heading of the first rank."""
    lines = {each: line_of(each).casefold() for each in islice(root.iter("h1", "h2"), _C.most_looked_at)}
    title = (page_title or "").casefold()
    parts = _SEPARATOR.split(title[: FIXED.title_chars])
    first = [each for each, line in lines.items() if each.tag == "h1" and line]
    repeated = [each for each, line in lines.items() if line and line in parts]
    inside = repeated or [each for each in first if lines[each] in title]
    return max(inside, key=lambda each: len(lines[each]), default=first[0] if len(first) == 1 else None)


def _author(root: Element, data: _MachineData) -> str | None:
    for given in (data.names("author", "Person"), data.all(_C.author_names), _byline(root), data.names("author")):
        if names := [name for line in given if (name := _person(line))]:
            return "; ".join(dict.fromkeys(names))
    return None


def _byline(root: Element) -> Iterator[str]:
    """Yield the first line with a name in an element of the article that is called after an author."""
    headings = {above for heading in islice(root.iter("h1"), _C.most_looked_at) for above in upwards(heading)}
    called = islice(filter(_is_called_author, root.iter(*_C.byline_tags)), _C.most_looked_at)
    for element in sorted(called, key=lambda element: element.get("rel") != "author"):
        if (element.get("rel") == "author" or _names_author(element)) and not _is_beside_article(element, headings):
            link = next((line for link in element.iter("a") if (line := line_of(link))), None)
            line = link or text_of(element).partition("\n")[0]
            if _person(line):
                yield line
                return


def _is_called_author(element: Element) -> bool:
    get = element.get
    return bool(_C.called_author.search(f"{get('class', '')} {get('rel', '')} {get('itemprop', '')}"))


def _names_author(element: Element) -> bool:
    """Return whether an element is named after an author and holds a short line."""
    is_other = is_named_after(phrases("markup.no_author"), element)
    is_named = not is_other and is_named_after(phrases("markup.author"), element)
    return is_named and len(element) <= 6 and 0 < len(line_of(element)) <= _C.longest_name


def _is_beside_article(element: Element, around_article: set[Element]) -> bool:
    """Return whether an element is in a part of the page that is not the article."""
    beside = (above for above in element.iterancestors() if above not in around_article)
    return any(each.tag in ("nav", "form", "head") or is_named_after(phrases("markup.beside"), each) for each in beside)


def _person(line: str) -> str | None:
    """Return the name in a line such as "By Ada Low | The Paper"."""
    line = _clean(line[: _C.longest_byline]) or ""
    if _C.no_name.search(line):
        return None
    credit = _CREDIT.match(line)
    name = _C.after_name.sub("", line[credit.end() :] if credit else line, count=1).strip(" :-–—")
    return name if name_like(name) and not _C.no_names.issuperset(name.casefold().split()) else None


def _published(dated: Element | None, data: _MachineData, url: str | None) -> str | None:
    """Return the first date given, with the time of day where it, or another of the same day, states one."""
    given = (data.of_article("datePublished"), *data.all(_C.date_names))
    dates = [_C.midnight.sub("", date) for line in given if line and (date := parse_date(line))]
    if dates or dated is None:
        return max((date for date in dates if date[:10] == dates[0][:10]), key=len, default=None)
    import htmldate  # takes a third of a second

    try:
        found: str | None = htmldate.find_date(dated, original_date=True, extensive_search=False, url=url)
    except (ValueError, OverflowError):  # a time that no calendar has, such as one 40 hours east of Greenwich
        return None
    return found


def _lead(headline: Element) -> str | None:
    """Return the first element after the headline that is called after a lead, and is one."""
    around = list(upwards(headline))
    following = (each for above in around for beside in above.itersiblings("*") for each in beside.iter(*_C.lead_tags))
    for element in islice(following, _C.most_looked_at):
        is_lead = is_named_after(phrases("markup.lead"), element) and next(element.iter("figure", "img"), None) is None
        if is_lead and not _is_beside_article(element, set(around)):
            line = line_of(element)
            return line if len(line) in _C.lead_characters else None
    return None


# Linked data ----------------------------------------------------------------------------------------------------------


def _linked_data(script: Element) -> object:
    """Return the linked data of a script; None if it is of another type, broken or too long."""
    source = script.text or ""
    if script.get("type", "").strip().lower() != "application/ld+json" or len(source) > _C.most_characters:
        return None
    try:
        data: object = json.loads(source)
    except (ValueError, RecursionError):  # broken data of a page is as good as none
        return None
    return data


def _top_things(data: object) -> Iterator[Thing]:
    """Yield the things at the top of linked data, or in a graph there."""
    for thing in data if isinstance(data, list) else [data]:
        graph = thing.get("@graph") if isinstance(thing, dict) else None
        yield from (each for each in (graph if isinstance(graph, list) else [thing]) if isinstance(each, dict))


def kinds_of(thing: Thing) -> list[str]:
    """Return the types of a thing."""
    kinds = thing.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def linked_comments(index: Index) -> list[Comment]:
    """Read the comments of a page's linked data, each before the replies in it."""
    comments: list[Comment] = []
    waiting: list[tuple[object, str | None]] = [(_linked_data(each), None) for each in index.select("script")[::-1]]
    while waiting:
        value, parent = waiting.pop()
        if isinstance(value, dict) and not _C.comment_kinds.isdisjoint(kinds_of(value)):
            text = _shown(value.get("text") or value.get("commentText") or value.get("description"))
            author, votes = value.get("author") or value.get("creator"), value.get("upvoteCount")
            author = author[0] if isinstance(author, list) and author else author
            comment = Comment(
                comment_id=f"c{len(comments) + 1}",
                text=text or "",
                author=_shown(author.get("name") if isinstance(author, dict) else author),
                reply_to=parent,
                posted=parse_date(_shown(value.get("dateCreated") or value.get("datePublished")) or ""),
                votes=votes if type(votes) is int else None,
            )
            if text:
                comments.append(comment)
                parent = comment.comment_id
        inside = [value[key] for key in value if key != "parentItem"] if isinstance(value, dict) else value
        waiting += [(child, parent) for child in reversed(inside)] if isinstance(inside, list) else []
    return comments


def _shown(value: object) -> str | None:
    """Return text as a page shows it: linked data may hold markup."""
    text = value.encode("utf-8", "replace").decode("utf-8").strip() if isinstance(value, str) else ""
    if "<" in text:
        tree = etree.fromstring(f"<div>{text}</div>".encode(), etree.HTMLParser(encoding="utf-8"))
        pieces = (str(part).strip() for part in tree.itertext()) if tree is not None else ()
        text = "\n".join(filter(None, pieces)) if tree is not None else text
    return text or None
