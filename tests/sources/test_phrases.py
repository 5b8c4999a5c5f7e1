"""Phrase mining: every step against its stupid oracle, and a planted phrase found."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weaklabel.errors import ConfigError
from weaklabel.knowledge import knowledge_of
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.phrases import PhraseSettings, PhraseSource, mine_phrases
from weaklabel.sources.phrases.features import Evidence, several_words, single_words
from weaklabel.sources.phrases.forest import balanced_draws, qualities
from weaklabel.sources.phrases.mining import _alone
from weaklabel.sources.phrases.ngrams import NGrams
from weaklabel.sources.phrases.segmentation import (
    length_penalty,
    log_scores,
    rectified,
    score_table,
    tile,
)
from weaklabel.sources.phrases.stream import stream_of, vocabulary_of
from weaklabel.text import UNKNOWN, Corpus

TEXTS = st.lists(
    st.lists(st.sampled_from("a b c A . - , b's (".split()), max_size=14).map(" ".join), max_size=5
)


def evidence_of(corpus: Corpus, min_count: int = 2, max_words: int = 4) -> Evidence:
    vocabulary = vocabulary_of(corpus)
    stream = stream_of(corpus, vocabulary)
    ngrams = NGrams.frequent(stream, vocabulary, min_count=min_count, max_words=max_words)
    return Evidence.of(corpus, stream, ngrams, knowledge_of(("english",)).stopwords)


def runs_of(corpus: Corpus) -> list[list[str]]:
    """The words between marks, by reading along each sentence."""
    runs: list[list[str]] = []
    for sentence in corpus:
        run: list[str] = []
        words = sentence.words
        for i, word in enumerate(words):
            if word == "s" and i and words[i - 1] == "'":
                continue
            if word.isalnum():
                run.append(word.lower())
            elif word not in "-'":
                runs.append(run)
                run = []
        runs.append(run)
    return runs


# ---- sequences ------------------------------------------------------------------------------
@given(TEXTS)
def test_frequent_sequences_are_those_one_counts(texts: list[str]) -> None:
    corpus = Corpus.from_texts(texts)
    ngrams = evidence_of(corpus).ngrams
    for n in range(1, 5):
        counted = Counter(
            tuple(run[i : i + n]) for run in runs_of(corpus) for i in range(len(run) - n + 1)
        )
        expected = {words: k for words, k in counted.items() if k >= 2 or n == 1}
        found = dict(zip(ngrams.words(n), ngrams.counts[n - 1].tolist(), strict=True))
        assert {words: k for words, k in found.items() if k} == expected


@given(TEXTS, TEXTS)
def test_sequences_are_found_again_in_any_text(texts: list[str], other: list[str]) -> None:
    ngrams = evidence_of(Corpus.from_texts(texts)).ngrams
    corpus = Corpus.from_texts(other)
    stream = stream_of(corpus, ngrams.vocabulary)
    ids = ngrams.ids(stream)
    interned = corpus.interned
    words = [interned.words[interned.ids[t]].lower() for t in stream.tokens]
    for i, n in itertools.product(range(len(words)), range(1, 5)):
        whole = i + n <= len(words) and stream.runs[i] == stream.runs[i + n - 1]
        known = {ws: k for k, ws in enumerate(ngrams.words(n))}
        expected = known.get(tuple(words[i : i + n]), -1) if whole else -1
        assert ids[i, n - 1] == expected


# ---- segmentation ---------------------------------------------------------------------------
SCORES = st.sampled_from([-np.inf, -5.0, -3.0, -2.0, -1.0])
TABLES = st.lists(
    st.tuples(st.sampled_from([-4.0, -2.0]), SCORES, SCORES), min_size=1, max_size=9
)  # fmt: skip


def tilings(n: int, longest: int) -> list[tuple[int, ...]]:
    if n == 0:
        return [()]
    ends = range(1, min(longest, n) + 1)
    return [(*rest, k) for k in ends for rest in tilings(n - k, longest)]


def value(tiling: tuple[int, ...], rows: list[tuple[float, ...]]) -> float:
    starts = itertools.accumulate(tiling, initial=0)
    return sum(rows[at][n - 1] for at, n in zip(starts, tiling, strict=False))


@given(st.lists(TABLES, min_size=1, max_size=4))
@settings(max_examples=20)
def test_viterbi_equals_trying_every_tiling(runs: list[list[tuple[float, ...]]]) -> None:
    table = np.array([row for run in runs for row in run])
    labels = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
    lengths = tile(table, labels)
    for r, run in enumerate(runs):
        chosen = tuple(n for n in lengths[labels == r].tolist() if n)
        assert sum(chosen) == len(run)  # the segments tile the run
        assert value(chosen, run) == max(value(t, run) for t in tilings(len(run), 3))


@given(TEXTS)
def test_rectified_counts_are_never_above_raw_ones(texts: list[str]) -> None:
    evidence = evidence_of(Corpus.from_texts(texts))
    counts = [column.astype(float) for column in evidence.ngrams.counts]
    flat = [np.ones(len(column)) for column in counts]
    lengths = tile(score_table(evidence.ids, log_scores(counts, flat, 0.0)), evidence.stream.runs)
    assert lengths.sum() == len(evidence.stream.words)
    found = rectified(evidence.ids, lengths, [len(column) for column in counts])
    for n, (mine, raw) in enumerate(zip(found, counts, strict=True), 1):
        assert (mine <= raw).all()
        assert mine.sum() == (lengths == n).sum()


def test_with_equal_qualities_and_no_penalty_frequency_alone_decides() -> None:
    counts = [np.array([8.0, 8.0]), np.array([4.0, 1.0])]
    even = log_scores(counts, [np.ones(2), np.ones(2)], 0.0)
    assert np.exp(even[0]).tolist() == pytest.approx([0.5, 0.5])
    assert np.exp(even[1]).tolist() == pytest.approx([0.8, 0.2])
    # "0 1" with share 4/5 beats two single words of 1/2 each; with 1/5 it does not.
    assert tile(score_table(np.array([[0, 0], [1, -1]]), even), np.zeros(2, int)).tolist() == [2, 0]
    assert tile(score_table(np.array([[0, 1], [1, -1]]), even), np.zeros(2, int)).tolist() == [1, 1]


def test_the_penalty_is_the_largest_that_keeps_known_phrases_whole() -> None:
    counts = [np.full(40, 10.0), np.arange(1.0, 21.0)]
    flat = [np.ones(40), np.ones(20)]
    rows = [np.array([[2 * i, i], [2 * i + 1, -1]]) for i in range(20)]
    penalty = length_penalty(rows, counts, flat, max_split=0.1)

    def split(penalty: float) -> float:
        scores = log_scores(counts, flat, penalty)
        return float(np.mean([
            tile(score_table(row, scores), np.zeros(2, int))[0] != 2 for row in rows
        ]))  # fmt: skip

    assert split(penalty) <= 0.1 < split(penalty + 0.001)


# ---- the forest -----------------------------------------------------------------------------
def test_every_tree_sees_as_many_of_either_pool() -> None:
    positive, other = np.arange(7), np.arange(100, 400)
    drawn = list(balanced_draws(positive, other, trees=50, draws=100, rng=np.random.default_rng(0)))
    assert len(drawn) == 50
    for good, noisy in drawn:
        assert len(good) == len(noisy) == 7
        assert set(good.tolist()) <= set(positive.tolist())
        assert set(noisy.tolist()) <= set(other.tolist())
    assert any(len(set(good.tolist())) < 7 for good, _ in drawn)  # with replacement
    few = next(balanced_draws(positive, other, trees=1, draws=3, rng=np.random.default_rng(0)))
    assert [len(pool) for pool in few] == [3, 3]


def test_good_phrases_in_the_noisy_pool_are_not_held_against_them() -> None:
    rng = np.random.default_rng(1)
    features = np.concatenate([rng.normal(3, 1, (60, 5)), rng.normal(0, 1, (540, 5))])
    positive, other = np.arange(30), np.arange(30, 600)  # 30 good ones hide among the others
    found = qualities(features, positive, other, trees=100, draws=100, rng=rng)
    assert found.min() >= 0
    assert found.max() <= 1
    assert np.median(found[30:60]) > 0.6
    assert np.median(found[60:]) < 0.2


def test_without_examples_nothing_is_learnt() -> None:
    none = np.zeros(0, np.int64)
    rng = np.random.default_rng(0)
    assert not qualities(np.ones((3, 2)), none, np.arange(3), trees=2, draws=9, rng=rng).any()


# ---- features -------------------------------------------------------------------------------
def test_features_are_what_one_counts_by_hand() -> None:
    corpus = Corpus.from_texts(
        ['The "Foo Bar" of it.', "A foo-bar (Foo bar) here.", "The foo, the bar and the foo bar."]
    )
    evidence = evidence_of(corpus, min_count=2, max_words=3)
    counts = [column.astype(float) for column in evidence.ngrams.counts]
    row = evidence.ngrams.words(2).index(("foo", "bar"))
    features = several_words(evidence, 2, counts)[row]
    words = [w for run in runs_of(corpus) for w in run]
    count, total = 4, len(words)
    foo, bar = words.count("foo"), words.count("bar")
    ratio = count * total / (foo * bar)
    idf = np.log(3 / 3)
    assert features[:3] == pytest.approx(
        [ratio, count / np.sqrt(foo * bar), count / total * np.log(ratio)]
    )
    assert features[4:12] == pytest.approx([1 / 4, 1 / 4, 1 / 4, 1 / 4, 0, 0, 0, idf])
    assert features[12:] == pytest.approx([4 / 5, 0])  # "the foo bar" occurs once
    the = evidence.ngrams.vocabulary["the"]
    single = single_words(evidence, np.array([the]), counts)[0]
    assert single == pytest.approx([np.log(4), 1, 1, np.log(3 / 2), 0, 0, 2 / 4, 0, 2 / 4])


# ---- the whole ------------------------------------------------------------------------------
STEMS = "alpha beta gamma delta kappa lambda sigma omega".split()
KNOWN = [(f"{stem}ine", f"{stem}osis") for stem in STEMS]
PLANTED = ("foo", "bar")
SMALL = PhraseSettings(min_count=5, trees=100, max_words=3)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Known phrases and a planted one, always together, among words that meet by chance."""
    rng = np.random.default_rng(0)
    filler = [f"w{i}" for i in range(30)]
    phrases = [*KNOWN, PLANTED]
    texts = []
    for _ in range(500):
        words = rng.choice(filler, 9).tolist()
        words[4:6] = phrases[int(rng.integers(len(phrases)))]
        texts.append(" ".join(words) + ".")
    return Corpus.from_texts(texts)


