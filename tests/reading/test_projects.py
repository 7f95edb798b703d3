"""REFI-QDA projects: comments out, codings in as labels, and projects that others wrote."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from stance.labels.formats import write_labels
from stance.labels.tables import read_records
from stance.reading.projects import label_of
from tests.support.store_samples import run

Q = "urn:QDA-XML:project:1.0"
ANN, BEN = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
TOLL, FERRY = "Russia closed the toll road 🚧 again.", "NATO keeps the ferry safe."


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def archive(path: Path, project: str, **texts: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("project.qde", project)
        for name, text in texts.items():
            file.writestr(f"Sources/{name}.txt", text)
    return path


def labels_of(path: Path, skips: list[Any] | None = None) -> list[tuple[str, str, str | None, str | None]]:
    found = read_records([path], skip=(skips if skips is not None else []).append)
    return [(each["text"], each["target"], each["label"], each["annotator"]) for each in found]


def coding(number: int, code: int, start: int, end: int, user: str = ANN, note: str = "") -> str:
    return (
        f'<PlainTextSelection guid="{guid(number)}" name="" startPosition="{start}" endPosition="{end}"'
        f' creatingUser="{user}" creationDateTime="2026-03-01T10:00:00Z"><Description>{note}</Description>'
        f'<Coding guid="{guid(number + 1)}" creatingUser="{user}"><CodeRef targetGUID="{guid(code)}"/></Coding>'
        "</PlainTextSelection>"
    )


QUALCODER = f"""<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="{Q}" name="road" origin="QualCoder" creatingUserGUID="{ANN}">
<Users><User guid="{ANN}" name="ann"/><User guid="{BEN}" name="ben"/></Users>
<CodeBook><Codes>
<Code guid="{guid(1)}" name="Russia" isCodable="false">
<Code guid="{guid(2)}" name="against" isCodable="true" color="#FF0000"><Description>critical</Description></Code>
<Code guid="{guid(3)}" name="favor" isCodable="true" color="#00FF00"/></Code>
<Code guid="{guid(4)}" name="Anger" isCodable="true" color="#0000FF"/>
</Codes></CodeBook>
<Sources><TextSource guid="{guid(10)}" name="thread" plainTextPath="internal://{guid(10)}.txt">
{coding(20, 2, 0, len(TOLL), ANN, "plain")}{coding(22, 3, 0, len(TOLL), BEN)}{coding(24, 4, 0, len(TOLL))}
{coding(26, 2, len(TOLL) + 1, len(TOLL) + 1 + len(FERRY))}
</TextSource></Sources></Project>"""

MAXQDA = f"""<?xml version="1.0" encoding="utf-8"?>
<p:Project xmlns:p="{Q}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="road" origin="MAXQDA 2026"
 xsi:schemaLocation="{Q} http://schema.qdasoftware.org/versions/Project/v1.0/Project.xsd" basePath="">
<p:Users><p:User guid="{ANN}" name="Ann"/></p:Users>
<p:CodeBook><p:Codes><p:Code guid="{guid(1).upper()}" name="Stance" isCodable="true" color="#ff0000">
<p:Code guid="{guid(2)}" name="NATO" isCodable="true">
<p:Code guid="{guid(3)}" name="Favor" isCodable="true"/></p:Code>
<p:Code guid="{guid(5)}" name="Russia: against" isCodable="true"/></p:Code></p:Codes></p:CodeBook>
<p:Variables><p:Variable guid="{guid(7)}" name="Outlet" typeOfVariable="Text"/></p:Variables>
<p:Cases><p:Case guid="{guid(8)}" name="a"><p:VariableValue><p:VariableRef targetGUID="{guid(7)}"/>
<p:TextValue>River Post</p:TextValue></p:VariableValue><p:SourceRef targetGUID="{guid(10)}"/></p:Case></p:Cases>
<p:Sources><p:TextSource guid="{guid(10)}" name="a" richTextPath="internal://a.docx" plainTextPath="internal://a.txt">
<p:PlainTextSelection guid="{guid(20)}" startPosition="{len(TOLL) + 2}" endPosition="{len(TOLL) + 2 + len(FERRY)}"
 creatingUser="{{{ANN}}}"><p:Coding guid="{guid(21)}" creatingUser="{{{ANN}}}"><p:CodeRef targetGUID="{guid(3)}"/>
