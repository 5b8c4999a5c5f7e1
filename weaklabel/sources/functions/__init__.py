"""Sources that are functions: a person's own, named in a file or in a notebook."""
