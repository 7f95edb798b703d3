"""What templates are compiled to, kept beside them as Python keeps modules: to compile them takes a tenth of a report.

A folder that may not be written to stays as it is; templates are then compiled each time.
"""

import hashlib
import marshal
import os
import sys
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

_DIGEST_BYTES = hashlib.sha256().digest_size


class TemplateBytecode(BytecodeCache):
    """Keeps compiled templates in ``__pycache__`` of their folder, as trusted as the modules compiled to there.

    Whoever can write there can write the templates and modules beside it. The digest in front tells what belongs to
    another template, or was damaged, before anything of it is read: damaged code may crash the process.

    :param templates: The folder of the templates.
    """

    def __init__(self, templates: Path) -> None:
        self._folder = templates / "__pycache__"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket; it stays empty where there is nothing, or the template was another then."""
        with suppress(OSError):
            data = self._place(bucket).read_bytes()
            digest, code = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
            if digest == _digest(bucket, code):
                bucket.code = marshal.loads(code)  # noqa: S302 as Python loads the modules beside it

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template was compiled to, whole or not at all, and for nobody else to write."""
        if sys.dont_write_bytecode or sys.pycache_prefix:
            return
        place, code = self._place(bucket), marshal.dumps(bucket.code)
        draft = place.with_name(f"{place.name}.{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(mode=0o755, exist_ok=True)
            draft.unlink(missing_ok=True)  # of a run that was killed
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(_digest(bucket, code) + code)
                draft.replace(place)
            finally:
                draft.unlink(missing_ok=True)

    def _place(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.jinja-{jinja2.__version__}.{sys.implementation.cache_tag}"


def _digest(bucket: Bucket, code: bytes) -> bytes:
    return hashlib.sha256(bucket.checksum.encode() + code).digest()
