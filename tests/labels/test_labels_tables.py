"""Label tables in every form that people keep them in: read, refused by name, written, and read again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import ADJUDICATED, STANCES, LabelledComment, Skip, Stance, Unit
from stance.exceptions import LabelError
from stance.labels.adjudication import with_ids
from stance.labels.cells import COLUMNS, parse_stance, parse_target
from stance.labels.formats import FORMATS, write_labels
from stance.labels.records import comment_from_record, comment_to_record
from stance.labels.state import States, count_rows
from stance.labels.tables import load_labels, read_records
from stance.log import Log
from stance.reading.columns import parse_columns
from stance.reading.encodings import clean
from tests.support.tables import cases, table

ENDINGS = {"csv": ".csv", "jsonl": ".jsonl", "label-studio": ".json", "doccano": ".jsonl", "refi-qda": ".qdpx"}


def save(path: Path, content: Any) -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


@cases("written", "stance")
def test_words_for_stances(written: str, stance: str) -> None:
    assert parse_stance(written) == stance


@pytest.mark.parametrize("written", ["positive", "NA", "1", 1, None, ["favor"], "favor" * 20])
def test_words_that_are_no_stance(written: object) -> None:
    with pytest.raises(ValueError, match="expected one of favor"):
        parse_stance(written)


@cases("files", "how", "fields", "expected")
def test_labels_are_read_from_files_as_people_have_them(
    tmp_path: Path, files: dict[str, Any], how: dict[str, Any], fields: list[str], expected: list[list[str]]
) -> None:
    if "columns" in how:
        how = {"columns": parse_columns(how["columns"], COLUMNS)}
    found = load_labels([save(tmp_path / name, content) for name, content in files.items()], **how)
    assert [[getattr(comment, field) for field in fields] for comment in found.comments] == expected


def test_a_table_that_is_given_twice_is_of_one_annotator(tmp_path: Path) -> None:
    path = save(tmp_path / "ann" / "audit.csv", "text,target,label\nGo,nato,pro\n")
    assert [comment.annotator for comment in load_labels([path, path]).comments] == ["audit"] * 2


@cases("values", "is_annotator")
def test_a_column_that_tells_labels_of_one_text_apart_names_the_annotator(
    tmp_path: Path, values: str, is_annotator: bool
) -> None:
    texts = zip(["Go", "Go", "No", "No"], values.split(), strict=True)
    path = save(tmp_path / "l.csv", "text,target,label,codeur\n" + "".join(f"{a},nato,pro,{b}\n" for a, b in texts))
    skips: list[Skip] = []
    annotators = [each["annotator"] for each in read_records([path], skip=skips.append)]
    assert annotators == (values.split() if is_annotator else ["l"] * 4)
    log = Log()
    log.skip(*skips)
    assert not log.skipped  # all rows are used
    assert [warning.reason for warning in log.warnings] == ["read codeur as annotator"] * is_annotator


def test_a_table_may_have_a_column_of_labels_for_each_target(tmp_path: Path) -> None:
    path = save(tmp_path / "l.csv", "Nr,text,Russia,USA,Paris\n1,Go,anti,pro,x\n2,No,,neutral,x\n")
    assert load_labels([path]).unlabelled == 1
    with pytest.raises(LabelError, match="no column 'label'"):
        load_labels([path], target="nato")


def test_a_row_may_have_an_object_of_labels(tmp_path: Path) -> None:
    path = save(tmp_path / "l.jsonl", json.dumps({"text": "Go", "labels": {"us": "favor", "nato": "against"}}))
    found = {comment.target: comment.label.value for comment in load_labels([path]).comments}
    assert {"us": "favor", "nato": "against"}.items() < found.items()


def test_utf_16_with_its_mark_is_read_and_a_broken_character_deep_inside_is_named(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes("text;target;label\nГо é;us;pro\n".encode("utf-16"))
    assert [comment.text for comment in load_labels([tmp_path / "wide.csv"]).comments] == ["Го é"]
    good = "text,target,label\n" + "é é,us,pro\n" * 30_000
    (tmp_path / "long.csv").write_bytes(good.encode() + b"\xe9,us,pro\n")
    with pytest.raises(LabelError, match=r"not UTF-8 at b'.*,us,pro.{2}\\xe9';"):
        load_labels([tmp_path / "long.csv"])


@cases("name", "content", "seen")
def test_a_wrong_file_is_one_line(tmp_path: Path, name: str, content: str, seen: str) -> None:
    (tmp_path / name).write_text(content, newline="")
    with pytest.raises(LabelError, match=seen) as error:
        load_labels([tmp_path / name])
    assert "\n" not in str(error.value)


def test_bad_rows_are_named_by_number_then_counted(tmp_path: Path) -> None:
    unknown = "".join(f"Go,us,maybe{n}\n" for n in range(150))
    rows = "Go,us,pro\n" + unknown + '"open,us,pro\nNo,us,con\n'
    table = load_labels([path := save(tmp_path / "a.csv", f"text,target,label\n{rows}")])
    assert [c.label for c in table.comments] == [Stance.FAVOR, Stance.AGAINST]
    assert table.skipped[1] == Skip(f"{path}:3", table.skipped[1].reason)
    assert "label 'maybe0'" in table.skipped[1].reason
    assert len(table.skipped) == 101
    assert "51 more rows" in table.skipped[-1].reason


def test_rows_that_wait_for_a_label_are_counted(tmp_path: Path) -> None:
    path = save(tmp_path / "a.csv", "text,target,label\nGo,us,pro\nNo,us,\nNo,russia, \n")
    assert load_labels([path]).unlabelled == 2
    with pytest.raises(LabelError, match="1 without a label: an empty cell, or no field named label"):
        load_labels([save(tmp_path / "b.csv", "text,target,label\nGo,us,\n")])
    assert [r["annotator"] for r in read_records([path], skip=[].append)] == ["a", None, None]


def test_pairs_are_missing_that_nobody_labelled_in_any_table(tmp_path: Path) -> None:
    head = "id,text,target,label,role\n"
    ann = save(tmp_path / "ann.csv", head + "1,Go,us,pro,audit\n2,No,us,,audit\n3,Oh,us,,audit\n4,Hm,us,,train\n")
    ben = save(tmp_path / "ben.csv", head + "1,Go,us,,audit\n2,No,us,con,audit\n3,Oh,us,,audit\n")
    table = load_labels([ann, ben])
    missing = {(Unit.COMMENT, role): 1 for role in ("audit", "train")}
    assert (table.unlabelled, table.missing) == (5, missing)
    assert count_rows(table.rows, Unit.COMMENT) == States(labelled=2, waiting=1)


GOOD = {"text": "Go", "target": "us", "label": "pro"}


@cases("row", "seen", more=[(GOOD | {"text": "x" * 300_000}, "300000 characters")])
def test_a_bad_row_is_named_and_the_rest_is_read(tmp_path: Path, row: dict[str, object], seen: str) -> None:
    path = save(tmp_path / "a.json", [GOOD, row, GOOD])
    table = load_labels([path])
    assert len(table.comments) == 2
    assert [skip.source for skip in table.skipped] == [f"{path}:2"]
    assert seen in table.skipped[0].reason


words = st.text(max_size=12).map(lambda text: clean(text).strip() or None)
records = st.builds(
    LabelledComment,
    text=st.one_of(st.sampled_from(["=1+1", "'=x", "-", "a\n\nb", "NA", "007", '"']), st.text(min_size=1, max_size=20))
    .map(clean)
    .filter(lambda text: bool(text.strip())),
    target=st.sampled_from(["russia", "us", "climate-change"]),
    label=st.sampled_from(STANCES),
    comment_id=words,
    document=words,
    outlet=words,
    author=words,
    parent=words,
    annotator=words.map(lambda word: ADJUDICATED if word and word.lower() == ADJUDICATED else word or "ann"),
    role=st.sampled_from(["train", "audit"]),
    probability=st.one_of(st.none(), st.floats(1e-6, 1)),
    language=words,
    title=words,
    lead=words,
    note=words,
)


@pytest.mark.parametrize("wanted", FORMATS)
@given(rows=st.lists(records, min_size=1, max_size=6))
def test_what_is_written_is_read_again(wanted: str, rows: list[LabelledComment], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("w") / f"ann{ENDINGS[wanted]}"
    written = [comment_to_record(row) for row in rows]
    assert write_labels(written, path, kind=wanted) == len(rows)
    found = load_labels([path]).comments
    assert sorted(map(repr, found)) == sorted(map(repr, with_ids(rows)))
    assert [comment_from_record(record) for record in written] == rows


@pytest.mark.parametrize("wanted", FORMATS)
def test_what_waits_for_a_label_waits_still(tmp_path: Path, wanted: str) -> None:
    shared = {"text": "Go", "role": "audit", "unit": "sentence", "stratum": "s"}
    rows = [dict.fromkeys(COLUMNS) | shared | {"target": t} for t in ("us", "eu")]
    path = tmp_path / f"sample{ENDINGS[wanted]}"
    write_labels(rows, path, kind=wanted)
    assert list(read_records([path], skip=pytest.fail)) == rows


IN_WORDS = table("labels_tables", "cases")["IN_WORDS"]


@pytest.mark.parametrize(("target", "written"), [(name, each) for name, all_ in IN_WORDS.items() for each in all_])
def test_targets_in_words_and_languages_are_those_that_ship(target, written):
    assert parse_target(written) == target
