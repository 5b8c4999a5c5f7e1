"""spaCy's token patterns as a source: what its ``EntityRuler`` reads, on our tokens.

A file holds one JSON object a line, as ``EntityRuler.to_disk`` writes them. A pattern is a list of
token descriptions or a text; an ``id``, if there is one, becomes the concept id::

    {"label": "Disease", "pattern": [{"LOWER": "renal"}, {"LOWER": "failure"}], "id": "D051437"}
    {"label": "Disease", "pattern": "Parkinson's disease"}

No trained pipeline is needed or used: spaCy's rules see our tokens, so a pattern may ask for what
a token's spelling tells (``LOWER``, ``SHAPE``, ``IS_DIGIT``, ``REGEX`` …), but not for a part of
speech or a lemma. As in an ``EntityRuler``, matches do not overlap: the longest is taken, of equals
the first. A text is matched letter by letter, or as ``text_attribute`` says (``LOWER``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from weaklabel.ground.spans import Document, Sentence, Span
from weaklabel.sources.functions.ask import MOST_TIMEOUTS, documents, warn_of_threads
from weaklabel.sources.functions.labelling_function import place
from weaklabel.sources.functions.limits import OutOfTime, limit_of, limited
from weaklabel.sources.losses import Losses
from weaklabel.sources.patterns.spacy_rules import (
    TokenMatch,
    TokenPattern,
    TokenRules,
    read_token_patterns,
)
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

OUT_OF_TIME: Final = "documents out of time"
SET_ASIDE: Final = "documents not asked any more"


@dataclass(frozen=True)
class SpacyPatternSource:
    """Votes wherever one of its patterns matches.

    Attributes:
        patterns: in the order they are preferred.
        name: how it is listed.
        language: of the blank pipeline whose rules say what ``IS_STOP`` and ``LIKE_NUM`` mean.
        text_attribute: in what a token is like one of a text: ``ORTH``, ``LOWER`` …
        limit_seconds: how long it may take over one document; ``None`` for ever.
    """

    patterns: tuple[TokenPattern, ...]
    name: str = "spacy-patterns"
    language: str = "en"
    text_attribute: str = "ORTH"
    limit_seconds: float | None = 20.0

    kind: ClassVar[str] = "spacy-patterns"

    @property
    def types(self) -> tuple[str, ...]:
        """The types its patterns have."""
        return tuple(dict.fromkeys(pattern.label for pattern in self.patterns))

    @cached_property
    def _rules(self) -> TokenRules:
        rules = TokenRules(self.language, self.text_attribute)
        for pattern in self.patterns:
            rules.add(pattern)
        return rules

    def label(self, corpus: Corpus) -> Votes:
        """Its votes on a corpus, with what was lost."""
        losses = Losses(self.name)
        _ = self._rules  # made before the clock runs
        if any(_matches_regex(pattern) for pattern in self.patterns):
            warn_of_threads(self.name, self.limit_seconds)
        rows: list[Vote] = []
        applicable = np.ones(len(corpus), np.bool_)
        for document in documents(corpus):
            found = self._asked(document, losses)
            if found is None:
                applicable[[sentence.index for sentence in document.sentences]] = False
            rows += found or []
        losses.warn()
        return Votes.of(
            rows,
            n_sentences=len(corpus),
            sources=[self.name],
            types=self.types,
            applicable={} if applicable.all() else {self.name: applicable},
            accounts=losses.accounts(),
        )

    def _asked(self, document: Document, losses: Losses) -> list[Vote] | None:
        """Its votes on a document; ``None`` if the document is lost."""
        if losses.counts[OUT_OF_TIME] >= MOST_TIMEOUTS:
            losses.add(SET_ASIDE, f"it ran out of time on {MOST_TIMEOUTS} documents")
            return None
        try:
            with limited(self.limit_seconds):
                return [self._vote(s, m) for s in document.sentences for m in self._of(s)]
        except OutOfTime:
            losses.add(OUT_OF_TIME, f"{self.limit_seconds:g} s were over at {place(document)}")
            return None

    def _of(self, sentence: Sentence) -> list[TokenMatch]:
        """The matches in a sentence: longest first, none over another, as in an EntityRuler."""
        taken: set[int] = set()
        kept = []
        for match in sorted(self._rules.matches(sentence)):
            tokens = range(match.start, match.start - match.negative_length)
            if taken.isdisjoint(tokens):
                taken.update(tokens)
                kept.append(match)
        return kept

    def _vote(self, sentence: Sentence, match: TokenMatch) -> Vote:
        pattern = self.patterns[match.pattern]
        end = match.start - match.negative_length
        surface = sentence.surface(Span(match.start, end, pattern.label)).casefold()
        concepts = (pattern.concept,) if pattern.concept else ()
        return Vote(
            sentence.index, match.start, end, pattern.label, self.name, 1.0, surface, concepts
        )

    # ---- in a saved model ------------------------------------------------------------------
    def describe(self) -> dict[str, Any]:
        """All it knows, as plain values."""
        return {**asdict(self), "patterns": [list(pattern) for pattern in self.patterns]}

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> SpacyPatternSource:
        """What :meth:`describe` described."""
        patterns = tuple(TokenPattern(*pattern) for pattern in about["patterns"])
        return cls(**{**about, "patterns": patterns})


def _matches_regex(pattern: TokenPattern) -> bool:
    return not isinstance(pattern.pattern, str) and '"REGEX"' in json.dumps(pattern.pattern)


@dataclass(frozen=True, kw_only=True)
class SpacyPatternOptions:
    """Options of ``kind = "spacy-patterns"``.

    Attributes:
        path: a JSONL file of patterns.
        name: how the source is listed; the file's name without its ending if not given.
        language: of the blank pipeline, such as ``"en"``.
        text_attribute: in what a token is like one of a text: ``ORTH``, ``LOWER``, ``NORM`` …
        limit_seconds: how long it may take over one document; 0 for ever.
    """

    path: str
    name: str = ""
    language: str = "en"
    text_attribute: str = "ORTH"
    limit_seconds: float = 20.0

    def __post_init__(self) -> None:
        limit_of(self.limit_seconds)


def from_options(options: SpacyPatternOptions, base: Path) -> SpacyPatternSource:
    """The source of a table of ``sources.toml``.

    Raises:
        FormatError: if the file is not there, or a line of it is no pattern; names the line.
        ConfigError: if the language or the attribute is unknown.
        MissingDependency: if spaCy is not installed.
    """
    path = base / options.path
    rules = TokenRules(options.language, options.text_attribute)
    return SpacyPatternSource(
        tuple(read_token_patterns(path, rules)),
        options.name or path.stem,
        options.language,
        options.text_attribute,
        limit_of(options.limit_seconds),
    )
