"""Which labelled comments are held out, and what each of their sources is used for.

Decided by hand in ``research/data/splits.json`` for the stories written for the project; where nothing else decides,
stories are drawn by a digest of their name.
"""

import json
from collections.abc import Sequence, Set
from functools import cache

from research import ALL_COMMENTS, LABELLED, LANGUAGE_COMMENTS
from research.training.scratch import Sources
from stance.exceptions import LabelError
from stance.labels import load_labels
from stance.learn import Example, Examples, story_digest
from stance.learn.training import trainable
from stance.scoring.clauses import ENGLISH
from stance.scoring.instances import is_named

SPLITS = LABELLED / "splits.json"
"""Stories of the labelled comments that are held out, and the use of each of their sources."""

_FEWEST_FOLDS = 4  # sources that the word model is tested across


def read_split(part: str) -> frozenset[str]:
    """Read a part of the splits that were decided by hand; empty where the labels are not there."""
    return frozenset(json.loads(SPLITS.read_text(encoding="utf-8"))[part]) if SPLITS.is_file() else frozenset()


def held_out_stories() -> frozenset[str]:
    """Read the stories that are held out by decision."""
    return read_split("held_out")


def held_out_among(examples: Examples) -> frozenset[str]:
    """Read the stories that are held out by decision, if comments of the project are among the examples.

    Stories of others may have the same names; none of them was decided on.
    """
    return held_out_stories() if any(are_own(examples)) else frozenset()


def are_own(examples: Examples, part: str | None = None) -> list[bool]:
    """Find the examples that are comments of the project itself, by text and story in its files.

    Their annotators have names of one letter, as somebody's own may have too.

    :param part: Only of sources that this part of the splits names.
    """
    sources = None if part is None else read_split(part)
    return [
        (sources is None or example.source in sources)
        and (example.story, example.instance.text) in _own_comments(example.source)
        for example in examples
    ]


@cache
def _own_comments(source: str) -> frozenset[tuple[str | None, str]]:
    files = (path for folder in (*ALL_COMMENTS, *LANGUAGE_COMMENTS) for path in folder.glob("*.jsonl*"))
    paths = [path for path in files if path.name.partition(".")[0] == source]
    return frozenset((each.document, each.text) for each in load_labels(paths).comments) if paths else frozenset()


def is_drawn(story: str) -> bool:
    """Return whether a story is held out where nothing else decides: one in eight, by a digest of its name."""
    return story_digest(story)[0] % 8 == 0


def _drawn(stories: Set[str]) -> Set[str]:
    """Draw stories to hold out; of few, where all or none are drawn, an eighth in the order of their digests."""
    drawn = {story for story in stories if is_drawn(story)}
    if drawn and drawn != stories:
        return drawn
    return set(sorted(stories, key=story_digest)[: -(-len(stories) // 8)])


def story_split(examples: Examples, held_out: frozenset[str] = frozenset()) -> tuple[list[Example], list[Example]]:
    """Split examples by story into training and test examples.

    :param held_out: Stories to test on; drawn by digest if none of these occurs.
    :raises LabelError: If one side is empty.
    """
    stories = {example.story for example in examples}
    left_out = stories & held_out or _drawn(stories)
    fitted = [example for example in examples if example.story not in left_out]
    measured = [example for example in examples if example.story in left_out]
    if not fitted or not measured:
        raise LabelError(f"{len(stories)} stories; expected enough to hold some out")
    return fitted, measured


def split_examples(examples: Examples) -> tuple[list[Example], list[Example]]:
    """Split into examples to train on and to measure on: audit rows decide, where there are some."""
    audit = [example for example in examples if example.role == "audit"]
    if not audit:
        return story_split(examples, held_out_among(examples))
    return trainable(examples), audit


def sources_of(examples: Examples, real: Sequence[Example] = ()) -> Sources:
    """Describe where pairs of the project come from: new comments come from a new source.

    :param real: Real comments, which come after the others: their story is their fold, and all count as typical.
    """
    every = [*examples, *real]
    together = zip(every, are_own(every), strict=True)
    groups = [e.source if own and e.instance.language == ENGLISH else e.story for e, own in together]
    if len({group for group, e in zip(groups, every, strict=True) if is_named(e.instance)}) < _FEWEST_FOLDS:
        groups = [example.story for example in every]
    is_real = [False] * len(examples) + [True] * len(real)
    typical, head = (
        [a or b for a, b in zip(is_real, _named_sources(every, part), strict=True)]
        for part in ("typical_sources", "head_sources")
    )
    unnamed = [example for example in examples if not is_named(example.instance)]
    stated = float(json.loads(SPLITS.read_text(encoding="utf-8"))["unnamed_not_addressed"])
    return Sources(groups, typical, head, len(real), stated if any(are_own(unnamed, "typical_sources")) else None)


def _named_sources(examples: Examples, part: str) -> list[bool]:
    """Return which pairs are from sources of the project that the split names; where they lack a label, all.

    :param part: ``typical_sources``, which are like what users score, or ``head_sources``, which the head is fitted on.
    """
    found = are_own(examples, part)
    named = [(e.label, is_typical) for e, is_typical in zip(examples, found, strict=True) if is_named(e.instance)]
    is_whole = {label for label, is_typical in named if is_typical} == {label for label, _ in named}
    return found if is_whole else [True] * len(examples)
