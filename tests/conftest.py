"""What several test modules share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# No test asserts a time: machines differ, and a busy one is no fault of the code. CI draws the same examples every
# time, so that what was green stays green; runs elsewhere draw others, and look on.
settings.register_profile("stance", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "stance")


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"
