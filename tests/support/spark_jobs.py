"""A job that goes wrong: workers import it by name, so it stands in a module of its own."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import Judgement, Scorer
from stance.workers.page_worker import ScoringJob

FATAL = "unscorable"
"""The word in a comment on which the model fails."""


@dataclass(frozen=True, slots=True)
class BrittleJob(ScoringJob):
    """Scores as its model does, but dies at the fatal word the first time, and notes it.

    :param deaths: Where a death is noted; if it is a folder, it dies each time.
    """

    deaths: Path = Path("deaths")

    def load(self) -> DocumentScorer:
        model = Brittle(self.model.load(self.targets), self.deaths)
        return DocumentScorer(self.targets, model, self.naming, articles=self.articles)


@dataclass(frozen=True, slots=True)
class Brittle:
    model: Scorer
    deaths: Path

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def languages(self) -> tuple[str, ...]:
        return self.model.languages

    @property
    def card(self) -> Any:
        return self.model.card

    def judge(self, instances: Sequence[Any]) -> Judgement:
        is_fatal = any(FATAL in instance.text for instance in instances)
        if is_fatal and (self.deaths.is_dir() or not self.deaths.exists()):
            self.deaths.touch()
            os._exit(1)
        return self.model.judge(instances)


def brittle(job: ScoringJob, deaths: Path) -> BrittleJob:
    """Make a job brittle."""
    return BrittleJob(**{name: getattr(job, name) for name in ScoringJob.__dataclass_fields__}, deaths=deaths)
