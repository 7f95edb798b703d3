"""The commands about models of one's own: each says what it did, and a report says which model nobody measured."""

import json
import shutil
from pathlib import Path

import pytest
import typer.testing
from tiny_models import AGAINST, FAVOR, tiny

from stance import training
from stance.cli import app
from stance.records import pair_digest
from stance.registry import Registry
from stance.scoring.persistence import load_model, save_model
from stance.training import Training

runner = typer.testing.CliRunner()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    save_model(tiny(), folder / "right")
    save_model(tiny(1), folder / "same")
    save_model(tiny(wrong=True), folder / "wrong")
    return folder


pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """Sixty audit labels of thirty stories, all of them clear."""
    path = tmp_path / "audit.csv"
    sides = {**dict.fromkeys(FAVOR, "favor"), **dict.fromkeys(AGAINST, "against")}
    texts = [(f"{text}, {i}", label) for i in range(15) for text, label in sides.items()]
    rows = [f'{n},"{text}",russia,{label},story {n // 2},audit' for n, (text, label) in enumerate(texts)]
    path.write_text("\n".join(["id,text,target,label,document,role", *rows]) + "\n")
    return path


def run(*arguments: str | Path, code: int = 0) -> typer.testing.Result:  # type: ignore[name-defined]
    result = runner.invoke(app, [str(each) for each in arguments])
    assert "Traceback" not in result.stderr
    assert result.exit_code == code, result.stderr
    return result


def add(folder: Path, name: str = "mine") -> str:
    return str(run("models", "add", folder, "--name", name).stdout.strip())


def test_a_candidate_is_added_promoted_shown_and_an_earlier_one_comes_back(trained: Path, audit: Path) -> None:
    wrong = add(trained / "wrong")
    run("models", "use", wrong)
    result = run("models", "add", trained / "right", "--name", "mine", "--parent", "mine")
    right = result.stdout.strip()
    assert f"stance models promote {right} --labels AUDIT" in result.stderr
    called = audit.with_name("called.csv")
    called.write_text(audit.read_text().replace(",russia,", ",russian federation,"))
    result = run("models", "promote", right, "--labels", called)
    assert "russian-federation is a name of russia: write that" in result.stderr
    result = run("models", "promote", right, "--labels", audit)
    assert "on 60 labelled pairs (60 audit) of 30 stories" in result.stdout
    assert f"{right}: promoted, as it is surely better than {wrong}; use it with --model mine\n" in result.stdout
    shown = run("models", "show", "mine").stdout
    assert "made by: stance" in shown
    assert f"{wrong}: +1.000 [+1.000, +1.000], 60 audit labels" in shown
    assert f"{wrong}: the current mine from now on; before: {right}" in run("models", "use", wrong).stdout
    lines = run("models").stdout.splitlines()
    assert [line.split()[1] == "current" for line in lines if line.startswith("mine@")] == [True, False]
    assert "default@" in lines[1]
    assert wrong in next(line for line in lines if line.startswith(right))  # its parent


def test_a_worse_or_equal_candidate_is_kept_and_force_is_recorded(trained: Path, audit: Path) -> None:
    right, wrong, same = (add(trained / name) for name in ("right", "wrong", "same"))
    run("models", "use", right)
    for candidate in (wrong, same):
        result = run("models", "promote", candidate, "--labels", audit)
        assert f"{candidate}: not promoted" in result.stdout
        assert f"--model {candidate} scores with it all the same" in result.stderr
        assert Registry.open().find("mine").label == right
    record = json.loads(run("models", "promote", wrong, "--labels", audit, "--force", "--json").stdout)
    assert (record["decision"], record["difference"]["difference"], record["data"]["audit"]) == ("forced", -1.0, 60)
    assert Registry.open().find("mine").label == wrong
    record = json.loads(run("models", "show", "mine", "--json").stdout)["registry"]
    assert [event["event"] for event in record["history"]] == ["added", "kept", "forced"]
    assert record["is_current"]
    line = run("models", "promote", wrong, "--labels", audit, code=2).stderr
    assert "the current mine already" in line


