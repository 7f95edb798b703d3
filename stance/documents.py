"""From a page to a scored document: all that a page becomes by itself, whatever else is read beside it.

What is here knows of no other page and keeps nothing between them, so that an engine (``engines/``) may do it here, in
processes side by side, or on other machines, with the same result.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stance.collecting import give_back_memory
from stance.datamodels import (
    UNKNOWN_LANGUAGE,
    Comment,
    Document,
    Mention,
    Page,
    Score,
    ScoredDocument,
    Skip,
    Unit,
)
from stance.exceptions import ConfigError, InputError
from stance.pseudonyms import Naming
from stance.records import content_of, domain_of
from stance.scoring.instances import own_words

if TYPE_CHECKING:
    from stance.scoring.instances import Instance
    from stance.scoring.scorers import Scorer
    from stance.scoring.sentiment import SentimentScorer
    from stance.scoring.settings import ScorerSettings
    from stance.targets import TargetSet

BATCH = 512
"""Comments scored together: large enough that the cost per batch vanishes, small enough to hold."""

CHARACTERS = 2_000
"""Of a comment; one that is longer counts as several in a batch, so that long ones are not held by the hundred."""

KEPT_NAMES = 256
"""Comments of which it is kept whom they name, for their answers; of another it is found again."""

UNSURE = "highest probability under"
"""Begins the reason why a pair is undecided that was left so on purpose."""

SENTIMENT_LANGUAGES = ("en",)
"""VADER's lexicon and rules are English."""

SAMPLE_CHARACTERS = 4000
"""Of a document's text, for telling its language."""

LARGE_PAGE = 2_000_000
"""Characters of a page; of a larger one, tens of megabytes are freed when it is parsed."""


# Parse ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was made in this run.

    :param scored: The document with its languages told, and its scores where they were asked for.
    :param content: Digest of what it says, names as on the page; a document that was met before says the same.
    """

    scored: ScoredDocument
    content: str

    @property
    def document(self) -> Document:
        """The document."""
        return self.scored.document


def make_document(item: Page | Document, language: str | None = None) -> Made | Skip:
    """Parse a page where it is one, and tell the languages; or say why it is left out.

    :param language: What a document is in where it is too short to tell.
    """
    document = parse_or_skip(item) if isinstance(item, Page) else item
    if isinstance(document, Skip):
        return document
    # A page has no other name than that digest; a table names its documents itself, and may come back to one.
    content = document.document_id if isinstance(item, Page) else content_of(document)
    if document.outlet is None:
        document = replace(document, outlet=domain_of(document.url))
    return Made(ScoredDocument(tell_languages(document, fallback=language), ()), content)


def parse_or_skip(page: Page) -> Document | Skip:
    """Parse a page, or say why it cannot be."""
    from stance.parsing import parse_page

    try:
        return parse_page(page)
    except InputError as error:
        return Skip(page.source, str(error).removeprefix(f"{page.source}: "))
    finally:
        if len(page.text) > LARGE_PAGE:
            give_back_memory()


def tell_languages(document: Document, *, fallback: str | None = None) -> Document:
    """Give the document and its comments their languages.

    A language that is already told, by a table or an earlier parse, stays. A document that is too short to tell is in
    the ``fallback`` language; a comment that is too short stays unknown, and is read as what its document is in, unless
    its letters are none of that language.
    """
    from stance.language import UNDETERMINED, detect_language, detect_languages, is_in_another_script

    language = document.language
    if language == UNKNOWN_LANGUAGE:
        language = detect_language(_sample(document))
    if language == UNKNOWN_LANGUAGE and fallback:
        language = fallback
    untold = [
        own_words(comment.text, comment.quoted) for comment in document.comments if comment.language == UNKNOWN_LANGUAGE
    ]
    told = iter(
        UNDETERMINED if found == UNKNOWN_LANGUAGE and is_in_another_script(own, language) else found
        for own, found in zip(untold, detect_languages(untold), strict=True)
    )
    comments = tuple(
        replace(comment, language=next(told)) if comment.language == UNKNOWN_LANGUAGE else comment
        for comment in document.comments
    )
    return replace(document, language=language, comments=comments)


def _sample(document: Document) -> str:
    """Take the article's text, or that of its comments where there is none."""
    parts = [document.title or "", document.lead or "", *document.body]
    if not any(document.body):
        parts += [own_words(comment.text, comment.quoted) for comment in document.comments]
    sample, length = [], 0
    for part in parts:
        sample.append(part[:SAMPLE_CHARACTERS])
        length += len(part)
        if length >= SAMPLE_CHARACTERS:
            break
    return "\n".join(sample)[:SAMPLE_CHARACTERS]


