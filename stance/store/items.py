"""Items to label: comments and sentences with their targets, made of rows of tables, documents and scores."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stance import datamodels
from stance.datamodels import Comment, Document, OnSkip, Record, Score, Skip, Stance, Unit, frozen
from stance.pseudonyms import Naming

MAX_TARGETS = 200
"""Maximum number of targets of one comment: the form of its page stays well below ``guard.MAX_BODY``."""


@frozen
class Guess:
    """The most probable stance of a pair, by a model."""

    label: Stance
    probability: float
    model: str


@frozen
class Pair:
    """A target of an item, with how it was drawn."""

    target: str
    role: str = "train"
    probability: float | None = None
    guess: Guess | None = None


@frozen
class Item:
    """A comment, or a sentence of an article, to label, with its article and the text that it answers or follows."""

    identifier: str  # as scores call the comment, if it comes from them
    text: str
    pairs: tuple[Pair, ...]
    document: str | None = None
    outlet: str | None = None
    author: str | None = None
    parent: str | None = None
    title: str | None = None
    lead: str | None = None
    language: str | None = None
    stratum: str | None = None
    given: "tuple[tuple[str, Answer], ...]" = ()  # annotator and label, where a table has one for each target
    unit: Unit = Unit.COMMENT

    @property
    def has_guess(self) -> bool:
        """Whether a model has scored it."""
        return any(pair.guess for pair in self.pairs)


@frozen
class Answer:
    """An annotator's answer about one target: a label, a doubt, or a label in doubt."""

    target: str
    label: Stance | None
    is_unsure: bool = False


def row_id(document: str | None, comment: str | None) -> str:
    """Name a comment among all documents: ``document/comment``, with the ids that scores have."""
    return f"{document or ''}/{comment or ''}"


def make_item(
    document: Document, comment: Comment, targets: Iterable[str], naming: Naming, texts: Mapping[str, str]
) -> Item:
    """Return a comment as an item to label; it names no document where its article is unknown.

    :param naming: Replaces names of authors.
    :param texts: Comments of the document by their ids.
    """
    return Item(
        identifier=row_id(document.document_id, comment.comment_id),
        text=comment.text,
        pairs=tuple(Pair(target) for target in dict.fromkeys(targets)),
        document=None if document.articles else document.document_id,
        outlet=document.outlet,
        author=naming(comment.author, document.outlet, document.layout),
        parent=comment.parent_text or texts.get(comment.reply_to or ""),
        title=document.title,
        lead=document.lead,
        language=datamodels.read_as(comment.language, document.language),
    )


Guesses = dict[tuple[str, str], Guess]
"""By identifier of an item and target."""


def guesses_of(scores: Iterable[Score]) -> Guesses:
    """Return the stance that the model gave each scored comment and target."""
    return {
        (row_id(score.document, score.comment), score.target): Guess(stance, probability, score.model)
        for score in scores
        if score.unit is Unit.COMMENT and (probability := score.probability) and (stance := score.stance)
    }


def with_guesses(item: Item, guesses: Guesses) -> Item:
    """Add a model's guesses to the pairs of an item."""
    pairs = (replace(pair, guess=guesses.get((item.identifier, pair.target))) for pair in item.pairs)
    return replace(item, pairs=tuple(pairs))


