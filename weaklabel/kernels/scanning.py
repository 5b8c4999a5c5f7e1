"""Where the names of a trie stand in a stream of token ids."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels.compiling import compiled, inner
from weaklabel.kernels.interning import Hashes
from weaklabel.kernels.loading import byte_at, int_at
from weaklabel.kernels.tokenising import Bytes
from weaklabel.kernels.trie import child, may_begin

JOINT, APOSTROPHE = -1, -2
"""Codes of tokens that do not count inside a name: a hyphen, an apostrophe."""
LETTER_S = 1 << 30
"""Added to the code of "s": after an apostrophe it does not count either."""


class Names(NamedTuple):
    """What a scan needs of a compiled lexicon; see :mod:`weaklabel.kernels.trie`.

    Attributes:
        flags, single, keys, payload: the trie.
        pairs, shift: the bits of first pairs.
        group_exact: ``(G,)`` whether a group has rows that must be written alike.
        group_splits, group_rows: rows of each group.
        exact_pool, exact_splits: ``(R + 1,)`` the bytes a row must be written as; empty: any.
    """

    flags: Bytes
    single: Ints
    keys: Hashes
    payload: Ints
    pairs: Bytes
    shift: int
    group_exact: Bytes
    group_splits: Ints
    group_rows: Ints
    exact_pool: Bytes
    exact_splits: Ints


class Stream(NamedTuple):
    """Sentences as ids of a trie's tokens, a 0 after each; only tokens that count.

    Attributes:
        tokens: ``(M,)`` ids.
        places: ``(M,)`` the token each one is, counted over all sentences; at walls the next one.
    """

    tokens: Ints
    places: Ints


class Matches(NamedTuple):
    """Where names stand.

    Attributes:
        start, end: ``(F,)`` token range, counted over all sentences.
        group: ``(F,)`` the group of names.
        fitting: ``(F,)`` bit k: the group's k-th row fits as it is written; -1: all do.
    """

    start: Ints
    end: Ints
    group: Ints
    fitting: Longs


@compiled
def stream(ids: Ints, splits: Longs, codes: Ints) -> tuple[Ints, Ints]:
    """The tokens that count, as codes, with a 0 after each sentence; see :class:`Stream`.

    Args:
        ids: ``(N,)`` index into ``codes``.
        splits: ``(S + 1,)`` row splits, sentences → tokens.
        codes: what each distinct token is: 0 unknown, 1 to V known, or one of the codes above.
    """
    base = splits[0]
    tokens = np.empty(len(ids) + len(splits), np.int32)
    places = np.empty(len(ids) + len(splits), np.int32)
    m = 0
    for s in range(len(splits) - 1):
        after_apostrophe = False
        for n in range(splits[s] - base, splits[s + 1] - base):
            code = codes[ids[n]]
            if code >= LETTER_S:
                code = JOINT if after_apostrophe else code - LETTER_S
            after_apostrophe = code == APOSTROPHE
            tokens[m] = code
            places[m] = n
            m += code >= 0
        tokens[m] = 0
        places[m] = splits[s + 1] - base
        m += 1
    return tokens[:m].copy(), places[:m].copy()


@compiled
def candidates(tokens: Ints, flags: Bytes, pairs: Bytes, shift: int) -> Ints:
    """The places of a stream at which a name may begin. No branch depends on the text."""
    found = np.empty(len(tokens), np.int32)
    flags_at, pairs_at = flags.ctypes.data, pairs.ctypes.data
    tokens_at = tokens.ctypes.data
    m = 0
    for i in range(len(tokens) - 1):
        token = np.int64(int_at(tokens_at + 4 * i))
        flag = np.int64(byte_at(flags_at + token))
        pair = may_begin(token, np.int64(int_at(tokens_at + 4 * i + 4)), pairs_at, shift)
        found[m] = i
        m += (flag & 1) | ((flag >> 1) & pair)
    return found[:m].copy()


@inner
def _written_alike(
    start: int, end: int, exact: Bytes, a: int, b: int,
    ids: Ints, pool: Bytes, pool_splits: Ints,
) -> bool:  # fmt: skip
    """Whether the tokens, joined, are the bytes ``exact[a:b]``, or those and a plural "s"."""
    at = a
    for n in range(start, end):
        for k in range(pool_splits[ids[n]], pool_splits[ids[n] + 1]):
            byte = pool[k]
            if at < b:
                if exact[at] != byte:
                    return False
            elif at > b or byte != 115 or b - a < 2:
                return False
            at += 1
    return at >= b


@inner
def _fitting(
    start: int, end: int, group: int, names: Names, ids: Ints, pool: Bytes, pool_splits: Ints
) -> int:
    """Bits of the group's rows that fit the tokens as they are written; rows past 62 share one."""
    bits = np.int64(0)
    a = names.group_splits[group]
    for k in range(names.group_splits[group + 1] - a):
        row = names.group_rows[a + k]
        low, high = names.exact_splits[row], names.exact_splits[row + 1]
        if low == high or _written_alike(
            start, end, names.exact_pool, low, high, ids, pool, pool_splits
        ):
            bits |= np.int64(1) << min(k, 62)
    return bits


