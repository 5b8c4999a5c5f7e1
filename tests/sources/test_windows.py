"""Windows over long sentences: every word once, with its context, within the room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weaklabel.sources.tools.windows import Pieces, batches, windows

WORDS = st.lists(st.integers(1, 5), max_size=30)


def sentence(lengths: list[int]) -> Pieces:
    """Word ``i`` is written as ``100 i, 100 i + 1, …``: a piece tells its word and place."""
    return Pieces(
        tuple(range(len(lengths))),
        tuple(tuple(100 * i + k for k in range(n)) for i, n in enumerate(lengths)),
    )


@given(WORDS, st.integers(1, 12), st.integers(0, 8))
def test_every_word_is_answered_for_once_where_it_begins(
    lengths: list[int], room: int, overlap: int
) -> None:
    found = windows([sentence(lengths)], room=room, overlap=overlap)
    answered = [int(t) for window in found for t in window.tokens]
    assert sorted(answered) == list(range(len(lengths)))
    for window in found:
        assert 1 <= len(window.pieces) <= room
        for first, token in zip(window.firsts, window.tokens, strict=True):
            assert window.pieces[first] == 100 * token
        assert list(window.pieces) == sorted(set(window.pieces))  # in the order of the text


@given(WORDS, st.integers(5, 12), st.integers(0, 4))
def test_a_window_is_a_run_of_whole_words(lengths: list[int], room: int, overlap: int) -> None:
    for window in windows([sentence(lengths)], room=room, overlap=overlap):
        words = sorted({piece // 100 for piece in window.pieces})
        assert words == list(range(words[0], words[-1] + 1))
        assert list(window.pieces) == [100 * w + k for w in words for k in range(lengths[w])]


def test_what_fits_is_one_window() -> None:
    found = windows([sentence([2, 1, 3])], room=6, overlap=4)
    assert [window.tokens.tolist() for window in found] == [[0, 1, 2]]
    assert found[0].firsts.tolist() == [0, 2, 3]


def test_a_word_is_read_where_it_stands_farthest_from_a_cut() -> None:
    found = windows([sentence([1] * 9)], room=5, overlap=3)
    assert [w.pieces[0] // 100 for w in found] == [0, 2, 4]
    assert [w.tokens.tolist() for w in found] == [[0, 1, 2, 3], [4, 5], [6, 7, 8]]


def test_a_word_longer_than_a_window_is_read_by_its_beginning() -> None:
    found = windows([sentence([1, 9, 1])], room=3, overlap=1)
    assert [w.tokens.tolist() for w in found] == [[0], [1], [2]]


@given(st.lists(WORDS, max_size=5), st.integers(4, 40))
def test_batches_hold_every_window_and_keep_the_limit(rows: list[list[int]], limit: int) -> None:
    found = windows([sentence(row) for row in rows], room=8, overlap=2)
    made = list(batches(found, limit=limit, extra=2))
    assert sorted(w.pieces for batch in made for w in batch) == sorted(w.pieces for w in found)
    for batch in made:
        width = max(len(w.pieces) for w in batch) + 2
        assert len(batch) == 1 or len(batch) * width <= limit
