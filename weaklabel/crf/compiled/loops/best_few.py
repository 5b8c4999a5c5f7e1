"""The best few paths of each sentence, by a list at each tag."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.crf.compiled.loops.faults import sentence_length
from weaklabel.crf.compiled.loops.fill import fill_tables, fill_tags
from weaklabel.crf.compiled.loops.vectors.tables import insert_by
from weaklabel.kernels.compiling import aside, compiled


@compiled
def best_few(
    emissions: Any, mask: Any, allowed: Any, limited: bool, moves: Any,
    start: Any, base: Any, end: Any, paths: Any, scores: Any, wrong: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """The best paths of the sentences ``begin`` to ``stop``, best first, none twice.

    Each tag of each token keeps its best beginnings, which differ in the tag before or in their
    rank there (the list Viterbi algorithm; Seshadri and Sundberg, 1994). Of equal paths the lowest
    last tag comes first, then the lowest tag before it.

    Args:
        emissions: ``(B, T, K)``, contiguous.
        mask, allowed: as for :func:`.sum_paths`; ``limited``: whether ``allowed`` is looked at.
        moves: ``(B, T, K, K)``, contiguous, added to ``base``; ``(0, 0, 0, 0)`` for none.
        start, base, end: float64 scores, ``-inf`` where forbidden.
        paths: ``(B, count, T)`` int64 out; zeros at padding and where there is no path.
        scores: ``(B, count)`` float64 out; ``-inf`` where there is no path.
        wrong: ``(3,)`` int64 out: what, batch row, step.
        begin, stop: the rows to do.
    """
    _, steps, k = emissions.shape
    count = scores.shape[1]
    many = len(moves) > 0
    width = (k + 7) // 8 * 8
    size = (k * k + 7) // 8 * 8
    list_size = count * width
    room = np.zeros(
        (steps + 4) * (list_size + width) + ((steps if many else 1) + 1) * max(size, k * width) + 40
    )
    room = room[(-room.ctypes.data // 8) % 8 :]  # vectors that lie in one line of the cache
    tags, room = room[: steps * width], room[steps * width :]
    back, room = room[: steps * list_size], room[steps * list_size :]
    kept, tables = room[: 2 * list_size], room[2 * list_size :]
    kept_at, back_at, tables_at = kept.ctypes.data, back.ctypes.data, tables.ctypes.data
    hop, stride = (size, k) if many else (0, width)
    if not many:
        tables[: k * width] = -math.inf
        for i in range(k):
            for j in range(k):
                tables[i * width + j] = base[i, j]
    for b in range(begin, stop):
        n = sentence_length(mask, b, wrong)
        if n == 0:
            return
        fill_tags(emissions, allowed, limited, b, n, tags, width, wrong)
        if many and not wrong[0]:
            fill_tables(moves, base, b, n, tables, size, wrong)
        if wrong[0]:
            return
        kept[:] = -math.inf
        for j in range(k):
            kept[j] = start[j] + tags[j]
        for t in range(1, n):
            now, after = (t - 1) % 2 * list_size, t % 2 * list_size
            here = t * list_size
            back[here : here + list_size] = 0.0
            kept[after : after + list_size] = -math.inf
            for i in range(k):
                table = tables_at + 8 * (t * hop + i * stride)
                for r in range(count):
                    total = kept[now + r * width + i]
                    if total == -math.inf or not insert_by(
                        kept_at + 8 * after, back_at + 8 * here, table, total,
                        float(i * count + r), r, count, width,
                    ):  # fmt: skip
                        break  # nor is there room for those that come after it
            for r in range(count):
                for j in range(width):
                    kept[after + r * width + j] += tags[t * width + j]
        last = kept[(n - 1) % 2 * list_size :][:list_size]
        collect(last, end, back, width, n, paths[b], scores[b])


@aside
def collect(last: Any, end: Any, back: Any, width: int, n: int, paths: Any, scores: Any) -> None:
    """Write down a sentence's paths.

    Args:
        last: ``(count * P,)``: by rank, the best beginnings that stand at each tag of its end.
        end: ``(K,)`` scores.
        back: ``(n * count * P,)``: for each of the beginnings of a token, tag before times
            ``count``, and rank there.
        width, n: ``P``, and its tokens.
        paths, scores: ``(count, T)`` and ``(count,)`` out.
    """
    count, k = len(scores), len(end)
    which = np.zeros(count, np.int64)
    scores[:] = -math.inf
    for i in range(k):
        for r in range(count):
            total = last[r * width + i] + end[i]
            at = count - 1
            if not total > scores[at]:
                break
            while at > 0 and scores[at - 1] < total:
                scores[at], which[at] = scores[at - 1], which[at - 1]
                at -= 1
            scores[at], which[at] = total, i * count + r
    for place in range(count):
        path = paths[place]
        path[:] = 0
        if scores[place] == -math.inf:
            continue
        at = which[place]
        for t in range(n - 1, -1, -1):
            path[t] = at // count
            if t:
                at = int(back[(t * count + at % count) * width + at // count])
