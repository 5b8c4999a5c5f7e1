"""spaCy's token patterns: a file of them, and spaCy's two matchers over our tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from weaklabel.errors import ConfigError, FormatError
from weaklabel.ground.lines import read_lines
from weaklabel.ground.optional import require
from weaklabel.ground.segment import tokenize
from weaklabel.ground.spans import Sentence

if TYPE_CHECKING:
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

TRAINED = frozenset(
    "POS TAG DEP LEMMA MORPH ENT_TYPE ENT_ID ENT_IOB ENT_KB_ID SENT_START SENT_END _".split()
)
"""What only a trained pipeline, or code, writes on a token."""
TEXT_ATTRIBUTES = ("ORTH", "TEXT", "LOWER", "NORM", "SHAPE")


class TokenPattern(NamedTuple):
    """One pattern of spaCy.

    Attributes:
        label: the type of what it matches.
        pattern: a description a token, or a text.
        concept: its id, empty without one.
    """

    label: str
    pattern: str | list[dict[str, Any]]
    concept: str = ""


class TokenMatch(NamedTuple):
    """A match; the smallest is the one to be taken first."""

    negative_length: int
    start: int
    pattern: int


class TokenRules:
    """spaCy's two matchers, over a vocabulary of their own.

    Args:
        language: of a blank pipeline.
        text_attribute: in what a token is like one of a text.

    Raises:
        ConfigError: if either is unknown.
        MissingDependency: if spaCy is not installed.
    """

    def __init__(self, language: str, text_attribute: str) -> None:
        if text_attribute not in TEXT_ATTRIBUTES:
            raise ConfigError(
                f"text_attribute must be one of {', '.join(TEXT_ATTRIBUTES)}, "
                f"got {text_attribute!r}"
            )
        matcher = _spacy("spacy.matcher")
        self._tokens = _spacy("spacy.tokens")
        try:
            self._vocab: Vocab = _spacy("spacy").blank(language).vocab
        except ImportError:
            raise ConfigError(f"spaCy has no language {language!r}") from None
        self._matcher: Matcher = matcher.Matcher(self._vocab, validate=True)
        self._phrases: PhraseMatcher = matcher.PhraseMatcher(self._vocab, attr=text_attribute)
        self._keys: dict[int, int] = {}

    def add(self, pattern: TokenPattern) -> None:
        """Add the next pattern.

        Raises:
            ValueError: spaCy's, if it is none.
        """
        at = len(self._keys)
        key = f"weaklabel:{at}"
        self._keys[self._vocab.strings.add(key)] = at
        if isinstance(pattern.pattern, str):
            self._phrases.add(key, [self._doc_of(pattern.pattern)])
        else:
            self._matcher.add(key, [pattern.pattern])

    def matches(self, sentence: Sentence) -> Iterator[TokenMatch]:
        """All matches in a sentence."""
        doc = self._doc(sentence.words, [offsets[0] for offsets in sentence.offsets])
        for matcher in (self._matcher, self._phrases):
            if len(matcher):
                for key, start, end in matcher(doc):
                    if start < end:
                        yield TokenMatch(start - end, start, self._keys[key])

    def _doc_of(self, text: str) -> Doc:
        offsets = tokenize(text)
        return self._doc([text[a:b] for a, b in offsets], [a for a, _ in offsets])

    def _doc(self, words: Sequence[str], starts: Sequence[int]) -> Doc:
        """Our tokens as spaCy's, each with whether a space follows."""
        after = [*starts[1:], None]
        spaces = [
            follows is not None and follows > start + len(word)
            for word, start, follows in zip(words, starts, after, strict=True)
        ]
        doc: Doc = self._tokens.Doc(self._vocab, words=list(words), spaces=spaces)
        return doc


def read_token_patterns(path: str | Path, rules: TokenRules) -> list[TokenPattern]:
    """The patterns of a JSONL file, each added to the rules.

    Raises:
        FormatError: if it is not there, holds no pattern, or a line of it is none; names the line.
    """
    path = Path(path)
    found = []
    for line, text in enumerate(read_lines(path), 1):
        if not text.strip():
            continue
        try:
            pattern = _pattern_of(json.loads(text))
            rules.add(pattern)
        except (ValueError, RecursionError, re.error) as error:
            raise FormatError(
                f"is no pattern of spaCy: {_said(error)}", path=path, line=line
            ) from None
        found.append(pattern)
    if not found:
        raise FormatError("holds no pattern", path=path)
    return found


def _pattern_of(row: Any) -> TokenPattern:
    if not isinstance(row, dict):
        raise ValueError(f'expected {{"label": …, "pattern": …}}, got {row!r}')
    label, pattern, concept = row.get("label"), row.get("pattern"), row.get("id") or ""
    if not isinstance(label, str) or not label.strip():
        raise ValueError("it has no label")
    if isinstance(pattern, str) and not pattern.strip():
        raise ValueError("its text is empty")
    if not isinstance(pattern, str | list):
        raise ValueError(f"its pattern must be a list or a text, got {pattern!r}")
    if isinstance(pattern, list):
        _refuse_trained(pattern)
    return TokenPattern(label, pattern, str(concept))


def _refuse_trained(pattern: list[Any]) -> None:
    for token in pattern:
        for key in token if isinstance(token, dict) else ():
            if key.upper() in TRAINED:
                raise ValueError(
                    f"it asks for {key}, which only a trained pipeline sets; patterns here see "
                    f"a token's spelling alone"
                )


def _said(error: Exception) -> str:
    """What spaCy says of a pattern, without its codes and headings."""
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    listed = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    return "; ".join(listed) or re.sub(r"^\[E\d+\] ", "", lines[0] if lines else repr(error))


def _spacy(module: str) -> Any:
    return require(module, extra="spacy", what="A source of spaCy's patterns")
