"""Names of the layouts in which pages and tables are read, and words for them and for how sure a reading is."""

TABLE_LAYOUT = "table"
"""Name of the layout of a document that is rows of a table."""

ROWS_LAYOUT = "table-without-articles"
"""Name of the layout of a document that is rows of a table that names no article: each may be of another one."""

TABLE_LAYOUTS = frozenset((TABLE_LAYOUT, ROWS_LAYOUT))

SCORES_LAYOUT = "scores"
"""Name of the layout of a document that is rows of a table of scores."""

ROW_SCORES_LAYOUT = "scores-without-articles"
"""Name of the layout of the same, where the rows name no article: each may be of another one."""

SCORES_LAYOUTS = frozenset((SCORES_LAYOUT, ROW_SCORES_LAYOUT))

WITHOUT_ARTICLES = frozenset((ROWS_LAYOUT, ROW_SCORES_LAYOUT))
"""Layouts of documents whose comments may be of any number of articles: each comment counts as one of its own."""

DOUBTFUL, DOUBTED = 0.5, 0.89
"""Minimum certainty of a page that does not count as possibly misread, and maximum of one with a doubt."""

UNSAVED = "the file has none"
"""Words: in the doubt about a page whose comments were not saved."""

LATE = "the article is dated after all of its comments"
"""A doubt of a date, which then is in no trend."""


def layout_words(layout: str) -> str:
    """Name in words how a document was read; comment systems and tools keep their names."""
    read_as = dict.fromkeys(TABLE_LAYOUTS, "table of comments") | dict.fromkeys(SCORES_LAYOUTS, "scores")
    read_as |= {"none": "no comments", "boxes": "comments in blocks that repeat"}
    read_as |= {"lines": "comments between names and dates"}
    kind, _, name = layout.rpartition(":")
    return "comments as you showed" if kind == "rows:own" else read_as.get(layout, f"{name} comments")


def certainty_words(certainty: float) -> str:
    """Name in words how sure it is that a page was read right."""
    return "low" if certainty < DOUBTFUL else "medium" if certainty < 0.9 else "high"
