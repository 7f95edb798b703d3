"""Reports that may be shared: everything that could be about one person is left out before anything is drawn."""
