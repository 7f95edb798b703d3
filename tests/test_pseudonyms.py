import stat
from pathlib import Path

import pytest

from stance.exceptions import ConfigError
from stance.pseudonyms import load_key, parse_key, pseudonym

KEY = bytes(range(32))


def test_one_name_has_one_pseudonym_whatever_its_case_and_spacing() -> None:
    assert pseudonym("George  King", key=KEY) == pseudonym(" george king ", key=KEY)
    assert pseudonym("George King", key=KEY) != pseudonym("George Kinga", key=KEY)


def test_another_key_gives_another_pseudonym() -> None:
    assert pseudonym("George King", key=KEY) != pseudonym("George King", key=KEY[::-1])


def test_no_name_has_no_pseudonym() -> None:
    assert pseudonym(None, key=KEY) is None


def test_pseudonyms_show_nothing_of_the_name() -> None:
    shown = pseudonym("George King", key=KEY)
    assert shown is not None
    assert shown.startswith("reader-")
    assert "george" not in shown


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "settings" / "pseudonyms.key"
    key = load_key(path)
    assert load_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["pseudonyms.key"]


@pytest.mark.parametrize("text", ["", "word", "abcd", "0" * 30, "é" * 64])
def test_a_bad_key_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="key"):
        load_key(path)


def test_parse_key_reads_hexadecimal() -> None:
    assert parse_key(KEY.hex() + "\n", "test") == KEY
