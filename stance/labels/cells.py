"""Cells of CSV tables that a spreadsheet would run: an apostrophe makes them inert, and reading takes it away again.

As in tables of scores, but texts are what annotators read, so those that begin with apostrophes of their own come back
letter by letter too.
"""

from stance.records import FORMULA_STARTS


def guard(text: str) -> str:
    """Put an apostrophe before a formula, and before what would lose one of its own in ``unguard``."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def unguard(text: str) -> str:
    """Take the apostrophe of ``guard`` away."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text
