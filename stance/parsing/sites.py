"""Find the sites of pages, by which outlets are named that do not name themselves."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from itertools import chain, islice
from typing import TypeVar
from unicodedata import normalize

from stance.datamodels import Page, PageKind
from stance.records.digests import domain_of

Item = TypeVar("Item")

MOST_HEAD = 100_000
"""Maximum characters of a page within which its address and the name of its site are looked for."""
MOST_WORDS, LEAST_LETTERS = 5, 4
"""Maximum words of a name, and minimum letters that it shares with its host."""
LEAST_HEADLINE, MOST_HEADINGS = 12, 30
"""Minimum characters of a heading that is looked for in a title, and maximum number of headings that are looked at."""
LONG_NAME = 30
"""Maximum characters of a name with a dash in it; a longer one holds a motto or a section."""

_ADDRESS = re.compile(
    r"""<link\s(?=[^<>]{0,500}\brel=["']?canonical\b)[^<>]{0,500}?\bhref=["']?([^"'\s<>]{1,2000})"""
    r"""|<meta\s(?=[^<>]{0,500}\bproperty=["']?og:url\b)[^<>]{0,500}?\bcontent=["']?([^"'\s<>]{1,2000})"""
)
_NAME = re.compile(
    r"""<meta\s(?=[^<>]{0,500}\b(?:property|name)=["']?og:site_name\b)[^<>]{0,500}?\bcontent=(?:"([^"<>]{1,200})|'([^'<>]{1,200}))"""
)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{1,500})", re.IGNORECASE)
_PICTURE = re.compile(
    r"""(<a\s[^<>]{0,300}\bhref=(["'])(?:https?://[^/"'<>]{1,80})?/?(?:index\.\w{2,5})?\2[^<>]{0,300}>\s{0,80})?"""
    r"""(<img\s[^<>]{0,500}\balt=["']([^"'<>]{2,60})["'][^<>]{0,500}>)""",
    re.IGNORECASE,
)
_LOGO = re.compile(r"logo|brand|masthead|nameplate|mainhead", re.IGNORECASE)
_PIECES = re.compile(r"\s+(?:[–—•·|~‹«<›»>:/-]|--|::)\s+|\s?\|\s?|_(?=[\u3040-\u9fff])")
_OTHER_NAME = re.compile(r"application-name|\bpublisher\b|Organization\b|WebSite\b")
_HEADING = re.compile(r"<h([1-4])\b[^<>]{0,300}>(.{1,600}?)</h\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,500}>")
_BEFORE_HEADLINE = re.compile(r"(.{2,200}?)\s?[:|»–—-]\s")
_BARS = re.compile(r"\s?[|»›•·]\s?")
_DASHES = re.compile(r"\s[–—-]\s|(?<=[\w)]{3})[.:]\s")
_NO_NAME = re.compile(
    r"https?|www|home|localhost|wayback machine|internet archive|archive\.\w+|perma(?:\.cc)?|arquivo\.pt"
    r"|google translate",
    re.IGNORECASE,
)


def host_of_page(page: Page) -> str | None:
    """Return the host of the address that a page has or states."""
    stated = _ADDRESS.search(page.text, 0, MOST_HEAD)
    return domain_of(page.url) or domain_of(stated and (stated[1] or stated[2]))


def clean_name(name: str | None, host: str | None = None) -> str | None:
    """Return the name of a site without its section or motto; None for an address that names no host, or an archive.

    :param host: The site's; of the parts of a name, the one that is like it counts.
    """
    name = " ".join((name or "").split())
    if "://" in name or name.startswith("//"):
        return domain_of(name if name[0] != "/" else f"http:{name}")
    pieces = _BARS.split(name)
    if len(name) > LONG_NAME:
        pieces = [*chain.from_iterable(map(_DASHES.split, pieces))]
    parts = [part for part in pieces if any(map(str.isalpha, part))]
    letters = _key_of(host or "")
    like = (part for part in parts if letters and (_key_of(part) in letters or letters[:-3] in _key_of(part)))
    plain = next(chain(like, parts), "").strip(" ,-–—:_/")
    return None if _NO_NAME.fullmatch(plain) else plain or None


def shown_name(text: str, host: str) -> str | None:
    """Return the name of a site by the end or beginning of its title and its logo, of which two, or the host, agree.

    :param text: A page of HTML.
    """
    title = _TITLE.search(text, 0, MOST_HEAD)
    ends = names_in_title(unescape(title[1])) if title else []
    pictures = (picture for picture in _PICTURE.finditer(text, 0, MOST_HEAD) if picture[1] or _LOGO.search(picture[3]))
    logos = _short_names(unescape(picture[4]) for picture in pictures)
    like = [name for name in (*ends, *logos) if _is_like(name, host, is_title=name in ends)]
    keys = Counter(map(_key_of, {*ends})) + Counter({*map(_key_of, logos)})
    agreed = next((name for name in (*ends, *logos) if keys[_key_of(name)] > 1), next(iter(like), None))
    return agreed or (_before_headline(" ".join(unescape(title[1]).split()), text) if title else None)


def _before_headline(title: str, text: str) -> str | None:
    """Return the name before the words of a heading in a title: "Blog: Headline"."""
    for heading in islice(_HEADING.finditer(text, 0, MOST_HEAD), MOST_HEADINGS):
        words = " ".join(unescape(_TAG.sub(" ", heading[2])).split())
        if len(words) < LEAST_HEADLINE or words == title:
            continue
        if title.endswith(words) and (before := _BEFORE_HEADLINE.fullmatch(title[: -len(words)])):
            return next(iter(_short_names([before[1]])), None)
    return None


def names_in_title(title: str) -> list[str]:
    """Return the names that the end and the beginning of the title of a page may give its site."""
    pieces = _PIECES.split(title)
    return _short_names((pieces[-1], pieces[0])) if len(pieces) > 1 else []


def _short_names(texts: Iterable[str]) -> list[str]:
    names = filter(None, map(clean_name, texts))
    return [name for name in names if len(name.split()) <= MOST_WORDS and len(name) <= LONG_NAME]


def _key_of(name: str) -> str:
    return re.sub(r"\W", "", name).casefold()


def _is_like(name: str, host: str, *, is_title: bool) -> bool:
    """Return whether the letters of a name, in ASCII, are in a host, or, in a title, its longest part in them."""
    letters = normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words, labels = re.findall(r"[a-z0-9]+", letters.removeprefix("the ")), host.replace("-", "").split(".")[:-1]
    key, label = "".join(words), max(labels, key=len, default="")
    is_within = is_title and len(label) >= LEAST_LETTERS and label in key
    is_all = len(key) >= LEAST_LETTERS and all(word in re.sub(r"[^a-z0-9]", "", host) for word in words)
    return is_all or is_within or key in labels


@dataclass(slots=True)
class Sites:
    """The sites of a run, each with the name that its first page gives.

    :param warn: Called with a host and a message about its names.
    """

    warn: Callable[[str, str], object]
    _names: dict[str, set[str]] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)

    def name(self, items: Iterable[Item]) -> Iterator[Item | Page]:
        """Pass items on, HTML pages with the name of their site unless the user gives one."""
        for item in items:
            if isinstance(item, Page) and item.kind is PageKind.HTML and item.facts.outlet is None:
                yield self._named(item)
            else:
                yield item

    def _named(self, page: Page) -> Page:
        host = domain_of(page.facts.url) or host_of_page(page)
        if host is None:
            return page
        stated = _NAME.search(page.text, 0, MOST_HEAD)
        name = clean_name(unescape(stated[1] or stated[2]), host) if stated else None
        if name is None and host not in self._first and _OTHER_NAME.search(page.text, 0, MOST_HEAD):
            return page  # which names its site elsewhere
        if name is None and host not in self._first:
            name = shown_name(page.text, host)
        first = self._first.setdefault(host, name or host)
        names = self._names.setdefault(host, {first.casefold()})
        if name and name.casefold() not in {*names, host}:
            names.add(name.casefold())
            self.warn(host, f"its pages call it {first!r} and {name!r}; all count as {first!r}")
        return replace(page, facts=replace(page.facts, outlet=first))
