"""The text of a piece of markup, as exports and feeds hold it: a comment or an article, without a page around it.

Such a piece is short, and rarely well formed. It is cut at its tags and nothing is nested, so its time is proportional
to its length whatever it holds.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from stance.reading.encoding import clean

# fmt: off
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section",
    "table", "tbody", "td", "th", "tr", "ul",
))
# fmt: on
"""Elements that begin and end a line."""

UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "iframe", "object", "textarea"))

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})\b[^<>]{0,4000}>|<[!?][^<>]{0,4000}>")
_WRITTEN_AS_MARKUP = re.compile(r"<br\s{0,8}/?>|</(?:p|a|blockquote)>", re.I)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LONG_NUMBER = re.compile(r"&#[0-9]{8,}")
_BLANKS = re.compile(r"[^\S\v]+")
_SHORTCODE = re.compile(r"\[/?(?:caption|gallery|embed|audio|video|playlist|wp_caption)\b[^\[\]]{0,2000}\]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text in lines, and those of them that quote somebody."""

    text: str
    quoted: str | None


def read_markup(markup: str, *, keep_lines: bool) -> Passage:
    """Turn markup into text: a line for each block, and tags, scripts and comments gone.

    :param markup: HTML, or plain text.
    :param keep_lines: Whether a line break of the source is one of the text, as where a blog makes the paragraphs when
        it shows a text; else only markup breaks lines.
    :return: The text, lines joined by line feeds. Quoted is what stands in a ``blockquote`` or behind ``>``.
    """
    lines: list[str] = []
    quoted: list[str] = []
    for line, is_quote in _lines(_without_comments(clean(markup)), keep_lines=keep_lines):
        lines.append(line)
        if is_quote or line.startswith(">"):
            quoted.append(line)
    return Passage("\n".join(lines), "\n".join(quoted) or None)


def read_cell(text: str) -> Passage:
    """Read a text of a table: plain, or as programs give comments out, with references, or in markup.

    :return: Quoted are lines behind ``>``, unless there is no other: then line breaks may have been lost.
    """
    if _WRITTEN_AS_MARKUP.search(text):
        passage = read_markup(text, keep_lines=True)
    else:
        plain = read_references(text)
        quotes = [line for line in plain.split("\n") if line.lstrip().startswith(">")] if ">" in plain else []
        passage = Passage(plain, "\n".join(quotes) or None)
    own = sum(1 for line in passage.text.split("\n") if line.strip()) - len((passage.quoted or "").splitlines())
    return passage if own else Passage(passage.text, None)


def read_references(text: str) -> str:
    """Replace what stands for a character in markup, as ``&#39;`` and ``&amp;``, in a text that is none."""
    return clean(_REFERENCE.sub(lambda found: html.unescape(found[0]), text)) if "&" in text else text


def read_line(markup: str | None) -> str | None:
    """Turn markup into one line of text; None where it has none."""
    return read_markup(markup, keep_lines=False).text.replace("\n", " ") or None if markup else None


def read_paragraphs(markup: str) -> tuple[str, ...]:
    """Turn an article as a blog stores it into its paragraphs."""
    text = read_markup(_SHORTCODE.sub("", markup), keep_lines=True).text
    return tuple(text.split("\n")) if text else ()


def _lines(markup: str, *, keep_lines: bool) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether each stands in a quotation."""
    pieces: list[str] = []
    depth = 0
    for piece, name, closes in _pieces(markup):
        pieces.append(_unescape(piece.replace("\n", "\v") if keep_lines else piece))
        if name not in BLOCKS:
            continue
        yield from _cut(pieces, depth > 0)
        pieces = []
        if name == "blockquote":
            depth = max(0, depth + (-1 if closes else 1))
    yield from _cut(pieces, depth > 0)


def _cut(pieces: list[str], is_quote: bool) -> Iterator[tuple[str, bool]]:
    for line in "".join(pieces).split("\v"):
        if text := _BLANKS.sub(" ", line).strip():
            yield text, is_quote


def _pieces(markup: str) -> Iterator[tuple[str, str, bool]]:
    """Yield what stands before each tag, with the name of the tag and whether it closes; at last, what is left."""
    position, unseen = 0, ""
    for tag in _TAG.finditer(markup):
        name = (tag[2] or "").lower()
        if not unseen:
            yield markup[position : tag.start()], name, bool(tag[1])
        if unseen and name == unseen and tag[1]:
            unseen = ""
        elif not unseen and name in UNSEEN and not tag[1]:
            unseen = name
        position = tag.end()
    if not unseen:
        yield markup[position:], "", False


def _without_comments(markup: str) -> str:
    pieces = []
    position = 0
    while (start := markup.find("<!--", position)) >= 0:
        pieces.append(markup[position:start])
        end = markup.find("-->", start)
        if end < 0:
            return "".join(pieces)
        position = end + 3
    return "".join((*pieces, markup[position:]))


def _unescape(text: str) -> str:
    """Replace character references; a number that is no character would take long to read."""
    if "&" not in text:
        return text
    lines = (clean(html.unescape(_LONG_NUMBER.sub("\ufffd", line))) for line in text.split("\v"))
    return "\v".join(lines)
