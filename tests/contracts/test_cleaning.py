"""Every cleaning step: same sentences, same order, input untouched."""

from __future__ import annotations

import numpy as np
import pytest

from weaklabel.clean import CLEANERS, Given
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(["a b c.", "d e.", "f g h."])


def examples() -> Examples:
    tokens, tags = np.arange(CORPUS.n_tokens), np.zeros(CORPUS.n_tokens, np.int64)
    tags[[0, 4]] = 4  # the first decided, the other open
    pairs = np.append(tokens, 4), np.append(tags, 0)
    return Examples.of(TagScheme(("X",)), CORPUS.token_splits, *pairs, provenance="made")


def fit_predict(
    examples: Examples, train: np.ndarray, predict: np.ndarray, *, fold: int = 0
) -> np.ndarray:
    """A tagger that has learnt nothing: every tag is as likely."""
    n, k = int(CORPUS.lengths[predict].sum()), len(examples.scheme)
    return np.full((n, k), 1 / k, np.float32)


def cleaned(kind: str, before: Examples) -> Examples:
    votes = Votes.of([Vote(0, 0, 1, "X", "s")], n_sentences=len(CORPUS))
    given = Given(CORPUS, votes, votes, np.random.default_rng(0), fit_predict)
    made = CLEANERS.sample(kind)
    assert made.kind == kind
    after = made(before, given)
    assert isinstance(after, Examples)
    return after


@pytest.mark.parametrize("kind", CLEANERS)
def test_only_weights_and_keep_rates_change(kind) -> None:
    before, kept = examples(), examples()
    after = cleaned(kind, before)
    assert len(after) == len(before)
    assert (after.tag == kept.tag).all()
    assert (after.mass == kept.mass).all()
    assert (after.known == kept.known).all()
    assert (before.weight == kept.weight).all()
    assert (before.keep == kept.keep).all()
    assert ((after.weight >= 0) & (after.keep >= 0) & (after.keep <= 1)).all()
    assert after.provenance[: len(before.provenance)] == before.provenance
    assert len(after.provenance) > len(before.provenance)


@pytest.mark.parametrize("kind", CLEANERS)
def test_twice_the_same(kind) -> None:
    a, b = cleaned(kind, examples()), cleaned(kind, examples())
    assert (a.weight == b.weight).all()
    assert (a.keep == b.keep).all()
