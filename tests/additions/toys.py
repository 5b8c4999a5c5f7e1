"""One toy of each component, as another package would bring them: a class each, a line each.

``entry_points.txt`` beside this file has the lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, TextIO
from urllib.parse import quote, unquote

import numpy as np

from weaklabel import recipes
from weaklabel.aggregate.protocol import Reading
from weaklabel.clean import Given
from weaklabel.errors import FormatError, SpanError
from weaklabel.experiment import Experiment
from weaklabel.ground.lines import read_text, split_lines
from weaklabel.io.kb.reading import Entries, Wanted, no_type
from weaklabel.io.reading import Collector, Document, Mention
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets import Examples
from weaklabel.text import Annotations, Corpus
from weaklabel.votes import Vote, Votes

VALUE = {"value": True}


@dataclass(frozen=True)
class Shouts:
    """A listed source: words in capitals.

    Attributes:
        type: what they are.
        shortest: letters of the shortest one.
        name: how the source is listed.
    """

    kind: ClassVar[str] = "shouts"
    type: str = "Chemical"
    shortest: int = 3
    name: str = "shouts"

    def label(self, corpus: Corpus) -> Votes:
        rows = [
            Vote(s.index, i, i + 1, self.type, self.name, 1.0, word)
            for s in corpus
            for i, word in enumerate(s.words)
            if word.isupper() and len(word) >= self.shortest
        ]
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name], types=[self.type])


@dataclass(frozen=True)
class Endings:
    """A grown source: words that end as names of one type alone do.

    Attributes:
        letters: of an ending.
        endings: ending → type, as far as it has grown.
    """

    kind: ClassVar[str] = "endings"
    letters: int = 4
    endings: Mapping[str, str] = field(default_factory=dict, metadata=VALUE)
    name: str = field(default="endings", metadata=VALUE)

    def grow(self, soil: Any) -> Endings:
        types: dict[str, set[str]] = {}
        for term in soil.spoken.terms:
            types.setdefault(term.name[-self.letters :].lower(), set()).update(term.types)
        found = {ending: min(of) for ending, of in types.items() if len(of) == 1}
        return replace(self, endings=found)

    def label(self, corpus: Corpus) -> Votes:
        rows = []
        for s in corpus:
            for i, word in enumerate(s.words):
                found = self.endings.get(word[-self.letters :].lower())
                if found and len(word) > self.letters:
                    rows.append(Vote(s.index, i, i + 1, found, self.name, 0.5, word.lower()))
        spoken = np.zeros(len(corpus), np.bool_)
        spoken[[row.sentence for row in rows]] = True
        return Votes.of(
            rows, n_sentences=len(corpus), sources=[self.name], applicable={self.name: spoken}
        )

    def describe(self) -> dict[str, Any]:
        return {"letters": self.letters, "endings": dict(self.endings)}

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: Any) -> Endings:
        return cls(about["letters"], about["endings"])


class Pipes:
    """A format: ``id|text|start,end,type;…`` a line, quoted as in a URL, under ``#pipes``."""

    name = "pipes"
    about = "id|text|start,end,type;… a line"
    suffixes = (".pipes",)

    @staticmethod
    def recognises(head: str) -> bool:
        return head.startswith("#pipes")

    @staticmethod
    def read(path: Path, collect: Collector, folder: Path | None) -> None:
        for number, line in enumerate(split_lines(read_text(path)), 1):
            if line.strip() and not line.startswith("#"):
                if line.count("|") != 2:
                    raise FormatError("expected id|text|spans", path=path, line=number)
                id_, text, spans = (unquote(part) for part in line.split("|"))
                document = Document(id_, text, number)
                for start, end, type_ in re.findall(r"(\d+),(\d+),([^;]+)", spans):
                    document.mention(number, Mention(int(start), int(end), type_))
                collect.add(path, document)

    @staticmethod
    def write(file: TextIO, corpus: Corpus, annotations: Annotations) -> None:
        file.write("#pipes\n")
        for row in range(corpus.n_documents):
            text, spans = corpus.document_text(row), annotations.of_document(row)
            if any(a.end > len(text) for a in spans):
                raise SpanError(f"a span leaves a text of {len(text)} characters")
            listed = ";".join(f"{a.start},{a.end},{a.label}" for a in spans)
            parts = (corpus.document_id(row), text, listed)
            file.write("|".join(quote(part, safe=" .,;:'()/-") for part in parts) + "\n")


