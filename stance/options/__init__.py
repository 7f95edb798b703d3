"""The options of a run, each defined once: with its flag, environment variable and help text.

A group of options is a frozen dataclass. The command line writes the signature of a command from the groups it takes,
and the Python API builds the same groups from keyword arguments; so a new option is one field here.
"""
