"""What comes in to be labelled: rows of a sample, or comments of documents, each as one item with all its targets."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Score, Skip
from stance.labels.store import Guess, Item, Pair
from stance.pseudonyms import Naming

Key = tuple[str, str]
"""An item, by its identifier, and a target."""

MAX_TARGETS = 200
"""Targets of one comment: the form of its page stays well under what a form may hold (``guards.MAX_BODY``)."""

_COPIED = ("document", "outlet", "author", "parent", "title", "lead", "stratum")


def items_of_rows(records: Iterable[Mapping[str, Any]], skip: Callable[[Skip], None]) -> list[Item]:
    """Gather the rows of a sample into items.

    What is to be audited and trained on too, as where samples overlap, stays to be audited, whichever comes first.

    :param records: Checked rows of label tables; their labels, if they have any, are not looked at.
    :param skip: Is told of each row that has the id of another text, and of comments in both roles.
    :return: In the order of the rows.
    """
    rows = list(records)
    items: dict[str, Item] = {}
    pairs: dict[str, dict[str, Pair]] = {}
    full: set[str] = set()
    in_both: set[str] = set()
    for record, identifier in zip(rows, _identifiers(rows), strict=True):
        item = _item_of_row(record, identifier)
        asked, (pair,) = pairs.setdefault(identifier, {}), item.pairs
        if items.setdefault(identifier, item).text != item.text:
            skip(Skip(f"id {identifier[:80]}", "another text has this id; expected one id for each comment"))
        elif pair.target in asked:
            if asked[pair.target].role != pair.role:
                in_both.add(identifier)
                asked[pair.target] = pair if pair.role == "audit" else asked[pair.target]
        elif len(asked) < MAX_TARGETS:
            asked[pair.target] = pair
        elif identifier not in full:
            full.add(identifier)
            reason = f"more than {MAX_TARGETS} targets; expected as many as a person can judge"
            skip(Skip(f"id {identifier[:80]}", f"{reason}: the others are left out"))
    if in_both:
        reason = "stand in an audit sample and in one to train on: audited, and not trained on; see --exclude"
        skip(Skip("samples", f"{len(in_both)} comments {reason}"))
    return [replace(item, pairs=tuple(pairs[identifier].values())) for identifier, item in items.items()]


def _identifiers(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the comment of each row: by its id, or by its text where it has none.

    Where that names comments of several documents, or several answers of the same words, these are named too.
    """
    names = [row["id"] or _digest(row["document"], row["text"]) for row in rows]
    places = [row["document"] if row["id"] else " ".join((row["parent"] or "").split()) for row in rows]
    found: dict[str, set[str]] = defaultdict(set)
    for name, place in zip(names, places, strict=True):
        if place is not None:  # an id without a document may be of any
            found[name].add(place)
    return [
        name if not place or len(found[name]) == 1 else f"{place}/{name}" if row["id"] else _digest(name, place)
        for row, name, place in zip(rows, names, places, strict=True)
    ]


def _item_of_row(record: Mapping[str, Any], identifier: str) -> Item:
    pair = Pair(record["target"], record["role"], record["probability"])
    given = {name: record.get(name) for name in _COPIED}
    return Item(identifier, record["text"], (pair,), language=record["lang"], **given)


def _digest(document: str | None, text: str) -> str:
    return "text " + hashlib.sha256(f"{document or ''}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def items_of_document(
    document: Document, targets: Sequence[str], naming: Naming, name: Callable[[str, str], str]
) -> Iterator[Item]:
    """Give the comments of a document as items to label toward all targets, or those that a table asks for.

    :param naming: What is shown of an author.
    :param name: From the ids of a document and a comment to that of the item.
    """
    texts = {comment.comment_id: comment.text for comment in document.comments}
    for comment in document.comments:
        asked = targets if comment.targets is None else comment.targets
        if comment.text.strip() and asked:
            yield Item(
                identifier=name(document.document_id, comment.comment_id),
                text=comment.text,
                pairs=tuple(Pair(target) for target in dict.fromkeys(asked)),
                document=document.document_id,
                outlet=document.outlet,
                author=naming(comment.author, document.outlet),
                parent=comment.parent_text or texts.get(comment.reply_to or ""),
                title=document.title,
                lead=document.lead,
                language=document.language if comment.language == UNKNOWN_LANGUAGE else comment.language,
            )


def with_ids(item: Item, id_of: Callable[[str], str | None]) -> Item:
    """Call the targets of an item by their ids, where its table calls them by their labels.

    :param id_of: From what a target is called to its id; None: it is defined nowhere.
    """
    pairs: dict[str, Pair] = {}
    for pair in item.pairs:
        target = id_of(pair.target) or pair.target
        pairs.setdefault(target, replace(pair, target=target))
    return replace(item, pairs=tuple(pairs.values()))


def with_guesses(item: Item, guesses: Mapping[Key, Guess]) -> Item:
    """Give an item what a model guesses of its pairs."""
    return replace(
        item, pairs=tuple(replace(pair, guess=guesses.get((item.identifier, pair.target))) for pair in item.pairs)
    )


def guess_of(score: Score) -> Guess | None:
    """Take from a score what the model guesses; None where it does not say."""
    if score.stance is None or score.probabilities is None:
        return None
    return Guess(score.stance, max(score.probabilities), score.model)


def guess_all(items: Sequence[Item], score: Callable[[Iterable[Document]], Iterable[Document]]) -> Iterator[Item]:
    """Let a model guess each item, before anybody labels it.

    :param score: Scores documents, in their order.
    """
    for item, scored in zip(items, score(map(_as_document, items)), strict=True):
        guessed = {(item.identifier, each.target): guess_of(each) for each in scored.scores}
        yield with_guesses(item, {key: guess for key, guess in guessed.items() if guess})


def _as_document(item: Item) -> Document:
    """Put an item as the only comment of a document: what a model needs to know of it."""
    comment = Comment(
        comment_id=item.identifier,
        text=item.text,
        parent_text=item.parent,
        language=item.language or UNKNOWN_LANGUAGE,
        targets=tuple(pair.target for pair in item.pairs),
    )
    return Document(item.identifier, item.identifier, title=item.title, lead=item.lead, comments=(comment,))
