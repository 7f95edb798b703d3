"""The window of ``stance open``: a folder with pages, their store and its report, worked in the browser.

The window starts the commands that it shows, and serves what they write: it computes no figure of its own.
"""
