"""Stems are those of NLTK, without the parts of NLTK that need seconds and 200 MB."""

import subprocess
import sys

import pytest

from stance.discourse.stems import stemmer
from stance.discourse.terms import STEMMED

WORDS = ["running", "Bündnisse", "gouvernements", "говорили", "mentiras", "regeringen", "verklaringen", "sanctions"]

ALONE = """
import sys
from stance.discourse.stems import stemmer
stem = stemmer("english")
assert "sklearn" not in sys.modules and "nltk" not in sys.modules
from nltk import word_tokenize
from nltk.stem import SnowballStemmer
print(stem("sanctions"), SnowballStemmer("english").stem("sanctions"))
"""


@pytest.mark.parametrize("language", sorted(set(STEMMED.values())))
def test_stems_are_those_of_nltk(language: str) -> None:
    from nltk.stem import SnowballStemmer

    assert [stemmer(language)(word) for word in WORDS] == [SnowballStemmer(language).stem(word) for word in WORDS]


def test_nltk_can_be_imported_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["sanction", "sanction"]
