"""Comments of a store are found by their words, with their stances and their place in the report."""

import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.records.score_records import SCORE_FIELDS, TEXT_FIELDS
from tests.support.commands import refused, run
from tests.support.store_samples import change, page, update, write
from tests.support.tables import cases


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store, its page and its key."""
    folder = tmp_path_factory.mktemp("store")
    pages = [page("north", comments=6), page("south", outlet="The Gazette"), page("east", comments=2)]
    pages[0]["comments"][3]["text"] = "=1+1 <b>Harbour lights</b>, says NATO."
    pages[1]["comments"][0] |= {"text": "The harbour of NATO is closed.", "posted": None}
    pages[1]["url"] = "https://example.org/south"
    pages[2]["comments"][1] |= {"text": "NATO, harbours and nothing new.", "posted": "2024-02-01T10:00:00"}
    update([write(folder / "pages.jsonl", *pages)], folder / "store.db")
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "store.db"


def found(store: Path, *words: str, **options: Any) -> list[str]:
    return stance.find(store, *words, **options)["text"].drop_duplicates().tolist()


def test_a_comment_is_shown_with_article_stance_and_place(store: Path) -> None:
    done = run("find", store, "closed", "harbour", "--target", "nato")
    assert done.stderr == "stance: 1 comment found\n"
    article, said, scored, link = done.stdout.splitlines()
    assert article == "The Gazette, 2024-03-02, What south means for NATO and Russia, https://example.org/south"
    assert re.fullmatch(r"  reader-\w+: The harbour of NATO is closed\.", said)
    number = r"\d\.\d\d"
    of_each = f"favor {number}, against {number}, neutral {number}, not_addressed {number}"
    assert re.fullmatch(rf"  nato: \w+ \({of_each}\)", scored)
    assert link == f"  {stance.find(store, 'closed')['link'][0]}"


HOSTILE = ['"', 'a"b', "AND closed", "NEAR(harbour nato)", "text:", "-x", "^x", "(", "nato OR", "a\x00b", "\ud800"]


@pytest.mark.parametrize("word", HOSTILE)
def test_no_word_is_syntax(store: Path, word: str) -> None:
    """Signs alone are no words, and leave out nothing."""
    expected = [] if re.search("[a-zA-Z]", word) else found(store, "harbour")
    assert found(store, "harbour", word) == expected
    assert found(store, word) == []


def test_choices_narrow_what_is_found(store: Path) -> None:
    everything = stance.find(store, "nato")
    assert [*everything.columns] == [*SCORE_FIELDS, *TEXT_FIELDS, "link"]
    for column, value in (("target", "nato"), ("stance", "not_addressed"), ("outlet", "The Gazette")):
        some: Any = {column: value}
        expected = everything[everything[column] == value]
        assert 0 < len(expected) < len(everything)
        assert stance.find(store, "nato", **some)["link"].tolist() == expected["link"].tolist()
    assert found(store, "nato", stance="favor") == []  # pages say of both that they could not be read
    links = everything[everything["target"] == "nato"]["link"]
    assert set(links) < set(stance.find(store, target="nato")["link"])  # all that may concern it, without words
    assert stance.find(store, target="us")[["via", "possible"]].notna().any(axis=1).all()
    assert len(found(store, "harb*", since="2024-03-01")) == 2  # one by its article's date
    assert len(found(store, "harb*", since="2024-03-03")) == 1
    assert run("find", store, "harb*", "--since", "2024-03-03").stdout.count("#comment-") == 1


@cases("option", "value", "message")
def test_what_nobody_can_find_is_refused(store: Path, option: str, value: str, message: str) -> None:
    assert message in refused("find", store, "nato", option, value)


@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")  # of shares without labels
def test_links_lead_to_the_comment_in_the_report(store: Path, tmp_path: Path) -> None:
    """Also where several documents have one id, and the page of each has a name of its own."""
    pages = [page("west", comments=2, id="0" * 16), page("far", comments=5, id="0" * 16)]
    update([tmp_path / "pages.jsonl", write(tmp_path / "more.jsonl", *pages)], store)
    index = stance.report(store, output=tmp_path / "report", model="vader", key_file=tmp_path / "key.db")
    rows = stance.find(store, "what").drop_duplicates("link")
    assert len({link.partition("#")[0] for link in rows["link"]}) == 5
    for link, text in zip(rows["link"], rows["text"], strict=True):
        name, _, place = link.partition("#")
        shown = (index.parent / name).read_text(encoding="utf-8").partition(f'<li id="{place}"')[2]
        assert text in unescape(re.sub("<[^>]+>", "", shown.partition("</li>")[0])), link


def test_html_escapes_what_strangers_wrote(store: Path, tmp_path: Path) -> None:
    run("find", store, "lights", "<b>harbour", "-o", tmp_path / "x.html")
    shown = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "=1+1 &lt;b&gt;Harbour lights&lt;/b&gt;, says NATO." in shown
    assert "<b>" not in shown
    assert f'href="{stance.find(store, "lights")["link"][0]}"' in shown
    assert "against" in shown
    run("find", store, "zebra", "-o", tmp_path / "x.html")
    assert "No comment found." in (tmp_path / "x.html").read_text(encoding="utf-8")


@cases("statement", "said")
def test_damage_is_named(store: Path, statement: str, said: str) -> None:
    change(store, statement)
    done = run("find", store, "NATO", code=3)
    assert said in done.stderr
    assert done.stderr.count(f"{said} (") <= 1
