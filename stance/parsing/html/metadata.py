"""Read the title, author, date, outlet, address and lead of an article.

Linked data (schema.org in JSON-LD) and ``<meta>`` come first, because they name their values; the headline and the
by-line count where these are missing.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import chain, islice

from stance.datamodels import frozen
from stance.limits import FIXED
from stance.parsing.html.bylines import AUTHOR_NAMES, find_author
from stance.parsing.html.headlines import (
    MOST_LOOKED_AT,
    find_headline,
    is_beside_article,
    names_site,
    near_lines,
    title_key,
    without_site,
)
from stance.parsing.html.machine_data import MachineData, page_address
from stance.parsing.html.markup_words import is_named_after
from stance.parsing.html.publication import find_date_of_article
from stance.parsing.html.text import Element, line_of, text_of, upwards
from stance.parsing.phrases import phrases
from stance.parsing.sites import clean_name, names_in_title
from stance.records.digests import domain_of

LEAD_CHARACTERS = range(30, 1_500)

# Names in ``<meta>`` of each, the surest first.
TITLE_NAMES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title", "headline")

SECTION_NAMES = ("article:section", "og:article:section", "parsely-section")


@frozen
class Metadata:
    """The title, author, date, outlet, address and lead of an article."""

    title: str | None
    author: str | None  # several are joined by "; "
    published: str | None  # ISO 8601
    outlet: str | None
    url: str | None
    lead: str | None  # the standfirst, where it is an element of its own
    numbers: Mapping[str, float]  # how far title and author differ from what else the page states


def read_metadata(root: Element, url: str | None, heading: str | None) -> Metadata:
    """Read the metadata of a page.

    :param root: The page without its comments, whose authors and dates are not the article's.
    :param url: Where the page is known to come from.
    :param heading: The title of the page, where that is in no heading and ``<title>`` names something else.
    """
    data = MachineData(root)
    address = page_address(data, url)
    host = domain_of(address)
    outlet = data.outlet(host) or host
    sites = (outlet, host, host and host.rpartition(".")[0], data.first(("og:site_name",)), *data.names("publisher"))
    names = {title_key(name) for name in sites if name}
    stated = filter(None, (*data.all(TITLE_NAMES), data.of_article("headline", "name"), heading, data.page_title))
    titles = [title[: FIXED.title_chars] for title in stated]
    headline, title = find_headline(root, titles, names), next(iter(titles), None)
    if headline is not None:  # labels may stand beside the title in it
        whole, stated_key = title_key(line_of(headline)), title_key(title or "")
        is_labelled = whole.endswith(stated_key) and 2 * len(stated_key) > len(whole)
        parts = chain(text_of(headline).split("\n"), map(line_of, headline.iter()), [title or ""] * is_labelled)
        title = next((line for line in parts if title and title_key(line) == title_key(title)), line_of(headline))
    first = [node for node in islice(root.iter("h1"), MOST_LOOKED_AT) if headline is None or names_site(node)]
    names |= {title_key(line_of(node)) for node in first if node is not headline}
    title = without_site(title, names, host) if title else None
    heads = (clean_name(line_of(node)) for node in root.iter("h1", "h2") if names_site(node))
    ends = names_in_title(data.page_title or "")  # a last one with a number is a page of a list
    keys = names | {title_key(name) for name in ends}
    ends = [name for name in ends if title_key(name) not in title_key(title or "") and not ends[0][-1].isdigit()]
    outlet = outlet or next(filter(None, chain(ends, heads)), None)
    sections = (*data.all(SECTION_NAMES), data.of_article("articleSection"), *_menu(root))
    never = {title_key(name) for name in (outlet, *sections) if name}
    near = near_lines(headline)
    author = find_author(root, headline, near, data, keys | never, never)
    authors = (*data.all(AUTHOR_NAMES), *data.names("author"))
    return Metadata(
        title=title[: FIXED.title_chars] if title else None,
        author=author,
        published=find_date_of_article(root, headline, near, data, address),
        outlet=outlet,
        url=address,
        lead=_lead(headline) if headline is not None else None,
        numbers={
            "unlike titles": _distance(title, titles),
            "unlike authors": _distance(author, authors),
            "unseen author": _distance(author, near),
        },
    )


def _menu(root: Element) -> Iterator[str]:
    """Yield the labels of menus that are no names of persons."""
    labels = (line_of(link) for menu in root.iter("nav") for link in menu.iter("a"))
    return (label for label in labels if " " not in label)


def _distance(found: str | None, stated: Iterable[str]) -> float:
    """Return how far a title or author is from the nearest that is stated, or that holds it; 0 without any."""
    key, keys = title_key(found or ""), [*map(title_key, stated)]
    likeness = (SequenceMatcher(None, key, other[: len(key) * 3]).ratio() for other in keys)
    return 0.0 if any(key in other for other in keys) else 1 - max(likeness, default=1.0)


def _lead(headline: Element) -> str | None:
    """Return the first element after the headline that is called after a lead, and is one."""
    around = [*upwards(headline)]
    tags = ("p", "div", "h2", "h3", "span")
    below = (node for above in around for beside in above.itersiblings("*") for node in beside.iter(*tags))
    for element in islice(below, MOST_LOOKED_AT):
        is_lead = is_named_after(phrases("markup.lead"), element) and next(element.iter("figure", "img"), None) is None
        if is_lead and not is_beside_article(element, around):
            line = line_of(element)
            return line if len(line) in LEAD_CHARACTERS else None
    return None
