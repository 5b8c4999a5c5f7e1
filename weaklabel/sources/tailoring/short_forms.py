"""Short forms that a corpus means something else by than the dictionary does."""

from __future__ import annotations

from collections import Counter, defaultdict

from weaklabel.ground.normal import is_acronym, normal_key
from weaklabel.lexicon import Lexicon
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.grown.definitions import definitions
from weaklabel.text import Corpus


def redefined(
    lexicon: Lexicon, corpus: Corpus, *, documents: int = 2, share: float = 2 / 3
) -> dict[str, str]:
    """Listed short form → evidence that the corpus mostly defines it as something else.

    A definition agrees with the dictionary where its long form, or a part of it, is a listed name
    that shares a type: "spinocerebellar ataxia 3 (SCA3)". "mass spectrometry (MS)" does not.

    Args:
        lexicon: names.
        corpus: raw text.
        documents: those that must define a short form as something else: one may be odd.
        share: share of the documents defining it that must do so.
    """
    short = {t.name: set(t.types) for t in lexicon.terms if is_acronym(t.name)}
    index = NameIndex(lexicon)
    agree: Counter[str] = Counter()
    other: dict[str, dict[str, str]] = defaultdict(dict)
    for sentence in corpus:
        if not any("(" in word for word in sentence.words):
            continue
        for found in definitions(sentence):
            form = "".join(found.short)
            if form not in short:
                continue
            a, b = sentence.offsets[found.long_start][0], sentence.offsets[found.long_end - 1][1]
            long = sentence.document_text[a:b]
            key = normal_key(long)
            parts = (key[i:j] for i in range(len(key)) for j in range(i + 1, len(key) + 1))
            listed = (row for part in parts for row in index.rows.get(part, ()))
            kinds = {kind for row in listed for kind in lexicon.terms[row].types}
            if kinds & short[form]:
                agree[form] += 1
            else:
                other[form][sentence.document_id] = long
    return {
        form: f"{len(longs)} of {len(longs) + agree[form]} definitions mean something else: "
        + ", ".join(sorted(set(longs.values()))[:3])
        for form, longs in sorted(other.items())
        if len(longs) >= documents and len(longs) >= share * (len(longs) + agree[form])
    }
