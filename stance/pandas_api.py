"""Show results in pandas and notebooks: frames of labels, scores and comments, HTML tables, charts.

A frame is made here and nowhere else, so that a column means the same and has the same type in each: texts are ``str``
or None (never a number, so "007" and "NA" stay what they are), whole numbers ``Int64``, other numbers ``float64`` with
NaN for none. Shown results carry the number of comments, the population, and whether labels corrected them, as reports
do. The HTML holds its own style, takes the colors of the notebook, and loads nothing.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from stance.aggregation import Mean
from stance.comparison import Comparison, Group
from stance.datamodels import STANCES, UNKNOWN_LANGUAGE, Document, LabelledComment, Score, Share, Stance
from stance.exceptions import InputError, LabelError, unknown
from stance.log import warn_of_input
from stance.pseudonyms import choose_naming
from stance.records import SCORE_FIELDS, SENTENCE_FIELDS, TEXT_FIELDS, Rows, score_to_record, scores_with_texts
from stance.reporting.charts import Chart, stance_chart
from stance.reporting.comparison import POPULATION_WORDS
from stance.reporting.rendering import METHOD_WORDS, VERDICT_WORDS, render

if sys.platform == "win32":
    from pathlib import WindowsPath as _SystemPath
else:
    from pathlib import PosixPath as _SystemPath

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

_NUMBERS = ("probability", "sentiment", "target_sentiment", *STANCES)
_TYPES = dict.fromkeys(("votes", "seed", "copies"), "Int64") | dict.fromkeys(_NUMBERS, "float64")


def labels_to_frame(labels: Path | str | Iterable[Path | str | LabelledComment]) -> "pd.DataFrame":
    """Return labelled comments as a frame, one row for each.

    :param labels: Label tables or folders of them, or labelled comments.
    :return: The columns of a label table (``text``, ``target``, ``label``, ...) and ``story``: the document, or the
        text's own digest where there is none. ``probability`` is ``float64``; all others hold ``str`` or None, and
        ``text``, ``target``, ``label``, ``role`` and ``story`` are never None.
    :raises LabelError: If a table cannot be read, or none holds a usable row.
    """
    from stance.evaluation import story_of
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


def scores_to_frame(scores: Iterable[Score | Document], *, articles: bool = False) -> "pd.DataFrame":
    """Return scores as a frame, one row for each text and target.

    :param articles: Those of sentences too, with columns of their own.
    :return: The columns of the ``scores.csv`` of a report; the texts are those of documents, and None of bare scores.
        Probabilities and sentiments are ``float64``, ``votes`` is ``Int64``, ``evidence`` holds lists of
        ``[start, end]``, all others ``str`` or None.
    """
    given = (scores_with_texts(each) if isinstance(each, Document) else ((each, {}),) for each in scores)
    pairs = ((score, texts) for some in given for score, texts in some if articles or score.sentence is None)
    fields = (*SCORE_FIELDS, *TEXT_FIELDS, *(SENTENCE_FIELDS if articles else ()))
    return _frame([dict.fromkeys(fields) | score_to_record(score) | texts for score, texts in pairs], fields)


def found_to_frame(rows: Rows) -> "pd.DataFrame":
    """Return found comments as a frame, one row for each comment and target.

    :return: The columns of :func:`scores_to_frame`, and ``link``.
    """
    from stance.store.exporting import LINK

    return _frame([score_to_record(score) | texts for score, texts in rows], (*SCORE_FIELDS, *TEXT_FIELDS, LINK))


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

    if hasattr(labels, "columns"):
        kind = type(labels).__name__
        raise TypeError(f"{kind} given; expected tables or labelled comments: frame_to_labels reads it")
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


# Notebooks ------------------------------------------------------------------------------------------------------------

MOST_ROWS = 20
"""Maximum number of rows of a table in a notebook; the report has all."""

LARGEST_SUMMARY = 200_000_000
"""Maximum number of bytes of a ``summary.json``."""


def _html(kind: str, **values: Any) -> str:
    words = {"kind": kind, "most": MOST_ROWS, "population_words": POPULATION_WORDS}
    return "".join(render("notebook.html", words | values))


def document_html(document: Document) -> str:
    """Return a document as HTML: its source, parsed fields, and the beginnings of its comments."""
    return _html("document", document=document)


def show_documents() -> None:
    """Register a formatter for single documents, if IPython is running."""
    running = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if running is not None:
        running.display_formatter.formatters["text/html"].for_type(Document, document_html)


class Documents(list[Document]):
    """Parsed documents, in the order of the inputs."""

    def _repr_html_(self) -> str:
        """Return the documents as an HTML table."""
        return _html("documents", documents=self[:MOST_ROWS], total=len(self), comments=sum(self.sizes))

    @property
    def sizes(self) -> list[int]:
        """Numbers of comments of the documents."""
        return [len(document.comments) for document in self]


class Shares(tuple[Share, ...]):
    """Shares of stances with their intervals, of one population or several."""

    __slots__ = ()

    def of(self, population: str) -> "Shares":
        """Return the shares of one population: ``outlet``, comments like these; ``corpus``, exactly these.

        :raises ValueError: If there is no such population.
        """
        if population not in POPULATION_WORDS:
            raise ValueError(unknown("population", population, POPULATION_WORDS))
        return Shares(share for share in self if share.population == population)

    def _repr_html_(self) -> str:
        """Return the shares as an HTML table."""
        return _html("shares", shares=self)

    def plot(self, population: str = "outlet") -> Chart:
        """Draw the shares against and in favor of each target with their 95 % intervals.

        :param population: The population to draw.
        :raises ValueError: If there is no such population, or nothing to draw.
        """
        drawn = self.of(population)
        sizes = {share.target: share.n for share in drawn}
        group = {"group": "", "addressed": sizes, "shares": [asdict(share) for share in drawn]}
        source = f"{POPULATION_WORDS[population]}. {_methods(drawn)}"
        return _chart("shares", [group], sizes, source)


class ShownComparison(Comparison):
    """A comparison that notebooks can show."""

    __slots__ = ()

    @classmethod
    def showing(cls, comparison: Comparison) -> Self:
        """Make a comparison that notebooks can show."""
        return cls(**{each.name: getattr(comparison, each.name) for each in fields(comparison)})

    def shares(self, group: str) -> Shares:
        """Return the shares of one group.

        :raises KeyError: If there is no such group.
        """
        return Shares({each.group: each for each in self.groups}[group].shares)

    def _repr_html_(self) -> str:
        """Return groups with their net stance, and results for pairs, as HTML."""
        counts = Counter(pair.verdict for pair in self.differences)
        groups = sorted(self.groups, key=lambda group: -group.comments)[:MOST_ROWS]
        verdicts = {verdict: counts[verdict] for verdict in reversed(VERDICT_WORDS)}
        return _html("comparison", comparison=self, groups=groups, net=self._net, verdicts=verdicts)

    def _net(self, group: Group, target: str) -> Mean | None:
        """Return the net stance of a group, for the population ``outlet``."""
        wanted = ("net", "outlet", target)
        return next((mean for mean in group.means if (mean.measure, mean.population, mean.target) == wanted), None)

    def plot(self, target: str | None = None) -> Chart:
        """Draw the shares of each group, as ``comparison.html`` does.

        :param target: This one only.
        :raises ValueError: If the comparison has no such target, or nothing to draw.
        """
        if target is not None and target not in self.targets:
            raise ValueError(unknown("target", target, self.targets))
        targets = self.targets if target is None else (target,)
        shares = (share for group in self.groups for share in group.shares if share.interval is not None)
        source = _methods(share for share in shares if share.population == "outlet" and share.target in targets)
        return _chart("comparison", [asdict(group) for group in self.groups], targets, source, self.by)


class ReportIndex(_SystemPath):
    """The path of a report's ``index.html``, which notebooks show as the report's shares."""

    @property
    def summary(self) -> dict[str, Any]:
        """Read the report's ``summary.json``.

        :raises InputError: If it cannot be read.
        """
        path = self.parent / "summary.json"
        try:
            if path.stat().st_size > LARGEST_SUMMARY:
                raise ValueError(f"larger than {LARGEST_SUMMARY:,} bytes, the limit")
            found = json.loads(path.read_bytes())
            if not isinstance(found, dict):
                raise TypeError("no object")
        except (OSError, TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: cannot be read ({error}); expected the summary of a report") from None
        return found

    @property
    def shares(self) -> Shares:
        """Return the shares of all comments of the report together, of both populations.

        :raises InputError: If its ``summary.json`` cannot be read.
        """
        rows = (self.summary.get("whole") or {}).get("shares", ())
        typed = ({"stance": Stance(row["stance"]), "interval": row["interval"] and (*row["interval"],)} for row in rows)
        return Shares(Share(**row | each) for row, each in zip(rows, typed, strict=True))

    def _repr_html_(self) -> str:
        """Return counts and shares as HTML; only the path if there is no summary beside it."""
        try:
            summary = self.summary
            return _html("report", path=str(self), totals=summary["totals"], shares=self.shares)
        except (InputError, KeyError, TypeError, ValueError):
            return _html("path", path=str(self))

    def plot(self, population: str = "outlet") -> Chart:
        """Plot the shares of all comments of the report together, as :meth:`Shares.plot` does."""
        return self.shares.plot(population)


def _chart(name: str, groups: Sequence[Mapping[str, Any]], targets: Iterable[str], source: str, by: str = "") -> Chart:
    """Draw groups, as a report does.

    :raises ValueError: If there is no share to draw.
    """
    labels = {target: target for target in targets}
    if (chart := stance_chart(name, groups, labels, source=source, by=by, asked=True)) is None:
        raise ValueError("no shares with an interval; expected at least one to draw")
    return chart


def _methods(found: Iterable[Any]) -> str:
    """Describe the methods behind the numbers of a chart."""
    methods = dict.fromkeys(each.method for each in found)
    words = " or ".join(METHOD_WORDS.get(method, method) for method in methods) or "nothing to draw"
    only = "; sampling error only" if "model" in methods else ""
    return f"95 % intervals, {words}{only}."
