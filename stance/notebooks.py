"""Show results in notebooks as tables, and plot them on request.

Shown results carry the number of comments, the population, and whether labels corrected them, as reports do. The HTML
holds its own style, takes the colors of the notebook, and loads nothing.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self

from stance.comparison import Comparison
from stance.datamodels import Document, Share, Stance
from stance.exceptions import InputError, MissingExtraError
from stance.reporting.comparison import POPULATION_WORDS
from stance.reporting.pages import render
from stance.reporting.wording import METHOD_WORDS, STANCE_WORDS

if sys.platform == "win32":
    from pathlib import WindowsPath as _SystemPath
else:
    from pathlib import PosixPath as _SystemPath

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 20
"""Of a table in a notebook: it is a glance, the report has all."""

MOST_DRAWN = 40
"""Rows of a figure that can be told apart on paper."""

LARGEST_SUMMARY = 200_000_000
"""Bytes of a ``summary.json`` that are read."""

COLORS: Mapping[str, str] = {Stance.AGAINST: "#b5460f", Stance.NEUTRAL: "#6b6a65", Stance.FAVOR: "#1f5f99"}
MARKERS: Mapping[str, str] = {Stance.AGAINST: "v", Stance.NEUTRAL: "o", Stance.FAVOR: "^"}
"""A shape beside each color, as in the report."""


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

    def plot(self) -> "Figure":
        """Plot the numbers of comments of the documents, the largest first.

        :raises MissingExtraError: If matplotlib is not installed.
        """
        largest = sorted(self, key=lambda document: -len(document.comments))[:MOST_DRAWN]
        figure, (axes,) = _figure(len(largest))
        axes.barh(range(len(largest)), [len(document.comments) for document in largest], color="#6b6a65")
        _label_rows(axes, [_short(document.title or document.source) for document in largest])
        axes.set_xlabel(f"comments ({sum(self.sizes):,} on {len(self):,} pages)")
        return figure


class Shares(tuple[Share, ...]):
    """Shares of stances with their intervals, of one population or several."""

    __slots__ = ()

    def of(self, population: str) -> "Shares":
        """Return the shares of one population: ``outlet``, comments like these; ``corpus``, exactly these.

        :raises ValueError: If there is no such population.
        """
        if population not in POPULATION_WORDS:
            raise ValueError(f"population {population!r}; expected one of {', '.join(POPULATION_WORDS)}")
        return Shares(share for share in self if share.population == population)

    def _repr_html_(self) -> str:
        """Return the shares as an HTML table."""
        return _html("shares", shares=self)

    def plot(self, population: str = "outlet") -> "Figure":
        """Plot the shares with their 95 % intervals; uncorrected shares are empty marks.

        :param population: The population to plot.
        :raises ValueError: If there is no such population.
        :raises MissingExtraError: If matplotlib is not installed.
        """
        drawn = [share for share in self.of(population) if share.estimate is not None]
        figure, (axes,) = _figure(len(drawn))
        for row, share in enumerate(drawn):
            _mark(axes, row, share.stance, share.estimate, share.raw, share.interval)
        _label_rows(axes, [f"{share.target}: {STANCE_WORDS[share.stance]} (n {share.n:,})" for share in drawn])
        axes.set_xlim(0, 1)
        among = POPULATION_WORDS.get(population, population).lower()
        axes.set_xlabel(f"share among {among} that address the target; {_methods(drawn)}")
        return figure


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
        return _html(
            "comparison", comparison=self, groups=self._largest(MOST_ROWS), net=self._net, verdicts=self._told()
        )

    def _largest(self, most: int) -> list[Any]:
        return sorted(self.groups, key=lambda group: -group.comments)[:most]

    def _net(self, group: Any, target: str) -> Any:
        """Return the net stance of a group, for the population ``outlet``."""
        wanted = ("net", "outlet", target)
        return next((mean for mean in group.means if (mean.measure, mean.population, mean.target) == wanted), None)

    def _told(self) -> dict[str, int]:
        return {each: sum(pair.verdict == each for pair in self.differences) for each in _VERDICTS}

    def plot(self, target: str | None = None) -> "Figure":
        """Draw the net stance of each group with its 95 % interval, sorted, one panel for each target.

        :param target: This one only.
        :raises ValueError: If the comparison has no such target.
        :raises MissingExtraError: If matplotlib is not there.
        """
        if target is not None and target not in self.targets:
            raise ValueError(f"target {target!r}; expected one of {', '.join(self.targets)}")
        targets = self.targets if target is None else (target,)
        groups = self._largest(MOST_DRAWN)
        figure, panels = _figure(len(groups), len(targets))
        for axes, each in zip(panels, targets, strict=True):
            self._draw(axes, each, groups)
        return figure

    def _draw(self, axes: "Axes", target: str, groups: Sequence[Any]) -> None:
        found = [(group, self._net(group, target)) for group in groups]
        drawn = sorted(
            ((group, net) for group, net in found if net is not None and net.estimate is not None),
            key=lambda each: each[1].estimate,
        )
        for row, (_, net) in enumerate(drawn):
            side = Stance.FAVOR if net.estimate > 0 else Stance.AGAINST if net.estimate < 0 else Stance.NEUTRAL
            _mark(axes, row, side, net.estimate, net.raw, net.interval)
        _label_rows(axes, [f"{_short(group.group)} (n {net.n:,})" for group, net in drawn])
        axes.axvline(0, color="#a9a79f", linewidth=1, zorder=0)
        axes.set_xlim(-1, 1)
        axes.set_title(target)
        axes.set_xlabel(f"net stance (in favor minus against);\n{_methods(net for _, net in drawn)}")


_VERDICTS = ("differ", "cannot_tell_apart", "not_tested")


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
                raise InputError(
                    f"{path}: larger than {LARGEST_SUMMARY:,} bytes, the limit; expected a report's summary"
                )
            found = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: cannot be read ({error}); expected the summary of a report") from None
        if not isinstance(found, dict):
            raise InputError(f"{path}: no object; expected the summary of a report")
        return found

    @property
    def shares(self) -> Shares:
        """Return the shares of all comments of the report together, of both populations.

        :raises InputError: If its ``summary.json`` cannot be read.
        """
        rows = (self.summary.get("whole") or {}).get("shares", ())
        return Shares(
            Share(**{**row, "stance": Stance(row["stance"]), "interval": _pair(row["interval"])}) for row in rows
        )

    def _repr_html_(self) -> str:
        """Return counts and shares as HTML; only the path if there is no summary beside it."""
        try:
            summary = self.summary
            return _html("report", path=str(self), totals=summary["totals"], shares=self.shares)
        except (InputError, KeyError, TypeError, ValueError):
            return _html("path", path=str(self))

    def plot(self, population: str = "outlet") -> "Figure":
        """Plot the shares of all comments of the report together, as :meth:`Shares.plot` does."""
        return self.shares.plot(population)


def _pair(interval: Sequence[float] | None) -> tuple[float, float] | None:
    return None if interval is None else (interval[0], interval[1])


# Figures --------------------------------------------------------------------------------------------------------------


def _figure(rows: int, panels: int = 1) -> "tuple[Figure, list[Axes]]":
    """Make a figure with a height that fits its rows; a notebook shows it once, when it is returned."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise MissingExtraError("matplotlib", "plot") from None
    size = (max(6.4, 4.2 * panels), 1.4 + 0.32 * max(rows, 2))
    figure, axes = pyplot.subplots(1, panels, figsize=size, squeeze=False, layout="constrained")
    pyplot.close(figure)
    return figure, list(axes[0])


