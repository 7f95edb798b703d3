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
print(stem("sanctions"), *{"nltk", "sklearn"} & {name.partition(".")[0] for name in sys.modules})
"""


@pytest.mark.parametrize("language", sorted(set(STEMMED.values())))
def test_stems_are_those_of_nltk(language: str) -> None:
    from nltk.stem import SnowballStemmer

    assert [stemmer(language)(word) for word in WORDS] == [SnowballStemmer(language).stem(word) for word in WORDS]


def test_no_part_of_nltk_stays_in_the_way_of_its_import() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["sanction"]
