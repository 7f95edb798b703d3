"""Make the models that ship: from the comments written for the project, and from labelled real ones.

    python -m research.training.make_models [--news FILE --war FILE [--reader FOLDER]] [--only default]
    python -m research.training.make_models --only others --posts FILE --found FILE --others-reader FOLDER --tested FILE

``light`` and ``default`` share a classifier of cues and words with a correction for each kind of real comments.
``default`` joins it with a reader, whose FOLDER is written by ``research.training.finetune_reader``. ``others`` is the part of
``default`` that judges comments in other languages than English. Without the texts of the real comments the models are
made without them, and ``default`` is not made.
"""

import argparse
import csv
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from research import ALL_COMMENTS, LANGUAGE_COMMENTS
from research.splits import sources_of, split_examples
from research.training import other_languages, reader_joined
from research.training.cards import assess_model, card_to_markdown, make_project_card
from research.training.reader_joined import is_for_pool
from research.training.real_comments import (
    KINDS,
    OTHER_KINDS,
    RealComments,
    card_section,
    measure,
    read_kind,
    read_real_comments,
    table_rows,
)
from research.training.scratch import leave_undefined, train
from research.training.share_errors import errors_of_tested, save_set, share_errors
from stance.datamodels import STANCES
from stance.exceptions import StanceError
from stance.labels import load_labels
from stance.labels.adjudication import adjudicate
from stance.learn import Example, make_examples
from stance.resources import ENCODER, MODELS, MULTILINGUAL_ENCODER, TONE, VOICES
from stance.scoring.encoder import (
    LAYERS,
    PACKED_TOKENIZER,
    Reading,
    TextEncoder,
    default_encoder,
    multilingual_encoder,
    packed_changes,
)
from stance.scoring.instances import is_named
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_others, save_model
from stance.scoring.targets import TargetSet, load_targets

SEED = 0

