"""Texts → sentences and tokens, as flat arrays; exactly as :mod:`weaklabel.segment` says.

Most sentence ends are certain and are found by the compiled tokeniser; the few that need a closer
look ("Fig. 2", "by J. Smith") are judged by :mod:`weaklabel.segment` itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weaklabel.kernels.characters import character_classes
from weaklabel.kernels.interning import Vocabulary, empty_vocabulary, interned
from weaklabel.kernels.strings import flat
from weaklabel.kernels.tokenising import (
    ASK,
    Bytes,
    Ints,
    Longs,
    Tokens,
    character_bytes,
    rows_between,
    tokenise,
)
from weaklabel.segment import ABBREVIATIONS, Offsets, ends_sentence

BATCH_BYTES = 1 << 22
"""Text that is worked on at once: small enough to stay in a core's cache, mostly."""
Given = TypeVar("Given")
Made = TypeVar("Made")


class Segmented(NamedTuple):
    """Documents as tokens.

    Attributes:
        document_sentences: ``(D,)`` sentences of each document.
        sentence_tokens: ``(S,)`` tokens of each sentence.
        start, end: ``(N,)`` characters within the document.
        ids: ``(N,)`` index of each token's string in ``words``; None where nobody looked.
        words: the distinct strings, in order of first appearance.
    """

    document_sentences: Longs
    sentence_tokens: Longs
    start: Ints
    end: Ints
    ids: Ints | None
    words: Vocabulary | None


def in_order(
    work: Callable[[Given], Made], batches: Sequence[Given], threads: int
) -> Iterator[Made]:
    """Work on batches, several at once, and yield the results in order.

    For work that releases the interpreter lock. At most two results a thread wait to be fetched.
    """
    if threads <= 1 or len(batches) <= 1:
        yield from map(work, batches)
        return
    with ThreadPoolExecutor(threads) as pool:
        ahead = 2 * threads
        waiting = [pool.submit(work, batch) for batch in batches[:ahead]]
        for n in range(len(batches)):
            made = waiting.pop(0).result()
            if n + ahead < len(batches):
                waiting.append(pool.submit(work, batches[n + ahead]))
            yield made


def segmented(
    texts: Sequence[str] | pa.LargeStringArray, titles: Ints, *, threads: int = 0
) -> Segmented:
    """Sentences and tokens of documents.

    Args:
        texts: ``D`` texts.
        titles: ``(D,)`` characters of each document's title, where a sentence ends; -1 without.
        threads: how many batches of documents are worked on at once, 0 for one a core; the
            result is the same.
    """
    data, splits = flat(texts)
    batches = _batches(splits)

    def work(batch: tuple[int, int]) -> Segmented:
        a, b = batch
        return _segmented(data[splits[a] : splits[b]], splits[a : b + 1] - splits[a], titles[a:b])

    made = list(in_order(work, batches, threads or cores()))
    if len(made) == 1:
        return made[0]
    words = empty_vocabulary()
    ids = [np.empty(0, np.int32)]
    for part in made:
        if part.words is not None:
            known = part.words
            codes, words = interned(known.pool, known.splits[:-1], known.splits[1:], words)
            ids.append(codes[part.ids])
    longs, ints = np.empty(0, np.int64), np.empty(0, np.int32)
    return Segmented(
        np.concatenate([longs, *(part.document_sentences for part in made)]),
        np.concatenate([longs, *(part.sentence_tokens for part in made)]),
        np.concatenate([ints, *(part.start for part in made)]),
        np.concatenate([ints, *(part.end for part in made)]),
        np.concatenate(ids),
        words,
    )


def segmented_around(
    texts: Sequence[str], titles: Ints, given: Mapping[int, Sequence[Sequence[Offsets]]]
) -> Segmented:
    """As :func:`segmented`, where some documents, by row, bring their sentences' tokens."""
    ours = np.array([row not in given for row in range(len(texts))], np.bool_)
    rest = segmented([text for row, text in enumerate(texts) if ours[row]], titles[ours])
    rows = [row for document in given.values() for row in document]
    pairs = np.array([pair for row in rows for pair in row], np.int32).reshape(-1, 2)
    sentences = np.empty(len(texts), np.int64)
    sentences[ours] = rest.document_sentences
    sentences[~ours] = [len(document) for document in given.values()]
    by_sentence = np.repeat(ours, sentences)
    lengths = np.empty(len(by_sentence), np.int64)
    lengths[by_sentence] = rest.sentence_tokens
    lengths[~by_sentence] = [len(row) for row in rows]
    by_token = np.repeat(by_sentence, lengths)
    start, end = np.empty(len(by_token), np.int32), np.empty(len(by_token), np.int32)
    start[by_token], start[~by_token] = rest.start, pairs[:, 0]
    end[by_token], end[~by_token] = rest.end, pairs[:, 1]
    return Segmented(sentences, lengths, start, end, None, None)


