"""Dumps of text browsers: names of pictures, bullets, columns and buttons that they print around comments."""

import pytest

from stance.parsing.dump.text_lines import read_lines


@pytest.mark.parametrize("word", ["[deleted]", "[…]", "[Reply]", "as [sic] they say [12]", "[1] a note"])
def test_other_words_in_brackets_stay(word: str) -> None:
    page = f"[558ad05]\n[35aca2a]\n[3121c33]\n{word}\n[default]\n"
    assert [line.full for line in read_lines(page)] == [word]


def test_bullets_of_inner_lists_are_no_letters_of_names() -> None:
    page = "     * Ann\n          + Bo\n               o Cy\n                    # Dot\n               o o Eve\n"
    lines = read_lines(page)
    assert [(line.text, line.bullet) for line in lines] == [
        (name, True) for name in ("Ann", "Bo", "Cy", "Dot", "o Eve")
    ]
    assert read_lines("               o Cy\n")[0].text == "o Cy"
