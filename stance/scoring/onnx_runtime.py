"""Import ONNX Runtime with its telemetry off; nothing else may import it.

By default, version 1.29 and later keep an identifier and a database of events in the user's cache folder and send
them to the maker. A program that says it runs offline must not do that.
"""

import os
from functools import cache
from typing import Any


@cache
def load_runtime() -> Any:
    """Import ``onnxruntime`` with its telemetry off, for this process and its child processes.

    Events that it recorded when imported before cannot be undone.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, at its start: nothing is noted, on the disk neither
    import onnxruntime  # noqa: TID251 here and nowhere else

    onnxruntime.disable_telemetry_events()  # Windows does not know the variable
    return onnxruntime
