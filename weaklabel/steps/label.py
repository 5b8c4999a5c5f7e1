"""The first step: the sources are made and asked about the corpus."""

from __future__ import annotations

from typing import NamedTuple

from weaklabel.keeping.folder import RunFolder
from weaklabel.lexicon import Lexicon
from weaklabel.sources import (
    AnySource,
    Plan,
    SourceSet,
    TailorSettings,
    apply_sources,
    grow_sources,
)
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors
from weaklabel.votes import Votes


class Labelled(NamedTuple):
    """The sources of a run, frozen, and what they said of its corpus."""

    sources: SourceSet
    votes: Votes


def label(
    here: RunFolder | None,
    *,
    corpus: Corpus,
    lexicon: Lexicon,
    sources: tuple[Plan | AnySource, ...],
    tailoring: TailorSettings,
    own: tuple[AnySource, ...],
    keep: frozenset[str],
    drop: frozenset[str],
    vectors: WordVectors | None,
    **also: str,
) -> Labelled:
    """Make the sources and collect their votes on the corpus. The dev set is not looked at.

    The user's own sources are asked right after the dictionary, so that the rules which build on
    what others said see them. ``also``: what the sources depend on that no argument shows.
    """
    made = grow_sources(
        sources,
        lexicon,
        corpus,
        tailoring=tailoring,
        keep=keep,
        drop=drop,
        vectors=vectors,
        own=own,
    )
    return Labelled(made, apply_sources(corpus, made))
