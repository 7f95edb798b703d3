"""Which labelled comments are held out, and what each of their sources is used for.

Decided by hand in ``research/data/splits.json`` for the stories written for the project; where nothing else decides,
stories are drawn by a digest of their name.
"""

import json
from collections.abc import Set

from research import LABELLED
from stance.exceptions import LabelError
from stance.learn.examples import Example, Examples, story_digest

SPLITS = LABELLED / "splits.json"
"""Stories of the labelled comments that are held out, and the use of each of their sources."""


def read_split(part: str) -> frozenset[str]:
    """Read a part of the splits that were decided by hand; empty where the labels are not there."""
    return frozenset(json.loads(SPLITS.read_text(encoding="utf-8"))[part]) if SPLITS.is_file() else frozenset()


def held_out_stories() -> frozenset[str]:
    """Read the stories that are held out by decision."""
    return read_split("held_out")


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
