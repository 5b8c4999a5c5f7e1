"""Rows of tags times tables without padding, by vectors: moves that differ by step are given so.

As in :mod:`.rows`, rows are given by their address and padded to ``width`` lanes. A table is
``(K, K)`` and ``stride`` is ``K``: a vector of the last lanes of one table row reaches into the
next, or past the table. What is read there must be a number, and what comes of it is taken back:
the row that it meets is 0 (``-inf`` for best paths) in the lanes of padding.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from weaklabel.crf.compiled.loops.vectors.lanes import (
    I64,
    LANES,
    Lanes,
    float_kind,
    integers,
    intrinsic,
)


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
        do = Lanes(builder, ir.DoubleType())
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

    return types.void(*integers(8)), generate


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
        do = Lanes(builder, float_kind(signature.args[0]))

        def step(j: Any, lanes: int) -> None:
            found = do.product(row, table, rows, stride, j, lanes, True)
            do.store(builder.fadd(found, do.load(scores, j, lanes)), out, j)

        do.blocks(width, step)
        return context.get_dummy_value()

    return types.void(number, *integers(7)), generate


@intrinsic  # type: ignore[untyped-decorator]
def insert_by(
    typing_context: Any,
    best: Any, which: Any, moves: Any, lift: Any, place: Any, rank: Any, count: Any, width: Any,
) -> Any:  # fmt: skip
    """Put ``moves[j] + lift`` among the best sums of each ``j``, after those that equal it.

    ``best`` is ``(count, width)``, best first, what falls out at the end is forgotten; ``which``,
    of the same shape, keeps each sum's name beside it, here ``place``. From ``rank`` on is where
    the new sums may come. Returns whether there was room for one.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        best, which, moves, lift, place, rank, count, width = arguments
        do = Lanes(builder, ir.DoubleType())
        taken = do.variable(ir.IntType(1)(0))
        builder.store(ir.IntType(1)(0), taken)
        last = builder.mul(builder.sub(count, I64(1)), width)

        def column(j: Any, lanes: int) -> None:
            total = do.variable(do.const(0.0, lanes))
            name = do.variable(do.const(0.0, lanes))
            found = builder.fadd(do.load(moves, j, lanes), do.splat(lift, lanes))
            lowest = do.load(best, builder.add(last, j), lanes)
            better = builder.fcmp_ordered(">", found, lowest)
            bits = builder.bitcast(better, ir.IntType(lanes))
            with builder.if_then(builder.icmp_signed("!=", bits, ir.IntType(lanes)(0))):
                builder.store(ir.IntType(1)(1), taken)
                builder.store(found, total)
                builder.store(do.splat(place, lanes), name)
                with cgutils.for_range_slice(builder, rank, count, I64(1), I64) as (r, _):
                    at = builder.add(builder.mul(r, width), j)
                    sums, names = do.load(best, at, lanes), do.load(which, at, lanes)
                    mine, own = builder.load(total), builder.load(name)
                    before = builder.fcmp_ordered(">", mine, sums)
                    do.store(builder.select(before, mine, sums), best, at)
                    do.store(builder.select(before, own, names), which, at)
                    builder.store(builder.select(before, sums, mine), total)
                    builder.store(builder.select(before, names, own), name)

        do.blocks(width, column)
        return builder.load(taken)

    kinds = [*integers(3), types.float64, types.float64, *integers(3)]
    return types.boolean(*kinds), generate
