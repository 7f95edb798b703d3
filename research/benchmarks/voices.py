"""Measure how often sentences of articles get the voice and the speaker that readers name, and what it costs.

Usage: python -m research.benchmarks.voices SENTENCES.csv... [--labels FILE...] [--half even|odd|both]

The tables are those of ``research/training/train_voices.py``. Figures are of the weights in ``data/voices/``: train them on one
half to measure the other. Each sentence is read with its headline and the sentences before and behind it; with its whole
article where the table has the columns "lead" and "body" (paragraphs apart by empty lines).
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from research import read_labels
from research.training.train_voices import LABELS, PAGES, SPEAKERS, TAUGHT, half_of, neighbours, same_speaker
from research.voices import read_voices
from stance.aggregation.intervals import wilson_interval
from stance.datamodels import Document, Voice
from stance.scoring.voices.sentences import read_sentences

SENTENCES = 40
"""Number of sentences of an article whose cost is stated."""


def read_row(row: dict[str, str]) -> tuple[Voice, str]:
    """Read the voice and the speaker of a sentence of the table."""
    language = row.get("language") or "en"
    if row.get("body"):
        body = tuple(row["body"].split("\n\n"))
        found = read_sentences(Document("", "", title=row["title"], lead=row["lead"], language=language, body=body))
        return next((each.voice, each.speaker or "") for each in found if each.text == row["sentence"])
    if row.get("n") == "0":
        found = read_sentences(Document("", "", title=row["sentence"], language=language))[0]
        return found.voice, found.speaker or ""
    before, behind = neighbours(row)
    texts = [text for text in (before, row["sentence"], behind) if text]
    voice, speaker = read_voices(texts, language, row["title"])[bool(before)]
    return voice, speaker or ""


def share(right: list[bool]) -> str:
    """Write a share with its interval and its number."""
    low, high = wilson_interval(sum(right), len(right))
    return f"{sum(right) / len(right):.3f} [{low:.3f}, {high:.3f}] of {len(right):,}"


def measure(texts: dict[str, dict[str, str]], labels: Iterable[dict[str, str]]) -> dict[tuple[str, str], list[bool]]:
    """Compare what is read with the labels, for each measure and set."""
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for label in labels:
        row, kind = texts[label["id"]], label["set"]
        voice, speaker = read_row(row)
        if label["voice"] and kind not in (SPEAKERS, PAGES):
            for part in {kind, f"{kind}, {row['language']}" if row.get("language") else kind}:
                found["voice", part].append(voice == label["voice"])
            if label["second_voice"]:
                found["voice of two readers", kind].append(label["first_voice"] == label["second_voice"])
        is_english = row.get("language", "en") == "en"  # speakers are named in English only
        if label.get("voice") == Voice.QUOTED and "speaker" in label and is_english:
            readers = label["first_speaker"], label["second_speaker"]
            if kind != PAGES:
                found["speaker of two readers", kind].append(same_speaker(*readers))
            if label["speaker"] or not any(readers):
                right = any(same_speaker(speaker, name) for name in label["speaker"].split(" / "))
                found["speaker", kind].append(right)
                if voice == Voice.QUOTED:
                    found["speaker where the voice is right", kind].append(right)
    return found


def cost(rows: Sequence[dict[str, str]]) -> float:
    """Return the processor time for an article of as many sentences, in milliseconds."""
    texts = [row["sentence"] for row in rows]
    bodies = [tuple(texts[at : at + SENTENCES]) for at in range(0, len(texts), SENTENCES)]
    documents = [Document("", "", title=body[0], language="en", body=body) for body in bodies]
    times = []
    for _ in range(3):
        start = time.process_time()
        for document in documents:
            read_sentences(document)
        times.append(time.process_time() - start)
    return min(times) / len(documents) * 1000


def main() -> None:
    """Print a table of all measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--labels", nargs="+", type=Path, default=LABELS)
    parser.add_argument("--half", choices=("even", "odd", "both"), default="both")
    options = parser.parse_args()
    texts = {row["id"]: row for table in options.tables for row in read_labels(table)}
    labels = [
        label
        for path in options.labels
        for label in read_labels(path)
        if label["id"] in texts and label["set"] != TAUGHT
        if options.half in ("both", half_of(texts[label["id"]], label["set"]))
    ]
    print("| measure | set | share |\n|---|---|---|")
    for (measured, kind), right in sorted(measure(texts, labels).items()):
        print(f"| {measured} | {kind} | {share(right)} |")
    print(f"\n{cost(list(texts.values())):.2f} ms of processor time for {SENTENCES} sentences")


if __name__ == "__main__":
    main()
