"""Sources that are files of patterns: regular expressions, and spaCy's token patterns."""