LEXICON = Lexicon.of([Term(" ".join(words), ("X",)) for words in KNOWN])


def test_a_planted_phrase_ranks_above_chance_of_equal_frequency(corpus: Corpus) -> None:
    mined = mine_phrases(corpus, LEXICON, SMALL, seed=3)
    found = {phrase.words: phrase for phrase in mined.phrases()}
    assert mined.positives == len(KNOWN)
    assert found[PLANTED].quality > 0.7
    quality = dict(zip(mined.ngrams.words(2), mined.quality[1].tolist(), strict=True))
    counts = dict(zip(mined.ngrams.words(2), mined.ngrams.counts[1].tolist(), strict=True))
    chance = [w for w in quality if w[0].startswith("w") and w[1].startswith("w")]
    assert len(chance) > 50
    assert quality[PLANTED] > max(quality[words] for words in chance)
    assert max(counts[words] for words in chance) < counts[PLANTED] + 20
    assert all(words in found for words in KNOWN)


def test_phrases_become_votes_of_unknown_type(corpus: Corpus) -> None:
    mined = mine_phrases(corpus, LEXICON, SMALL, seed=3)
    source = PhraseSource(mined)
    text = Corpus.from_texts(["Never seen: Foo-Bar and alphaine alphaosis. Bar foo.", ""])
    votes = source.label(text)
    two = [row for row in votes.rows() if row.end - row.start > 1]
    assert [(row.sentence, row.start, row.end, row.label, row.entry) for row in two] == [
        (0, 3, 6, UNKNOWN, "?:foo bar"),
        (0, 7, 9, UNKNOWN, "?:alphaine alphaosis"),
    ]
    assert source.label(text).rows() == votes.rows()
    again = PhraseSource.from_description(json.loads(json.dumps(source.describe())))
    assert again.label(corpus).rows() == source.label(corpus).rows()
    assert again.mined.phrases() == mined.phrases()


