"""Train the weights that tell quoted sentences of articles from the outlet's own (``data/voices/weights.json``).

    python -m research.training.train_voices SENTENCES.csv... --read ODDS.csv... [--labels FILE...] [--half HALF] [-o FILE]

SENTENCES.csv has the columns id, outlet, title, n (0: the headline), prev, sentence, next and optionally language. The
sentences are other people's and stay outside the repository. ODDS.csv are the log odds of ``research.training.finetune_voices``,
of both halves if both are read. Halves are of outlets, in other languages of ids. Figures
are cross-validated by outlet.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from research import LABELLED, read_labels
from research.voices import describe_list
from stance.scoring.voices import candidates, describing, sentences, speakers
from stance.scoring.voices.describing import Described, Features

Weights = Mapping[str, Mapping[str, float]]

STARTING = {"say": 3.0, "according": 3.0, "claim": 1.0, "charge": 1.0, "report": 1.0}
"""Weights by which the strongest word of saying is chosen in the first round."""

NEAREST = {"before distance": -1.0, "behind distance": -1.0}
"""Weights by which the best of the right speakers is chosen in the first round."""

ROUNDS = 4
PENALTIES = {"sentence": 0.3, "context": 1.0, "joined": 1.0, "speaker": 0.1}
"""Inverse strengths of the regularization; .1 to 1 change accuracy by less than .005."""

FOLDS, INNER_FOLDS = 8, 4

SPEAKERS, TAUGHT = "speakers", "speakers-b"
"""Sets of sentences whose voice is labelled in another set, too; the second, of one reader, only teaches."""

PAGES = "pages"
"""Quoted sentences of saved pages, which only measure speakers."""

LABELS = [LABELLED / "tone_labels.csv.gz", LABELLED / "voice_labels.csv.gz"]


@dataclass(frozen=True)
class Row:
    """A labelled sentence with those before and behind it."""

    kind: str  # the set of the table of labels
    outlet: str
    is_quoted: bool
    sentence: Described
    before: Described | None
    behind: Described | None
    speaker: str = ""  # settled; empty: none is labelled
    read: float | None = None  # log odds of the network


def half_of(row: Mapping[str, str], kind: str) -> str:
    """Return the half of a sentence: that of its outlet; of its id, where other languages or speakers are labelled."""
    name = row["id"] if kind in ("languages", SPEAKERS) else row["outlet"]
    return "odd" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 else "even"


def neighbours(row: dict[str, str]) -> tuple[str, str]:
    """Return the sentences before and behind; a headline has none, and is none of the first sentence."""
    number = int(row.get("n") or 2)
    before = "" if number <= 1 or row["prev"] == row["title"] else row["prev"]
    return before, row["next"] if number else ""


def describe(row: dict[str, str]) -> tuple[Described | None, Described, Described | None]:
    """Describe a sentence and its neighbours."""
    if row.get("n") == "0":
        return None, describing.describe_headline(row["sentence"], row.get("language", "en")), None
    before, behind = neighbours(row)
    texts = [text for text in (before, row["sentence"], behind) if text]
    described = describe_list(texts, row.get("language", "en"))
    at = bool(before)
    return described[0] if before else None, described[at], described[-1] if behind else None


def load(tables: Iterable[Path], labels: Iterable[Path], half: str, read: Mapping[str, float]) -> list[Row]:
    """Read the sentences with a settled label of one half, or of both.

    :param read: The log odds of the network, by ids.
    """
    texts = {row["id"]: row for table in tables for row in read_labels(table)}
    rows = []
    for label in (label for path in labels for label in read_labels(path)):
        text, kind = texts.get(label["id"]), label["set"]
        if text and label["voice"] and kind != PAGES and (kind == TAUGHT or half in ("both", half_of(text, kind))):
            before, sentence, behind = describe(text)
            is_quoted, speaker = label["voice"] == "quoted", label.get("speaker", "")
            odds = read.get(label["id"])
            rows.append(Row(kind, text["outlet"], is_quoted, sentence, before, behind, speaker, odds))
    return rows


def _regression(features: Sequence[Features], targets: NDArray[np.bool_], penalty: float) -> dict[str, float]:
    vectorizer = DictVectorizer()
    model = LogisticRegression(C=penalty, max_iter=3_000).fit(vectorizer.fit_transform(features), targets)
    names = zip(vectorizer.feature_names_, model.coef_[0], strict=True)
    return {"": round(float(model.intercept_[0]), 4)} | {name: round(float(weight), 4) for name, weight in names}


def fit_sentences(rows: Sequence[Row]) -> dict[str, float]:
    """Fit the weights of sentences alone, by turns with the choice of their strongest words of saying."""
    weights = STARTING
    quoted = np.array([row.is_quoted for row in rows])
    for _ in range(ROUNDS):
        weights = _regression([sentences.alone(row.sentence, weights) for row in rows], quoted, PENALTIES["sentence"])
    return weights


def contexts(rows: Sequence[Row], weights: Mapping[str, float]) -> list[Features]:
    """Describe sentences among their neighbours."""
    found = []
    for row in rows:
        before, odds, behind = (
            None if each is None else speakers.weigh(sentences.alone(each, weights), weights)
            for each in (row.before, row.sentence, row.behind)
        )
        found.append(sentences.in_context(row.sentence, odds or 0.0, before, behind))
    return found


def folds(rows: Sequence[Row], count: int) -> Iterator[tuple[list[int], list[int]]]:
    """Divide rows by outlet."""
    for train, test in GroupKFold(min(count, len({row.outlet for row in rows}))).split(
        rows, groups=[r.outlet for r in rows]
    ):
        yield list(train), list(test)


def fit(rows: Sequence[Row]) -> Weights:
    """Fit all regressions; the second reads log odds by weights that have not seen the sentence's outlet."""
    spoken, rows = rows, [row for row in rows if row.kind not in (SPEAKERS, TAUGHT)]
    found: dict[int, Features] = {}
    for train, test in folds(rows, INNER_FOLDS):
        weights = fit_sentences([rows[k] for k in train])
        found |= dict(zip(test, contexts([rows[k] for k in test], weights), strict=True))
    quoted = np.array([row.is_quoted for row in rows])
    context = _regression([found[k] for k in range(len(rows))], quoted, PENALTIES["context"])
    odds = [speakers.weigh(found[k], context) for k in range(len(rows))]
    asked = [k for k, row in enumerate(rows) if is_asked(row, odds[k])]
    both = [sentences.joined(rows[k].sentence, odds[k], rows[k].read or 0.0) for k in asked]
    joined = _regression(both, quoted[asked], PENALTIES["joined"])
    speaker = fit_speakers(spoken)
    return {"sentence": fit_sentences(rows), "context": context, "joined": joined, "speaker": speaker}


