"""Sources that grow of the dictionary's own names, and of the text."""
