"""Texts → sentences and tokens, as flat arrays; exactly as :mod:`weaklabel.segment` says.

Most sentence ends are certain and are found by the compiled tokeniser; the few that need a closer
look ("Fig. 2", "by J. Smith") are judged by :mod:`weaklabel.segment` itself.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weaklabel.columns import row_splits
from weaklabel.kernels.characters import character_classes
from weaklabel.kernels.interning import Interner, Vocabulary, interned
from weaklabel.kernels.strings import arrow, flat
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

BATCH = 1 << 20
"""Text that is worked on at once: small enough to stay in a core's cache, mostly."""
_TOKENS_A_WORD = 16
"""About how often a word occurs in a batch."""
Given = TypeVar("Given")
Made = TypeVar("Made")


class Segmented(NamedTuple):
    """Documents as tokens.

    Attributes:
        document_sentences: ``(D,)`` sentences of each document.
        sentence_tokens: ``(S,)`` tokens of each sentence.
        start, end: ``(N,)`` characters within the document.
    """

    document_sentences: Longs
    sentence_tokens: Longs
    start: Ints
    end: Ints


class Worded(NamedTuple):
    """Tokens as words.

    Attributes:
        ids: ``(N,)`` index of each token's string in ``words``.
        words: the distinct strings, in order of first appearance.
    """

    ids: Ints
    words: Vocabulary


def in_order(
    work: Callable[[Given], Made], batches: Iterable[Given], threads: int
) -> Iterator[Made]:
    """Work on batches, several at once, and yield the results in order.

    For work that releases the interpreter lock. A batch is drawn when a thread is soon free for it:
    at most two a thread are under way or wait to be fetched.
    """
    if threads <= 1:
        yield from map(work, batches)
        return
    left = iter(batches)
    with ThreadPoolExecutor(threads) as pool:
        waiting = deque(pool.submit(work, batch) for batch in islice(left, 2 * threads))
        while waiting:
            made = waiting.popleft().result()
            waiting.extend(pool.submit(work, batch) for batch in islice(left, 1))
            yield made


def segmented(
    texts: Sequence[str] | pa.LargeStringArray, titles: Ints, *, threads: int = 0
) -> tuple[pa.LargeStringArray, Segmented, Worded]:
    """The texts as Arrow holds them, and their sentences, tokens and words.

    Args:
        texts: ``D`` texts.
        titles: ``(D,)`` characters of each document's title, where a sentence ends; -1 without.
        threads: how many batches of documents are worked on at once, 0 for one a core; the
            result is the same.
    """
    threads = threads or cores()
    held: list[pa.LargeStringArray] = []
    parts: list[Segmented] = []
    ids: list[tuple[Ints, Ints]] = []
    words = Interner()

    def batches() -> Iterator[tuple[pa.LargeStringArray, Ints]]:
        for first, last in _ranges(texts):
            held.append(arrow(texts[first:last]))
            yield held[-1], titles[first:last]

    # This thread encodes batches and joins their words while others tokenise.
    for part, own in in_order(lambda batch: _segmented(*batch), batches(), threads):
        parts.append(part)
        ids.append((own.ids, words.ids_of(own.words)))
    if isinstance(texts, pa.LargeStringArray):
        held = [texts]
    whole = held[0] if len(held) == 1 else pa.concat_arrays([arrow([]), *held])
    joined, of_tokens = _joined(parts, ids, threads)
    return whole, joined, Worded(of_tokens, words.vocabulary())


def _joined(
    parts: Sequence[Segmented], ids: Sequence[tuple[Ints, Ints]], threads: int
) -> tuple[Segmented, Ints]:
    """Batches of documents as one.

    Args:
        parts: the batches.
        ids: of each batch ``(N,)`` its tokens as its own words, and ``(V,)`` these among all.
        threads: how many batches are copied at once.
    """
    splits = row_splits(np.array([len(part.start) for part in parts], np.int64))
    start, end, of_tokens = (np.empty(splits[-1], np.int32) for _ in range(3))

    def fill(i: int) -> None:
        mine = slice(splits[i], splits[i + 1])
        start[mine], end[mine] = parts[i].start, parts[i].end
        own, among_all = ids[i]
        of_tokens[mine] = among_all[own]

    for _ in in_order(fill, range(len(parts)), threads):
        pass
    nothing = np.empty(0, np.int64)
    sentences = np.concatenate([nothing, *(part.document_sentences for part in parts)])
    tokens = np.concatenate([nothing, *(part.sentence_tokens for part in parts)])
    return Segmented(sentences, tokens, start, end), of_tokens


def segmented_around(
    texts: Sequence[str], titles: Ints, given: Mapping[int, Sequence[Sequence[Offsets]]]
) -> tuple[pa.LargeStringArray, Segmented]:
    """As :func:`segmented`, where some documents, by row, bring their sentences' tokens."""
    ours = np.array([row not in given for row in range(len(texts))], np.bool_)
    _, rest, _ = segmented([text for row, text in enumerate(texts) if ours[row]], titles[ours])
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
    return arrow(texts), Segmented(sentences, lengths, start, end)


def cores() -> int:
    """Threads to work with: ``WEAKLABEL_THREADS``, or the cores this process may use."""
    wanted = os.environ.get("WEAKLABEL_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _ranges(texts: Sequence[str] | pa.LargeStringArray) -> Iterator[tuple[int, int]]:
    """Rows of texts of about :data:`BATCH` bytes (or characters) together."""
    if isinstance(texts, pa.LargeStringArray):
        sizes = np.diff(flat(texts)[1]).tolist()
    else:
        sizes = map(len, texts)
    first = size = 0
    for row, more in enumerate(sizes):
        if size >= BATCH:
            yield first, row
            first, size = row, 0
        size += more
    if len(texts):
        yield first, len(texts)


def _segmented(texts: pa.LargeStringArray, titles: Ints) -> tuple[Segmented, Worded]:
    data, splits = flat(texts)
    data, splits = data[splits[0] : splits[-1]], splits - splits[0]
    first, last, character, document = _parts(data, splits, titles)
    tokens = Tokens(*tokenise(data, first, last, character, character_classes(), _kept()))
    ids, words = interned(
        data, tokens.byte_start, tokens.byte_end, room=len(tokens.start) // _TOKENS_A_WORD
    )
    ends = tokens.decided == 1
    if (tokens.decided == ASK).any():
        ends = _judged(tokens, ends, data, splits, document, first, last, character)
    stop_part = np.repeat(np.arange(len(first)), tokens.part_stops)
    part_stops = np.bincount(stop_part[ends], minlength=len(first))
    lengths, part_rows = rows_between(
        tokens.start, tokens.part_tokens, tokens.stops[ends], part_stops
    )
    sentences = np.bincount(document, weights=part_rows, minlength=len(titles)).astype(np.int64)
    return Segmented(sentences, lengths, tokens.start, tokens.end), Worded(ids, words)


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
        begin, end = int(character[part]), len(text)
        if last[part] < splits[whole + 1]:  # a title, before the body
            end = begin + len(data[first[part] : last[part]].tobytes().decode())
        for q, stop in enumerate(tokens.stops[low:high].tolist(), low):
            if not ends[q] and ends_sentence(text, begin, stop, end):
                ends[q] = True
            if ends[q]:
                begin = stop
    return ends


def _kept() -> npt.NDArray[np.uint64]:
    words = sorted(w for w in ABBREVIATIONS if 3 <= len(w) <= 8 and w.isalpha())
    return np.array([int.from_bytes(word.encode(), "little") for word in words], np.uint64)
