"""Build the documentation: make docs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from stance.resources import VERSION

project = "stance"
author = "The stance authors"
copyright = "2026, the stance authors"
version = release = VERSION

extensions = ["myst_parser", "commands"]
root_doc = "docs/index"  # the source is the whole checkout, so that links out of docs/ lead to pages, too
include_patterns = [
    "docs/*.md",
    "docs/commands/*.md",
    "research/*.md",
    "research/data/README.md",
    "research/data/STATEMENT.md",
    "research/reports/*.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "data/LABEL_GUIDE.md",
]
exclude_patterns = [".*", "build", "dist", "stance", "tests", "seeds"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"stance {VERSION}"
html_extra_path = ["site"]
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_show_sourcelink = False
html_copy_source = False
