"""Rows times tables that lie row after row without padding, as moves that differ by step are given.

As in :mod:`.lanes`, rows are given by their address and padded to ``width`` lanes. A table is
``(K, K)`` and ``stride`` is ``K``: a vector of the last lanes of one table row reaches into the
next, or past the table. What is read there must be a number, and what comes of it is taken back:
the row that it meets is 0 (``-inf`` for best paths) in the lanes of padding.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from weaklabel.nn.crf.lanes import _I64, LANES, _kind, _Lanes, _numbers, intrinsic


def _product(
    do: _Lanes, row: Any, table: Any, rows: Any, stride: Any, j: Any, lanes: int, largest: bool
) -> Any:
    """A block of ``row @ table``; with ``largest`` of the (max, +) product."""
    start = do.const(-math.inf if largest else 0.0, lanes)
    parts = [do.variable(start) for _ in range(4)]  # four chains hide the latency
    for part in parts:
        do.b.store(start, part)
    with cgutils.for_range_slice(do.b, _I64(0), rows, _I64(4), _I64) as (i, _):
        for u, part in enumerate(parts):
            at = do.b.add(i, _I64(u))
            x = do.splat(do.one(row, at), lanes)
            y = do.load(table, do.b.add(do.b.mul(at, stride), j), lanes)
            before = do.b.load(part)
            now = do.larger(do.b.fadd(x, y), before) if largest else do.fused(x, y, before)
            do.b.store(now, part)
    a, b, c, d = (do.b.load(part) for part in parts)
    join = do.larger if largest else do.b.fadd
    return join(join(a, b), join(c, d))


@intrinsic  # type: ignore[untyped-decorator]
def advance_by(
    typing_context: Any,
    out: Any, row: Any, table: Any, by: Any, scale: Any, rows: Any, width: Any, stride: Any,
) -> Any:  # fmt: skip
    """``out = (row @ table) * by * scale``; the sum of it is returned.

    ``rows`` is ``K`` padded to a multiple of four, ``row`` is 0 beyond ``K``.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, row, table, by, scale, rows, width, stride = arguments
        do = _Lanes(builder, ir.DoubleType())
        total = do.variable(do.const(0.0, LANES))
        builder.store(do.const(0.0, LANES), total)

        def step(j: Any, lanes: int) -> None:
            factor = builder.fmul(do.load(by, j, lanes), do.splat(scale, lanes))
            found = _product(do, row, table, rows, stride, j, lanes, False)
            found = builder.fmul(found, factor)
            do.store(found, out, j)
            part = do.folded(found, builder.fadd, LANES)
            builder.store(builder.fadd(builder.load(total), part), total)

        do.blocks(width, step)
        return do.folded(builder.load(total), builder.fadd, 1)

    kinds = [*_numbers(4), types.float64, *_numbers(3)]
    return types.float64(*kinds), generate


@intrinsic  # type: ignore[untyped-decorator]
def retreat_by(
    typing_context: Any,
    out: Any, pairs: Any, arriving: Any, reached: Any, table: Any, rows: Any, width: Any,
    stride: Any,
) -> Any:  # fmt: skip
    """``pairs[i, j] = reached[i] * table[i, j] * arriving[j]``; ``out = table @ arriving``.

    ``rows`` is ``K`` itself; ``pairs`` is laid out as ``table`` is, with ``width`` places to spare.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, pairs, arriving, reached, table, rows, width, stride = arguments
        do = _Lanes(builder, ir.DoubleType())
        total = do.variable(do.const(0.0, LANES))
        with cgutils.for_range(builder, rows) as loop:
            at = builder.mul(loop.index, stride)
            share = do.one(reached, loop.index)
            builder.store(do.const(0.0, LANES), total)

            def step(j: Any, lanes: int) -> None:
                place = builder.add(at, j)
                found = builder.fmul(do.load(table, place, lanes), do.load(arriving, j, lanes))
                do.store(builder.fmul(found, do.splat(share, lanes)), pairs, place)
                part = do.folded(found, builder.fadd, LANES)
                builder.store(builder.fadd(builder.load(total), part), total)

            do.blocks(width, step)
            mass = do.folded(builder.load(total), builder.fadd, 1)
            builder.store(mass, do.place(out, loop.index, ir.DoubleType()), align=8)
        return context.get_dummy_value()

    return types.void(*_numbers(8)), generate


@intrinsic  # type: ignore[untyped-decorator]
def best_by(
    typing_context: Any,
    number: Any, out: Any, row: Any, table: Any, scores: Any, rows: Any, width: Any, stride: Any,
) -> Any:  # fmt: skip
    """``out[j] = max_i(row[i] + table[i, j]) + scores[j]``.

    All are of ``number``'s type. ``rows`` is ``K`` padded to a multiple of four, ``row`` is
    ``-inf`` beyond ``K``.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, out, row, table, scores, rows, width, stride = arguments
        do = _Lanes(builder, _kind(signature.args[0]))

        def step(j: Any, lanes: int) -> None:
            found = _product(do, row, table, rows, stride, j, lanes, True)
            do.store(builder.fadd(found, do.load(scores, j, lanes)), out, j)

        do.blocks(width, step)
        return context.get_dummy_value()

    return types.void(number, *_numbers(7)), generate
