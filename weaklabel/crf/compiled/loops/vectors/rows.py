"""Rows of tags times padded tables, by vectors: products, their way back, exponentials, maxima.

As in :mod:`.lanes`, rows are given by their address; ``width`` is their padded length, ``rows`` a
count padded to a multiple of four.
"""

from __future__ import annotations

import math
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
def exp_row(typing_context: Any, row: Any, width: Any) -> Any:
    """Subtract a row's largest number, which is returned, and take exponentials in place.

    A row of ``-inf`` becomes zeros, and 0 is returned.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row, width = arguments
        do = Lanes(builder, ir.DoubleType())
        top = do.variable(do.const(-math.inf, LANES))
        builder.store(do.const(-math.inf, LANES), top)

        def look(j: Any, lanes: int) -> None:
            block = do.folded(do.load(row, j, lanes), do.larger, LANES)
            builder.store(do.larger(block, builder.load(top)), top)

        do.blocks(width, look)
        peak = do.folded(builder.load(top), do.larger, 1)
        dead = builder.fcmp_ordered("==", peak, ir.DoubleType()(-math.inf))
        peak = builder.select(dead, ir.DoubleType()(0.0), peak)

        def raise_(j: Any, lanes: int) -> None:
            lowered = builder.fsub(do.load(row, j, lanes), do.splat(peak, lanes))
            do.store(do.exp(lowered), row, j)

        do.blocks(width, raise_)
        return peak

    return types.float64(*integers(2)), generate


@intrinsic  # type: ignore[untyped-decorator]
def advance(
    typing_context: Any,
    out: Any, row: Any, matrix: Any, by: Any, scale: Any, rows: Any, width: Any, stride: Any,
) -> Any:  # fmt: skip
    """``out = (row @ matrix) * by * scale``; the sum of it is returned.

    ``rows`` is ``K`` padded to a multiple of four, ``row`` is 0 beyond ``K``; ``stride`` numbers
    lie between the beginnings of two rows of the matrix.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, row, matrix, by, scale, rows, width, stride = arguments
        do = Lanes(builder, ir.DoubleType())
        total = do.variable(do.const(0.0, LANES))
        builder.store(do.const(0.0, LANES), total)

        def step(j: Any, lanes: int) -> None:
            factor = builder.fmul(do.load(by, j, lanes), do.splat(scale, lanes))
            found = do.product(row, matrix, rows, stride, j, lanes, False)
            found = builder.fmul(found, factor)
            do.store(found, out, j)
            part = do.folded(found, builder.fadd, LANES)
            builder.store(builder.fadd(builder.load(total), part), total)

        do.blocks(width, step)
        return do.folded(builder.load(total), builder.fadd, 1)

    kinds = [*integers(4), types.float64, *integers(3)]
    return types.float64(*kinds), generate


@intrinsic  # type: ignore[untyped-decorator]
def retreat(
    typing_context: Any,
    out: Any, arriving: Any, row: Any, by: Any, reached: Any, scale: Any, matrix: Any,
    rows: Any, width: Any,
) -> Any:  # fmt: skip
    """``arriving = row * by * scale`` where ``reached`` is not 0; ``out = arriving @ matrix``.

    ``row * reached``, the marginals, take the place of ``by``.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, arriving, row, by, reached, scale, matrix, rows, width = arguments
        do = Lanes(builder, ir.DoubleType())

        def arrive(j: Any, lanes: int) -> None:
            factor = builder.fmul(do.load(by, j, lanes), do.splat(scale, lanes))
            given, alpha = do.load(row, j, lanes), do.load(reached, j, lanes)
            zero = do.const(0.0, lanes)
            never = builder.fcmp_ordered("==", alpha, zero)
            do.store(builder.select(never, zero, builder.fmul(given, factor)), arriving, j)
            do.store(builder.fmul(given, alpha), by, j)

        def step(j: Any, lanes: int) -> None:
            found = do.product(arriving, matrix, rows, width, j, lanes, False)
            do.store(found, out, j)

        do.blocks(width, arrive)
        do.blocks(width, step)
        return context.get_dummy_value()

    kinds = [*integers(5), types.float64, *integers(3)]
    return types.void(*kinds), generate


@intrinsic  # type: ignore[untyped-decorator]
def tally(
    typing_context: Any,
    counts: Any, left: Any, right: Any, steps: Any, rows: Any, width: Any,
) -> Any:  # fmt: skip
    """``counts += left.T @ right`` over some steps."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counts, left, right, steps, rows, width = arguments
        do = Lanes(builder, ir.DoubleType())

        def column(j: Any, lanes: int) -> None:
            with cgutils.for_range_slice(builder, I64(0), rows, I64(4), I64) as (i, _):
                places = [
                    builder.add(builder.mul(builder.add(i, I64(u)), width), j) for u in range(4)
                ]
                sums = [do.variable(do.const(0.0, lanes)) for _ in places]
                for place, kept in zip(places, sums, strict=True):
                    builder.store(do.load(counts, place, lanes), kept)
                with cgutils.for_range(builder, steps) as loop:
                    t = builder.mul(loop.index, width)
                    arriving = do.load(right, builder.add(t, j), lanes)
                    for u, kept in enumerate(sums):
                        at = builder.add(t, builder.add(i, I64(u)))
                        x = do.splat(do.one(left, at), lanes)
                        builder.store(do.fused(x, arriving, builder.load(kept)), kept)
                for place, kept in zip(places, sums, strict=True):
                    do.store(builder.load(kept), counts, place)

        do.blocks(width, column)
        return context.get_dummy_value()

    return types.void(*integers(6)), generate


