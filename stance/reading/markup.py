"""Turn the markup of comments and articles into text."""

import html
import json
import re
from ast import literal_eval
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from stance.datamodels import Json
from stance.reading.encodings import REFERENCE, REPLACEMENT, clean
from stance.resources import formats

BLOCKS = frozenset(formats()["blocks"])
"""Elements that begin and end a line."""

UNSEEN = frozenset(formats()["unseen"])
"""Elements whose contents are not shown as text."""

_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))|<(/?)([A-Za-z][A-Za-z0-9]{0,20})\b[^<>]{0,4000}>|<[!?][^<>]{0,4000}>", re.DOTALL
)

_ELEMENT = re.compile(
    r"</[a-z][\w:-]{0,30}\s{0,8}>|<(?:br|hr|img|p|div|blockquote)\b[^<>]{0,4000}>"
    r"|<[a-z][\w:-]{0,30}\s[^<>]{0,2000}=\s?[\"'\w][^<>]{0,2000}>",
    re.I,
)
"""Pattern of an element of HTML of any name: one that ends, is empty, or has an attribute."""


class MarkupText(NamedTuple):
    """A text in lines, and its quoted lines."""

    text: str
    quoted: str | None


def read_markup(markup: str) -> MarkupText:
    """Turn a piece of markup, as exports and feeds hold it, into text: a line for each of a block, without tags.

    The markup is cut at its tags and never nested, so the time is proportional to the length.

    :return: The text, lines joined by line feeds. Lines in a ``blockquote`` or behind ``>`` are quoted.
    """
    lines = list(_marked_lines(clean(markup)))
    quoted = [line for line, is_quote in lines if is_quote or line.startswith(">")]
    return MarkupText("\n".join(line for line, _ in lines), "\n".join(quoted) or None)


def read_cell(text: str) -> MarkupText:
    """Read a text of a table: plain, with character references, or in markup.

    :return: Lines behind ``>`` are quoted, unless there are no others: then line breaks may have been lost.
    """
    plain = read_references(_from_escapes(_from_json(text)))
    # The second is escaped once more.
    written = next(filter(has_markup, (text, plain)), html.escape(plain, quote=False))
    if (marked := _from_forum(written)) != written or has_markup(written):
        passage = read_markup(marked)
    else:
        quotes = [line for line in plain.split("\n") if line.lstrip().startswith(">")]
        passage = MarkupText(plain, "\n".join(quotes) or None)
    own_lines = sum(1 for line in passage.text.split("\n") if line.strip()) - len((passage.quoted or "").splitlines())
    return passage if own_lines else MarkupText(passage.text, None)


def has_markup(text: str) -> bool:
    """Return whether a text holds elements of HTML."""
    return "<" in text and _ELEMENT.search(text) is not None


def is_missing(text: str) -> bool:
    """Return whether the text of a comment is a mark of a missing value, or an error of a spreadsheet."""
    mark = re.sub(r"[./\s]", "", text.strip("()<>[]\"'")).lower()
    return bool(text) and (is_missing_cell(text) or mark in formats()["missing_words"] or not text.strip("#-–— "))


def is_missing_cell(text: str) -> bool:
    """Return whether a cell of any column is a mark of a missing value, or an error of a spreadsheet."""
    error = re.fullmatch(r"#[¿¡]?(\w+)(?:/0)?[!?]|(#(?:N/[AD]|Н/Д|NV|GETTING_DATA)|ERR:5\d\d)", text.upper())
    return text in formats()["missing_cells"] or bool(error and (error[2] or error[1] in formats()["cell_errors"]))


def _from_json(text: str) -> str:
    """Return the words of a text that an editor or an export keeps as JSON, or Python as its values."""
    if not re.match(r"\s{0,8}(?:\{|\[\s{0,8}\{)\s{0,8}[\"']", text):
        return text
    for parse, written in ((json.loads, text), (json.loads, f"[{text}]"), (literal_eval, text)):
        with suppress(ValueError, RecursionError, SyntaxError, MemoryError):  # the second: parts behind each other
            return _json_words(parse(written)).strip() or text
    return text


def _json_words(value: Json) -> str:
    if isinstance(value, list):
        blocks = {"content", "data", "children", "key"}
        is_lines = any(isinstance(element, dict) and blocks & element.keys() for element in value)
        return ("\n" * is_lines).join(map(_json_words, value))
    if not isinstance(value, dict):
        return ""
    words = next((value[name] for name in ("text", "insert") if isinstance(value.get(name), str)), None)
    return "".join(map(_json_words, value.values())) if words is None else words


def _from_escapes(text: str) -> str:
    """Replace escapes of programs that were kept as letters: line ends, and characters by their numbers."""
    if "\\" not in text:
        return text
    text = re.sub(r"(?:\\u[0-9a-fA-F]{4})+", _unescaped, text)
    # Pattern of a line end kept as letters: behind the end of a sentence, not within a path.
    return re.sub(r"(?<![A-Za-z:\\])(?:\\r)?\\n(?:\\r)?(?=[\W\d_A-ZА-Я]|\\|$)", "\n", text)


def _unescaped(escapes: re.Match[str]) -> str:
    characters: str = json.loads(f'"{escapes[0]}"')
    return characters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_forum(markup: str) -> str:
    """Turn markup of forums and wikis within HTML into HTML."""
    is_forum, is_wiki = "[/" in markup or "|" in markup, "[[" in markup or "'''" in markup
    for pattern, text in formats()["forum_markup"] * is_forum + formats()["wiki_markup"] * is_wiki:
        markup = re.sub(pattern, text, markup)
    return markup


def read_references(text: str) -> str:
    """Replace references to characters, as ``&#39;`` and ``&amp;``, also escaped twice, in a text that is no markup."""
    for _ in range(2 if "&" in text else 0):
        text = clean(REFERENCE.sub(lambda reference: html.unescape(reference[0]), text))
    return text


def read_article(markup: str) -> MarkupText:
    """Turn an article as a blog stores it into its paragraphs, a line each."""
    shortcode = r"\[/?(?:caption|gallery|embed|audio|video|playlist|wp_caption)\b[^\[\]]{0,2000}\]"
    return read_markup(re.sub(shortcode, "", markup))


def _marked_lines(markup: str) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether each is in a quotation."""
    pieces = []
    position, depth, unseen = 0, 0, ""
    for tag in _TAG.finditer(markup):
        name, closes = (tag[2] or "").lower(), bool(tag[1])
        if unseen:
            unseen = "" if closes and name == unseen else unseen
        else:
            pieces.append(markup[position : tag.start()])
            is_card = name == "aside" and "onebox" in tag[0]
            unseen = name if (name in UNSEEN or is_card) and not closes else ""
        position = tag.end()
        if name in BLOCKS and not unseen:
            yield from ((line, depth > 0) for line in _lines_of(pieces))
            pieces.clear()
            depth = max(0, depth + (-1 if closes else 1)) if name == "blockquote" else depth
    yield from ((line, depth > 0) for line in _lines_of([*pieces, "" if unseen else markup[position:]]))


def _lines_of(pieces: Iterable[str]) -> list[str]:
    """Return the lines of a block, without references to characters."""
    block = "".join(pieces)
    lines = block.split("\n")
    long_number = "&#[0-9]{8,}"  # no character, and slow to read
    plain = (
        clean(read_references(html.unescape(re.sub(long_number, REPLACEMENT, line)))) if "&" in line else line
        for line in lines
    )
    return [text for line in plain if (text := " ".join(line.split()))]
