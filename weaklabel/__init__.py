"""weaklabel: named-entity taggers from a corpus and a dictionary, without annotated training text.

Names are imported when first used, so that ``import weaklabel`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Annotation": "text",
    "Annotations": "text",
    "ConfigError": "errors",
    "Corpus": "text",
    "CorpusBuilder": "text",
    "DataError": "errors",
    "Document": "spans",
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
    "tailor": "running.tailoring",
    "write": "io",
}
_MODULES = frozenset({"evaluate", "recipes"})

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _HOME:
        raise AttributeError(f"module 'weaklabel' has no attribute {name!r}")
    module = importlib.import_module(f"weaklabel.{_HOME[name]}")
    return module if name in _MODULES else getattr(module, name)


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from weaklabel import recipes as recipes
    from weaklabel.errors import WeaklabelError as WeaklabelError
