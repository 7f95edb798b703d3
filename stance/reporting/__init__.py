"""Reports: the page of each document, the index of the pages, and the files to compute with."""
