"""Hugging Face sequence classifiers as scorers.

Those with stance labels, and NLI models, which are asked whether a comment entails that its author is for a target, or
against it. They run on this machine's processor. A folder may come from anyone: no code of it runs (no
``trust_remote_code``), no pickle is opened (safetensors only), and weights that are missing are not made up.
"""

import hashlib
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from stance.datamodels import STANCES, Stance
from stance.exceptions import ConfigError, MissingExtraError, ModelError
from stance.scoring.answer_cache import digest
from stance.scoring.excerpts import best_window
from stance.scoring.instances import Instance, is_named
from stance.scoring.scorers import Floats, Judgement, mention_spans, unnamed_shares
from stance.scoring.settings import ScorerSettings

HYPOTHESES: Mapping[Stance, str] = MappingProxyType(
    {
        Stance.FAVOR: "The author of this comment supports {target}.",
        Stance.AGAINST: "The author of this comment is against {target}.",
    }
)

SPELLINGS: Mapping[str, Stance] = MappingProxyType(
    {
        **dict.fromkeys(("favor", "favour", "in favor", "in favour", "pro", "support", "supports"), Stance.FAVOR),
        **dict.fromkeys(("against", "con", "anti", "oppose", "opposes"), Stance.AGAINST),
        **dict.fromkeys(("neutral", "none"), Stance.NEUTRAL),
        **dict.fromkeys(("not addressed", "unrelated", "irrelevant"), Stance.NOT_ADDRESSED),
    }
)
"""Labels that say by themselves which stance they are. Positive and negative do not: they are sentiment."""

MAX_TOKENS = 512
"""Of text and target together; time grows faster than length, and few comments are longer."""

MAX_CHARACTERS = 20_000
"""Of a text, around its mentions, that are cut into tokens at all."""

MAX_NAME = 100
"""Of what a target is called; what is longer is no name."""

BATCH = 32
_FEWEST_TOKENS = 16  # that are left for a text, however long the name of its target
_PICKLES = ("pytorch_model.bin", "model.pt", "model.pkl")

Pair = tuple[str, str]
"""A text, and what it is asked about."""


class Reading(Protocol):
    """How the labels of a model become stances."""

    @property
    def card(self) -> Mapping[str, Any]:
        """What a card says of it."""

    @property
    def gates(self) -> bool:
        """Whether the model itself says what is not addressed."""

    def ask(self, target: str) -> tuple[str, ...]:
        """Give what a text is paired with, once per row that :meth:`read` gets."""

    def read(self, rows: Floats) -> Floats:
        """Turn what the model says into stances.

        :param rows: Shape (n, asked, labels); rows sum to 1.
        :return: Shape (n, 4), in the order of ``STANCES``; rows sum to 1.
        """


@dataclass(frozen=True, slots=True)
class StanceLabels:
    """Each label of the model is a stance."""

    stances: Mapping[str, Stance]  # by label, in the order of the model

    @property
    def card(self) -> Mapping[str, Any]:
        """Which label is which stance."""
        return {"kind": "stance labels", "labels": {label: str(stance) for label, stance in self.stances.items()}}

    @property
    def gates(self) -> bool:
        """Whether a label says that the target is not addressed."""
        return Stance.NOT_ADDRESSED in self.stances.values()

    def ask(self, target: str) -> tuple[str, ...]:
        """Ask about the target by its name."""
        return (target,)

    def read(self, rows: Floats) -> Floats:
        """Add up the labels of each stance."""
        found = np.zeros((len(rows), len(STANCES)))
        for column, stance in enumerate(self.stances.values()):
            found[:, STANCES.index(stance)] += rows[:, 0, column]
        return found


