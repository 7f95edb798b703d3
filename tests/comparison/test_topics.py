"""Topics and events against planted ones; groups by topic, and by several columns."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance.aggregation.audit_labels import AuditLabels
from stance.comparison.topics import TopicWords
from stance.datamodels import Document, LabelledComment, Score, Stance
from stance.exceptions import ConfigError
from tests.aggregation.test_aggregation import score
from tests.support.comparison_samples import Tally

LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = [f"w{one}{two}{three}" for one in LETTERS[:5] for two in LETTERS for three in LETTERS]
COMMONNESS = 1 / np.arange(1, len(VOCABULARY) + 1)


def text(rng: np.random.Generator, topic: int) -> list[str]:
    """Draw 250 words: a fifth of the topic, a fifth of the event, the others as common as words of a language are."""
    of_topic = rng.choice(np.arange(200 + 60 * topic, 260 + 60 * topic), 50)
    of_event = rng.choice(rng.choice(np.arange(1000, 3000), 25), 50)
    other = rng.choice(len(VOCABULARY), 150, p=COMMONNESS / COMMONNESS.sum())
    words = np.concatenate([of_topic, of_event, other])
    rng.shuffle(words)
    return [VOCABULARY[at] for at in words]


def words_of(texts: list[list[str]]) -> TopicWords:
    words = TopicWords()
    for number, own in enumerate(texts):
        words.add(number, Document(f"d{number}", "x", title=" ".join(own[:6]), body=(" ".join(own),)))
    return words


def test_shuffled_words_have_no_topic() -> None:
    rng = np.random.default_rng(2)
    pool = np.array([word for number in range(120) for word in text(rng, number % 4)])
    rng.shuffle(pool)
    assert words_of(pool.reshape(120, -1).tolist()).find(np.arange(120) % 2) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("groups", [[n // 5 for n in range(40)], [-1] * 40])
def test_articles_of_one_title_have_no_topic(groups: list[int]) -> None:
    assert words_of([["Open", "thread", "war"]] * 40).find(groups) is None


TOPICS = {
    "gas": "pipeline gas winter storage price heating",
    "vote": "ballot senate candidate poll district turnout",
    "match": "goal striker referee league stadium penalty",
}
AGAINST = {"gas": 8, "vote": 5, "match": 2}


def rows(labels: bool = False) -> tuple[list[tuple[Document, list[Score]]], AuditLabels | None]:
    rng, found, given = np.random.default_rng(4), [], []
    for number in range(72):
        topic, outlet = [*TOPICS][number % 3], "AB"[number % 2]
        body = " ".join(rng.choice(TOPICS[topic].split(), 40))
        document = Document(f"d{number}", "x", outlet, title=body[:20], body=(body,), published="2026-03-05")
        own = [
            score(
                Stance.AGAINST if at < AGAINST[topic] else Stance.FAVOR,
                outlet=outlet,
                document=document.document_id,
                comment=f"c{at}",
                author=f"{number}-{at}",
            )
            for at in range(10)
        ]
        found.append((document, own))
        given += [
            LabelledComment("x", "nato", each.stance, f"{each.document}/{each.comment}", role="audit", probability=1.0)
            for each in own
            if each.stance
        ]
    return found, AuditLabels(given) if labels else None


def compared(by: str, topic: str | None = None, labels: bool = False) -> Any:
    documents, audit = rows(labels)
    tally = Tally(["nato"], by=by, audit=audit, topic=topic)
    for document, own in documents:
        tally.add(own, document)
    return tally.comparison()


def test_groups_are_the_topics_that_are_found() -> None:
    found = compared("topic", labels=True)
    assert len(found.groups) == 3
    assert sum(group.comments for group in found.groups) == 720
    against = {
        group.group: next(each for each in group.shares if each.stance is Stance.AGAINST) for group in found.groups
    }
    assert {each.method for each in against.values()} == {"corrected"}
    assert sorted(round(each.estimate or 0, 1) for each in against.values()) == [0.2, 0.5, 0.8]
    most = max(against, key=lambda name: against[name].estimate or 0)
    assert set(most.split(", ")) <= set(TOPICS["gas"].split())
    (one,) = (each for each in found.topics if (each.group, each.stance) == (most, "against"))
    assert one.estimate == pytest.approx(0.8 - 0.35, abs=0.02)  # minus the mean of the other topics
    assert one.verdict == "differ"
    assert found["topics"][0]["kind"] == "topic"


def test_labels_that_are_no_random_sample_correct_no_topic_either() -> None:
    documents, audit = rows(labels=True)
    assert audit
    chosen = AuditLabels(audit.comments[::5])  # all drawn, as they say
    tally = Tally(["nato"], by="topic", audit=chosen)
    for document, own in documents:
        tally.add(own, document)
    found = tally.comparison()
    assert [(group.labelled["nato"], group.shares[0].method) for group in found.groups] == [(0, "model")] * 3
    assert all(group.checks["labels_odd"] for group in found.groups)
    assert [*chosen.odd] == ["all comments"]


def test_topics_are_the_same_again() -> None:
    assert compared("topic") == compared("topic")


def test_lists_of_words_are_topics(tmp_path: Path) -> None:
    path = tmp_path / "topics.toml"
    path.write_text('energy = ["Gas", "pipeline"]\nsport = ["goal", "league"]\n', encoding="utf-8")
    found = {group.group: group.comments for group in compared("topic", str(path)).groups}
    assert found == {"energy": 240, "sport": 240, "(not stated)": 240}


@pytest.mark.parametrize("content", ["energy = 3", "energy = [", ""])
def test_lists_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "topics.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"topics\.toml: .*expected the words of each topic"):
        compared("topic", str(path))


def test_without_topics_the_user_is_told_what_to_give() -> None:
    tally = Tally(["nato"], by="topic")
    tally.add([score(Stance.AGAINST)])
    with pytest.raises(ConfigError, match=r"expected --topic COLUMN or FILE\.toml"):
        tally.comparison()


def test_topics_of_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"--topic: .*expected --by topic"):
        compared("outlet", "desk")