def test_every_row_of_scores_names_the_version(trained: Path, tmp_path: Path) -> None:
    version = add(trained / "right")
    run("models", "use", version)
    (tmp_path / "comments.csv").write_text("text,target\nI stand with Russia,russia\nshame on Russia,russia\n")
    for name in ("mine", version):
        lines = run("score", "comments.csv", "--model", name, "--language", "en").stdout.splitlines()
        assert {json.loads(line)["model"] for line in lines} == {version}
    (tmp_path / "mine").mkdir()
    line = run("score", "comments.csv", "--model", "mine", code=2).stderr
    assert f"expected ./mine or {version}" in line


def test_a_registry_of_a_project_is_named_by_flag_file_or_environment(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = run("models", "add", trained / "right", "--name", "mine", "--registry", "own").stdout.strip()
    assert version not in run("models").stdout
    assert version in run("models", "list", "--registry", "own").stdout
    monkeypatch.setenv("STANCE_REGISTRY", "own")
    assert version in run("models").stdout
    monkeypatch.delenv("STANCE_REGISTRY")
    (tmp_path / "stance.toml").write_text('registry = "own"\n')
    for arguments in (("models",), ("models", "list"), ("models", "show", version)):
        assert version in run(*arguments).stdout
    (tmp_path / "comments.csv").write_text("text,target\nI stand with Russia,russia\n")
    assert version in run("score", "comments.csv", "--model", version, "--language", "en").stdout


def test_two_models_are_compared_by_card_and_on_labels(trained: Path, audit: Path) -> None:
    right, same = add(trained / "right"), add(trained / "same")
    result = run("models", "diff", right, same)
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["card", right, same],
        ["data.train.sha256", *(f"{seed:064}"[:59] + "…" for seed in (0, 0))],
        ["seed", "0", "1"],
    ]
    audit.write_text(audit.read_text().replace(",audit\n", ",train\n"))
    record = json.loads(run("models", "diff", right, trained / "wrong", "--labels", audit, "--json").stdout)
    assert record["measured"]["difference"]["difference"] == 1.0
    assert record["measured"]["data"] | {"sha256": ""} == {
        "pairs": 60, "audit": 0, "stories": 30, "sha256": "", "left_out": {"trained_on": 0, "undecided": 0},
    }  # fmt: skip
    line = run("models", "promote", right, "--labels", audit, code=2).stderr
    assert "60 labelled pairs, none with role audit" in line


def test_audit_rows_that_a_model_was_trained_on_decide_nothing(trained: Path, audit: Path, tmp_path: Path) -> None:
    rows = [(f"{text}, {i}", "russia") for i in range(5) for text in FAVOR]
    save_model(tiny(), tmp_path / "leaking", trained_on=[pair_digest(*row) for row in rows])
    run("models", "use", add(trained / "wrong"))
    leaking = add(tmp_path / "leaking")
    result = run("models", "promote", leaking, "--labels", audit)
    assert "10 labelled pairs are in the training data of one of the models; left out" in result.stderr
    assert "on 50 labelled pairs" in result.stdout
    result = run("models", "diff", trained / "wrong", leaking, "--labels", audit)
    assert "10 labelled pairs are in the training data" in result.stderr


def test_damage_is_named_with_exit_code_1(trained: Path) -> None:
    version = add(trained / "right")
    assert "1 version, no file changed" in run("models", "verify").stdout
    place = Registry.open().place(Registry.open().find(version))
    (place / "coef.npy").unlink()
    line = run("models", "verify", code=1).stderr
    assert "coef.npy: no such file" in line
    assert "not measured" in run("models").stdout  # a damaged version does not hide the others


