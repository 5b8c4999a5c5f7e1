"""Which columns of a dataset are read as what."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeGuard

from weaklabel.errors import FormatError

NAME: Final = "dataset"
"""What the format of such a corpus is called."""
TEXT, TOKENS, TAGS, SPANS = "text", "tokens", "ner_tags", "spans"
DOCUMENT, ID = "document_id", "id"
OURS: Final = ("sentence", "text_start", "token_start", "token_end", "title_end")
"""Columns that tell a dataset of ours, whose rows make up their documents exactly."""


class Rows(Protocol):
    """What is read of a :class:`datasets.Dataset`: columns, their features, rows."""

    @property
    def column_names(self) -> list[str] | None:
        """Names of the columns; ``None`` where they are not known."""
        ...

    @property
    def features(self) -> Mapping[str, Any] | None:
        """What the columns hold; ``None`` where that is not known."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Rows, as mappings."""
        ...


def is_dataset(source: object) -> TypeGuard[Rows]:
    """Whether something comes from the package ``datasets``, which is not imported to tell.

    >>> is_dataset("corpus.jsonl")
    False
    """
    return any(kind.__module__.partition(".")[0] == "datasets" for kind in type(source).__mro__)


class Columns(NamedTuple):
    """The columns that are read; an empty name is one that is not there.

    Attributes:
        names: all of the dataset.
        text, tokens, tags, spans, document, id: names of columns.
        tag_names, span_names: the types a ``ClassLabel`` numbers.
        own: whether :func:`~weaklabel.io.dataset.to_dataset` made it.
    """

    names: tuple[str, ...]
    text: str
    tokens: str
    tags: str
    tag_names: tuple[str, ...]
    spans: str
    span_names: tuple[str, ...]
    document: str
    id: str
    own: bool

    @property
    def left_out(self) -> list[str]:
        """Columns that are not read."""
        used = {self.text, self.tokens, self.tags, self.spans, self.document, self.id}
        return [name for name in self.names if name not in used and not (self.own and name in OURS)]


def opened(dataset: Rows) -> tuple[Columns, Iterable[Mapping[str, Any]]]:
    """The columns of a dataset and its rows, as plain values.

    Raises:
        FormatError: if there is no column of text or tokens, or it is several datasets.
    """
    if isinstance(dataset, Mapping):
        splits = list(map(str, dataset))
        raise FormatError(
            f"holds the splits {', '.join(splits)}; give one of them, such as "
            f"dataset[{(splits or ['train'])[0]!r}]",
            path=NAME,
        )
    if hasattr(dataset, "with_format"):  # rows as arrays or tensors are of no use
        dataset = dataset.with_format(None)
    rows: Iterable[Any] = dataset
    names = tuple(dataset.column_names or dataset.features or ())
    if not names:  # a stream that does not know: its first row does
        stream = iter(dataset)
        head = list(itertools.islice(stream, 1))
        names = tuple(head[0]) if head else ()
        rows = itertools.chain(head, stream)
    return _columns(names, dataset.features or {}), rows


def _columns(names: Sequence[str], features: Mapping[str, Any]) -> Columns:
    def first(*wanted: str) -> str:
        return next((name for name in wanted if name in names), "")

    text, tokens, document = first(TEXT), first(TOKENS), first(DOCUMENT, "doc_id")
    if not text and not tokens:
        raise FormatError(
            f'needs a column "{TEXT}" or "{TOKENS}"; its columns are '
            f"{', '.join(names) or 'none'}. dataset.rename_column(…) gives one of them that name",
            path=NAME,
        )
    tags = first(TAGS, "tags") if tokens else ""
    spans = first(SPANS, "entities") if text else ""
    return Columns(
        tuple(names),
        text,
        tokens,
        tags,
        class_names(features.get(tags)),
        spans,
        class_names(_label_of(features.get(spans))),
        document,
        first(ID),
        bool(text and tokens and document) and set(OURS) <= set(names),
    )


def _label_of(feature: Any) -> Any:
    """The feature of the labels of a list of spans."""
    feature = getattr(feature, "feature", feature)
    if not isinstance(feature, Mapping):
        return None
    return next((feature[name] for name in ("label", "type") if name in feature), None)


def class_names(feature: Any) -> tuple[str, ...]:
    """The names of a ``ClassLabel``, alone or in lists; none where it is none."""
    while hasattr(feature, "feature"):
        feature = feature.feature
    return tuple(getattr(feature, "names", None) or ())
