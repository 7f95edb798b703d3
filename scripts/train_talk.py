"""Train the weights by which a line is like one of a comment (``data/blocks/talk.npz``).

    python scripts/train_talk.py PAGES... [-o data/blocks/talk.npz] [--half 0|1|both]

PAGES are folders of HTML pages. The lines of pages whose reading is certain teach: those of their comments, and others. At
most ``OF_SITE`` pages of a site are read. The printed figure is the area under the curve, cross-validated by site.
"""
