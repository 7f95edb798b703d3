"""What a sample is: its design, the drawn comments each with its probability, and what is known of the frame.

An audit sample is drawn at random and corrects what a model says of a corpus; a training sample teaches a model. The
probabilities make both honest: weights of 1/probability turn what was drawn into what could have been.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stance.exceptions import ConfigError
from stance.labelling.frame import GUIDE_LANGUAGES

ROLES = ("audit", "train")
METHODS = ("random", "uncertainty", "disagreement", "diversity")
COLUMNS = ("outlet", "target", "month", "document")
ALLOCATIONS = ("equal", "proportional")

FEWEST_AUDITED = 50
"""Audit labels of an outlet and target below which its shares are not corrected (``stance report --labels``)."""

SAMPLE_FIELDS = (
    "id", "document", "outlet", "author", "title", "lead", "parent", "text", "target", "label", "annotator", "note",
    "role", "probability", "stratum", "by", "seed", "lang", "copies",
)  # fmt: skip
"""The columns of a sample, in order; ``label``, ``annotator`` and ``note`` are for the annotator to fill."""


@dataclass(frozen=True, slots=True)
class Design:
    """How a sample is drawn.

    :param n: Comments to draw, at least 1; each is labelled toward every target.
    :param role: ``audit``: never trained on; ``train``.
    :param by: ``random``, or for training what makes a comment likelier to be drawn.
    :param stratify: Any of ``COLUMNS``.
    :param allocation: ``equal``: as many from each stratum, so that small ones get enough; ``proportional``.
    :param seed: Of the draw.
    :raises ConfigError: If it is not a design.
    """

    n: int = 200
    role: str = "audit"
    by: str = "random"
    stratify: tuple[str, ...] = ()
    allocation: str = "equal"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the design."""
        if self.n < 1:
            raise ConfigError(f"--n {self.n}; expected at least 1 comment")
        _require("--role", self.role, ROLES)
        _require("--by", self.by, METHODS)
        _require("--allocation", self.allocation, ALLOCATIONS)
        for column in self.stratify:
            _require("--stratify", column, COLUMNS)
        if self.role == "audit" and self.by != "random":
            raise ConfigError(f"--by {self.by} for an audit sample; expected random, or --role train")
        if self.by == "diversity" and self.stratify:
            raise ConfigError("--stratify beside --by diversity, whose clusters are its strata; expected one of them")

    @property
    def secret(self) -> str:
        """What the random numbers hang on: audit and training samples of one seed are independent."""
        return f"stance sample {self.role} {self.seed}"


def _require(flag: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"{flag} {value[:40]!r}; expected one of {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class DrawnComment:
    """One comment of a sample, as an annotator is to see it."""

    row_id: str
    document: str
    outlet: str | None
    author: str | None  # a pseudonym, unless names were asked for
    title: str | None
    lead: str | None
    parent: str | None  # the text of the comment that it answers
    text: str
    targets: tuple[str, ...]
    probability: float  # of this comment to be drawn, in (0, 1]
    stratum: str
    language: str
    copies: int  # places of the frame where this text stands


@dataclass(frozen=True, slots=True)
class Stratum:
    """What was drawn from a part of the frame."""

    name: str
    population: int  # N_h
    drawn: int  # n_h
    probability: tuple[float, float]  # lowest and highest of its comments; the same in a random draw


@dataclass(frozen=True, slots=True)
class Sample:
    """Drawn comments, in random order, and the frame that they come from."""

    design: Design
    comments: tuple[DrawnComment, ...]
    strata: tuple[Stratum, ...]
    copies: int  # comments of the frame, the same text counted as often as it stands
    documents: int
    outlets: Mapping[str, tuple[int, int]]  # outlet -> comments in the frame, drawn
    left_out: Mapping[str, int]  # why -> comments
    warnings: tuple[str, ...]

    @property
    def population(self) -> int:
        """The comments that could be drawn, each text once: N."""
        return sum(stratum.population for stratum in self.strata)

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets to label, in order."""
        return tuple(dict.fromkeys(target for comment in self.comments for target in comment.targets))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give a row for each comment and target, with the fields of ``SAMPLE_FIELDS``."""
        for comment in self.comments:
            for target in comment.targets:
                yield _row(comment, target, self.design)

    def to_record(self) -> dict[str, Any]:
        """Give what a methods section needs, in JSON's types."""
        return {
            "role": self.design.role,
            "by": self.design.by,
            "seed": self.design.seed,
            "stratify": list(self.design.stratify),
            "allocation": self.design.allocation if len(self.strata) > 1 else None,
            "asked": self.design.n,
            "drawn": len(self.comments),
            "targets": list(self.targets),
            "rows": sum(len(comment.targets) for comment in self.comments),
            "frame": {"comments": self.population, "with_repeats": self.copies, "documents": self.documents},
            "outlets": [
                {"outlet": name, "population": population, "drawn": drawn}
                for name, (population, drawn) in sorted(self.outlets.items())
            ],
            "strata": [
                {"stratum": each.name, "population": each.population, "drawn": each.drawn,
                 "probability": list(each.probability)}
                for each in self.strata
            ],
            "left_out": [{"reason": reason, "comments": n} for reason, n in sorted(self.left_out.items())],
            "guide_languages": list(GUIDE_LANGUAGES),
            "warnings": list(self.warnings),
        }  # fmt: skip


def _row(comment: DrawnComment, target: str, design: Design) -> dict[str, Any]:
    return {
        "id": comment.row_id,
        "document": comment.document,
        "outlet": comment.outlet,
        "author": comment.author,
        "title": comment.title,
        "lead": comment.lead,
        "parent": comment.parent,
        "text": comment.text,
        "target": target,
        "label": None,
        "annotator": None,
        "note": None,
        "role": design.role,
        "probability": comment.probability,
        "stratum": comment.stratum,
        "by": design.by,
        "seed": design.seed,
        "lang": comment.language,
        "copies": comment.copies,
    }
