"""Which document a page is, by a digest of its content, so that a page saved twice counts once; and whose it is."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from stance.datamodels import TABLE_LAYOUT, Comment, Document


def document_id(title: str | None, body: Iterable[str], comments: Iterable[Comment]) -> str:
    """Digest what a page says: its title, its body and who commented what.

    :param title: The headline; None where the page shows none.
    :param body: Paragraphs, in page order.
    :param comments: Comments, in page order.
    :return: 16 hexadecimal digits; white space does not change them.
    """
    digest = hashlib.sha256()
    parts = [title or "", *body]
    for comment in comments:
        parts += [comment.author or "", comment.text]
    for part in parts:
        # The separator stands in no part, so moving a word from one part to the next changes the digest.
        digest.update(" ".join(part.split()).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:16]


def content_of(document: Document) -> str:
    """Digest what a document says, by which it is known when it is read again.

    "I agree" stands under many articles: rows of a table that say the same are other comments where their ids, or the
    names of their documents, are others.
    """
    if document.layout != TABLE_LAYOUT:
        return document_id(document.title, document.body, document.comments)
    names = (document.outlet or "", document.document_id, *(comment.comment_id for comment in document.comments))
    return document_id(document.title, names, document.comments)


@dataclass(slots=True)
class Firsts:
    """Where each document stood first, by what it says; scores of a page are known by its name, which is that digest.

    Scores beside scores of one page repeat nothing: they may be toward other targets.
    """

    sources: dict[str, str] = field(default_factory=dict)
    scores: set[str] = field(default_factory=set)  # of which scores came first

    def before(self, content: str, source: str, *, is_scores: bool = False) -> str | None:
        """Note a document, or scores of one; say where it stood first, if it counts already."""
        if (first := self.sources.get(content)) is not None:
            return None if is_scores and content in self.scores else first
        self.sources[content] = source
        if is_scores:
            self.scores.add(content)
        return None


def pair_digest(text: str, target: str) -> int:
    """Digest a labelled pair, so that a model can say which it was trained on without holding their words.

    :return: In [0, 2**64); white space does not change it.
    """
    content = f"{' '.join(text.split())}\n{target}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


def domain_of(url: str | None) -> str | None:
    """Return the host of an address, which names an outlet that does not name itself."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:  # "[" where only an IPv6 host may have one
        return None
    return host.removeprefix("www.") if host else None
