"""Readings of HTML pages: the article and the comments."""
