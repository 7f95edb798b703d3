"""Each bound of reading, one below it, at it and one above it; test_reading.py has those of pages, lines and fields."""

import gzip
import json
import os
import random
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, replace
from pathlib import Path

import pytest

from stance.datamodels import Document, Page, PageKind, Skip
from stance.exceptions import ConfigError, InputError, LabelError
from stance.labels.records import row_records
from stance.labels.tables import load_labels
from stance.limits import FIXED, MAX_DEPTH, Limits, changed_limits, current_limits, limits_in_force, parse_limits
from stance.parsing import parse_page
from stance.reading import read
from stance.resources.toml import read_toml
from stance.scoring.targets.target_set import load_targets
from tests.support.commands import invoke as run
from tests.support.tables import cases, table

noise = random.Random(0).randbytes


def read_data(tmp_path: Path, data: bytes, name: str, **bounds: int) -> tuple[list[object], list[Skip]]:
    path = tmp_path / name
    path.write_bytes(data)
    skips: list[Skip] = []
    with limits_in_force(replace(Limits(), **bounds)):
        return list(read([path], skip=skips.append)), skips


def refused(fits: bool, error: type[Exception], match: str) -> AbstractContextManager[object]:
    """Expect one line that names the limit, unless the input fits."""
    return nullcontext() if fits else pytest.raises(error, match=match)


def around(limit: int) -> pytest.MarkDecorator:
    """Try one below the limit, the limit, and one above it, which alone does not fit."""
    return pytest.mark.parametrize(("size", "fits"), [(limit - 1, True), (limit, True), (limit + 1, False)])


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def nested(size: int) -> bytes:
    data = b"A council met on Tuesday."
    for _ in range(size):
        data = packed(data)
    return data


PACKED: dict[str, tuple[int, Callable[[int], bytes], str, dict[str, int]]] = {
    # Packs to a half, so the ratio holds.
    "bytes": (
        50_000,
        lambda n: packed(noise(n).hex().encode()[:n]),
        "expands to more than",
        {"unpacked_bytes": 50_000},
    ),
    "ratio": (60_000, lambda n: packed(b"a" * n), "times its size", {"ratio": 1, "ratio_from_bytes": 60_000}),
    "packings": (3, nested, "packed more than 3 times", {"packings": 3}),
}
"""The limit, data of a size, what is said of what is larger, and the limits in force."""


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("name", PACKED)
def test_what_is_unpacked(tmp_path: Path, name: str, more: int) -> None:
    limit, make, reason, bounds = PACKED[name]
    values, skips = read_data(tmp_path, make(limit + more), "p.txt.gz", **bounds)
    assert bool(values) is (more <= 0)
    assert more <= 0 or reason in skips[0].reason


@around(2_000)
def test_a_row_with_line_ends(tmp_path: Path, size: int, fits: bool) -> None:
    """Lines are handed over while what came before is not beyond the limit."""
    before = "a\n" * 2
    cell = '"' + "x" * (size - 2) + "\n"
    assert len(cell) == size
    data = f'text\n{before}{cell}end"\nlast\n'
    values, skips = read_data(tmp_path, data.encode(), "t.csv", row_chars=2_000)
    texts = [comment.text for value in values if isinstance(value, Document) for comment in value.comments]
    assert texts[-1] == "last"
    assert any("x" * 1_000 in text and text.endswith("end") for text in texts) is fits
    assert fits or "not closed" in skips[0].reason


@around(10)
def test_unclosed_quotes(tmp_path: Path, size: int, fits: bool) -> None:
    data = "text\nfirst\n" + ('"' + "x" * 60 + "\n" + "y" * 60 + "\n") * size
    # Each quote is closed by the next one, unless the row is too long by then.
    _, skips = read_data(tmp_path, data.encode(), "t.csv", row_chars=50, unclosed_quotes=10)
    assert any("unclosed quotes" in skip.reason for skip in skips) is not fits


@around(3)
def test_bad_rows_that_are_named(tmp_path: Path, size: int, fits: bool) -> None:
    _, skips = read_data(tmp_path, b"7\n" * size + b'{"text": "a"}\n', "t.jsonl", named_rows=3)
    assert len([skip for skip in skips if skip.source.rsplit(":", 1)[-1].isdecimal()]) == min(size, 3)
    assert any("more row" in skip.reason for skip in skips) is not fits


def rows(count: int) -> bytes:
    return "".join(json.dumps({"text": f"comment {n}", "document": "d"}) + "\n" for n in range(count)).encode()


@around(4)
def test_comments_of_one_document_of_a_table(tmp_path: Path, size: int, fits: bool) -> None:
    """What is beyond the bound begins another document; nothing is lost."""
    values, _ = read_data(tmp_path, rows(size), "t.jsonl", comments=4)
    documents = [value for value in values if isinstance(value, Document)]
    assert (len(documents) == 1) is fits
    assert sum(len(document.comments) for document in documents) == size


