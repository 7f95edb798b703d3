"""Sample: documents -> comments to label, each with the probability that it had of being drawn."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stance.datamodels import Comment, Document, Score, Skip, Unit
from stance.exceptions import InputError, LabelError
from stance.labelling.drawing import Draw, draw_units, stratify
from stance.labelling.frame import (
    NONE,
    Frame,
    FrameBuilder,
    Names,
    Shelf,
    read_as,
    row_id,
    text_digest,
)
from stance.labelling.samples import FEWEST_AUDITED, Design, DrawnComment, Sample
from stance.labelling.worth import MEASURES, Worths
from stance.scoring.instances import own_words

if TYPE_CHECKING:
    from stance.pseudonyms import Naming
    from stance.targets import TargetSet

ScoreDocuments = Callable[[Iterator[Document]], Iterator[Document]]

REPEATS = "the same text as another comment; counted once"
FEW_SHOWN = 5
SHARED_DIGITS = 8
"""Of the text's digest, behind an id that names several texts."""


def draw_sample(
    items: Iterable[Document | Score],
    design: Design | None = None,
    *,
    targets: "TargetSet",
    target: Sequence[str] | None = None,
    naming: "Naming",
    excluded: Collection[int] = (),
    score: ScoreDocuments | None = None,
) -> Sample:
    """Draw comments to label.

    The same documents give the same sample in whatever order they come.

    :param items: Documents with their languages told; for a draw by uncertainty or disagreement also their scores, in
        any order. Held on disk, not in memory.
    :param design: How to draw; 200 comments for an audit where not given.
    :param targets: The targets to label, and all that are known.
    :param target: The targets that the user chose; None: those of ``targets``, or those that a table's row asks for.
    :param naming: What is shown of an author.
    :param excluded: Digests of texts that are not to be drawn, as :func:`read_excluded` gives them.
    :param score: Scores documents; called only where the design needs scores and ``items`` holds none.
    :raises InputError: If there is nothing to draw from.
    :raises ConfigError: If there are more strata than comments to draw.
    """
    design = design or Design()
    worths = Worths(MEASURES[design.by], target) if design.by in MEASURES else None
    with Shelf() as shelf:
        builder = FrameBuilder(
            shelf,
            own_words=_own_words,
            names=_namer(targets) if "target" in design.stratify else None,
            targets=target,
            excluded=excluded,
            columns=design.stratify,
        )
        unused = _gather((_by_id(item, targets) for item in items), builder, worths)
        frame = builder.build()
        if not len(frame):
            raise InputError(_nothing_to_draw(builder))
        if worths is not None and not len(worths.ids) and score is not None:
            for scored in score(iter(shelf)):
                worths.add(scored.scores)
        draw = draw_units(frame, stratify(frame, design), design, None if worths is None else worths.of(frame))
        comments = _comments(frame, draw, naming, tuple(targets.ids), chosen=target is not None)
        return _sample(frame, design, draw, comments, [*_unused(unused), *_unmatched(frame, worths)])


def read_excluded(paths: Iterable[Path], skip: Callable[[Skip], None]) -> frozenset[int]:
    """Read the texts of label tables and earlier samples, labelled or not.

    :param skip: Is told each row that cannot be read.
    :return: Their digests.
    :raises LabelError: If a table holds no text at all.
    """
    return frozenset(text_digest(text) for path in paths for text in _texts(path, skip))


def _texts(path: Path, skip: Callable[[Skip], None]) -> Iterator[str]:
    from stance.labels import read_records
    from stance.reading import read

    if not path.exists():
        raise LabelError(f"{path}: no such file; expected a table of labels or an earlier sample")
    problems: list[Skip] = []
    texts = [c.text for item in read([path], skip=problems.append) if isinstance(item, Document) for c in item.comments]
    if texts:
        yield from texts
        for problem in problems:
            skip(problem)
        return
    yield from (record["text"] for record in read_records([path], skip=skip))  # forms that only label tables have


# The frame ------------------------------------------------------------------------------------------------------------


def _own_words(comment: Comment) -> str:
    return own_words(comment.text, comment.quoted)


def _namer(targets: "TargetSet") -> Names:
    asked = frozenset(targets.ids)

    def names(document: Document, comment: Comment) -> Collection[str]:
        date = comment.posted or document.published or ""
        year = int(date[:4]) if date[:4].isdigit() else None
        return {mention.target for mention in targets.find(_own_words(comment), year=year)} & asked

    return names


def _by_id(item: Document | Score, targets: "TargetSet") -> Document | Score:
    """Call the targets that a table's rows ask for by their ids; one that nobody defines may be labelled as well."""
    if isinstance(item, Score) or not any(comment.targets for comment in item.comments):
        return item
    return replace(
        item,
        comments=tuple(
            replace(comment, targets=tuple(dict.fromkeys(targets.id_of(name) or name for name in comment.targets)))
            if comment.targets
            else comment
            for comment in item.comments
        ),
    )


