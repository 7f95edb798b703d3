"""``stance labels``: what a person sees, what a script reads, and the codes it ends with."""

import json
from pathlib import Path
from typing import Any

import pytest

from stance.labels.tables import load_labels
from tests.support.store_samples import run
from tests.support.tables import rows_of

HEAD = "id,text,target,label,author,role\n"


def labels(*arguments: object) -> Any:
    return run("labels", *arguments)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two annotators, who differ on one of four comments."""
    texts = [f"{n},comment {n},russia" for n in range(4)]
    said = {"ann": ("favor", "against", "neutral", "favor"), "bob": ("favor", "against", "neutral", "against")}
    for name, of in said.items():
        rows = "".join(f"{text},{label},Reader R,\n" for text, label in zip(texts, of, strict=True))
        (tmp_path / f"{name}.csv").write_text(HEAD + rows)
    return tmp_path / "ann.csv", tmp_path / "bob.csv"


def test_check_counts(two: tuple[Path, Path], tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text(HEAD + "9,waits,us,,,\n9,bad,us,maybe,,\n9,good,us,CON,,audit\n")
    result = labels("check", *two, more, "--json")
    assert result.exit_code == 3
    assert f"{more}:3: skipped: line 3: label 'maybe'" in result.stderr
    record = json.loads(result.stdout)
    assert record["targets"]["russia"] == {"favor": 3, "against": 3, "neutral": 2, "not_addressed": 0}
    assert record["roles"] == {"train": 8, "audit": 1}
    assert record["read_as"] == {"'CON' as against": 1}
    assert record["annotators"] == {"ann": 4, "bob": 4, "more": 1}
    facts = ("rows", "unlabelled", "skipped", "comments", "undecided", "contradictions", "repeated")
    assert [record[fact] for fact in facts] == [9, 1, 1, 5, 1, 0, 0]
    shown = labels("check", *two).stdout
    assert "annotators" in shown
    assert "russia  8 " in shown


def test_an_unknown_word_is_named_once_and_all_its_rows_are_counted(tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    rows = "".join(f"{n},text {n},us,{'minus' if n % 2 else 'plus'},,\n" for n in range(300))
    more.write_text(f"{HEAD}{rows}9,bad,us,maybe,,\n9,good,us,con,,\n")
    result = labels("check", more, "--json")
    assert "line 2 and 149 more: label 'plus'; expected one of favor, against" in result.stderr
    assert [line.split(";")[0].split(": ")[-1] for line in result.stderr.splitlines()[:3]] == [
        "label 'plus'",
        "label 'minus'",
        "label 'maybe'",
    ]
    assert (json.loads(result.stdout)["skipped"], "could not be read" in result.stderr) == (301, False)


def test_a_copied_table_is_no_second_annotator(two: tuple[Path, Path], tmp_path: Path) -> None:
    copy, like = tmp_path / "copy.csv", tmp_path / "like.csv"
    with two[0].open("a") as table:
        table.writelines(f"{n},comment {n} of many,us,favor,,\n" for n in range(500))
    copy.write_bytes(two[0].read_bytes())
    like.write_bytes(two[0].read_bytes().replace(b"\n", b"\r\n"))
    for command in ("check", "agreement"):
        result = labels(command, two[0], copy, "--json")
        assert f"{copy}: skipped: a copy of {two[0]}" in result.stderr
        assert [*json.loads(result.stdout)["annotators"]] == ["ann"]
    assert "No label differs. If one table is a copy of another" in labels("agreement", two[0], like).stdout


def test_a_text_that_is_trained_on_and_audited_is_named(two: tuple[Path, Path], tmp_path: Path) -> None:
    leak = tmp_path / "audit.csv"
    leak.write_text(HEAD + "".join(f"x,Comment  {n},us,pro,,audit\n" for n in range(4)))
    result = labels("check", *two, leak)
    assert result.exit_code == 2
    assert result.stderr.count("trained on and audited: 'comment") == 4
    many = tmp_path / "many.csv"
    many.write_text(HEAD + "".join(f"{n},t {n},us,pro,,{role}\n" for n in range(12) for role in ("train", "audit")))
    assert "2 more texts are in both training and audit" in labels("check", many).stderr


def test_agreement_and_what_is_to_be_adjudicated(two: tuple[Path, Path], tmp_path: Path) -> None:
    disputed = tmp_path / "disputed.csv"
    result = labels("agreement", *two, "--disagreements", disputed)
    assert result.exit_code == 0
    assert "2 annotators: ann, bob" in result.stdout
    assert "toward russia  4      0.750" in result.stdout
    (row,) = rows_of(disputed)
    assert (row["id"], row["label"], row["given"]) == ("3", "", "ann: favor; bob: against")
    # Filled in, it decides.
    disputed.write_text(disputed.read_text().replace("comment 3,russia,,", "comment 3,russia,neutral,"))
    record = json.loads(labels("agreement", *two, disputed, "--json").stdout)
    assert record["annotators"] == ["ann", "bob"]
    assert record["overall"]["nominal"]["percent"]["value"] == 0.75
    again = labels("agreement", *two, disputed, "--disagreements", tmp_path / "none.csv")
    assert "0 pairs to adjudicate" in again.stderr


def test_convert_tells_role_and_annotator(two: tuple[Path, Path], tmp_path: Path) -> None:
    output = tmp_path / "x.jsonl"
    result = labels("convert", two[0], "-o", output, "--role", "audit", "--annotator", "eve", "--names")
    assert result.exit_code == 0
    assert {(c.role, c.annotator) for c in load_labels([output]).comments} == {("audit", "eve")}
    refused = labels("convert", output, "-o", tmp_path / "y.csv", "--role", "train", "--names")
    assert refused.exit_code == 2
    assert "no model is trained on audit rows" in refused.stderr
    assert not (tmp_path / "y.csv").exists()


def test_who_contradicts_themselves_is_named(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = [f"c{n},they will win,nato,{label},{who}" for n in range(12) for label, who in (("favor", "ann"),)]
    rows += [f"c{n},they will win,nato,against,{who}" for n in range(12) for who in ("ann", "bob")]
    table.write_text("\n".join(["id,text,target,label,annotator", *rows]))
    found = labels("check", table)
    assert found.exit_code == 2
    first, *_, last = found.stderr.splitlines()
    assert first == "stance: conflict: ann gave favor and against toward nato: 'they will win'"
    assert last == "stance: 2 more conflicts"
