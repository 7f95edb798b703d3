"""Make the models that ship: from the comments written for the project, and from labelled real ones.

    python -m scripts.make_models [--real FILE] [--only default]

``others`` is the part of ``default`` that judges comments in other languages than English.
Without the texts of the real comments the models are made without them, with a warning.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from scripts import other_languages
from scripts.real_comments import (
    SOURCE,
    RealComments,
    card_section,
    correct_by,
    measure,
    read_real_comments,
    table_rows,
    weights_by_resemblance,
)
from stance.evaluation.assessment import assess_model
from stance.evaluation.examples import Example, make_examples
from stance.exceptions import StanceError
from stance.labels import adjudicate, load_labels
from stance.resources import ALL_COMMENTS, LANGUAGE_COMMENTS, MODELS
from stance.scoring.instances import is_named
from stance.scoring.persistence import load_others, save_model
from stance.targets import TargetSet, load_targets
from stance.training import card_to_markdown, leave_undefined, make_card, split_examples, train

SEED = 0

_LIMITS = (
    "Real comments learned from: American and Canadian news sites of 2015 to 2017, selected as rude, labelled by AI "
    "assistants; other kinds of text are scored as without them.",
    "Not tested on real news comments toward NATO in number: five of them name it.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="CSV table with the texts of data/real_labels.csv: id, text")
    parser.add_argument("--only", choices=("default", "light", "others"))
    parser.add_argument("-o", "--output", type=Path, default=MODELS)
    given = parser.parse_args()
    targets = load_targets()
    real = None
    try:
        if given.real is None:
            print(f"no real comments: the models will be worse on real text; texts: {SOURCE}", file=sys.stderr)
        else:
            real = read_real_comments(given.real, targets)
    except StanceError as error:
        print(f"{error}; the models will be made without", file=sys.stderr)
    settled = adjudicate(load_labels(ALL_COMMENTS).comments)
    examples, _ = make_examples(settled.comments, targets)
    fitted, held_out = split_examples(leave_undefined(examples))
    if given.only in (None, "others"):
        make_others(fitted, targets, given.output / "default" / "others")
    for name in ("light", "default"):
        if given.only in (None, name):
            make(name, fitted, held_out, real, given.output / name)


def make(name: str, fitted: list[Example], held_out: list[Example], real: RealComments | None, folder: Path) -> None:
    """Train, measure and save one model."""
    print(f"{name}: training on {len(fitted)} pairs ...", file=sys.stderr)
    weigh = None if real is None or name == "light" else partial(weights_by_resemblance, real.unlabelled)
    model = train(fitted, seed=SEED, light=name == "light", weigh=weigh)
    on_real: dict[str, Any] = {}
    if real is not None:
        print(f"{name}: learning from {len(real.examples)} pairs of real comments ...", file=sys.stderr)
        on_real["without the real comments"] = measure(real, model.predict_proba([e.instance for e in real.examples]))
        model, left_out = correct_by(model, real, fitted)
        on_real["cross-validated"] = measure(real, left_out)
        print("\n".join(table_rows(on_real)), file=sys.stderr)
    record = assess_model(model, held_out, seed=SEED)
    card = make_card(model, fitted, held_out, record, seed=SEED) | {"real_comments": on_real}
    if real is not None:
        card["limits"] = [*_LIMITS, *card["limits"]]
    trained_on = {example.digest for example in (*fitted, *(real.examples if real else ()))}
    title, _, rest = card_to_markdown(card).partition("\n\n")
    readme = f"{title}\n\n{card_section(on_real)}\n## On stories written for the project\n\n{rest}"
    others = folder / "others"
    if others.is_dir():  # saving replaces the folder as a whole
        model = replace(model, others=load_others(others))
    saved = save_model(replace(model, card=card), folder, readme=readme, trained_on=trained_on)
    print(f"{name}: macro F1 {record['macro_f1']:.3f} on held-out stories; saved as {saved.name}", file=sys.stderr)


def make_others(english: Sequence[Example], targets: TargetSet, folder: Path) -> None:
    """Train, measure and save the model of the other languages.

    What English comments teach of meanings serves other languages too, at a lower weight.
    """
    examples, _ = make_examples(adjudicate(load_labels(LANGUAGE_COMMENTS).comments).comments, targets)
    fitted, held_out = split_examples(leave_undefined(examples))
    named = [example for example in english if is_named(example.instance)]
    beside = sorted(named, key=lambda example: example.digest)[: other_languages.ENGLISH_PAIRS]
    print(f"others: training on {len(fitted)} pairs, and {len(beside)} English ones ...", file=sys.stderr)
    model = train([*fitted, *beside], seed=SEED, weigh=other_languages.weigh)
    stories = {example.story for example in held_out}
    heard = [(text, tone) for text, tone, story in other_languages.read_tones() if story not in stories]
    model = other_languages.learn_of_texts(model, fitted, heard)
    by_language = other_languages.measure_languages(model, held_out)
    weak = [name for name, found in by_language.items() if found["macro_f1"] < other_languages.LEAST_F1]
    card = make_card(model, fitted, held_out, assess_model(model, held_out, seed=SEED), seed=SEED)
    card |= {"by_language": by_language, "experimental": [*weak, *other_languages.TRANSFERRED]}
    card["limits"] = [*other_languages.LIMITS, *card["limits"][1:]]
    model = replace(model, languages=(*model.languages, *other_languages.TRANSFERRED), card=card)
    trained_on = {example.digest for example in (*fitted, *beside)}
    saved = save_model(model, folder, readme=other_languages.readme(card), trained_on=trained_on)
    print(f"others: macro F1 {card['measures']['macro_f1']:.3f}; saved as {saved.name}", file=sys.stderr)
    print("\n".join(other_languages.language_table(by_language)), file=sys.stderr)


if __name__ == "__main__":
    main()
