"""The dictionary as a source: compiled, scanned for, and what its matches mean."""
