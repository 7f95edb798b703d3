"""Read the statements of a page for machines: ``<meta>``, ``<link>`` and linked data."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urljoin

from stance.parsing.html.linked_data import Thing, kinds_of, linked_data, top_things
from stance.parsing.html.text import Element
from stance.parsing.sites import clean_name, names_in_title
from stance.records.digests import domain_of, original_address

LONGEST_VALUE = 2_000
"""Maximum characters of any value; browsers take hardly more."""

OUTLET_NAMES = ("application-name", "dc.publisher", "dcterms.publisher", "citation_journal_title")

ARTICLE_KIND = re.compile(r"(?:Article|Posting|Review|Recipe|Report)$")

SITE_KINDS = ("WebSite", "NewsMediaOrganization", "Organization")

MAKER = re.compile(
    r"\b(?:(?:gmbh|inc|ltd|llc|ag|s\.?r\.?[lo]\.?|kft|sp\. z o\. ?o\.?)(?:\s?&\s?co\.?\s?kg)?"
    r"|(?:web|digital)\s?(?:design|solutions?|stud\w*|agen\w*))\W*(?:,.*)?$",
    re.I,
)
"""Pattern of the end of the name of a company, which may make pages for others."""


class MachineData:
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
                self._things += top_things(linked_data(element))
            elif href := element.get("href", "").strip():
                self.links.setdefault(element.get("rel", element.tag), href)
        self._by_id = {str(item["@id"]): item for item in self._things if "@id" in item}
        articles = [item for item in self._things if any(map(ARTICLE_KIND.search, kinds_of(item)))]
        self._articles = articles or [item for item in self._things if "WebPage" in kinds_of(item)]

    def all(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the contents of ``<meta>`` elements of some names."""
        return (content for name in names for content in self._metas.get(name, ()))

    def first(self, names: Iterable[str]) -> str | None:
        """Return the first content of ``<meta>`` elements of some names."""
        return next(self.all(names), None)

    def of_article(self, *keys: str) -> str | None:
        """Return the first value that linked data has for the article under some keys."""
        values = (thing.get(key) for key in keys for thing in self._articles)
        return next((text for value in values if isinstance(value, str) and (text := _clean(value))), None)

    def names(self, key: str, kind: str | None = None) -> list[str]:
        """Return the names that linked data has for the article under a key: as text, things, or the id of a thing.

        :param kind: The only type that things may have which state one; None for all.
        """
        for article in self._articles:
            value, names = article.get(key), list[str]()
            for item in value if isinstance(value, list) else [value]:
                thing: Thing = item if isinstance(item, dict) else {"name": item}
                thing = thing if "name" in thing else self._by_id.get(str(thing.get("@id")), thing)
                name, kinds = thing.get("name"), kinds_of(thing)
                if not kind or not kinds or kind in kinds:
                    parts = name if isinstance(name, list) else [name]
                    names += filter(None, (_clean(part) for part in parts if isinstance(part, str)))
            if names:
                return names
        return []

    def outlet(self, host: str | None) -> str | None:
        """Return the name of the page's site; "The Hill" rather than "TheHill".

        :param host: The site's, if it is known.
        """
        sites = (item.get("name") for kind in SITE_KINDS for item in self._things if kind in kinds_of(item))
        names = (item for item in (*self.names("publisher"), *sites) if isinstance(item, str))
        linked = next(filter(None, (clean_name(MAKER.sub("", _clean(item) or ""), host) for item in names)), None)
        stated = clean_name(self.first(OUTLET_NAMES), host)
        own_names = sorted(self.all(("og:site_name",)), key=_is_address)
        name = next(filter(None, (clean_name(item, host) for item in own_names)), None)
        if name and linked and "".join(name.split()).casefold() == "".join(linked.split()).casefold():
            return linked
        if name and _is_address(own_names[0]):
            return linked or stated or name
        spelled = {"".join(item.split()): item for item in names_in_title(self.page_title or "")}
        return spelled.get(name or "", name) or linked or stated


def _is_address(name: str) -> bool:
    return name.startswith(("http", "www."))


def _clean(text: str | None) -> str | None:
    """Return text on one line; linked data, and attributes written twice, hold entities."""
    return " ".join(unescape((text or "")[:LONGEST_VALUE]).split()) or None


def page_address(data: MachineData, url: str | None) -> str | None:
    """Return the address that a page calls its own, made whole by where it comes from, and not that of an archive."""
    for value in (data.links.get("canonical"), data.first(("og:url",)), data.links.get("bookmark"), url):
        try:
            base = url or data.first(("og:url",)) or data.links.get("base", "")
            full = original_address(urljoin(original_address(base), value or ""))
        except ValueError:
            continue
        if value and full.startswith(("http://", "https://")) and domain_of(full) and len(full) <= LONGEST_VALUE:
            return full
    return url
