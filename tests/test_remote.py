"""Inputs by address: what a folder or a pattern means, and what cannot be reached is said."""

from pathlib import Path

import pytest

from stance.datamodels import Skip
from stance.engines.spark import find_remote, open_remote
from stance.engines.spark import is_remote_name as is_remote
from stance.reading.inputs import WEB


@pytest.fixture
def store(tmp_path: Path) -> str:
    for name in (
        "p10.html",
        "p2.html",
        "x y.txt",
        "a/one.warc.gz",
        "a/b/two.txt",
        "a/shown.png",
        "_tmp/half.txt",
        "q.exe",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("hi")
    return tmp_path.as_uri()


def found(address: str, base: str) -> tuple[list[str], list[Skip]]:
    skips: list[Skip] = []
    files = [name.removeprefix(base) for name, _ in find_remote(address, skips.append)]
    return files, skips


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("s3://bucket/x", True),
        ("hdfs:/x", True),
        ("file:///x", True),
        ("seeds", False),
        ("C:/pages", False),
        ("a:b", False),
    ],
)
def test_an_address_has_a_scheme(name: str, is_one: bool) -> None:
    assert is_remote(name) is is_one


def test_a_folder_means_all_in_it_that_may_be_pages(store: str) -> None:
    files, skips = found(store, store)
    assert files == ["/a/b/two.txt", "/a/one.warc.gz", "/p2.html", "/p10.html", "/x%20y.txt"]
    assert [skip.source for skip in skips] == [f"{store}/q.exe"]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [("/*.html", ["/p2.html", "/p10.html"]), ("/*/*.gz", ["/a/one.warc.gz"]), ("/p?.html", ["/p2.html"])],
)
def test_a_pattern_means_what_fits_it(store: str, pattern: str, files: list[str]) -> None:
    assert found(store + pattern, store) == (files, [])


def test_what_was_found_can_be_opened(store: str) -> None:
    for name, size in find_remote(store, lambda _: None):
        with open_remote(name) as stream:
            assert stream.read() == b"hi"
            assert size == 2


@pytest.mark.parametrize("name", ["/none.html", "/none/*.html", "/*.none"])
def test_what_is_not_there_is_said(store: str, name: str) -> None:
    files, (skip,) = found(store + name, store)
    assert files == []
    assert (skip.source, skip.reason[:12]) == (store + name, "no such file")


def test_a_scheme_that_nobody_knows_is_said() -> None:
    files, (skip,) = found("gopher://there/x", "")
    assert files == []
    assert "cannot be reached" in skip.reason


def test_a_file_that_is_gone_raises_what_a_file_raises(store: str) -> None:
    with pytest.raises(OSError, match="gone"):
        open_remote(f"{store}/gone.html")


def test_a_web_address_is_not_fetched() -> None:
    files, skips = found("https://example.org/page", "")
    assert files == []
    assert [skip.reason for skip in skips] == [WEB]
