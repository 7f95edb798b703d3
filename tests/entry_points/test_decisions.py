"""Model, languages and targets are decided once: whichever way in, the same run has the same ones, and names them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.learn import adaptation, cross_validation
from stance.options.models import ModelOptions
from stance.resources import MODELS
from stance.runs.models import model_in_use
from stance.scoring.persistence import load_model
from stance.store import Store
from tests.support.commands import run
from tests.support.labelled_stores import make_labelled_store
from tests.support.tables import rows_of, write_rows
from tests.support.tiny_models import edit_json, quicken_training, write_labels

pytestmark = pytest.mark.usefixtures("own_settings")
LINE = "stance: scored with the model default (choose another with --model)"
ENGLISH = [f"I think that Russia is wrong about bridge number {number}, as all of us know." for number in range(6)]
GERMAN = [f"Ich finde, Russland hat mit der Brücke Nummer {number} völlig recht." for number in range(6)]


@pytest.fixture
def quick_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let ``light`` be ``default``, since these tests are of the choice and not of the reader."""
    for name in ("default", "light"):
        shutil.copytree(MODELS / "light", tmp_path / "models" / name)
    monkeypatch.setattr("stance.scoring.persistence.MODELS", tmp_path / "models")


def write_table(path: Path, texts: list[str]) -> Path:
    rows = [{"id": f"{number}", "outlet": "AB"[number % 2], "text": text} for number, text in enumerate(texts)]
    return write_rows(path, rows)


def model_of_report(folder: str) -> Any:
    return json.loads(Path(folder, "summary.json").read_bytes())["model"]


@pytest.mark.usefixtures("quick_default")
@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_every_entry_reads_with_the_same_model_and_names_it() -> None:
    table = write_table(Path("t.jsonl"), ENGLISH)
    for output in ("e.csv", "e.db"):
        assert LINE in run("score", table, "-o", output).stderr.splitlines()
    assert LINE in run("report", table, "-o", "r").stderr.splitlines()
    assert LINE in run("compare", table, "-o", "c").stderr.splitlines()
    stance.report(table, output="python")
    with Store.read(Path("e.db")) as store:
        names = {store.choose_run().model}
    names |= {row["model"] for row in rows_of("e.csv")}
    names |= {model_of_report("r")["name"], model_of_report("python")["name"], *stance.score(table)["model"]}
    assert names == {load_model("default").name}
    assert "scored with" not in run("score", table, "-o", "x.db", "--model", "light").stderr
    run("report", "x.db", "-o", "l")
    assert model_of_report("l")["measures"]["macro_f1"] == load_model("light").card["measures"]["macro_f1"]


@pytest.mark.usefixtures("quick_default")
@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_train_and_evaluate_measure_the_model_in_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    labels = write_labels(Path("labels.csv"))
    name = load_model("default").name
    assert run("evaluate", labels).stdout.startswith(f"{name}: ")
    assert stance.evaluate(labels)["model"] == name
    quicken_training(monkeypatch)
    assert f" {name} on your texts. " in run("train", labels, "-o", "m").stdout.splitlines()[-1]
    store = make_labelled_store(tmp_path / "labelled", pages=2)
    run("score", labels, "-o", "light.db", "--model", "light")
    with Store.read(store) as opened:
        scored_with = opened.choose_run().model
    assert stance.evaluate(store)["model"] == scored_with
    assert str(model_in_use([Path("light.db"), labels], ModelOptions()).model) == "light"


@pytest.mark.parametrize(
    "words", [("score", "t.jsonl"), ("report", "t.jsonl", "-o", "r"), ("evaluate", "t.jsonl"), ("sample", "t.jsonl")]
)
def test_the_former_name_of_default_is_answered_in_one_line(words: tuple[str, ...]) -> None:
    write_table(Path("t.jsonl"), ENGLISH)
    refused = run(*words, "--model", "large", code=2)
    assert refused.stderr.splitlines() == [
        "stance: --model large: this model is now default; expected --model default, or no --model"
    ]
    assert not refused.stdout


