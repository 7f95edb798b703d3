"""What lies beside saved pages: frames that a browser saved, and pages.csv."""

import json
import os
from pathlib import Path

import pytest

import stance
from stance.datamodels import Page, Skip
from stance.limits import Limits, limits_in_force
from stance.parsing import host_of, make_document
from stance.reading import read
from stance.reading.beside import digest_beside
from stance.reading.frames import saved_frame
from tests.support.commands import run
from tests.support.tables import cases

SOURCE = (Path(__file__).parents[1] / "pages" / "disqus.html").read_text(encoding="utf-8")
START, END = SOURCE.index('<div id="disqus_thread">'), SOURCE.index("</body>")
THREAD = f"<html><body>{SOURCE[START:END]}</body></html>"


def save(folder: Path, address: str, file: str, inner: str = THREAD) -> Path:
    path = folder / "My story.html"
    frame = f'<div id="disqus_thread"><iframe class="a" src="{address}" width=1></iframe></div>'
    path.write_text(SOURCE[:START] + frame + SOURCE[END:], encoding="utf-8")
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(inner, encoding="utf-8")
    return path


@cases("address", "file")
def test_a_saved_frame_is_part_of_its_page(tmp_path, address, file):
    save(tmp_path, address, file)
    [document] = stance.parse(tmp_path)
    (tmp_path / "whole.html").write_text(SOURCE, encoding="utf-8")
    [whole] = stance.parse(tmp_path / "whole.html")
    assert (document.comments, document.body, document.doubts) == (whole.comments, whole.body, whole.doubts)


def test_a_missing_frame_leaves_the_advice(tmp_path):
    path = save(tmp_path, "My%20story_files/comments.html", "My story_files/comments.html")
    (tmp_path / "My story_files/comments.html").unlink()
    [document] = stance.parse(path)
    assert document.comments == ()
    assert any("Disqus" in doubt for doubt in document.doubts)


@cases("address")
def test_nothing_but_plain_files_of_the_folder_is_opened(tmp_path, address):
    path = save(tmp_path, "x", "My story_files/x.html")
    (tmp_path / "secret.html").write_text(THREAD)
    (tmp_path / "My story_files/link.html").symlink_to(tmp_path / "secret.html")
    (tmp_path / "My story_files/folder").mkdir()
    (tmp_path / "My story_fileshare").mkdir()
    (tmp_path / "My story_fileshare/x.html").write_text(THREAD)
    assert saved_frame(path, "My%20story_files/x.html") == tmp_path / "My story_files" / "x.html"
    assert saved_frame(path, address) is None


def test_a_linked_folder_is_not_followed(tmp_path):
    path = save(tmp_path, "x", "elsewhere/x.html")
    (tmp_path / "My story_files").symlink_to(tmp_path / "elsewhere")
    assert saved_frame(path, "My story_files/x.html") is None


def test_frames_count_for_the_size_of_their_page(tmp_path):
    path = save(tmp_path, "My story_files/x.html", "My story_files/x.html", THREAD + " " * 50_000)
    with limits_in_force(Limits(html_bytes=40_000)):
        [page] = read([path], skip=print)
    assert "srcdoc" not in page.text
    assert "larger than 40,000 bytes" in page.warnings[0]


def test_a_named_folder_of_frames_is_read_with_its_page_only(tmp_path):
    path = save(tmp_path, "x", "My story_files/x.html")
    folder = tmp_path / "My story_files"
    assert [page.source for page in read([path, folder, folder / "x.html"], skip=print)] == [str(path)]
    assert len(list(read([folder], skip=print))) == 1  # by itself it is a folder like others


TEXT = """The bridge is open

The new bridge over the river was opened on Monday by the mayor of the town, who cut a ribbon with her own hands.

Many people came to see it, and most of them walked over it at least once in the afternoon of that sunny day.
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TEXT.replace("Monday", f"the day of {name[0]}"))
    return tmp_path


def table(folder: Path, *lines: str) -> None:
    (folder / "pages.csv").write_text("\n".join(("file,outlet,title,date,url", *lines)), encoding="utf-8")


def test_a_table_beside_pages_describes_them(folder):
    table(folder, "a.txt,The Paper,Bridge opened,2024-03-01,https://paper.example/a", "./b.txt,,,,")
    parsed = run("parse", folder)
    first, second = map(json.loads, parsed.stdout.splitlines())
    stated = ("The Paper", "Bridge opened", "2024-03-01", "https://paper.example/a")
    assert tuple(first[name] for name in ("outlet", "title", "published", "url")) == stated
    assert second["outlet"] is None
    assert "1 page described by pages.csv" in parsed.stderr


def test_the_table_counts_for_a_single_page_and_is_no_input_itself(folder):
    table(folder, "a.txt,The Paper,,,")
    [document] = stance.parse(folder / "a.txt")
    assert document.outlet == "The Paper"
    assert len(stance.parse([folder / "a.txt", folder / "pages.csv"])) == 1
    (folder / "pages.csv").symlink_to((folder / "pages.csv").rename(folder / "elsewhere"))
    assert stance.parse(folder / "a.txt")[0].outlet is None


def test_what_the_user_tells_goes_before_options_and_the_page(folder):
    table(folder, "a.txt,,,,https://www.paper.example/a")
    first, second = stance.parse(folder, outlet="Another")
    assert (first.outlet, second.outlet) == ("paper.example", "Another")


@cases("line", "reason")
def test_a_wrong_row_is_named_and_costs_no_other(folder, line, reason):
    table(folder, line, "a.txt,Fine,,,")
    skips: list[Skip] = []
    first, _ = read([folder], skip=skips.append)
    assert first.facts.outlet == "Fine"
    assert any(reason in skip.reason and "pages.csv" in skip.source for skip in skips)


@pytest.mark.parametrize("header", ["file,outlet,colour", "file,file"])
def test_a_wrong_header_is_named(folder, header):
    (folder / "pages.csv").write_text(f"{header}\na.txt,X,Y\n")
    skips: list[Skip] = []
    assert len(list(read([folder], skip=skips.append))) == 2
    assert len(skips) == 1


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2", b"\xff\xfe", os.urandom(2_000), b'file,outlet\n"' + b"x" * 3_000_000]
)
def test_hostile_tables_lose_no_page(folder, content):
    (folder / "pages.csv").write_bytes(content)
    assert len([page for page in read([folder], skip=lambda _: None) if isinstance(page, Page)]) == 2


def test_a_changed_row_or_frame_changes_the_digest(tmp_path):
    path = save(tmp_path, "x", "My story_files/x.html")
    seen = {digest_beside(path, "0")}
    (tmp_path / "My story_files/x.html").write_text("another")
    seen.add(digest_beside(path, "0"))
    table(tmp_path, "My story.html,X,,,")
    seen.add(digest_beside(path, "0"))
    assert len(seen) == 3
    assert digest_beside(tmp_path / "pages.csv", "0") == "0"


@cases("source", "host")
def test_a_folder_that_is_named_after_a_host_tells_the_outlet(source, host):
    assert host_of(source) == host


def test_the_host_of_a_folder_is_the_last_to_be_asked(tmp_path):
    path = tmp_path / "www.news.org" / "a.txt"
    path.parent.mkdir()
    path.write_text(TEXT)
    [page] = read([path], skip=print)
    assert make_document(page).outlet == "news.org"
    assert stance.parse(path, outlet="PageFacts")[0].outlet == "PageFacts"
