"""weaklabel: named-entity taggers from a corpus and a dictionary, without annotated training text.

Names are imported when first used, so that ``import weaklabel`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "APART": "ground.spans",
    "Annotation": "text",
    "Annotations": "text",
    "ConfigError": "errors",
    "Corpus": "text",
    "CorpusBuilder": "text",
    "DataError": "errors",
    "Document": "ground.spans",
    "Examples": "targets",
    "Experiment": "pipeline",
    "FormatError": "errors",
    "Gold": "text",
    "Lexicon": "lexicon",
    "MissingDependency": "errors",
    "OUTSIDE": "text",
    "Result": "pipeline",
    "RunFolderError": "errors",
    "Sentence": "text",
    "Settings": "pipeline",
    "SourceAnalysis": "judging.analysis",
    "Span": "text",
    "SpanError": "errors",
    "TagScheme": "tags",
    "TagStyle": "tags",
    "TOGETHER": "ground.spans",
    "Tagger": "pipeline",
    "Term": "lexicon",
    "TrainingError": "errors",
    "UNKNOWN": "text",
    "Vote": "votes",
    "Votes": "votes",
    "WeaklabelError": "errors",
    "WordVectors": "vectors",
    "analyse": "judging.analysis",
    "apply_sources": "sources",
    "evaluate": "evaluate",
    "load": "pipeline",
    "read": "io",
    "read_lexicon": "io",
    "read_sources": "sources",
    "recipes": "recipes",
    "run": "pipeline",
    "source": "sources",
    "tailor": "tailoring",
    "to_dataset": "io",
    "write": "io",
}
_MODULES = frozenset({"evaluate", "recipes"})

__all__ = sorted([*_HOME, "__version__"])

if TYPE_CHECKING:  # what a type checker and an editor see; the same names as _HOME
    from weaklabel import evaluate as evaluate
    from weaklabel import recipes as recipes
    from weaklabel.errors import ConfigError as ConfigError
    from weaklabel.errors import DataError as DataError
    from weaklabel.errors import FormatError as FormatError
    from weaklabel.errors import MissingDependency as MissingDependency
    from weaklabel.errors import RunFolderError as RunFolderError
    from weaklabel.errors import SpanError as SpanError
    from weaklabel.errors import TrainingError as TrainingError
    from weaklabel.errors import WeaklabelError as WeaklabelError
    from weaklabel.ground.spans import APART as APART
    from weaklabel.ground.spans import TOGETHER as TOGETHER
    from weaklabel.ground.spans import Document as Document
    from weaklabel.io import read as read
    from weaklabel.io import read_lexicon as read_lexicon
    from weaklabel.io import to_dataset as to_dataset
    from weaklabel.io import write as write
    from weaklabel.judging.analysis import SourceAnalysis as SourceAnalysis
    from weaklabel.judging.analysis import analyse as analyse
    from weaklabel.lexicon import Lexicon as Lexicon
    from weaklabel.lexicon import Term as Term
    from weaklabel.pipeline import Experiment as Experiment
    from weaklabel.pipeline import Result as Result
    from weaklabel.pipeline import Settings as Settings
    from weaklabel.pipeline import Tagger as Tagger
    from weaklabel.pipeline import load as load
    from weaklabel.pipeline import run as run
    from weaklabel.sources import apply_sources as apply_sources
    from weaklabel.sources import read_sources as read_sources
    from weaklabel.sources import source as source
    from weaklabel.tags import TagScheme as TagScheme
    from weaklabel.tags import TagStyle as TagStyle
    from weaklabel.tailoring import tailor as tailor
    from weaklabel.targets import Examples as Examples
    from weaklabel.text import OUTSIDE as OUTSIDE
    from weaklabel.text import UNKNOWN as UNKNOWN
    from weaklabel.text import Annotation as Annotation
    from weaklabel.text import Annotations as Annotations
    from weaklabel.text import Corpus as Corpus
    from weaklabel.text import CorpusBuilder as CorpusBuilder
    from weaklabel.text import Gold as Gold
    from weaklabel.text import Sentence as Sentence
    from weaklabel.text import Span as Span
    from weaklabel.vectors import WordVectors as WordVectors
    from weaklabel.votes import Vote as Vote
    from weaklabel.votes import Votes as Votes
else:

    def __getattr__(name: str) -> Any:
        import importlib

        if name not in _HOME:
            raise AttributeError(f"module 'weaklabel' has no attribute {name!r}")
        module = importlib.import_module(f"weaklabel.{_HOME[name]}")
        return module if name in _MODULES else getattr(module, name)


def __dir__() -> list[str]:
    return __all__
