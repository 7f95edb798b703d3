"""Find the date of an article."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from stance.datamodels import day_of
from stance.parsing.bylines import author_in
from stance.parsing.dates import find_date, parse_date
from stance.parsing.html.article import NO_TEXT_TAGS
from stance.parsing.html.headlines import PARAGRAPH_CHARACTERS, is_beside_article
from stance.parsing.html.machine_data import MachineData
from stance.parsing.html.stamps import attribute_date, epoch_date, is_stamp
from stance.parsing.html.text import Element, line_of, upwards
from stance.parsing.html.tree import text_size

CALLED_DATE = re.compile("date|time|publi|posted", re.IGNORECASE)

CALLED_PUBLISHED = re.compile(r"\bentry-date\b|\bpub(?:lished|date)\b|datePublished")

ADDRESS_DATE = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])(?:[/-](\d\d(?!\d)|\d(?=/))|/)")

COMPACT_DATE = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)(T?)(?!\d\d\d)")

DATE_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.created", "publish-date", "pubdate", "published_time", "pub_date", "publish_date",
    "prism.publicationdate", "citation_publication_date", "citation_date", "dcterms.date", "dc.date", "date",
)  # fmt: skip

MIDNIGHT = re.compile(r"T00:00(?::00)?(?:[+-].*)?$")  # may stand for a day without a time


def find_date_of_article(
    root: Element, headline: Element | None, near: Sequence[str], data: MachineData, url: str | None
) -> str | None:
    """Return the first date given, with the time of day where it, or another of the same day, states one.

    Dates made for machines come first, then one that readers see beside the headline; this one comes first where those
    differ or may be of a change. Where the address states a day, others are of that time, and where it states a month,
    those for machines are.

    :param near: Lines near the headline, as ``near_lines`` returns them.
    """
    values = (data.of_article("datePublished", "dateCreated"), *data.all(DATE_NAMES))
    lines = (COMPACT_DATE.sub(r"\1-\2-\3\4", line) for line in values if line)
    dates = [MIDNIGHT.sub("", date) for line in lines if (date := epoch_date(line) or parse_date(line))]
    match = ADDRESS_DATE.search(url or "")
    address = parse_date("-".join(match.groups())) if match and match[3] else None
    day, middle = day_of(address), day_of(parse_date("-".join((*match.groups()[:2], "15"))) if match else None)
    stated = [date for date in dates if not day or abs(day_of(date) - day) <= 3]
    dates = [date for date in stated if not middle or abs(day_of(date) - middle) <= 19]
    may_be_change = not values[0] and not data.first(DATE_NAMES[:-3])
    days = [*map(day_of, dates)]
    if may_be_change or max(days, default=2) - min(days, default=0) > 1:  # a day is another in a further zone
        # Dates in lines of words are no element's own. Minimum characters beside the date in the line: 3.
        lines_with_dates = ((line, find_date(line)) for line in near if not dates)
        beside = (date.iso for line, date in lines_with_dates if date and date.end - date.start + 3 < len(line))
        stamps = filter(None, chain(_seen_dates(root, headline, near), beside))
        stamp = next((date for date in stamps if not day or abs(day_of(date) - day) <= 3), "")
        dates.sort(key=lambda date: date[:10] != stamp[:10])
        if stamp and (not dates or (may_be_change and stamp[:10] < dates[0][:10])):
            dates = [stamp]
    dates = dates or stated or [address or ""]
    return max((date for date in dates if date[:10] == dates[0][:10]), key=len) or None


def _seen_dates(root: Element, headline: Element | None, near: Sequence[str]) -> Iterator[str | None]:
    """Yield the date that readers see in a line with the author, then the one that stands alone."""
    first = ((line, find_date(line)) for line in near[:2])
    yield from (date.iso for line, date in first if date and author_in(line))
    yield _shown_date(root, headline)


def _shown_date(root: Element, headline: Element | None) -> str | None:
    """Return the first date below the headline and above its third paragraph, or the last one above if that is nearer.

    Without either, the first called after publication counts, else those called dates, if they agree;
    without a headline, also all dates.
    """
    around = [*upwards(headline)] if headline is not None else []
    stamps: list[tuple[int, int, Element, str]] = []  # paragraphs above each, and its place
    paragraphs, start, index, first = 0, 0, 0, 0
    for number, element in enumerate(root.iter("*")):
        if element is headline:
            start, index, first = paragraphs, number, len(stamps)
        elif element.tag == "p" and text_size(element) > PARAGRAPH_CHARACTERS:
            paragraphs += 1
        elif (date := _stamp_of(element)) and not is_beside_article(element, around):
            stamps.append((paragraphs, number, element, date))
    if headline is not None:
        # Maximum number of paragraphs, and of elements, between a headline and the date of its article.
        near = [(n - index, date) for count, n, _, date in stamps[first:] if count < start + 3 and n - index < 300][:1]
        # How much farther than it is a date above a headline counts.
        over = [(3 * (index - n), date) for count, n, _, date in stamps[:first] if count == start]
        near += over[-1:]
        if near:
            return min(near)[1]
    called = [(f"{node.tag} {node.get('class', '')} {node.get('itemprop', '')}", date) for *_, node, date in stamps]
    lists = [[date for name, date in called if CALLED_PUBLISHED.search(name)][:1]]
    lists.append([date for name, date in called if CALLED_DATE.search(name)])
    lists += [[date for _, date in called]] if headline is None else []
    return next((dates[0] for dates in lists if len({date[:10] for date in dates}) == 1), None)


def _stamp_of(element: Element) -> str | None:
    """Return the date of an element that holds little else, or that is made for the date of an article."""
    if element.tag in NO_TEXT_TAGS or any(len(inner) for part in element for inner in part):
        return None
    if element.get("itemprop") == "datePublished" and (date := attribute_date(element)):
        return date
    is_first = is_stamp(element) and all(node.get("itemprop") != "dateModified" for node in element.iter())
    return (attribute_date(element) or parse_date(line_of(element))) if is_first else None