@inner
def _step(node: int, i: int, tokens: int, keys: int, size: int, n_tokens: int) -> tuple[int, int]:
    """The slot and node a node's edge for the token at ``i`` leads to; -1 where there is none."""
    token = np.int64(int_at(tokens + 4 * i))
    if token == 0:
        return -1, node
    slot = child(node, token, keys, size)
    return slot, n_tokens + 1 + slot


@compiled
def longest(
    tokens: Ints, places: Ints, starts: Ints, names: Names, ids: Ints, pool: Bytes, splits: Ints
) -> tuple[Ints, Ints, Ints, Longs]:
    """The longest name at each place, from left to right, none overlapping; see :class:`Matches`.

    Args:
        tokens, places: a :class:`Stream`.
        starts: where names may begin in it; see :func:`candidates`.
        names: the names.
        ids: ``(N,)`` what each token is, index into the strings of ``pool``.
        pool, splits: the tokens as they are written.
    """
    out_start = np.empty(len(starts), np.int32)
    out_end = np.empty(len(starts), np.int32)
    out_group = np.empty(len(starts), np.int32)
    out_fitting = np.empty(len(starts), np.int64)
    tokens_at, keys_at = tokens.ctypes.data, names.keys.ctypes.data
    flags_at, single_at = names.flags.ctypes.data, names.single.ctypes.data
    payload_at, exact_at = names.payload.ctypes.data, names.group_exact.ctypes.data
    size, n_tokens = len(names.keys), len(names.flags) - 1
    n, free = 0, 0
    for c in range(len(starts)):
        i = np.int64(starts[c])
        if i < free:
            continue
        node = np.int64(int_at(tokens_at + 4 * i))
        flag = np.int64(byte_at(flags_at + node))
        best, group, fitting = np.int64(-1), np.int64(-1), np.int64(-1)
        if flag & 1:
            found = np.int64(int_at(single_at + 4 * node))
            fits = np.int64(-1)
            if byte_at(exact_at + found):
                fits = _fitting(places[i], places[i] + 1, found, names, ids, pool, splits)
            if fits:
                best, group, fitting = i, found, fits
        j = i
        more = flag & 2
        while more:
            j += 1
            slot, node = _step(node, j, tokens_at, keys_at, size, n_tokens)
            if slot < 0:
                break
            held = np.int64(int_at(payload_at + 4 * slot))
            more = held & 1
            if held >= 2:
                found = held // 2 - 1
                fits = np.int64(-1)
                if byte_at(exact_at + found):
                    fits = _fitting(places[i], places[j] + 1, found, names, ids, pool, splits)
                if fits:
                    best, group, fitting = j, found, fits
        if best >= 0:
            out_start[n] = places[i]
            out_end[n] = places[best] + 1
            out_group[n] = group
            out_fitting[n] = fitting
            n += 1
            free = best + 1
    return out_start[:n].copy(), out_end[:n].copy(), out_group[:n].copy(), out_fitting[:n].copy()


