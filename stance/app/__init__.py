"""The window of ``stance open`` and the pages that ask a person: served to the browser of this machine alone."""