# Find, score ----------------------------------------------------------------------------------------------------------


_Named = tuple[str, tuple[Mention, ...]]
"""A text and the mentions in it."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """One text to score, with the mentions in it and in what it answers."""

    unit: Unit
    identifier: str
    text: str  # as it stands; evidence points into it
    own: str  # the writer's own words: quoted parts blanked, as long as ``text``
    author: str | None
    posted: str | None
    language: str  # as told
    read_as: str  # as scored: that of the document where the text is too short to tell
    targets: tuple[str, ...]
    mentions: tuple[Mention, ...]
    columns: tuple[tuple[str, str], ...] = ()  # of the user's table
    parent: _Named = ("", ())
    article: _Named = ("", ())


class _Piece(NamedTuple):
    """Some passages of a document that are scored in one batch."""

    document: Document
    passages: tuple[_Passage, ...]
    is_last: bool  # nothing of the document comes after


@dataclass(frozen=True, slots=True)
class DocumentScorer:
    """Scores documents toward targets."""

    targets: "TargetSet"
    model: "Scorer"
    naming: Naming
    body: bool = False  # score the article's paragraphs too: mentions and sentiment, no stance
    abstain: float = 0.0  # pairs whose highest probability is lower stay undecided
    sentiment: "SentimentScorer" = field(default_factory=lambda: _sentiment_scorer())

    def score(self, documents: Iterable[Document]) -> Iterator[ScoredDocument]:
        """Score documents in batches of comments; a long one in several, so that no more is held than its scores.

        :param documents: With their languages told.
        :return: In the same order; one score per comment and target asked for.
        """
        scored: list[Score] = []  # of a document whose end is not reached
        for batch in self._batches(documents):
            found = self._score_passages([(piece.document, passage) for piece in batch for passage in piece.passages])
            for piece in batch:
                scored += islice(found, sum(len(passage.targets) for passage in piece.passages))
                if piece.is_last:
                    yield ScoredDocument(piece.document, tuple(scored))
                    scored = []

    def _batches(self, documents: Iterable[Document]) -> Iterator[list[_Piece]]:
        """Cut documents into batches of :data:`BATCH` passages; a document counts as one, lest there be none."""
        batch: list[_Piece] = []
        room = BATCH
        for document in documents:
            passages = self._passages(document)
            is_last = False
            while not is_last:
                some = []
                for passage in passages:
                    some.append(passage)
                    room -= 1 + len(passage.text) // CHARACTERS
                    if room <= 0:
                        break
                else:
                    is_last = True
                    room -= 1
                batch.append(_Piece(document, tuple(some), is_last))
                if room <= 0:
                    yield batch
                    batch, room = [], BATCH
        if batch:
            yield batch

    def _passages(self, document: Document) -> Iterator[_Passage]:
        year = _year(document.published)
        headline = "\n".join(filter(None, (document.title, document.lead)))
        article = (headline, self.targets.find(headline, year=year))
        if self.body:
            for number, paragraph in enumerate(document.body, 1):
                yield self._paragraph(document, number, paragraph, year)
        # Of several of an id, answers are to the first.
        comments = {comment.comment_id: comment for comment in reversed(document.comments)}
        named = lru_cache(KEPT_NAMES)(lambda identifier: self._found(comments[identifier], year))
        for comment in document.comments:
            parent: _Named = ("", ())
            if comment.parent_text:
                parent = (comment.parent_text, self.targets.find(comment.parent_text, year=year))
            elif comment.reply_to in comments:
                parent = named(comment.reply_to)
            is_first = comments[comment.comment_id] is comment
            own = named(comment.comment_id) if is_first else self._found(comment, year)
            yield self._comment(document, comment, own, parent, article)

    def _found(self, comment: Comment, year: int | None) -> _Named:
        own = own_words(comment.text, comment.quoted)
        return own, self.targets.find(own, year=_year(comment.posted) or year)

    def _paragraph(self, document: Document, number: int, text: str, year: int | None) -> _Passage:
        return _Passage(
            unit=Unit.PARAGRAPH,
            identifier=f"p{number}",
            text=text,
            own=text,
            author=None,
            posted=document.published,
            language=document.language,
            read_as=document.language,
            targets=self.targets.ids,
            mentions=self.targets.find(text, year=year),
        )

    def _comment(
        self,
        document: Document,
        comment: Comment,
        named: _Named,
        parent: _Named,
        article: _Named,
    ) -> _Passage:
        own, mentions = named
        known = comment.language != UNKNOWN_LANGUAGE
        return _Passage(
            unit=Unit.COMMENT,
            identifier=comment.comment_id,
            text=comment.text,
            own=own,
            author=self.naming(comment.author, document.outlet),
            posted=comment.posted,
            language=comment.language,
            read_as=comment.language if known else document.language,
            targets=self._wanted(comment),
            mentions=mentions,
            columns=comment.columns,
            parent=parent,
            article=article,
        )

    def _wanted(self, comment: Comment) -> tuple[str, ...]:
        """Give the targets that a table asks for in this row, else those of the run."""
        if comment.targets is None:
            return self.targets.ids
        return tuple(dict.fromkeys(known for name in comment.targets if (known := self.targets.id_of(name))))

    def _score_passages(self, passages: Sequence[tuple[Document, _Passage]]) -> Iterator[Score]:
        from stance.scoring.instances import make_instance

        covered = [p.read_as in SENTIMENT_LANGUAGES for _, p in passages]
        texts = [p.own for (_, p), english in zip(passages, covered, strict=True) if english]
        compounds = iter(self.sentiment.score(texts))
        sentiments = [next(compounds) if english else None for english in covered]
        pairs = [
            (
                document,
                passage,
                sentiment,
                make_instance(
                    passage.own,
                    target,
                    passage.mentions,
                    parent=passage.parent[0],
                    parent_mentions=passage.parent[1],
                    article=passage.article[0],
                    article_mentions=passage.article[1],
                    language=passage.read_as,
                ),
            )
            for (document, passage), sentiment in zip(passages, sentiments, strict=True)
            for target in passage.targets
        ]
        covered_pairs = [instance for _, passage, _, instance in pairs if self._is_covered(passage)]
        judged = self.model.judge(covered_pairs)
        reasons = (judged.reasons.get(row) for row in range(len(covered_pairs)))
        answers = zip(judged.probabilities.tolist(), judged.evidence, reasons, strict=True)
        for document, passage, sentiment, instance in pairs:
            none = (None, _spans(instance), None)
            probabilities, evidence, reason = next(answers) if self._is_covered(passage) else none
            yield self.decide(
                Score(
                    document=document.document_id,
                    outlet=document.outlet,
                    unit=passage.unit,
                    comment=passage.identifier,
                    author=passage.author,
                    target=instance.target,
                    probabilities=None if probabilities is None or isnan(probabilities[0]) else tuple(probabilities),
                    sentiment=sentiment,
                    target_sentiment=None if sentiment is None else self._target_sentiment(passage, instance),
                    via=instance.via,
                    evidence=evidence,
                    language=passage.language,
                    model=self.model.name,
                    posted=passage.posted,
                    columns=passage.columns,
                    undecided=reason,
                )
            )

    def decide(self, score: Score) -> Score:
        """Leave a score undecided where no stance is probable enough."""
        if score.probabilities is None or max(score.probabilities) >= self.abstain:
            return score
        return replace(score, probabilities=None, undecided=f"{UNSURE} {self.abstain:g}")

    def _is_covered(self, passage: _Passage) -> bool:
        """Tell whether the model may judge a text: it was made and measured on comments, in the languages it names."""
        return passage.unit is Unit.COMMENT and passage.read_as in self.model.languages

    def _target_sentiment(self, passage: _Passage, instance: "Instance") -> float | None:
        return self.sentiment.score_mentions(passage.own, passage.mentions, instance.target)


def make_scorer(
    *,
    targets: Path | None = None,
    target: Sequence[str] | None = None,
    model: "str | Path | Scorer" = "default",
    names: bool = False,
    key_file: Path | None = None,
    body: bool = False,
    abstain: float = 0.0,
    settings: "ScorerSettings | None" = None,
    cues: Path | None = None,
) -> DocumentScorer:
    """Load what scoring needs.

    :param targets: A user's file, which adds to the shipped targets or replaces them.
    :param target: The targets to score, by id; all that are not background where not given.
    :param model: The name of a model, a model folder, or a model that is loaded.
    :param names: Show names of commenters in place of pseudonyms.
    :param key_file: The key of the pseudonyms; that of the project where not given.
    :param body: Score paragraphs too.
    :param abstain: Leave pairs undecided whose highest probability is lower, in [0, 1).
    :param settings: What a model that is plugged in is told beside its name.
    :param cues: A folder of the user's own cues.
    :raises TargetError: If the file cannot be used or a target is not defined.
    :raises ModelError: If the model cannot be loaded.
    :raises ConfigError: If the key cannot be read or made, or a setting is not valid.
    """
    from stance.pseudonyms import choose_naming
    from stance.targets import load_targets

    check_abstain(abstain)
    found = load_targets(targets)
    return DocumentScorer(
        targets=found.select(target) if target else found,
        model=open_model(model, found, settings, cues) if isinstance(model, str | Path) else model,
        naming=choose_naming(names, key_file),
        body=body,
        abstain=abstain,
    )


def open_model(
    name: str | Path, targets: "TargetSet", settings: "ScorerSettings | None" = None, cues: Path | None = None
) -> "Scorer":
    """Load a model, tell it what the targets are called, and give it the user's own cues."""
    from stance.registry import Registry, resolve_model
    from stance.scoring.own_cues import with_own_cues
    from stance.scoring.scorers import load_scorer
    from stance.scoring.settings import ScorerSettings

    settings = settings or ScorerSettings()
    labels = {target.target_id: target.label for target in targets.targets}
    found = resolve_model(name, Registry.open(settings.registry))
    return with_own_cues(load_scorer(found, replace(settings, labels=labels)), cues)


def check_abstain(abstain: float) -> None:
    """Refuse a probability that no stance can fall below, or none reach.

    :raises ConfigError: If it is not in [0, 1).
    """
    if not 0 <= abstain < 1:
        raise ConfigError(f"--abstain {abstain:g}; expected a probability from 0 to below 1")


def _sentiment_scorer() -> "SentimentScorer":
    from stance.scoring.sentiment import SentimentScorer

    return SentimentScorer()


def _spans(instance: "Instance") -> tuple[tuple[int, int], ...]:
    return tuple((m.start, m.end) for m in instance.mentions if m.target == instance.target)


def _year(date: str | None) -> int | None:
    return int(date[:4]) if date and date[:4].isdigit() else None
