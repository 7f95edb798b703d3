"""Remove a person's comments from stores and from our own tables, and list other files that hold them.

The same comment is in many tables under many names: by author, by pseudonym, by the id of a sample, or by its words
alone. So tables are read first to gather all that is known of the person, and then judged by all of it.
"""

from stance.store.forgetting.files import forget

__all__ = ["forget"]
