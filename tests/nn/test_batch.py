"""Encoding once, cutting batches by length, votes as channels, hiding entries."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from made import NAMES, made_corpus, made_network, made_votes

from weaklabel.nn.batch import plan_batches
from weaklabel.nn.channels import VoteChannels, masking_groups
from weaklabel.nn.padding import layout_of, padded_places
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=60)


@given(lengths=LENGTHS, budget=st.integers(1, 120), seed=st.none() | st.integers(0, 9))
def test_batches_cover_every_sentence_once_and_keep_the_budget(
    lengths: list[int], budget: int, seed: int | None
) -> None:
    sizes = np.array(lengths, np.int64)
    rng = None if seed is None else np.random.default_rng(seed)
    rows = np.arange(len(sizes))[::2]
    batches = list(plan_batches(sizes, rows, batch_tokens=budget, rng=rng))
    assert sorted(np.concatenate(batches).tolist()) == rows.tolist()
    for batch in batches:
        assert len(batch) == 1 or sizes[batch].max() * len(batch) <= budget
        assert (np.diff(sizes[batch]) <= 0).all()


def test_no_sentences_make_no_batches() -> None:
    nothing = np.zeros(0, np.int64)
    assert list(plan_batches(nothing, nothing, batch_tokens=10)) == []


@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=12), seed=st.integers(0, 5))
def test_a_layout_puts_each_token_in_its_row(lengths: list[int], seed: int) -> None:
    splits = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.random.default_rng(seed).permutation(len(lengths))[: len(lengths) // 2 + 1]
    layout = layout_of(splits, rows)
    values = np.arange(1, splits[-1] + 1)
    longest = max(lengths[r] for r in rows)
    expected = [
        [*values[splits[r] : splits[r + 1]].tolist(), *[0] * (longest - lengths[r])] for r in rows
    ]
    assert layout.pad(values).tolist() == expected
    assert layout.lay(values[layout.tokens], np.float32).dtype == np.float32
    pairs = np.stack([values, -values], 1)
    assert layout.pad(pairs).shape == (len(rows), longest, 2)


def test_places_in_a_padded_batch() -> None:
    assert padded_places(np.array([3, 1, 2]), 3).tolist() == [0, 1, 2, 3, 6, 7]


def test_a_batch_holds_the_votes_on_its_sentences() -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = made_network(corpus, votes)
    rows = np.array([5, 0, 9])
    batch = network.batch(network.encode(corpus, votes), rows)
    for i, row in enumerate(rows.tolist()):
        sentence = corpus[row]
        assert int(batch.mask[i].sum()) == len(sentence)
        for t, word in enumerate(sentence.words):
            kind = NAMES.get(word.lower())
            expected = [float(kind == "Chemical"), 0.0, float(kind == "Disease"), 0.0]
            assert [batch.votes[i, t, c].item() for c in _columns(network.channels)] == expected


def _columns(channels: VoteChannels) -> list[int]:
    return [
        2 * channels.types.index(kind) + inside
        for kind in ("Chemical", "Disease")
        for inside in (0, 1)
    ]


def _table(*rows: tuple[int, int, int, str, str, str]) -> Votes:
    made = [Vote(s, a, b, kind, source, 1.0, entry) for s, a, b, kind, source, entry in rows]
    return Votes.of(made, n_sentences=2, types=("X", "Y"))


def test_channels_say_begins_and_continues_by_source_and_type() -> None:
    corpus = Corpus.from_texts(["a b c d", "e f"])
    votes = _table((0, 1, 4, "X", "one", "bcd"), (1, 0, 1, "Y", "two", "e"))
    channels = VoteChannels.of(votes)
    cells = channels.cells(votes, corpus)
    names = [
        f"{source}:{kind}:{part}"
        for source in channels.sources
        for kind in channels.types
        for part in ("begins", "continues")
    ]
    assert len(channels) == len(names)
    assert cells.splits.tolist() == [0, 3, 4]
    assert cells.position.tolist() == [1, 2, 3, 0]
    assert [names[c] for c in cells.channel] == [
        "one:X:begins", "one:X:continues", "one:X:continues", "two:Y:begins",
    ]  # fmt: skip


def test_sources_and_types_a_tagger_does_not_know_are_left_out() -> None:
    corpus = Corpus.from_texts(["a b c d", "e f"])
    known = VoteChannels.of(_table((0, 0, 1, "X", "one", "a")), ("one",))
    later = Votes.of(
        [Vote(0, 0, 1, "Z", "one"), Vote(0, 1, 2, "Y", "new"), Vote(1, 0, 2, "Y", "one")],
        n_sentences=2,
    )
    cells = known.cells(later, corpus)
    assert cells.position.tolist() == [0, 1]
    assert {known.types[c // 2] for c in cells.channel} == {"Y"}


def test_hidden_entries_are_hidden_everywhere() -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = made_network(corpus, votes)
    encoded = network.encode(corpus, votes)
    hidden = np.zeros(encoded.cells.n_entries, np.bool_)
    hidden[votes.entries.index("aspirin")] = True
    rows = np.arange(len(corpus))
    shown = network.batch(encoded, rows).votes.sum(-1)
    masked = network.batch(encoded, rows, hidden=hidden).votes.sum(-1)
    for row in rows:
        for t, word in enumerate(corpus[row].words):
            assert shown[row, t] == (word.lower() in NAMES)
            assert masked[row, t] == (word.lower() in NAMES and word.lower() != "aspirin")


def test_overlapping_votes_are_hidden_with_the_longest() -> None:
    votes = _table(
        (0, 0, 1, "X", "a", "breast"),
        (0, 0, 2, "X", "a", "breast cancer"),
        (0, 1, 2, "Y", "b", "cancer"),
        (0, 3, 4, "Y", "b", "cancer"),
        (1, 0, 2, "X", "a", ""),
        (1, 1, 2, "X", "b", "f"),
    )
    groups, n = masking_groups(votes)
    long, alone = votes.entries.index("breast cancer"), votes.entries.index("cancer")
    assert groups[:4].tolist() == [long, long, long, alone]
    assert groups[4] == groups[5] >= len(votes.entries)
    assert groups.max() < n


# ---- parts of hidden names ----------------------------------------------------------------------
def test_a_hidden_names_parts_speak_for_it() -> None:
    corpus = Corpus.from_texts(["cholestatic hepatitis c rose", "Hepatitis fell"])
    votes = _table((0, 0, 2, "X", "a", "cholestatic hepatitis"), (1, 0, 1, "Y", "a", "hepatitis"))
    channels = VoteChannels.of(votes)
    cells = channels.cells(votes, corpus, stand_ins=True)
    whole, part = (votes.entries.index(e) for e in ("cholestatic hepatitis", "hepatitis"))

    def seen(*entries: int) -> list[tuple[int, str]]:
        hidden = np.zeros(cells.n_entries, np.bool_)
        hidden[list(entries)] = True
        first = np.arange(cells.splits[0], cells.splits[1])
        shown = first[cells.shown(first, hidden)]
        return [(int(cells.position[c]), channels.types[cells.channel[c] // 2]) for c in shown]

    assert seen() == [(0, "X"), (1, "X")]
    assert seen(whole) == [(1, "Y")]
    assert seen(whole, part) == []
    assert seen(part) == [(0, "X"), (1, "X")]
    every = np.arange(len(cells.position))
    assert cells.shown(every, None).tolist() == (cells.instead < 0).tolist()
    assert (channels.cells(votes, corpus).instead < 0).all()


def test_a_short_forms_letters_are_no_word() -> None:
    corpus = Corpus.from_texts(["such as pain", "AS is rare"])
    votes = _table((0, 0, 3, "X", "a", "such as pain"), (1, 0, 1, "Y", "a", "AS"))
    cells = VoteChannels.of(votes).cells(votes, corpus, stand_ins=True)
    assert (cells.instead < 0).all()


@given(seed=st.integers(0, 200))
def test_cells_are_in_order_with_stand_ins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corpus = Corpus.from_texts(["a b c a b", "b c", "c a b c"])
    rows = []
    for sentence in range(3):
        n = int(corpus.lengths[sentence])
        for _ in range(3):
            start = int(rng.integers(n))
            end = int(rng.integers(start + 1, n + 1))
            rows.append(Vote(sentence, start, end, "X", "a", 1.0, f"e{rng.integers(4)}"))
    votes = Votes.of(rows, n_sentences=3)
    cells = VoteChannels.of(votes).cells(votes, corpus, stand_ins=True)
    for sentence in range(3):
        own = cells.position[cells.splits[sentence] : cells.splits[sentence + 1]]
        assert (own < corpus.lengths[sentence]).all()
    assert cells.splits[-1] == len(cells.position)
    assert (cells.instead < cells.n_entries).all()


def test_channels_speak_for_the_tags_of_their_type() -> None:
    channels = VoteChannels(("a", "b"), ("?", "X", "Y"))
    scheme = TagScheme(("X", "Y"), TagStyle.BIOES)
    scores = channels.tag_scores(scheme, 2.0)
    assert scores.shape == (9, 12)
    for source in range(2):
        at = 6 * source
        assert not scores[:, at : at + 2].any()
        for kind, begins in (("X", at + 2), ("Y", at + 4)):
            for prefix in "BIES":
                own = scores[scheme.tag(prefix, kind)]
                expected = begins + (prefix in "IE")
                assert own[expected] == 2.0
                assert {int(c) % 6 for c in np.flatnonzero(own)} == {expected % 6}
    assert not scores[0].any()
