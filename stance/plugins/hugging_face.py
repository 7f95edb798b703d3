"""Score with Hugging Face sequence classifiers: with stance labels, or NLI models.

An NLI model is asked whether a text entails that its author is for a target, or against it. The text is the comment,
and below it what its writer saw, as far as there is room. Models run on this machine's processor. A folder may come
from anyone: no code of it runs (no ``trust_remote_code``), no pickle is opened (safetensors only), and a model with
missing weights is refused.
"""

import hashlib
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Record, Stance, Strings, Via, frozen
from stance.exceptions import ConfigError, MissingExtraError, ModelError
from stance.scoring import ScorerSettings, stance_or_none
from stance.scoring.instances import (
    Instance,
    Judgement,
    answered_places,
    best_window,
    digest,
    mention_spans,
    unnamed_shares,
)
from stance.scoring.weights import Library

Floats = NDArray[np.float64]

HYPOTHESES = ("The author of this comment supports {target}.", "The author of this comment is against {target}.")
"""Texts for the target and against it, of which an NLI model says whether a comment entails them."""

CHARACTERS, PART_CHARACTERS = 3, 250
"""Maximum numbers of characters, around the mentions of the target: of a comment for each token of the network's input,
and of each text of its context."""

BATCH = 32

MOST_LAYERS = 1_000
"""Maximum number of layers of a network; large ones have 126."""


@frozen
class LabelReading:
    """How the labels of a model are read: as stances, or as those of an NLI model, which is asked two hypotheses."""

    stances: Mapping[str, Stance] = field(default_factory=dict)  # by label, in the order of the model; empty: NLI
    entailment: int = 0  # column of that label in an NLI model

    @property
    def card(self) -> Mapping[str, object]:
        """Kind of the model, with its labels or hypotheses."""
        if self.stances:
            return {"kind": "stance labels", "labels": {label: str(stance) for label, stance in self.stances.items()}}
        return {"kind": "NLI", "hypotheses": dict(zip(("favor", "against"), HYPOTHESES, strict=True))}

    def ask(self, target: str) -> Strings:
        """Return the texts that a comment is paired with: the name of the target, or hypotheses for and against it."""
        return (target,) if self.stances else tuple(text.replace("{target}", target) for text in HYPOTHESES)

    def read(self, rows: Floats) -> Floats:
        """Add up the labels of each stance, or turn entailment into stances.

        The first hypothesis alone is favor, the second alone against, neither neutral.

        :param rows: Probabilities of the labels, shape (n, asked, labels).
        :return: Shape (n, 4), in the order of ``STANCES``; rows sum to 1.
        """
        probabilities = np.zeros((len(rows), len(STANCES)))
        if self.stances:
            for column, stance in enumerate(self.stances.values()):
                probabilities[:, STANCES.index(stance)] += rows[:, 0, column]
            return probabilities
        supports, opposes = rows[:, 0, self.entailment], rows[:, 1, self.entailment]
        probabilities[:, STANCES.index(Stance.FAVOR)] = supports * (1 - opposes)
        probabilities[:, STANCES.index(Stance.AGAINST)] = opposes * (1 - supports)
        probabilities[:, STANCES.index(Stance.NEUTRAL)] = (1 - supports) * (1 - opposes)
        # Both for certain: no side.
        probabilities[probabilities.sum(axis=1) < 1e-9, STANCES.index(Stance.NEUTRAL)] = 1.0
        return probabilities / probabilities.sum(axis=1, keepdims=True)


