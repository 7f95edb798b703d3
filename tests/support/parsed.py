"""Parse and read inputs of tests that are given as text or bytes."""

import io
import tracemalloc
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from stance.datamodels import Document, Page, PageKind, Skip
from stance.limits import Limits, limits_in_force
from stance.parsing import parse_page
from stance.reading import read

PAGES = Path(__file__).parents[1] / "pages"
FERRY = (
    "The harbour council voted on Tuesday to keep the old ferry running for another year, after a long debate.",
    "Engineers had warned that the hull needs repairs which the town can hardly pay for before next winter.",
    "Fishermen from the northern shore said that without the ferry their catch would reach the market a day late.",
)
"""Paragraphs of the article of made-up dumps."""


def parse_html(source: str) -> Document:
    return parse_page(Page("page.html", PageKind.HTML, source, "utf-8"))


def parse_dump(text: str) -> Document:
    return parse_page(Page("page.txt", PageKind.TEXT, text, "utf-8"))


@cache
def parse_file(name: str) -> Document:
    return parse_html((PAGES / f"{name}.html").read_text(encoding="utf-8"))


def said(document: Document) -> list[tuple[str | None, str]]:
    return [(comment.author, comment.text) for comment in document.comments]


def read_input(data: bytes | str, limits: Limits | None = None) -> tuple[list, list[Skip]]:
    """Return what is read from standard input, and what is skipped."""
    skips: list[Skip] = []
    stdin = io.BytesIO(data.encode() if isinstance(data, str) else data)
    with limits_in_force(limits or Limits()):
        return list(read(["-"], skip=skips.append, stdin=stdin)), skips


def most_held(call: Callable[[Any], object], argument: object) -> int:
    """Return the bytes that a call holds at most."""
    tracemalloc.start()
    try:
        call(argument)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
