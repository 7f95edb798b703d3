"""How often Python looks for what nothing refers to any more, other than by a circle of references.

By default it looks each time that 700 more objects were made than given back, and a run makes millions that stay for a
while: texts, mentions, cues that fired. Looking through them took a tenth of the time of scoring, and found nothing.
"""

import gc

_OBJECTS = 50_000
"""Made and not given back before Python looks: a few megabytes. Ten times as many were no faster."""


def collect_seldom() -> None:
    """Let Python look less often, in a process that is ours alone; a program that uses the package decides itself."""
    gc.set_threshold(_OBJECTS, 20, 20)