@frozen
class HuggingFaceScorer:
    """Scores by a sequence classifier, a network with its tokenizer."""

    name: str
    network: Library
    tokenizer: Library
    reading: LabelReading
    max_tokens: int
    languages: Strings = ("en",)
    labels: Mapping[str, str] = field(default_factory=dict)
    card: Mapping[str, object] = field(default_factory=dict)

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target; the evidence are the places that name it."""
        probabilities = np.array([unnamed_shares(instance) for instance in instances]).reshape(-1, len(STANCES))
        knows_unaddressed = Stance.NOT_ADDRESSED in self.reading.stances.values()
        read = (*Via, None) if knows_unaddressed else (Via.TEXT, Via.PARENT)
        judged = [row for row, instance in enumerate(instances) if instance.via in read]
        if judged:
            rows = self.predict_proba([pair for row in judged for pair in self.pairs(instances[row])])
            probabilities[judged] = self.reading.read(rows.reshape(len(judged), -1, rows.shape[1]))
        broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1)).tolist()
        probabilities[broken] = np.nan
        reasons = dict.fromkeys(broken, "the model gives no number")
        return Judgement(probabilities, [mention_spans(instance) for instance in instances], reasons)

    def pairs(self, instance: Instance) -> list[tuple[str, str]]:
        """Return the network's inputs for an instance: its record with each text that it is paired with."""
        questions = self.reading.ask(self.labels.get(instance.target, instance.target)[:100])
        return [(self.record(instance), about) for about in questions]

    def record(self, instance: Instance) -> str:
        """Return a comment with its context, a line each; words of others are marked as such.

        The comment's own words come first, since what does not fit the network's input is cut off at the end.
        """
        starts = [start for start, _ in mention_spans(instance)]
        lines = [self.excerpt(instance.text, starts, CHARACTERS * self.max_tokens)]
        texts = instance.shown
        context: tuple[tuple[str, str, Sequence[int]], ...] = (  # the most important first
            ("In reply to:", texts.parent, answered_places(instance)),
            ("Headline:", texts.headline, ()),
            ("Quoted:", texts.quoted, ()),
            ("Lead:", texts.lead, ()),
            ("Reply before:", texts.before, ()),
        )
        for mark, text, mention_starts in context:
            if text.strip():
                lines.append(" ".join((mark, *self.excerpt(text, mention_starts, PART_CHARACTERS).split())))
        return "\n".join(lines)

    def excerpt(self, text: str, starts: Sequence[int], room: int) -> str:
        """Cut a text to so many characters, around the mentions of the target."""
        start, end = best_window(starts, len(text), room)
        # A reader's "</s>" is no mark of the tokenizer: a space breaks it, and keeps the length.
        marks = "|".join(re.escape(mark) for mark in self.tokenizer.all_special_tokens if mark)
        return re.sub(marks, lambda mark: " " + mark[0][1:], text[start:end]) if marks else text[start:end]

    def predict_proba(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Predict the labels of pairs of texts.

        :return: Shape (n, labels); rows sum to 1, or hold NaN where the network gives no number.
        """
        firsts, seconds = map(list, zip(*pairs, strict=True))
        try:
            together = self.tokenizer(firsts, seconds, truncation="longest_first", max_length=self.max_tokens)
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # of Rust, where a pattern takes too long: no Exception
                raise
            raise ModelError(f"{self.name}: its tokenizer fails ({str(error)[:80]}); expected another") from None
        import torch

        encoded = [{name: values[row] for name, values in together.items()} for row in range(len(pairs))]
        longest_first = sorted(range(len(pairs)), key=lambda row: -len(encoded[row]["input_ids"]))
        probabilities = np.zeros((len(pairs), self.network.config.num_labels))
        for start in range(0, len(pairs), BATCH):
            rows = longest_first[start : start + BATCH]
            batch = self.tokenizer.pad([encoded[row] for row in rows], return_tensors="pt")
            with torch.inference_mode():
                probabilities[rows] = torch.softmax(self.network(**batch).logits.double(), dim=-1).numpy()
        return probabilities


# Loading --------------------------------------------------------------------------------------------------------------


def load(name: str, settings: ScorerSettings) -> HuggingFaceScorer:
    """Load a sequence classifier.

    :param name: A folder, which is all that is read; or a name on the hub, with ``@REVISION`` or without, which is
        downloaded where it is not yet in its cache.
    :raises ModelError: If it cannot be loaded, or is no sequence classifier with safetensors.
    :raises ConfigError: If its labels are not stances and no label map says which they are.
    :raises MissingExtraError: If transformers or torch is not installed.
    """
    name = os.path.expanduser(name)  # noqa: PTH111 - no shell does it behind "hf:", and one without a home raises nothing
    network, tokenizer = _load(name)
    if settings.parallel is not None:
        import torch

        torch.set_num_threads(settings.parallel)
    config = network.config
    labels = [str(config.id2label.get(i, f"LABEL_{i}")) for i in range(config.num_labels)]
    reading = _reading(name, labels, settings.label_map)
    # RoBERTa counts positions from 2, and says so nowhere.
    positions = getattr(config, "max_position_embeddings", None)
    stated = (tokenizer.model_max_length, positions - 2 if isinstance(positions, int) else None)
    # Maximum number of tokens of text and target together; time grows faster than length, and few comments are longer.
    max_tokens = min([512, *(n for n in stated if isinstance(n, int) and n > 16)])
    content, inputs = hashlib.sha256(), "comment with context, target"
    for key, tensor in sorted(network.state_dict().items()):
        content.update(key.encode())
        content.update(np.ascontiguousarray(tensor.numpy()).data)
    weights = content.hexdigest()
    # The same network under another map of its labels is another model.
    judge = digest(weights, labels, reading.card, inputs, max_tokens)
    card = {
        "what": "a Hugging Face sequence classifier",
        **reading.card,
        "input": inputs,
        "architecture": str(config.model_type),
        "max_tokens": max_tokens,
        "weights_sha256": weights,
        "limits": ["Not measured here.", "Most such models were trained without context."],
    }
    name = f"hf:{Path(name).resolve().name if Path(name).is_dir() else name}@{judge[:4]}"
    languages = settings.languages or ("en",)
    return HuggingFaceScorer(name, network, tokenizer, reading, max_tokens, languages, settings.labels, card)


def _load(name: str) -> tuple[Library, Library]:
    """Load network and tokenizer."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError(str(error.name)) from None

    folder = Path(name)
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        raise ModelError(f"{folder}: no .safetensors file, and pickles are never loaded; expected model.safetensors")
    source, _, revision = (name, "", "") if folder.is_dir() else name.partition("@")
    options: Record = {"local_files_only": folder.is_dir(), "trust_remote_code": False}
    options |= {"revision": revision} if revision else {}
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tokenizer = transformers.AutoTokenizer.from_pretrained(source, **options)
            config = transformers.AutoConfig.from_pretrained(source, **options).get_text_config().to_dict()
            if any("layer" in name and isinstance(n, int) and n > MOST_LAYERS for name, n in config.items()):
                raise ModelError(f"more than {MOST_LAYERS:,} layers")  # made before the weights are looked at
            options |= {"use_safetensors": True, "dtype": torch.float32, "output_loading_info": True}
            network, report = transformers.AutoModelForSequenceClassification.from_pretrained(source, **options)
    except Exception as error:
        # Files of strangers fail in as many ways as three libraries know, down to a bare Exception from Rust.
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise ModelError(f"{name}: cannot be loaded ({reason}); expected a sequence classifier") from None
    if fault := _fault(network, tokenizer, sorted(map(str, report["missing_keys"]))):
        raise ModelError(f"{name}: {fault}")
    # Networks that judge by the last word look for it before the padding, and often their settings do not name it.
    network.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    return network.eval(), tokenizer


def _fault(network: Library, tokenizer: Library, missing: Sequence[str]) -> str | None:
    """Return why a model that was loaded cannot be used; None: it can."""
    words, embeddings = len(tokenizer), network.get_input_embeddings().num_embeddings
    if missing:  # they would be drawn at random: a language model that was never trained to classify
        return f"no weights for {missing[0]}; expected a model trained as a sequence classifier"
    if network.config.num_labels < 2 or network.config.problem_type not in (None, "single_label_classification"):
        return "a regression or several labels at once; expected a classifier of one label"
    if not tokenizer.is_fast or tokenizer.pad_token is None:
        return "a tokenizer without offsets or padding; expected a fast one (tokenizer.json)"
    # Where its files are not there, an empty one is made: every text would be the same to it.
    if 2 * words < embeddings:
        return f"a tokenizer of {words:,} words for a network of {embeddings:,}; expected the network's own files"
    return None


def _reading(name: str, labels: Sequence[str], label_map: Mapping[str, str] | None) -> LabelReading:
    """Decide how the labels of a model are read."""
    if label_map is None:
        spelled = [" ".join(label.lower().replace("_", " ").split()) for label in labels]
        entailed = [column for column, label in enumerate(spelled) if label.startswith("entail")]
        if len(entailed) == 1 and any(label.startswith(("contradict", "not entail")) for label in spelled):
            return LabelReading(entailment=entailed[0])
        label_map = {label: stance for label in labels if (stance := stance_or_none(label))}
    is_known = all(stance in list(STANCES) for stance in label_map.values())
    if not is_known or set(label_map) != set(labels) or len(label_map) != len(labels):
        listed = ", ".join(label[:30] for label in labels[:8])
        raise ConfigError(f"{name}: labels {listed}; expected --label-map with each, such as favor={labels[0][:30]}")
    return LabelReading({label: Stance(label_map[label]) for label in labels})
