"""How much of an input is read before it is refused.

A saved page comes from anywhere, so each bound is a value that a caller can change, and all stand here. They were set
from what real pages need (the reason is beside each), then rounded up generously.
"""

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of reading; what exceeds one is skipped and named, never cut silently."""

    page_bytes: int = 50 * MEGABYTE  # a page is held in memory as a whole, several times over
    html_bytes: int = 16 * MEGABYTE  # a tree takes some ten times its source; saved pages stay under 10 MB
    unpacked_bytes: int = 200 * MEGABYTE  # of a packed input; tables are streamed, so this may exceed a page
    ratio: int = 200  # unpacked to packed size; real text packs 3 to 20 times
    ratio_from_bytes: int = 10 * MEGABYTE  # a small file may repeat itself, and does no harm
    packings: int = 3  # a packed file in a packed file in a packed file
    line_chars: int = 10 * MEGABYTE  # a parsed document with all its comments is one line
    row_chars: int = 1 * MEGABYTE  # of CSV; a row that goes on longer has a quote that is never closed
    field_chars: int = 100_000  # one comment; below what the csv module refuses by itself
    rows_per_document: int = 2_000  # of a table that names no documents
    comments: int = 50_000  # under one page; the largest threads known hold some 20,000
    html_depth: int = 512  # elements inside each other; browsers stop at 512 too, real pages at about 60
    named_rows: int = 100  # bad rows of a table that are named one by one; the rest is counted
    unclosed_quotes: int = 100  # of a table; each costs a second reading of up to ``row_chars``
