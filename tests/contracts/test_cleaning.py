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
    allowed = np.ones(CORPUS.n_tokens, np.uint64)
    allowed[0] = 0b10000  # decided
    allowed[4] = 0b10001  # open
    return Examples(
        TagScheme(("X",)),
        CORPUS.token_splits,
        allowed,
        np.ones(CORPUS.n_tokens, np.bool_),
        np.ones(3, np.float32),
        np.ones(3, np.float32),
        ("made",),
    )


@pytest.mark.parametrize("make", CLEANERS.values(), ids=CLEANERS)
def test_only_weights_and_keep_rates_change(make) -> None:
    before, kept = examples(), examples()
    after = make()(before)
    assert len(after) == len(before)
    assert (after.allowed == kept.allowed).all()
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
