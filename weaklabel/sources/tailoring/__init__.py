"""A dictionary fitted to a corpus: names dropped, names added, each with rule and evidence."""
