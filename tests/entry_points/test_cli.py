import json
import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import typer.testing

import stance.__main__
from stance.cli import verbs
from stance.datamodels import STANCES
from stance.pseudonyms import load_key
from tests.support.commands import invoke as run
from tests.support.tables import cases

pytestmark = pytest.mark.usefixtures("own_settings")


def errors(result: typer.testing.Result) -> list[str]:  # type: ignore[name-defined]
    assert "Traceback" not in result.stderr
    return [line for line in result.stderr.splitlines() if line]


@pytest.fixture
def page(seeds: Path) -> Path:
    return next(seeds.glob("000_*"))


def test_parse_gives_documents_on_standard_output(page: Path) -> None:
    result = run("parse", page, code=0)
    (document,) = map(json.loads, result.stdout.splitlines())
    assert document["outlet"] == "SouthFront"
    assert len(document["comments"]) == 15
    assert list(document) == [
        *("id", "source", "outlet", "url", "title", "author", "published", "language", "lead", "body", "comments"),
        *("stated_comments", "layout", "warnings", "certainty", "certainties", "doubts"),
    ]
    comment = ["id", "parent", "author", "posted", "votes", "language", "text", "quoted"]
    assert list(document["comments"][0])[: len(comment)] == comment


def test_a_web_address_gives_one_line_that_says_how_to_save_the_page(page: Path) -> None:
    result = run("score", "https://example.org/a", code=1)
    (line,) = errors(result)
    assert line.startswith("stance: https://example.org/a: ")
    assert "save this one with its comments open (see docs/inputs.md)" in line
    result = run("parse", "https://example.org/a", page, "--quiet", code=3)
    assert errors(result)[1:] == []