_LIMITS = (
    "Real comments learned from: American and Canadian news sites of 2015 to 2017, selected as rude, and comments "
    "under news videos on the war in Ukraine, 2022 to 2024; labelled by AI assistants.",
    "Not tested on real news comments toward NATO in number: five of them name it.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for kind in (*KINDS, *OTHER_KINDS):
        parser.add_argument(f"--{kind.name}", type=Path, help=f"CSV table with the texts of data/{kind.labels.name}")
    parser.add_argument("--reader", type=Path, help="folder that scripts.finetune_reader wrote")
    parser.add_argument("--others-reader", type=Path, help="the same of other languages")
    parser.add_argument("--tested", type=Path, help="CSV table of real comments in other languages to measure on")
    parser.add_argument("--shares", type=Path, nargs="*", default=(), help="CSV tables to measure shares on")
    parser.add_argument("--sets", type=Path, help="folder to write the measured sets to, for benchmarks.fifty_labels")
    parser.add_argument("--only", choices=("default", "light", "others"))
    parser.add_argument("-o", "--output", type=Path, default=MODELS)
    given = parser.parse_args()
    targets = load_targets()
    texts = {kind.name: getattr(given, kind.name) for kind in KINDS}
    real: list[RealComments] = []
    try:
        if None not in texts.values():
            real = read_real_comments(texts, targets)
        elif given.only != "others":
            print("no real comments: models will be worse on real text", file=sys.stderr)
    except StanceError as error:
        print(f"{error}; the models will be made without", file=sys.stderr)
    settled = adjudicate(load_labels(ALL_COMMENTS).comments)
    examples, _ = make_examples(settled.comments, targets)
    fitted, held_out = split_examples(leave_undefined(examples))
    if given.only in (None, "others") and given.others_reader is not None:
        make_others(given, targets, given.output / "default" / "others")
    if given.only != "others":
        for_pool = [example for example in fitted if is_for_pool(example)]
        fitted = [example for example in fitted if not is_for_pool(example)]
        make_english(
            Corpus(fitted, for_pool, held_out, real, unlabelled(texts["news"], real), given.shares, given.sets), given
        )


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled pairs by their use."""

    fitted: list[Example]
    for_pool: list[Example]  # of written stories that no part learns from: the parts are joined and calibrated on them
    held_out: list[Example]
    real: list[RealComments]
    unlabelled: list[str]  # news comments that name no target
    tested: Sequence[Path] = ()  # tables of labelled comments that shares are measured on
    sets: Path | None = None  # folder to write the sets to that shares are measured on


def unlabelled(texts: Path | None, real: Sequence[RealComments]) -> list[str]:
    """Read the news comments without labels: they name no target."""
    if texts is None or not real:
        return []
    known = {example.instance.text for kind in real for example in kind.examples}
    with texts.open(encoding="utf-8", newline="") as table:
        return [row["text"] for row in csv.DictReader(table) if row["text"] not in known]


def make_english(corpus: Corpus, given: argparse.Namespace) -> None:
    """Train, measure and save ``light``, and ``default`` where there is a reader."""
    print(f"light: training on {len(corpus.fitted)} pairs ...", file=sys.stderr)
    folds = [kind.by_fold() for kind in corpus.real]
    real = [example for kind in folds for example in kind]
    model = train([*corpus.fitted, *real], seed=SEED, sources=sources_of(corpus.fitted, real))
    left_out = probabilities_left_out(model, corpus.fitted, folds)
    stated = model.predict_proba([example.instance for example in corpus.for_pool])
    if given.only in (None, "light"):
        kinds = [(found, kind.examples, kind.weights) for found, kind in zip(left_out, corpus.real, strict=True)]
        finish(model, corpus, [*kinds, (stated, corpus.for_pool, np.ones(len(stated)))], given.output / "light")
    if given.only == "light" or given.reader is None or not corpus.real:
        return
    layers = {folder / LAYERS: TextEncoder(changes=folder / LAYERS).graph for folder in (TONE, VOICES)}
    for name in TextEncoder.files:
        shutil.copy(given.reader / name, ENCODER / name)
    for path, graph in layers.items():
        path.write_bytes(packed_changes((ENCODER / "model.onnx").read_bytes(), graph))
    answers = reader_joined.read_answers(sorted(given.reader.glob("fold*.npz")))
    judged = [
        reader_joined.judge(kind.examples, found, kind.weights, answers)
        for kind, found in zip(corpus.real, left_out, strict=True)
    ]
    judged.append(reader_joined.judge(corpus.for_pool, stated, np.ones(len(stated)), answers))
    gate = reader_joined.fit_gate(
        [*corpus.fitted, *(e for kind in corpus.real for e in kind.examples)], corpus.unlabelled
    )
    reader = reader_joined.load_reader(default_encoder(), given.reader / "reader.npz")
    replay = reader_joined.choose_replay(reader, [each.examples for each in judged])
    reading = Reading(reader, gate, reader_joined.fit_pool(judged), replay)
    joined = [(reader_joined.join(reading, each), each.examples, each.weights) for each in judged]
    finish(replace(model, reading=reading), corpus, joined, given.output / "default")


def probabilities_left_out(
    model: StanceModel, fitted: Sequence[Example], real: Sequence[Sequence[Example]]
) -> list[Any]:
    """Return the probabilities of real pairs, by kind: of those that name their target as learned from other folds."""
    at = sum(is_named(example.instance) for example in fitted)
    order = [[str(label) for label in model.classifier.classes_].index(str(stance)) for stance in STANCES]
    found = []
    for examples in real:
        answers = model.predict_proba([example.instance for example in examples])
        named = [is_named(example.instance) for example in examples]
        answers[named] = model.classifier.left_out_[at : at + sum(named)][:, order]  # type: ignore[attr-defined]
        at += sum(named)
        found.append(answers)
    return found


def finish(
    model: StanceModel, corpus: Corpus, kinds: Sequence[tuple[Any, Sequence[Example], Any]], folder: Path
) -> None:
    """Choose the decision rule of a model, measure it and save it.

    :param kinds: Probabilities of pairs that the model did not learn from, the pairs and their weights, by kind.
    """
    model = replace(model, decision=reader_joined.fit_decision(kinds))
    on_real = {
        kind.kind.name: measure(kind, found, model.decision)
        for kind, (found, _, _) in zip(corpus.real, kinds, strict=False)
    }
    print(f"{folder.name}: decision rule {model.decision}", *table_rows(on_real), sep="\n", file=sys.stderr)
    record = assess_model(model, corpus.held_out, seed=SEED)
    card = make_project_card(model, corpus.fitted, corpus.held_out, record, seed=SEED) | {"real_comments": on_real}
    errors = errors_of_tested(model, corpus.held_out, corpus.tested, corpus.sets)
    for (found, own, weights), kind in zip(kinds, corpus.real, strict=False):
        errors += share_errors(kind.kind.name, own, found, weights)
        if corpus.sets is not None:
            save_set(corpus.sets / f"{kind.kind.name}.npz", own, found)
    card["share_errors"] = errors
    if model.reading is not None:
        card["replay"] = [*(kind.kind.name for kind in corpus.real), "written"]  # kinds of its parts, of equal size
    if corpus.real:
        card["limits"] = [*_LIMITS, *card["limits"]]
    learned = (*corpus.fitted, *corpus.for_pool, *(example for kind in corpus.real for example in kind.examples))
    title, _, rest = card_to_markdown(card).partition("\n\n")
    readme = f"{title}\n\n{card_section(on_real)}\n## On stories written for the project\n\n{rest}"
    others = folder / "others"
    if others.is_dir():  # saving replaces the folder as a whole
        model = replace(model, others=load_others(others))
    saved = save_model(replace(model, card=card), folder, trained_on={example.digest for example in learned})
    (folder / "README.md").write_text(readme, encoding="utf-8")
    if folder.resolve() == (MODELS / "default").resolve():
        leave_out_shared(folder)
    print(
        f"{folder.name}: macro F1 {record['macro_f1']:.3f} on held-out stories; saved as {saved.name}", file=sys.stderr
    )


def leave_out_shared(folder: Path) -> None:
    """Remove the arrays that ``light`` has too; they are read from there."""
    for path in folder.glob("*.npy"):
        other = MODELS / "light" / path.name
        if other.is_file() and other.read_bytes() == path.read_bytes():
            path.unlink()


def make_others(given: argparse.Namespace, targets: TargetSet, folder: Path) -> None:
    """Train, measure and save the model of the other languages: its own words and cues, and a reader of any language.

    The reader left one fold of the real texts out; on these the parts are joined.
    """
    examples, _ = make_examples(adjudicate(load_labels(LANGUAGE_COMMENTS).comments).comments, targets)
    learned, held_out = split_examples(leave_undefined(examples))
    fitted = [example for example in learned if not is_for_pool(example)]
    for_pool = [example for example in learned if is_for_pool(example)]
    real = [
        RealComments(kind, found := read_kind(kind, getattr(given, kind.name), targets), np.ones(len(found)))
        for kind in OTHER_KINDS
    ]
    folds = [kind.by_fold() for kind in real]
    print(f"others: training on {len(fitted)} written pairs, and {sum(map(len, folds))} real ones ...", file=sys.stderr)
    together = [example for kind in folds for example in kind]
    model = train([*fitted, *together], seed=SEED, sources=sources_of(fitted, together))
    answers = reader_joined.read_answers(sorted(given.others_reader.glob("fold*.npz")))
    judged = []
    for kind, found in zip(real, probabilities_left_out(model, fitted, folds), strict=True):
        rows = [i for i, e in enumerate(kind.examples) if reader_joined.answer_key(e) in answers]
        own = [kind.examples[i] for i in rows]
        judged.append(reader_joined.judge(own, found[rows], np.ones(len(rows)), answers))
    stated = model.predict_proba([example.instance for example in for_pool])
    judged.append(reader_joined.judge(for_pool, stated, np.ones(len(stated)), answers))
    for name in ("model.onnx", PACKED_TOKENIZER):
        shutil.copy(given.others_reader / name, MULTILINGUAL_ENCODER / name)
    reader = reader_joined.load_reader(multilingual_encoder(), given.others_reader / "reader.npz")
    replay = reader_joined.choose_replay(reader, [each.examples for each in judged])
    stories = {example.story for example in held_out}
    heard = [(text, tone) for text, tone, story in other_languages.read_tones() if story not in stories]
    reading = Reading(reader, None, reader_joined.fit_pool(judged), replay)
    # All real ones are one kind here: posts hold too few in favor for a measure of their own.
    joined = np.vstack([reader_joined.join(reading, each) for each in judged[:-1]])
    together = [example for each in judged[:-1] for example in each.examples]
    model = replace(
        model,
        reading=reading,
        sentiments=other_languages.fit_sentiments(reader.encoder, heard),
        decision=reader_joined.fit_decision([(joined, together, np.ones(len(together)))]),
    )
    by_language = other_languages.measure_languages(model, held_out, targets, given.tested)
    card = make_project_card(model, learned, held_out, assess_model(model, held_out, seed=SEED), seed=SEED)
    card |= {"by_language": by_language, "experimental": other_languages.experimental(by_language)}
    card["replay"] = [*(kind.name for kind in OTHER_KINDS), "written"]
    card["limits"] = [*other_languages.LIMITS, *card["limits"][2:-1]]
    further = [each for each in other_languages.TRANSFERRED if each not in model.languages]
    model = replace(model, languages=(*model.languages, *further), card=card)
    trained_on = {example.digest for example in (*learned, *(e for kind in real for e in kind.examples))}
    print("\n".join(other_languages.language_table(by_language)), file=sys.stderr)
    saved = save_model(model, folder, trained_on=trained_on)
    (folder / "README.md").write_text(other_languages.readme(card), encoding="utf-8")
    print(f"others: macro F1 {card['measures']['macro_f1']:.3f}; saved as {saved.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
