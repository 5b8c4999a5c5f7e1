"""Examples: the prior against a slow sum, refusals, disk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import DataError, FormatError
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets import Examples, from_beliefs, from_tags
from weaklabel.text import Corpus

SCHEME = TagScheme(("D",), TagStyle.BIO)
K = len(SCHEME)


def cells(draw: st.DrawFn) -> dict[int, float]:
    """The tags of one token with their masses: none, one, an allowed set or a belief."""
    tags = sorted(draw(st.sets(st.integers(0, K - 1), max_size=K)))
    if len(tags) > 1 and draw(st.booleans()):
        parts = [draw(st.integers(1, 9)) for _ in tags]
        return {tag: part / sum(parts) for tag, part in zip(tags, parts, strict=True)}
    return dict.fromkeys(tags, 1.0)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Examples, list[dict[int, float]]]:
    """Examples, and what they were made of."""
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    n, s = sum(lengths), len(lengths)
    shares = st.sampled_from([0.0, 0.25, 1.0])
    column = [cells(draw) for _ in range(n)]
    pairs = [(t, k, m) for t, tags in enumerate(column) for k, m in tags.items()]
    pairs = draw(st.permutations(pairs))
    token, tag, mass = zip(*pairs, strict=True) if pairs else ((), (), ())
    tokens = st.none() | st.lists(shares, min_size=n, max_size=n)
    of_tokens = draw(tokens)
    made = Examples.of(
        SCHEME,
        np.cumsum([0, *lengths]),
        token,
        tag,
        mass,
        weight=np.array(draw(st.lists(shares, min_size=s, max_size=s)), np.float32),
        keep=np.array(draw(st.lists(shares, min_size=s, max_size=s)), np.float32),
        token_weight=None if of_tokens is None else np.array(of_tokens, np.float32),
        provenance="made up",
    )
    return made, column


examples = drawn().map(lambda pair: pair[0])


def slow_prior(
    made: Examples, column: list[dict[int, float]], belief: np.ndarray | None
) -> list[float]:
    counts = [0.0] * K
    for s in range(len(made)):
        sentence = float(made.weight[s]) * float(made.keep[s])
        for t in range(made.token_splits[s], made.token_splits[s + 1]):
            if not column[t]:
                continue
            own = 1.0 if made.token_weight is None else float(made.token_weight[t])
            masses = column[t] if belief is None else dict(enumerate(belief[t].tolist()))
            for k, mass in masses.items():
                counts[k] += sentence * own * mass / sum(masses.values())
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


@given(drawn(), st.booleans(), st.integers(0, 99))
def test_the_prior_is_what_the_loss_sees(drawn_one, with_belief, seed):
    """Each known token counts with its sentence's weight times its chance to be drawn."""
    made, column = drawn_one
    n = len(made.known)
    belief = np.random.default_rng(seed).random((n, K)) + 0.01 if with_belief else None
    prior = made.prior(belief)
    assert prior.tolist() == pytest.approx(slow_prior(made, column, belief), abs=1e-6)
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


@given(drawn())
def test_the_column_is_what_it_was_made_of(drawn_one):
    made, column = drawn_one
    assert np.diff(made.tag_splits).tolist() == [len(tags) for tags in column]
    for t, tags in enumerate(column):
        masses = list(tags.values())
        assert np.flatnonzero(made.allowed_tags[t]).tolist() == list(tags or range(K))
        assert made.known[t] == bool(tags)
        assert made.decided[t] == (len(tags) == 1)
        assert made.believed[t] == (len(tags) > 1 and min(masses) < 1)
        assert made.maybe_named[t] == any(k > 0 for k in tags)
        assert made.hard_tags[t] == (next(iter(tags)) if len(tags) == 1 else 0)
        even = dict.fromkeys(range(K), 1.0)
        share = np.array([(tags or even).get(k, 0.0) for k in range(K)])
        assert made.beliefs[t].tolist() == pytest.approx((share / share.sum()).tolist(), abs=1e-6)


@given(drawn(), st.integers(0, 99))
def test_tokens_become_unknown_or_relabelled_and_others_stay(drawn_one, seed):
    made, column = drawn_one
    chosen = np.random.default_rng(seed).random(len(column)) < 0.5
    less = made.unknown(chosen, "forgotten")
    assert less.known.tolist() == [
        bool(tags) and not gone for tags, gone in zip(column, chosen, strict=True)
    ]
    token = np.flatnonzero(chosen)
    other = made.relabelled(
        "believed", np.repeat(token, 2), [0, 1] * len(token), [0.5, 0.5] * len(token)
    )
    assert (other.beliefs[chosen] == [0.5, 0.5, *[0] * (K - 2)]).all()
    for after in (less, other):
        assert (after.beliefs[~chosen] == made.beliefs[~chosen]).all()
        assert (after.known[~chosen] == made.known[~chosen]).all()
        assert len(after.provenance) == len(made.provenance) + 1


