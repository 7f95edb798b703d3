"""Ids and digests of documents, comments and pages, and addresses in one form."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import chain, count
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from stance import page_layouts
from stance.datamodels import Comment, Document
from stance.pseudonyms import folded
from stance.resources import SOURCES, formats


def document_id(title: str | None, body: Iterable[str], comments: Iterable[Comment]) -> str:
    """Digest the content of a page, so that a page saved twice counts once: title, body, comments and their authors.

    :return: 16 hexadecimal digits; white space does not change them.
    """
    parts = [title or "", *body]
    for comment in comments:
        parts += [comment.author or "", comment.text]
    # No part holds the separator, so moving a word from one part to the next changes the digest.
    content = "".join([" ".join(part.split()) + "\n" for part in parts])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def content_of(document: Document) -> str:
    """Digest the content of a document, by which it is known when it is read again.

    "I agree" occurs under many articles: rows of a table that say the same are other comments where their ids, or the
    names of their documents, are others. Of a page that may have several saves, the newest votes count.
    """
    if document.layout in page_layouts.SCORES_LAYOUTS:
        scores = (f"{score.comment} {score.author} {score.posted} {score.target}" for score in document.scores)
        return document_id(document.outlet, (document.layout, document.document_id, *scores), document.comments)
    if document.layout not in page_layouts.TABLE_LAYOUTS:
        has_saves = page_of(document.url, document.outlet, document.layout) is not None
        votes = [f"{comment.votes}" for comment in document.comments if has_saves and comment.votes is not None]
        return document_id(document.title, (*document.body, *votes), document.comments)
    names = (document.outlet or "", document.document_id, *(comment.comment_id for comment in document.comments))
    return document_id(document.title, names, document.comments)


def input_of(source: str) -> str:
    """Return the input of a document, from its source."""
    return source.partition("#")[0]


class DocumentIds:
    """The ids of the documents of a run, or of a store.

    Tables name their documents freely, so the "1" of a second input or outlet is another document, and becomes "1~2".
    The id of a page is the digest of its content, which is the same wherever it is read.

    :param taken_ids: Ids, each with the input, outlet and title of its document.
    """

    def __init__(self, taken_ids: Iterable[tuple[str, str, str | None, str | None]] = ()) -> None:
        self._owners = {name: owner for name, *owner in taken_ids}

    def distinct(self, document: Document, source: str) -> Document:
        """Return a document with an id that no document of another input, outlet or title has.

        :param source: The input.
        """
        if document.layout not in page_layouts.TABLE_LAYOUTS | page_layouts.SCORES_LAYOUTS:
            return document
        first, owner = document.document_id, [source, document.outlet, document.title]
        names = chain((first,), (f"{first}~{number}" for number in count(2)))
        name = next(name for name in names if self._owners.setdefault(name, owner) == owner)
        scores = tuple(replace(score, document=name) for score in document.scores)
        return replace(document, document_id=name, scores=scores)


def pair_digest(text: str, target: str) -> int:
    """Digest a labelled pair, so that a model knows the pairs it was trained on without holding their words.

    :return: In [0, 2**64); white space does not change it.
    """
    content = f"{' '.join(text.split())}\n{target}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


def _is_archive(host: str) -> bool:
    """Return whether a host is that of an archive, a cache or a translator."""
    return re.fullmatch(formats()["addresses"]["archive"], host) is not None


def original_address(url: str) -> str:
    """Return the address of a page that an archive, a cache or a translator shows; others as they are."""
    if amp := re.fullmatch(formats()["addresses"]["amp"], url):
        return f"http{'s' if amp[1] else ''}://{amp[2]}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # "[" where only an IPv6 host may have one
        return url
    if not _is_archive(host):
        return url
    if host.endswith((".translate.goog", ".cdn.ampproject.org")):  # www-paper-example.translate.goog
        translated_host = host.partition(".")[0].replace("--", "\0").replace("-", ".").replace("\0", "-")
        query = urlencode([field for field in parse_qsl(parts.query) if not field[0].startswith("_x_tr_")])
        return urlunsplit((parts.scheme, translated_host, parts.path, query, ""))
    if inner := re.search(formats()["addresses"]["inner"], f"{parts.path}?{parts.query}".rstrip("?")):
        return re.sub(r"^(https?:)/+", r"\1//", inner[1] or f"http://{inner[2]}")
    addresses = (re.search(r"https?://\S+", value) for _, value in parse_qsl(parts.query))
    return next((address[0] for address in addresses if address), url)


def domain_of(url: str | None) -> str | None:
    """Return the host of an address, which names an outlet that does not name itself.

    One site is one host, without ``www.``, ``m.`` or ``amp.``; an archive, or a host without a dot, is none.
    """
    try:
        host = urlsplit(original_address(url or "")).hostname or ""
    except ValueError:
        return None
    is_site = "." in host.strip(".") and not _is_archive(host)
    return re.sub(formats()["addresses"]["alias"], "", host) if is_site else None


@cache
def export_layouts() -> frozenset[str]:
    """Return the layouts of documents of which an input may hold any part of the comments."""
    return frozenset(path.stem for path in SOURCES.glob("*.toml")) | page_layouts.TABLE_LAYOUTS


def page_of(url: str | None, outlet: str | None, layout: str, source: str = "") -> str | None:
    """Return the key of the saves of a page: outlet and address; without these, of an export, the name of its thread.

    :param source: Of the document; without it, threads have no key.
    :return: None for a document without saves: one without an address, or with that of the first page of a site.
    """
    if layout in (*page_layouts.SCORES_LAYOUTS, page_layouts.ROWS_LAYOUT):
        return None
    try:
        address = urlsplit(url or "")
        fields = parse_qsl(address.query)
        query = sorted(field for field in fields if not re.fullmatch(r"(?i)utm_\w+|fbclid|gclid", field[0]))
    except ValueError:  # "[" where only an IPv6 host may have one
        return None
    host, path, fields_of_query = domain_of(url), address.path.rstrip("/"), urlencode(query)
    if host and path + fields_of_query:
        return "\n".join((host, path, fields_of_query, folded(outlet or "")))
    thread = source.partition("#")[2] if layout in export_layouts() else ""
    is_name = thread and not re.fullmatch(r"\d+-\d+", thread)  # rows of a table that names no document
    return "\n".join(("", layout, thread, folded(outlet or ""))) if is_name else None


PAGE_NAME = re.compile(r"[0-9a-f]{8,64}\.html")
"""Pattern of the name of a document's page; a former page is removed only under such a name."""


def page_name(document_id: str, part: int = 1) -> str:
    """Name a document's page after its identifier, or after a digest of one that is no digest itself.

    :param part: Of a document that came in parts, from 1.
    """
    document_id = document_id if part == 1 else f"{document_id} part {part}"
    name = f"{document_id}.html"
    if PAGE_NAME.fullmatch(name):
        return name
    return hashlib.sha256(document_id.encode(errors="surrogatepass")).hexdigest()[:16] + ".html"
