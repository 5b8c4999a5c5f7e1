"""Sources that are other tools, or what they wrote down."""