</p:Coding></p:PlainTextSelection><p:PlainTextSelection guid="{guid(22)}" startPosition="0" endPosition="{len(TOLL)}">
<p:Coding guid="{guid(23)}" creatingUser="{ANN}"><p:CodeRef targetGUID="{guid(5)}"/></p:Coding></p:PlainTextSelection>
</p:TextSource></p:Sources></p:Project>"""


def test_codings_of_qualcoder_are_labels_with_their_coders(tmp_path: Path) -> None:
    skips: list[Any] = []
    path = archive(tmp_path / "road.qdpx", QUALCODER, **{guid(10): f"{TOLL}\n{FERRY}"})
    assert labels_of(path, skips) == [
        (TOLL, "russia", "against", "ann"), (TOLL, "russia", "favor", "ben"), (FERRY, "russia", "against", "ann"),
    ]  # fmt: skip
    [skip] = skips
    assert skip.reason.startswith("1 coding with other codes, such as Anger; expected a code named after a stance")


def test_codings_of_maxqda_are_labels_with_the_variables_of_their_case(tmp_path: Path) -> None:
    path = archive(tmp_path / "road.qdpx", MAXQDA, a=f"\ufeff{TOLL}\r\n{FERRY}")
    records = list(read_records([path], skip=pytest.fail))
    assert [(each["text"], each["target"], each["label"]) for each in records] == [
        (FERRY, "nato", "favor"), (TOLL, "russia", "against"),
    ]  # fmt: skip
    assert {(each["annotator"], each["outlet"], each["document"]) for each in records} == {("Ann", "River Post", "a")}


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (["russia", "against"], ("russia", "against")),
        (["Codes", "NATO", "favor"], ("NATO", "favor")),
        (["against", "Russia"], ("Russia", "against")),
        (["US: neutral"], ("US", "neutral")),
        (["US - not addressed"], ("US", "not addressed")),
        (["favor"], ("", "favor")),
        (["Anger"], None),
        ([], None),
    ],
)
def test_a_code_names_target_and_label(names: list[str], label: tuple[str, str] | None) -> None:
    assert label_of(names) == label


ROWS = f"""text,target,label,annotator,id,document,outlet,role,probability,note
{TOLL},russia,against,ann,c1,d1,River Post,audit,0.25,sure
{TOLL},russia,neutral,ben,c1,d1,River Post,audit,0.25,
{TOLL},nato,,,c1,d1,River Post,audit,0.25,
"{FERRY}
> He said ""no"" & <left>.",nato,favor,ann,c2,d1,River Post,train,,
"""


def test_labels_out_and_in_and_out_again_are_equal(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    for name, other in (("a.csv", "b.qdpx"), ("b.qdpx", "c.csv"), ("c.csv", "d.qdpx")):
        assert run("labels", "convert", name, "-o", other).exit_code == 0
    assert (tmp_path / "b.qdpx").read_bytes() == (tmp_path / "d.qdpx").read_bytes()
    wanted = csv.DictReader(io.StringIO(ROWS))
    found = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text())))
    names = ROWS.partition("\n")[0].split(",")
    shown = [{name: row[name] for name in names} for row in found]
    assert sorted(map(repr, shown)) == sorted(map(repr, wanted))


def test_a_part_of_a_comment_that_is_coded_labels_the_comment(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    write_labels([{"text": TOLL, "target": "russia", "label": "against", "annotator": "ann", "id": "c1"}], path)
    with zipfile.ZipFile(path) as file:
        project = file.read("project.qde").decode().replace(f'endPosition="{len(TOLL)}"', 'endPosition="6"')
        texts = {Path(name).stem: file.read(name).decode() for name in file.namelist() if name.startswith("Sources/")}
    assert labels_of(archive(tmp_path / "b.qdpx", project, **texts)) == [(TOLL, "russia", "against", "ann")]


@pytest.mark.parametrize(
    ("project", "texts", "words"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><Project/>', {}, "declares entities"),
        ("<Project><Sources>", {}, "broken XML"),
        (QUALCODER, {}, "is not in the project"),
        (QUALCODER.replace("internal://", "absolute:///etc/"), {guid(10): TOLL}, "is not in the project"),
        (QUALCODER, {guid(10): "0" * 30_000_000}, "expands to more than"),
    ],
    ids=["entities", "broken", "no text", "a text elsewhere", "bomb"],
)
def test_a_hostile_project_is_one_clear_line(tmp_path: Path, project: str, texts: dict[str, str], words: str) -> None:
    path = archive(tmp_path / "a.qdpx", project, **texts)
    result = run("labels", "check", str(path))
    assert result.exit_code != 0
    assert words in result.stderr
    assert len(result.stderr.splitlines()) <= 3


def test_what_is_no_project_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.qdpx").write_text("text,target,label\n")
    result = run("labels", "check", "a.qdpx")
    assert "not a REFI-QDA project; expected a zip archive with project.qde" in result.stderr


# The parts of the schema of projects (REFI-QDA 1.0) that are written.
_TYPES = {
    "Project": ("Users? CodeBook? Variables? Sources?", "name! origin"),
    "Users": ("User+", ""),
    "User": ("", "guid! name"),
    "CodeBook": ("Codes", ""),
    "Codes": ("Code+", ""),
    "Code": ("Description? Code*", "guid! name! isCodable! color"),
    "Variables": ("Variable+", ""),
    "Variable": ("Description?", "guid! name! typeOfVariable!"),
    "Sources": ("TextSource+", ""),
    "TextSource": ("Description? PlainTextSelection* Coding* VariableValue*", "guid! name plainTextPath"),
    "PlainTextSelection": ("Description? Coding*", "guid! name startPosition! endPosition! creatingUser"),
    "Coding": ("CodeRef", "guid! creatingUser"),
    "CodeRef": ("", "targetGUID!"),
    "VariableValue": ("VariableRef TextValue?", ""),
    "VariableRef": ("", "targetGUID!"),
}


def schema() -> etree.XMLSchema:
    """Return a schema of what projects hold, in the order that the standard gives."""
    counts = {"?": 'minOccurs="0"', "*": 'minOccurs="0" maxOccurs="unbounded"', "+": 'maxOccurs="unbounded"'}
    parts = []
    for name, (children, attributes) in _TYPES.items():
        inner = "".join(
            f'<x:element ref="{each.rstrip("?*+")}" {counts.get(each[-1], "")}/>' for each in children.split()
        )
        kinds = {"startPosition": "x:integer", "endPosition": "x:integer", "isCodable": "x:boolean"}
        own = "".join(
            f'<x:attribute name="{(label := each.rstrip("!"))}" use="{"required" if "!" in each else "optional"}"'
            f' type="{"guid" if "guid" in label.lower() or "User" in label else kinds.get(label, "x:string")}"/>'
            for each in attributes.split()
        )
        parts.append(f'<x:element name="{name}"><x:complexType><x:sequence>{inner}</x:sequence>{own}')
        parts.append("</x:complexType></x:element>")
    parts += [f'<x:element name="{name}" type="x:string"/>' for name in ("Description", "TextValue")]
    pattern = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    parts.append(f'<x:simpleType name="guid"><x:restriction base="x:token"><x:pattern value="{pattern}"/>')
    parts.append("</x:restriction></x:simpleType>")
    text = (
        f'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns="{Q}" targetNamespace="{Q}"'
        f' elementFormDefault="qualified">{"".join(parts)}</x:schema>'
    )
    return etree.XMLSchema(etree.fromstring(text))


def test_projects_are_valid_and_each_reference_has_its_element(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    run("labels", "convert", "a.csv", "-o", "b.qdpx")
    with zipfile.ZipFile(tmp_path / "b.qdpx") as file:
        project = etree.fromstring(file.read("project.qde"))
        texts = {name: file.read(name).decode() for name in file.namelist()}
    schema().assertValid(project)
    ids = [each.get("guid") for each in project.iter() if each.get("guid")]
    assert len(ids) == len(set(ids))
    for each in project.iter():
        assert {each.get(name) for name in ("targetGUID", "creatingUser")} - {None} <= {*ids}
        if path := each.get("plainTextPath"):
            assert path.replace("internal://", "Sources/") in texts


def test_a_store_becomes_a_project_whose_comments_wait_for_codings(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"text,author,document,outlet\n{TOLL},Ann,d,River Post\n{FERRY},Ben,d,River Post\n")
    run("score", "c.csv", "--model", "light", "-o", "s.db")
    result = run("export", "s.db", "-o", "s.qdpx")
    assert result.exit_code == 0, result.stderr
    with zipfile.ZipFile(tmp_path / "s.qdpx") as file:
        schema().assertValid(etree.fromstring(file.read("project.qde")))
    records = list(read_records([tmp_path / "s.qdpx"], skip=pytest.fail))
    assert {(each["text"], each["label"], each["outlet"]) for each in records} == {
        (TOLL, None, "River Post"), (FERRY, None, "River Post"),
    }  # fmt: skip
    assert {"russia", "nato", "us"} == {each["target"] for each in records}