@around(4)
@pytest.mark.parametrize("name", ["t.jsonl", "t.csv"])
def test_rows_of_a_table(tmp_path: Path, size: int, fits: bool, name: str) -> None:
    """What is read before the limit is kept, and that there is more is said."""
    lines = rows(size) if name == "t.jsonl" else b"text\n" + b"comment\n" * size
    values, skips = read_data(tmp_path, lines, name, rows=4)
    assert sum(len(value.comments) for value in values if isinstance(value, Document)) == min(size, 4)
    assert [skip.reason for skip in skips] == ([] if fits else ["more than 4 rows (the limit); the rest was left out"])


SAID = tuple(table("hostile_limits", "cases")["SAID"])


def said(number: int, length: int) -> str:
    return SAID[number][:length]


def html_page(comments: int, length: int = 50) -> Page:
    box = '<li class="comment" id="comment-{0}"><cite class="fn">Ann{0}</cite><p>{1}</p></li>'
    thread = "".join(box.format(n, said(n, length)) for n in range(comments))
    article = "<p>The council met on Tuesday and spoke about the bridge for two hours.</p>" * 9
    return Page("p.html", PageKind.HTML, f'<html><body>{article}<ol class="commentlist">{thread}</ol>', "utf-8")


def text_page(comments: int, length: int = 50) -> Page:
    article = "The council met\n\n" + "It met on Tuesday and spoke about the bridge for two hours.\n\n" * 9
    thread = "".join(f"Kim Cleo{n}\n2024-06-07T08:28:00+00:00\n{said(n, length)}\nReply\n\n" for n in range(comments))
    return Page("p.txt", PageKind.TEXT, f"{article}{comments} Comments\n\n{thread}", "utf-8")


@around(6)
@pytest.mark.parametrize("make", [html_page, text_page])
def test_comments_under_a_page(size: int, fits: bool, make: Callable[[int], Page]) -> None:
    with limits_in_force(Limits(comments=6)):
        document = parse_page(make(size))
    assert len(document.comments) == min(size, 6)
    assert any("only the first 6 of 7 comments were read" in each for each in document.warnings) is not fits


@around(40)
@pytest.mark.parametrize("make", [html_page, text_page])
def test_a_comment_under_a_page(size: int, fits: bool, make: Callable[[int, int], Page]) -> None:
    with limits_in_force(Limits(field_chars=40)):
        document = parse_page(make(3, size))
    assert len(document.comments) == (3 if fits else 0)
    assert ("3 comments longer than 40 characters left out" in document.warnings) is not fits


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("most", [MAX_DEPTH, 30])
def test_the_depth_of_html(most: int, more: int) -> None:
    """With ``html`` and ``body``; the larger one is the parser's own bound."""
    page = Page("p.html", PageKind.HTML, "<html><body>" + "<div>" * (most + more - 2) + "A council met.", "utf-8")
    with limits_in_force(Limits(tree_depth=most)), refused(more <= 0, InputError, "nested"):
        assert parse_page(page) is not None


@around(5_000)
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_table_of_labels(tmp_path: Path, size: int, fits: bool, name: str) -> None:
    content = f"text,target,label\na,nato,favor\n{noise(size).hex()}"[: size - 1].encode() + b"\n"
    (tmp_path / name).write_bytes(packed(content) if name.endswith(".gz") else content)
    message = rf"{name}: (larger|expands to more) than .* \(the limit"
    with limits_in_force(Limits(label_bytes=5_000)), refused(fits, LabelError, message):
        assert load_labels([tmp_path / name]).comments


@around(FIXED.settings_bytes)
def test_a_file_of_settings(tmp_path: Path, size: int, fits: bool) -> None:
    path = tmp_path / "stance.toml"
    path.write_text("#" * size)
    with refused(fits, ConfigError, "more than 1,000,000 bytes"):
        read_toml(path, "settings")


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize(
    ("column", "most"),
    [("text", FIXED.labelled_chars), *((name, FIXED.cell_chars) for name in ("outlet", "author", "note"))],
)
def test_a_cell_of_a_label_table(column: str, most: int, more: int) -> None:
    row = {"text": "a", "target": "nato", "label": "favor"} | {column: "a" * (most + more)}
    with refused(more <= 0, ValueError, "expected at most"):
        assert len(row_records(row, "ann", target=None)) == 1


@around(Limits().target_bytes)
def test_a_file_of_targets(tmp_path: Path, size: int, fits: bool) -> None:
    target = b'[[targets]]\nid = "bridge"\naliases = ["bridge"]\n#'
    check_targets(tmp_path, target + b"x" * (size - len(target)), fits)


