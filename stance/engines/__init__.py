"""Engines: where a pipeline runs. This process, this machine's cores, Spark; the rows are the same from each."""
