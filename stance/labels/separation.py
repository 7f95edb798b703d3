"""Keep audit and training apart: by texts always, and by stories where enough others are left.

Comments of one article resemble each other, so a model that learned from a story is measured too well on the rest of
it. An audit is a random sample of all comments, so only draws for training leave stories out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import counted, frozen
from stance.labels.adjudication import plain_number
from stance.text_forms import normalised


@frozen
class Overlap:
    """Texts and stories that audit and training have in common."""

    texts: int
    stories: int
    audited: int  # stories of the audit

    @property
    def described(self) -> str:
        """What they share."""
        stories = f"{self.stories:,} of {counted(self.audited, 'article')} of the audit"
        return f"{stories} and {counted(self.texts, 'text')}"

    def warning(self) -> Iterator[str]:
        """Warn if they share anything."""
        if self.stories or self.texts:
            yield f"audit and training share {self.described}: expect more errors on other articles than on the audit"


def overlap_of(rows: Iterable[tuple[str, str | None, str]]) -> Overlap:
    """Count the texts and stories of audit rows that are also in training rows.

    :param rows: Role, document (None where the article is unknown) and text of labels of comments.
    """
    texts, stories = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for role, document, text in rows:
        texts[role].add(normalised(text))
        if story := plain_number(document):
            stories[role].add(story)
    audited = stories["audit"]
    return Overlap(len(texts["audit"] & texts["train"]), len(audited & stories["train"]), len(audited))


separated = itemgetter("role", "document", "text")
"""Returns role, document and text of a row of a label table."""


def apart(is_audited: NDArray[np.bool_], enough: float) -> NDArray[np.bool_]:
    """Choose the comments that may be trained on: those of stories without audit, if these are enough, else all.

    :param is_audited: Whether the story of each comment is in the audit, shape (N,).
    :return: Shape (N,).
    """
    others = ~is_audited
    return others if others.sum() >= enough else np.ones_like(others)
