"""Define the values that stages exchange.

Frozen dataclasses, in the order of the stages: read (``Page``), parsed (``Document``, ``Comment``), found
(``Mention``), scored (``Score``), aggregated (``Share``). Offsets are half open and count characters.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar, dataclass_transform

from stance.page_layouts import DOUBTFUL, LATE, SCORES_LAYOUTS, WITHOUT_ARTICLES
from stance.text_forms import own_words


def counted(n: int, one: str, many: str = "") -> str:
    """Write a number with its noun.

    :param many: The plural; with an s where not given.
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def day_of(stamp: str | None) -> int:
    """Number the day of an ISO 8601 stamp as ``date.toordinal`` does; 0 where it is none."""
    try:
        return date.fromisoformat(stamp[:10]).toordinal() if stamp and not stamp[10:11].isdigit() else 0
    except ValueError:  # the 31st of February
        return 0


def stated_time(iso: str) -> str | None:
    """Return a time; None for one that programs write for none: the first day of their calendar, or the last one."""
    empty_days = ("0001", "1899-12-3", "1900-01-01", "1970-01-01", "9999")
    is_midnight = not iso[10:19].strip("T0:") or iso[11:16] == iso[-5:]  # here, or in Greenwich
    is_empty = iso.startswith(empty_days) and (iso[:4] in ("0001", "9999") or is_midnight)
    return None if is_empty else iso


FIRST_DAY, LAST_DAY = "1900-01-02", "2100-12-31"
"""The days between which a page or comment may have been written, whatever the clock of the machine says."""


def _is_odd(stamp: str | None) -> bool:
    return stamp is not None and not (re.match(r"\d{4}-?\d\d", stamp) and FIRST_DAY <= stamp[:10] <= LAST_DAY)


def without_odd_times(document: "Document") -> "Document":
    """Leave out times at which nobody can have written, with a doubt; the texts stay."""
    odd = [comment for comment in document.comments if _is_odd(comment.posted)]
    if not odd and not _is_odd(document.published):
        return document
    comments = tuple(replace(item, posted=None) if _is_odd(item.posted) else item for item in document.comments)
    published = None if _is_odd(document.published) else document.published
    count = len(odd) + (published != document.published)
    doubt = f"date: {counted(count, 'date is', 'dates are')} not between {FIRST_DAY} and {LAST_DAY[:4]}, and left out"
    return replace(document, comments=comments, published=published, doubts=(*document.doubts, doubt))


Record = dict[str, Any]
"""A JSON object, or a row of a table."""

Json = Any
"""A value of JSON that was read, of any type."""

Key = TypeVar("Key", bound=Hashable)

Span: TypeAlias = tuple[int, int]
"""Where a part of a text begins and ends."""

Strings: TypeAlias = tuple[str, ...]
"""Several texts, names or ids, in order."""

Value = TypeVar("Value")


def grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    """Group values by their keys, in the order in which keys first occur."""
    values: dict[Key, list[Value]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return values


NOT_STATED = "(not stated)"
"""Words for the group of scores without a value, as of a comment without a date."""

NO_OUTLET = "pages without an outlet"
"""Words for the group of pages that state no outlet; it comes last and is not compared."""

UNKNOWN_LANGUAGE = "unknown"
"""Word for the language of a text that is too short, or too mixed, to detect it."""

FEWEST_COMMENTS = 5
"""Minimum number of addressing comments that are summarised; a share of four says nothing, so fewer are listed."""

FEWEST_AUDITED = 50
"""Minimum number of audit labels of a group and target that correct shares: with fewer, the error would be a guess."""

FEWEST_AUTHORS = 8.0
"""Minimum effective number of authors of a group in a test: with fewer, one author may be the whole difference."""

MOST_COPIED = 0.1
"""Maximum share of one text among the comments of a group in a test: with more, it may be the whole difference."""

SOUNDS = 0.05
"""Minimum distance from 0 of a sentiment that sounds positive or negative, as VADER's authors set it."""

FEWEST_SHOWN = 20
"""Minimum effective number of comments for an interval on a page; of fewer, counts are given."""

UNMEASURED = "the error of such shares is not known for this model or these languages"
"""Note of shares that no label corrects, where ``data/share_errors.json`` is of another model or language."""

MARGIN = 0.145
"""Maximum half width of a share that labels are asked for: one of .15 or more is not printed."""


def size_of_page(naming: int) -> int:
    """Return how many of the comments of a page that name a target are drawn to count it."""
    return naming if naming <= 30 else 20


FEWEST_PAIRS = 50
"""Minimum number of labelled pairs for training whose comment names the target. A model that judges other pairs, too,
needs as many of these."""

FEWEST_TESTED = 50
"""Minimum number of labelled pairs of a target for a model to count as tested toward it: macro F1 of 50 pairs has a
95 % interval of about 0.28."""


class Stance(StrEnum):
    """Stance of a writer toward one target.

    SemEval-2016 task 6, its NONE split in two as RuArg-2022 does. The order is the order of probability columns.
    """

    FAVOR = "favor"
    AGAINST = "against"
    NEUTRAL = "neutral"  # addressed, no side taken
    NOT_ADDRESSED = "not_addressed"


STANCES = tuple(Stance)

SIDES = (Stance.AGAINST, Stance.NEUTRAL, Stance.FAVOR)
"""Stances of a text that addresses a target, in the order in which reports draw them."""

Factors = tuple[float, float, float, float]
"""A decision rule: positive factors on the probabilities, in the order of ``STANCES``."""


def decide(probabilities: Sequence[float], factors: Factors | None = None) -> Stance:
    """Choose the stance with the largest product of factor and probability; of equal ones, the first.

    :param probabilities: Four, in the order of ``STANCES``.
    :param factors: None: even ones, which choose the most probable stance.
    """
    weighed = probabilities if factors is None else [a * b for a, b in zip(factors, probabilities, strict=True)]
    return STANCES[weighed.index(max(weighed))]


_decide_again = lru_cache(maxsize=1_000)(decide)
"""The same for tuples: most pairs that do not name their target share their probabilities."""


@lru_cache(maxsize=1_000)
def rounded(probabilities: tuple[float, ...] | None) -> tuple[Json, ...]:
    """Round probabilities to the six digits that files hold, so that files give the same figures as the run."""
    return tuple([round(probability, 6) for probability in probabilities or ()])


def side_shares(sums: Mapping[Stance, float]) -> dict[Stance, float]:
    """Return the share of each side among comments that address a target, from sums of their probabilities."""
    total = sum(sums[side] for side in SIDES) or 1.0
    return {side: sums[side] / total for side in SIDES}


def rule_for(stance: Stance | None, probabilities: Sequence[float] | None) -> Factors | None:
    """Return a decision rule by which a stance that was written follows from its probabilities.

    The rule of the model that wrote it is not known, so this one holds for this text alone: the factor of the stance
    is twice what it needs, the others are 1.

    :return: None where even factors choose the stance, or nothing was written.
    :raises ValueError: If the stance has a probability of 0, which no rule chooses.
    """
    if stance is None or probabilities is None or decide(probabilities) is stance:
        return None
    least = probabilities[STANCES.index(stance)]
    if not least:
        raise ValueError(f"stance is {stance}, which has a probability of 0; expected one above 0")
    favor, against, neutral, absent = (2 * max(probabilities) / least if other is stance else 1.0 for other in STANCES)
    return favor, against, neutral, absent


class PageKind(StrEnum):
    """How the text of a page is to be read."""

    TEXT = "text"
    HTML = "html"


class Unit(StrEnum):
    """Kind of text that is scored."""

    COMMENT = "comment"
    SENTENCE = "sentence"


class Voice(StrEnum):
    """The voice of a sentence of an article."""

    OUTLET = "outlet"  # the outlet's or the article's author's own
    QUOTED = "quoted"  # direct quotation, or reported speech


class Tone(StrEnum):
    """How a sentence of an article speaks of a target. People take a stance, an article has a tone."""

    CRITICAL = "critical"
    NEUTRAL = "neutral"
    FAVORABLE = "favorable"


TONES = tuple(Tone)
"""In the order of least columns."""


class Via(StrEnum):
    """How a text addresses a target: by its own words, those of the comment it answers, or those of its article."""

    TEXT = "text"
    PARENT = "parent"
    ARTICLE = "article"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(values: type[Value]) -> type[Value]:
    """Make a class a dataclass that cannot be changed, with slots."""
    return dataclass(frozen=True, slots=True)(values)


@frozen
class Skip:
    """An input, or a part of one, that was left out, and why."""

    source: str  # the path as given, with ``#record`` or ``:line`` inside it
    reason: str  # what was seen; what was expected
    is_misfit: bool = False  # a sound table that has not the columns that were asked for
    rows: int = field(default=1, compare=False)  # of a table
    is_note: bool = field(default=False, compare=False)  # of how it was read: nothing was left out
    may_pass: bool = field(default=False, compare=False)  # a process died, a disk failed: another run may do better


OnSkip: TypeAlias = Callable[[Skip], None]
"""What is called with each input that is left out."""


@frozen
class PageFacts:
    """Facts that the user gives of a page; they go before those of the page itself. None: not given."""

    outlet: str | None = None
    title: str | None = None
    published: str | None = None  # ISO 8601
    url: str | None = None


@frozen
class Page:
    """One saved page: read, not interpreted."""

    source: str  # the path as given, with ``#record`` inside an archive
    kind: PageKind
    text: str
    encoding: str
    url: str | None = None
    warnings: Strings = ()
    outlet: str | None = None  # where the page states none
    facts: PageFacts = PageFacts()
    layouts: tuple[Any, ...] = ()  # rows of the user's own for comment systems in HTML


@frozen
class Comment:
    """One reader comment. In a text page, ``page.text[start:end]`` is its place."""

    comment_id: str
    text: str
    author: str | None = None  # None: the page shows no name
    reply_to: str | None = None  # comment_id of the parent; None: top level, or not stated
    posted: str | None = None  # ISO 8601
    votes: int | None = None
    language: str = UNKNOWN_LANGUAGE
    quoted: str | None = None  # the part of ``text`` that repeats the article or the parent
    parent_text: str | None = None  # what is answered, where a table gives it but not as a comment of its own
    targets: Strings | None = None  # the targets a table asks for; None: all
    columns: tuple[tuple[str, str], ...] = ()  # cells of a user's table that were asked for: name, cell or ""
    start: int | None = field(default=None, compare=False)  # None: the page is not a text page
    end: int | None = field(default=None, compare=False)

    @property
    def own_words(self) -> str:
        """Return the text with blanks in place of what repeats others, of the same length."""
        return own_words(self.text, self.quoted)


Comments: TypeAlias = Sequence[Comment]
"""Several comments, in page order."""


class Certainties(NamedTuple):
    """How sure it is that each part of a page was read right, from 0 to 1; None where the page has none."""

    comments: float | None = None  # or their absence
    authors: float | None = None
    dates: float | None = None
    votes: float | None = None
    replies: float | None = None
    title: float | None = None
    author: float | None = None


@frozen
class Document:
    """An article with its comments, and their scores once there are some."""

    document_id: str  # a digest of the content: the same page twice is one document
    source: str
    outlet: str | None = None
    url: str | None = None
    title: str | None = None
    author: str | None = None
    published: str | None = None  # ISO 8601
    language: str = UNKNOWN_LANGUAGE
    lead: str | None = None  # the standfirst, where the page sets it apart
    body: Strings = ()  # paragraphs
    quotations: Strings = ()  # numbers of paragraphs that are block quotations, from 1
    comments: tuple[Comment, ...] = ()  # in page order; empty when there are none
    stated_comments: int | None = None  # the page's own count
    layout: str = "none"  # the comment system, as named in ``parsing.layouts``
    warnings: Strings = ()  # what was done to the input
    certainty: float | None = None  # least that comments, or their absence, were read right; None: no page
    certainties: Certainties = Certainties()
    doubts: Strings = ()  # why the reading may be wrong
    scores: tuple["Score", ...] = ()  # of its comments (and sentences, where asked for); empty until it is scored
    event: str | None = None  # id of the document of another outlet with the same article; None: not known, or none

    @property
    def has_texts(self) -> bool:
        """Whether it was read from a page or a table of comments, and not made from scores."""
        return self.layout not in SCORES_LAYOUTS

    @property
    def articles(self) -> str | None:
        """Return ``unknown`` if its comments may be of any number of articles, else None."""
        return "unknown" if self.layout in WITHOUT_ARTICLES else None

    @property
    def is_doubtful(self) -> bool:
        """Whether the page may be misread; ``doubts`` alone make it one to check."""
        return self.certainty is not None and self.certainty < DOUBTFUL

    @property
    def unsure(self) -> Strings:
        """The parts that may be misread, as ``certainties`` names them."""
        parts = self.certainties._asdict().items()
        return tuple(part for part, certainty in parts if certainty is not None and certainty < DOUBTFUL)

    @property
    def sure_date(self) -> str | None:
        """The date of the article; None where it is not stated, or may be wrong."""
        return None if any(doubt.endswith(LATE) for doubt in self.doubts) else self.published


@frozen
class Mention:
    """A place where a text names a target: ``text[start:end]``."""

    target: str
    start: int
    end: int
    kind: str  # of the alias: name, adjective, people, leader, institution, metonym


HEADLINE, LEAD = "headline", "lead"
"""Places of sentences that are in no paragraph."""


@frozen
class Sentence:
    """A sentence of an article, with its voice."""

    text: str
    place: str  # headline, lead, or the number of its paragraph, from 1
    voice: Voice
    speaker: str | None = None  # as the article states it; None: not quoted, or nobody is stated


def sentence_id(number: int) -> str:
    """Return the id of a sentence of an article, by its number from 1."""
    return f"sentence-{number}"


VADER, LEARNED = "vader", "learned"
"""Methods of sentiment: of English texts, and of others."""


def read_as(language: str, of_document: str) -> str:
    """Return the language that a comment is read in: that of its document where it is too short to detect it."""
    return of_document if language == UNKNOWN_LANGUAGE else language


def sentiment_method(sentiment: float | None, language: str) -> str | None:
    """Return the method of a sentiment.

    :param language: That the text is read in.
    """
    return None if sentiment is None else VADER if language == "en" else LEARNED


READINGS = ("against", "leans_against", "neutral", "leans_favor", "favor", "not_addressed", "unread")
"""Words: the lists of comments that name a target, in the order of pages: sides, clear or leaning; clearly no
side; clearly named in passing; all others, which could not be read."""

SIDED = ("against", "leans_against", "leans_favor", "favor")
"""Words: the lists of readings with a side."""


class Grade(StrEnum):
    """Whether the stance of one comment may be shown to a reader."""

    CLEAR = "clear"
    LEANING = "leaning"
    UNREAD = "unread"


Interval: TypeAlias = tuple[float, float]
"""The lower and the upper end of an interval, or of the values that a measure may have."""

GRADE_BARS: Mapping[str, Mapping[Stance, tuple[float, float]]] = {
    "default": dict(zip(Stance, ((0.85, 0.7), (0.65, 0.5), (0.75, 0.5), (0.5, 0.4)), strict=True)),
    "light": dict(zip(Stance, ((0.85, 0.75), (0.8, 0.7), (0.8, 0.6), (0.5, 0.4)), strict=True)),
    "other languages": dict(zip(Stance, ((0.9, 0.8), (0.9, 0.7), (0.9, 0.75), (0.6, 0.5)), strict=True)),
}
"""Minimum probabilities of a clear and of a leaning reading, by stance; models that are not listed have those of
``default``. They were fitted on comments of sites that the models had not seen (``research.training.fit_grades``): of
clear readings of a side about .8 are right and at most .07 are the opposite side; of leaning ones .6 and .1."""


def is_read_as_english(language: str) -> bool:
    """Return whether models read comments in a language as English, as they do where it is unknown."""
    return language in ("en", UNKNOWN_LANGUAGE)


@cache
def grade_bars(model: str, language: str) -> Mapping[Stance, tuple[float, float]]:
    """Return the bars of a model's readings in a language.

    :param model: As in ``Score.model``.
    """
    name = model.partition("@")[0] if is_read_as_english(language) else "other languages"
    return GRADE_BARS.get(name, GRADE_BARS["default"])


@frozen
class Score:
    """One text toward one target. Probabilities are None together: the model does not cover the text.

    A sentence of an article has a tone and no stance.
    """

    document: str | None
    outlet: str | None
    unit: Unit
    comment: str | None  # id of the comment; of a sentence, :func:`sentence_id`
    author: str | None  # a pseudonym, unless names were asked for
    target: str
    probabilities: tuple[float, float, float, float] | None = None  # in the order of ``STANCES``; sum to 1
    sentiment: float | None = None  # of the whole text, in [-1, 1]; ``sentiment_method`` says whose
    target_sentiment: float | None = None  # VADER compound of the clauses that speak of the target, in [-1, 1]
    via: Via | None = None
    evidence: tuple[Span, ...] = ()  # spans of the text
    language: str = UNKNOWN_LANGUAGE
    model: str = "unknown"
    posted: str | None = None
    columns: tuple[tuple[str, str], ...] = ()  # cells of a user's table that were asked for: name, cell or ""
    sentiment_method: str | None = None  # vader: the compound of VADER; learned: that of the model; None: no sentiment
    possible: Via | None = None  # the parent or headline names the target, the text does not: it is not read so
    undecided: str | None = field(default=None, compare=False)  # why this run gave no stance where it could have
    decision: Factors | None = field(default=None, compare=False)  # the model's decision rule; None: even factors
    sentence: Sentence | None = None  # of an article; None: the text is a comment
    tones: tuple[float, float, float] | None = None  # probabilities in the order of ``TONES``; None: not read
    tone: Tone | None = None  # None: not read, or a side that is not sure enough to be shown

    @property
    def stance(self) -> Stance | None:
        """The stance by the decision rule; None where the model does not cover the text."""
        return None if self.probabilities is None else _decide_again(self.probabilities, self.decision)

    @property
    def probability(self) -> float | None:
        """The probability of that stance."""
        stance = self.stance
        return None if self.probabilities is None or stance is None else self.probabilities[STANCES.index(stance)]

    @property
    def reading(self) -> Stance | None:
        """The stance of a comment that itself names the target; None for any other."""
        return self.stance if self.via is Via.TEXT else None

    @property
    def grade(self) -> Grade | None:
        """Whether the reading may be shown; None without a reading."""
        if (reading := self.reading) is None or self.probabilities is None:
            return None
        clear, leaning = grade_bars(self.model, self.language)[reading]
        probability = self.probabilities[STANCES.index(reading)]
        return Grade.CLEAR if probability >= clear else Grade.LEANING if probability >= leaning else Grade.UNREAD

    @property
    def shown(self) -> str | None:
        """The list of ``READINGS`` in which pages show the comment; None without a reading."""
        reading, grade = self.reading, self.grade
        if reading is None or grade is Grade.CLEAR:
            return reading
        return f"leans_{reading}" if grade is Grade.LEANING and reading in (Stance.FAVOR, Stance.AGAINST) else "unread"

    @property
    def sure(self) -> bool:
        """Whether the reading is clear."""
        return self.grade is Grade.CLEAR

    def __reduce__(self) -> tuple[type["Score"], tuple[Any, ...]]:
        """Pickle the values alone, in half the time: scores pass between processes and through files by the million."""
        return Score, _values_of_score(self)


_values_of_score = attrgetter(*(each.name for each in fields(Score)))


@frozen
class Share:
    """The share of one stance among some comments, and how sure it is."""

    target: str
    stance: Stance
    n: int  # comments it is a share of, by the model's labels
    estimate: float | None  # by annotators' labels, else by the model's probabilities; None: there is none
    interval: Interval | None  # 95 % by labels; else of the model, with its error on other kinds of text
    method: str  # corrected, labels, model, none
    population: str  # corpus: exactly these comments; outlet: what this group's comments are like
    of: str = "addressed"
    labelled: int = 0  # audit labels of the group and target
    all_labelled: bool = False
    effective: float = 0.0  # as many independent comments, rightly labelled, would have the same variance
    is_flagged: bool = False  # few degrees of freedom: the interval itself is not sure
    details: Mapping[str, float | None] = field(default_factory=dict)  # ``raw``: counted by the model's labels
    note: str | None = None  # why there is no interval, or why labels do not correct it
    printed: str = "counts"  # what pages show: share, interval or counts
    may_print: bool = False  # the share
    claim: str | None = None  # model_alone: this side is ahead by the model alone, unchecked


ADJUDICATED = "adjudicated"
"""Name of the annotator whose labels decide where others differ."""


@frozen
class LabelledComment:
    """A comment with an annotator's label toward one target."""

    text: str
    target: str
    label: Stance
    comment_id: str | None = None
    document: str | None = None  # the story that it is under; splits never cut through one
    outlet: str | None = None
    author: str | None = None
    parent: str | None = None  # the text of the comment it answers
    annotator: str | None = None
    role: str = "train"  # train or audit; audit labels are never trained on
    probability: float | None = None  # of having been drawn into an audit sample
    language: str | None = None
    title: str | None = None  # of the article that it is under
    lead: str | None = None  # of the article, where the page sets it apart
    note: str | None = None  # the annotator's
    unit: Unit = Unit.COMMENT  # a sentence has a tone: favor is favorable, against is critical
    learned: str | None = None  # names of the models that learned from it, where its table states them
    votes: tuple[int, ...] = field(default=(), compare=False)  # annotators by their label, as in STANCES
    is_doubted: bool = False  # it rests on annotators who agree too little

    @property
    def is_disputed(self) -> bool:
        """Whether annotators differ, and nobody decided."""
        return len([*filter(None, self.votes)]) > 1