class Colons:
    """A knowledge-base format: ``type::name::id`` a line."""

    name = "colons"
    about = "type::name::id a line"
    suffixes = (".colons",)
    sample = (
        "Disease::drug-induced lupus::DOID:1\nDisease::DIL::DOID:1\n"
        'Disease::lupus "medicamentosus", acute::DOID:1\n'
    )

    @staticmethod
    def recognises(head: str) -> bool:
        return bool(re.match(r"\w+::[^:\n]+::", head))

    @staticmethod
    def read(path: Path, wanted: Wanted) -> Entries:
        entries = Entries(fault=wanted.fault, how="colons")
        for number, line in enumerate(split_lines(read_text(path)), 1):
            if line.strip():
                type_, _, rest = line.rpartition("::")[0].partition("::")
                if not (wanted.type or (type_ and rest)):
                    raise no_type(path, number, "expected type::name::id")
                concept = line.rpartition("::")[2].strip()
                entries.add(number, rest or line, (wanted.type or type_,), (concept,), path.name)
        return entries


@dataclass(frozen=True)
class Trust:
    """An aggregator that learns: a source weighs as often as others say the same.

    Attributes:
        least: the weight of a source that nobody agrees with.
        weights: source → weight, as far as it has learnt.
        scheme: the tags of its labels.
    """

    kind: ClassVar[str] = "trust"
    least: float = 0.6
    weights: Mapping[str, float] = field(default_factory=dict, metadata=VALUE)
    scheme: TagScheme = field(default=TagScheme(()), metadata=VALUE)

    def fit(self, corpus: Corpus, votes: Votes, scheme: TagScheme) -> Trust:
        said = Counter(row[:4] for row in votes.rows())
        weights = {}
        for source in votes.sources:
            own = [said[row[:4]] > 1 for row in votes.of_source(source).rows()]
            weights[source] = max(self.least, sum(own) / max(1, len(own)))
        return replace(self, weights=weights, scheme=scheme)

    def read(self, corpus: Corpus, votes: Votes) -> Reading:
        from weaklabel.aggregate.weighted import WeightedVote

        weighted = WeightedVote(weights=self.weights).fit(corpus, votes, self.scheme)
        return weighted.read(corpus, votes)

    def describe(self) -> dict[str, Any]:
        scheme = {"types": list(self.scheme.types), "style": str(self.scheme.style)}
        return {"least": self.least, "weights": dict(self.weights), "scheme": scheme}

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> Trust:
        scheme = TagScheme(tuple(about["scheme"]["types"]), TagStyle(about["scheme"]["style"]))
        return cls(about["least"], about["weights"], scheme)


@dataclass(frozen=True)
class Doubt:
    """A cleaner that trains: sentences that a tagger of the others doubts weigh less.

    Attributes:
        weight: of the half that is doubted most.
    """

    kind: ClassVar[str] = "doubt"
    weight: float = 0.5

    def __call__(self, examples: Examples, given: Given) -> Examples:
        fold = given.rng.permutation(len(examples)) % 2
        doubt = np.zeros(len(examples))
        for k in (0, 1):
            rows = np.flatnonzero((fold == k) & (given.corpus.lengths > 0))
            belief = given.fit_predict(examples, np.flatnonzero(fold != k), rows, fold=k)
            tokens = np.flatnonzero(np.isin(given.corpus.token_sentence, rows))
            own = belief[np.arange(len(tokens)), examples.hard_tags[tokens]]
            np.maximum.at(doubt, given.corpus.token_sentence[tokens], 1 - own)
        lighter = np.where(doubt > np.median(doubt), self.weight, 1.0)
        weight = (examples.weight * lighter).astype(np.float32)
        return examples.because(f"doubt {self.weight}", weight=weight)


