"""Makers of the models, one module each."""
