"""Make instances, one text toward one target, and define the interface of models that judge them.

Training and scoring both make their instances here, so that what counts as addressed is decided in one place.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from stance.datamodels import Factors, Mention, Span, Strings, Via

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Context(NamedTuple):
    """The texts that the reader who wrote a comment saw with it; each is empty where there is none."""

    headline: str = ""  # of the article
    lead: str = ""  # of the article, where the page sets it apart
    parent: str = ""  # the own words of the comment that is answered
    before: str = ""  # the own words of the reply before it on the page, to the same parent
    quoted: str = ""  # the part of the comment that repeats others; blanked out in its text

    @property
    def article(self) -> str:
        """Headline and lead, on a line each."""
        return "\n".join(filter(None, (self.headline, self.lead)))


NO_CONTEXT = Context()


class Instance(NamedTuple):  # made for each comment and target, in a third of the time of a dataclass
    """One text toward one target, of which features are made.

    Instances are equal only where their context is, too: a model that reads it must judge them apart.
    """

    text: str  # the writer's own words; quoted parts blanked out, same length, so spans hold
    target: str
    mentions: tuple[Mention, ...]  # of every known target in ``text``, by position
    via: Via | None  # how the target is addressed
    context_mentions: tuple[Mention, ...] = ()  # in the text that ``via`` means, where that is not the text itself
    language: str = "en"  # that the text is read as
    shown: Context = NO_CONTEXT  # whatever it names

    @property
    def own_mentions(self) -> tuple[Mention, ...]:
        """The mentions of the target itself."""
        return tuple([mention for mention in self.mentions if mention.target == self.target]) if self.mentions else ()


def answered_places(instance: Instance) -> list[int]:
    """Return where the comment that is answered names the target, if that is how the text addresses it."""
    mentions = instance.context_mentions if instance.via is Via.PARENT else ()
    return [mention.start for mention in mentions if mention.target == instance.target]


def is_named(instance: Instance) -> bool:
    """Return whether a text itself names the target: whether a model of the package judges it.

    A stance through the parent or the headline alone is not read: of those in 165 comments of real threads, seven in
    ten were wrong.
    """
    return instance.via is Via.TEXT


def make_instance(
    text: str,
    target: str,
    mentions: Sequence[Mention],
    *,
    context: Context = NO_CONTEXT,
    parent_mentions: Sequence[Mention] = (),
    article_mentions: Sequence[Mention] = (),
    language: str = "en",
) -> Instance:
    """Decide how a text addresses a target: by its own words, else its parent's, else its article's.

    :param text: The writer's own words, as :func:`stance.text_forms.own_words` leaves them.
    :param mentions: Of every known target in ``text``.
    :param context: What the writer saw.
    :param parent_mentions: Of every known target in ``shown.parent``.
    :param article_mentions: Of every known target in ``shown.article``.
    :param language: What the text is read as.
    """
    for via, found_mentions in ((Via.TEXT, mentions), (Via.PARENT, parent_mentions), (Via.ARTICLE, article_mentions)):
        if found_mentions and target in [mention.target for mention in found_mentions]:
            in_context = () if via is Via.TEXT else tuple(found_mentions)
            return Instance(text, target, tuple(mentions), via, in_context, language, context)
    return Instance(text, target, tuple(mentions), None, language=language, shown=context)


# Models ---------------------------------------------------------------------------------------------------------------


class Judgement(NamedTuple):
    """Stances of some instances, with their evidence."""

    probabilities: "NDArray[np.float64]"  # shape (n, 4), in the order of STANCES; rows sum to 1, or are NaN: no answer
    evidence: list[tuple[Span, ...]]  # spans of each text, by position, without overlap
    reasons: Mapping[int, str] = MappingProxyType({})  # row -> why there is no answer
    sentiments: "NDArray[np.float64] | None" = None  # shape (n,), as learned, in [-1, 1]; NaN: VADER scores the text


def commonest_reasons(reasons: Counter[str]) -> list[tuple[str, int]]:
    """List the reasons for missing answers, commonest first; rare ones are added up as other reasons."""
    first = reasons.most_common(10)  # maximum number of reasons for missing answers that are listed one by one
    others = reasons.total() - sum(pairs for _, pairs in first)
    return [*first, ("other reasons", others)] if others else first


class Scorer(Protocol):
    """Judges texts toward targets.

    It may also have ``decision``, the decision rule for all its answers, and ``reads_context``: whether it reads that a
    text addresses a target which its parent or headline alone names; without it, it does.
    """

    @property
    def name(self) -> str:
        """Name that scores carry as their model."""

    @property
    def languages(self) -> Strings:
        """Languages that it may score, as ISO 639-1."""

    @property
    def card(self) -> Mapping[str, Any]:
        """Origin and measures of the model, as far as they are known."""

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target, with its evidence."""


def decision_of(scorer: Scorer, language: str = "") -> Factors | None:
    """Return the decision rule of a scorer for texts in a language; None: the most probable stance is chosen."""
    part = getattr(scorer, "part", None)
    return getattr(part(language) if part else scorer, "decision", None)


@runtime_checkable
class RemoteScorer(Protocol):
    """A scorer that sends texts to another machine and counts them."""

    @property
    def endpoint(self) -> str:
        """Address that texts are sent to."""

    @property
    def texts_sent(self) -> int:
        """Number of comments that were sent in this run."""


# Shared by plugged-in models ------------------------------------------------------------------------------------------

NOT_NAMED = (0.0005, 0.0013, 0.0015, 0.9967)
"""The same of comments whose context does not name it either: 17,432 pairs of these and of news comments."""


def unnamed_shares(instance: Instance) -> tuple[float, float, float, float]:
    """Return the shares used for a text that does not name its target: shape (4,), sums to 1."""
    # Shares of favor, against, neutral and not addressed among comments that do not name the target, under a headline
    # or below a comment that does: 247 labelled pairs of a blog and of saved pages, toward Russia, the US and NATO.
    return NOT_NAMED if instance.via is None else (0.016, 0.032, 0.045, 0.907)


def mention_spans(instance: Instance) -> tuple[Span, ...]:
    """Return the places of a text that name its target."""
    return tuple((mention.start, mention.end) for mention in instance.own_mentions)


def best_window(starts: Sequence[int], length: int, size: int) -> Span:
    """Choose the window of a long text that holds the most places, with them in its middle.

    :param starts: In ascending order, each in [0, length); characters or tokens alike.
    :param length: Of the whole text, in the same unit.
    :param size: Of the window, at least 1.
    :return: Start and end, at most ``size`` apart; the whole text where it fits, its beginning where there is no place.
    """
    if length <= size:
        return 0, length
    first, best = 0, (0, 0)  # half open, in indices of ``places``
    for last, position in enumerate(starts):
        while position - starts[first] >= size:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    inside = starts[best[0] : best[1]]
    middle = (inside[0] + inside[-1]) // 2 if inside else 0
    start = max(0, min(middle - (size - 1) // 2, length - size))
    return start, start + size


def digest(*parts: object) -> str:
    """Return the SHA-256 of values, as hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, sort_keys=True).encode()).hexdigest()
