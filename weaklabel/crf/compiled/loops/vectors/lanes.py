"""A writer of vector instructions, which the innermost loops of the chain are made of.

Compiled loops over a handful of tags are seldom turned into vector instructions: too few rounds,
and not known how many. So what is done to a row is written as vectors outright, eight or sixteen
numbers at once. Rows are padded to a multiple of :data:`LANES` and given by their address. The
caller answers for the places being in memory.
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


def float_kind(number: Any) -> Any:
    """LLVM's type of Numba's."""
    return ir.FloatType() if number == types.float32 else ir.DoubleType()
