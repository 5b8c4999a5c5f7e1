"""What is known of English: function words, qualifiers, general nouns, verbs."""

from __future__ import annotations

from weaklabel.knowledge.pack import Pack, words


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
    )
