"""Corpus → Votes: everything that labels text without having been trained on labelled text.

Names are imported when first used: a dictionary alone needs neither regular expressions nor HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_HOME = {
    "BUILT_IN": "settings",
    "SOURCES": "kinds",
    "AnySource": "protocol",
    "Change": "tailoring.drop",
    "Evidence": "tailoring.evidence",
    "FunctionSource": "functions.labelling_function",
    "Plan": "kinds",
    "Soil": "soil",
    "Source": "protocol",
    "SourceSet": "source_set",
    "TailorSettings": "tailoring.settings",
    "apply_sources": "apply",
    "build_sources": "grow",
    "default_plans": "settings",
    "grow_sources": "grow",
    "is_described": "kinds",
    "plans_field": "settings",
    "read_sources": "toml",
    "source": "functions.labelling_function",
    "sources_fingerprint": "toml",
}

__all__ = list(_HOME)

if TYPE_CHECKING:
    from weaklabel.sources.apply import apply_sources as apply_sources
    from weaklabel.sources.functions.labelling_function import FunctionSource as FunctionSource
    from weaklabel.sources.functions.labelling_function import source as source
    from weaklabel.sources.grow import build_sources as build_sources
    from weaklabel.sources.grow import grow_sources as grow_sources
    from weaklabel.sources.kinds import SOURCES as SOURCES
    from weaklabel.sources.kinds import Plan as Plan
    from weaklabel.sources.kinds import is_described as is_described
    from weaklabel.sources.protocol import AnySource as AnySource
    from weaklabel.sources.protocol import Source as Source
    from weaklabel.sources.settings import BUILT_IN as BUILT_IN
    from weaklabel.sources.settings import default_plans as default_plans
    from weaklabel.sources.settings import plans_field as plans_field
    from weaklabel.sources.soil import Soil as Soil
    from weaklabel.sources.source_set import SourceSet as SourceSet
    from weaklabel.sources.tailoring.drop import Change as Change
    from weaklabel.sources.tailoring.evidence import Evidence as Evidence
    from weaklabel.sources.tailoring.settings import TailorSettings as TailorSettings
    from weaklabel.sources.toml import read_sources as read_sources
    from weaklabel.sources.toml import sources_fingerprint as sources_fingerprint
else:

    def __getattr__(name: str) -> Any:
        import importlib

        if name not in _HOME:
            raise AttributeError(f"module 'weaklabel.sources' has no attribute {name!r}")
        return getattr(importlib.import_module(f"weaklabel.sources.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
