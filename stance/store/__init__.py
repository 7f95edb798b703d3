"""The store: one SQLite file with the documents, comments, scores, samples and labels of a project."""

from stance.store.documents import Store, StoredRun
from stance.store.file import is_store, stores_in

__all__ = ["Store", "StoredRun", "is_store", "stores_in"]
