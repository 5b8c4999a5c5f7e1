"""Rows of numbers worked on eight or sixteen at once, for the innermost loops of the chain.

Compiled loops over a handful of tags are seldom turned into vector instructions: too few rounds,
and not known how many. So what is done to a row is written here as vectors outright. Rows are
padded to a multiple of :data:`LANES` and given by their address; ``width`` is the padded length,
``rows`` a count padded to a multiple of four. The caller answers for the places being in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic as _intrinsic

LANES = 8
intrinsic: Any = _intrinsic
I64 = ir.IntType(64)
_FUSE = ("contract",)
LOWEST = -700.0
"""Exponents below this are taken for it; ``-inf`` alone gives 0."""


class Lanes:
    """Writes vector instructions for one type of number."""

    def __init__(self, builder: Any, kind: Any) -> None:
        self.b = builder
        self.kind = kind
        self.size = 4 if isinstance(kind, ir.FloatType) else 8

    def vector(self, lanes: int) -> Any:
        """The type of some lanes."""
        return ir.VectorType(self.kind, lanes)

    def const(self, value: float, lanes: int) -> Any:
        """The same number in every lane."""
        return ir.Constant(self.vector(lanes), [value] * lanes)

    def place(self, address: Any, index: Any, type_: Any) -> Any:
        """Where the number of an index lies, as a pointer to a type."""
        offset = self.b.mul(index, I64(self.size))
        return self.b.inttoptr(self.b.add(address, offset), type_.as_pointer())

    def load(self, address: Any, index: Any, lanes: int) -> Any:
        """Lanes from an index on."""
        return self.b.load(self.place(address, index, self.vector(lanes)), align=self.size)

    def store(self, value: Any, address: Any, index: Any) -> None:
        """Write lanes from an index on."""
        self.b.store(value, self.place(address, index, value.type), align=self.size)

    def one(self, address: Any, index: Any) -> Any:
        """The number of an index."""
        return self.b.load(self.place(address, index, self.kind), align=self.size)

    def splat(self, value: Any, lanes: int) -> Any:
        """A number in every lane."""
        undefined = ir.Constant(self.vector(lanes), ir.Undefined)
        first = self.b.insert_element(undefined, value, ir.IntType(32)(0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        return self.b.shuffle_vector(first, undefined, mask)

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """``a * b + c``."""
        return self.b.fadd(self.b.fmul(a, b, flags=_FUSE), c, flags=_FUSE)

    def larger(self, a: Any, b: Any) -> Any:
        """The larger of each lane; the second where one is NaN."""
        return self.b.select(self.b.fcmp_ordered(">", a, b), a, b)

    def halves(self, value: Any) -> tuple[Any, Any]:
        """The lower and the upper half of the lanes."""
        lanes = value.type.count
        index = ir.VectorType(ir.IntType(32), lanes // 2)
        low = ir.Constant(index, list(range(lanes // 2)))
        high = ir.Constant(index, list(range(lanes // 2, lanes)))
        return (
            self.b.shuffle_vector(value, value, low),
            self.b.shuffle_vector(value, value, high),
        )

    def folded(self, value: Any, combine: Callable[[Any, Any], Any], lanes: int) -> Any:
        """Lanes combined by halves down to ``lanes``; to a plain number, if that is 1."""
        while value.type.count > lanes:
            value = combine(*self.halves(value))
        return self.b.extract_element(value, ir.IntType(32)(0)) if lanes == 1 else value

    def variable(self, value: Any) -> Any:
        """A place on the stack that holds a value."""
        place = cgutils.alloca_once(self.b, value.type)
        self.b.store(value, place)
        return place

    def blocks(self, width: Any, work: Callable[[Any, int], None]) -> None:
        """Work on each block of a row: sixteen lanes at once, the last eight alone."""
        wide = self.b.and_(width, I64(-16))
        for first, last, lanes in ((I64(0), wide, 16), (wide, width, 8)):
            with cgutils.for_range_slice(self.b, first, last, I64(lanes), I64) as (j, _):
                work(j, lanes)

    def product(
        self, row: Any, matrix: Any, rows: Any, stride: Any, j: Any, lanes: int, largest: bool
    ) -> Any:
        """A block of ``row @ matrix``; with ``largest`` of the (max, +) product."""
        start = self.const(-math.inf if largest else 0.0, lanes)
        parts = [self.variable(start) for _ in range(4)]  # four chains hide the latency
        for part in parts:
            self.b.store(start, part)
        with cgutils.for_range_slice(self.b, I64(0), rows, I64(4), I64) as (i, _):
            for u, part in enumerate(parts):
                at = self.b.add(i, I64(u))
                x = self.splat(self.one(row, at), lanes)
                y = self.load(matrix, self.b.add(self.b.mul(at, stride), j), lanes)
                before = self.b.load(part)
                now = (
                    self.larger(self.b.fadd(x, y), before) if largest else self.fused(x, y, before)
                )
                self.b.store(now, part)
        a, b, c, d = (self.b.load(part) for part in parts)
        join = self.larger if largest else self.b.fadd
        return join(join(a, b), join(c, d))

    def exp(self, x: Any) -> Any:
        """Exponentials of numbers of at most 0, within two units in the last place."""
        b, lanes = self.b, x.type.count
        magic = self.const(1.5 * 2.0**52, lanes)  # adding it rounds, and leaves n in the low bits
        none = b.fcmp_ordered("==", x, self.const(-math.inf, lanes))
        low = self.const(LOWEST, lanes)
        x = b.select(b.fcmp_ordered("<", x, low), low, x)
        raised = b.fadd(b.fmul(x, self.const(1.0 / math.log(2.0), lanes)), magic)
        n = b.fsub(raised, magic)
        r = self.fused(n, self.const(-0.693147180369123816490, lanes), x)
        r = self.fused(n, self.const(-1.90821492927058770002e-10, lanes), r)
        p = self.const(1.0 / math.factorial(13), lanes)
        for power in range(12, -1, -1):
            p = self.fused(p, r, self.const(1.0 / math.factorial(power), lanes))
        integer = ir.VectorType(I64, lanes)
        bits = b.shl(b.bitcast(raised, integer), ir.Constant(integer, [52] * lanes))
        two = b.add(bits, ir.Constant(integer, [1023 << 52] * lanes))
        found = b.fmul(p, b.bitcast(two, x.type))
        return b.select(none, self.const(0.0, lanes), found)


def integers(count: int) -> tuple[Any, ...]:
    """As many 64-bit integers, for a signature."""
    return (types.int64,) * count


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


def float_kind(number: Any) -> Any:
    """LLVM's type of Numba's."""
    return ir.FloatType() if number == types.float32 else ir.DoubleType()


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
