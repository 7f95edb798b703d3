"""Values of cells in the forms in which tools and pages write them: votes, times, removed comments."""

import csv
from pathlib import Path

import pytest

from stance.datamodels import Comment, Document, Skip
from stance.parsing.votes import read_count
from stance.reading import read
from tests.support.tables import table

VOTES = table("cells", "cases")["VOTES"]


@pytest.mark.parametrize(("number", "forms"), VOTES)
def test_votes_are_read_in_all_usual_forms(number, forms):
    assert {form: read_count(form) for form in forms} == dict.fromkeys(forms, number)


def read_table(folder: Path, **columns: list[str]) -> Document:
    path, skips = folder / "t.csv", list[Skip]()
    texts = [f"NATO is late, version {number}." for number in range(len(next(iter(columns.values()))))]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", *columns), *zip(*({"text": texts} | columns).values(), strict=True)])
    [document] = read([path], skip=skips.append)
    assert skips == []
    assert isinstance(document, Document)
    return document


def test_votes_that_are_no_number_are_said(tmp_path):
    document = read_table(tmp_path, votes=["5", "a lot", "3/4"])
    assert [comment.votes for comment in document.comments] == [5, None, None]
    assert document.warnings == ("votes such as 'a lot' are left out; expected whole numbers, such as 1,204 or 1.2K",)


REMOVED = """\
[ Removed by Reddit ]
[ Removed by reddit in response to a copyright notice. ]
[deleted by user]
Comment removed by moderator
This comment was removed because it violated our community guidelines.
(deleted)
Dieser Kommentar wurde von der Redaktion entfernt.
Ce commentaire a été supprimé par la modération.
Este comentario fue eliminado por un moderador.
Комментарий удалён модератором
Цей коментар було видалено
Komentarz został usunięty przez moderatora
Bu yorum moderatör tarafından kaldırıldı
该评论已被删除"""
KEPT = """\
They deleted the comment again.
Removed
This comment was removed by trolls, not by you!
The post was removed because the US told them so
[sarcasm] Sure, NATO never lies."""


def test_removed_comments_are_left_out_of_tables_and_counted(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["author", "text"], *(["Ann", line] for line in f"{REMOVED}\n{KEPT}".split("\n"))])
    [document] = read([path], skip=pytest.fail)
    assert isinstance(document, Document)
    assert [comment.text for comment in document.comments] == KEPT.split("\n")
    assert document.warnings == ("14 comments left out: 14 deleted",)


def test_an_id_that_two_comments_share_is_no_parent(tmp_path):
    document = read_table(tmp_path, id=["12000", "12000", "9", "10"], parent=["", "9", "12000", "9"])

    def parent(comment: Comment) -> str | None:
        return comment.reply_to

    assert list(map(parent, document.comments)) == [None, "9", None, "9"]


DAYS = ("2024-03-01", "2024-03-13", "2024-12-31")
COLUMNS = table("cells", "cases")["COLUMNS"]


@pytest.mark.parametrize("form", COLUMNS)
def test_dates_of_tables_are_read_in_all_usual_forms(tmp_path, form):
    document = read_table(tmp_path, posted=list(COLUMNS[form]))
    assert tuple((comment.posted or "")[:10] for comment in document.comments) == DAYS


@pytest.mark.parametrize(
    ("cells", "times"),
    [
        (("2024-03-01 10:00 EST", "01.03.2024 10:00 MSK"), ("2024-03-01T10:00:00-05:00", "2024-03-01T10:00:00+03:00")),
        (("03/04/2024", "05/04/2024"), (None, None)),  # two days in April, or the fourth of two months
        (("13/03/2024", "3/14/2024", "04/03/2024"), ("2024-03-13", "2024-03-14", None)),
        (("1402/12/11", "۱۱ اسفند ۱۴۰۲", "1445/9/1", "7"), ("2024-03-01", "2024-03-01", "2024-03-11", None)),
        (("0001-01-01T00:00:00Z", "1899-12-30", "1900-01-01", "9999-12-31"), (None,) * 4),
        (("1e400", "nan", "9" * 5000), (None,) * 3),
        (("2024-03", "12:30", "yesterday", "1 Mar 2024 10:00 PM IST"), (None,) * 4),
    ],
)
def test_what_a_column_does_not_tell_is_left_out_and_said(tmp_path, cells, times):
    document = read_table(tmp_path, posted=list(cells))
    assert tuple(comment.posted for comment in document.comments) == times
    assert ("are left out; expected ISO 8601" in " ".join(document.warnings)) == (None in times)