@given(made=examples)
def test_saving_and_loading(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("targets") / "examples.parquet"
    made.save(path)
    again = Examples.load(path)
    names = "token_splits tag_splits tag mass known weight keep token_weight".split()
    for name in names:
        before, after = getattr(made, name), getattr(again, name)
        if before is None:
            assert after is None
            continue
        assert after.tolist() == before.tolist()
        assert after.dtype == before.dtype
    assert (again.scheme, again.provenance) == (made.scheme, made.provenance)


def test_what_cannot_be_trained_on_is_refused(tmp_path):
    corpus = Corpus.from_texts(["pain now"])
    made = from_tags(corpus, np.array([1, 0]), SCHEME, provenance="gold")
    with pytest.raises(DataError, match=r"do not fit 2 tokens in 1 sentences"):
        made.because("bad", weight=np.ones(2, np.float32))
    with pytest.raises(DataError, match="known token has no tag, or an unknown one has some"):
        made.because("bad", known=np.zeros(2, np.bool_))
    with pytest.raises(DataError, match=r"masses of token 0 sum to 0\.8: a belief sums to 1"):
        Examples.of(SCHEME, corpus.token_splits, [0, 0], [0, 1], [0.4, 0.4], provenance="x")
    with pytest.raises(DataError, match="names token 2; there are 2 tokens"):
        Examples.of(SCHEME, corpus.token_splits, [2], [0], provenance="x")
    with pytest.raises(DataError, match="names tag 3; there are 3 tags"):
        Examples.of(SCHEME, corpus.token_splits, [1], [3], provenance="x")
    with pytest.raises(DataError, match="token_weight: expected 2 numbers, one a token, got 1"):
        made.because("bad", token_weight=np.ones(1, np.float32))
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(FormatError, match="does not hold examples"):
        Examples.load(tmp_path / "x.parquet")


def test_there_is_no_most_types():
    scheme = TagScheme(tuple(f"T{i}" for i in range(40)))
    corpus = Corpus.from_texts(["a b"])
    made = from_tags(corpus, np.array([len(scheme) - 1, 0]), scheme, provenance="x")
    assert len(scheme) == 161
    assert np.flatnonzero(made.allowed_tags[0]).tolist() == [160]


def test_beliefs_come_and_go_whole():
    corpus = Corpus.from_texts(["acute pain now"])
    beliefs = np.array([[0.2, 0.8, 0], [0, 0, 0], [1, 0, 0]])
    made = from_beliefs(corpus, beliefs, SCHEME, provenance="x")
    assert made.believed.tolist() == [True, False, False]
    assert made.known.tolist() == [True, False, True]
    np.testing.assert_allclose(made.beliefs, [[0.2, 0.8, 0], [1 / 3] * 3, [1, 0, 0]], atol=1e-7)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *[("weight", [1, wrong]) for wrong in (np.nan, np.inf, -1)],
        *[("keep", [1, wrong]) for wrong in (np.nan, -0.5, 5)],
        *[("token_weight", [1, 1, 0, wrong]) for wrong in (np.nan, -1, 2)],
    ],
)
def test_a_weight_that_is_none_is_refused(name, values):
    corpus = Corpus.from_texts(["pain now", "none here"])
    made = from_tags(corpus, np.array([1, 0, 0, 0]), SCHEME, provenance="gold")
    kind = "token" if name == "token_weight" else "sentence"
    where = f"{name} of {kind} {len(values) - 1} is {values[-1]:.4g}: expected a"
    with pytest.raises(DataError, match=where):
        made.because("bad", **{name: np.array(values, np.float32)})


def test_a_sentence_may_weigh_more_than_one():
    corpus = Corpus.from_texts(["pain now"])
    made = from_tags(corpus, np.array([1, 0]), SCHEME, provenance="gold")
    assert made.because("heavy", weight=np.array([5], np.float32)).weight.tolist() == [5]


@pytest.mark.parametrize("row", [[np.nan] * 3, [0, np.nan, 1], [-0.5, 1, 0]])
def test_a_belief_that_is_none_is_refused(row):
    corpus = Corpus.from_texts(["pain now"])
    with pytest.raises(
        DataError, match=r"gives token 1 a mass of (nan|-0\.5): masses are 0 or more"
    ):
        from_beliefs(corpus, np.array([[0, 1, 0], row]), SCHEME, provenance="x")


def test_a_mass_too_small_for_single_precision_is_none():
    corpus = Corpus.from_texts(["pain now"])
    beliefs = np.array([[1 - 1e-60, 1e-60, 0], [0.5, 0.5, 0]])
    made = from_beliefs(corpus, beliefs, SCHEME, provenance="x")
    assert made.decided.tolist() == [True, False]


def test_of_a_pair_given_twice_a_mass_of_0_says_nothing():
    splits = Corpus.from_texts(["pain now"]).token_splits
    for mass in ([0, 1, 1], [1, 0, 1]):
        made = Examples.of(SCHEME, splits, [0, 0, 1], [1, 1, 0], mass, provenance="x")
        assert made.hard_tags.tolist() == [1, 0]
        assert made.known.all()
