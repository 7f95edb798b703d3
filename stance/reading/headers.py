"""Read the headers of records, responses and parts of mails."""

import re

from stance.datamodels import PageKind
from stance.limits import FIXED
from stance.reading.encodings import clean
from stance.reading.input_names import web_address

PAGE_TYPES = dict.fromkeys(("text/html", "application/xhtml+xml"), PageKind.HTML) | {"text/plain": PageKind.TEXT}
"""Media types of pages; other records of a crawl (pictures, scripts, styles) are skipped."""


class Headers(dict[str, str]):
    """Header fields by their names in lower case."""

    @property
    def media_type(self) -> str:
        """Return the stated type, such as ``text/html``; empty if none is stated."""
        return self.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """Return the stated encoding; the email package takes quadratic time on a parameter without end."""
        pattern = r"""charset\s{0,8}=\s{0,8}(?:"([^"]{1,200})"|([^\s;"]{1,200}))"""
        match = re.search(pattern, self.get("content-type", "")[:1_000], re.IGNORECASE)
        return match and (match[1] or match[2].strip("'"))

    def address(self, name: str) -> str | None:
        """Return a field that holds a web address; None if it holds none."""
        return web_address(clean(self.get(name, "")).strip().removeprefix("<").removesuffix(">"))


def split_headers(data: bytes, start: int = 0) -> tuple[Headers, int] | None:
    """Read headers up to a blank line; a line that begins with a blank continues the one before.

    :return: The headers, and where their body begins; None if that is further than ``FIXED.header_bytes``.
    """
    end = re.compile(rb"\r?\n[ \t]{0,80}\r?\n").search(data, 0, FIXED.header_bytes)
    if end is None:
        return None
    text = re.sub(r"\r?\n[ \t]+", " ", data[start : end.start()].decode("utf-8", "replace"))
    fields = (line.partition(":") for line in text.splitlines())
    headers = Headers((name.strip().lower(), value.strip()) for name, colon, value in fields if colon and name.strip())
    return headers, end.end()
