"""Draw the page of one document."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace as View

from stance import datamodels
from stance.datamodels import Document, Record
from stance.reporting.article import ArticlePage
from stance.reporting.comments import AuthorOf, comment_views, sentence_views
from stance.reporting.groups import with_levels
from stance.reporting.plan import draw_commands, minutes
from stance.reporting.rendering import render
from stance.resources import NEWSROOM, shipped_json


def document_page(
    article: ArticlePage,
    record: Record,
    model: Record,
    author: "AuthorOf",
    command: object,
    elsewhere: Callable[[str], str],
) -> Iterator[str]:
    """Draw the page of one document.

    :param elsewhere: Returns the words that compare the comments naming a target with those of other pages.
    """
    scored, targets = article.document, list(article.labels.items())
    views = comment_views(scored, targets, author, model["languages"])
    numbers = {comment.comment_id: number for number, comment in reversed([*enumerate(scored.comments, 1)])}
    toward = [*article.targets(record["discourse"].get("later", ()))]
    return render(
        "document.html",
        {
            "toward": toward,
            "chart": article.chart(),
            "copied": article.sentence(record),
            "talk": article.conversation(),
            "newsroom": [article.passage(numbers[row["id"]], *row["quote"]) for row in record["newsroom"]],
            "newsroom_card": shipped_json(NEWSROOM)["card"],
            "is_searched": scored.has_texts and scored.language == "en" and bool(record["discourse"]),
            "themes": [_theme_view(theme, article, numbers) for theme in record["themes"]],
            "elsewhere": elsewhere,
            "label_these": _label_these(toward, scored, command),
            "document": with_levels(record),
            "scored": scored,
            "said": sentence_views(scored, targets),
            "has_tone": any(score.tones is not None for score in scored.scores),
            "views": views,
            "labels": dict(targets),
            "model": model,
            "command": command,
            "page_of": lambda *_: "",  # the comments are on this page
        },
    )


def _theme_view(theme: Record, article: ArticlePage, numbers: Mapping[str, int]) -> View:
    words = [part for name in theme["words"] for part in (name, *name.split())]
    dissent = theme["dissent"] and article.about(numbers[theme["dissent"]], words)
    typical = article.about(numbers[theme["typical"]], words)
    return View(words=theme["words"], n=len(theme["ids"]), typical=typical, dissent=dissent)


def _label_these(toward: Sequence[View], scored: Document, command: object) -> View | None:
    """Return the draw that counts a page by persons, toward the target that most comments name; None without any."""
    most = max(toward, key=lambda view: view.named, default=None)
    if most is None or not most.named:
        return None
    n = datamodels.size_of_page(most.named)
    options = f" --page {shlex.quote(scored.document_id)} --target {shlex.quote(most.target)}"
    line = " && ".join(draw_commands({"command": command}, options)[:2])
    return View(n=n, is_all=n == most.named, label=most.label, minutes=minutes(n), command=line)