@dataclass(frozen=True, slots=True)
class Entailment:
    """The model says whether a text entails a hypothesis: one that its author is for, one that they are against."""

    entailment: int  # column of that label
    hypotheses: Mapping[Stance, str]

    gates: bool = False

    @property
    def card(self) -> Mapping[str, Any]:
        """The hypotheses."""
        return {"kind": "NLI", "hypotheses": {str(stance): text for stance, text in self.hypotheses.items()}}

    def ask(self, target: str) -> tuple[str, ...]:
        """Ask whether the author is for the target, then whether they are against it."""
        return tuple(self.hypotheses[s].replace("{target}", target) for s in (Stance.FAVOR, Stance.AGAINST))

    def read(self, rows: Floats) -> Floats:
        """Call favor what entails the first only, against what entails the second only, neutral what does neither."""
        supports, opposes = rows[:, 0, self.entailment], rows[:, 1, self.entailment]
        found = np.zeros((len(rows), len(STANCES)))
        found[:, STANCES.index(Stance.FAVOR)] = supports * (1 - opposes)
        found[:, STANCES.index(Stance.AGAINST)] = opposes * (1 - supports)
        found[:, STANCES.index(Stance.NEUTRAL)] = (1 - supports) * (1 - opposes)
        total = found.sum(axis=1, keepdims=True)
        found[total[:, 0] < 1e-9, STANCES.index(Stance.NEUTRAL)] = 1.0  # both for certain: no side
        return found / np.where(total < 1e-9, 1.0, total)


@dataclass(frozen=True, slots=True)
class PairClassifier:
    """A network with its tokenizer: pairs of texts in, probabilities of its labels out."""

    network: Any
    tokenizer: Any
    max_tokens: int
    target_first: bool = False

    def predict_proba(self, pairs: Sequence[Pair]) -> Floats:
        """Give the probability of each label.

        :return: Shape (n, labels); rows sum to 1, or hold NaN where the network gives no number.
        """
        import torch

        encoded = self._encode(pairs)
        longest_first = sorted(range(len(pairs)), key=lambda row: -len(encoded[row]["input_ids"]))
        found = np.zeros((len(pairs), self.network.config.num_labels))
        for start in range(0, len(pairs), BATCH):
            rows = longest_first[start : start + BATCH]
            batch = self.tokenizer.pad([encoded[row] for row in rows], return_tensors="pt")
            with torch.inference_mode():
                found[rows] = torch.softmax(self.network(**batch).logits.double(), dim=-1).numpy()
        return found

    def _encode(self, pairs: Sequence[Pair]) -> list[Any]:
        firsts, seconds = zip(*(pair[::-1] if self.target_first else pair for pair in pairs), strict=True)
        together = self.tokenizer(list(firsts), list(seconds), truncation="longest_first", max_length=self.max_tokens)
        return [{name: values[row] for name, values in together.items()} for row in range(len(pairs))]

    def _as_words(self, text: str) -> str:
        """Take apart what the tokenizer would read as a mark of its own: "</s>" is what a reader wrote, and no end."""
        marks = "|".join(re.escape(mark) for mark in self.tokenizer.all_special_tokens if mark)
        return re.sub(marks, lambda mark: " " + mark[0][1:], text) if marks else text

    def excerpt(self, text: str, places: Sequence[int], about: str) -> str:
        """Cut a text to what the network reads beside ``about``, around the places that name the target."""
        start, end = best_window(places, len(text), MAX_CHARACTERS)
        text, places = self._as_words(text[start:end]), [place - start for place in places if start <= place < end]
        taken = len(self.tokenizer(about, add_special_tokens=False)["input_ids"])
        room = max(_FEWEST_TOKENS, self.max_tokens - taken - self.tokenizer.num_special_tokens_to_add(pair=True))
        # What is too long is cut here: the tokenizer must not warn of it.
        tokens = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        spans = tokens["offset_mapping"]
        if len(spans) <= room:
            return text
        starts = [first for first, _ in spans]
        at = [max(0, int(np.searchsorted(starts, place, side="right")) - 1) for place in places]
        low, high = best_window(at, len(spans), room)
        return text[spans[low][0] : spans[high - 1][1]]


