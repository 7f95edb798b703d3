"""Labelling: comments drawn with known probabilities, and the page on which people label them."""
