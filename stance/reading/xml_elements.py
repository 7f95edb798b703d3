"""Read the wanted elements of an XML document, one at a time.

XML is read by expat, which opens no other file and no address; entities are refused, and only wanted elements are held.
``iterparse`` of ElementTree loses exports that were cut by hand without their namespaces, and bounds neither depth nor
names nor the size of a tag.
"""

import codecs
import io
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache, partial
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from stance.datamodels import Strings
from stance.exceptions import InputError
from stance.limits import FIXED, MAX_DEPTH, Limits, shown_size
from stance.reading.encodings import encoding_of
from stance.reading.kinds import ENTITIES_DECLARED

Steps = Strings


@lru_cache(maxsize=1_000)
def local_name(tag: str) -> str:
    """Return a name without its prefix; exports that are cut by hand lose the declarations of namespaces."""
    return tag.rpartition(":")[2]


def elements(reader: io.BufferedReader, paths: Iterable[Steps], limits: Limits) -> Iterator[tuple[Steps, Element]]:
    """Yield the elements at some paths, each complete, in the order in which they end.

    :param paths: Names from the root on, without prefixes; one inside another is a part of that.
    :raises InputError: If the document is broken, declares entities, or exceeds a limit.
    """
    builder = _Builder(frozenset(paths), limits)
    decoder = codecs.getincrementaldecoder(encoding_of(reader)[0])("replace")
    chunk: bytes | None = None
    while chunk != b"":
        chunk = reader.read1(2**16)
        text = decoder.decode(chunk, final=not chunk).replace("\ufffe", "").replace("\uffff", "")
        try:
            # In UTF-8, characters that XML does not allow and exports hold all the same, where a reader pasted them.
            if data := text.encode().translate(None, bytes((*range(9), 11, 12, *range(14, 32)))):
                builder.feed(data)
            if not chunk:
                builder.feed(b"")
        finally:  # what ended before a fault
            yield from builder.ended
            builder.ended.clear()


class _Builder:
    """Builds the wanted elements out of the events of expat, and counts bytes, depth, names and parts."""

    def __init__(self, paths: Set[Steps], limits: Limits) -> None:
        self.ended, self._path = list[tuple[Steps, Element]](), list[str]()
        self._wanted, self._limits = paths, limits
        self._names: set[str] = set()  # expat, too, keeps each of them
        self._tree: TreeBuilder | None = None  # of the wanted element that is being read
        # The depth of that element, its elements and attributes so far (the smallest takes twenty times its source),
        # bytes since it began, and bytes since the last event.
        self._depth = self._parts = self._held = self._waiting = 0
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        # An entity that an external document type may declare, which is not opened, keeps its name.
        parser.SkippedEntityHandler = lambda name, is_parameter: None if is_parameter else self._text(f"&{name};")
        # No export declares entities or attributes, by which a few bytes become gigabytes, or a local file.
        parser.EntityDeclHandler = partial(_refuse, ENTITIES_DECLARED)
        parser.AttlistDeclHandler = partial(_refuse, "declares attributes; expected an export, which declares none")

    def feed(self, data: bytes) -> None:
        """Parse a part of the document; an empty one ends it.

        :raises InputError: If nothing more can be read.
        """
        try:
            self._parser.Parse(data, not data)
        except expat.ExpatError as error:
            raise InputError(f"broken XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None
        self._waiting += len(data)
        self._held = self._held + len(data) if self._tree is not None else 0
        for size, most, description in (
            (self._held, self._limits.page_bytes, "an element of"),
            # Releases of expat from 2.6 on try again with an unfinished tag when they have twice as much of it.
            (self._waiting // 2, FIXED.markup_bytes, "a tag or comments of"),
            (sum(map(len, self._names)), FIXED.markup_bytes, "different names of"),
        ):
            if size > most:
                raise InputError(f"{description} more than {shown_size(most)} (the limit)")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._waiting = 0
        if len(self._path) == MAX_DEPTH:
            raise InputError(f"XML nested more than {MAX_DEPTH} deep (the limit)")
        self._path.append(local_name(tag))
        self._names.update((tag, *attributes))
        if self._tree is None and tuple(self._path) in self._wanted:
            self._tree, self._depth, self._held, self._parts = TreeBuilder(), len(self._path), 0, 0
        if self._tree is not None:
            self._parts += 1 + len(attributes)
            if self._parts > FIXED.parts:
                raise InputError(f"an element of more than {FIXED.parts:,} parts (the limit)")
            self._tree.start(tag, attributes)

    def _text(self, text: str) -> None:
        self._waiting = 0
        if self._tree is not None:
            self._tree.data(text)

    def _end(self, tag: str) -> None:
        self._waiting = 0
        if self._tree is not None:
            self._tree.end(tag)
            if len(self._path) == self._depth:
                self.ended.append((tuple(self._path), self._tree.close()))
                self._tree = None
        self._path.pop()


def _refuse(reason: str, *_: object) -> None:
    raise InputError(reason)
