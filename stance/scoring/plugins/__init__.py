"""Load plugged-in models: one module per kind, each with a row in ``stance.scoring.loading.PLUGINS``."""
