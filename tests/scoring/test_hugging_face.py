"""Sequence classifiers of both kinds, small ones that are built and trained here; nothing is downloaded."""

import pickle
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.tables import cases
from tests.support.tiny_models import edit_json, instance

torch = pytest.importorskip("torch", reason="needs the extra: pip install 'stance[transformers]'")
transformers = pytest.importorskip("transformers", reason="needs the extra: pip install 'stance[transformers]'")

from stance.datamodels import STANCES, Stance  # noqa: E402
from stance.exceptions import ConfigError, ModelError  # noqa: E402
from stance.plugins.hugging_face import HuggingFaceScorer, LabelReading  # noqa: E402
from stance.scoring import ScorerSettings, load_scorer  # noqa: E402
from stance.scoring.instances import NOT_NAMED  # noqa: E402

FILLERS = ["the", "weather", "table", "la", "again", "today"]
WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "russia", "nato", "author", "of", "this", "comment"),
    *("supports", "is", "against", ".", *FILLERS),
]
MAX_TOKENS = 64


def tokenizer() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    ids = {word: number for number, word in enumerate(WORDS)}
    words = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def build(folder: Path, labels: Sequence[str], pairs: Sequence[tuple[str, str]], gold: Sequence[int]) -> Path:
    """Train a small network until it knows the pairs by heart."""
    torch.manual_seed(0)
    words = tokenizer()
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=MAX_TOKENS + 2,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.3,  # a small network that starts at nearly nothing learns nothing for long
    )
    network = transformers.BertForSequenceClassification(config)
    texts, asked = zip(*pairs, strict=True)
    batch = words(list(texts), list(asked), padding=True, return_tensors="pt")
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for _ in range(300):
        loss = network(**batch, labels=torch.tensor(gold)).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.02:
            break
    assert loss.item() < 0.02
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


SOUNDS = [("good", 1), ("bad", 0), ("", 2)]
TEXTS_OF_SOUNDS = [
    (f"{filler} {target} {word} {other}".strip(), target, word, label)
    for target in ("russia", "nato")
    for word, label in SOUNDS
    for filler in FILLERS
    for other in FILLERS[:3]
]