def cores() -> int:
    """Threads to work with: ``WEAKLABEL_THREADS``, or the cores this process may use."""
    wanted = os.environ.get("WEAKLABEL_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _batches(splits: Longs) -> list[tuple[int, int]]:
    """Ranges of documents of about :data:`BATCH_BYTES` each."""
    marks = np.arange(splits[0], splits[-1], BATCH_BYTES)
    firsts = np.unique(np.searchsorted(splits[1:], marks, side="right")).tolist()
    bounds = [0, *firsts[1:], len(splits) - 1]
    return [(a, b) for a, b in pairwise(bounds) if a < b]


def _segmented(data: Bytes, splits: Longs, titles: Ints) -> Segmented:
    """One batch; ``splits`` begins at 0."""
    first, last, character, document = _parts(data, splits, titles)
    tokens = Tokens(*tokenise(data, first, last, character, character_classes(), _kept()))
    ids, words = interned(data, tokens.byte_start, tokens.byte_end)
    ends = tokens.decided == 1
    if (tokens.decided == ASK).any():
        ends = _judged(tokens, ends, data, splits, document, first, last, character)
    stop_part = np.repeat(np.arange(len(first)), tokens.part_stops)
    part_stops = np.bincount(stop_part[ends], minlength=len(first))
    lengths, part_rows = rows_between(
        tokens.start, tokens.part_tokens, tokens.stops[ends], part_stops
    )
    sentences = np.bincount(document, weights=part_rows, minlength=len(titles)).astype(np.int64)
    return Segmented(sentences, lengths, tokens.start, tokens.end, ids, words)


def _parts(data: Bytes, splits: Longs, titles: Ints) -> tuple[Longs, Longs, Longs, Longs]:
    """Bytes, first character and document of each part: a document, or its title and its body."""
    document = np.arange(len(titles), dtype=np.int64)
    first, last = splits[:-1].astype(np.int64), splits[1:].astype(np.int64)
    character = np.zeros(len(titles), np.int64)
    titled = np.flatnonzero(titles >= 0)
    if not len(titled):
        return first, last, character, document
    cut = character_bytes(data, first[titled], last[titled], titles[titled])
    order = np.argsort(np.concatenate([document, titled]), kind="stable")
    ends = last.copy()
    ends[titled] = cut
    columns = (
        np.concatenate([first, cut]),
        np.concatenate([ends, last[titled]]),
        np.concatenate([character, titles[titled].astype(np.int64)]),
        np.concatenate([document, titled]),
    )
    first, last, character, document = (column[order] for column in columns)
    return first, last, character, document


def _judged(
    tokens: Tokens,
    ends: npt.NDArray[np.bool_],
    data: Bytes,
    splits: Longs,
    document: Longs,
    first: Longs,
    last: Longs,
    character: Longs,
) -> npt.NDArray[np.bool_]:
    """Which stops end a sentence, those that were not certain judged one after the other."""
    ends = ends.copy()
    bounds = np.zeros(len(first) + 1, np.int64)
    np.cumsum(tokens.part_stops, out=bounds[1:])
    parts = np.repeat(np.arange(len(first)), tokens.part_stops)
    for part in np.unique(parts[tokens.decided == ASK]).tolist():
        low, high = int(bounds[part]), int(bounds[part + 1])
        whole = int(document[part])
        text = data[splits[whole] : splits[whole + 1]].tobytes().decode()
        begin = int(character[part])
        own = data[first[part] : last[part]].tobytes().decode()
        end = begin + len(own)
        for q, stop in enumerate(tokens.stops[low:high].tolist(), low):
            if not ends[q] and ends_sentence(text, begin, stop, end):
                ends[q] = True
            if ends[q]:
                begin = stop
    return ends


def _kept() -> npt.NDArray[np.uint64]:
    words = sorted(w for w in ABBREVIATIONS if 3 <= len(w) <= 8 and w.isalpha())
    return np.array([int.from_bytes(word.encode(), "little") for word in words], np.uint64)
