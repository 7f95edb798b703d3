"""Analyse the discourse of comments: copies, words, positions, replies, narratives, incivility, links, activity."""
