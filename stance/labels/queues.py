"""Gather comments to label as items, and assign them to annotators.

Items come in one random order that all annotators share, and some are labelled by all, so that agreement can be
measured. An annotator who stops early has still labelled a random part of the sample, and two who stop early have
labelled the same part of the overlap.
"""

import getpass
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

from stance.datamodels import ADJUDICATED, Comment, Document, Record, Score, Skip, Unit, counted, read_as
from stance.exceptions import LabelError
from stance.labels import Row
from stance.pseudonyms import Naming
from stance.store.labels import Guess, Item, LabelStore, Pair

MAX_TARGETS = 200
"""Maximum number of targets of one comment: the form of its page stays well below ``guard.MAX_BODY``."""

MAX_NAME = 40
"""Maximum number of characters of the name of an annotator."""

DEFAULT_OVERLAP = 0.2
"""Share of the items that all annotators label: enough for an interval of agreement."""

_Started = tuple[int, str, frozenset[str]]  # number and identifier of an item, annotators who have started it


_FIELDS = ("document", "outlet", "author", "parent", "title", "lead", "stratum")

# Items ----------------------------------------------------------------------------------------------------------------


def row_id(document: str | None, comment: str | None) -> str:
    """Name a comment among all documents: ``document/comment``, with the ids that scores have."""
    return f"{document or ''}/{comment or ''}"


