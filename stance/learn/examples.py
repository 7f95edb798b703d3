"""Make examples of labelled comments for training and measuring, and divide them by story.

A story (an article with its comments) is never on both sides of a split: its comments resemble each other.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stance.datamodels import UNKNOWN_LANGUAGE, LabelledComment, Mention, Skip, Stance, counted, frozen
from stance.exceptions import LabelError
from stance.labels.adjudication import plain_number
from stance.limits import current_limits
from stance.parsing.language import detect_languages, is_in_another_script
from stance.records.digests import pair_digest
from stance.scoring.instances import Context, Instance, make_instance
from stance.scoring.targets.aliases import Alias, Target
from stance.scoring.targets.target_set import TargetSet
from stance.text_forms import is_text_number, normalised

TEXT_ALONE = "text "
"""Prefix of the story of a comment without a document."""

Mentions = Mapping[str, tuple[Mention, ...]]  # by text


@frozen
class Example:
    """One labelled pair in the form that models take."""

    instance: Instance
    label: Stance
    story: str
    source: str  # who wrote or labelled it
    outlet: str | None = None
    role: str = "train"  # train or audit
    is_defined: bool = True  # False: the target is defined nowhere, and found by its name alone
    language: str | None = None  # None: its table does not state it

    @property
    def article(self) -> str | None:
        """The story where it is an article, else None."""
        return None if self.story.startswith(TEXT_ALONE) else self.story

    @property
    def digest(self) -> int:
        """Digest by which a model folder names the pairs that it was trained on."""
        return pair_digest(self.instance.text, self.instance.target)


Examples = Sequence[Example]


def without_texts(examples: Iterable[Example], others: Iterable[Example]) -> list[Example]:
    """Return the examples whose texts are not among those of others."""
    texts = {normalised(example.instance.text) for example in others}
    return [example for example in examples if normalised(example.instance.text) not in texts]


def examples_digest(examples: Iterable[Example]) -> str:
    """Return the SHA-256 of labelled pairs in any order."""
    rows = sorted(f"{e.instance.text}\t{e.instance.target}\t{e.label}" for e in examples)
    return hashlib.sha256("\n".join(rows).encode(errors="replace")).hexdigest()


def make_examples(comments: Sequence[LabelledComment], targets: TargetSet) -> tuple[list[Example], tuple[Skip, ...]]:
    """Make examples of labelled comments; a text is searched once for all its targets.

    A target that is defined nowhere is found by its name alone, in singular and plural.

    :return: The examples, and one entry per target that cannot be found in texts.
    :raises LabelError: If none is left.
    """
    if any(is_text_number(comment.text) for comment in comments):
        problem = "these labels hold no texts, but their numbers"
        raise LabelError(f"{problem}; expected the table that the report was made with")
    ids = {name: target_id for name in {comment.target for comment in comments} if (target_id := targets.id_of(name))}
    undefined = Counter(comment.target for comment in comments if comment.target not in ids)
    most = current_limits().alias_chars
    names = (name for name in undefined if len(name) <= most and any(map(str.isalpha, name)))
    by_name = {name: TargetSet([_by_name(name)]) for name in names}
    used = [comment for comment in comments if comment.target in ids or comment.target in by_name]
    read_as = _languages_of(used)
    texts = {text: read_as[c.text] for c in used for text in _searched(c) if text} | read_as
    mentions_of = {text: targets.find(text, language=language) for text, language in texts.items()}
    examples = []
    for c in used:
        mentions = mentions_of if c.target in ids else _with_named(c, mentions_of, by_name[c.target])
        examples.append(_example(c, ids.get(c.target), mentions, read_as[c.text]))
    if not examples:
        raise LabelError(f"{len(comments)} rows, none toward a target; expected a target such as {targets.ids[0]}")
    left = sorted((name, n) for name, n in undefined.items() if name not in by_name)
    reasons = ((name, f"no name to look for; {counted(n, 'row')} left out") for name, n in left)
    return examples, tuple(Skip(f"target {name!r}", reason) for name, reason in reasons)


def _languages_of(comments: Iterable[LabelledComment]) -> dict[str, str]:
    """Return the language that each text is read in: the stated one, else the detected one.

    A text too short to detect is read in the commonest language. So are all of an English table that are in Latin
    letters: of some thousand short texts a few are taken for another language.
    """
    stated = {c.text: c.language for c in comments if c.language and c.language != UNKNOWN_LANGUAGE}
    unstated = [c.text for c in comments if c.text not in stated]
    detected = dict(zip(unstated, detect_languages(unstated, Counter(stated.values())), strict=True))
    counts = Counter(language for language in detected.values() if language != UNKNOWN_LANGUAGE)
    commonest = counts.most_common(1)[0][0] if counts else "en"
    for text, language in detected.items():
        is_plain = commonest == "en" and not is_in_another_script(text, "en")
        stated[text] = commonest if is_plain or language == UNKNOWN_LANGUAGE else language
    return stated


def warn_of_undefined(examples: Iterable[Example], targets: TargetSet) -> Iterator[str]:
    """Warn of targets that are defined nowhere, and name those that are another name of a defined one."""
    if undefined := list(dict.fromkeys(example.instance.target for example in examples if not example.is_defined)):
        names = [(name, target_id) for name in undefined if (target_id := targets.named(name))][:3]
        hints = "".join(f"; {name} is a name of {target_id}: use that name" for name, target_id in names)
        what = f"{counted(len(undefined), 'target is', 'targets are')} defined nowhere ({', '.join(undefined[:3])})"
        yield f"{what}: found only by their names; see --targets{hints}"


def _by_name(target: str) -> Target:
    """Define a target by its name, with and without a plural."""
    name = target.replace("-", " ")
    forms = {target, name, f"{name}s"}
    for end, other in (("ies", "y"), ("s", ""), ("y", "ies")):
        if name.endswith(end):
            forms.add(name.removesuffix(end) + other)
            break
    return Target(target, name, tuple(Alias(form) for form in sorted(forms) if form.strip()))


def _context(comment: LabelledComment) -> Context:
    return Context(comment.title or "", comment.lead or "", comment.parent or "")


def _searched(comment: LabelledComment) -> tuple[str, str, str]:
    """Return the texts in which targets are looked for; those that are not known are empty."""
    context = _context(comment)
    return comment.text, context.parent, context.article


def _with_named(comment: LabelledComment, mentions: Mentions, by_name: TargetSet) -> Mentions:
    """Join mentions in a comment and its context: of its own target by name, and of defined ones elsewhere."""
    joined = {}
    for text in _searched(comment):
        of_name = by_name.find(text)
        others = (m for m in mentions.get(text, ()) if not any(m.start < o.end and o.start < m.end for o in of_name))
        joined[text] = tuple(sorted((*of_name, *others), key=lambda mention: mention.start))
    return joined


def _example(comment: LabelledComment, defined: str | None, mentions: Mentions, language: str) -> Example:
    """Make an example.

    :param defined: The target where it is defined; None: it is found by its name alone.
    """
    target, context = defined or comment.target, _context(comment)
    stated = None if comment.language in ("", UNKNOWN_LANGUAGE) else comment.language
    instance = make_instance(
        comment.text, target, mentions[comment.text], context=context, language=stated or language,
        parent_mentions=mentions.get(context.parent, ()), article_mentions=mentions.get(context.article, ()),
    )  # fmt: skip
    source, is_defined = comment.annotator or "", defined is not None
    return Example(instance, comment.label, story_of(comment), source, comment.outlet, comment.role, is_defined, stated)


def story_of(comment: LabelledComment) -> str:
    """Name the story of a comment; a comment without one is a story of its own.

    One number is one story, however a spreadsheet wrote it: else a thread would be on both sides of a split.
    """
    return plain_number(comment.document) or TEXT_ALONE + hashlib.sha256(comment.text.encode()).hexdigest()[:16]


def story_folds(examples: Examples, count: int) -> list[int]:
    """Return the fold of each example: stories are dealt to folds in the order of their digests.

    :raises LabelError: If there is one story only.
    """
    stories = sorted({example.story for example in examples}, key=story_digest)
    if len(stories) < 2:
        raise LabelError(f"{counted(len(stories), 'story', 'stories')}; expected several stories to measure on")
    fold = {story: number % count for number, story in enumerate(stories)}
    return [fold[example.story] for example in examples]


def story_digest(story: str) -> bytes:
    """Return the digest of a story by which it is drawn."""
    return hashlib.sha256(story.encode()).digest()
