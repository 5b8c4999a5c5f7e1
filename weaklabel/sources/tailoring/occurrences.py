"""Where names stand in a corpus: how often, and in which sentence first."""

from __future__ import annotations

from collections.abc import Iterable

from weaklabel.ground.normal import Key, normal_key
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.tailoring.entries import Entry, Example
from weaklabel.text import Corpus, Sentence


def words_of(corpus: Corpus) -> frozenset[str]:
    """The normal forms of a corpus's words, and of their parts at hyphens."""
    return frozenset(t for word in corpus.interned.words for t in normal_key(word))


def reachable(lexicon: Lexicon, words: frozenset[str]) -> Lexicon:
    """The names all of whose words stand in a text: no other can be found in it.

    Args:
        lexicon: names.
        words: those of :func:`words_of`.
    """
    return Lexicon(
        tuple(term for term in lexicon.terms if _is_within(term.name, words)), lexicon.licences
    )


def _is_within(name: str, words: frozenset[str]) -> bool:
    key = normal_key(name)
    return bool(key) and all(token in words for token in key)


def counted(entries: Iterable[Entry], corpus: Corpus, words: frozenset[str]) -> list[Entry]:
    """Entries with how often their names stand in a corpus, each by itself, and an example."""
    listed = list(entries)
    terms = [Term(entry.name, entry.types) for entry in listed]
    within = [term for term in terms if _is_within(term.name, words)]
    index = NameIndex(Lexicon(tuple(within)))
    counts: dict[str, int] = {}
    examples: dict[str, Example] = {}
    for sentence in corpus if within else ():
        for match in index.matches(sentence.words):
            for name in {within[row].name for row in match.terms}:
                counts[name] = counts.get(name, 0) + 1
                if name not in examples:
                    examples[name] = example(sentence, match.start, match.end)
    return [
        entry._replace(times=counts.get(entry.name, 0), example=examples.get(entry.name))
        for entry in listed
    ]


def example(sentence: Sentence, start: int, end: int) -> Example:
    """A sentence and where in it tokens ``start`` to ``end`` are."""
    base = sentence.offsets[0][0]
    last = sentence.offsets[-1][1]
    text = sentence.document_text[base:last]
    a, b = sentence.offsets[start][0] - base, sentence.offsets[end - 1][1] - base
    return Example(sentence.document_id, text, a, b)


def key_of(sentence: Sentence, start: int, end: int) -> Key:
    """The normal form of a span."""
    a, b = sentence.offsets[start][0], sentence.offsets[end - 1][1]
    return normal_key(sentence.document_text[a:b])
