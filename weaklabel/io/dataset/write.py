"""to_dataset(): a corpus with annotations → a dataset of tagged sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from weaklabel.errors import DataError
from weaklabel.ground.optional import require
from weaklabel.io.dataset.columns import DOCUMENT, ID, SPANS, TAGS, TEXT, TOKENS
from weaklabel.io.tokens import check_fits, spans_for_tags
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.text import Annotations, Corpus

if TYPE_CHECKING:
    import datasets


def to_dataset(
    corpus: Corpus,
    annotations: Annotations | None = None,
    *,
    style: TagStyle | str = TagStyle.BIO,
) -> datasets.Dataset:
    """A Hugging Face dataset of a corpus, a row a sentence, ready to train a token classifier on.

    :func:`weaklabel.read` reads it back to the same corpus, and
    :func:`weaklabel.io.read_gold` to the same annotations: each row also has its stretch of the
    document's text (``text``, which begins at ``text_start``), the tokens' offsets in it, and all
    annotations that begin there (``spans``). Tags hold less: a span is widened to whole tokens, of
    overlapping ones the longest is kept, one across sentences is left out; the log counts them.

    Args:
        corpus: the documents.
        annotations: what becomes ``ner_tags`` and ``spans``; without them there are no such
            columns.
        style: how tags are written: ``"BIO"``, ``"BIOES"`` or ``"IO"``.

    Raises:
        DataError: for another style, or an annotation of a document the corpus does not have.
        SpanError: if an annotation leaves its document's text.
        MissingDependency: if ``datasets`` was removed.

    >>> import weaklabel as wl
    >>> corpus = wl.Corpus.from_texts(["Aspirin helps. It is old."], ids=["d1"])
    >>> rows = wl.to_dataset(corpus, wl.Annotations.of([wl.Annotation(0, 0, 7, "Chemical")]))
    >>> rows[0]["tokens"], rows[0]["ner_tags"], rows.features["ner_tags"].feature.names
    (['Aspirin', 'helps', '.'], [1, 0, 0], ['O', 'B-Chemical', 'I-Chemical'])
    >>> wl.read(rows).fingerprint == corpus.fingerprint
    True
    """
    if str(style) not in list(TagStyle):
        raise DataError(f"unknown tag style {str(style)!r}; known: {', '.join(TagStyle)}")
    library = require("datasets", extra="datasets", what="to_dataset()")
    tags = None if annotations is None else _Tags(corpus, annotations, TagStyle(style))
    rows = [row for document in range(corpus.n_documents) for row in _rows(corpus, document, tags)]
    features = _features(library, None if tags is None else tags.scheme)
    columns = {name: [row[name] for row in rows] for name in features}
    dataset: datasets.Dataset = library.Dataset.from_dict(columns, features=features)
    return dataset


class _Tags:
    """The tags of every sentence, and the annotations they are made of."""

    def __init__(self, corpus: Corpus, annotations: Annotations, style: TagStyle) -> None:
        for annotation in annotations:
            if not 0 <= annotation.document < corpus.n_documents:
                raise DataError(
                    f"an annotation is of document row {annotation.document}; the corpus has "
                    f"{corpus.n_documents}"
                )
            check_fits(annotation, corpus, annotation.document)
        self.annotations = annotations
        self.scheme = TagScheme(annotations.labels, style)
        self._chosen = spans_for_tags(corpus, annotations, "to_dataset()")

    def of(self, sentence: int, length: int) -> list[int]:
        """The tags of a sentence, by its row."""
        tags: list[int] = self.scheme.encode(self._chosen.get(sentence, ()), length=length).tolist()
        return tags


def _rows(corpus: Corpus, document: int, tags: _Tags | None) -> Iterator[dict[str, Any]]:
    """The sentences of a document; a document without one is a row without tokens."""
    name, text = corpus.document_id(document), corpus.document_text(document)
    sentences = [corpus[i] for i in range(*corpus.sentence_splits[document : document + 2])]
    sentences = [sentence for sentence in sentences if len(sentence)]
    cuts = [0, *(sentence.start for sentence in sentences[1:]), len(text)]
    mentions = tags.annotations.of_document(document) if tags else []
    for k in range(len(cuts) - 1):
        first, last = cuts[k], cuts[k + 1]
        offsets = sentences[k].offsets if sentences else ()
        row: dict[str, Any] = {
            ID: f"{name}:{k}",
            DOCUMENT: name,
            "sentence": k,
            TOKENS: [text[start:end] for start, end in offsets],
            TEXT: text[first:last],
            "text_start": first,
            "token_start": [start - first for start, _ in offsets],
            "token_end": [end - first for _, end in offsets],
            "title_end": int(corpus.titles[document]),
        }
        if tags is not None:
            row[TAGS] = tags.of(sentences[k].index, len(offsets)) if sentences else []
            row[SPANS] = [
                {
                    "start": m.start - first,
                    "end": m.end - first,
                    "label": m.label,
                    "concepts": list(m.concepts),
                    "score": m.score,
                }
                for m in mentions
                if first <= m.start < last
            ]
        yield row


def _features(library: Any, scheme: TagScheme | None) -> Any:
    number, string = library.Value("int32"), library.Value("string")
    features = {ID: string, DOCUMENT: string, "sentence": number, TOKENS: library.List(string)}
    if scheme is not None:
        features[TAGS] = library.List(library.ClassLabel(names=list(scheme.names)))
    features |= {
        TEXT: string,
        "text_start": number,
        "token_start": library.List(number),
        "token_end": library.List(number),
        "title_end": number,
    }
    if scheme is not None:
        span = {"start": number, "end": number, "label": string}
        span |= {"concepts": library.List(string), "score": library.Value("float32")}
        features[SPANS] = library.List(span)
    return library.Features(features)
