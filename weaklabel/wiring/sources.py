"""Kinds of source that need another room: a dictionary read, raw text read, a tagger loaded.

They are named in :mod:`weaklabel.sources.kinds`, as text, and made here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from weaklabel.errors import ConfigError
from weaklabel.io import read, read_lexicon
from weaklabel.lexicon import Lexicon
from weaklabel.sources.fuzzy import FuzzyRules, FuzzySource
from weaklabel.sources.options import ConfiguredSource, check_share
from weaklabel.sources.phrases import PhraseSettings, PhraseSource, mine_phrases
from weaklabel.text import Corpus
from weaklabel.votes import Votes

if TYPE_CHECKING:
    from weaklabel.tagger import Tagger


# ---- a dictionary's names, misspelt ---------------------------------------------------------
@dataclass(frozen=True)
class FuzzyOptions:
    """Options of ``kind = "fuzzy"``.

    Attributes:
        dictionary: files of names.
        type: the type of names whose file says none.
        name: how the source is listed.
        rules: how like a name a stretch of text must be.
    """

    dictionary: tuple[str, ...]
    type: str = ""
    name: str = "fuzzy"
    rules: FuzzyRules = field(default_factory=FuzzyRules)


def fuzzy(options: FuzzyOptions, base: Path) -> FuzzySource:
    """The source of a table of options.

    Raises:
        FormatError: if a dictionary cannot be read.
    """
    return FuzzySource(
        _lexicon(options.dictionary, options.type, base), options.rules, options.name
    )


# ---- phrases of raw text --------------------------------------------------------------------
@dataclass(frozen=True)
class PhraseOptions:
    """Options of ``kind = "phrases"``.

    Attributes:
        corpus: raw text to mine, a file or a folder; read and mined when the source is made.
        dictionary: files of names, which teach what a good phrase is.
        type: the type of names whose file says none.
        name: how the source is listed.
        seed: of the forests.
        mining: how phrases are mined.
    """

    corpus: str
    dictionary: tuple[str, ...]
    type: str = ""
    name: str = "phrases"
    seed: int = 0
    mining: PhraseSettings = field(default_factory=PhraseSettings)


def phrases(options: PhraseOptions, base: Path) -> PhraseSource:
    """The source of a table of options.

    Raises:
        FormatError: if a dictionary or the corpus cannot be read.
    """
    lexicon = _lexicon(options.dictionary, options.type, base)
    corpus = read(base / options.corpus)
    return PhraseSource(
        mine_phrases(corpus, lexicon, options.mining, seed=options.seed), options.name
    )


def _lexicon(files: tuple[str, ...], kind: str, base: Path) -> Lexicon:
    if not files:
        raise ConfigError('dictionary must list at least one file, as in ["diseases.tsv"]')
    return reduce(or_, (read_lexicon(base / file, type=kind or None) for file in files))


# ---- a trained tagger -----------------------------------------------------------------------
@dataclass(frozen=True)
class TaggerOptions:
    """Options of ``kind = "tagger"``.

    Attributes:
        model: the folder of a trained model.
        name: how the source is listed.
        min_score: spans it is less sure of are left out, 0 to 1.
        device: where it computes.
    """

    model: str
    name: str = "tagger"
    min_score: float = 0.0
    device: str = "cpu"

    def __post_init__(self) -> None:
        check_share("min_score", self.min_score)


class TaggerSource(ConfiguredSource[TaggerOptions]):
    """Votes for what a trained tagger of weaklabel finds: a teacher for the next one.

    Attributes:
        options: the model's folder, and what of it counts. It is loaded when first asked.
    """

    kind: ClassVar[str] = "tagger"

    @cached_property
    def tagger(self) -> Tagger:
        """The tagger.

        Raises:
            FormatError: if the folder holds no model, or one that needs functions of the user's.
        """
        from weaklabel.tagger import Tagger

        found = Tagger.from_pretrained(self.options.model, device=self.options.device)
        return replace(found, name=self.name)

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        votes = self.tagger.label(corpus)
        return votes.where(votes.score >= self.options.min_score)


def tagger(options: TaggerOptions, base: Path) -> TaggerSource:
    """The source of a table of options."""
    return TaggerSource(replace(options, model=str(base / options.model)))
