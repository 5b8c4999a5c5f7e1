"""Where :mod:`~weaklabel.sources.protocol` and :mod:`~weaklabel.sources.apply` lay together."""

from weaklabel.sources.apply import apply_sources as apply_sources
from weaklabel.sources.protocol import AnySource as AnySource
