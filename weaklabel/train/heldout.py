"""Held-out documents: knowing when to stop without an annotated sentence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from weaklabel.ground.columns import row_counts, row_ranges
from weaklabel.ground.types import Bools, Longs
from weaklabel.nn.batch import Encoded
from weaklabel.nn.network import Network
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.train.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Sentences that are not trained on, and the spans their labels hold.

    Attributes:
        rows: the sentences.
        encoded: the whole corpus.
        hidden: ``(n_entries,)`` entries whose votes are not shown, the same ones every time;
            with all votes in view a network would agree with them by copying.
        spans: ``(sentence, start, end, type)`` of the labels.
    """

    rows: Longs
    encoded: Encoded = field(repr=False)
    hidden: Bools = field(repr=False)
    spans: frozenset[tuple[int, int, int, str]] = field(repr=False)

    def score(self, network: Network) -> float:
        """Strict F1 of the network against the labels, 0 to 1."""
        path = network.tag(self.encoded, hidden=self.hidden, rows=self.rows)
        found = _spans(network, path.tags, self.encoded.splits, self.rows)
        both = len(found & self.spans)
        return 2 * both / max(1, len(found) + len(self.spans))


def hold_out(
    corpus: Corpus,
    examples: Examples,
    encoded: Encoded,
    network: Network,
    plan: TrainingSettings,
    seed: int,
) -> HeldOut | None:
    """Draw documents to hold out; ``None`` where there are too few to spare one.

    Where a corpus is one long document, sentences are drawn instead. A sentence that is never
    sampled is not held out either: its labels are to decide nothing, as in cross-fitting.
    """
    rng = np.random.default_rng([seed, 0])
    units = corpus.sentence_document if corpus.n_documents > 9 else np.arange(len(corpus))
    n_units = int(units.max(initial=-1)) + 1
    wanted = round(plan.held_out_share * n_units)
    if wanted < 1 or n_units < 10:
        return None
    drawn = np.isin(units, rng.permutation(n_units)[:wanted])
    drawn &= (corpus.lengths > 0) & (examples.keep > 0)
    rows: Longs = np.flatnonzero(drawn).astype(np.int64)
    hidden = rng.random(encoded.cells.n_entries) < network.plan.votes.entry_masking
    spans = _spans(network, best_tags(examples), encoded.splits, rows)
    return HeldOut(rows, encoded, hidden, frozenset(spans))


def _spans(
    network: Network, tags: Longs, splits: Longs, rows: Longs
) -> set[tuple[int, int, int, str]]:
    found: set[tuple[int, int, int, str]] = set()
    for row in rows.tolist():
        own = tags[splits[row] : splits[row + 1]]
        if own.any():
            spans = network.scheme.decode(own.tolist())
            found.update((row, s.start, s.end, s.label) for s in spans)
    return found


def best_tags(examples: Examples) -> Longs:
    """``(N,)`` the tag of a decided token, the likeliest of a believed one, 0 elsewhere."""
    tags = examples.hard_tags
    tokens = np.flatnonzero(examples.believed)
    pairs = row_ranges(examples.tag_splits, tokens)
    owner = np.repeat(tokens, row_counts(examples.tag_splits, tokens))
    order = np.lexsort((-examples.tag[pairs], examples.mass[pairs]))  # the last one stays
    tags[owner[order]] = examples.tag[pairs][order]
    return tags