@dataclass(frozen=True, slots=True)
class HuggingFaceScorer:
    """Scores by a sequence classifier."""

    name: str
    classifier: PairClassifier
    reading: Reading
    languages: tuple[str, ...] = ("en",)
    labels: Mapping[str, str] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target; the evidence are the places that name it."""
        probabilities = np.array([unnamed_shares(each) for each in instances]).reshape(-1, len(STANCES))
        judged = [row for row, each in enumerate(instances) if self.reading.gates or is_named(each)]
        if judged:
            probabilities[judged] = self._predict([instances[row] for row in judged])
        broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1)).tolist()
        probabilities[broken] = np.nan
        reasons = dict.fromkeys(broken, "the model gives no number")
        return Judgement(probabilities, [mention_spans(each) for each in instances], reasons)

    def _predict(self, instances: Sequence[Instance]) -> Floats:
        pairs = [pair for each in instances for pair in self._pairs(each)]
        rows = self.classifier.predict_proba(pairs)
        return self.reading.read(rows.reshape(len(instances), -1, rows.shape[1]))

    def _pairs(self, instance: Instance) -> list[Pair]:
        places = [start for start, _ in mention_spans(instance)]
        asked = self.reading.ask(self.labels.get(instance.target, instance.target)[:MAX_NAME])
        return [(self.classifier.excerpt(instance.text, places, about), about) for about in asked]


# Loading --------------------------------------------------------------------------------------------------------------


def load_hugging_face(name: str, settings: ScorerSettings) -> HuggingFaceScorer:
    """Load a sequence classifier.

    :param name: A folder, which is all that is read; or a name on the hub, with ``@REVISION`` or without, which is
        downloaded where it is not yet in its cache.
    :raises ModelError: If it cannot be loaded, or is no sequence classifier with safetensors.
    :raises ConfigError: If its labels are not stances and no label map says which they are.
    :raises MissingExtraError: If transformers or torch is not installed.
    """
    name = os.path.expanduser(name)  # noqa: PTH111 - no shell does it behind "hf:", and one without a home raises nothing
    network, tokenizer = _load(name)
    own = _own_settings(name, network.config)
    labels = [str(network.config.id2label.get(i, f"LABEL_{i}")) for i in range(network.config.num_labels)]
    reading = _reading(name, labels, settings.label_map or own.get("labels"), own.get("hypotheses"))
    classifier = PairClassifier(
        network, tokenizer, _max_tokens(network.config, tokenizer), own.get("input") == "target,text"
    )
    weights = _digest(network)
    # The same network under another map of its labels is another model.
    judge = digest(weights, labels, reading.card, classifier.target_first, classifier.max_tokens)
    _set_threads(settings.parallel)
    return HuggingFaceScorer(
        name=f"hf:{Path(name).resolve().name if Path(name).is_dir() else name}@{judge[:4]}",
        classifier=classifier,
        reading=reading,
        languages=settings.languages or ("en",),
        labels=settings.labels,
        card={
            "what": "a Hugging Face sequence classifier",
            **reading.card,
            "input": "target, text" if classifier.target_first else "text, target",
            "architecture": str(network.config.model_type),
            "max_tokens": classifier.max_tokens,
            "weights_sha256": weights,
            "limits": ["Not measured here.", "A reply is judged by its own words only."],
        },
    )


def _load(name: str) -> tuple[Any, Any]:
    """Load network and tokenizer, or say in one line why not."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError(str(error.name), "transformers") from None

    folder = Path(name)
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        pickled = [each for each in _PICKLES if (folder / each).exists()]
        seen = f"{pickled[0]}, a pickle, which could run code and is never loaded" if pickled else "no weights"
        raise ModelError(f"{folder}: {seen}; expected model.safetensors")
    source, _, revision = (name, "", "") if folder.is_dir() else name.partition("@")
    options: dict[str, Any] = {"local_files_only": folder.is_dir(), "trust_remote_code": False}
    options |= {"revision": revision} if revision else {}
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tokenizer = transformers.AutoTokenizer.from_pretrained(source, **options)
            network, report = transformers.AutoModelForSequenceClassification.from_pretrained(
                source, **options, use_safetensors=True, dtype=torch.float32, output_loading_info=True
            )
    except Exception as error:
        # Files of strangers fail in as many ways as three libraries know, down to a bare Exception from Rust.
        raise ModelError(f"{name}: cannot be loaded ({_line(error)}); expected a sequence classifier") from None
    if missing := sorted(map(str, report["missing_keys"])):
        # They would be drawn at random: a language model that was never trained to classify.
        raise ModelError(f"{name}: no weights for {missing[0]}; expected a model trained as a sequence classifier")
    if network.config.num_labels < 2 or network.config.problem_type not in (None, "single_label_classification"):
        raise ModelError(f"{name}: a regression or several labels at once; expected a classifier of one label")
    if not tokenizer.is_fast or tokenizer.pad_token is None:
        raise ModelError(f"{name}: a tokenizer without offsets or padding; expected a fast one (tokenizer.json)")
    words, known = len(tokenizer), network.get_input_embeddings().num_embeddings
    if 2 * words < known:  # where its files are not there, an empty one is made: every text would be the same to it
        raise ModelError(f"{name}: a tokenizer of {words:,} words for a network of {known:,}; expected its own files")
    # Networks that judge by the last word look for it before the padding, and often nobody told them which that is.
    network.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    return network.eval(), tokenizer


