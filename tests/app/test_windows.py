"""What Windows lacks is not used: the main commands run without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_main_commands_use_nothing_that_windows_lacks(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "support" / "windows_system.py"
    paths = os.pathsep.join((str(script.parent.parent), str(script.parent)))
    words = [sys.executable, "-X", "warn_default_encoding", str(script)]
    done = subprocess.run(
        [*words, str(tmp_path)], env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("worked\n"), done.stdout + done.stderr
