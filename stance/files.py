"""Opening a file that somebody else may have put there."""

import errno
import stat
from pathlib import Path
from typing import BinaryIO


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file for reading: a pipe would be waited on for ever, a device read without end.

    :raises OSError: If it is none, or cannot be opened.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder is refused by name below
        raise OSError(errno.EINVAL, "not a regular file")
    return path.open("rb")
