"""Make instances: one text toward one target, and how the text addresses it.

Training and scoring both make their instances here, so that what counts as addressed is decided in one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stance.datamodels import Mention, Via


@dataclass(frozen=True, slots=True)
class Instance:
    """One text toward one target, of which features are made."""

    text: str  # the writer's own words; quoted parts blanked out, same length, so spans hold
    target: str
    mentions: tuple[Mention, ...]  # of every known target in ``text``, by position
    via: Via | None  # how the target is addressed
    context: str = ""  # the parent comment or article title, where the target is named there
    context_mentions: tuple[Mention, ...] = ()
    language: str = "en"  # that the text is read as; cues of other languages are silent
    under: tuple[str, str] = field(default=("", ""), compare=False)  # parent and title, whatever they name

    @property
    def own_mentions(self) -> tuple[Mention, ...]:
        """The mentions of the target itself."""
        return tuple(mention for mention in self.mentions if mention.target == self.target)


def is_named(instance: Instance) -> bool:
    """Return whether a text, or the comment it answers, names the target: whether a classifier judges it."""
    return instance.via in (Via.TEXT, Via.PARENT)


def make_instance(
    text: str,
    target: str,
    mentions: Sequence[Mention],
    *,
    parent: str = "",
    parent_mentions: Sequence[Mention] = (),
    article: str = "",
    article_mentions: Sequence[Mention] = (),
    language: str = "en",
) -> Instance:
    """Decide how a text addresses a target: by its own words, else its parent's, else its article's.

    :param text: The writer's own words, as :func:`stance.datamodels.own_words` leaves them.
    :param mentions: Of every known target in ``text``; likewise for the parent comment and the article.
    :param language: What the text is read as.
    """
    ladder = (
        (Via.TEXT, "", mentions),
        (Via.PARENT, parent, parent_mentions),
        (Via.ARTICLE, article, article_mentions),
    )
    for via, context, named in ladder:
        if any(mention.target == target for mention in named):
            in_context = () if via is Via.TEXT else tuple(named)
            return Instance(text, target, tuple(mentions), via, context, in_context, language, (parent, article))
    return Instance(text, target, tuple(mentions), None, language=language, under=(parent, article))
