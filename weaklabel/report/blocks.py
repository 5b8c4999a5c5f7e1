"""What a report is made of: sections of text, tables, figures and example sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from markupsafe import Markup


@dataclass(frozen=True)
class Text:
    """A paragraph, or a note set apart (``warning``)."""

    text: str
    warning: bool = False
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Items:
    """A bulleted list."""

    title: str
    items: Sequence[str]
    kind: ClassVar[str] = "items"


@dataclass(frozen=True)
class Table:
    """Rows under headers; from column ``left`` on, cells are numbers and set to the right.

    Attributes:
        folded: behind one click, under the title.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    left: int = 1
    folded: bool = False
    note: str = ""
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Figure:
    """A plot; its title says the finding, and the table behind it is one click away.

    Attributes:
        legend: what the marks mean, where the plot itself does not say.
    """

    title: str
    svg: Markup
    table: Table
    legend: str = ""
    kind: ClassVar[str] = "figure"


@dataclass(frozen=True)
class Figures:
    """Plots side by side where there is room."""

    figures: Sequence[Figure]
    kind: ClassVar[str] = "figures"


@dataclass(frozen=True)
class Shown:
    """One sentence with its entities.

    Attributes:
        document: id of the document it is from.
        line: the sentence, gold and found spans marked.
        said: what each source said of it.
        apart: each source on a line of its own.
    """

    document: str
    line: Markup
    said: Sequence[tuple[str, Markup]] = ()
    apart: bool = False


@dataclass(frozen=True)
class Group:
    """Sentences under a line that says what they show; folded away unless ``unfolded``."""

    title: str
    facts: str
    sentences: Sequence[Shown]
    unfolded: bool = False


@dataclass(frozen=True)
class Examples:
    """Groups of example sentences."""

    title: str
    groups: Sequence[Group]
    kind: ClassVar[str] = "examples"


@dataclass(frozen=True)
class Code:
    """Something to copy."""

    title: str
    text: str
    folded: bool = False
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Section:
    """A question, its answer in one line, and what supports it."""

    anchor: str
    question: str
    answer: str
    blocks: Sequence[Any] = field(default_factory=tuple)


def percent(value: Any) -> str:
    """A fraction in percent with one decimal; empty where there is none.

    >>> percent(0.8649), percent(None)
    ('86.5', '')
    """
    return "" if value is None else f"{100 * value:.1f}"


def points(value: float | None) -> str:
    """A difference of fractions in points, with its sign; what rounds to nothing has none.

    >>> points(0.0123), points(-0.00001), points(-0.02), points(None)
    ('+1.2', '0.0', '−2.0', '')
    """
    if value is None:
        return ""
    text = f"{100 * value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


def count(value: Any) -> str:
    """A whole number with thousands set apart; empty where there is none."""
    return "" if value is None else f"{value:,}"


def span_of(measure: dict[str, Any]) -> str:
    """The 95 % interval of a measure in percent, such as ``85.1 – 87.2``."""
    low, high = measure.get("f1_low"), measure.get("f1_high")
    return "" if low is None or high is None else f"{percent(low)} – {percent(high)}"


def plural(n: int, what: str) -> str:
    """``1 span``, ``1,200 spans``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def spaced(text: str) -> str:
    """The parts of a progress line, which wide spaces set apart there, with dots between.

    >>> spaced("63 documents   7 sources")
    '63 documents · 7 sources'
    """
    return " · ".join(part.strip() for part in text.split("  ") if part.strip())
