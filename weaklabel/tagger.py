"""Tagger: a trained network with the sources it looks at, ready for text it has not seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from weaklabel import __version__
from weaklabel.aggregate import AGGREGATORS, Reader
from weaklabel.errors import FormatError
from weaklabel.ground.atomic import write_text
from weaklabel.ground.config import to_mapping
from weaklabel.lexicon import Lexicon
from weaklabel.nn.network import Network
from weaklabel.on_tokens import as_votes, to_annotations
from weaklabel.sources import AnySource, SourceSet, apply_sources
from weaklabel.text import Annotations, Corpus, Sentence, Span
from weaklabel.votes import Votes

SOURCES = "sources"
"""The folder of a model in which the frozen lexicon and every decision about it lie."""
PIPELINE = "pipeline.json"
"""What the network and the sources do not say themselves: how votes are read."""
VERSION = 2


class Evidence(NamedTuple):
    """What the sources said of a corpus, and what a tagger may see of it.

    Attributes:
        votes: every source's votes.
        agreed: the winners, one a token, as one source called "vote".
    """

    votes: Votes
    agreed: Votes


@dataclass(frozen=True, eq=False)
class Tagger:
    """A trained tagger. Is itself a labelling source: ``apply_sources(corpus, [tagger])``.

    Attributes:
        network: encoder and head.
        sources: labelled the training text, and label what it is to predict: their votes are
            input channels of the network, and give predictions their concept ids.
        reader: makes one reading of the sources' votes, as it has learnt to.
        name: how its votes are listed.
        device: where it computes; ``None`` for where the network is.

    >>> from dataclasses import replace
    >>> import weaklabel as wl
    >>> corpus = wl.Corpus.from_texts(["We gave aspirin."] * 3)
    >>> names = wl.Lexicon.of([wl.Term("aspirin", ("Chemical",), ("mesh:D001241",))])
    >>> small = {"training": {"epochs": 1}, "tagger": {"encoder": {"hidden": 8}}}
    >>> experiment = wl.recipes.default(corpus, names, settings=small)
    >>> experiment = replace(experiment, vectors=None)  # no word vectors: a quick example
    >>> tagger = wl.run(experiment, seed=0, device="cpu").tagger
    >>> tagger.predict(["We gave aspirin."])  # doctest: +ELLIPSIS
    <Annotations: ... of Chemical>
    >>> wl.apply_sources(corpus, [tagger]).sources
    ('tagger',)
    """

    network: Network
    sources: SourceSet
    reader: Reader
    name: str = "tagger"
    device: str | None = None

    def __repr__(self) -> str:
        types = ", ".join(self.network.scheme.types)
        return f"<Tagger of {types}, with sources {', '.join(self.sources.names)}>"

    def predict(self, corpus: Corpus | Sequence[str]) -> Annotations:
        """Typed character spans, with a score and the concept ids that are known.

        A span a source voted for takes the concept ids of that vote; any other takes those its
        surface has in the lexicon.

        Args:
            corpus: a corpus, or texts (each becomes a document).
        """
        if not isinstance(corpus, Corpus):
            corpus = Corpus.from_texts(corpus)
        read = self.read(corpus)
        return self.predict_from(corpus, read)

    def read(self, corpus: Corpus) -> Evidence:
        """Ask the sources about a corpus."""
        votes = apply_sources(corpus, self.sources)
        return Evidence(votes, self.reader.read(corpus, votes).agreed)

    def predict_from(self, corpus: Corpus, read: Evidence) -> Annotations:
        """Predict where the sources were asked already."""
        found = self.network.predict(corpus, read.agreed, device=self.device)
        return with_concepts(found, corpus, read, self.sources.lexicon)

    def label(self, corpus: Corpus) -> Votes:
        """Its predictions as votes, so that it can be a source among others."""
        return as_votes(corpus, self.predict(corpus), source=self.name)

    def __call__(self, sentence: Sentence) -> Iterable[Span]:
        """Its predictions on one sentence. Slow; :meth:`label` takes a whole corpus."""
        corpus = Corpus.from_texts([sentence.text])
        starts = {start - sentence.start: i for i, (start, _) in enumerate(sentence.offsets)}
        ends = {end - sentence.start: i + 1 for i, (_, end) in enumerate(sentence.offsets)}
        for row in self.predict(corpus):
            if row.start in starts and row.end in ends:
                yield Span(starts[row.start], ends[row.end], row.label, row.score, row.concepts)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write a model folder that needs nothing else."""
        folder = Path(folder)
        self.sources.save(folder / SOURCES)
        self.network.save_pretrained(folder)
        about = {
            "format": "weaklabel.pipeline",
            "version": VERSION,
            "weaklabel": __version__,
            "reader": described(self.reader),
        }
        write_text(folder / PIPELINE, json.dumps(about, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def from_pretrained(
        cls,
        folder: str | Path,
        *,
        sources: Sequence[AnySource] = (),
        device: str | None = None,
    ) -> Tagger:
        """Read what :meth:`save_pretrained` wrote.

        Args:
            folder: the model's folder.
            sources: the user's own sources it was trained with; functions cannot be saved.
            device: where it shall compute; ``None`` for the CPU.

        Raises:
            FormatError: if the folder is not a model's, or a source of the user's is missing.
        """
        folder = Path(folder)
        about = _about(folder / PIPELINE)
        return cls(
            Network.from_pretrained(folder),
            SourceSet.load(folder / SOURCES, {source.name: source for source in sources}),
            restored(about["reader"], folder / PIPELINE),
            device=device,
        )


def described(reader: Reader) -> dict[str, Any]:
    """A reader as plain JSON values."""
    return {"kind": reader.kind, "about": to_mapping(reader.describe())}


def restored(about: dict[str, Any], path: Path) -> Reader:
    """The reader that :func:`described` tells of.

    Raises:
        FormatError: if the package that brought its kind is not installed.
    """
    reader: Reader = AGGREGATORS.restore(about["kind"], about["about"], path=path)
    return reader


def _about(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise FormatError(
            f"is no model of weaklabel: it has no readable {PIPELINE}", path=path.parent
        ) from None
    if about.get("format") != "weaklabel.pipeline" or about.get("version") != VERSION:
        raise FormatError(
            f"expected version {VERSION}, got {about.get('version')!r}: train it again", path=path
        )
    return about


def with_concepts(
    found: Annotations, corpus: Corpus, read: Evidence, lexicon: Lexicon
) -> Annotations:
    """Give predictions the concept ids that a vote or the lexicon has for them."""
    known: dict[tuple[int, int, int, str], tuple[str, ...]] = {}
    for table in (read.votes, read.agreed):
        for row in to_annotations(corpus, table):
            if row.concepts:
                known.setdefault(row[:4], row.concepts)
    texts = {d: corpus.document_text(d) for d in np.unique(found.document).tolist()}
    rows = []
    for row in found:
        concepts = known.get(row[:4]) or lexicon.concepts_of(
            texts[row.document][row.start : row.end], row.label
        )
        rows.append(row._replace(concepts=concepts))
    return Annotations.of(rows)
