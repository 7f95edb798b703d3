"""The model ``large``: found where its package is installed, taken for reports of few comments, offered for others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stance import pipeline
from stance.datamodels import Document, Page, Skip
from stance.engines import PageWorker
from stance.exceptions import MissingExtraError
from stance.log import Log
from stance.parsing import make_document
from stance.run import Inputs, ModelOptions, PrivacyOptions, Run
from stance.scoring import persistence
from stance.scoring.instances import make_instance
from stance.scoring.persistence import installed_models, large_folder, load_model, model_folder
from stance.scoring.targets import load_targets

pytestmark = [pytest.mark.large, pytest.mark.skipif(large_folder() is None, reason="its package is not installed")]
SEEDS = Path(__file__).parent.parent / "seeds"


def run_of(*inputs: str, model: str = "auto") -> Run:
    return Run(inputs=Inputs(inputs=inputs), model=ModelOptions(model=model))


def test_few_comments_are_read_by_it_unless_a_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    first = str(min(SEEDS.glob("*.txt")))
    assert pipeline.choose_model(run_of(first)).model.chosen == "large"
    assert pipeline.choose_model(run_of(first, model="default")).model.chosen == "default"
    assert pipeline.choose_model(run_of("-")).model.chosen == "default"
    monkeypatch.setattr(pipeline, "MOST_FOR_LARGE", 0)
    assert pipeline.choose_model(run_of(first)).model.chosen == "default"


def test_pages_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(item: Page | Document, language: str | None) -> Document | Skip:
        parsed.append(item.source)
        return make_document(item, language)

    parsed: list[str] = []
    seeds = sorted(map(str, SEEDS.glob("*.txt")))
    given = replace(run_of(*seeds, model="vader"), privacy=PrivacyOptions(names=True))
    plain = [*pipeline.score_run(given, Log()).documents]
    monkeypatch.setattr(PageWorker, "make", staticmethod(make))
    found = pipeline.choose_model(replace(given, model=ModelOptions()))
    assert [*pipeline.score_run(replace(found, model=given.model), Log()).documents] == plain
    assert parsed == seeds


def test_it_reads_a_pair_the_same_alone_and_with_others() -> None:
    model, targets = load_model("large"), load_targets()
    texts = ["Russia had no choice, NATO kept expanding.", "Putin is a war criminal.", "Moscow has eleven bridges."]
    pairs = [make_instance(text, "russia", targets.find(text)) for text in texts]
    together = model.predict_proba(pairs)
    assert np.array_equal(together[1], model.predict_proba(pairs[1:2])[0])
    assert together[0, 0] > together[0, 1]
    assert together[1, 1] > 0.8
    assert model.name.startswith("large@")
    assert set(load_model("default").languages) == set(model.languages)


def test_without_its_package_the_command_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "large_folder", lambda: None)
    with pytest.raises(MissingExtraError, match="commentstance"):
        model_folder("large")
    assert "large" not in installed_models()


def test_a_model_that_was_taught_keeps_its_encoder(tmp_path: Path) -> None:
    model = load_model("large")
    saved = persistence.save_model(replace(model, others=None), tmp_path / "own")
    assert load_model(tmp_path / "own").name == saved.name
