"""The network that reads the voice of English sentences which the rules leave unsure."""

from collections.abc import Sequence

import pytest

from stance.datamodels import Document, Voice
from stance.scoring.documents import named_sentences
from stance.scoring.targets import load_targets
from stance.scoring.voices import (
    VoicePassage,
    VoiceReader,
    read_voices,
    voice_reader,
)

PLAIN = VoicePassage("", "The ferry runs between Oslo and Kiel twice a week.", "A ticket costs 80 euros.")
SAID = VoicePassage("", "“We will not leave,” the mayor told the council.", "He sat down.")


def test_a_sentence_is_read_alike_in_any_company() -> None:
    reader = voice_reader()
    together = reader.read([PLAIN, SAID])
    assert together == [*reader.read([PLAIN]), *reader.read([SAID])]
    assert together[0] < -1 < 1 < together[1]
    assert reader.read([]) == []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences that the network is asked about; it takes all of them for quoted."""
    found: list[str] = []

    def read(_self: VoiceReader, passages: Sequence[VoicePassage]) -> list[float]:
        found.extend(passage.text for passage in passages)
        return [40.0] * len(passages)

    monkeypatch.setattr(VoiceReader, "read", read)
    return found


UNSURE = "Ministers see the bridge as a danger to Russia."
SURE = "“The bridge of Russia is old and must go,” said Bo Reed."


def test_it_is_asked_about_what_the_rules_leave_unsure(asked: list[str]) -> None:
    assert [voice for voice, _ in read_voices([UNSURE])] == [Voice.QUOTED]
    assert asked == [UNSURE]
    assert [voice for voice, _ in read_voices([SURE])] == [Voice.QUOTED]
    assert asked == [UNSURE]


def test_it_is_asked_only_about_sentences_that_name_a_target(asked: list[str]) -> None:
    document = Document("d", "d.html", language="en", body=(UNSURE, UNSURE.replace("Russia", "the town")))
    assert len(list(named_sentences(document, load_targets(), is_read=True))) == 1
    assert asked == [UNSURE]
    list(named_sentences(document, load_targets()))
    assert len(asked) == 1
