"""Labelled comments made into what a model is trained and measured on, and split by story.

A story (an article with its comments) is never on both sides of a split: its comments resemble each other.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from stance.datamodels import UNKNOWN_LANGUAGE, LabelledComment, Mention, Skip, Stance
from stance.exceptions import LabelError
from stance.labels import load_labels, plain_number
from stance.language import detect_languages
from stance.limits import current_limits
from stance.resources import ALL_COMMENTS, DATA
from stance.scoring.instances import Instance, make_instance
from stance.targets import Alias, Target, TargetSet

SPLITS = DATA / "splits.json"
"""Which stories of the labelled comments are held out, and which of their sources are for what."""

TEXT_ALONE = "text "
"""Begins the story of a comment that stands under none."""

_ABOUT = 0.5  # a story is about a target that at least this share of its comments names


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled pair as a model sees it."""

    instance: Instance
    label: Stance
    story: str
    source: str  # who wrote or labelled it
    outlet: str | None = None
    role: str = "train"  # train or audit
    is_defined: bool = True  # False: the target is defined nowhere, and looked for by its name alone
    language: str | None = None  # None: its table does not state it


def make_examples(
    comments: Iterable[LabelledComment], targets: TargetSet, *, audit: bool = False
) -> tuple[list[Example], tuple[Skip, ...]]:
    """Make instances of labelled comments; a text is searched once for all its targets.

    A target that is defined nowhere is looked for by its name alone, in singular and plural.

    :param audit: Take audit rows too; they are never trained on.
    :return: The examples, and one entry per target that cannot be looked for.
    :raises LabelError: If none is left.
    """
    comments = [comment for comment in comments if audit or comment.role != "audit"]
    names = {name: known for name in {comment.target for comment in comments} if (known := targets.id_of(name))}
    undefined = Counter(comment.target for comment in comments if comment.target not in names)
    by_name = TargetSet(_by_name(name) for name in undefined if _is_name(name))
    used = [comment for comment in comments if comment.target in names or _is_name(comment.target)]
    texts = dict.fromkeys(text for c in used for text in (c.text, c.parent) if text)
    found = dict(zip(texts, targets.find_batch(texts), strict=True))
    named = {text: by_name.find_each(text) for text in texts} if by_name.targets else {}
    about = _story_mentions(used, found)
    examples = [
        _example(c, names[c.target], found, about)
        if c.target in names
        else replace(_example(c, c.target, _seen(c, found, named), {}), is_defined=False)
        for c in used
    ]
    if not examples:
        raise LabelError(f"{len(comments)} rows to use, none toward a target; expected one such as {targets.ids[0]}")
    left = sorted((name, n) for name, n in undefined.items() if not _is_name(name))
    return examples, tuple(Skip(f"target {name!r}", f"no name to look for; {n} rows left out") for name, n in left)


def tell_languages(examples: Sequence[Example]) -> list[str]:
    """Tell the language of each example: the one that its table states, else that of its text, or unknown."""
    untold = dict.fromkeys(example.instance.text for example in examples if example.language is None)
    told = dict(zip(untold, detect_languages(untold), strict=True))
    return [example.language or told[example.instance.text] for example in examples]


def undefined_targets(examples: Iterable[Example]) -> dict[str, int]:
    """Count the examples of each target that is defined nowhere."""
    return dict(Counter(example.instance.target for example in examples if not example.is_defined))


def tell_undefined(examples: Iterable[Example], targets: TargetSet) -> Iterator[str]:
    """Say which targets are defined nowhere, and which of them are but another name of one that is."""
    if undefined := undefined_targets(examples):
        named = ", ".join(list(undefined)[:3])
        hints = "".join(f"; {name} is a name of {target}: write that" for name, target in namesakes(undefined, targets))
        looked_for = f"{len(undefined)} targets are defined nowhere ({named}): looked for by their names alone"
        yield f"{looked_for}; see --targets{hints}"


def namesakes(names: Iterable[str], targets: TargetSet, most: int = 3) -> list[tuple[str, str]]:
    """Find ids that are not defined and are names of a target that is, as ``usa`` and ``united-states`` of ``us``.

    :param most: Give no more than this.
    """
    forms = ((name, form) for name in names for form in (name.replace("-", " "), name.replace("-", " ").upper()))
    found = {
        name: mention.target
        for name, form in forms
        for mention in targets.find(form)
        if mention.kind == "name" and form[: mention.start].lower() in ("", "the ") and mention.end == len(form)
    }
    return list(islice(found.items(), most))


def _is_name(target: str) -> bool:
    return len(target) <= current_limits().alias_chars and any(char.isalpha() for char in target)


def _by_name(target: str) -> Target:
    """A target that answers to its name, with and without a plural."""
    name = target.replace("-", " ")
    forms = {target, name, f"{name}s"}
    if name.endswith("ies"):
        forms.add(f"{name[:-3]}y")
    elif name.endswith("s"):
        forms.add(name[:-1])
    elif name.endswith("y"):
        forms.add(f"{name[:-1]}ies")
    return Target(target, name, tuple(Alias(form) for form in sorted(forms) if form.strip()))


