"""The description of the tables of labels, as a Frictionless data package."""

import json

from research.data_package import PACKAGE, package


def test_the_description_of_the_tables_is_that_of_their_content() -> None:
    """If it is not: ``python -m research.data_package`` writes it anew."""
    assert json.loads(PACKAGE.read_text(encoding="utf-8")) == json.loads(json.dumps(package()))
