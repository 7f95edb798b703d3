"""Parse: a page becomes a document, its article apart from its reader comments."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from stance.datamodels import Document, Page, PageKind, Skip, without_odd_times
from stance.exceptions import InputError
from stance.limits import Limits, current_limits
from stance.page_layouts import DOUBTED, LATE
from stance.parsing.sites import shown_name
from stance.records.digests import domain_of
from stance.text_forms import without_unseen

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["make_document", "parse_page"]

Item = TypeVar("Item")


def make_document(item: Page | Document, language: str | None = None) -> Document | Skip:
    """Parse a page and detect the languages of a document; documents without texts pass as they are.

    :param language: Language of a document that is too short to detect it.
    :return: The reason if the page cannot be parsed.
    """
    from stance.parsing.language import with_languages

    if isinstance(item, Page):
        try:
            item = _described(parse_page(item), item)
        except InputError as error:
            return Skip(item.source, str(error).removeprefix(f"{item.source}: "))
    if not item.has_texts:
        return item
    if not item.scores:  # whose evidence is places in the texts as they are
        of_comment = ("text", "author", "quoted", "parent_text")
        comments = tuple(_normalised(comment, of_comment) for comment in item.comments)
        names = ("outlet", "title", "author", "lead", "body", "quotations")
        item = replace(_normalised(item, names), comments=comments)
    item = without_odd_times(item)
    if item.doubts and item.certainty is not None:
        item = replace(item, certainty=min(item.certainty, DOUBTED))
    outlet = without_unseen(item.outlet or "") or domain_of(item.url)
    return with_languages(replace(item, outlet=outlet), fallback=language)


def _normalised(item: Item, names: Iterable[str]) -> Item:
    """Return a document or comment with texts in one form of Unicode (NFC), which references may not give."""
    forms = {name: _nfc(getattr(item, name)) for name in names}
    return replace(item, **forms)  # type: ignore[type-var]


def _nfc(value: Any) -> Any:
    return tuple(map(_nfc, value)) if isinstance(value, tuple) else value and unicodedata.normalize("NFC", value)


def _described(document: Document, page: Page) -> Document:
    """Complete the facts of a page by those of the user, its address, and the folder of its site."""
    facts = page.facts
    url = facts.url or document.url
    # What the user states is not doubted.
    parts = {"title": facts.title, "outlet": facts.outlet, "date": facts.published}
    doubts = [doubt for doubt in (*document.doubts, *_late(document)) if not parts.get(doubt.partition(":")[0])]
    outlet, host = facts.outlet or document.outlet, domain_of(url) or page.outlet or host_of(page.source)
    if page.kind is PageKind.HTML and outlet in (None, host):
        outlet = facts.outlet or shown_name(page.text, host or "")
    return replace(
        document,
        outlet=outlet or host,
        title=facts.title or document.title,
        published=facts.published or document.published,
        url=url,
        certainties=document.certainties._replace(title=1.0) if facts.title else document.certainties,
        doubts=tuple(doubts),
    )


def _late(document: Document) -> Iterator[str]:
    """Yield a doubt of a date that is later than the comments."""
    days = [comment.posted[:10] for comment in document.comments if comment.posted]
    if days and document.published and document.published[:10] > max(days):
        yield f"date: {LATE}"


def host_of(source: str) -> str | None:
    """Return the host that a folder of a path is named after, as in copies of sites, or the start of a file's name."""
    host = r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}"
    *folders, name = re.split(r"[/\\]", source.partition("#")[0])
    start = re.match(rf"www\.{host}(?![a-z0-9-])", name, re.IGNORECASE)
    hosts = [part for part in (*folders, start[0] if start else "") if re.fullmatch(host, part, re.IGNORECASE)]
    if not hosts:
        return None
    from tld import get_fld  # a tenth of a second

    sites = (part for part in reversed(hosts) if get_fld(f"http://{part}", fail_silently=True))
    return domain_of(f"http://{next(sites, '')}")


def parse_page(page: Page) -> Document:
    """Separate the article of a page from its comments.

    :param page: A page as read.
    :return: The document; its language and those of its comments are not detected yet. Of comments,
        those within the limits in force; how many are not is a warning.
    :raises InputError: If the page cannot be parsed.
    """
    match page.kind:
        case PageKind.HTML:
            from stance.parsing.html.page import parse_html as parse
        case PageKind.TEXT:
            from stance.parsing.dump import parse_text as parse
    from stance.parsing.dates import dates_of_page
    from stance.parsing.quotations import with_quotes

    # Networks for a page are so small that threads wait for each other.
    with dates_of_page(page.text), _numpy_threads().limit(limits=1):
        return with_quotes(_within(current_limits(), parse(page)))


@cache
def _numpy_threads() -> "ThreadpoolController":
    """Return the threads of NumPy, which is loaded by then; looking for them takes as long as a short page."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _within(limits: Limits, document: Document) -> Document:
    """Leave out comments that are too long or too many, with a warning; warn of texts that are cut, too."""
    from stance.parsing.cleaning import cut_note

    warnings = cut_note([comment.text for comment in document.comments])
    comments = [comment for comment in document.comments if len(comment.text) <= limits.field_chars]
    if long := len(document.comments) - len(comments):
        warnings.append(f"{long:,} comment{'s' * (long != 1)} longer than {limits.field_chars:,} characters left out")
    if len(comments) > limits.comments:
        warnings.append(f"only the first {limits.comments:,} of {len(comments):,} comments were read (the limit)")
    if not warnings:
        return document
    del comments[limits.comments :]
    names = {comment.comment_id for comment in comments}
    answers = [one if one.reply_to in names else replace(one, reply_to=None) for one in comments]
    return replace(document, comments=tuple(answers), warnings=(*document.warnings, *warnings))
