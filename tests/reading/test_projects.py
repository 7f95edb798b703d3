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
from tests.support.tables import cases

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


PROJECTS = Path(__file__).parents[1] / "projects"
QUALCODER, MAXQDA = (PROJECTS.joinpath(f"{name}.qde").read_text(encoding="utf-8") for name in ("qualcoder", "maxqda"))


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


@cases("names", "label")
def test_a_code_names_target_and_label(names: list[str], label: list[str] | None) -> None:
    assert label_of(names) == (label and tuple(label))


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
    row = {"text": TOLL, "target": "russia", "label": "against", "annotator": "ann", "id": "c1", "note": "\ufffe"}
    write_labels([row], path)
    assert [each["note"] for each in read_records([path], skip=pytest.fail)] == ["\ufffd"]
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


def schema() -> etree.XMLSchema:
    """Return a schema of what projects hold."""
    return etree.XMLSchema(etree.parse(PROJECTS / "written.xsd"))


def test_a_store_becomes_a_project_whose_comments_wait_for_codings(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"text,author,document,outlet\n{TOLL},Ann,d,River Post\n{FERRY},Ben,d,River Post\n")
    run("score", "c.csv", "--model", "light", "-o", "s.db")
    run("export", "s.db", "-o", "s.qdpx", code=0)
    with zipfile.ZipFile(tmp_path / "s.qdpx") as file:
        schema().assertValid(etree.fromstring(file.read("project.qde")))
    records = list(read_records([tmp_path / "s.qdpx"], skip=pytest.fail))
    assert {(each["text"], each["label"], each["outlet"]) for each in records} == {
        (TOLL, None, "River Post"), (FERRY, None, "River Post"),
    }  # fmt: skip
    assert {"russia", "nato", "us"} == {each["target"] for each in records}