def items_of_rows(records: Iterable[Record], skip: OnSkip) -> list[Item]:
    """Gather the rows of a sample into one item for each comment.

    A pair that is both for audit and for training, as where samples overlap, stays an audit pair in any order.

    :param records: Checked rows of label tables. A pair that has a label is not asked for again.
    :param skip: Called with each row that has the id of another text, and with comments in both roles.
    :return: In the order of the rows. An item has the pairs without a label, or if there are none, all with labels.
    """
    rows = list(records)
    items: dict[str, Item] = {}
    pairs: dict[str, dict[str, Pair]] = {}
    labels: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    in_both = set()
    for row, identifier in zip(rows, _identifiers(rows), strict=True):
        names = ("document", "outlet", "author", "parent", "title", "lead", "stratum")
        cells: Record = {name: row.get(name) for name in names} | {"unit": Unit(row.get("unit", Unit.COMMENT))}
        item = items.setdefault(identifier, Item(identifier, row["text"], (), language=row["lang"], **cells))
        if item.text != row["text"]:
            skip(Skip(f"id {identifier[:80]}", "another text has this id; expected one id for each comment"))
            continue
        pair, by_target = Pair(row["target"], row["role"], row["probability"]), pairs.setdefault(identifier, {})
        if (earlier := by_target.setdefault(pair.target, pair)).role != pair.role:
            in_both.add(identifier)
            by_target[pair.target] = pair if pair.role == "audit" else earlier
        elif (pair.probability or 0.0) > (earlier.probability or 0.0):  # of the larger draw
            by_target[pair.target] = pair
        if row["label"]:
            labels[identifier][row["annotator"], pair.target].add(row["label"])
    for identifier in (key for key, by_target in pairs.items() if len(by_target) > MAX_TARGETS):
        reason = f"more than {MAX_TARGETS} targets, more than a person can judge; the others are left out"
        skip(Skip(f"id {identifier[:80]}", reason))
    if in_both:
        reason = "in an audit sample and in a training sample: used for the audit only; see --exclude"
        skip(Skip("samples", f"{datamodels.counted(len(in_both), 'comment')} {reason}"))
    return [_with_pairs(item, tuple(pairs[name].values())[:MAX_TARGETS], labels[name]) for name, item in items.items()]


def _with_pairs(item: Item, pairs: tuple[Pair, ...], labels: Mapping[tuple[str, str], set[str]]) -> Item:
    """Add to an item its pairs without a label; if there are none, all pairs and their labels.

    :param labels: By annotator and target; of several by one annotator, none is known to hold.
    """
    answers = [(who, Answer(target, Stance(*kinds))) for (who, target), kinds in labels.items() if len(kinds) == 1]
    done = {answer.target for _, answer in answers}
    waiting = tuple(pair for pair in pairs if pair.target not in done)
    return replace(item, pairs=waiting or pairs, given=() if waiting else tuple(answers))


def _identifiers(rows: Sequence[Record]) -> list[str]:
    """Identify the comment of each row: by its id, or by its text if it has none.

    Where that fits comments of several documents, or several replies of the same words, these are added.
    """
    names = [row["id"] or _text_name(row["document"], row["text"]) for row in rows]
    scopes = [row["document"] if row["id"] else " ".join((row["parent"] or "").split()) for row in rows]
    by_name: dict[str, set[str]] = defaultdict(set)
    for name, scope in zip(names, scopes, strict=True):
        if scope is not None:  # an id without a document may be of any
            by_name[name].add(scope)
    return [
        name if not scope or len(by_name[name]) == 1 else f"{scope}/{name}" if row["id"] else _text_name(name, scope)
        for row, name, scope in zip(rows, names, scopes, strict=True)
    ]


def _text_name(document: str | None, text: str) -> str:
    return "text " + hashlib.sha256(f"{document or ''}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def items_of_document(document: Document, targets: Sequence[str], naming: Naming) -> Iterator[Item]:
    """Yield the comments of a document as items to label toward all targets, or those that a table asks for."""
    texts = {comment.comment_id: comment.text for comment in document.comments}
    for comment in document.comments:
        wished = targets if comment.targets is None else comment.targets
        if comment.text.strip() and wished:
            yield make_item(document, comment, wished, naming, texts)


def with_target_ids(item: Item, id_of: Callable[[str], str | None]) -> Item:
    """Replace names of targets by their ids.

    :param id_of: From a name of a target to its id; None: it is defined nowhere.
    """
    pairs: dict[str, Pair] = {}
    for pair in item.pairs:
        target = id_of(pair.target) or pair.target
        pairs.setdefault(target, replace(pair, target=target))
    answers = tuple((who, replace(answer, target=id_of(answer.target) or answer.target)) for who, answer in item.given)
    return replace(item, pairs=tuple(pairs.values()), given=answers)


def read_pair(target: str, role: str, probability: float | None, *guess: Any) -> Pair:
    """Make a pair of its row: target, role, probability, and label, probability and model of a guess."""
    label, sure, model = guess
    return Pair(target, role, probability, Guess(Stance(label), sure or 0.0, model or "") if label else None)
