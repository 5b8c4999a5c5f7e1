"""How a corpus writes names that are risky: by it alone they are told from words and lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from weaklabel.ground.normal import Key, is_acronym, normal_key
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.text import Corpus, Sentence


def is_exact(name: str) -> bool:
    """Whether a name is a short form in capitals: found only as written, so it is no "can".

    >>> [is_exact(name) for name in ("CAN", "NO", "Can", "No", "mRNA")]
    [True, True, False, False, False]
    """
    return is_acronym(name) and name.isupper() and len(name) > 1


def is_spelt(key: Key) -> bool:
    """Whether a name is nothing but single letters and numbers of one or two digits.

    >>> is_spelt(normal_key("2,4-D")), is_spelt(normal_key("5-HT"))
    (True, False)
    """
    return all(len(token) == 1 or (token.isdigit() and len(token) < 3) for token in key)


def is_long(key: Key) -> bool:
    """Whether it has three letters or numbers, which seldom meet by chance: "2,4-D", not "H-7"."""
    return sum(token.isalnum() for token in key) > 2


def shouted(
    lexicon: Lexicon, corpus: Corpus, stopwords: frozenset[str], *, often: int = 3
) -> dict[str, str]:
    """Short form in capitals → evidence that the corpus has there a word in a sentence in capitals.

    Only short forms that are words in lower case are looked at: a function word, or one that the
    corpus writes in lower case.

    Args:
        lexicon: all names.
        corpus: raw text.
        stopwords: function words, in normal form.
        often: times that the corpus must write a word in lower case for its capitals to be doubted.
    """
    small = _counts(corpus)
    asked = [
        term
        for term in lexicon.terms
        if is_exact(term.name)
        and small[term.name]
        and (term.key[0] in stopwords or small[term.name.lower()] >= often)
    ]
    times: Counter[str] = Counter()
    aloud: Counter[str] = Counter()
    for name, sentence, start, end in _found(asked, corpus):
        times[name] += 1
        aloud[name] += _is_in_capitals([*sentence.words[:start], *sentence.words[end:]])
    return {
        name: f"{n} of {n} times the whole sentence is in capitals; "
        f"{small[name.lower()]} times {name.lower()!r}"
        for name, n in sorted(times.items())
        if aloud[name] == n
    }


def spelt_names(lexicon: Lexicon, corpus: Corpus) -> dict[str, Counter[str]]:
    """Name of single letters and numbers → how the corpus writes what could be it.

    Args:
        lexicon: all names.
        corpus: raw text.
    """
    asked = [term for term in lexicon.terms if term.key and is_spelt(term.key)]
    surfaces: dict[str, Counter[str]] = defaultdict(Counter)
    for name, sentence, start, end in _found(asked, corpus):
        a, b = sentence.offsets[start][0], sentence.offsets[end - 1][1]
        surfaces[name][sentence.document_text[a:b]] += 1
    return {name: surfaces[name] for name in sorted(surfaces)}


def is_written_so(name: str, surfaces: Counter[str]) -> bool:
    """Whether at least half of what could be a name is written as it is listed."""
    return surfaces.total() <= 2 * surfaces[name]


def written_otherwise(name: str, surfaces: Counter[str]) -> str:
    """How else a corpus writes what could be a name: "2, 4 d" is days, not "2,4-D".

    >>> written_otherwise("2,4-D", Counter({"2, 4 d": 3, "2,4-D": 1}))
    "3 of 4 times written otherwise: '2, 4 d'"
    """
    others = sorted(set(surfaces) - {name}, key=lambda surface: (-surfaces[surface], surface))
    shown = ", ".join(map(repr, others[:3]))
    times = surfaces.total()
    return f"{times - surfaces[name]} of {times} times written otherwise: {shown}"


def _counts(corpus: Corpus) -> Counter[str]:
    """How often each word stands in a corpus, as it is written."""
    ids, words = corpus.interned
    counts = np.bincount(ids, minlength=len(words)).tolist()
    return Counter(dict(zip(words, counts, strict=True)))


def _found(terms: list[Term], corpus: Corpus) -> Iterator[tuple[str, Sentence, int, int]]:
    """Name, sentence, and first and last token but one, wherever one of some names stands."""
    if not terms:
        return
    names = {term.name: term.key for term in terms}
    by_key: dict[Key, list[str]] = defaultdict(list)
    for name, key in names.items():
        by_key[key].append(name)
    found = DictionarySource(NameIndex(Lexicon(tuple(terms)))).label(corpus)
    for vote in found.rows():
        sentence = corpus[vote.sentence]
        a, b = sentence.offsets[vote.start][0], sentence.offsets[vote.end - 1][1]
        surface = sentence.document_text[a:b]
        for name in by_key.get(normal_key(surface), ()):
            if not is_exact(name) or name == surface:
                yield name, sentence, vote.start, vote.end


def _is_in_capitals(words: list[str]) -> bool:
    """Whether most words are in capitals; a sentence without other words tells nothing."""
    letters = [word for word in words if word.isalpha() and len(word) > 1]
    return 2 * sum(word.isupper() for word in letters) > len(letters)