def _gather(items: Iterable[Document | Score], builder: FrameBuilder, worths: Worths | None) -> int:
    """Put documents into the frame and scores beside it.

    :return: How many scores serve nothing.
    :raises InputError: If there are scores alone.
    """
    unused = scores = documents = 0
    for item in items:
        if isinstance(item, Document):
            builder.add(item)
            documents += 1
        elif item.unit is Unit.COMMENT:
            scores += 1
            unused += worths is None
            if worths is not None:
                worths.add((item,))
    if scores and not documents:
        raise InputError("scores hold no texts to label; expected the pages or tables of comments they were made from")
    return unused


def _nothing_to_draw(builder: FrameBuilder) -> str:
    reasons = "; ".join(f"{n:,}: {reason}" for reason, n in builder.left_out.most_common())
    return f"no comment can be drawn; expected some that have words of their own ({reasons or 'there is none'})"


# The result -----------------------------------------------------------------------------------------------------------


def _comments(
    frame: Frame, draw: Draw, naming: "Naming", targets: tuple[str, ...], *, chosen: bool
) -> tuple[DrawnComment, ...]:
    """Take the drawn comments from the shelf, in the order of the draw."""
    places = {unit: place for place, unit in enumerate(draw.units.tolist())}
    found: dict[int, DrawnComment] = {}
    for units, document in frame.by_document(draw.units):
        texts = {comment.comment_id: comment.text for comment in document.comments}
        for unit in units.tolist():
            comment = document.comments[frame.positions[unit]]
            place = places[unit]
            found[place] = DrawnComment(
                row_id=_name(frame, unit, document, comment),
                document=document.document_id,
                outlet=document.outlet,
                author=naming(comment.author, document.outlet),
                title=document.title,
                lead=document.lead,
                parent=comment.parent_text or texts.get(comment.reply_to or ""),
                text=comment.text,
                targets=_wanted(comment, targets, chosen),
                probability=float(draw.probabilities[place]),
                stratum=draw.names[place],
                language=read_as(document, comment),
                copies=int(frame.copies[unit]),
            )
    return tuple(found[place] for place in range(len(found)))


def _name(frame: Frame, unit: int, document: Document, comment: Comment) -> str:
    """Name a comment as scores do, and by its text too where that name is not its own."""
    name = row_id(document.document_id, comment.comment_id)
    return f"{name}~{frame.texts[unit]:016x}"[: len(name) + 1 + SHARED_DIGITS] if frame.is_shared[unit] else name


def _wanted(comment: Comment, targets: tuple[str, ...], chosen: bool) -> tuple[str, ...]:
    """Give the targets to label: a table's row may ask for its own."""
    if comment.targets is None:
        return targets
    return tuple(target for target in comment.targets if target in targets) if chosen else comment.targets


def _sample(
    frame: Frame, design: Design, draw: Draw, comments: tuple[DrawnComment, ...], warnings: Sequence[str]
) -> Sample:
    outlets = _outlets(frame, draw)
    repeats = int(frame.copies.sum()) - len(frame)
    return Sample(
        design=design,
        comments=comments,
        strata=draw.strata,
        copies=int(frame.copies.sum()),
        documents=frame.documents_read,
        outlets=outlets,
        left_out=dict(frame.left_out) | ({REPEATS: repeats} if repeats else {}),
        warnings=(*warnings, *_doubts(frame, design, draw, outlets)),
    )


def _outlets(frame: Frame, draw: Draw) -> dict[str, tuple[int, int]]:
    """Count the units of each outlet, and those drawn."""
    names = np.array([cell[0] or NONE for cell in frame.cell_names], dtype=object)[frame.cells]
    drawn = Counter(names[draw.units].tolist())
    return {name: (n, drawn[name]) for name, n in sorted(Counter(names.tolist()).items())}


def _doubts(frame: Frame, design: Design, draw: Draw, outlets: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Say what a sample cannot do that its user may expect."""
    if design.n > len(frame):
        yield f"{design.n:,} comments asked for, {len(frame):,} can be drawn: all are taken, each with probability 1"
    if (shared := int(frame.is_shared[draw.units].sum())) > 0:
        yield (
            f"{shared:,} drawn comments share their id with another text, so scores cannot be matched to them; "
            "expected a table with a column id, different in each row of a document"
        )
    if design.role != "audit":
        return
    if excluded := frame.left_out["in a table of --exclude"]:
        yield (
            f"the sample speaks for the {len(frame):,} comments that are left, not for the {excluded:,} of --exclude: "
            "the audit sample should be drawn first"
        )
    few = [f"{name} {drawn}" for name, (n, drawn) in outlets.items() if drawn < min(FEWEST_AUDITED, n)]
    if few:
        shown = ", ".join(few[:FEW_SHOWN]) + (", …" if len(few) > FEW_SHOWN else "")
        remedy = "a larger --n" if "outlet" in design.stratify else "a larger --n, or --stratify outlet"
        yield f"fewer than {FEWEST_AUDITED} drawn, too few to correct the shares of: {shown}; expected {remedy}"


def _unused(scores: int) -> Iterator[str]:
    if scores:
        yield f"{scores:,} scores are left out: this draw needs none"


def _unmatched(frame: Frame, worths: Worths | None) -> Iterator[str]:
    if worths is not None and (n := len(frame) - int(np.isin(frame.ids, worths.ids).sum())):
        yield f"{n:,} of {len(frame):,} comments have no score: they are drawn by the uniform share alone"
