"""Turn labels, scores and documents into pandas frames, and frames into labels.

A frame is made here and nowhere else, so that a column means the same and has the same type in each: texts are ``str``
or None (never a number, so "007" and "NA" stay what they are), whole numbers ``Int64``, other numbers ``float64`` with
NaN for none.
"""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.datamodels import STANCES, UNKNOWN_LANGUAGE, Document, LabelledComment, Score
from stance.exceptions import LabelError

if TYPE_CHECKING:
    import pandas as pd

    from stance.labelling.sample import Sample

COMMENT_COLUMNS = (
    *("document", "outlet", "title", "url", "published", "comment"),
    "reply_to",  # the id of the comment that is answered
    "author",  # a pseudonym, unless names were asked for
    *("posted", "votes"),
    "lang",  # its own language, its document's where it is too short to tell, or None
    "text",
    "quoted",  # the part of the text that repeats others: no words of the writer's own
    "parent",  # the text of the comment that is answered, as label tables have it
)
"""The columns of a frame of comments, in order."""

_TYPES = dict.fromkeys(("votes", "seed", "copies"), "Int64") | dict.fromkeys(
    ("probability", "sentiment", "target_sentiment", *STANCES), "float64"
)


def labels_to_frame(labels: Path | str | Iterable[Path | str | LabelledComment]) -> "pd.DataFrame":
    """Return labelled comments as a frame, one row for each.

    :param labels: Label tables or folders of them, or labelled comments.
    :return: The columns of a label table (``text``, ``target``, ``label``, ...) and ``story``: the document, or the
        text's own digest where there is none. ``probability`` is ``float64``; all others hold ``str`` or None, and
        ``text``, ``target``, ``label``, ``role`` and ``story`` are never None.
    :raises LabelError: If a table cannot be read, or none holds a usable row.
    """
    from stance.evaluation.examples import story_of
    from stance.labels.formats import FIELDS, comment_to_record

    rows = [{**comment_to_record(comment), "story": story_of(comment)} for comment in _comments(labels)]
    return _frame(rows, (*FIELDS, "story"))


def frame_to_labels(frame: "pd.DataFrame") -> list[LabelledComment]:
    """Read labelled comments from a frame; frames of :func:`labels_to_frame` come back as they were.

    :param frame: With ``text``, ``target``, ``label`` and any other column of a label table. A row whose label is
        missing or empty is not labelled yet, and is left out.
    :raises LabelError: If a column is missing or a row cannot be used; its number, from 0, is named.
    """
    from stance.labels.formats import FIELDS, comment_from_record, row_records

    for column in ("text", "target", "label"):
        if column not in frame.columns:
            seen = ", ".join(str(name)[:30] for name in list(frame.columns)[:8]) or "nothing"
            raise LabelError(f"no column {column!r} among {seen}; expected text, target, label")
    known = [name for name in FIELDS if name in frame.columns]
    cells = frame[known].astype(object).where(frame[known].notna(), None)
    comments = []
    for number, row in enumerate(cells.itertuples(index=False, name=None)):
        try:
            (record,) = row_records(dict(zip(known, map(_plain, row), strict=True)), (), annotator="")
        except ValueError as error:
            raise LabelError(f"row {number}: {error}") from None
        if record["label"] is not None:
            comments.append(comment_from_record({**record, "annotator": record["annotator"] or None}))
    return comments


def _plain(cell: Any) -> Any:
    """Return a cell as a table on the disk would hold it: a date, a path or a number of NumPy names a document too."""
    if isinstance(cell, str | int | float | None):
        return cell
    return int(cell) if isinstance(cell, Integral) else str(cell)


def scores_to_frame(scores: Iterable[Score | Document]) -> "pd.DataFrame":
    """Give scores as a frame, one row for each text and target.

    :return: The columns of ``stance score``. Probabilities and sentiments are ``float64``, ``evidence`` holds lists of
        ``[start, end]``, all others ``str`` or None.
    """
    from stance.records import SCORE_FIELDS, score_to_record

    given = (each.scores if isinstance(each, Document) else (each,) for each in scores)
    return _frame([score_to_record(score) for some in given for score in some], SCORE_FIELDS)


def sample_to_frame(sample: "Sample") -> "pd.DataFrame":
    """Return a sample as a frame, one row for each comment and target.

    :return: The columns of ``stance sample``. ``probability`` is ``float64``, ``seed`` and ``copies`` are ``Int64``;
        all others hold ``str`` or None. ``label`` is None until somebody gives one.
    """
    from stance.labelling.sample import SAMPLE_FIELDS

    return _frame(list(sample.rows()), SAMPLE_FIELDS)


def documents_to_frame(
    documents: Iterable[Document], *, names: bool = False, key_file: Path | str | None = None
) -> "pd.DataFrame":
    """Return the comments of documents as a frame, one row for each, in page order.

    With a column ``target`` beside them, the rows are pairs to score.

    :param names: Show names of commenters in place of pseudonyms.
    :param key_file: The key of the pseudonyms; that of the project where not given.
    :return: :data:`COMMENT_COLUMNS`. ``votes`` is ``Int64``; all others hold ``str`` or None.
    """
    from stance.pseudonyms import choose_naming

    naming = choose_naming(names, Path(key_file) if key_file is not None else None)
    rows = []
    for document in documents:
        texts = {comment.comment_id: comment.text for comment in document.comments}
        for comment in document.comments:
            languages = (each for each in (comment.language, document.language) if each != UNKNOWN_LANGUAGE)
            row = {name: getattr(comment, name, getattr(document, name, None)) for name in COMMENT_COLUMNS}
            rows.append(
                row
                | {"document": document.document_id, "comment": comment.comment_id, "lang": next(languages, None)}
                | {"author": naming(comment.author, document.outlet)}
                | {"parent": comment.parent_text or texts.get(comment.reply_to or "")}
            )
    return _frame(rows, COMMENT_COLUMNS)


def _comments(labels: Path | str | Iterable[Path | str | LabelledComment]) -> list[LabelledComment]:
    """Read what is given as tables, and keep what is given as comments."""
    from stance.labels import load_labels
    from stance.log import warn_of_input

    if hasattr(labels, "columns"):
        raise TypeError(
            f"{type(labels).__name__} given; expected tables or labelled comments: frame_to_labels reads it"
        )
    given = [labels] if isinstance(labels, str | Path) else list(labels)
    paths = [Path(each) for each in given if isinstance(each, str | Path)]
    comments = [each for each in given if isinstance(each, LabelledComment)]
    if paths:
        table = load_labels(paths)
        for skip in table.skipped:
            warn_of_input(f"{skip.source}: skipped: {skip.reason}")
        comments += table.comments
    return comments


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> "pd.DataFrame":
    """Make a frame whose types do not depend on the cells that happen to be in the rows."""
    import pandas as pd

    series = {name: pd.Series([row[name] for row in rows], dtype=_TYPES.get(name, "object")) for name in columns}
    return pd.DataFrame(series, columns=list(columns))
