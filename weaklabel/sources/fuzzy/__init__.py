"""Dictionary names that stand misspelt, or spelt another way, in the text."""

from weaklabel.sources.fuzzy.index import FuzzyIndex, FuzzyMatch, compatible
from weaklabel.sources.fuzzy.source import FuzzyRules, FuzzySource

__all__ = ["FuzzyIndex", "FuzzyMatch", "FuzzyRules", "FuzzySource", "compatible"]
