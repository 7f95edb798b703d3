"""An option that a verb accepts changes something, or one line refuses it."""

import re
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from filecmp import cmp
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.cli.verbs import VERBS, load_command
from stance.exceptions import ConfigError
from stance.scoring.persistence import save_model
from tests.support.commands import invoke
from tests.support.fixing_pages import page_of
from tests.support.tables import cases, table, write_rows
from tests.support.tiny_models import AGAINST, FAVOR, quicken_training, tiny

TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.]*(\+00:00|Z)?")
HERE = {"demo": "it takes ten seconds, and is tested in test_cli.py"}
"""Commands that are not run here, with the reason."""

UNCHANGED = table("options", "cases")["UNCHANGED"]
"""Options with the same outcome, with the reason."""

FOUND = table("options", "cases")["FOUND"]
"""Words: a run of each command."""

VALUES = table("options", "cases")["VALUES"]
"""Words: a value of each option that has one."""

INPUTS = table("options", "cases")["INPUTS"]
"""Words: the inputs of a run that an option concerns, in place of the usual ones."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one input of each kind."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("STANCE_KEY_FILE")
        make_inputs()
    return folder


def make_inputs() -> None:
    Path("one.html").write_text(page_of())
    write_rows("short.jsonl", [{"text": text} for text in ("Russia!", "Oh no.", "Russia, OK.", "Ha ha.")])
    said = (*FAVOR, *AGAINST)
    rows = [
        {
            "id": f"{n}",
            "document": f"d{n % 8}",
            "desk": "ab"[n % 2],
            "author": f"Reader {n % 20}",
            "title": f"Talk {n % 8}",
            "outlet": ("Hill Post", "River Post")[n % 8 // 4],
            "posted": f"2026-0{n % 3 + 1}-0{n % 9 + 1}T10:00:00",
            "text": f"{said[n % 4]} and {('Russia', 'NATO')[n % 2]}, number {n}.",
        }
        for n in range(48)
    ]
    write_rows("table.jsonl", rows)
    write_renamed("mapped.jsonl", rows, text="reaction")
    write_renamed("unnamed.jsonl", rows, outlet=None)
    sides = {**dict.fromkeys(FAVOR, "favor"), **dict.fromkeys(AGAINST, "against")}
    texts = [(f"{text}, {number}", side) for number in range(24) for text, side in sides.items()]
    labels = [
        {"id": f"{n}", "text": text, "target": "russia", "label": side, "document": f"story {n // 2}"}
        | {"role": ("train", "audit")[n % 5 == 0], "author": f"Reader {n}"}
        for n, (text, side) in enumerate(texts)
    ]
    write_rows("labels.jsonl", labels)
    write_rows("others.jsonl", (row | {"label": "favor"} for row in labels))
    write_renamed("named.jsonl", labels, text="reaction")
    write_renamed("untold.jsonl", labels, target=None)
    write_rows("numbers.jsonl", (row | {"target": "numbers", "text": f"{row['text']}, number"} for row in labels))
    drawn = ({name: row[name] for name in ("id", "document", "text")} for row in rows[:10])
    write_rows(
        "audit.jsonl",
        (row | {"target": "russia", "label": "favor", "role": "audit", "probability": 0.5} for row in drawn),
    )
    Path("targets.toml").write_text('[[targets]]\nid = "numbers"\naliases = ["number"]\n')
    save_model(tiny(), Path("own"))
    Path("guide.md").write_text("# Another guide\n")
    Path("layouts.toml").write_text('[paper]\ncomment = ".opinion-row"\ntext = ".opinion-who"\n')
    Path("topics.toml").write_text('talk = ["talk"]\n')
    for words in ("light --target nato", "vader", "light"):
        run(f"score table.jsonl --model {words} -o scored.db")
    run("sample table.jsonl --model light -o sample.csv")
    run("report table.jsonl --model light -o told")
    run("score table.jsonl --model vader -o left.db")
    run("forget 'Reader 1' left.db")


def write_renamed(path: str, rows: list[dict[str, Any]], **names: str | None) -> None:
    """Write rows with other names of columns; None: without the column."""
    write_rows(path, ({new: row[name] for name in row if (new := names.get(name, name))} for row in rows))


def run(line: str) -> Any:
    result = invoke(*shlex.split(line))
    assert "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def options() -> Iterator[tuple[str, str]]:
    for verb in VERBS:
        command = load_command(verb)
        for name, each in getattr(command, "commands", {"": command}).items():
            for option in each.params:
                if option.param_type_name == "option":
                    yield f"{verb} {name}".strip(), max(option.opts, key=len)


def outcome(line: str, made: Path, folder: Path) -> list[Any]:
    """Run a command in a copy of its inputs; return code, prints, names of files and contents of new ones."""
    needed = (".stance.key", "stance.toml", *shlex.split(line))
    shutil.copytree(made, folder, ignore=lambda at, names: {*names} - {*needed} if at == str(made) else ())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("STANCE_KEY_FILE")  # the key is in the folder
        quicken_training(patch)
        for name in ("webbrowser.open", "stance.app.server.make_server"):
            patch.setattr(name, Served)
        result = run(line)
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    changed = [name for name in files if not (made / name).exists() or not cmp(made / name, files[name], shallow=False)]
    contents = [content_of(files[name]) for name in changed]
    shutil.rmtree(folder)
    return [result.exit_code, TIME.sub("", result.stdout), TIME.sub("", result.stderr), [*files], changed, contents]


class Served:
    """Stands in for a server."""

    def __init__(self, *_: object) -> None:
        pass

    def run(self, **_: object) -> None:
        pass


def content_of(path: Path) -> str:
    if path.suffix in (".db", ".db-wal", ".db-shm"):
        with sqlite3.connect(path) as store:
            return TIME.sub("", "\n".join(store.iterdump()))
    return TIME.sub("", path.read_bytes().decode("utf-8", "replace"))


@cache
def usual(line: str, made: Path) -> list[Any]:
    return outcome(line, made, made.parent / "usual")


def words_of(command: str, flag: str) -> tuple[str, str]:
    """Return a run of a command, and the same with an option."""
    line, value = FOUND[command], VALUES.get(flag)
    for usual_input, others in INPUTS.items():
        if re.search(rf"\b{re.escape(usual_input)}", line) and flag in others:
            line = line.replace(usual_input, others[flag])
            break
    return line, f"{line} {flag}" + (f" {shlex.quote(value)}" if value else "")


def left_out() -> set[tuple[str, str]]:
    return {each for each in options() if each[0] in HERE or {each[1], " ".join(each)} & {*UNCHANGED}}


@pytest.mark.parametrize(("command", "flag"), sorted(set(options()) - left_out()))
def test_an_option_changes_the_outcome_or_is_refused(command: str, flag: str, made: Path) -> None:
    line, tried = words_of(command, flag)
    before, after = usual(line, made), outcome(tried, made, made.parent / "tried")
    if after[0] in (1, 2) and after[0] != before[0]:
        assert after[2].count("\n") == 1, after[2]
        assert after[2].startswith("stance: ")
    assert after != before, tried


def test_an_outcome_is_the_same_each_time(made: Path) -> None:
    for command in ("compare", "sample", "score", "labels agreement"):
        assert usual(FOUND[command], made) == outcome(FOUND[command], made, made.parent / "again"), command


@cases("line", "added")
def test_an_option_changes_the_outcome_where_it_has_what_it_needs(line: str, added: str, made: Path) -> None:
    before, after = usual(line, made), outcome(f"{line} {added}", made, made.parent / "tried")
    assert after != before
    assert after[0] in (0, 3), after[2]


@cases("line", "flag")
def test_an_option_without_what_it_needs_is_refused(line: str, flag: str, made: Path) -> None:
    code, printed, message, *_ = outcome(line, made, made.parent / "tried")
    assert (code, printed) == (2, "")
    assert re.fullmatch(rf"stance: {flag}: no effect [^\n]+\n", message)


def test_a_setting_of_the_file_is_no_option_that_was_typed(made: Path) -> None:
    Path(made, "stance.toml").write_text('outlet = "Herald"\n')
    try:
        assert outcome("report scored.db -o out", made, made.parent / "tried")[0] == 0
    finally:
        Path(made, "stance.toml").unlink()


def test_python_refuses_the_same_options(made: Path) -> None:
    with pytest.raises(ConfigError, match="--run: no effect without a store as input"):
        stance.report(made / "table.jsonl", run_number=1, output=made / "out")
    with pytest.raises(ConfigError, match="--topic: no effect without --by topic"):
        stance.compare(made / "table.jsonl", topic="desk")
