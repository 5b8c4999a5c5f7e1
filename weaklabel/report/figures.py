"""The plots, as inline SVG: they scale, follow light and dark, and are the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OKABE_ITO = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#999999",
)  # fmt: skip
"""Colours that stay apart for colour-blind eyes (Okabe & Ito, 2008)."""

MOST_LETTERS = 26
"""Letters of a name that a plot has room for."""

INK, GRID = "#010203", "#040506"
"""Stand-ins, replaced in the SVG by the page's own text and line colours."""

_SYSTEM_STYLE = (("#999999", "s"), ("#56B4E9", "^"), ("#D55E00", "o"))
_WIDTH = 4.3  # inches: 9.5 points are legible on 360 px, and two figures fit on 1,100


class Line(NamedTuple):
    """Values of one system or source over the rows of a plot; a value may be missing."""

    name: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@contextmanager
def _drawn(height: float, **grid: Any) -> Iterator[tuple[Figure, Any]]:
    import matplotlib
    from matplotlib.figure import Figure

    style: Any = {
        "text.parse_math": False,
        "svg.hashsalt": "weaklabel",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9.5,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": INK,
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "xtick.color": INK,
        "ytick.color": INK,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "legend.columnspacing": 1.2,
        "legend.handletextpad": 0.4,
        "legend.handlelength": 1.4,
        "figure.facecolor": "none",
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        yield figure, figure.subplots(**grid)


def _svg(figure: Figure, key: str, title: str) -> Markup:
    """The figure's SVG, ready to stand in a page: own ids, page colours, no size of its own."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg [^>]*?) ?width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?) ?height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 system-ui, sans-serif", svg)
    svg = re.sub(r'\bid="', f'id="{key}-', svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{key}-", svg)
    svg = svg.replace(INK, "currentColor").replace(GRID, "var(--line)")
    head = f'<svg role="img" aria-label="{escape(title)}" '
    return Markup(svg.replace("<svg ", head, 1))


def intervals(
    key: str, title: str, rows: Sequence[str], lines: Sequence[Line], axis: str
) -> Markup:
    """Dots with 95 % intervals, one band a row, one mark a system; values in percent."""
    height = 1.15 + len(rows) * max(0.42, 0.17 * len(lines) + 0.14)
    with _drawn(height) as (figure, ax):
        for k, line in enumerate(lines):
            for i in range(len(rows)):
                y = i + (k - (len(lines) - 1) / 2) * 0.7 / max(1, len(lines))
                _dot(ax, line, i, y, k, line.name if i == 0 else None)
        _rows(ax, [shortened(name) for name in rows])
        _percent(ax, "x", axis, _values(lines))
        _legend(figure, ax, len(lines))
        return _svg(figure, key, title)


def systems(key: str, title: str, line: Line, rows: Sequence[str], axis: str) -> Markup:
    """One dot with its 95 % interval a row, each system in its own mark."""
    with _drawn(0.7 + 0.42 * len(rows)) as (figure, ax):
        for i in range(len(rows)):
            _dot(ax, line, i, i, i, None)
        _rows(ax, [shortened(name) for name in rows])
        _percent(ax, "x", axis, _values([line]))
        return _svg(figure, key, title)


def _rows(ax: Axes, names: Sequence[str]) -> None:
    """Rows from the top down."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)


def shortened(name: str, letters: int = MOST_LETTERS) -> str:
    """A name that leaves room for the plot; the table beside it has the whole.

    >>> shortened("a_very_long_name_of_a_source:drugbank")
    'a_very_long_na…ce:drugbank'
    """
    if len(name) <= letters:
        return name
    end = letters // 2 - 2
    return f"{name[: letters - end - 1]}…{name[-end:]}"


def _dot(ax: Axes, line: Line, i: int, y: float, style: int, label: str | None) -> None:
    value = line.values[i]
    if value is None:
        return
    colour, marker = _SYSTEM_STYLE[style % len(_SYSTEM_STYLE)]
    low, high = (side[i] if side else None for side in (line.low, line.high))
    if low is not None and high is not None:
        ax.plot([100 * low, 100 * high], [y, y], color=colour, linewidth=2)
    ax.plot([100 * value], [y], marker, color=colour, markersize=6, label=label)


def _values(lines: Sequence[Line]) -> list[float]:
    return [v for line in lines for side in (line.values, line.low, line.high) for v in side if v]


def _percent(
    ax: Axes, which: Literal["x", "y"], label: str, values: Sequence[float], *, zero: bool = False
) -> None:
    """An axis in percent that leaves out empty room below the smallest value."""
    low = 0.0 if zero or not values else max(0.0, 10 * ((100 * min(values) - 3) // 10))
    high = (
        100.0 if not values or max(values) > 0.9 else min(100.0, 10 * (100 * max(values) // 10 + 1))
    )
    room = (high - low) * 0.02
    if which == "x":
        ax.set_xlim(low - room, high + room)
        ax.set_xlabel(label)
    else:
        ax.set_ylim(low - room, high + room)
        ax.set_ylabel(label)
    ax.grid(axis=which)


def _legend(figure: Figure, ax: Axes, count: int) -> None:
    if count > 1:
        handles, labels = ax.get_legend_handles_labels()
        labels = [shortened(label) for label in labels]
        figure.legend(handles, labels, loc="outside upper left", ncols=min(3, count))


def bars(key: str, title: str, rows: Sequence[str], lines: Sequence[Line], axis: str) -> Markup:
    """Horizontal bars side by side, one group a row; values are fractions, shown in percent."""
    height = 0.9 + len(rows) * max(0.34, 0.15 * len(lines) + 0.12) + 0.25
    with _drawn(height) as (figure, ax):
        step = 0.8 / max(1, len(lines))
        for k, line in enumerate(lines):
            ys = [i + (k - (len(lines) - 1) / 2) * step for i in range(len(rows))]
            widths = [100 * (v or 0.0) for v in line.values]
            ax.barh(ys, widths, step * 0.9, color=OKABE_ITO[k], label=line.name)
        _rows(ax, [shortened(name) for name in rows])
        ax.set_xlabel(axis)
        ax.grid(axis="x")
        _legend(figure, ax, len(lines))
        return _svg(figure, key, title)


def matrix(key: str, title: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """Who meets whom: above the diagonal pairs that agree, below it pairs that disagree."""
    import numpy as np

    table = np.array(counts, float).reshape(len(names), len(names))
    off = table.copy()
    np.fill_diagonal(off, 0)
    top = max(1.0, off.max(initial=0))
    with _drawn(0.7 + 0.33 * len(names)) as (figure, ax):
        for (i, j), count in np.ndenumerate(table):
            colour = GRID if i == j else OKABE_ITO[2] if i < j else OKABE_ITO[1]
            alpha = 0.35 if i == j else 0.85 * float(np.log1p(count) / np.log1p(top))
            x, y = ([at + side for side in sides] for at, sides in ((j, _ACROSS), (i, _DOWN)))
            ax.fill(x, y, color=colour, alpha=alpha, linewidth=0)
            ax.text(j, i, _short(count), ha="center", va="center", fontsize=8)
        ax.set_xticks(range(len(names)), [str(i) for i in range(1, len(names) + 1)])
        ax.set_xlim(-0.5, len(names) - 0.5)
        _rows(ax, [f"{shortened(name, 16)}  {i}" for i, name in enumerate(names, 1)])
        ax.set_xlabel("source number (pairs of spans)")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        return _svg(figure, key, title)


_ACROSS, _DOWN = (-0.48, 0.48, 0.48, -0.48), (-0.48, -0.48, 0.48, 0.48)


def _short(count: float) -> str:
    """A count in at most four characters: 950, 9.5k, 95k, 1.2M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if count >= size:
            scaled = count / size
            return f"{scaled:.1f}{letter}" if scaled < 9.95 else f"{scaled:.0f}{letter}"
    return f"{count:.0f}"


def learning_curve(
    key: str, title: str, epochs: Sequence[dict[str, Any]], score: str, name: str, best: int | None
) -> Markup:
    """Loss and score by epoch, one above the other; the best epoch is marked."""
    from matplotlib.ticker import MaxNLocator

    numbers = [e["epoch"] for e in epochs]
    with _drawn(3.6, nrows=2, sharex=True) as (figure, (above, below)):
        scores = [e.get(score) for e in epochs]
        shown = [(n, 100 * s) for n, s in zip(numbers, scores, strict=True) if s is not None]
        above.plot(
            [n for n, _ in shown], [s for _, s in shown], "o-", color=OKABE_ITO[1], markersize=4
        )
        _percent(above, "y", f"{name} F1 (%)", [s / 100 for _, s in shown])
        below.plot(numbers, [e["loss"] for e in epochs], "s-", color=OKABE_ITO[0], markersize=4)
        below.set_ylabel("loss (nats a token)")
        below.set_xlabel("epoch")
        below.set_ylim(bottom=0)
        below.grid(axis="y")
        below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        if best in numbers:
            for ax in (above, below):
                ax.axvline(best, color=INK, linewidth=0.8, linestyle=":")
            above.annotate("best", (best, 1), xycoords=("data", "axes fraction"), fontsize=8.5,
                           ha="center", va="bottom")  # fmt: skip
        figure.align_ylabels()
        return _svg(figure, key, title)


def calibration(key: str, title: str, rows: Sequence[dict[str, Any]]) -> Markup:
    """Share of right spans by the score the tagger gave them; the diagonal is what it claims."""
    with _drawn(3.6) as (figure, ax):
        ax.plot([0, 100], [0, 100], color=INK, linewidth=0.8, linestyle=":")
        x, y = ([100 * row[name] for row in rows] for name in ("confidence", "precision"))
        most = max((row["spans"] for row in rows), default=1)
        ax.plot(x, y, "-", color=OKABE_ITO[1], linewidth=1.2)
        sizes = [20 + 130 * row["spans"] / most for row in rows]
        ax.scatter(x, y, sizes, color=OKABE_ITO[1], zorder=3)
        ax.set_xlim(-3, 103)
        ax.set_ylim(-3, 103)
        ax.set_xlabel("score the tagger gave (%)")
        ax.set_ylabel("of these right (%)")
        ax.grid()
        return _svg(figure, key, title)
