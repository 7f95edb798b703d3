"""Read exports of WordPress, Disqus and Blogger."""

import io
from collections.abc import Iterator
from itertools import chain
from xml.etree.ElementTree import Element

from stance.datamodels import Document, Json
from stance.reading.encodings import clean
from stance.reading.export_formats import load_sources
from stance.reading.exports import Export
from stance.reading.markup import read_cell
from stance.reading.page_comments import at_least_one
from stance.reading.problems import Problems
from stance.reading.xml_elements import elements, local_name

RECORDS = {
    ("rss", "channel", "item"): "wordpress-export",
    ("disqus", "thread"): "disqus-export",
    ("disqus", "post"): "disqus-export",
    ("feed", "entry"): "blogger-export",
}
"""Places of the records of exports, and their descriptions."""


def read_export(reader: io.BufferedReader, problems: Problems, outlet: str | None = None) -> Iterator[Document]:
    """Read the documents of an export; the source of each is that of the input and the export's id.

    :param reader: The XML document, unpacked.
    :param problems: Reports where the export breaks off; documents before that are yielded.
    :param outlet: Outlet of an export that states none.
    :raises InputError: If it holds no comments.
    """
    sources = [source for source in load_sources() if source.name in RECORDS.values()]
    exports = {source.name: Export(source, problems, outlet=outlet) for source in sources}
    wordpress, is_wordpress, title = exports["wordpress-export"], False, ""
    titles = (("rss", "channel", "title"), ("feed", "title"))
    version, author = ("rss", "channel", "wxr_version"), ("rss", "channel", "author")
    paths = (*RECORDS, *titles, version, author)
    for number, (path, element) in enumerate(problems.bounded(elements(reader, paths, problems.limits)), 1):
        fields, is_wordpress = object_of(element), is_wordpress or path == version
        if path in titles:
            title = title or " ".join(read_cell(element.text or "").text.split())
        elif path == author and len(wordpress.people) < 100_000:
            wordpress.people[str(fields.get("author_login"))] = str(fields.get("author_display_name"))
        elif path in RECORDS and (is_wordpress or path[0] != "rss"):
            comments = fields.get("comment", [])
            listed = comments if isinstance(comments, list) else [comments]
            exports[RECORDS[path]].add(number, path[-1], {"site": {"title": title}, **fields, "comment": listed})
    documents = chain.from_iterable(export.documents() for export in exports.values())
    yield from at_least_one(documents, problems, "a WordPress, Disqus or Blogger export")


def object_of(element: Element) -> dict[str, Json]:
    """Return an element as an object: children by their names, with and without a prefix, and attributes behind ``@``.

    A child without children of its own is a text, or an object with its text under ``#`` where it has attributes.
    """
    members = {f"@{local_name(name)}": [clean(value)] for name, value in element.attrib.items()}
    for child in element:
        value: Json = object_of(child) if len(child) or child.attrib else clean(child.text or "").strip()
        for name in {child.tag, local_name(child.tag)}:
            members.setdefault(name, []).append(value)
    if not len(element):
        members["#"] = [clean(element.text or "").strip()]
    return {name: values[0] if len(values) == 1 else values for name, values in members.items()}
