"""The annotated corpora that benchmarks use, by name, as files under ``--data``."""

from __future__ import annotations

from typing import NamedTuple


class CorpusFiles(NamedTuple):
    """A corpus with the dictionary that speaks about it.

    Attributes:
        train: raw text; nothing reads annotations there.
        dev: annotated documents, which only score.
        dictionaries: files of names, with ids that the corpus uses.
    """

    train: str
    dev: str
    dictionaries: tuple[str, ...]


CORPORA = {
    "bc5cdr": CorpusFiles(
        "bc5cdr/train_docs.pubtator",
        "bc5cdr/dev.pubtator",
        ("kb/derived/disease.tsv", "kb/derived/chemical.tsv"),
    ),
    "ncbi": CorpusFiles(
        "ncbi-disease/train_docs.pubtator",
        "ncbi-disease/dev.pubtator",
        ("ncbi-disease/dict_disease.tsv",),
    ),
}

OTHER_TYPES = {
    "anatem": CorpusFiles(
        "anatem/raw_train.conll", "anatem/dev.conll", ("anatem/dict_anatomy.tsv",)
    ),
    "wikigold": CorpusFiles(
        "wikigold/raw_train.conll", "wikigold/dev.conll", ("wikigold/dict_names.tsv",)
    ),
}
"""Corpora of other types than diseases and chemicals: anatomy, and names in general English."""