@around(7)
def test_aliases(tmp_path: Path, size: int, fits: bool) -> None:
    aliases = ", ".join(f'"bridge {n}"' for n in range(size - 1))
    content = f'[[targets]]\nid = "bridge"\naliases = [{aliases}]\nnot = ["bridge of sighs"]'
    check_targets(tmp_path, content.encode(), fits, "--limit", "aliases=7")


@around(Limits().alias_chars)
def test_an_alias(tmp_path: Path, size: int, fits: bool) -> None:
    check_targets(tmp_path, b'[[targets]]\nid = "bridge"\naliases = ["%s"]\n' % (b"b" * size), fits)


def check_targets(tmp_path: Path, data: bytes, fits: bool, *options: str) -> None:
    path = tmp_path / "t.toml"
    path.write_bytes(data)
    done = run("targets", path, *options, code=0 if fits else 2)
    if not fits:
        assert re.fullmatch(r"stance: [^\n]*t\.toml[^\n]*expected[^\n]*\n", done.stderr)


# All limits

ROOT = Path(__file__).parents[2]
NAMES = [each.name for each in fields(Limits)]
REASONS = {each.name: each.metadata["reason"] for each in fields(Limits)}


@pytest.mark.parametrize("name", NAMES)
def test_no_limit_is_only_claimed(name: str) -> None:
    """Each is used by a module that reads, has a reason, and stands in SECURITY.md with its value and that reason."""
    sources = [path.read_text("utf-8") for path in (ROOT / "stance").rglob("*.py")]
    assert any(re.search(rf"(?:imits(?:\(\))?|self)\.{name}\b", source) for source in sources)
    row = f"| `{name}` | {getattr(Limits(), name):,} | {REASONS[name]} |"
    assert row in (ROOT / "SECURITY.md").read_text("utf-8").splitlines()


def test_the_table_lists_no_others() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| [\d,]+ \|", (ROOT / "SECURITY.md").read_text("utf-8"), re.M)
    assert rows == NAMES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("STANCE_") and name != "STANCE_KEY_FILE"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("text\n" + "comment\n" * 9)
    return tmp_path


def test_flags_go_before_the_environment_and_that_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows_read(*flags: str) -> int:
        return len(json.loads(run("parse", "t.csv", *flags).stdout)["comments"])

    assert rows_read() == 9
    (folder / "stance.toml").write_text('[limits]\nrows = 7\npage-bytes = "20MB"\n')
    assert rows_read() == 7
    monkeypatch.setenv("STANCE_LIMITS", "rows=6,comments=60")
    assert rows_read() == 6
    assert rows_read("--limit", "rows=5", "--limit", "ratio=50") == 5
    assert current_limits() == Limits()  # those of a command end with it


@pytest.mark.usefixtures("folder")
def test_a_limit_holds_for_the_verb_that_it_is_given_to() -> None:
    result = run("parse", "t.csv", "--limit", "rows=4", code=3)
    assert "more than 4 rows" in result.stderr
    assert len(json.loads(result.stdout)["comments"]) == 4
    assert run("parse", "t.csv").exit_code == 0
    assert run("labels", "check", "t.csv", "--limit", "label_bytes=10").exit_code == 2


@cases("given", "message", more=[("page_bytes=" + "9" * 5_000, "expected a whole number")])
@pytest.mark.parametrize("way", ["flag", "environment", "file"])
def test_a_wrong_limit_is_2_with_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, given: str, message: str, way: str
) -> None:
    arguments = ["parse", "t.csv"]
    if way == "flag":
        arguments += ["--limit", given]
    elif way == "environment":
        monkeypatch.setenv("STANCE_LIMITS", given)
    else:
        name, equals, value = given.partition("=")
        if not equals:
            pytest.skip("no TOML")
        (folder / "stance.toml").write_text(f'[limits]\n{name} = "{value}"\n')
    result = run(*arguments, code=2)
    [line] = result.stderr.splitlines()
    assert message in line
    assert len(line) < 600


@cases("text", "number")
def test_numbers_may_have_units(text: str, number: int) -> None:
    assert changed_limits(Limits(), parse_limits(f"page_bytes={text}", "here"), "here").page_bytes == number


def test_what_ships_is_read_under_any_limits() -> None:
    from stance.scoring.targets import files, target_set

    files.shipped_targets.cache_clear()
    target_set._shipped_set.cache_clear()
    with limits_in_force(Limits(alias_chars=1, aliases=1, target_bytes=1)):
        assert load_targets().ids


def test_a_store_knows_the_limits_under_which_it_was_made() -> None:
    from stance.options.run import PrivacyOptions, Run
    from stance.runs.run_settings import reading_settings

    assert "limits" not in reading_settings(Run(privacy=PrivacyOptions(names=True)))
    with limits_in_force(Limits(comments=5, rows=7, named_rows=1)):
        assert reading_settings(Run(privacy=PrivacyOptions(names=True)))["limits"] == "rows=7,comments=5"
