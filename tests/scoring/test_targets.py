"""Mentions: what names a target, what only looks like it, and what a targets file may hold."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.exceptions import TargetError
from stance.scoring.targets.aliases import Alias, Target
from stance.scoring.targets.files import replaced_targets
from stance.scoring.targets.target_set import TargetSet, load_targets
from tests.support.growth import reads_linearly
from tests.support.tables import cases, repeated, table


def found(text: str, targets: TargetSet | None = None, **options: int | None) -> list[tuple[str, str]]:
    mentions = (targets or load_targets()).find(text, **options)
    return [(mention.target, text[mention.start : mention.end]) for mention in mentions]


def write(folder: Path, content: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(content, encoding="utf-8")
    return path


def own(*aliases: str) -> TargetSet:
    return TargetSet([Target("x", "X", tuple(Alias(alias) for alias in aliases))])


@pytest.mark.parametrize(("text", "expected"), table("names_of_targets"))
def test_names_are_found(text: str, expected: list[list[str]]) -> None:
    assert found(text) == [*map(tuple, expected)]


@cases("text")
def test_what_only_looks_like_a_name_is_not(text: str) -> None:
    assert found(text) == []


@cases("text", "year", "expected")
def test_leaders_speak_for_their_years(text: str, year: int | None, expected: list[list[str]]) -> None:
    assert found(text, year=year) == [*map(tuple, expected)]


@cases("alias", "text", "expected")
def test_a_longer_name_of_another_target_hides_no_shorter_one_of_the_same(
    alias: str, text: str, expected: list[tuple[str, str]]
) -> None:
    targets = TargetSet([*load_targets().targets, *own(alias).targets])
    assert found(text, targets) == [*map(tuple, expected)]


@pytest.mark.parametrize(("alias", "text", "expected"), table("forms_of_aliases"))
def test_an_alias_is_found_in_the_forms_that_people_write(alias: str, text: str, expected: list[str]) -> None:
    targets = TargetSet([Target("x", "X", (Alias(alias, case=alias in ("BBC", "US")),))])
    assert [surface for _, surface in found(text, targets)] == expected


@given(st.text())
def test_spans_stand_in_order_in_any_text(text: str) -> None:
    mentions = load_targets().find(text)
    assert all(0 <= mention.start < mention.end <= len(text) for mention in mentions)
    spans = sorted({(mention.start, mention.end) for mention in mentions})
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


@cases("parts")
def test_hostile_texts_take_linear_time(parts: list[tuple[str, int]]) -> None:
    assert reads_linearly(load_targets().find, repeated(parts))


def test_own_file_adds_and_replaces(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [[targets]]
        id = "norway"
        label = "Norway"
        aliases = ["Norway", "Norwegian*", { text = ["Oslo"], kind = "metonym" },
                   { text = "no", before = ["the"], case = false }]
        not = ["Norway spruce"]

        [[targets]]
        id = "nato"
        aliases = ["the pact"]
        """,
    )
    targets = load_targets(path)
    assert targets.ids == ("russia", "us", "norway", "nato")
    assert found("Oslo, Norway spruce, the no, no, NATO, the pact", targets) == [
        ("norway", "Oslo"),
        ("norway", "no"),
        ("nato", "the pact"),
    ]


def test_own_aliases_replace_those_that_ship_with_a_warning_or_extend_them(tmp_path: Path) -> None:
    table = '[[targets]]\nid="nato"\naliases=["the pact"]\n'
    replacing, extended = load_targets(write(tmp_path, table)), load_targets(write(tmp_path, table + "extend = true"))
    shipped = load_targets()["nato"]
    (warning,) = replacing.warnings
    assert f"1 alias of nato in place of the {len(shipped.aliases)} that ship; extend = true" in warning
    assert replaced_targets(replacing.targets).keys() == {"nato"}
    assert found("NATO, the pact", extended) == [("nato", "NATO"), ("nato", "the pact")]
    assert (extended["nato"].label, extended.warnings, replaced_targets(extended.targets)) == (shipped.label, (), {})
    with pytest.raises(TargetError, match="expected the id of a built-in target"):
        load_targets(write(tmp_path, '[[targets]]\nid="norway"\naliases=["Norway"]\nextend=true'))


@pytest.mark.parametrize(("alias", "count"), [("us*", 1), ("r", 1), ("Stoltenberg", 0)])
def test_everyday_words_are_named_in_a_warning(tmp_path: Path, alias: str, count: int) -> None:
    targets = load_targets(write(tmp_path, f'[[targets]]\nid="x"\naliases=["{alias}"]'))
    assert len(targets.warnings) == count
    assert all(f": alias {alias!r} of x is an everyday word" in seen for seen in targets.warnings)


@cases(
    "content",
    "message",
    more=[
        (f'[[targets]]\nid = "a"\naliases = ["{"N" * 300_000}"]', "alias of 300,000 characters; expected at most 200"),
        ("a = " + "[" * 5_000, "not TOML"),
        ("#" * 1_000_001, "more than 1,000,000 bytes"),
    ],
)
def test_a_bad_file_is_named_with_what_was_seen(tmp_path: Path, content: str, message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(TargetError, match=message) as caught:
        load_targets(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@cases("written", "target")
def test_letters_of_another_alphabet_that_look_alike_are_read_as_meant(written: str, target: str | None) -> None:
    assert found(f"Well, the {written} again, и все") == ([(target, written)] if target else [])


def test_targets_are_chosen_by_the_names_that_pages_print() -> None:
    assert load_targets().select(["Russia", "the United States", "nato"]).ids == ("russia", "us", "nato")


@pytest.mark.parametrize(("text", "language", "expected"), table("targets_without_a_name"))
def test_what_means_a_target_without_its_name_is_found(text: str, language: str, expected: list[str]) -> None:
    assert {mention.target for mention in load_targets().find(text, language=language)} == set(expected)


def test_what_means_a_target_alone_does_not_count_beside_its_name(tmp_path: Path) -> None:
    targets = load_targets()
    assert found("the US army and our troops", targets) == [("us", "US army")]
    assert found("Russia sees our troops", targets) == [("russia", "Russia"), ("us", "our troops")]
    mine = write(tmp_path, '[[targets]]\nid = "x"\naliases = ["Norway", {text = "fjords", alone = true}]')
    assert [text for _, text in found("fjords in Norway", load_targets(mine))] == ["Norway"]
    assert [text for _, text in found("blue fjords", load_targets(mine))] == ["fjords"]