@pytest.mark.slow
def test_the_seed_decides(corpus: Corpus) -> None:
    first, again, other = (mine_phrases(corpus, LEXICON, SMALL, seed=s) for s in (3, 3, 4))
    assert first.phrases() == again.phrases()
    assert first.phrases() != other.phrases()


@pytest.mark.parametrize("texts", [[], [""], ["- - ."], ["One text only."], ["a " * 50]])
def test_where_nothing_can_be_learnt_nothing_is_found(texts: list[str]) -> None:
    corpus = Corpus.from_texts(texts)
    mined = mine_phrases(corpus, LEXICON, SMALL)
    assert mined.phrases() == []
    assert mined.positives == 0
    assert not len(PhraseSource(mined).label(corpus))


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="min_count"):
        PhraseSettings(min_count=1)
    with pytest.raises(ConfigError, match="threshold"):
        PhraseSettings(threshold=1.5)
    with pytest.raises(ConfigError, match="trees"):
        PhraseSettings(trees=0)


def test_a_known_phrase_that_is_never_a_segment_sets_no_penalty(corpus: Corpus) -> None:
    evidence = evidence_of(corpus, min_count=5, max_words=3)
    known = [np.ones(len(column), np.bool_) for column in evidence.ngrams.counts]
    counts = [column.astype(float) for column in evidence.ngrams.counts]
    assert len(_alone(evidence, known, counts)) == sum(map(len, counts[1:]))
    assert _alone(evidence, known, [np.zeros_like(column) for column in counts]) == []
