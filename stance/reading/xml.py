"""XML as a stream of the few elements that are asked for, read by a parser that expands, fetches and trusts nothing.

An export may hold gigabytes, so only what is asked for becomes elements, one at a time. A document that declares
entities is refused by defusedxml: no export does, and they are how a few bytes become gigabytes or a local file. The
parser that it guards has no bounds on depth, on names or on a single tag; they are here. Namespaces are not looked
into: who cuts an export by hand loses their declarations, and prefixes of exports are the same everywhere.
"""

import codecs
import io
import re
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, InputSource

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from stance.exceptions import InputError
from stance.limits import MARKUP_BYTES, MAX_DEPTH, MAX_PARTS, Limits, shown_size
from stance.reading.encoding import encoding_of_head
from stance.reading.packing import CHUNK_BYTES, head

Path: TypeAlias = tuple[str, ...]

CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
"""In UTF-8, what XML does not allow and exports hold all the same, where a reader pasted it."""

NO_CHARACTERS = ("\ufffe", "\uffff")
"""Not allowed either."""

ENTITIES_DECLARED = "declares entities; expected an export or a feed, which has none"

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
    :raises InputError: If the document is broken, declares entities, or an element is too large or has too many parts.
    """
    stream = _Stream(wanted, limits)
    for data in _utf_8(reader):
        fault = stream.feed(data)
        yield from stream.take()
        if fault is not None:
            raise fault


def local_name(element: Element) -> str:
    """Return the name of an element without its prefix."""
    return _local(element.tag)


@lru_cache(maxsize=1_000)
def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _utf_8(reader: io.BufferedReader) -> Iterator[bytes]:
    """Yield a document without what XML forbids, and nothing at its end; expat itself knows few encodings."""
    decoder = codecs.getincrementaldecoder(encoding_of_head(head(reader)))("replace")
    while chunk := reader.read1(CHUNK_BYTES):
        if data := _allowed(decoder.decode(chunk)):
            yield data
    if data := _allowed(decoder.decode(b"", final=True)):
        yield data
    yield b""


def _allowed(text: str) -> bytes:
    for character in NO_CHARACTERS:
        text = text.replace(character, "")
    return text.encode().translate(None, CONTROLS)


class _Parser(DefusedExpatParser):
    """The parser of the standard library, defused; an outer document type is passed by, an inner one adds nothing."""

    _parser: Any  # expat's, which the types of the standard library leave out

    def __init__(self, handler: ContentHandler) -> None:
        super().__init__()
        self.setContentHandler(handler)
        self._source = InputSource()
        self._source.setEncoding("utf-8")

    def reset(self) -> None:
        """Make a parser ready."""
        super().reset()
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.AttlistDeclHandler = _refuse_attributes


class _Stream(ContentHandler):
    """What a parser tells its events to: it builds the wanted elements, and of all else knows only where it is."""

    def __init__(self, wanted: Container[Path], limits: Limits) -> None:
        super().__init__()
        self._parser = _Parser(self)
        self._wanted = wanted
        self._limits = limits
        self._path: list[str] = []
        self._names: set[str] = set()  # expat, too, keeps each of them
        self._element: TreeBuilder | None = None  # the wanted one that is being read
        self._inside = 0  # its depth
        self._parts = 0  # its elements and attributes so far: the smallest takes twenty times its source
        self._ended: list[tuple[Path, Element]] = []
        self._waiting = 0  # bytes since anything was told
        self._held = 0  # bytes since the wanted element began, or since the beginning where no element has been seen

    def feed(self, data: bytes) -> InputError | None:
        """Parse a part of the document, or, where there is none, its end; return why nothing more can be read."""
        try:
            if data:
                self._parser.feed(data)
            else:
                self._parser.close()
        except SAXParseException as error:
            return InputError(f"broken XML: {error.getMessage()}, line {error.getLineNumber()}"[:200])
        except DefusedXmlException:
            return InputError(ENTITIES_DECLARED)
        except InputError as error:
            return error
        return self._beyond_bounds(len(data))

    def take(self) -> list[tuple[Path, Element]]:
        """Hand over the wanted elements that have ended."""
        ended, self._ended = self._ended, []
        return ended

    def _beyond_bounds(self, size: int) -> InputError | None:
        """Count bytes toward the limits; return which one they exceed."""
        self._waiting += size
        self._held = self._held + size if self._element is not None or not self._names else 0
        if self._held > self._limits.page_bytes:
            return InputError(f"an element larger than {shown_size(self._limits.page_bytes)}, the limit")
        most = shown_size(MARKUP_BYTES)
        # Releases of expat from 2.6 on try again with an unfinished tag when they have twice as much of it.
        if self._held > 2 * MARKUP_BYTES and not self._names:
            return InputError(f"no element in the first {most}")
        if self._waiting > 2 * MARKUP_BYTES:
            return InputError(f"a tag or comments of more than {most}, the limit")
        if sum(map(len, self._names)) > MARKUP_BYTES:
            return InputError(f"more than {most} of different names, the limit")
        return None

    # Events -----------------------------------------------------------------------------------------------------------

    def startElement(self, tag: str, attributes: AttributesImpl) -> None:  # noqa: N802 as SAX names it
        """Begin an element."""
        self._waiting = 0
        if len(self._path) == MAX_DEPTH:
            raise InputError(f"XML nested more than {MAX_DEPTH} deep, the limit")
        self._path.append(_local(tag))
        self._names.add(tag)
        self._names.update(attributes.keys())
        if self._element is None and tuple(self._path) in self._wanted:
            self._element, self._inside, self._held, self._parts = TreeBuilder(), len(self._path), 0, 0
        if self._element is not None:
            self._parts += 1 + len(attributes)
            if self._parts > MAX_PARTS:
                raise InputError(f"an element of more than {MAX_PARTS:,} parts, the limit")
            self._element.start(tag, dict(attributes))

    def characters(self, text: str) -> None:
        """Take in a part of a text."""
        self._waiting = 0
        if self._element is not None:
            self._element.data(text)

    def skippedEntity(self, name: str) -> None:  # noqa: N802 as SAX names it
        """Let an entity stand that an outer document type may declare, which is not opened."""
        self.characters(f"&{name};")

    def endElement(self, tag: str) -> None:  # noqa: N802 as SAX names it
        """End an element."""
        self._waiting = 0
        if self._element is not None:
            self._element.end(tag)
            if len(self._path) == self._inside:
                self._ended.append((tuple(self._path), self._element.close()))
                self._element = None
        self._path.pop()


def _refuse_attributes(*_: object) -> None:
    """Refuse what gives elements attributes that do not stand there: a few bytes would become as many as one likes."""
    raise InputError("declares attributes; expected an export or a feed, which declares none")
