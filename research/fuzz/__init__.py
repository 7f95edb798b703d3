"""Bytes that nobody wrote, until a reader or a parser does what it never may: raise, hang, or grow without bound."""
