"""Which words a corpus writes with a capital where nothing but being a name asks for one."""

from __future__ import annotations

from collections import Counter

from weaklabel.text import Corpus


def names_by_case(
    corpus: Corpus, *, min_count: int = 3, min_share: float = 0.5, heading_share: float = 0.5
) -> frozenset[str]:
    """Words, in lower case, that are mostly capitalised within sentences: "Neutral", the brand.

    Args:
        corpus: raw text.
        min_count: capitals that must be seen: one may be a slip.
        min_share: share of a word's occurrences within sentences that must have one.
        heading_share: share of capitalised words from which a sentence is a heading, and tells
            nothing.

    >>> text = "The dose of Advance rose. Most advance. It was Advance that helped, Advance alone."
    >>> sorted(names_by_case(Corpus.from_texts([text])))
    ['advance']
    """
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for sentence in corpus:
        words = [word for word in sentence.words if word.isalpha() and len(word) > 1]
        large_here = [word for word in words[1:] if word[0].isupper() and word[1:].islower()]
        if len(large_here) > heading_share * len(words):
            continue
        large.update(word.lower() for word in large_here)
        small.update(word for word in words[1:] if word.islower())
    return frozenset(
        word for word, n in large.items() if n >= min_count and n >= min_share * (n + small[word])
    )