def _seen(
    comment: LabelledComment,
    found: Mapping[str, tuple[Mention, ...]],
    named: Mapping[str, Mapping[str, tuple[Mention, ...]]],
) -> dict[str, tuple[Mention, ...]]:
    """The mentions in a comment and its parent: of its own target by name, and of defined ones elsewhere."""
    seen = {}
    for text in (comment.text, comment.parent or ""):
        own = named.get(text, {}).get(comment.target, ())
        others = (m for m in found.get(text, ()) if not any(m.start < o.end and o.start < m.end for o in own))
        seen[text] = tuple(sorted((*own, *others), key=lambda mention: mention.start))
    return seen


def _example(
    comment: LabelledComment, target: str, found: Mapping[str, tuple[Mention, ...]], about: Mapping[str, set[str]]
) -> Example:
    story = story_of(comment)
    parent = comment.parent or ""
    instance = make_instance(
        comment.text,
        target,
        found[comment.text],
        parent=parent,
        parent_mentions=found.get(parent, ()),
        article_mentions=[Mention(target, 0, 0, "name")] if target in about.get(story, ()) else (),
        language=comment.language or "en",
    )
    stated = None if comment.language == UNKNOWN_LANGUAGE else comment.language
    source, outlet, role = comment.annotator or "", comment.outlet, comment.role
    return Example(instance, comment.label, story, source, outlet, role, language=stated)


def _story_mentions(
    comments: Sequence[LabelledComment], found: Mapping[str, tuple[Mention, ...]]
) -> dict[str, set[str]]:
    """Say which targets each story is about: label tables hold no articles, so their comments must tell."""
    texts: dict[str, set[str]] = defaultdict(set)
    for comment in comments:
        if comment.document:
            texts[story_of(comment)].add(comment.text)
    about = {}
    for story, of_story in texts.items():
        counts = Counter(target for text in of_story for target in {m.target for m in found[text]})
        about[story] = {target for target, n in counts.items() if n >= _ABOUT * len(of_story)}
    return about


def story_of(comment: LabelledComment) -> str:
    """Name the story of a comment; a comment without one is a story of its own.

    One number is one story, however a spreadsheet wrote it: else a thread would be trained on and measured on.
    """
    return plain_number(comment.document) or TEXT_ALONE + hashlib.sha256(comment.text.encode()).hexdigest()[:16]


def held_out_stories() -> frozenset[str]:
    """Read which stories are held out by decision; none where the corpus is not installed."""
    return read_split("held_out")


def held_out_among(examples: Sequence[Example]) -> frozenset[str]:
    """Read which stories are held out by decision, if comments of the project are among the examples.

    Others' stories may be called the same; none of them was decided on.
    """
    return held_out_stories() if any(are_own(examples)) else frozenset()


def read_split(part: str) -> frozenset[str]:
    """Read a part of the splits that were decided by hand."""
    return frozenset(json.loads(SPLITS.read_text(encoding="utf-8"))[part]) if SPLITS.is_file() else frozenset()


def are_own(examples: Sequence[Example], part: str | None = None) -> list[bool]:
    """Say which examples are comments of the project itself, by what stands in its files.

    Their annotators are called by one letter, as somebody's own may be too; the same words in the same story are not
    met by chance.

    :param part: Of sources that this part of the splits names; of any where not given.
    """
    sources = None if part is None else read_split(part)
    return [
        (sources is None or example.source in sources)
        and (example.story, example.instance.text) in _own_comments(example.source)
        for example in examples
    ]


@cache
def _own_comments(source: str) -> frozenset[tuple[str | None, str]]:
    """Read the stories and texts of one source of the project; none where the corpus is not installed."""
    paths = [path for folder in ALL_COMMENTS for path in folder.glob("*.jsonl") if path.stem == source]
    return frozenset((each.document, each.text) for each in load_labels(paths).comments) if paths else frozenset()


def is_drawn(story: str) -> bool:
    """Tell whether a story is held out where nothing else decides: one in eight, by a digest of its name."""
    return _digest(story)[0] % 8 == 0


def _digest(story: str) -> bytes:
    return hashlib.sha256(story.encode()).digest()


def _drawn(stories: Set[str]) -> Set[str]:
    """Draw stories to hold out; of few, where all or none are drawn, an eighth in the order of their digests."""
    drawn = {story for story in stories if is_drawn(story)}
    if drawn and drawn != stories:
        return drawn
    return set(sorted(stories, key=_digest)[: -(-len(stories) // 8)])


def story_split(
    examples: Sequence[Example], held_out: frozenset[str] = frozenset()
) -> tuple[list[Example], list[Example]]:
    """Split by story into what is trained on and what is measured on.

    :param held_out: Stories that are held out; drawn by digest where none of these occurs.
    :raises LabelError: If one side is empty.
    """
    stories = {example.story for example in examples}
    left_out = stories & held_out or _drawn(stories)
    fitted = [example for example in examples if example.story not in left_out]
    measured = [example for example in examples if example.story in left_out]
    if not fitted or not measured:
        raise LabelError(f"{len(stories)} stories; expected enough to hold some out")
    return fitted, measured
