"""What makes two pages the same document: a digest of the content, so that a page saved twice is counted once."""

import hashlib
from collections.abc import Iterable

from stance.datamodels import Comment


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
