"""Every cleaning step: same sentences, same order, input untouched."""

from __future__ import annotations

import numpy as np
import pytest

from weaklabel.clean import CLEANERS
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Corpus

CORPUS = Corpus.from_texts(["a b c.", "d e.", "f g h."])


def examples() -> Examples:
    tokens, tags = np.arange(CORPUS.n_tokens), np.zeros(CORPUS.n_tokens, np.int64)
    tags[[0, 4]] = 4  # the first decided, the other open
    pairs = np.append(tokens, 4), np.append(tags, 0)
    return Examples.of(TagScheme(("X",)), CORPUS.token_splits, *pairs, provenance="made")


@pytest.mark.parametrize("make", CLEANERS.values(), ids=CLEANERS)
def test_only_weights_and_keep_rates_change(make) -> None:
    before, kept = examples(), examples()
    after = make()(before)
    assert len(after) == len(before)
    assert (after.tag == kept.tag).all()
    assert (after.mass == kept.mass).all()
    assert (after.known == kept.known).all()
    assert (before.weight == kept.weight).all()
    assert (before.keep == kept.keep).all()
    assert ((after.weight >= 0) & (after.keep >= 0) & (after.keep <= 1)).all()
    assert after.provenance[: len(before.provenance)] == before.provenance
    assert len(after.provenance) > len(before.provenance)


@pytest.mark.parametrize("make", CLEANERS.values(), ids=CLEANERS)
def test_twice_the_same(make) -> None:
    a, b = make()(examples()), make()(examples())
    assert (a.weight == b.weight).all()
    assert (a.keep == b.keep).all()
