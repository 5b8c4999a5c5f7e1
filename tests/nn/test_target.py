"""Examples as tensors: allowed sets, beliefs, weights, and which sentences are soft."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from made import made_corpus, made_examples, made_votes

from weaklabel.nn.target import Targets, allowed_tensor
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets import Examples


def test_allowed_tags_of_a_batch() -> None:
    corpus = made_corpus()
    examples = made_examples(corpus, made_votes(corpus))
    first = np.arange(corpus.n_tokens) == 0
    allowed = allowed_tensor(examples.unknown(first, "test"), np.array([1, 0]))
    lengths = corpus.lengths[[1, 0]]
    assert allowed.shape == (2, lengths.max(), 9)
    assert bool(allowed[1, 0].all())
    assert (allowed[1, 1 : lengths[1]].sum(-1) == 1).all()
    assert bool(allowed[0, lengths[0] :].all())
    assert bool(allowed[1, lengths[1] :].all())


SCHEME = TagScheme(("X",), TagStyle.BIO)
ROW = st.sampled_from([{}, {0: 1.0}, {2: 1.0}, {0: 1.0, 2: 1.0}, {0: 0.25, 1: 0.75}])
SENTENCES = st.lists(st.lists(ROW, min_size=1, max_size=4), min_size=1, max_size=4)


@given(sentences=SENTENCES, weighed=st.booleans(), seed=st.integers(0, 9))
def test_a_target_says_what_the_examples_say(
    sentences: list[list[dict[int, float]]], weighed: bool, seed: int
) -> None:
    flat = [row for sentence in sentences for row in sentence]
    pairs = [(t, k, m) for t, row in enumerate(flat) for k, m in row.items()]
    token, tag, mass = (list(c) for c in zip(*pairs, strict=True)) if pairs else ([], [], [])
    splits = np.concatenate([[0], np.cumsum([len(s) for s in sentences])])
    rng = np.random.default_rng(seed)
    light = np.where(rng.random(len(flat)) < 0.3, 0.5, 1).astype(np.float32)
    weights = light if weighed else np.ones_like(light)
    examples = Examples.of(
        SCHEME, splits, token, tag, mass, token_weight=light if weighed else None, provenance="x"
    )
    rows = rng.permutation(len(sentences))
    target = Targets(examples).of(rows)
    soft = [
        any(0.25 in row.values() for row in sentences[r])
        or bool((weights[splits[r] : splits[r + 1]] < 1).any())
        for r in rows
    ]
    assert (target.soft is None) == (not any(soft))
    assert torch.equal(target.allowed, allowed_tensor(examples, rows))
    if target.soft is None:
        return
    assert target.soft.tolist() == soft
    for i, r in enumerate(rows.tolist()):
        for t, row in enumerate(sentences[r]):
            belief = [row.get(k, 0.0) if 0.25 in row.values() else 0.0 for k in range(3)]
            assert target.belief[i, t].tolist() == belief
            assert target.weight[i, t] == weights[splits[r] + t]
        assert not target.belief[i, len(sentences[r]) :].any()
    some = target.of(torch.tensor([0]))
    assert torch.equal(some.allowed, target.allowed[:1])
    assert torch.equal(some.belief, target.belief[:1])
