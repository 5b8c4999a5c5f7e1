"""Corpus → Votes: everything that labels text without having been trained on labelled text."""

from weaklabel.sources.base import AnySource, FunctionSource, Source, apply_sources, source
from weaklabel.sources.build import SourceSet, build_sources
from weaklabel.sources.kinds import SOURCES, is_described
from weaklabel.sources.listed import read_sources, sources_fingerprint
from weaklabel.sources.settings import BUILT_IN, SourceSettings
from weaklabel.sources.tailor import Change, TailorSettings

__all__ = [
    "BUILT_IN",
    "SOURCES",
    "AnySource",
    "Change",
    "FunctionSource",
    "Source",
    "SourceSet",
    "SourceSettings",
    "TailorSettings",
    "apply_sources",
    "build_sources",
    "is_described",
    "read_sources",
    "source",
    "sources_fingerprint",
]
