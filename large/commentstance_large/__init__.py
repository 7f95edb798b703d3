"""The data of the model ``large`` of commentstance: ``model`` and ``encoder``."""
