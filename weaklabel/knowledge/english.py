"""What is known of English: function words, qualifiers, general nouns, verbs and their places."""

from __future__ import annotations

from weaklabel.knowledge.pack import Pack, words, written


def english() -> Pack:
    """English, from ``dictionaries/english/``.

    >>> "severe" in english().qualifiers
    True
    """
    return Pack(
        stopwords=words("english/stopwords.txt"),
        qualifiers=words("english/qualifiers.txt"),
        generic=words("english/generic.txt"),
        verbs=words("english/verbs.tsv"),
        before_verbs=written("english/before_verbs.txt"),
        demonstratives=written("english/demonstratives.txt"),
    )