@intrinsic  # type: ignore[untyped-decorator]
def any_faint(typing_context: Any, row: Any, width: Any, low: Any) -> Any:
    """Whether a number lies between 0 and ``low``, both left out."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row, width, low = arguments
        do = Lanes(builder, ir.DoubleType())
        top = do.variable(do.const(math.inf, LANES))
        builder.store(do.const(math.inf, LANES), top)

        def look(j: Any, lanes: int) -> None:
            x = do.load(row, j, lanes)
            none = builder.fcmp_ordered("==", x, do.const(0.0, lanes))
            x = builder.select(none, do.const(math.inf, lanes), x)
            for half in do.halves(x) if lanes > LANES else (x,):
                before = builder.load(top)
                less = builder.fcmp_ordered("<", half, before)
                builder.store(builder.select(less, half, before), top)

        do.blocks(width, look)

        def smaller(a: Any, b: Any) -> Any:
            return builder.select(builder.fcmp_ordered("<", a, b), a, b)

        return builder.fcmp_ordered("<", do.folded(builder.load(top), smaller, 1), low)

    return types.boolean(types.int64, types.int64, types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def advance_best(
    typing_context: Any,
    number: Any, into: Any, out: Any, row: Any, matrix: Any, scores: Any, rows: Any, width: Any,
) -> Any:  # fmt: skip
    """``into[j] = max_i(row[i] + matrix[i, j])``, ``out = into + scores``.

    All are of ``number``'s type. Returns whether no score is NaN or ``+inf``.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, into, out, row, matrix, scores, rows, width = arguments
        do = Lanes(builder, float_kind(signature.args[0]))
        sound = do.variable(ir.IntType(1)(1))
        builder.store(ir.IntType(1)(1), sound)

        def step(j: Any, lanes: int) -> None:
            found = do.product(row, matrix, rows, width, j, lanes, True)
            do.store(found, into, j)
            score = do.load(scores, j, lanes)
            do.store(builder.fadd(found, score), out, j)
            below = builder.fcmp_ordered("<", score, do.const(math.inf, lanes))
            bits = builder.bitcast(below, ir.IntType(lanes))
            fine = builder.icmp_signed("==", bits, ir.IntType(lanes)(-1))
            builder.store(builder.and_(builder.load(sound), fine), sound)

        do.blocks(width, step)
        return builder.load(sound)

    return types.boolean(number, *integers(7)), generate


@intrinsic  # type: ignore[untyped-decorator]
def first_equal(typing_context: Any, value: Any, row: Any, more: Any, width: Any) -> Any:
    """The first place at which ``row + more`` is ``value``; all of ``value``'s type."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, row, more, width = arguments
        do = Lanes(builder, float_kind(signature.args[0]))
        found = do.variable(I64(1 << 30))
        builder.store(I64(1 << 30), found)

        def look(j: Any, lanes: int) -> None:
            total = builder.fadd(do.load(row, j, lanes), do.load(more, j, lanes))
            same = builder.fcmp_ordered("==", total, do.splat(value, lanes))
            bits = builder.zext(builder.bitcast(same, ir.IntType(lanes)), I64)
            at = builder.add(j, builder.cttz(bits, ir.IntType(1)(0)))
            hit = builder.icmp_signed("!=", bits, I64(0))
            nearer = builder.and_(hit, builder.icmp_signed("<", at, builder.load(found)))
            builder.store(builder.select(nearer, at, builder.load(found)), found)

        do.blocks(width, look)
        return builder.load(found)

    return types.int64(value, *integers(3)), generate
