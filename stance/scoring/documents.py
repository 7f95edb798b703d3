"""Score the comments of documents, and the sentences of their articles.

Nothing here depends on other documents or keeps state between them, so an engine (``workers/``) may do it in this
process, in several, or on other machines, with the same result.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from functools import cache, lru_cache
from itertools import chain, groupby, islice
from math import isnan, nan
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from stance import datamodels
from stance.datamodels import Comment, Document, Mention, Record, Score, Sentence, Strings, Unit, Via, frozen, read_as
from stance.log import notify_scored
from stance.pseudonyms import Naming, person
from stance.scoring.answers import Kept, TextAnswer, judge
from stance.scoring.instances import Context, Instance, Scorer, decision_of, make_instance, mention_spans
from stance.scoring.sentences import ENGLISH
from stance.scoring.sentiment import score_mentions, score_text

if TYPE_CHECKING:
    from stance.scoring.targets.target_set import TargetSet
    from stance.scoring.voices.tone import Passage

BATCH = 128
"""Comments scored together: large enough that the cost per batch vanishes; ``default`` scores them in some seconds."""


_Named = tuple[str, tuple[Mention, ...]]
"""A text and the mentions in it."""


class _ScoredText(NamedTuple):
    """A text to score toward some targets."""

    comment: Comment  # evidence is a part of its text
    own: str  # the writer's own words: quoted parts blanked, as long as the text
    mentions: tuple[Mention, ...]  # in these words
    author: str | None  # as shown in scores
    read_as: str  # language as scored: that of the document where the text is too short to detect it
    instances: tuple[Instance, ...]  # one per target


@frozen
class DocumentScorer:
    """Scores documents toward targets."""

    targets: "TargetSet"
    model: Scorer
    naming: Naming
    articles: bool = False  # score the sentences of articles
    chosen_languages: Strings | None = None  # to score; None: those that the model was measured to be good in
    answers: Kept = field(default_factory=dict, repr=False)  # of an interrupted run

    @property
    def languages(self) -> Strings:
        """The languages that are scored: those of the model that are chosen, else all but experimental ones."""
        if self.chosen_languages:
            return tuple(code for code in self.model.languages if code in self.chosen_languages)
        experimental = getattr(self.model, "experimental", ())
        return tuple(code for code in self.model.languages if code not in experimental)

    @staticmethod
    def free() -> None:
        """Free the weights of encoders, which are loaded again if another text is read."""
        from stance.scoring.weights import free_encoders

        free_encoders()

    def score(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Score documents in batches of comments; a long one in several, so that no more is held than its scores.

        :param documents: With their languages detected.
        :return: In the same order; one score per comment and target asked for.
        """
        scored: list[Score] = []  # of a document whose end is not reached
        for batch in self._batches(documents):
            scores = self._score_passages([(document, passage) for document, passage in batch if passage])
            for document, passage in batch:
                if passage:
                    scored += islice(scores, len(passage.instances))
                else:
                    yield replace(document, scores=(*self._score_article(document), *scored))
                    scored = []

    def _batches(self, documents: Iterable[Document]) -> Iterator[list[tuple[Document, _ScoredText | None]]]:
        """Cut documents into batches of :data:`BATCH` passages; None ends a document, and counts as one."""
        batch = []
        left = BATCH
        for document in documents:
            for passage in chain(self._passages(document), (None,)):
                batch.append((document, passage))
                left -= 1 + (len(passage.comment.text) // 2_000 if passage else 0)
                if left <= 0:
                    yield batch
                    batch, left = [], BATCH
        if batch:
            yield batch

    def _passages(self, document: Document) -> Iterator[_ScoredText]:
        year = _year(document.published)
        article = Context(document.title or "", document.lead or "")
        article_mentions = self.targets.find(article.article, year=year, language=document.language)
        # Of several of an id, answers are to the first.
        comments = {comment.comment_id: comment for comment in reversed(document.comments)}
        named_in = lru_cache(256)(lambda identifier: self._found(document, comments[identifier], year))
        latest: dict[str, str] = {}  # own words of the latest reply, by what it answers
        for comment in document.comments:
            language = read_as(comment.language, document.language)
            parent: _Named = ("", ())
            if comment.parent_text:
                parent = (comment.parent_text, self.targets.find(comment.parent_text, year=year, language=language))
            elif comment.reply_to in comments:
                parent = named_in(comment.reply_to)
            is_first = comments[comment.comment_id] is comment
            words, mentions = named_in(comment.comment_id) if is_first else self._found(document, comment, year)
            before = ""
            if answered := comment.reply_to or comment.parent_text:
                before, latest[answered] = latest.get(answered, ""), words
            saw = Context(article.headline, article.lead, parent[0], before, comment.quoted or "")
            facts: Record = {"context": saw, "language": language}
            facts |= {"parent_mentions": parent[1], "article_mentions": article_mentions}
            targets = self.targets.ids
            if comment.targets is not None:  # that a table requests for this row
                targets = tuple(dict.fromkeys(filter(None, map(self.targets.id_of, comment.targets))))
            instances = tuple([make_instance(words, target, mentions, **facts) for target in targets])
            author = self.naming(person(comment.author, document.layout), document.outlet, document.layout)
            yield _ScoredText(comment, words, mentions, author, language, instances)

    def _found(self, document: Document, comment: Comment, year: int | None) -> _Named:
        words = comment.own_words
        language = read_as(comment.language, document.language)
        return words, self.targets.find(words, year=_year(comment.posted) or year, language=language)

    def _score_passages(self, passages: Sequence[tuple[Document, _ScoredText]]) -> Iterator[Score]:
        languages, reads_context = self.languages, getattr(self.model, "reads_context", True)
        covered = [case for _, passage in passages if passage.read_as in languages for case in passage.instances]
        judged, lines = judge(self.model, covered, self.answers)
        answers = iter(judged)
        notify_scored(sum(bool(document.source) for document, _ in passages), lines)
        for document, passage in passages:
            compound = score_text(passage.own) if passage.read_as == ENGLISH else None  # as VADER is
            is_covered, decision = passage.read_as in languages, decision_of(self.model, passage.read_as)
            for instance in passage.instances:
                answer = next(answers) if is_covered else TextAnswer([nan], mention_spans(instance))
                of_target, sentiment = None, compound
                if compound is None:
                    sentiment = (
                        None if isnan(answer.sentiment) else round(answer.sentiment, 4)
                    )  # as VADER's compound has
                elif passage.mentions:
                    of_target = score_mentions(passage.own, passage.mentions, instance.target)
                is_possible = instance.via not in (Via.TEXT, None) and not reads_context
                yield Score(
                    document=document.document_id,
                    outlet=document.outlet,
                    unit=Unit.COMMENT,
                    comment=passage.comment.comment_id,
                    author=passage.author,
                    target=instance.target,
                    probabilities=None if answer.is_missing else tuple(answer.probabilities),
                    sentiment=sentiment,
                    target_sentiment=of_target,
                    sentiment_method=datamodels.sentiment_method(sentiment, passage.read_as),
                    via=None if is_possible else instance.via,
                    possible=instance.via if is_possible else None,
                    evidence=answer.evidence,
                    language=passage.comment.language,
                    model=self.model.name,
                    posted=passage.comment.posted,
                    columns=passage.comment.columns,
                    undecided=answer.reason,
                    decision=decision,
                )

    def _score_article(self, document: Document) -> Iterator[Score]:
        """Score the sentences of an article, each toward the targets that it names."""
        if not self.articles:
            return
        from stance.scoring.voices.tone import decide, tone_reader

        # In languages that it was tested in, and not with VADER.
        is_read = document.language in tone_reader().languages and self.model.name.partition("@")[0] != datamodels.VADER
        sentences = list(named_sentences(document, self.targets, is_read=is_read))
        tones_read = tone_reader().read([item.passage for item in sentences]) if is_read else [None] * len(sentences)
        for sentence, tones in zip(sentences, tones_read, strict=True):
            yield Score(
                document=document.document_id,
                outlet=document.outlet,
                unit=Unit.SENTENCE,
                comment=datamodels.sentence_id(sentence.number),
                author=None,
                target=sentence.passage.target,
                via=Via.TEXT,
                evidence=sentence.passage.spans,
                language=document.language,
                model=self.model.name,
                posted=document.published,
                sentence=sentence.sentence,
                tones=tones and datamodels.rounded(tones),
                tone=decide(tones, tone_reader().card["gate"]) if tones else None,
            )


def is_dateline(text: str, mention: Mention) -> bool:
    """Return whether a mention is part of the place, the date and the agency that a report begins with."""
    # Pattern of "LONDON (AP) - ", and of a whole sentence "ROME, 5 May - Some Agency."; date and agency are group 2.
    dateline = (
        r"\W{0,3}([^\W\d_][\w.' ]{2,40}?)(,[^()–—-]{0,30}\d[^()–—-]{0,20}|[^()–—-]{0,40}\([^()]{2,40}\))?"
        r"(?:\s?[-–—]{1,2}\s(?:[^\s.]+(?: [^\s.]+)?\.$)?|(?<=\w)\.$)"
    )
    match = re.match(dateline, text)
    if not match or not match[1].isupper() or mention.end > match.end():
        return False
    return mention.kind in ("metonym", "institution") or mention.end <= match.end(2)


class NamedSentence(NamedTuple):
    """A sentence of an article that names a target."""

    number: int  # in the article, from 1
    sentence: Sentence
    passage: "Passage"


def named_sentences(document: Document, targets: "TargetSet", *, is_read: bool = False) -> Iterator[NamedSentence]:
    """Yield the sentences of an article that name targets, once for each of these, in article order.

    :param is_read: A network reads those of which the rules leave the voice unsure.
    """
    from stance.scoring.voices.sentences import read_sentences
    from stance.scoring.voices.tone import Passage

    year, headline = _year(document.published), document.title or ""

    @cache
    def find(text: str) -> tuple[Mention, ...]:
        mentions = targets.find(text, year=year, language=document.language)
        return tuple(mention for mention in mentions if not is_dateline(text, mention))

    sentences = read_sentences(document, lambda text: is_read and bool(find(text)))
    for number, sentence in enumerate(sentences):
        spans = datamodels.grouped((mention.target, (mention.start, mention.end)) for mention in find(sentence.text))
        before = sentences[number - 1].text if number else ""
        after = sentences[number + 1].text if number + 1 < len(sentences) else ""
        for target in targets.ids:
            if mentions := spans.get(target):
                passage = Passage(sentence.text, target, tuple(mentions), sentence.voice, before, after, headline)
                yield NamedSentence(number + 1, sentence, passage)


def sentences_as_comments(document: Document, targets: "TargetSet") -> Document:
    """Put the sentences of an article that name a target in the place of its comments, to be drawn and labelled.

    :return: Each sentence with the one before as what it answers, and the targets that it names.
    """
    comments = []
    for number, group in groupby(named_sentences(document, targets), key=attrgetter("number")):
        passages = [sentence.passage for sentence in group]
        context: Record = {"language": document.language, "parent_text": passages[0].before or None}
        named = tuple(passage.target for passage in passages)
        comments.append(Comment(datamodels.sentence_id(number), passages[0].text, targets=named, **context))
    return replace(document, comments=tuple(comments), scores=(), stated_comments=None)


def _year(date: str | None) -> int | None:
    return int(date[:4]) if date and date[:4].isdigit() else None
