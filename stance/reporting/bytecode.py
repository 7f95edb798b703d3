"""What templates are compiled to, kept beside them as Python keeps modules: to compile them takes a tenth of a report.

A folder that may not be written to stays as it is; templates are then compiled each time.
"""

import os
import pickle
import sys
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache


class TemplateBytecode(BytecodeCache):
    """Keeps compiled templates in ``__pycache__`` of their folder, as trusted as the modules compiled to there.

    :param templates: The folder of the templates.
    """

    def __init__(self, templates: Path) -> None:
        self._folder = templates / "__pycache__"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket; it stays empty where there is nothing, or the template was another then."""
        with suppress(OSError, EOFError, pickle.UnpicklingError), self._place(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template was compiled to, whole or not at all."""
        if sys.dont_write_bytecode:
            return
        place = self._place(bucket)
        draft = place.with_name(f"{place.name}.{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            try:
                draft.write_bytes(bucket.bytecode_to_string())
                draft.replace(place)
            finally:
                draft.unlink(missing_ok=True)

    def _place(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.jinja-{jinja2.__version__}.{sys.implementation.cache_tag}"
