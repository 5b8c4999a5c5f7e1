"""A run's folder: what is finished in it, of which arguments, and its log."""
