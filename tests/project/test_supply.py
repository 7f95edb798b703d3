"""What the project is built and tested with: each release is locked, with digests, and within the ranges we state."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

ENTRY = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; ([^\\\n]+?))?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
"""A release, where it is needed (a Python, a system), and the digests of its files."""


def locked() -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for entry in ENTRY.finditer(LOCK):
        found.setdefault(entry[1], []).append(Version(entry[2]))
    return found


def wanted() -> list[Requirement]:
    project = PROJECT["project"]
    stated = (*project["dependencies"], *project["optional-dependencies"]["dev"], *PROJECT["build-system"]["requires"])
    return [Requirement(each) for each in stated]


def test_every_line_of_the_lock_is_a_release_with_digests() -> None:
    rest = re.sub(r"^ +# .*\n", "", ENTRY.sub("", LOCK), flags=re.MULTILINE)
    assert rest.strip() == ""
    assert len(locked()) > 50


def test_the_lock_names_no_place_to_download_from() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^(?:--|-)", LOCK, re.MULTILINE)


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_what_we_ask_for_is_locked_within_its_range(requirement: Requirement) -> None:
    versions = locked()[canonicalize_name(requirement.name)]
    assert all(version in requirement.specifier for version in versions), (requirement, versions)
