"""One document, one reading: a name is weighed over all its occurrences in a document.

A sentence at a time, a tagger finds "crocin" where the context gives it away and misses it in the
next sentence. Here every surface that was found somewhere in a document is looked up in all of
it, and the *mean* of the span's probabilities over its occurrences decides for all of them.
An occurrence that lies in, or touches, another predicted span is left as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from weaklabel.ground.types import Floats, Longs
from weaklabel.nn.path import Path
from weaklabel.tags import TagScheme
from weaklabel.text import Corpus

Weigh = Callable[[Longs, Longs], Path]
"""Tags of all tokens ``(N,)`` and the sentences to do → the probabilities of these tags."""

ROUNDS = 3
"""So many readings of one token are tried."""


class _Place(NamedTuple):
    """A run of tokens of the corpus, ``start <= i < end``, in one sentence."""

    start: int
    end: int


class _Name(NamedTuple):
    """A surface of one type in one document."""

    document: int
    words: tuple[int, ...]
    label: str


def one_reading(corpus: Corpus, scheme: TagScheme, path: Path, weigh: Weigh) -> Path:
    """Lay one reading over each document.

    Args:
        corpus: the text.
        scheme: the tags.
        path: the best path of each sentence; not changed.
        weigh: tells how likely other tags are.

    Returns:
        A path with spans added and taken away.
    """
    found = _found(corpus, scheme, path)
    missing = _missing(corpus, path, found)
    chance = _chances(corpus, scheme, path, weigh, missing)
    tags, own, steps = path.tags.copy(), path.own.copy(), path.steps.copy()
    verdicts = []
    for name, places in missing.items():
        asked = [place for place in places if (name, place) in chance]
        seen = [float(np.prod(path.step_within(place))) for place in found[name]]
        mean = float(np.mean([*seen, *(chance[name, place][0] for place in asked)]))
        verdicts.append((mean, name, asked))
    for mean, name, asked in sorted(verdicts, key=lambda v: (-v[0], v[1])):
        if mean < 0.5:
            for start, end in found[name]:
                tags[start:end] = 0
            continue
        for place in asked:
            where = slice(*place)
            if not tags[where].any():
                tags[where] = scheme.span_tags(place.end - place.start, name.label)
                own[where], steps[where] = chance[name, place][1:]
    return type(path)(tags, own, steps)


def _found(corpus: Corpus, scheme: TagScheme, path: Path) -> dict[_Name, list[_Place]]:
    found: dict[_Name, list[_Place]] = defaultdict(list)
    splits, ids = corpus.token_splits, corpus.interned.ids
    for sentence in np.unique(corpus.token_sentence[path.tags > 0]).tolist():
        base, after = int(splits[sentence]), int(splits[sentence + 1])
        document = int(corpus.sentence_document[sentence])
        for span in scheme.decode(path.tags[base:after].tolist()):
            place = _Place(base + span.start, base + span.end)
            words = tuple(ids[place.start : place.end].tolist())
            found[_Name(document, words, span.label)].append(place)
    return found


def _missing(
    corpus: Corpus, path: Path, found: dict[_Name, list[_Place]]
) -> dict[_Name, list[_Place]]:
    """Where a found name stands as well, with no predicted span near it."""
    document_tokens = corpus.token_splits[corpus.sentence_splits]
    ids, free = corpus.interned.ids, path.tags == 0
    missing: dict[_Name, list[_Place]] = {}
    for name in found:
        a, b = document_tokens[name.document : name.document + 2].tolist()
        words, n = ids[a:b], len(name.words)
        starts = np.flatnonzero(words[: max(0, b - a - n + 1)] == name.words[0])
        for offset, word in enumerate(name.words[1:], 1):
            starts = starts[words[starts + offset] == word]
        places = [_Place(a + s, a + s + n) for s in starts.tolist()]
        inside = corpus.token_sentence
        places = [
            p for p in places if free[slice(*p)].all() and inside[p.start] == inside[p.end - 1]
        ]
        if places:
            missing[name] = places
    return missing


_Columns = tuple[float, Floats, Floats]


def _chances(
    corpus: Corpus,
    scheme: TagScheme,
    path: Path,
    weigh: Weigh,
    missing: dict[_Name, list[_Place]],
) -> dict[tuple[_Name, _Place], _Columns]:
    """Probability of each missing span, and of its tags, in the light of its own sentence."""
    left = [(name, place) for name, places in missing.items() for place in places]
    chances: dict[tuple[_Name, _Place], _Columns] = {}
    for _ in range(ROUNDS):
        tags = path.tags.copy()
        tried, later = [], []
        for name, place in left:
            if tags[slice(*place)].any():
                later.append((name, place))
                continue
            tags[slice(*place)] = scheme.span_tags(place.end - place.start, name.label)
            tried.append((name, place))
        if not tried:
            break
        rows: Longs = np.unique(corpus.token_sentence[[p.start for _, p in tried]]).astype(np.int64)
        weighed = weigh(tags, rows)
        for name, place in tried:
            where = slice(*place)
            chance = float(np.prod(weighed.step_within(place)))
            chances[name, place] = (chance, weighed.own[where], weighed.steps[where])
        left = later
    return chances
