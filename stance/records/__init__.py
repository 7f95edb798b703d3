"""Records of documents and scores as JSON, CSV and Parquet, and the ids and digests in them."""