def _own_settings(name: str, config: Any) -> Mapping[str, Any]:
    """Read the object ``stance`` of a model's ``config.json``: labels, hypotheses, input; each may be missing."""
    own = getattr(config, "stance", None) or {}
    known = {"labels": dict, "hypotheses": dict, "input": str}
    if not isinstance(own, dict) or any(not isinstance(value, known.get(key, ())) for key, value in own.items()):
        raise ModelError(f"{name}: config.json: stance is of another form; expected {', '.join(known)}")
    if own.get("input", "text,target") not in ("text,target", "target,text"):
        raise ModelError(f"{name}: config.json: input {own['input'][:40]!r}; expected text,target or target,text")
    return own


def _reading(
    name: str, labels: Sequence[str], label_map: Mapping[str, Any] | None, hypotheses: Mapping[str, Any] | None
) -> Reading:
    """Decide what the labels of a model mean."""
    if label_map is None and (entailment := _entailment(labels)) is not None:
        return Entailment(entailment, _checked_hypotheses(name, hypotheses))
    if label_map is None:
        spelled = {label: SPELLINGS.get(" ".join(label.lower().replace("_", " ").split())) for label in labels}
        label_map = {label: stance for label, stance in spelled.items() if stance}
    known = {label: value for label, value in label_map.items() if label in labels and value in list(STANCES)}
    if set(known) != set(labels) or set(label_map) != set(labels) or len(set(labels)) != len(labels):
        shown = ", ".join(label[:30] for label in labels[:8])
        raise ConfigError(f"{name}: labels {shown}; expected --label-map with each of them, as favor={labels[0][:30]}")
    return StanceLabels({label: Stance(known[label]) for label in labels})


def _entailment(labels: Sequence[str]) -> int | None:
    """Find the label of entailment in an NLI model, beside one that says it is not there; None: it is no such model."""
    spelled = [label.lower() for label in labels]
    found = [column for column, label in enumerate(spelled) if label.startswith("entail")]
    denied = any(label.startswith(("contradict", "not_entail", "not entail")) for label in spelled)
    return found[0] if len(found) == 1 and denied else None


def _checked_hypotheses(name: str, given: Mapping[str, Any] | None) -> Mapping[Stance, str]:
    if given is None:
        return HYPOTHESES
    found = {stance: given.get(str(stance)) for stance in HYPOTHESES}
    if set(given) != {str(stance) for stance in HYPOTHESES} or not all(
        isinstance(text, str) and "{target}" in text and len(text) <= 300 for text in found.values()
    ):
        raise ModelError(f"{name}: config.json: hypotheses of another form; expected favor and against with {{target}}")
    return {stance: str(text) for stance, text in found.items()}


def _max_tokens(config: Any, tokenizer: Any) -> int:
    # RoBERTa counts positions from 2, and says so nowhere.
    positions = getattr(config, "max_position_embeddings", None)
    stated = (tokenizer.model_max_length, positions - 2 if isinstance(positions, int) else None)
    return min([MAX_TOKENS, *(n for n in stated if isinstance(n, int) and n > _FEWEST_TOKENS)])


def _digest(network: Any) -> str:
    """Name the weights by what they are, wherever they came from."""
    found = hashlib.sha256()
    for key, tensor in sorted(network.state_dict().items()):
        found.update(key.encode())
        found.update(np.ascontiguousarray(tensor.numpy()).data)
    return found.hexdigest()


def _set_threads(threads: int | None) -> None:
    if threads is not None:
        import torch

        torch.set_num_threads(threads)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
