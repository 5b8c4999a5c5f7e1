"""What a recipe is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Protocol

from weaklabel.experiment import Experiment
from weaklabel.lexicon import Lexicon
from weaklabel.sources import AnySource
from weaklabel.text import Annotations, Corpus, Gold
from weaklabel.vectors import WordVectors


class Recipe(Protocol):
    """Makes an experiment of data. All that differs between recipes is inside."""

    def __call__(
        self,
        corpus: Corpus,
        lexicons: Sequence[Lexicon] | Lexicon = ...,
        *,
        sources: Sequence[AnySource] = ...,
        dev: Gold | None = ...,
        labels: Annotations | None = ...,
        keep: Iterable[str] = ...,
        drop: Iterable[str] = ...,
        vectors: WordVectors | None = ...,
        settings: Mapping[str, Any] | None = ...,
    ) -> Experiment:
        """An experiment; see :func:`weaklabel.recipes.default` for the arguments."""
        ...


def union(lexicons: Sequence[Lexicon] | Lexicon) -> Lexicon:
    """All names of several lexicons; one alone is as good as a list of one."""
    if isinstance(lexicons, Lexicon):
        return lexicons
    return reduce(or_, lexicons, Lexicon.of([]))
