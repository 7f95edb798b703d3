"""Read the voices of single sentences, as labels have them, with the sentences around them."""

from collections.abc import Sequence
from itertools import accumulate

from stance.scoring.sentences import ENGLISH
from stance.scoring.voices.describing import Described, describe_headline, describe_spans
from stance.scoring.voices.quotations import quotations
from stance.scoring.voices.sentences import Said, passages_of, read_described


def describe_list(sentences: Sequence[str], language: str) -> list[Described]:
    """Describe consecutive sentences of one paragraph."""
    ends = list(accumulate(len(sentence) + 1 for sentence in sentences))
    spans = [(end - len(sentence) - 1, end - 1) for sentence, end in zip(sentences, ends, strict=True)]
    text = " ".join(sentences)
    return describe_spans(text, spans, language, quotations(text))


def read_voices(sentences: Sequence[str], language: str = ENGLISH, headline: str = "") -> list[Said]:
    """Return the voice and the speaker of each of some consecutive sentences of one paragraph."""
    title = describe_headline(headline, language) if headline else None
    described = describe_list(sentences, language)
    return read_described(described, passages_of(sentences, language), title)
