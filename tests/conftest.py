"""What several test modules share."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# No test asserts a time: machines differ, and a busy one is no fault of the code.
settings.register_profile("stance", deadline=None)
settings.load_profile("stance")


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"
