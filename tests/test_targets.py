"""Examples: the prior against a slow sum, refusals, disk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import DataError, FormatError
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets import Examples, from_tags
from weaklabel.text import Corpus

SCHEME = TagScheme(("D",), TagStyle.BIO)
K = len(SCHEME)


@st.composite
def examples(draw: st.DrawFn) -> Examples:
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    n, s = sum(lengths), len(lengths)
    shares = st.sampled_from([0.0, 0.25, 1.0])
    known = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    return Examples(
        SCHEME,
        np.cumsum([0, *lengths]),
        np.array(draw(st.lists(st.integers(1, 2**K - 1), min_size=n, max_size=n)), np.uint64),
        known,
        np.array(draw(st.lists(shares, min_size=s, max_size=s)), np.float32),
        np.array(draw(st.lists(shares, min_size=s, max_size=s)), np.float32),
        ("made up",),
    )


def slow_prior(given_examples: Examples, belief: np.ndarray | None) -> list[float]:
    counts = [0.0] * K
    for s in range(len(given_examples)):
        mass = float(given_examples.weight[s]) * float(given_examples.keep[s])
        for t in range(given_examples.token_splits[s], given_examples.token_splits[s + 1]):
            if not given_examples.known[t]:
                continue
            if belief is None:
                tags = [k for k in range(K) if int(given_examples.allowed[t]) >> k & 1]
                share = {k: 1 / len(tags) for k in tags}
            else:
                share = {k: belief[t, k] / belief[t].sum() for k in range(K)}
            for k, part in share.items():
                counts[k] += mass * part
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


@given(examples(), st.booleans(), st.integers(0, 99))
def test_the_prior_is_what_the_loss_sees(made, with_belief, seed):
    """Each known token counts with its sentence's weight times its chance to be drawn."""
    n = len(made.allowed)
    belief = np.random.default_rng(seed).random((n, K)) + 0.01 if with_belief else None
    prior = made.prior(belief)
    assert prior.tolist() == pytest.approx(slow_prior(made, belief), abs=1e-9)
    assert prior.sum() == pytest.approx(1) or not prior.any()


def test_down_sampling_shifts_the_prior_as_it_shifts_the_draws():
    """Two sentences, one without an entity that is kept a quarter of the time."""
    corpus = Corpus.from_texts(["pain now", "none here"])
    made = from_tags(corpus, np.array([1, 0, 0, 0]), SCHEME, provenance="gold")
    assert made.prior().tolist() == pytest.approx([0.75, 0.25, 0])
    less = made.because("kept 25 %", keep=np.array([1, 0.25], np.float32))
    assert less.prior().tolist() == pytest.approx([1.5 / 2.5, 1 / 2.5, 0])
    assert less.provenance == ("gold", "kept 25 %")
    assert made.keep.tolist() == [1, 1]


@given(examples())
def test_masks_spelled_out(made):
    for t in range(len(made.allowed)):
        tags = [k for k in range(K) if int(made.allowed[t]) >> k & 1]
        assert np.flatnonzero(made.allowed_tags[t]).tolist() == tags
        assert made.decided[t] == (len(tags) == 1 and made.known[t])


@given(made=examples())
def test_saving_and_loading(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("targets") / "examples.parquet"
    made.save(path)
    again = Examples.load(path)
    for name in ("token_splits", "allowed", "known", "weight", "keep"):
        before, after = getattr(made, name), getattr(again, name)
        assert after.tolist() == before.tolist()
        assert after.dtype == before.dtype
    assert (again.scheme, again.provenance) == (made.scheme, made.provenance)


def test_what_cannot_be_trained_on_is_refused(tmp_path):
    corpus = Corpus.from_texts(["pain now"])
    made = from_tags(corpus, np.array([1, 0]), SCHEME, provenance="gold")
    with pytest.raises(DataError, match="a token allows no tag at all"):
        made.because("bad", allowed=np.zeros(2, np.uint64))
    with pytest.raises(DataError, match=r"do not fit 2 tokens in 1 sentences"):
        made.because("bad", weight=np.ones(2, np.float32))
    with pytest.raises(DataError, match="16 types make 65 tags; at most 64"):
        from_tags(corpus, np.array([1, 0]), TagScheme(tuple("abcdefghijklmnop")), provenance="x")
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(FormatError, match="does not hold examples"):
        Examples.load(tmp_path / "x.parquet")


def test_the_last_of_64_tags_has_its_bit():
    scheme = TagScheme(tuple(map(str, range(63))), TagStyle.IO)
    corpus = Corpus.from_texts(["a b"])
    made = from_tags(corpus, np.array([63, 0]), scheme, provenance="x")
    assert made.decided.all()
    assert np.flatnonzero(made.allowed_tags[0]).tolist() == [63]
