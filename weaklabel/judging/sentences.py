"""Example sentences with what everyone says of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from weaklabel.evaluate import SentenceFinder
from weaklabel.on_tokens import to_annotations
from weaklabel.tagger import Evidence
from weaklabel.text import Annotations, Corpus, Gold


def coloured(
    corpus: Corpus, read: Evidence, predicted: Annotations, dev: Gold | None, *, most: int
) -> tuple[dict[str, Any], ...]:
    """Example sentences with what everyone says of them, spread evenly over the corpus."""
    busy = np.unique(read.votes.sentence)
    if not len(busy) or not most:
        return ()
    chosen = busy[np.unique(np.linspace(0, len(busy) - 1, most).astype(int))]
    finder = SentenceFinder(corpus)
    layers = {
        name: to_annotations(corpus, read.votes.of_source(name)) for name in read.votes.sources
    }
    agreed = to_annotations(corpus, read.agreed)
    shown = []
    for sentence in chosen.tolist():
        first, after = corpus.token_splits[sentence : sentence + 2]
        place = (
            int(corpus.sentence_document[sentence]),
            int(corpus.token_start[first]),
            int(corpus.token_end[after - 1]),
        )
        gold = None if dev is None else dev.annotations
        row = finder.show(*place, aggregate=agreed, gold=gold, predicted=predicted)
        spoken = {name: finder.show(*place, spans=layer)["spans"] for name, layer in layers.items()}
        row["votes"] = [[*span, name] for name, spans in spoken.items() for span in spans]
        shown.append(row)
    return tuple(shown)
