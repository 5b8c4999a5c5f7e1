"""The gradient of a weighted sum of log-sums on a GPU: one launch, in a fixed order."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def _put(out, at, values, inside):
    """Write float64 numbers as what is kept there; half precision is rounded from float32."""
    if out.dtype.element_ty != tl.float64:
        values = values.to(tl.float32)
    tl.store(out + at, values, mask=inside)


@triton.jit
def _column_sums(
    values, weights, codes, at, inside, batch, stride, other,
    ROWS: tl.constexpr, WIDTH: tl.constexpr, LAST: tl.constexpr, PASSES: tl.constexpr,
):  # fmt: skip
    """Weighted sum over the sentences of ``values[b, at]``, of the last tokens' row if LAST.

    ``stride`` is from sentence to sentence, ``other`` from token to token.
    """
    total = tl.zeros([WIDTH], tl.float64)
    row = tl.arange(0, ROWS)
    for begin in range(0, batch, ROWS):
        b = begin + row
        real = b < batch
        places = b.to(tl.int64) * stride
        if LAST:
            places += (tl.load(codes + 3 * b + 2, mask=real, other=1) - 1).to(tl.int64) * other
        cells = places[:, None] + at[None, :]
        both = real[:, None] & inside[None, :]
        here = tl.load(values + cells, mask=both, other=0.0).to(tl.float64)
        if PASSES == 2:
            here -= tl.load(values + batch.to(tl.int64) * stride + cells, mask=both, other=0.0)
        weight = tl.load(weights + b, mask=real, other=0.0)
        total += tl.sum(here * weight[:, None], 0)
    return total


@triton.jit
def _cells(
    weights, shares, emissions, part, parts, batch, row, BLOCK: tl.constexpr, PASSES: tl.constexpr
):  # fmt: skip
    sentence = part // parts
    at = part % parts * BLOCK + tl.arange(0, BLOCK)
    inside = at < row
    cell = sentence.to(tl.int64) * row + at
    share = tl.load(shares + cell, mask=inside, other=0.0)
    if PASSES == 2:
        share -= tl.load(shares + batch.to(tl.int64) * row + cell, mask=inside, other=0.0)
    _put(emissions, cell, share * tl.load(weights + sentence), inside)


@triton.jit
def _moves(
    weights, pairs, codes, transitions, at, batch, k,
    ROWS: tl.constexpr, WIDTH: tl.constexpr, PASSES: tl.constexpr,
):  # fmt: skip
    inside = at < k * k
    total = _column_sums(
        pairs, weights, codes, at, inside, batch, k * k, 0, ROWS, WIDTH, False, PASSES
    )
    _put(transitions, at % k * k + at // k, total, inside)


@triton.jit
def _ends(
    weights, shares, codes, start, end, at, batch, row, k,
    ROWS: tl.constexpr, WIDTH: tl.constexpr, PASSES: tl.constexpr,
):  # fmt: skip
    inside = at < k
    first = _column_sums(
        shares, weights, codes, at, inside, batch, row, k, ROWS, WIDTH, False, PASSES
    )
    _put(start, at, first, inside)
    last = _column_sums(
        shares, weights, codes, at, inside, batch, row, k, ROWS, WIDTH, True, PASSES
    )
    _put(end, at, last, inside)


@triton.jit(do_not_specialize=["batch", "row", "k", "parts", "squares"])
def weigh(
    weights, shares, pairs, codes, emissions, start, transitions, end,
    batch, row, k, parts, squares,
    BLOCK: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr, PASSES: tl.constexpr,
):  # fmt: skip
    """Gradients in emissions and the layer's scores.

    Programs: ``parts`` for each sentence's emissions, ``squares`` for the transitions, then one for
    each WIDTH of the tags. Sums over the batch are float64, in the order of the sentences.

    Args:
        weights: ``(B,)`` float64, the gradient in each log-sum.
        shares: ``(PASSES, B, T, K)``, of which the second is taken from the first.
        pairs: ``(PASSES, B, K to, K from)``.
        codes: ``(PASSES * B, 3)`` int32, the last number the tokens of a sentence.
        emissions, start, transitions, end: out, ``(B, T, K)``, ``(K,)``, ``(K, K)``, ``(K,)``.
        batch, row, k: ``B``, ``T * K``, ``K``.
        parts, squares: numbers of programs.
        BLOCK, ROWS, WIDTH: cells of the emissions, sentences, cells of a row done together.
        PASSES: 1 or 2.
    """
    program = tl.program_id(0)
    blocks = batch * parts
    if program < blocks:
        _cells(weights, shares, emissions, program, parts, batch, row, BLOCK, PASSES)
    elif program < blocks + squares:
        at = (program - blocks) * WIDTH + tl.arange(0, WIDTH)
        _moves(weights, pairs, codes, transitions, at, batch, k, ROWS, WIDTH, PASSES)
    else:
        at = (program - blocks - squares) * WIDTH + tl.arange(0, WIDTH)
        _ends(weights, shares, codes, start, end, at, batch, row, k, ROWS, WIDTH, PASSES)