@compiled
def every(
    tokens: Ints, places: Ints, starts: Ints, names: Names, ids: Ints, pool: Bytes, splits: Ints
) -> tuple[Ints, Ints, Ints, Longs]:
    """Every name at every place, by start and length; arguments as of :func:`longest`."""
    room = len(starts) + 1
    out_start = np.empty(room, np.int32)
    out_end = np.empty(room, np.int32)
    out_group = np.empty(room, np.int32)
    out_fitting = np.empty(room, np.int64)
    tokens_at, keys_at = tokens.ctypes.data, names.keys.ctypes.data
    size, n_tokens = len(names.keys), len(names.flags) - 1
    n = 0
    for c in range(len(starts)):
        i = np.int64(starts[c])
        node = np.int64(tokens[i])
        flag = np.int64(names.flags[node])
        group = np.int64(names.single[node])
        more = flag & 2
        j = i
        while True:
            if group >= 0:
                fitting = np.int64(-1)
                if names.group_exact[group]:
                    fitting = _fitting(places[i], places[j] + 1, group, names, ids, pool, splits)
                if fitting:
                    if n == room:
                        room *= 2
                        out_start = _grown(out_start)
                        out_end = _grown(out_end)
                        out_group = _grown(out_group)
                        out_fitting = _grown(out_fitting)
                    out_start[n] = places[i]
                    out_end[n] = places[j] + 1
                    out_group[n] = group
                    out_fitting[n] = fitting
                    n += 1
            if not more:
                break
            j += 1
            slot, node = _step(node, j, tokens_at, keys_at, size, n_tokens)
            if slot < 0:
                break
            held = np.int64(names.payload[slot])
            more = held & 1
            group = held // 2 - 1
    return out_start[:n].copy(), out_end[:n].copy(), out_group[:n].copy(), out_fitting[:n].copy()


@inner
def _grown(array):
    """The array with twice the room."""
    larger = np.empty(2 * len(array), array.dtype)
    larger[: len(array)] = array
    return larger


@compiled
def segmented(
    tokens: Ints, places: Ints, names: Names, ids: Ints, pool: Bytes, splits: Ints
) -> tuple[Ints, Ints, Ints, Longs]:
    """The tiling of each sentence by names in which the squares of their lengths sum up highest.

    Of equal sums the one whose last name begins earliest (Shang et al. 2018); lengths count the
    tokens that count. Arguments as of :func:`longest`.
    """
    out_start = np.empty(len(tokens), np.int32)
    out_end = np.empty(len(tokens), np.int32)
    out_group = np.empty(len(tokens), np.int32)
    out_fitting = np.empty(len(tokens), np.int64)
    best = np.empty(len(tokens) + 1, np.int64)
    back = np.empty(len(tokens) + 1, np.int32)
    by_group = np.empty(len(tokens) + 1, np.int32)
    by_fitting = np.empty(len(tokens) + 1, np.int64)
    tokens_at, keys_at = tokens.ctypes.data, names.keys.ctypes.data
    size, n_tokens = len(names.keys), len(names.flags) - 1
    n, begin = 0, 0
    while begin < len(tokens):
        if tokens[begin] == 0:  # no name holds it: what lies between two of them is on its own
            begin += 1
            continue
        end = begin
        while tokens[end] != 0:
            end += 1
        best[: end - begin + 1] = -1
        best[0] = 0
        for i in range(begin, end):
            here = best[i - begin]
            if here > best[i - begin + 1]:
                best[i - begin + 1] = here
                by_group[i - begin + 1] = -1
            node = np.int64(tokens[i])
            group = np.int64(names.single[node])
            more = np.int64(names.flags[node]) & 2
            j = i
            while True:
                length = j + 1 - i
                if group >= 0 and here + length * length > best[j + 1 - begin]:
                    fitting = np.int64(-1)
                    if names.group_exact[group]:
                        fitting = _fitting(
                            places[i], places[j] + 1, group, names, ids, pool, splits
                        )
                    if fitting:
                        best[j + 1 - begin] = here + length * length
                        back[j + 1 - begin] = i - begin
                        by_group[j + 1 - begin] = group
                        by_fitting[j + 1 - begin] = fitting
                if not more:
                    break
                j += 1
                slot, node = _step(node, j, tokens_at, keys_at, size, n_tokens)
                if slot < 0:
                    break
                held = np.int64(names.payload[slot])
                more = held & 1
                group = held // 2 - 1
        first = n
        at = end - begin
        while at > 0:
            if by_group[at] < 0:
                at -= 1
                continue
            out_start[n] = places[begin + back[at]]
            out_end[n] = places[begin + at - 1] + 1
            out_group[n] = by_group[at]
            out_fitting[n] = by_fitting[at]
            n += 1
            at = np.int64(back[at])
        for k in range((n - first) // 2):
            a, b = first + k, n - 1 - k
            out_start[a], out_start[b] = out_start[b], out_start[a]
            out_end[a], out_end[b] = out_end[b], out_end[a]
            out_group[a], out_group[b] = out_group[b], out_group[a]
            out_fitting[a], out_fitting[b] = out_fitting[b], out_fitting[a]
        begin = end
    return out_start[:n].copy(), out_end[:n].copy(), out_group[:n].copy(), out_fitting[:n].copy()
