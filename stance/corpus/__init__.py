"""The corpus folder: documents, comments and scores as Parquet parts, and a manifest that says what they were made of.

A part is written whole or not at all and the manifest last, so a run that is killed leaves what it had done, and the
next one goes on from there.
"""

from stance.corpus.manifest import is_corpus
from stance.corpus.reader import Corpus, open_corpus
from stance.corpus.writer import CorpusWriter

__all__ = ["Corpus", "CorpusWriter", "is_corpus", "open_corpus"]
