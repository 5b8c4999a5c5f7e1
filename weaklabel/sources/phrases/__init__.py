"""Phrases mined from raw text, whose type nobody knows yet (AutoPhrase; Shang et al., 2018).

A phrase is good if it is frequent, if its words stand together more often than chance, if it
tells much, and if it is complete. What these mean in numbers is learnt from the names of a
dictionary, against all other frequent word sequences, most of which are no phrases.
"""

from weaklabel.sources.phrases.mining import MinedPhrases, Phrase, mine_phrases
from weaklabel.sources.phrases.settings import PhraseSettings
from weaklabel.sources.phrases.source import PhraseSource

__all__ = ["MinedPhrases", "Phrase", "PhraseSettings", "PhraseSource", "mine_phrases"]