@pytest.mark.usefixtures("quick_default")
@pytest.mark.parametrize("former", ["large", "default"])
def test_a_store_scored_by_a_former_model_stays_readable(
    former: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    with monkeypatch.context() as patch:  # as it was
        patch.setattr("stance.scoring.persistence._RENAMED", {})
        shutil.copytree(models / "light", models / former, dirs_exist_ok=True)
        run("score", write_table(Path("t.jsonl"), ENGLISH), "-o", "x.db", "--model", former)
        name = load_model(former).name
        shutil.rmtree(models / "large", ignore_errors=True)
        edit_json(models / "default" / "card.json", decision=[1.5, 1.0, 1.0, 1.0])
    shown = run("report", "x.db", "-o", "r").stderr
    assert f"{name}: warning: scored this store; its scores are used" in shown
    assert {row["model"] for row in rows_of("r/scores.csv")} == {name}
    assert {row["model"] for row in rows_of("r/scores.csv")} != {load_model("default").name}


def test_a_store_is_read_with_the_model_that_is_named_or_not_at_all() -> None:
    table = write_table(Path("t.jsonl"), ENGLISH)
    run("score", table, "-o", "x.db", "--model", "vader")
    for words in (("report", "x.db", "-o", "r"), ("compare", "x.db", "-o", "c"), ("sample", "x.db", "-o", "s.csv")):
        refused = run(*words, "--model", "light", code=2).stderr
        assert refused.startswith("stance: x.db: scored with vader")
        assert "--model light -o x.db" in refused
        assert not Path(words[-1]).exists()
    run("score", table, "-o", "x.db", "--model", "light")
    run("score", table, "-o", "x.db", "--model", "vader", "--target", "nato")
    run("report", "x.db", "-o", "r", "--model", "light", code=0)
    assert {row["model"] for row in rows_of("r/scores.csv")} == {load_model("light").name}
    run("sample", "x.db", "-o", "s.csv", "--model", "llm:any", code=2)


@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_a_draw_respects_the_languages() -> None:
    table = write_table(Path("t.jsonl"), [*ENGLISH, *GERMAN])
    drawn = run("sample", table, "--languages", "de", "-o", "s.csv")
    assert "left out: 6: language en, which is not scored (see --languages)" in drawn.stderr
    assert {row["lang"] for row in rows_of("s.csv")} == {"de"}
    assert set(stance.sample(table, model="light")["lang"]) == {"en"}
    assert set(stance.sample(table, model="llm:any", by="random")["lang"]) == {"en"}
    both = stance.sample(table, model="llm:any", by="random", model_languages="en,de", languages="de")
    assert set(both["lang"]) == {"de"}
    run("score", table, "--languages", "de", "-o", "de.db")
    run("export", "de.db", "-o", "de.csv")
    for scored in ("de.db", "de.csv"):
        run("sample", scored, "-o", "stored.csv")
        assert {row["lang"] for row in rows_of("stored.csv")} == {"de"}
    texts = {**dict.fromkeys(ENGLISH, "en"), **dict.fromkeys(GERMAN, "de")}
    rows = [{"text": text, "target": "russia", "label": "pro", "lang": lang} for text, lang in texts.items()]
    labels = write_rows("labels.jsonl", rows)
    assert list(stance.evaluate(labels, languages="de")["languages"]) == ["de"]
    assert "no labelled comment is in one of these" in run("evaluate", labels, "--languages", "ar", code=2).stderr


def test_the_draw_that_a_report_advises_names_the_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{text} Part {part}." for part in range(8) for text in (*ENGLISH, *GERMAN)]
    words = ["report", str(write_table(Path("t.jsonl"), texts)), "--languages", "en", "--model", "light", "-o", "r"]
    monkeypatch.setattr("sys.argv", ["stance", *words])
    run(*words)
    assert "--languages en" in Path("r", "index.html").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_a_store_scored_toward_another_target_is_used_with_it() -> None:
    texts = [f"Ukraine is right about bridge number {number}, and Russia is wrong." for number in range(6)]
    run("score", write_table(Path("t.jsonl"), texts), "-o", "x.db", "--target", "ukraine", "--model", "light")
    run("report", "x.db", "-o", "r")
    assert [each["id"] for each in json.loads(Path("r/summary.json").read_bytes())["targets"]] == ["ukraine"]
    assert set(stance.sample("x.db")["target"]) == {"ukraine"}
    run("sample", "x.db")
    refused = run("report", "x.db", "--target", "russia", "-o", "other", code=2).stderr
    assert "no scores toward russia, but toward ukraine; expected --target ukraine" in refused
    assert not Path("other").exists()


def test_training_from_light_keeps_answers_to_other_texts() -> None:
    """Labels of one side alone turn a model that keeps nothing to that side everywhere."""
    examples = cross_validation.other_pairs()
    base, wrong = load_model("light"), [each for each in examples if each.label in ("favor", "against")][:60]
    kept = [each for each in examples if each not in wrong]
    instances = [each.instance for each in kept]
    changed = [
        abs(adaptation.adapt(base, wrong, others=pairs).predict_proba(instances) - base.predict_proba(instances)).mean()
        for pairs in (kept, ())
    ]
    assert changed[0] < changed[1] / 2


def test_an_option_that_a_draw_cannot_use_is_refused() -> None:
    table = write_table(Path("t.jsonl"), ENGLISH)
    refused = run("sample", table, "--by", "random", "--model", "llm:any", "--url", "http://a/v1", code=2).stderr
    assert "this draw asks no model" in refused
    assert run("sample", table, "--jobs", "2").stdout.count("\n") > len(ENGLISH)