@pytest.fixture(scope="module")
def stance_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels without a meaning of their own; what the text says of a target."""
    pairs = [(text, target) for text, target, *_ in TEXTS_OF_SOUNDS]
    folder = tmp_path_factory.mktemp("models") / "sides"
    return build(folder, [*LABEL_MAP], pairs, [label for *_, label in TEXTS_OF_SOUNDS])


@pytest.fixture(scope="module")
def nli_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hypotheses = {"good": "the author of this comment supports", "bad": "the author of this comment is against"}
    rows = [
        (text, f"{hypothesis} {target} .", 1 if not word else 0 if word == sound else 2)
        for text, target, word, _ in TEXTS_OF_SOUNDS
        for sound, hypothesis in hypotheses.items()
    ]
    folder = tmp_path_factory.mktemp("models") / "nli"
    return build(folder, ["Entailment", "neutral", "contradiction"], [r[:2] for r in rows], [r[2] for r in rows])


LABEL_MAP = {"LABEL_0": "against", "LABEL_1": "favor", "LABEL_2": "neutral"}
NAMES = {"russia": "Russia", "nato": "NATO"}


def load(folder: Path, **rest: Any) -> HuggingFaceScorer:
    scorer = load_scorer(f"hf:{folder}", ScorerSettings(labels=NAMES, **rest))
    assert isinstance(scorer, HuggingFaceScorer)
    return scorer


def stances(scorer: HuggingFaceScorer, texts: Sequence[str]) -> list[Stance]:
    rows = scorer.judge([instance(text) for text in texts]).probabilities
    assert np.allclose(rows.sum(axis=1), 1)
    return [STANCES[int(row.argmax())] for row in rows]


TEXTS = ["the russia good table", "la Russia bad weather", "again Russia the"]
SIDES = [Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL]


def copy(folder: Path, place: Path, **config: Any) -> Path:
    shutil.copytree(folder, place)
    edit_json(place / "config.json", **config)
    return place


def test_a_classifier_is_read_by_the_map_of_its_labels(stance_folder: Path) -> None:
    scorer = load(stance_folder, label_map=LABEL_MAP)
    assert stances(scorer, TEXTS) == SIDES
    assert scorer.card["labels"] == LABEL_MAP
    assert scorer.languages == ("en",)
    assert scorer.judge([instance(TEXTS[0])]).evidence == [((4, 10),)]


def test_labels_that_speak_for_themselves_need_no_map(stance_folder: Path, tmp_path: Path) -> None:
    spelled = copy(stance_folder, tmp_path / "m", id2label={"0": "CON", "1": "Favour", "2": "none"})
    assert stances(load(spelled), TEXTS) == SIDES


def test_an_nli_model_is_asked_by_hypotheses(nli_folder: Path) -> None:
    scorer = load(nli_folder)
    assert stances(scorer, TEXTS) == SIDES
    assert "{target}" in scorer.card["hypotheses"]["favor"]
    assert scorer.card["kind"] == "NLI"


def test_two_hypotheses_that_are_both_entailed_are_no_side() -> None:
    assert LabelReading().read(np.array([[[1.0, 0.0], [1.0, 0.0]]])).tolist() == [[0, 0, 1, 0]]


def test_the_gate_decides_unless_the_model_has_that_label(stance_folder: Path, tmp_path: Path) -> None:
    unnamed = [instance("the good table")]
    assert load(stance_folder, label_map=LABEL_MAP).judge(unnamed).probabilities.tolist() == [list(NOT_NAMED)]
    gates = copy(stance_folder, tmp_path / "m", id2label={"0": "against", "1": "favor", "2": "unrelated"})
    assert load(gates).judge(unnamed).probabilities.tolist() != [list(NOT_NAMED)]


@pytest.mark.parametrize(
    "label_map", [None, {"LABEL_0": "favor"}, LABEL_MAP | {"LABEL_9": "favor"}, LABEL_MAP | {"LABEL_0": "support"}]
)
def test_labels_without_a_meaning_are_asked_for(stance_folder: Path, label_map: dict[str, str] | None) -> None:
    with pytest.raises(ConfigError, match="labels LABEL_0, LABEL_1, LABEL_2; expected --label-map"):
        load(stance_folder, label_map=label_map)


@cases("config", "words")
def test_a_folder_of_another_form_is_one_line(
    stance_folder: Path, tmp_path: Path, config: dict[str, Any], words: str | None
) -> None:
    folder = copy(stance_folder, tmp_path / "m", **config)
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    with pytest.raises((ModelError, ConfigError), match=words) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_a_language_model_without_a_trained_head_is_refused(stance_folder: Path, tmp_path: Path) -> None:
    folder = copy(stance_folder, tmp_path / "m")
    transformers.BertModel.from_pretrained(folder).save_pretrained(tmp_path / "base")
    shutil.copy(tmp_path / "base" / "model.safetensors", folder / "model.safetensors")
    with pytest.raises(ModelError, match="no weights for classifier"):
        load(folder, label_map=LABEL_MAP)


def test_a_folder_without_its_tokenizer_is_refused(tmp_path: Path) -> None:
    config = transformers.BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path / "m")
    with pytest.raises(
        ModelError, match=r"a tokenizer of .* words for a network of 30,522; expected the network's own"
    ):
        load(tmp_path / "m", label_map={"LABEL_0": "favor", "LABEL_1": "against"})


class Bomb:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("ran"),))


def test_a_pickle_is_never_opened(stance_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = copy(stance_folder, tmp_path / "m")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelError, match=r"pickles are never loaded; expected model\.safetensors"):
        load(folder, label_map=LABEL_MAP)
    (folder / "model.safetensors").write_bytes(b"\x08" + b"\0" * 7 + b"nonsense")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(folder, label_map=LABEL_MAP)
    assert not (tmp_path / "ran").exists()


def test_a_folder_without_weights_or_none_at_all_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"no \.safetensors file, .*; expected model\.safetensors"):
        load(tmp_path)
    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", not_there)
    with pytest.raises(ModelError, match=r"some/name@v1: cannot be loaded \(some/name v1 not there\)"):
        load_scorer("hf:some/name@v1")


def not_there(source: str, **options: Any) -> None:
    assert options["trust_remote_code"] is False
    raise OSError(f"{source} {options['revision']} not there\n")


def test_a_network_that_gives_no_number_gives_no_stance(stance_folder: Path) -> None:
    scorer = load(stance_folder, label_map=LABEL_MAP)
    with torch.no_grad():
        scorer.network.classifier.bias[0] = float("nan")
    judged = scorer.judge([instance("russia good"), instance("la")])
    assert np.isnan(judged.probabilities[0]).all()
    assert judged.reasons == {0: "the model gives no number"}