@dataclass(frozen=True)
class CharBag:
    """An encoder that reads raw characters: the mean of those around each token.

    Attributes:
        width: numbers a character.
    """

    kind: ClassVar[str] = "char-bag"
    width: int = 12

    def learn(self, corpus: Corpus, vectors: Any, *, channels: int) -> Any:
        alphabet = "".join(sorted({c for w in corpus.interned.words for c in w}))
        return self._module(alphabet)

    def restore(self, assets: Any, *, channels: int) -> Any:
        return self._module(assets.values["alphabet"])

    def _module(self, alphabet: str) -> Any:
        import torch
        from torch import nn

        from weaklabel.nn.assets import Assets
        from weaklabel.nn.encoders.base import Encoder
        from weaklabel.nn.padding import layout_of

        known = {c: i + 2 for i, c in enumerate(alphabet)}

        class Module(Encoder):
            width = 2 * self.width

            def __init__(self, width: int) -> None:
                super().__init__()
                self.embedding = nn.Embedding(len(alphabet) + 2, width, padding_idx=0)
                self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)

            def encode(self, corpus: Corpus) -> Any:
                """The first 16 characters of each token, as they stand in the text."""
                chars = np.zeros((corpus.n_tokens, 16), np.int64)
                for d in range(corpus.n_documents):
                    text = corpus.document_text(d)
                    a, b = corpus.token_splits[corpus.sentence_splits[d : d + 2]].tolist()
                    for i in range(a, b):
                        word = text[corpus.token_start[i] : corpus.token_end[i]][:16]
                        chars[i, : len(word)] = [known.get(c, 1) for c in word]
                return corpus.token_splits, chars

            def batch(self, columns: Any, rows: Any, device: Any) -> Any:
                splits, chars = columns
                padded = layout_of(splits, rows).pad(chars)
                return torch.from_numpy(padded).to(device)

            def forward(self, inputs: Any, mask: Any, votes: Any) -> Any:
                there = (inputs > 0).float()[..., None]
                mean = (self.embedding(inputs) * there).sum(2) / there.sum(2).clamp(min=1)
                packed = nn.utils.rnn.pack_padded_sequence(
                    mean, mask.sum(1).cpu(), batch_first=True, enforce_sorted=False
                )
                found, _ = nn.utils.rnn.pad_packed_sequence(
                    self.lstm(packed)[0], batch_first=True, total_length=mask.shape[1]
                )
                return found

            def assets(self) -> Assets:
                return Assets({"alphabet": alphabet}, {})

        return Module(self.width)


@dataclass(frozen=True)
class Sharp:
    """A softmax head whose scores are scaled before they compete.

    Attributes:
        scale: what they are multiplied by.
    """

    kind: ClassVar[str] = "sharp"
    scale: float = 2.0

    def make(self, width: int, scheme: TagScheme) -> Any:
        from weaklabel.nn.heads.softmax.head import SoftmaxHead

        scale = self.scale

        class Head(SoftmaxHead):
            def emissions(self, hidden: Any) -> Any:
                return scale * super().emissions(hidden)

        return Head(width, scheme)


def quick(*arguments: Any, settings: Mapping[str, Any] | None = None, **options: Any) -> Experiment:
    """A recipe: the default one with fewer steps."""
    from weaklabel.ground.config import merged

    fewer = {"training": {"epochs": 3, "steps": 60}}
    made = recipes.default(*arguments, settings=merged(fewer, settings or {}), **options)
    return replace(made, recipe="quick")