def test_removing(trained: Path) -> None:
    right, same = add(trained / "right"), add(trained / "same")
    run("models", "use", right)
    assert "the current mine" in run("models", "remove", right, code=2).stderr
    assert f"{same}: removed" in run("models", "remove", same).stdout
    assert same not in run("models", "list").stdout


@pytest.mark.parametrize("arguments", [("show", "nothing"), ("use", "mine"), ("verify", "--registry", "FILE")])
def test_what_is_not_there_is_one_line(arguments: tuple[str, ...], audit: Path) -> None:
    result = run("models", *[str(audit) if each == "FILE" else each for each in arguments], code=2)
    (line,) = result.stderr.splitlines()
    assert "expected" in line


@pytest.mark.parametrize("option", ["--registry=elsewhere", "--json"])
def test_an_option_before_the_verb_is_refused_not_dropped(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = option.partition("=")[0]
    (line,) = run("models", option, "list", code=2).stderr.splitlines()
    assert line == f"stance: {flag}: before list, where nothing heeds it; expected it behind that word"
    monkeypatch.setenv("STANCE_REGISTRY", "elsewhere")  # of every verb
    run("models", "list")


# Training


def fake_training(made: Path) -> object:
    """Stand in for a training: what it makes is there already."""

    def train_from_paths(paths: object, folder: Path, **_: object) -> Training:
        shutil.copytree(made, folder)
        record = {"n": 1, "macro_f1": 0.5, "accuracy": 0.5, "favg": 0.5, "ece": 0.5, "model": folder.name}
        return Training(load_model(folder), record, None, True, ())

    return train_from_paths


def test_training_adds_a_candidate_and_audit_labels_decide(
    trained: Path, audit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "train_from_paths", fake_training(trained / "wrong"))
    result = run("train", "labels.csv", "--name", "mine")
    (wrong,) = [version.label for version in Registry.open().versions()]
    assert f"measure it on audit labels: stance models promote {wrong}" in result.stderr
    assert Registry.open().current("mine") is None
    assert "recorded so" in run("train", "labels.csv", "--name", "mine", "--force").stderr
    assert Registry.open().find("mine").label == wrong
    assert "nothing changes" in run("train", "labels.csv", "--name", "mine").stderr
    monkeypatch.setattr(training, "train_from_paths", fake_training(trained / "right"))
    record = json.loads(run("train", "labels.csv", "--name", "mine", "--audit", audit, "--json").stdout)
    assert (record["decision"]["kind"], record["is_current"]) == ("promoted", True)
    assert record["decision"]["against"] == wrong
    assert Registry.open().find("mine").label == record["version"] == record["evaluation"]["model"]


def test_wrong_wishes_cost_no_training(audit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Training:
        raise AssertionError("trained")

    monkeypatch.setattr(training, "train_from_paths", fail)
    audit.write_text(audit.read_text().replace(",audit\n", ",train\n"))
    for arguments, code, words in (
        ((), 2, "either -o DIR"),
        (("-o", "m", "--name", "mine"), 2, "either -o DIR"),
        (("-o", "m", "--audit", audit), 2, "--name NAME"),
        (("--name", "default"), 2, "taken by what ships"),
        (("--name", "mine", "--audit", audit), 2, "none with role audit"),
        (("--name", "mine", "--registry", audit), 2, "a file; expected a folder of models"),
    ):
        (line,) = run("train", "labels.csv", *arguments, code=code).stderr.splitlines()
        assert words in line


# Reports


def test_pages_say_on_top_when_nobody_measured_the_model(trained: Path, tmp_path: Path, seeds: Path) -> None:
    page = next(seeds.glob("000_*"))
    for name, measured in (("default", True), (str(trained / "right"), False)):
        run("report", page, "-o", "out", "--model", name)
        run("compare", page, "-o", "out", "--model", name)
        pages = list((tmp_path / "out").glob("*.html"))
        assert len(pages) == 4
        for path in pages:
            text = path.read_text(encoding="utf-8")
            assert ("<strong>Not measured.</strong>" in text.partition("<main")[0]) is not measured, path.name
