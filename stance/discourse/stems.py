"""Find the stems of words by the stemmers of NLTK."""

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that finds stems by Snowball (M. Porter).

    :param language: Its name in English.
    """
    return _stemmers().SnowballStemmer(language).stem


@cache
def _stemmers() -> ModuleType:
    """Import the module of stemmers without the rest of NLTK.

    ``import nltk`` imports scipy, scikit-learn and pandas: 200 MB and four seconds, instead of 6 MB and a tenth of one.
    """
    spec = None if "nltk" in sys.modules else find_spec("nltk")
    if spec and spec.origin:
        try:
            folder = Path(spec.origin).parent
            for name, path in {"nltk": folder, "nltk.stem": folder / "stem", "nltk.corpus": folder / "corpus"}.items():
                sys.modules[name] = package = ModuleType(name)  # empty, in place of what the module is in or imports
                package.__path__ = [str(path)]
            vars(package)["stopwords"] = None  # lists that are not used here
            return import_module("nltk.stem.snowball")
        except ImportError:  # a release in which the module needs more
            pass
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] == "nltk"]:
                del sys.modules[name]  # another part of this process may want all of it
    return import_module("nltk.stem.snowball")
