"""The store: one SQLite file with the documents, comments, scores, samples and labels of a project."""

from stance.store.documents import Store, StoredRun
from stance.store.file import ENDINGS, is_store, part_name, stores_in

__all__ = ["ENDINGS", "Store", "StoredRun", "is_store", "part_name", "stores_in"]
