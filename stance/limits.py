"""How much of an input is read before it is refused.

A saved page comes from anywhere, so all bounds of reading stand here. Those in ``Limits`` are values that a caller can
change; the constants below it are far beyond anything real, so nobody needs another. All were set from what real pages
need (the reason is beside each), then rounded up generously.
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
    named_rows: int = 100  # bad rows of a table that are named one by one; the rest is counted
    unclosed_quotes: int = 100  # of a table; each costs a second reading of up to ``row_chars``


LABEL_LIMITS = Limits(page_bytes=200 * MEGABYTE, unpacked_bytes=500 * MEGABYTE)
"""Of label tables: a JSON list of Label Studio is held as text; other tables are streamed."""

# Packed data and web archives.
ZSTD_WINDOW_BYTES = 128 * 1024 * 1024  # what `zstd --ultra --long=27` needs, the most it unpacks without being told
DAMAGED_PARTS = 1_000  # of an archive; looking for the next one costs some time each
HEADER_BYTES = 65_536  # all headers together; browsers refuse more, and real ones have about a thousand
URL_CHARS = 4_000  # of an address; browsers and servers stop between 2,000 and 8,000

# Markup. libxml2 itself stops HTML and XML at a depth of 256; browsers stop at 512, real pages at about 60.
PROLOG_BYTES = 1 * MEGABYTE  # of XML before the first element; real exports have some comments there

# Tables.
MAX_DIGITS = 100  # of a whole number in JSON; longer ones take quadratic time to read and mean nothing here
PARQUET_HELD_BYTES = 100 * MEGABYTE  # of the rows that are unpacked together
MAX_LABELLED_CHARS = 200_000  # of a labelled text: twice what is read as a comment
MAX_CELL_CHARS = 20_000  # of any other cell of a label table
MAX_STORED_BYTES = 4 * MEGABYTE  # of one value in a file of labels; a text of ``MAX_LABELLED_CHARS`` fits

# Targets.
MAX_TARGET_FILE_BYTES = 1 * MEGABYTE  # some 50,000 aliases
MAX_ALIAS_LENGTH = 200  # the longest shipped one has 37 characters
