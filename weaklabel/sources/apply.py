"""apply_sources(): every source is asked about a corpus, in order; what goes wrong is counted."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from weaklabel.errors import ConfigError, SpanError, WeaklabelError
from weaklabel.sources.functions.ask import label_sentences
from weaklabel.sources.functions.labelling_function import LEAVES
from weaklabel.sources.losses import log as losses_log
from weaklabel.sources.protocol import AnySource, CorpusSource, FollowingSource
from weaklabel.text import Corpus
from weaklabel.votes import Account, Votes, concat

log = logging.getLogger(__name__)


def apply_sources(corpus: Corpus, sources: Iterable[AnySource], *, strict: bool = False) -> Votes:
    """Ask every source about every sentence, in order; later ones may build on earlier ones.

    Where a source fails, runs out of time or yields a span that cannot be, the run goes on without
    it: what was lost stands in ``votes.accounts[name]`` and is logged once, as a warning.

    Args:
        corpus: what they are asked about.
        sources: in the order they are asked.
        strict: raise at the first such failure.

    Raises:
        ConfigError: if two sources have one name.
        WeaklabelError: if a source is plainly broken (it fails on more than half of the first 100
            sentences, or on all); if ``strict``, at the first failure, naming source and sentence.
        SpanError: if ``strict``, for a span that leaves its sentence or has a type that was not
            announced.

    >>> from weaklabel.sources import source
    >>> from weaklabel.text import Span
    >>> corpus = Corpus.from_texts(["Severe hepatitis."])
    >>> @source
    ... def itis(sentence):
    ...     return [Span(1, 2, "Disease")]
    >>> apply_sources(corpus, [itis]).spans(0)
    [Span(start=1, end=2, label='Disease', score=1.0, concepts=())]
    """
    tables = [Votes.of([], n_sentences=len(corpus))]
    named: set[str] = set()
    for each in sources:
        if each.name in named:
            raise ConfigError(f"two sources are called {each.name!r}; give one another name")
        named.add(each.name)
        if isinstance(each, FollowingSource):
            tables = [concat(tables)]
        found = _ask(each, corpus, tables[0], strict)
        log.debug("source %s: %d votes", each.name, len(found))
        tables.append(found)
    return concat(tables)


def _ask(each: AnySource, corpus: Corpus, before: Votes, strict: bool) -> Votes:
    if not isinstance(each, FollowingSource | CorpusSource):
        return label_sentences(each, corpus, strict=strict)
    try:
        if isinstance(each, FollowingSource):
            votes = each.follow(corpus, before)
        else:
            votes = each.label(corpus)
    except WeaklabelError:
        raise
    except Exception as error:
        if type(each).__module__.startswith("weaklabel."):
            raise  # a mistake of ours: its traceback is wanted
        raise WeaklabelError(
            f"source {each.name!r} failed: {type(error).__name__}: {error}"
        ) from error
    votes = _within(votes, corpus, each.name, strict)
    told = votes.accounts.get(each.name)
    if strict and told is not None and told.lost:
        first = told.notes[0] if told.notes else ", ".join(told.lost)
        raise WeaklabelError(f"source {each.name!r} lost {sum(told.lost.values()):,}: {first}")
    return votes


def _within(votes: Votes, corpus: Corpus, name: str, strict: bool) -> Votes:
    """The votes that lie in their sentences; what does not is counted."""
    if votes.n_sentences != len(corpus):
        return votes  # refused where tables are joined
    inside = votes.end <= corpus.lengths[votes.sentence]
    if inside.all():
        return votes
    outside = votes.where(~inside)
    row = outside.row(0)
    message = (
        f"source {name!r} returned tokens {row.start}-{row.end} for a sentence of "
        f"{corpus.lengths[row.sentence]} tokens (sentence {row.sentence})"
    )
    if strict:
        raise SpanError(message)
    lost = f"{len(outside):,} {LEAVES}; first: {message}"
    losses_log.warning("source %r lost: %s", name, lost)
    told = votes.accounts.get(name, Account())
    counts = Counter(told.lost) + Counter({LEAVES: len(outside)})
    account = replace(told, lost=_sorted(counts), notes=(*told.notes, message))
    return replace(votes.where(inside), accounts={**votes.accounts, name: account})


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}
