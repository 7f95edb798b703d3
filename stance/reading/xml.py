"""XML as a stream of the few elements that are asked for, read by a parser that expands, fetches and trusts nothing.

An export may hold gigabytes, so an element is gone as soon as it was handed over. A document that declares entities is
refused: no export does, and they are how a few bytes become gigabytes or a local file. That is what defusedxml does for
the parser of the standard library, which has no bound on depth.
"""

import io
import re
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import TypeAlias

from lxml import etree

from stance.exceptions import InputError
from stance.limits import PROLOG_BYTES, Limits, shown_size
from stance.reading.encoding import byte_order_mark
from stance.reading.packing import CHUNK_BYTES, head

Element: TypeAlias = etree._Element
Path: TypeAlias = tuple[str, ...]

CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
"""What XML does not allow and exports hold all the same, where a reader pasted it."""

_WIDE = (b"\0<", b"<\0")  # UTF-16 and UTF-32, where a zero byte is a part of a character
_PROLOG_PART = re.compile(r"\s{1,9999}|<\?[^>]{0,2000}>|<!--(?:[^-]|-(?!->)){0,9999}-->")
_ROOT = re.compile(
    r"(?:<!DOCTYPE\b[^<>\[\]]{0,2000}>\s{0,9999})?<(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})[\s/>]", re.I
)


def root_name(text: str) -> str | None:
    """Return the name of the first element, without its prefix.

    :param text: The beginning of a document.
    :return: None where no element follows what may stand before one, also where a document type has contents.
    """
    position = 0
    while part := _PROLOG_PART.match(text, position):
        position = part.end()
    root = _ROOT.match(text, position)
    return root[1] if root else None


def elements(reader: io.BufferedReader, wanted: Container[Path], limits: Limits) -> Iterator[tuple[Path, Element]]:
    """Yield the elements at some paths, each complete, in the order in which they end.

    :param reader: The document.
    :param wanted: Names from the root on, without prefixes; one that stands inside another is a part of that.
    :param limits: Bound the source of one element.
    :raises InputError: If the document is broken, declares entities, or an element is too large.
    """
    stream = _Stream(wanted)
    for chunk in _chunks(reader):
        try:
            stream.parser.feed(chunk)
            yield from stream.take()
        except etree.XMLSyntaxError as error:
            yield from stream.take()
            raise InputError(f"broken XML: {error.msg}"[:200]) from error
        stream.pass_bytes(len(chunk), limits)
    try:
        stream.parser.close()
    except etree.XMLSyntaxError as error:
        yield from stream.take()
        raise InputError(f"broken XML: {error.msg}"[:200]) from error
    yield from stream.take()


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return _local(str(element.tag))


@lru_cache(maxsize=1_000)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _chunks(reader: io.BufferedReader) -> Iterator[bytes]:
    start = head(reader)
    is_wide = (byte_order_mark(start) or "utf-8") != "utf-8" or start.lstrip()[:2] in _WIDE
    while chunk := reader.read1(CHUNK_BYTES):
        yield chunk if is_wide else chunk.translate(None, CONTROLS)


class _Stream:
    """A parser and where it is."""

    def __init__(self, wanted: Container[Path]) -> None:
        self.parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._wanted = wanted
        self._path: list[str] = []
        self._inside = 0  # the depth of the wanted element that is being read; 0: none is
        self._held = 0  # bytes since it began, or since the beginning where no element has been seen
        self._begun = False

    def pass_bytes(self, size: int, limits: Limits) -> None:
        """Count bytes toward the limit of one element."""
        self._held = self._held + size if self._inside or not self._begun else 0
        if self._held > limits.page_bytes:
            raise InputError(f"an element larger than {shown_size(limits.page_bytes)}, the limit")
        if not self._begun and self._held > PROLOG_BYTES:
            raise InputError(f"no element in the first {shown_size(PROLOG_BYTES)}")

    def take(self) -> Iterator[tuple[Path, Element]]:
        """Yield the wanted elements that have ended; let go of all that is not inside one that has not."""
        for event, element in self.parser.read_events():
            if not isinstance(element, Element):
                continue
            if event == "start":
                self._start(element)
                continue
            path = tuple(self._path)
            self._path.pop()
            if self._inside == len(path):
                self._inside = 0
                yield path, element
            if not self._inside:
                _let_go(element)

    def _start(self, element: Element) -> None:
        if not self._begun:
            _refuse_entities(element)
            self._begun, self._held = True, 0
        self._path.append(local_name(element))
        if not self._inside and tuple(self._path) in self._wanted:
            self._inside, self._held = len(self._path), 0


def _refuse_entities(root: Element) -> None:
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.entities()), None) is not None:  # type: ignore[attr-defined]
        raise InputError("declares entities; expected an export or a feed, which has none")


def _let_go(element: Element) -> None:
    """Empty an element and remove its elders, with the blanks between them."""
    element.clear(keep_tail=True)  # type: ignore[call-arg]
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
