"""Loads from addresses, for the innermost loops.

An array handed from one compiled function to another costs more (its reference is counted, its
index checked for being negative) than what is done with an element. So the outer kernel, which
holds the array, hands on ``array.ctypes.data``, and inner functions load from it: eight times
faster when tokens are looked up. The outer loop answers for the place being inside the array.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic as _intrinsic

intrinsic: Any = _intrinsic  # its own types leave out that a call needs no typing context


def _loader(bits: int, result: Any, name: str) -> Any:
    def load(typing_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            return builder.load(place, align=1)

        return result(types.int64), generate

    load.__name__ = load.__qualname__ = name
    return intrinsic(load)


@intrinsic  # type: ignore[untyped-decorator]
def put_int(typing_context: Any, address: Any, value: Any) -> Any:
    """Write a signed 32-bit number to an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        builder.store(builder.trunc(arguments[1], ir.IntType(32)), place)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


byte_at = _loader(8, types.uint8, "byte_at")
"""The byte at an address."""
int_at = _loader(32, types.int32, "int_at")
"""The signed 32-bit number at an address."""
word_at = _loader(64, types.uint64, "word_at")
"""The eight bytes from an address as one little-endian number."""