def _mark(
    axes: "Axes",
    row: int,
    side: Stance,
    estimate: float | None,
    raw: float | None,
    interval: tuple[float, float] | None,
) -> None:
    """Draw an estimate with its interval, and an empty mark for the uncorrected share if it differs."""
    if estimate is None:
        return
    color = COLORS[side]
    if interval is not None:
        axes.plot(interval, (row, row), color=color, linewidth=2, solid_capstyle="butt")
    if raw is not None and raw != estimate:
        axes.plot(raw, row, marker=MARKERS[side], color=color, markerfacecolor="none", linestyle="none", gid="counted")
    axes.plot(estimate, row, marker=MARKERS[side], color=color, linestyle="none", gid="estimate")


def _label_rows(axes: "Axes", labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), [label.replace("$", r"\$") for label in labels])
    axes.invert_yaxis()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _short(name: str) -> str:
    name = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    return name if len(name) <= 40 else f"{name[:39]}…"


def _methods(found: Iterable[Any]) -> str:
    """Describe the methods behind the numbers, for the caption of a figure."""
    methods = dict.fromkeys(each.method for each in found)
    words = " or ".join(METHOD_WORDS.get(method, method) for method in methods) or "nothing to draw"
    only = "; sampling error only" if "model" in methods else ""
    return f"{words}{only}"
