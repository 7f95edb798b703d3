"""Values of cells in the forms in which tools and pages write them: votes, times, removed comments."""

import csv
from pathlib import Path

import pytest

from stance.datamodels import Comment, Document, Skip
from stance.parsing.counts import read_count
from stance.reading import read

VOTES = {
    1_204: ("1,204", "1.204", "1 204", "1\u202f204", "1'204", "+1,204", "1204.0", "1,204 likes", "Likes: 1204"),
    12_345: ("12,345", "12 345", "12.345", "12\xa0345"),
    120_400: ("1,20,400", "120.400", "120,4K"),
    3_100: (
        "3.1K",
        "3,1K",
        "3,1 k",
        "3,1 тыс.",
        "3.1 тис.",
        "3,1 Tsd.",
        "3,1 tys.",
        "3,1 tis.",
        "3,1 mil",
        "3,1 mila",
        "3.1千",
    ),
    12_000: ("1.2万", "1.2만", "12 bin", "12 rb", "12K"),
    1_200_000: ("1.2M", "1,2 Mio.", "1,2 mln", "1,2 млн", "1,2 mi", "1,200,000", "1.200.000"),
    -3: ("-3", "−3", "– 3"),
    None: ("", "many", "1.5", "1,5", "5 1", "3 of 4", "0.204", "K", "1e3"),
}


@pytest.mark.parametrize(("number", "forms"), VOTES.items())
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
    assert document.warnings == ("14 deleted comments left out",)


def test_an_id_that_two_comments_share_is_no_parent(tmp_path):
    document = read_table(tmp_path, id=["12000", "12000", "9", "10"], parent=["", "9", "12000", "9"])

    def parent(comment: Comment) -> str | None:
        return comment.reply_to

    assert list(map(parent, document.comments)) == [None, "9", None, "9"]
