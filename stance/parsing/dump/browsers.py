"""Leave out of the lines of a dump the names of pictures, and the bullets, that text browsers print."""

import re
from collections.abc import Collection

from stance.parsing.lines import Line, Lines
from stance.parsing.phrases import phrase_set
from stance.parsing.unwrapping import with_texts

_STUB = re.compile(r"\[[^\s\[\]]{1,200}\]|\[\]")
"""Pattern of a word in brackets, perhaps the first letters of the name of a file."""

_BULLETS = {15: "o ", 20: "# ", 25: "@ "}
"""Letters and signs that lynx prints before the items of inner lists, by their indent; "*" and "+" are further out."""


def without_bullets(lines: Lines) -> Lines:
    """Return lines without the bullets of inner lists, if the page has outer ones."""
    if not any(line.bullet and line.indent + 5 in _BULLETS for line in lines):
        return lines
    return [
        line._replace(text=line.text[2:].lstrip(), bullet=True)
        if line.text.startswith(_BULLETS.get(line.indent, "\n"))
        else line
        for line in lines
    ]


def without_pictures(lines: Lines) -> Lines:
    """Return lines without the names of pictures at their edges."""
    edges = [_words_at_edges(line.text) if "[" in line.text else [] for line in lines]
    file_name = r"(?i)\.(?:png|gif|jpe?g|svg|webp|bmp|ico)\b"
    files = {word for words in edges for word in words if re.search(file_name, word)}
    # Pattern of letters beside digits, as in names of files and in no word.
    odd = [word for words in edges for word in words if re.search(r"\w*(?:[^\W\d_][\d_]|[\d_][^\W\d_])\w*", word)]
    # Minimum number of lines with a name that is no word for words in brackets to be names of files, too.
    if len(odd) >= 3:
        alone = {
            word
            for words, line in zip(edges, lines, strict=True)
            for word in words
            if "".join(words) == _squeezed(line)
        }
        files |= {"[]", *(word for word in {*odd, *alone} if not _is_other(word))}
    if not files:
        return lines
    return with_texts([(line, _without(line.text, files)) for line in lines])


def _words_at_edges(text: str) -> list[str]:
    """Return the words in brackets at both ends of a line."""
    words = text.replace("][", "] [").split()
    first = next((i for i, word in enumerate(words) if not _STUB.fullmatch(word)), len(words))
    last = next((i for i, word in enumerate(reversed(words)) if not _STUB.fullmatch(word)), 0)
    return [*words[:first], *words[max(first, len(words) - last) :]]


def _squeezed(line: Line) -> str:
    return "".join(line.text.split())


def _is_other(word: str) -> bool:
    """Return whether a word in brackets is a button or a note."""
    plain = word[1:-1].casefold()
    # Words in brackets that people write, or that stand in place of a comment.
    note = frozenset({"deleted", "removed", "flagged", "hidden", "redacted", "sic"})
    return plain in phrase_set("comment.actions") or plain in note or not any(map(str.isalnum, plain))


def _without(text: str, files: Collection[str]) -> str:
    """Return a text without the names of pictures at its edges."""
    if "[" not in text:
        return text
    while (cut := next((name for name in files if text.startswith(name)), None)) is not None:
        text = text.removeprefix(cut).lstrip()
    while (cut := next((name for name in files if text.endswith(name)), None)) is not None:
        text = text.removesuffix(cut).rstrip()
    return text
