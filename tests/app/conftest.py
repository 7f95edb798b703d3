"""What tests of the pages share that commands serve."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.labelling_pages import make_store
from tests.support.window_pages import Running, open_window_with_report


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of four comments to label."""
    return make_store(tmp_path / "labels.db")


@pytest.fixture
def running(tmp_path: Path, own_settings: None) -> Iterator[Running]:
    """A window with two pages and their report."""
    with open_window_with_report(tmp_path / "project") as running:
        yield running
