"""From a dictionary and a corpus to the sources of a run.

Nothing here sees an annotated document: which names are muted, which endings vote and which words
are modifiers is decided by the dictionary, raw text and the word vectors alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from weaklabel.lexicon import Lexicon
from weaklabel.sources.kinds import Plan
from weaklabel.sources.protocol import AnySource
from weaklabel.sources.settings import default_plans
from weaklabel.sources.soil import Names, Soil
from weaklabel.sources.source_set import SourceSet
from weaklabel.sources.tailoring.drop import drop_rules, tailored
from weaklabel.sources.tailoring.evidence import Evidence
from weaklabel.sources.tailoring.settings import TailorSettings
from weaklabel.sources.veto import Veto
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors

log = logging.getLogger(__name__)


def grow_sources(
    plans: Iterable[Plan | AnySource],
    lexicon: Lexicon,
    corpus: Corpus,
    *,
    tailoring: TailorSettings | None = None,
    keep: frozenset[str] = frozenset(),
    drop: frozenset[str] = frozenset(),
    vectors: WordVectors | None = None,
    own: Sequence[AnySource] = (),
) -> SourceSet:
    """Tailor the dictionary and grow the sources that it bears out.

    Args:
        plans: what grows, and sources that are ready, in the order they are asked.
        lexicon: all names of the run.
        corpus: the text to be labelled.
        tailoring: packs, and when a name is dropped.
        keep: names that no rule may drop.
        drop: names that never speak, and are outside whatever a source says.
        vectors: word vectors that tell everyday English; without them no name is muted for it.
        own: the user's sources, asked right after the dictionary, so that what builds on the
            votes of others sees theirs.

    >>> from weaklabel.lexicon import Term
    >>> lexicon = Lexicon.of([Term("hepatitis", ("Disease",))])
    >>> grow_sources(default_plans()[:2], lexicon, Corpus.from_texts(["Hepatitis."]))
    <SourceSet: dictionary, pattern; 1 names>
    """
    evidence = Evidence(lexicon, corpus, vectors, tailoring or TailorSettings())
    spoken, changes = tailored(lexicon, drop_rules(evidence), keep=keep, drop=drop)
    soil = Soil(evidence, Names(spoken))
    made: list[AnySource] = []
    for plan in _in_order(plans, own, drop):
        if not isinstance(plan, Plan):
            made.append(plan)
            continue
        source = plan.grow(soil)
        if source is None:
            log.info("no source of kind %s grows of this dictionary", plan.kind)
            continue
        made.append(source)
        soil = soil.with_source(source)
    return SourceSet(tuple(made), spoken, tuple(changes))


def build_sources(
    lexicon: Lexicon,
    corpus: Corpus,
    plans: Iterable[Plan | AnySource] | None = None,
    *,
    tailoring: TailorSettings | None = None,
    keep: frozenset[str] = frozenset(),
    drop: frozenset[str] = frozenset(),
    vectors: WordVectors | None = None,
) -> SourceSet:
    """As :func:`grow_sources`, of the plans that a run has by default."""
    chosen = default_plans() if plans is None else plans
    return grow_sources(
        chosen, lexicon, corpus, tailoring=tailoring, keep=keep, drop=drop, vectors=vectors
    )


def _in_order(
    plans: Iterable[Plan | AnySource], own: Sequence[AnySource], drop: frozenset[str]
) -> Sequence[Plan | AnySource]:
    """Everything in the order asked: own sources after the dictionary, the user's "no" last."""
    chosen = list(plans)
    kinds = [getattr(plan, "kind", None) for plan in chosen]
    after = kinds.index("dictionary") + 1 if "dictionary" in kinds else 0
    chosen[after:after] = own
    return [*chosen, Veto(tuple(sorted(drop)))] if drop else chosen
