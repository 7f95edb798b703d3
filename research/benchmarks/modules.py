"""Count the modules that a command enters, its calls, and how often a call leads into another module.

    python -m research.benchmarks.modules report seeds/000_a88b90113f26c970.txt -o build/report

Calls of functions of the package count, not the running of modules when they are imported. Worker processes are not
seen, so the command runs with one job.
"""

import os
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

PACKAGE = str(Path(__file__).parents[2] / "stance") + os.sep


def main() -> int:
    """Run a command of ``stance`` under a profile function and print the counts."""
    entered: Counter[str] = Counter()
    changes, last = 0, ""

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal changes, last
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PACKAGE) and code.co_name != "<module>":
            entered[code.co_filename] += 1
            changes += code.co_filename != last
            last = code.co_filename

    from stance.cli import main as run_command

    sys.argv = ["stance", *sys.argv[1:], "--jobs", "1"]
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        run_command()
    except SystemExit as ended:
        code = ended.code
    else:
        code = 0
    sys.setprofile(None)
    print(f"{len(entered)} modules entered, {entered.total():,} calls, {changes:,} changes of module")
    return int(code or 0)


if __name__ == "__main__":
    sys.exit(main())
