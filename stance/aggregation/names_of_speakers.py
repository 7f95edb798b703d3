"""Forms of the names of speakers, counted as one person."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping


def merge_names(counts: Mapping[str, int], names: Collection[str]) -> Counter[str]:
    """Count a person under the longest form of the name, where only one longer form holds all its words.

    ``Peskov`` counts as ``Dmitry Peskov`` where no other Peskov is named.

    :param counts: Name -> sentences.
    :param names: Of the same article or outlet, toward all targets; holds those of ``counts``.
    """
    words = {name: frozenset(name.casefold().split()) for name in names}
    holders: dict[str, set[str]] = defaultdict(set)  # word -> names; an outlet may quote thousands
    for name in names:
        for word in words[name]:
            holders[word].add(name)
    merged: Counter[str] = Counter()
    for name, n in counts.items():
        rarest = min((holders[word] for word in words[name]), key=len, default=set())
        longer = [other for other in rarest if words[name] < words[other]]
        tops = [other for other in longer if not any(words[other] < words[third] for third in longer)]
        merged[tops[0] if len(tops) == 1 else name] += n
    return merged