def make_item(
    document: Document, comment: Comment, targets: Iterable[str], naming: Naming, texts: Mapping[str, str]
) -> Item:
    """Return a comment as an item to label.

    :param naming: Replaces names of authors.
    :param texts: Comments of the document by their ids.
    """
    return Item(
        identifier=row_id(document.document_id, comment.comment_id),
        text=comment.text,
        pairs=tuple(Pair(target) for target in dict.fromkeys(targets)),
        document=document.document_id,
        outlet=document.outlet,
        author=naming(comment.author, document.outlet),
        parent=comment.parent_text or texts.get(comment.reply_to or ""),
        title=document.title,
        lead=document.lead,
        language=read_as(comment.language, document.language),
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


def items_of_rows(records: Iterable[Row], skip: Callable[[Skip], None]) -> list[Item]:
    """Gather the rows of a sample into one item for each comment.

    A pair that is both for audit and for training, as where samples overlap, stays an audit pair in any order.

    :param records: Checked rows of label tables; their labels, if they have any, are not used.
    :param skip: Called with each row that has the id of another text, and with comments in both roles.
    :return: In the order of the rows.
    """
    rows = list(records)
    items: dict[str, Item] = {}
    pairs: dict[str, dict[str, Pair]] = {}
    in_both = set[str]()
    for row, identifier in zip(rows, _identifiers(rows), strict=True):
        fields = {name: row.get(name) for name in _FIELDS}
        item = items.setdefault(identifier, Item(identifier, row["text"], (), language=row["lang"], **fields))
        if item.text != row["text"]:
            skip(Skip(f"id {identifier[:80]}", "another text has this id; expected one id for each comment"))
            continue
        pair, asked = Pair(row["target"], row["role"], row["probability"]), pairs.setdefault(identifier, {})
        if (known := asked.setdefault(pair.target, pair)).role != pair.role:
            in_both.add(identifier)
            asked[pair.target] = pair if pair.role == "audit" else known
    for identifier in (each for each, asked in pairs.items() if len(asked) > MAX_TARGETS):
        reason = f"more than {MAX_TARGETS} targets; expected as many as a person can judge: the others are left out"
        skip(Skip(f"id {identifier[:80]}", reason))
    if in_both:
        reason = "in an audit sample and in one to train on: audited, and not trained on; see --exclude"
        skip(Skip("samples", f"{counted(len(in_both), 'comment')} {reason}"))
    return [replace(item, pairs=tuple(pairs[name].values())[:MAX_TARGETS]) for name, item in items.items()]


def _identifiers(rows: Sequence[Row]) -> list[str]:
    """Identify the comment of each row: by its id, or by its text if it has none.

    Where that fits comments of several documents, or several replies of the same words, these are added.
    """
    names = [row["id"] or _text_name(row["document"], row["text"]) for row in rows]
    places = [row["document"] if row["id"] else " ".join((row["parent"] or "").split()) for row in rows]
    found: dict[str, set[str]] = defaultdict(set)
    for name, place in zip(names, places, strict=True):
        if place is not None:  # an id without a document may be of any
            found[name].add(place)
    return [
        name if not place or len(found[name]) == 1 else f"{place}/{name}" if row["id"] else _text_name(name, place)
        for row, name, place in zip(rows, names, places, strict=True)
    ]


def _text_name(document: str | None, text: str) -> str:
    return "text " + hashlib.sha256(f"{document or ''}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def items_of_document(document: Document, targets: Sequence[str], naming: Naming) -> Iterator[Item]:
    """Yield the comments of a document as items to label toward all targets, or those that a table asks for."""
    texts = {comment.comment_id: comment.text for comment in document.comments}
    for comment in document.comments:
        asked = targets if comment.targets is None else comment.targets
        if comment.text.strip() and asked:
            yield make_item(document, comment, asked, naming, texts)


def with_target_ids(item: Item, id_of: Callable[[str], str | None]) -> Item:
    """Replace names of targets by their ids.

    :param id_of: From a name of a target to its id; None: it is defined nowhere.
    """
    pairs: dict[str, Pair] = {}
    for pair in item.pairs:
        target = id_of(pair.target) or pair.target
        pairs.setdefault(target, replace(pair, target=target))
    return replace(item, pairs=tuple(pairs.values()))


# Assignment -----------------------------------------------------------------------------------------------------------


def place_of(identifier: str, seed: int, purpose: str = "order") -> str:
    """Return the place of an item in a random order: 16 hexadecimal digits, the same for the same seed.

    :param purpose: Another purpose gives another order.
    """
    return hashlib.sha256(f"{purpose}\n{seed}\n{identifier}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def assign(items: Iterable[_Started], annotators: Sequence[str], *, overlap: float, seed: int) -> dict[str, list[int]]:
    """Assign items to annotators: the overlap to all, the other unstarted ones to the annotator with the fewest.

    Started items stay with their annotators, so this may be repeated when annotators or items are added.

    :param annotators: Those who go on labelling.
    :param overlap: Share of the items that all label, in [0, 1].
    :return: The items of each annotator, labelled ones too.
    """
    in_order = sorted(items, key=lambda item: place_of(item[1], seed))
    drawn = sorted(in_order, key=lambda item: place_of(item[1], seed, "overlap")) if len(annotators) > 1 else []
    shared = {number for number, *_ in drawn[: ceil(overlap * len(drawn) - 1e-9)]}
    assigned: dict[str, list[int]] = {annotator: [] for annotator in annotators}
    to_do = dict.fromkeys(annotators, 0)
    for number, _, started in in_order:
        holders = sorted(started)
        if number in shared:
            holders += [annotator for annotator in annotators if annotator not in started]
        elif not started and annotators:
            holders = [min(to_do, key=to_do.__getitem__)]
        for annotator in holders:
            assigned.setdefault(annotator, []).append(number)
            if annotator in to_do and annotator not in started:
                to_do[annotator] += 1
    return assigned


def check_annotator(name: str) -> str:
    """Check the name of an annotator, and return it with single spaces.

    :raises LabelError: If it is empty, too long, not printable, or that of the adjudicator.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > MAX_NAME or not plain.isprintable() or plain.casefold() == ADJUDICATED:
        wanted = f"a name of 1 to {MAX_NAME} characters other than {ADJUDICATED}"
        raise LabelError(f"annotator {name[:MAX_NAME]!r}; expected {wanted}")
    return plain


def read_annotators(annotator: str | None, annotators: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Read the annotator at this page, and those who share the work, from the command line.

    :param annotators: Separated by commas.
    :raises LabelError: If a name cannot be used, or ``annotator`` is not among ``annotators``.
    """
    here = None if annotator is None else check_annotator(annotator)
    team = () if annotators is None else tuple(dict.fromkeys(map(check_annotator, annotators.split(","))))
    if here and team and here not in team:
        raise LabelError(f"annotator {here!r}; expected one of those who share the work: {', '.join(team)}")
    return here, team


def read_settings(store: LabelStore) -> tuple[int, float]:
    """Read the seed of the order of items, and the share of them that all annotators label.

    :raises LabelError: If one is not a number in its range, as others may have written the file.
    """
    written, part = store.setting("seed") or "0", store.setting("overlap") or repr(DEFAULT_OVERLAP)
    try:
        seed, overlap = int(written), float(part)
        if not 0 <= overlap <= 1:
            raise ValueError
    except ValueError:
        seen = f"seed {written[:20]!r}, overlap {part[:20]!r}"
        raise LabelError(f"{store.path}: {seen}; expected a whole number and one in [0, 1]") from None
    return seed, overlap


def add_sample(path: Path, items: Sequence[Item], design: Record) -> int:
    """Add a sample to the store that it was drawn from.

    :return: How many pairs of comment and target are new there.
    :raises StoreError: If the store cannot be written, or holds a pair in the other role.
    """
    with LabelStore.write(path, is_shared=True) as store:
        store.add_settings({"seed": str(design["seed"])})
        seed, _ = read_settings(store)
        return store.add_items(items, lambda identifier: place_of(identifier, seed), design)


def open_queues(
    store: LabelStore, items: Sequence[Item], here: str | None, team: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Add items to a store, assign the work, and return who works at the page.

    :param here: The annotator at this page; None: all who share the work.
    :param team: Those who share the work from now on; empty: those who did, and the annotator at this page.
    :raises LabelError: If the store's seed or overlap is not a number, as others may have written the file.
    """
    seed, overlap = read_settings(store)
    store.add_items(items, lambda identifier: place_of(identifier, seed))

    def choose(before: tuple[str, ...]) -> tuple[str, ...]:
        mine = () if here is None or here in before else (here,)
        return team or (*before, *mine) or (login(),)

    sharing = store.share_items(choose, lambda started, names: assign(started, names, overlap=overlap, seed=seed))
    return (here,) if here else sharing


def login() -> str:
    """Name an annotator after the system's user, so that two people who give no name are not taken for one."""
    try:
        return check_annotator(getpass.getuser())
    except (LabelError, OSError, KeyError):
        return "annotator"
