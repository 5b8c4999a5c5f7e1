"""A trie over token ids in one hash table: the slot an edge lies in is the node it leads to.

Token ids are 1 to V; 0 is a token no name has, and the wall between sentences. Node ``t`` up to V
stands for the one-token path ``t``, node ``V + 1 + s`` for what the edge in slot ``s`` leads to. An
edge is a 64-bit key, parent in the high half and token in the low one, so finding a child touches
one cache line. Most texts never get there: a byte a token says whether a name begins with it, and a
bit array tells most pairs of first tokens that begin no name (Bloom 1970).
"""

from __future__ import annotations

import numpy as np

from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels.compiling import compiled, inner
from weaklabel.kernels.interning import Hashes
from weaklabel.kernels.loading import byte_at, word_at
from weaklabel.kernels.tokenising import Bytes

SINGLE, LONGER = 1, 2
"""What a byte a token says: it is a name by itself; a longer name begins with it."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@inner
def edge(parent: int, token: int) -> int:
    """The key of an edge."""
    return np.uint64(parent) << _32 | np.uint64(token)


@inner
def _home(key: int, size: int) -> int:
    """The slot in which the search for an edge begins."""
    h = (key ^ (key >> _32)) * _ODD
    h = (h ^ (h >> _32)) * _MIX
    return np.int64(((h >> _32) * np.uint64(size)) >> _32)


@inner
def child(parent: int, token: int, keys: int, size: int) -> int:
    """The slot of an edge, or -1; ``keys`` is an address."""
    key = edge(parent, token)
    slot = _home(key, size)
    while True:
        found = word_at(keys + 8 * slot)
        if found == key:
            return slot
        if found == 0:
            return -1
        slot += 1
        if slot == size:
            slot = 0


@inner
def _pair_bit(first: int, second: int, shift: int) -> int:
    h = (np.uint64(first) * _ODD ^ np.uint64(second)) * _MIX
    return np.int64((h ^ (h >> _32)) * _ODD >> np.uint64(shift))


@inner
def may_begin(first: int, second: int, pairs: int, shift: int) -> int:
    """0 where no name begins with the two tokens, else mostly 1; ``pairs`` is an address."""
    bit = _pair_bit(first, second, shift)
    return (np.int64(byte_at(pairs + (bit >> 3))) >> (bit & 7)) & 1


@compiled
def build(
    tokens: Ints, starts: Longs, ends: Longs, n_tokens: int, n_slots: int
) -> tuple[Bytes, Ints, Hashes, Ints, Ints, int]:
    """Put sequences of token ids into a trie.

    Args:
        tokens, starts, ends: the sequences, none with a 0; an empty one is left out.
        n_tokens: ``V``.
        n_slots: more than there are edges to come.

    Returns:
        ``(V + 1,)`` bytes of :data:`SINGLE` and :data:`LONGER`; ``(V + 1,)`` group of each
        one-token name, -1 without; keys of the slots, 0 where free; payload of the slots: twice
        the group and one more (0 where no name ends), plus 1 where the node has children; the node
        of each sequence, -1 of an empty one; how many groups there are: each distinct sequence is
        one, numbered by first appearance.
    """
    flags = np.zeros(n_tokens + 1, np.uint8)
    single = np.full(n_tokens + 1, -1, np.int32)
    keys = np.zeros(n_slots, np.uint64)
    payload = np.zeros(n_slots, np.int32)
    nodes = np.full(len(starts), -1, np.int32)
    groups = 0
    for row in range(len(starts)):
        a, b = starts[row], ends[row]
        if a == b:
            continue
        first = tokens[a]
        if b == a + 1:
            flags[first] |= SINGLE
            if single[first] < 0:
                single[first] = groups
                groups += 1
            nodes[row] = first
            continue
        flags[first] |= LONGER
        node = np.int64(first)
        slot = np.int64(-1)
        for k in range(a + 1, b):
            if slot >= 0:
                payload[slot] |= 1
            key = edge(node, tokens[k])
            slot = _home(key, n_slots)
            while keys[slot] != 0 and keys[slot] != key:
                slot += 1
                if slot == n_slots:
                    slot = 0
            keys[slot] = key
            node = n_tokens + 1 + slot
        if payload[slot] < 2:
            groups += 1
            payload[slot] |= 2 * groups
        nodes[row] = node
    return flags, single, keys, payload, nodes, groups


@compiled
def group_rows(
    nodes: Ints, rows: Ints, single: Ints, payload: Ints, n_tokens: int, groups: int
) -> tuple[Ints, Ints]:
    """Row splits groups → rows, and the rows, in the order given; a row twice in a group is once.

    Args:
        nodes: ``(M,)`` the node of each sequence, -1 where it is empty.
        rows: ``(M,)`` the row it belongs to.
        single, payload, n_tokens, groups: as of :func:`build`.
    """
    splits = np.zeros(groups + 1, np.int32)
    last = np.full(groups, -1, np.int32)
    which = np.full(len(nodes), -1, np.int32)
    for m in range(len(nodes)):
        node = nodes[m]
        if node < 0:
            continue
        group = single[node] if node <= n_tokens else payload[node - n_tokens - 1] // 2 - 1
        if last[group] == rows[m]:
            continue
        last[group] = rows[m]
        which[m] = group
        splits[group + 1] += 1
    for group in range(groups):
        splits[group + 1] += splits[group]
    free = splits[:-1].copy()
    found = np.empty(splits[groups], np.int32)
    for m in range(len(nodes)):
        if which[m] >= 0:
            found[free[which[m]]] = rows[m]
            free[which[m]] += 1
    return splits, found


@compiled
def pair_bits(keys: Hashes, n_tokens: int) -> tuple[Bytes, int]:
    """A bit for each pair of first tokens of a name, and by how much its hash is shifted."""
    pairs = 0
    for key in keys:
        if key != 0 and key >> _32 <= np.uint64(n_tokens):
            pairs += 1
    shift = 54
    while shift > 32 and np.int64(1) << (64 - shift) < 16 * pairs:
        shift -= 1
    bits = np.zeros(np.int64(1) << (61 - shift), np.uint8)
    for key in keys:
        if key != 0 and key >> _32 <= np.uint64(n_tokens):
            bit = _pair_bit(np.int64(key >> _32), np.int64(key & _LOW), shift)
            bits[bit >> 3] |= np.uint8(1 << (bit & 7))
    return bits, shift


@compiled
def forms(
    nodes: Ints, keys: Hashes, n_tokens: int, pool: Bytes, splits: Ints
) -> tuple[Bytes, Longs]:
    """The paths to nodes as text, tokens joined by spaces: bytes, and where each begins.

    Args:
        nodes: ``(M,)``; of a negative one the text is empty.
        keys, n_tokens: as of :func:`build`.
        pool, splits: bytes of token ``t`` from ``splits[t - 1]`` to ``splits[t]``.
    """
    bounds = np.zeros(len(nodes) + 1, np.int64)
    for filling in range(2):  # lengths first, then the bytes, from the last token backwards
        text = np.empty(bounds[len(nodes)] if filling else 0, np.uint8)
        for m in range(len(nodes)):
            node, size = np.int64(nodes[m]), 0
            while node >= 0:
                key = keys[node - n_tokens - 1] if node > n_tokens else np.uint64(node)
                token = np.int64(key & _LOW)
                begin, end = splits[token - 1], splits[token]
                if filling:
                    if size:
                        text[bounds[m + 1] - size - 1] = 32
                    at = bounds[m + 1] - size - (size > 0)
                    for k in range(end - begin):
                        text[at - (end - begin) + k] = pool[begin + k]
                size += end - begin + (size > 0)
                node = np.int64(key >> _32) if node > n_tokens else -1
            if not filling:
                bounds[m + 1] = bounds[m] + size
    return text, bounds