def test_some_skipped_is_3_and_the_rest_is_done(tmp_path: Path, page: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    result = run("report", "empty.txt", page, "--quiet", "--model", "vader", code=3)
    assert len(errors(result)) == 1
    summary = json.loads((tmp_path / "reports" / "summary.json").read_text(encoding="utf-8"))
    assert len(summary["documents"]) == 1
    assert [each["source"] for each in summary["skipped"]] == ["empty.txt"]


@pytest.mark.parametrize(
    "arguments", [["no-such-verb"], ["parse"], ["parse", "--no-such-option", "x"], ["parse", "x", "--jobs", "many"]]
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_what_is_written_among_the_pages_is_not_read_again(tmp_path: Path, page: Path) -> None:
    """A second run of the same command gives the same; comments of a report are not counted once more."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "page.txt").write_bytes(page.read_bytes())
    (pages / "table.csv").write_text("document,id,text\na,1,NATO is a threat.\na,2,NATO is not.\n")
    for _ in range(2):
        assert run("score", "pages", "-o", "pages/z.csv", "--model", "vader", "--target", "nato").exit_code == 0
        assert len((pages / "z.csv").read_text().splitlines()) == 1 + 15 + 2
        assert run("parse", "pages/", "-o", "pages/a.jsonl").exit_code == 0
        assert len((pages / "a.jsonl").read_text().splitlines()) == 2
        (pages / "z.csv").unlink()
        (pages / "a.jsonl").unlink()
    for folder in ("pages/reports", "pages"):
        for _ in range(2):
            assert run("report", "pages", "-o", folder, "--model", "vader").exit_code == 0
            summary = json.loads((tmp_path / folder / "summary.json").read_text(encoding="utf-8"))
            assert (summary["totals"]["documents"], summary["totals"]["comments"]) == (2, 17)
            assert run("compare", "pages", "--by", "outlet", "-o", folder, "--model", "vader").exit_code == 0


@cases("text", "said")
def test_a_wrong_line_of_the_file_is_not_blamed_on_a_flag(tmp_path: Path, page: Path, text: str, said: str) -> None:
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    result = run("--config", "own.toml", "parse", page, code=2)
    (line,) = errors(result)
    assert line.startswith(f"stance: own.toml: {said}")


def test_commands_pipe(page: Path) -> None:
    documents = run("parse", page).stdout
    result = run("score", "-", "-q", "--model", "light", stdin=documents, code=0)
    scores = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(scores) == 45
    assert run("report", "-", "-o", "out", "-q", stdin=result.stdout).exit_code == 0
    direct = [json.loads(line) for line in run("score", page, "-q", "--model", "light").stdout.splitlines()]
    assert scores == direct


def test_names_are_shown_only_when_asked_for_and_scores_follow_the_contract(page: Path) -> None:
    shown = run("score", page, "-q").stdout
    assert "George King" not in shown
    assert "George King" in run("score", page, "-q", "--names", "--model", "vader").stdout
    scores = [json.loads(line) for line in shown.splitlines()]
    for score in scores:
        assert sum(score[each] for each in STANCES) == pytest.approx(1, abs=1e-5)
        assert -1 <= score["sentiment"] <= 1
        assert score["via"] in (None, "text", "parent", "article")
        assert score["model"].startswith("default@")
        assert score["author"] is None or score["author"].startswith("reader-")


def test_a_table_calls_targets_by_label_too_and_unknown_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "id,text,target\n1,Russia must withdraw.,Russia\n2,US troops out.,United States\n3,Tea?,Tea\n4,Tea!,Tea\n"
    )
    result = run("score", "t.csv", "-q", "--model", "light")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["comment"], row["target"]) for row in rows] == [("1", "russia"), ("2", "us")]
    assert result.exit_code == 3
    assert (
        "2 rows ask for unknown targets: 'Tea' (2); expected one of russia, us, nato or define it with --targets FILE"
        in result.stderr
    )


@pytest.mark.parametrize("verb", verbs.VERBS)
def test_every_command_and_option_has_help_and_that_of_all_says_what_each_begins_with(verb: str) -> None:
    command = verbs.load_command(verb)
    assert command.help == verbs.VERBS[verb].summary
    assert all(getattr(option, "help", None) for option in command.params), verb
    options = {name for each in command.params for name in each.opts if name.startswith("--")}
    shown = {word for word in run(verb, "--help").stdout.split() if word in options}
    assert len(shown) <= 10
    assert {word for word in run(verb, "--help-all").stdout.split() if word in options} == options or not shown


def test_help_lists_the_commands_in_three_groups() -> None:
    groups = re.findall(r"^(\w[\w ]+):\n((?:  .*\n)+)", run("--help").stdout, re.M)
    found = {name: [line.split()[0] for line in lines.splitlines()] for name, lines in groups if name != "Options"}
    assert list(found) == ["Begin", "Label and learn", "Data"]
    assert found["Begin"] == ["demo", "open", "report", "compare"]
    assert sorted(chain.from_iterable(found.values())) == sorted(verbs.VERBS)


def test_version() -> None:
    import stance

    assert run("--version").stdout.strip() == f"stance {stance.__version__}"


HEAVY = {"jinja2", "lxml", "numpy", "onnxruntime", "pandas", "scipy", "sklearn", "trafilatura"}
HEAVY |= {"starlette", "uvicorn"}


def loaded(*commands: list[str]) -> list[set[str]]:
    """Return the modules that are loaded after each command of a process."""
    run = "try: app({})\nexcept SystemExit: print(*sys.modules, file=sys.stderr)\n"
    code = "import sys\nfrom stance.cli import app\n" + "".join(map(run.format, commands))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [set(line.split()) for line in result.stderr.splitlines() if line.startswith("sys ")]


def test_help_loads_nothing_heavy_and_scoring_by_words_only_numpy_and_lxml(page: Path) -> None:
    scores = (["score", str(page), "--model", model] for model in ("vader", "light"))
    told, *scored, reported = loaded(["--help"], *scores, ["report", str(page), "--model", "vader", "-o", "reports"])
    assert not told & {*HEAVY, "sqlite3", "stance.options.run", "stance.datamodels", "stance.cli.pages"}
    assert all(modules & HEAVY <= {"lxml", "numpy"} for modules in scored)
    assert {"jinja2", "scipy.sparse"} & reported == {"jinja2"}


def test_a_closed_pipe_loses_no_file(tmp_path: Path) -> None:
    """Files are written before results are printed."""
    for name, label in (("ann", "favor"), ("bob", "against")):
        rows = "".join(f"Russia is great {n},russia,{label}\n" for n in range(4))
        (tmp_path / f"{name}.csv").write_text(f"text,target,label\n{rows}Russia is evil,russia,against\n")
    reader, writer = os.pipe()
    os.close(reader)
    command = "labels agreement ann.csv bob.csv --disagreements disputed.csv"
    python = [sys.executable, "-u", "-m", "stance"]
    result = subprocess.run([*python, *command.split()], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (result.returncode, "Traceback" in result.stderr) == (0, False)
    assert (tmp_path / "disputed.csv").is_file()


def test_rows_are_scored_toward_just_the_target_that_they_name(tmp_path: Path) -> None:
    said = [("a", "Ukraine is right", "ukraine"), ("b", "Ukraine lies", "Ukraine"), ("c", "NATO is right", "nato")]
    rows = [",".join(said[at]) for at in (2, 1, 0)]
    (tmp_path / "c.csv").write_text("\n".join(["id,text,target", *rows]))
    load_key(Path(".stance.key"))
    scored = run("score", "c.csv", "--model", "light")
    pairs = {(row["comment"], row["target"]) for row in map(json.loads, scored.stdout.splitlines())}
    assert (pairs, scored.stderr) == ({("a", "ukraine"), ("b", "ukraine"), ("c", "nato")}, "")
    for verb in ("report", "compare"):
        told = run(verb, "c.csv", "--model", "light", "-o", "out").stderr.splitlines()[0]
        flags = "--target russia --target us --target nato --target ukraine"
        assert told == f"stance: c.csv: warning: scores toward ukraine are left out; to include them, give {flags}"
        assert "left out" not in run(verb, "c.csv", "--model", "light", "-o", "out", *flags.split()).stderr
        assert "scored with the model default (choose another with --model)" in run(verb, "c.csv", "-o", "out").stderr


def test_ctrl_c_before_a_verb_begins_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verbs, "load_command", interrupted)
    monkeypatch.setattr(sys, "argv", ["stance", "parse"])
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)  # it would last beyond this test
    with pytest.raises(SystemExit) as ended:
        stance.__main__.main()
    assert ended.value.code == 130
    said = "stance: interrupted; a store keeps what was finished, and no other incomplete file is left\n"
    assert capsys.readouterr().err == said


@cases("package", "arguments")
def test_a_missing_extra_is_named_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, package: str, arguments: list[str]
) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setitem(sys.modules, package, None)
    result = run(*arguments, code=2)
    (line,) = errors(result)  # and none about the missing input
    assert f"this needs {package}: pip install" in line


def test_all_that_is_written_is_named_on_standard_error(page: Path, tmp_path: Path) -> None:
    result = run("report", page, "-o", "out", "--model", "vader")
    folder = Path(json.loads((tmp_path / "out" / "summary.json").read_text())["documents"][0]["page"]).parent
    files = "out/index.html, out/summary.json, out/scores.csv, out/shares.csv, out/sentiment.csv"
    others = "out/codebook.csv, out/discourse.html, out/readings.html"
    written = f"written: {files}, {others}, 1 page in {Path('out') / folder}"
    assert f"stance: {written}" in errors(result)
    assert result.stdout == "out/index.html\n"
    public = run("report", page, "-o", "public", "--model", "vader", "--public")
    assert "written: public/index.html, public/summary.json, 1 page" in public.stderr
    compared = run("compare", page, "-o", "out", "--model", "vader")
    assert "written: out/comparison.html, out/comparison.json, out/comparison-scores.csv" in compared.stderr
    assert "written: scores.csv\n" in run("score", page, "-o", "scores.csv", "--model", "vader").stderr
    for verb in ("report", "compare", "score"):
        output = "quiet.csv" if verb == "score" else "out"
        assert "written" not in run(verb, page, "-o", output, "--model", "vader", "--quiet").stderr


def test_reports_do_not_say_where_the_key_lies(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "hidden place" / "secret.key"
    for verb, named in (("report", [f"--key-file={key}"]), ("compare", ["--key-file", key])):
        typed = [verb, page, "-o", tmp_path / "out", "--model", "vader", *named]
        monkeypatch.setattr(sys, "argv", ["/usr/bin/stance", *map(str, typed)])
        assert run(*typed).exit_code == 0
    pages = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir()}
    assert not any("secret.key" in text for text in pages.values())
    assert "--key-file=KEY" in pages["index.html"]
    assert "--key-file KEY" in pages["comparison.html"]


def test_an_unknown_outlet_is_told_from_the_known_ones(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("outlet,text\nDAWN.COM,NATO is the best alliance of all\n")
    result = run("report", table, "--where", "outlet=Dawn", "-o", tmp_path / "r", "--model", "vader", code=1)
    assert result.stderr.endswith("1 page left out by --where; no outlet 'Dawn': did you mean DAWN.COM?\n")
    given = ("--where", "outlet=dawn.com", "--where", "topic=x", "--model", "vader")
    assert "no outlet" not in run("report", table, *given, "-o", tmp_path / "r").stderr
