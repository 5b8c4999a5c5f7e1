"""Sentence ends as the kernel finds them are those of the specification."""

from __future__ import annotations

import random

import pytest

from weaklabel.ground.segment import (
    ABBREVIATIONS,
    BEFORE_INITIAL,
    MAY_END,
    SENTENCE_OPENERS,
    sentences,
    tokenize,
)
from weaklabel.kernels.stops import known_words
from weaklabel.text import Corpus

PIECES = [
    *"ab.AX. .!?)\"(]’é1 0_²\n-", "Fig", "i.v", "e.g", "the ", "vs. ", "No. ", "mg. ", "et al. ",
    " 05", "p53", "beta-", "The ", "etc. ", "VS. ", ". ", ". a", ". A", ". 1", "hello", "..vs. ",
    "by J. ", "hepatitis B. ", "24 h. ", "14q22. 1", "1. ", "Am. J. Hum. Genet., ", "2000;95",
    "nAChRs ", "(n=3). ", ". (", "in 1999. 3 ", "conclusions. Furthermore ", "wt-VHL ", "kappa-B",
]  # fmt: skip


def expected(text: str) -> list[tuple[int, int]]:
    """First and last character of the tokens of each sentence."""
    rows = [tokenize(text, *sentence) for sentence in sentences(text)]
    return [(row[0][0], row[-1][1]) for row in rows if row]


def found(corpus: Corpus, document: int) -> list[tuple[int, int]]:
    rows = range(*corpus.sentence_splits[document : document + 2].tolist())
    return [(corpus[i].offsets[0][0], corpus[i].offsets[-1][1]) for i in rows]


def check(seed: int, count: int) -> None:
    draw = random.Random(seed)
    texts = ["".join(draw.choices(PIECES, k=draw.randint(1, 40))) for _ in range(count)]
    corpus = Corpus.from_texts(texts)
    for row, text in enumerate(texts):
        assert found(corpus, row) == expected(text), text


def test_sentences_are_those_of_the_rules() -> None:
    check(0, 2_000)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_many_sentences_are_those_of_the_rules(seed: int) -> None:
    check(seed, 25_000)


def test_every_word_of_the_rules_is_in_the_table() -> None:
    table = known_words()
    held = {
        b"".join(int(part).to_bytes(8, "little") for part in table.packed[2 * i : 2 * i + 2])
        .rstrip(b"\0")
        .decode()
        for i in range(512)
        if table.kinds[i]
    }
    words = ABBREVIATIONS | MAY_END | SENTENCE_OPENERS | BEFORE_INITIAL
    assert words <= held
    assert len(held - words) == 5  # the Greek letters


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Given at 40 vs. The rest fell.", 1),
        ("Given by J. Smith et al. The rest fell.", 2),
        ("Pain fell. nAChRs rose.", 2),
        ("1. Introduction of it.", 1),
        ("It was 24 h. Cells died.", 2),
        ("(P < .05). 3 died.", 2),
        ("(P < . 05 died.", 1),
    ],
)
def test_single_rules(text: str, count: int) -> None:
    assert len(expected(text)) == count
    assert len(found(Corpus.from_texts([text]), 0)) == count
