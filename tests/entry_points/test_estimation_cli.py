"""``--labels`` from the command line: what corrects, what is refused, what is printed."""

import json
import re
from pathlib import Path

import pytest
from lxml import html

from stance.datamodels import Stance
from stance.learn.audits import Auditor, load_audit
from stance.log import Log
from stance.records.digests import pair_digest
from stance.scoring.persistence import save_model
from tests.aggregation.test_aggregation import score
from tests.support.commands import invoke
from tests.support.labelled_tables import write_corpus
from tests.support.tiny_models import tiny

pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.fixture
def corpus(tmp_path: Path, own_settings: None) -> None:
    """Two outlets, of which Beta's comments are more against, and labels of half of them."""
    write_corpus(tmp_path, lambda n: "neutral" if n % 5 == 0 else ("favor", "against")[n % 16 // 8 ^ (n % 7 == 0)], 320)


def run(*arguments: str) -> tuple[int, str]:
    result = invoke(*arguments, "--model", "light", "--target", "russia")
    others = "^stance: (written: |Russia[:,] |English )|: made, the key|Ctrl-C stops"  # the last on a busy machine
    lines = (line for line in result.stderr.splitlines(keepends=True) if not re.search(others, line))
    return result.exit_code, "".join(lines)


def compared() -> dict:
    return json.loads(Path("out/comparison.json").read_text())


@pytest.mark.usefixtures("corpus")
def test_labels_correct_shares_and_let_differences_be_claimed() -> None:
    assert run("compare", "t.jsonl", "--labels", "l.jsonl", "-o", "out") == (0, "")
    record = compared()
    methods = {(group["group"], share["method"]) for group in record["groups"] for share in group["shares"]}
    assert methods == {("Alpha", "corrected"), ("Beta", "corrected")}
    verdicts = {(each["a"], each["b"], each["stance"]): each["verdict"] for each in record["differences"]}
    assert verdicts["Alpha", "Beta", "against"] == "differ"
    assert verdicts["Alpha", "Beta", "neutral"] == "cannot_tell_apart"
    assert record["audit"]["annotators"] == ["l"]
    page = html.parse("out/comparison.html").getroot().text_content()
    assert "corrected by labels" in page
    assert "no significant difference" in page
    assert "Comments like these (other articles, other authors)" in page


def test_labels_that_the_model_learned_from_are_left_out_and_one_that_does_not_say_is_told(tmp_path: Path) -> None:
    model = tmp_path / "mine"
    save_model(tiny(), model, trained_on=[pair_digest("known words", "nato"), 5])
    table = tmp_path / "labels.csv"
    rows = "".join(f"d/{name},{text},nato,favor,audit,0.5\n" for name, text in (("c", "known  words"), ("e", "New.")))
    table.write_text("id,text,target,label,role,probability\n" + rows)
    auditor, log = Auditor(load_audit([table], log=Log(), targets=None)[0], known={"test": model}), Log()
    scores = [score(Stance.FAVOR, model="test", comment=name) for name in "ce"]
    auditor.check(scores)
    assert auditor.labels
    assert [each and each.text for each in map(auditor.labels.find, scores)] == [None, "New."]
    auditor.warn(log)
    said = "1 of 2 labels left out, since the model learned from them; 1 left"
    few = "1 label was read, too few to correct shares"
    assert [each.reason for each in log.warnings] == [said, few]
    auditor, log = Auditor(*load_audit([table], log=Log(), targets=None)), Log()
    auditor.check(scores[:1])
    auditor.warn(log)
    assert (auditor.to_record() or {})["not_checked"] == ["test"]
    assert "was test trained on these labels?" in log.warnings[-1].reason


def of_another(lines: list[str]) -> list[str]:
    return [line.replace('"id": "', '"id": "other-').replace("number", "number of another") for line in lines]


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize("command", ["compare", "report"])
def test_labels_of_other_inputs_are_refused_and_few_that_match_are_said(command: str) -> None:
    rows = Path("l.jsonl").read_text().splitlines(keepends=True)
    Path("none.jsonl").write_text("".join(of_another(rows[:60])))
    code, said = run(command, "t.jsonl", "--labels", "none.jsonl", "-o", "out")
    assert (code, said.count("\n")) == (2, 1)
    assert "none.jsonl: none of 60 labels matches a comment, for example " in said
    assert not Path("out/summary.json").exists()
    Path("few.jsonl").write_text("".join([*rows[:20], *of_another(rows[20:60])]))
    code, said = run(command, "t.jsonl", "--labels", "few.jsonl", "-o", "out")
    assert (code, "warning: only 20 of 60 labels match a comment; these do not, for example: " in said) == (0, True)
    pages = " ".join(html.parse(path).getroot().text_content() for path in Path("out").glob("[ic]*.html"))
    assert "Only 20 of 60 labels belong to comments of the inputs." in pages


@pytest.mark.usefixtures("corpus")
def test_labels_that_correct_nothing_are_not_said_to_correct() -> None:
    for name, count in (("t.jsonl", 80), ("l.jsonl", 18)):
        Path(name).write_text("".join(Path(name).read_text().splitlines(keepends=True)[:count]))
    invoke("compare", "t.jsonl", "--labels", "l.jsonl", "-o", "out", "--target", "russia")  # by default
    page = " ".join(html.parse("out/comparison.html").getroot().text_content().split())
    assert "These estimates come from the model alone" in page
    assert "correct these shares" not in page
    assert ", correct them." not in " ".join(compared()["methods"])
    assert "corrected by 50" not in page
    assert " corrected, " not in page