def is_asked(row: Row, odds: float) -> bool:
    """Return whether the network reads a sentence."""
    return row.read is not None and sentences.is_unsure(row.sentence, odds)


def fit_speakers(rows: Sequence[Row]) -> dict[str, float]:
    """Fit the weights of possible speakers by pairs of a right one, the best of its sentence, and a wrong one."""
    sides = [sides for row in rows if row.speaker and row.sentence.language == "en" and all(sides := _sides(row))]
    weights = NEAREST
    for _ in range(ROUNDS):
        best = [max(right, key=lambda each: speakers.weigh(each, weights)) for right, _ in sides]
        pairs = [_difference(first, each) for first, (_, wrong) in zip(best, sides, strict=True) for each in wrong]
        pairs += [{name: -value for name, value in pair.items()} for pair in pairs]
        weights = _regression(pairs, np.arange(len(pairs)) < len(pairs) // 2, PENALTIES["speaker"]) | {"": 0.0}
    return weights


def _sides(row: Row) -> tuple[list[Features], list[Features]]:
    """Divide the possible speakers of a sentence into right and wrong ones; where no name is right, a pronoun is."""
    sentence = row.sentence
    around = [each for each in (row.before, row.sentence, row.behind) if each]
    found = candidates.options(sentence, candidates.words_around(around))
    right = [same_speaker(candidates.words_at(sentence, option.span), row.speaker) for option in found]
    if not any(right):
        right = [candidates.is_pronoun(sentence, option.span) for option in found]
    chosen = zip(found, right, strict=True)
    divided: tuple[list[Features], list[Features]] = ([], [])
    for option, is_right in chosen:
        divided[not is_right].append(option.features)
    return divided


def _difference(first: Features, second: Features) -> Features:
    return {name: first.get(name, 0.0) - second.get(name, 0.0) for name in first.keys() | second.keys()}


_TITLES = frozenset(
    re.findall(
        r"\w+",
        "the a an mr mrs ms dr prof president minister prime secretary general gen sen senator rep chancellor "
        "premier foreign defense defence spokesman spokeswoman director ambassador",
    )
)


def _words_of(name: str) -> list[str]:
    """Return the words of a name without titles, each without the "s" of a genitive."""
    words = re.findall(r"\w+", re.sub(r"['’]s\b", "", name.lower()))
    return [word.removesuffix("s") if len(word) > 4 else word for word in words if word not in _TITLES]


def same_speaker(first: str, second: str) -> bool:
    """Return whether two names are of one speaker: equal without titles, or one within the other."""
    short, long = sorted((_words_of(first), _words_of(second)), key=len)
    if not short:
        return first.lower() == second.lower()
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def is_quoted(rows: Sequence[Row], weights: Weights) -> list[bool]:
    """Return which sentences are quoted by some weights."""
    odds = [speakers.weigh(each, weights["context"]) for each in contexts(rows, weights["sentence"])]
    return [
        speakers.weigh(sentences.joined(row.sentence, each, row.read or 0.0), weights["joined"]) > 0
        if is_asked(row, each)
        else each > 0
        for row, each in zip(rows, odds, strict=True)
    ]


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--read", nargs="+", type=Path, required=True, metavar="ODDS.csv")
    parser.add_argument("--labels", nargs="+", type=Path, default=LABELS)
    parser.add_argument(
        "--half", choices=("even", "odd", "both"), default="both", help="outlets by a digest of the name"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("data/voices/weights.json"))
    options = parser.parse_args()
    read = {row["id"]: float(row["odds"]) for path in options.read for row in read_labels(path)}
    every = load(options.tables, options.labels, options.half, read)
    rows = [row for row in every if row.kind not in (SPEAKERS, TAUGHT)]
    found: dict[int, bool] = {}
    for train, test in folds(rows, FOLDS):
        weights = fit([rows[k] for k in train])
        found |= dict(zip(test, is_quoted([rows[k] for k in test], weights), strict=True))
    for kind in sorted({row.kind for row in rows}):
        right = [found[k] == row.is_quoted for k, row in enumerate(rows) if row.kind == kind]
        print(f"{kind}: accuracy {np.mean(right):.3f} of {len(right):,} rows, outlets left out")
    options.output.write_text(json.dumps(fit(every), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
