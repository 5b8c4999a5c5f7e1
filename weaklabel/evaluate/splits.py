"""split_scores(): how well names in the dictionary are found, and how well the others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from weaklabel.evaluate.scoring import measures
from weaklabel.evaluate.strict import check_rows
from weaklabel.ground.normal import is_acronym
from weaklabel.lexicon import Lexicon
from weaklabel.text import Annotations, Gold

SPLITS = ("in dictionary", "not in dictionary", "ambiguous", "abbreviation")
"""The categories, as they are listed. A span is in exactly one, see :func:`split_of`."""

_BRACKETED = re.compile(r"[(\[]\s*([^()\[\];,]{2,12}?)\s*[)\];,]")


def split_of(surface: str, lexicon: Lexicon, short_forms: frozenset[str] = frozenset()) -> str:
    """The category of a span's text; the first that applies, in this order.

    1. ``abbreviation``: a short form by its looks ("MS", "PGE2"), or defined in the document as
       "long form (SF)", whether or not a dictionary lists it;
    2. ``ambiguous``: the dictionary lists it under several types;
    3. ``in dictionary``: listed under one type, whichever;
    4. ``not in dictionary``.

    Names are compared in normal form (case, plural, hyphen).

    >>> from weaklabel.lexicon import Term
    >>> lexicon = Lexicon.of([Term("fever", ("Disease",))])
    >>> [split_of(s, lexicon) for s in ("Fevers", "ague", "PGE2")]
    ['in dictionary', 'not in dictionary', 'abbreviation']
    """
    if is_acronym(surface) or surface in short_forms:
        return "abbreviation"
    types = lexicon.types_of(surface)
    if len(types) > 1:
        return "ambiguous"
    return "in dictionary" if types else "not in dictionary"


def split_scores(
    gold: Gold, predicted: Annotations, lexicon: Lexicon, *, bootstrap: int = 1000, seed: int = 0
) -> dict[str, dict[str, float | int | None]]:
    """Strict scores by category of :data:`SPLITS`.

    Gold and predicted spans are sorted into the categories by their own text, so recall
    divides by the gold spans of a category and precision by the predicted ones.

    Args:
        gold: documents and a person's spans.
        predicted: spans whose ``document`` is a row of ``gold.corpus``.
        lexicon: the dictionary in question.
        bootstrap: resamplings of documents for the intervals; 0 leaves the intervals out.
        seed: what the resampling starts from.

    Returns:
        category → ``gold``, ``found``, ``recall``, ``predicted``, ``correct``, ``precision``,
        ``f1``, ``f1_low``, ``f1_high``; ratios are fractions, 0 where nothing is there;
        ``found`` is ``correct`` by another name, beside ``gold`` and ``recall``.

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    check_rows(predicted, gold.corpus.n_documents)
    counts = np.zeros((gold.corpus.n_documents, len(SPLITS), 3), np.int64)
    wanted, found = (_by_document(side) for side in (gold.annotations, predicted))
    for document in sorted(wanted.keys() | found.keys()):
        text = gold.corpus.document_text(document)
        short_forms = defined_short_forms(text)
        here, there = wanted.get(document, set()), found.get(document, set())
        for side, spans in enumerate((here, there, here & there)):
            for start, end, _ in spans:
                name = split_of(text[start:end], lexicon, short_forms)
                counts[document, SPLITS.index(name), side] += 1
    rows = measures(counts, bootstrap=bootstrap, seed=seed)
    return {
        name: {**row.to_dict(), "found": row.correct}
        for name, row in zip(SPLITS, rows, strict=True)
    }


def _by_document(side: Annotations) -> dict[int, set[tuple[int, int, str]]]:
    spans: dict[int, set[tuple[int, int, str]]] = {}
    for document, start, end, label in sorted(side.keys()):
        spans.setdefault(document, set()).add((start, end, label))
    return spans


def defined_short_forms(text: str) -> frozenset[str]:
    """Short forms a text defines as "long form (SF)" (the test of Schwartz & Hearst, 2003).

    >>> sorted(defined_short_forms("Guillain-Barre syndrome (GBs) after influenza (see below)"))
    ['GBs']
    """
    return frozenset(_defined(text))


def _defined(text: str) -> Iterator[str]:
    for found in _BRACKETED.finditer(text):
        short = found.group(1)
        if len(short.split()) > 2 or not short[0].isalnum() or not any(map(str.isalpha, short)):
            continue
        before = text[: found.start()].split()[-min(len(short) + 5, 2 * len(short)) :]
        if _spells(short, " ".join(before)):
            yield short


def _spells(short: str, words: str) -> bool:
    """Whether ``words`` hold the letters of ``short`` in order, the first at a word's start."""
    at = len(words)
    for i in range(len(short) - 1, -1, -1):
        letter = short[i].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and not (
            words[at].lower() == letter and (i or at == 0 or not words[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return False
    return len(words) - at > len(short)
