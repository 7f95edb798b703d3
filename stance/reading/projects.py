"""Read and write REFI-QDA projects (``.qdpx``), which NVivo, MAXQDA, ATLAS.ti and QualCoder exchange.

A project is a zip archive of ``project.qde``, in XML, and of its texts. A coding joins a code with a text or a part of
it. A label is a coding with a code named after a stance, inside a code named after its target. In projects of this
program, each text is a comment with its cells as variables; in others, the coded part of a text is a comment.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import IO, BinaryIO
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from stance.datamodels import Skip, Stance, counted
from stance.exceptions import InputError
from stance.reading.bundles import DAMAGE, checked_zip
from stance.reading.columns import Row
from stance.reading.encodings import byte_order_mark
from stance.reading.packed import CHUNK_BYTES, buffered
from stance.reading.problems import Problems
from stance.reading.xml_elements import elements, local_name
from stance.scoring import stance_or_none

# Writing --------------------------------------------------------------------------------------------------------------


def write_project(rows: Iterable[Row], file: IO[bytes], columns: Sequence[str]) -> None:
    """Write comments as texts of a project, their cells as variables, and their labels as codings.

    :param rows: With ``text``, ``target``, and ``label`` and ``annotator`` where there is a label.
    :param columns: Fields of the rows.
    """
    texts: dict[tuple[str, tuple[tuple[str, str], ...]], list[Row]] = {}
    for row in rows:
        # The note on a label is that of its coding.
        label_fields = ("text", "target", "label", "annotator", *(["note"] if row.get("label") else []))
        row_cells = ((name, row.get(name)) for name in columns if name not in label_fields)
        cells = tuple((name, str(cell)) for name, cell in row_cells if cell not in (None, ""))
        texts.setdefault((row["text"], cells), []).append(row)
    all_rows = [row for group in texts.values() for row in group]
    project = Element("Project", xmlns="urn:QDA-XML:project:1.0", name="stance", origin="stance")
    users = dict.fromkeys(row["annotator"] for row in all_rows if row.get("annotator") and row.get("label"))
    for name in users:
        _child(project, "Users/User", guid=_guid("user", name), name=name)
    for target in dict.fromkeys(row["target"] for row in all_rows):
        code = _child(project, "CodeBook/Codes/Code", guid=_guid("target", target), name=target, isCodable="false")
        for stance in Stance:
            label = _guid("label", target, stance.value)
            SubElement(code, "Code", guid=label, name=stance.value, isCodable="true")
    for name in dict.fromkeys(name for _, cells in texts for name, _ in (*cells, ("targets", ""))):
        _child(project, "Variables/Variable", guid=_guid("variable", name), name=name, typeOfVariable="Text")
    with ZipFile(file, "w") as packed:
        for number, ((text, cells), group) in enumerate(texts.items(), 1):
            guid = _guid("text", text, repr(cells))
            name = f"{number} {dict(cells).get('id', '')}".strip()
            source = _child(project, "Sources/TextSource", guid=guid, name=name, plainTextPath=f"internal://{guid}.txt")
            _add_labels(source, guid, len(text), group)
            waiting = ", ".join(dict.fromkeys(row["target"] for row in group if not row.get("label")))
            for variable, cell in (*cells, *([("targets", waiting)] if waiting else [])):
                value = SubElement(source, "VariableValue")
                SubElement(value, "VariableRef", targetGUID=_guid("variable", variable))
                SubElement(value, "TextValue").text = cell
            # Members of 1980, so that the same labels give the same file.
            packed.writestr(ZipInfo(f"Sources/{guid}.txt"), text.encode(), ZIP_DEFLATED)
        # What XML cannot hold is written as a mark, so that it is not lost without a trace.
        xml = re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", tostring(project, "unicode"))
        xml = f"<?xml version='1.0' encoding='utf-8'?>\n{xml}"
        packed.writestr(ZipInfo("project.qde"), xml.encode(), ZIP_DEFLATED)


def _add_labels(source: Element, guid: str, size: int, rows: Sequence[Row]) -> None:
    """Add the labels of a text as codings of the whole.

    :param size: Number of its characters.
    """
    span = {"startPosition": "0", "endPosition": str(size)}
    for number, row in enumerate(labelled for labelled in rows if labelled.get("label")):
        user = {"creatingUser": _guid("user", row["annotator"])} if row.get("annotator") else {}
        selection = SubElement(source, "PlainTextSelection", {"guid": _guid(guid, str(number)), **span, **user})
        if row.get("note"):
            SubElement(selection, "Description").text = row["note"]
        coding = SubElement(selection, "Coding", {"guid": _guid(guid, str(number), "coding"), **user})
        SubElement(coding, "CodeRef", targetGUID=_guid("label", row["target"], row["label"]))


def _child(parent: Element, path: str, **attributes: str) -> Element:
    """Add an element at the end of a path, of which the elements in front are made once."""
    *around, name = path.split("/")
    for step in around:
        child = parent.find(step)
        parent = SubElement(parent, step) if child is None else child
    return SubElement(parent, name, attributes)


def _guid(*names: str) -> str:
    return str(uuid5(NAMESPACE_URL, repr(("stance", *names))))


# Reading --------------------------------------------------------------------------------------------------------------


def read_project(stream: BinaryIO, problems: Problems, fields: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Yield a row for each label of a project, and for each text and target that waits for one.

    :param problems: Reports texts and codings that cannot be used.
    :param fields: Names of variables that are cells of a row.
    :raises InputError: If the project is damaged or exceeds a limit.
    """
    try:
        packed = checked_zip(stream, problems.limits, problems.limits.page_bytes)
        if packed is None or not (names := [name for name in packed.namelist() if name.lower().endswith(".qde")]):
            raise InputError("not a REFI-QDA project; expected a zip archive with project.qde")
        with packed.open(names[0]) as file:
            reader = buffered(iter(lambda: file.read(CHUNK_BYTES), b""))
            for _, root in problems.bounded(elements(reader, [("Project",)], problems.limits)):
                for element in root.iter():
                    element.tag = local_name(element.tag)
                yield from _Project(packed, problems, {*fields, "targets"}, root).rows()
    except DAMAGE as error:
        raise InputError(f"damaged: {str(error)[:100]}; expected a REFI-QDA project") from None


