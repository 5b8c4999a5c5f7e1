"""Texts → sentences and tokens, as flat arrays; exactly as :mod:`weaklabel.ground.segment` says.

Most sentence ends are certain and are found by the compiled tokeniser; the few that need a closer
look ("Fig. 2", "by J. Smith") are judged by :mod:`weaklabel.ground.segment` itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from weaklabel.ground.columns import row_splits
from weaklabel.ground.segment import Offsets, ends_sentence
from weaklabel.ground.types import Bools, Ints, Longs
from weaklabel.kernels.batches import cores, in_order
from weaklabel.kernels.interning import Interner, Vocabulary, interned
from weaklabel.kernels.stops import ASK
from weaklabel.kernels.strings import arrow, flat
from weaklabel.kernels.tokenising import Bytes, Tokens, character_bytes, rows_between, tokens_of

BATCH = 1 << 22
"""Text that is worked on at once: the larger, the seldomer do threads wait for one another."""
_WORDS = 1 << 16
"""About how many distinct words a text of a million tokens has."""
_STRIDE = 32
"""Documents whose sizes are looked at together."""
_TOKENS_A_WORD = 16
"""About how often a word occurs in a batch."""


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
    """The tokens of a range of documents as words.

    Attributes:
        first, last: the documents, by row.
        ids: ``(N,)`` index of each token's string in ``words``.
        words: the distinct strings, in order of first appearance.
    """

    first: int
    last: int
    ids: Ints
    words: Vocabulary


def segmented(
    texts: Sequence[str] | pa.LargeStringArray, titles: Ints, *, threads: int = 0
) -> tuple[pa.LargeStringArray, Segmented, tuple[Worded, ...]]:
    """The texts as Arrow holds them, and their sentences, tokens and, batch by batch, words.

    Args:
        texts: ``D`` texts.
        titles: ``(D,)`` characters of each document's title, where a sentence ends; -1 without.
        threads: how many batches of documents are worked on at once, 0 for one a core; the
            result is the same.
    """
    threads = threads or cores()

    def work(rows: tuple[int, int]) -> tuple[pa.LargeStringArray, Segmented, Ints, Vocabulary]:
        held = arrow(texts[slice(*rows)])
        return held, *_segmented(held, titles[slice(*rows)])

    ranges = list(_ranges(texts))
    made = list(in_order(work, ranges, threads))
    if isinstance(texts, pa.LargeStringArray):
        whole = texts
    else:
        whole = pa.concat_arrays([arrow([]), *(held for held, *_ in made)])
    worded = (Worded(*rows, *each[2:]) for rows, each in zip(ranges, made, strict=True))
    return whole, _joined([part for _, part, *_ in made], threads), tuple(worded)


def words_joined(parts: Sequence[Worded]) -> tuple[Ints, Vocabulary]:
    """Batches of documents, one after the other, as words of one vocabulary."""
    if len(parts) == 1:
        return parts[0].ids, parts[0].words
    every = Interner(min(_WORDS, sum(part.words.size for part in parts)))
    ids = [every.ids_of(part.words)[part.ids] for part in parts]
    return np.concatenate([np.empty(0, np.int32), *ids]), every.vocabulary()


def _joined(parts: Sequence[Segmented], threads: int) -> Segmented:
    """Batches of documents as one."""
    if len(parts) == 1:
        return parts[0]
    splits = row_splits(np.array([len(part.start) for part in parts], np.int64))
    start, end = np.empty(splits[-1], np.int32), np.empty(splits[-1], np.int32)

    def fill(i: int) -> None:
        mine = slice(splits[i], splits[i + 1])
        start[mine], end[mine] = parts[i].start, parts[i].end

    for _ in in_order(fill, range(len(parts)), threads):
        pass
    nothing = np.empty(0, np.int64)
    sentences = np.concatenate([nothing, *(part.document_sentences for part in parts)])
    tokens = np.concatenate([nothing, *(part.sentence_tokens for part in parts)])
    return Segmented(sentences, tokens, start, end)


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


def _ranges(texts: Sequence[str] | pa.LargeStringArray) -> Iterator[tuple[int, int]]:
    """Rows of texts of about :data:`BATCH` bytes (or characters) together."""
    splits = flat(texts)[1] if isinstance(texts, pa.LargeStringArray) else None
    first = size = 0
    for row in range(0, len(texts), _STRIDE):
        if size >= BATCH:
            yield first, row
            first, size = row, 0
        last = min(row + _STRIDE, len(texts))
        own = sum(map(len, texts[row:last])) if splits is None else splits[last] - splits[row]
        size += int(own)
    if len(texts):
        yield first, len(texts)


def _segmented(texts: pa.LargeStringArray, titles: Ints) -> tuple[Segmented, Ints, Vocabulary]:
    data, splits = flat(texts)
    data, splits = data[splits[0] : splits[-1]], splits - splits[0]
    first, last, character, document = _parts(data, splits, titles)
    tokens = tokens_of(data, first, last, character)
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
    return Segmented(sentences, lengths, tokens.start, tokens.end), ids, words


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
    ends: Bools,
    data: Bytes,
    splits: Longs,
    document: Longs,
    first: Longs,
    last: Longs,
    character: Longs,
) -> Bools:
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
