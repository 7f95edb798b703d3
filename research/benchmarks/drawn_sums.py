"""Scores of simulated comments, whose stance need not follow from their probabilities."""

from collections.abc import Sequence

from stance.aggregation.clusters import NONE, UNNUMBERED, ClusterSums, pack
from stance.datamodels import STANCES


class DrawnSums(ClusterSums):
    """The scores of one group toward one target, by numbers."""

    def add(
        self,
        cluster: tuple[int, int, int],
        stance: int,
        probabilities: Sequence[float],
        label: int | None = None,
        probability: float = 1.0,
        text: int = -1,
    ) -> None:
        """Add a comment.

        :param cluster: Article, author (a negative number that no other comment has where unnamed) and day.
        :param stance: The model's, as its place in ``STANCES``.
        :param label: The annotator's stance, likewise; None: it has no label.
        :param probability: Of having been drawn to be labelled, in (0, 1].
        :param text: A number that copies of its text share; -1: it has none.
        """
        drawn = (0.0, NONE) if label is None else (1 / probability, text)
        facts = stance, NONE if label is None else label, NONE, NONE, True, NONE, 0.0
        votes = [int(place == label) for place in range(len(STANCES))]
        self.content += pack(*UNNUMBERED, *cluster, *drawn, False, *votes, 0, *facts, *probabilities)
