"""Forget: a person's comments leave a folder, and what must be made again, or cannot be cleaned, is named.

A person may ask for it, and the law may give them the right to. So it is not enough to drop rows: what others quoted of
them goes too, pages that show their words are blanked, and what cannot be cleaned (a model that was trained on them, a
page that the user saved) is told.
"""

from stance.forgetting.removal import Forgotten, forget

__all__ = ["Forgotten", "forget"]