class _Project:
    """One project."""

    def __init__(self, packed: ZipFile, problems: Problems, fields: Set[str], root: Element) -> None:
        self._packed, self._problems, self._fields, self._root = packed, problems, fields, root
        self._members = {name.lower().rpartition("/")[2]: name for name in packed.namelist()}
        self._users = {_key(user): user.get("name") or user.get("id") or "" for user in root.iter("User")}
        self._variables = {_key(part): (part.get("name") or "").strip().lower() for part in root.iter("Variable")}
        self._codes = dict[str, list[str]]()  # with the names of the codes around
        for codes in root.iter("Codes"):
            self._add_codes(codes, [])
        self._cases = defaultdict[str, dict[str, str]](dict)  # variables, by text
        for case in root.iter("Case"):
            for text in case.iter("SourceRef"):
                self._cases[_key(text, "targetGUID")] |= self._values(case)
        self._others = Counter[str]()  # codings with other codes

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield rows with the numbers of their texts."""
        sources = (source for source in self._root.iter() if source.tag in ("TextSource", "PDFSource"))
        for number, source in enumerate(sources, 1):
            try:
                yield from ((number, row) for row in self._rows_of(source))
            except (InputError, UnicodeDecodeError, ValueError) as error:
                self._problems.add(number, str(error)[:200])
        if self._others:
            examples = ", ".join(name[:40] for name, _ in self._others.most_common(3))
            advice = "expected a code named after a stance in a code named after a target, such as russia > against"
            reason = f"{counted(self._others.total(), 'coding')} with other codes, such as {examples}; {advice}"
            self._problems.skip(Skip(self._problems.source, reason, rows=0))

    def _add_codes(self, parent: Element, around: list[str]) -> None:
        for code in parent.findall("Code"):
            names = self._codes[_key(code)] = [*around, (code.get("name") or "").strip()]
            self._add_codes(code, names)

    def _values(self, element: Element) -> dict[str, str]:
        """Return the variables of a case or a text by their names."""
        values = {}
        for value in element.findall("VariableValue"):
            name = self._variables.get(_key(value.find("VariableRef"), "targetGUID"), "")
            cell = next((part.text for part in value if part.tag.endswith("Value")), None)
            if name in self._fields and cell:
                values[name] = cell
        return values

    def _rows_of(self, source: Element) -> Iterator[Row]:
        """Yield the rows of a text."""
        source = next(source.iter("Representation"), source)  # of a PDF
        cells = self._cases[_key(source)] | self._values(source)
        is_comment = bool({"id", "role", "targets"} & cells.keys())
        text, targets = "", cells.pop("targets", "").split(", ")
        cells = cells if is_comment else {"document": source.get("name") or "", **cells}
        labels: dict[tuple[str, str, str, str, int], Row] = {}
        for number, part in enumerate((*source.findall("PlainTextSelection"), source)):
            note = "" if part is source else part.findtext("Description") or ""
            for coding in part.findall("Coding"):
                names = self._codes.get(_key(coding.find("CodeRef"), "targetGUID"), [])
                if not (label := label_of(names)):
                    self._others[" > ".join(names)] += 1
                    continue
                text = text or self._text(source)
                span = (int(part.get("startPosition") or 0), int(part.get("endPosition") or len(text)))
                is_whole = part is source or span == (0, len(text))
                passage = text if is_comment else text[slice(*span)]
                who = self._users.get(_key(coding, "creatingUser") or _key(part, "creatingUser"), "")
                annotator = {"annotator": who} if who else {}
                row = {**cells, **annotator, "text": passage, "target": label[0], "label": label[1], "note": note}
                # Several parts of a comment with one code are one label.
                labels.setdefault((passage, *label, who, number if is_whole else -1), row)
        yield from labels.values()
        coded = {row["target"] for row in labels.values()}
        for target in targets:
            if target and target not in coded:
                yield {**cells, "text": text or self._text(source), "target": target, "label": ""}

    def _text(self, source: Element) -> str:
        """Return the text of a source.

        :raises InputError: If it is not in the project.
        """
        content = source.findtext("PlainTextContent")
        if content is None:
            path = source.get("plainTextPath") or ""
            member = self._members.get(path.lower().rpartition("/")[2])
            if not path.lower().startswith("internal:") or not member:
                raise InputError(f"the text {path[:80]!r} is not in the project; expected an export with its texts")
            data = self._packed.read(member)
            content = data.decode(byte_order_mark(data) or "utf-8").removeprefix("\ufeff")
        # ATLAS.ti counts a line end of two characters as one.
        return content.replace("\r\n", "\n") if "atlas" in (self._root.get("origin") or "").lower() else content


def label_of(names: Sequence[str]) -> tuple[str, str] | None:
    """Return the target and the label of a code; the target is empty where none is named.

    :param names: Of the code, behind those around it: ``russia``, ``against``; or both in one: ``russia: against``.
    """
    words = [
        word
        for name in names[-2:]
        for word in ([name] if stance_or_none(name) else re.split(r"\s*[:/\\>|]\s*|\s+[-–—]\s+", name))
        if word
    ]
    for index in (-1, -2)[: len(words)]:
        if stance_or_none(words[index]):
            return ("".join(words[-3 - index : -2 - index or None]) if len(words) > 1 else "", words[index])
    return None


def _key(element: Element | None, name: str = "guid") -> str:
    """Return an id; programs write it with and without braces, in lower and in upper case."""
    return "" if element is None else (element.get(name) or "").strip("{} ").lower()
