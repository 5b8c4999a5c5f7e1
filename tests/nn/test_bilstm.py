"""The BiLSTM's words: vectors, characters, shapes, and the batches made of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from made import SMALL, made_corpus, made_vectors

from weaklabel.errors import ConfigError
from weaklabel.nn.encoders.bilstm import BiLSTM
from weaklabel.nn.encoders.bilstm.encoder import BiLSTMEncoder
from weaklabel.nn.encoders.bilstm.words import MAX_CHARS, N_SHAPES, Vocabulary, shape_bits
from weaklabel.text import Corpus


def test_a_batch_holds_the_words_of_its_sentences() -> None:
    corpus = made_corpus()
    vectors = made_vectors(corpus)
    encoder = SMALL.learn(corpus, vectors, channels=0)
    assert isinstance(encoder, BiLSTMEncoder)
    alphabet = encoder.vocabulary.alphabet
    rows = np.array([5, 0, 9])
    inputs = encoder.batch(encoder.encode(corpus), rows, torch.device("cpu"))
    for i, row in enumerate(rows.tolist()):
        spaced = corpus.space_before[slice(*corpus.token_splits[row : row + 2])]
        for t, word in enumerate(corpus[row].words):
            at = int(inputs.word[i, t])
            assert int(inputs.vector[at]) == vectors.rows.get(word.lower(), -1) + 1
            spelled = [alphabet[c - 2] for c in inputs.chars[at].tolist() if c]
            assert "".join(spelled) == word
            assert inputs.shape[at].bool().tolist() == shape_bits([word])[0].tolist()
            assert bool(inputs.spaced[i, t]) == spaced[t]


@pytest.mark.parametrize("wrong", [{"dropout": 1.5}, {"hidden": 0}, {"word_dropout": -0.1}])
def test_impossible_options_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        BiLSTM(**wrong)  # type: ignore[arg-type]


def test_words_of_any_length_and_any_letter() -> None:
    corpus = Corpus.from_texts(["ab " + "x" * 30 + "yz"])
    vocabulary = Vocabulary.of(corpus, None, min_count=1)
    assert vocabulary.trained == ("ab", "x" * 30 + "yz")
    table = vocabulary.encode(["ab", "x" * 30 + "yz", "😀b", "", "\ud800"])
    assert table.chars.shape == (5, MAX_CHARS)
    spelled = ["".join("?" if c == 1 else vocabulary.alphabet[c - 2] for c in row if c)
               for row in table.chars]  # fmt: skip
    assert spelled == ["ab", "x" * 22 + "yz", "?b", "", "?"]
    assert table.trained.tolist() == [1, 2, 0, 0, 0]
    assert table.vector.tolist() == [0] * 5


def test_no_words_at_all() -> None:
    table = Vocabulary.of(Corpus.from_texts([]), None, min_count=0).encode([])
    assert table.chars.shape == (0, 1)
    assert shape_bits([]).shape == (0, N_SHAPES)


@pytest.mark.parametrize(
    ("word", "facts"),
    [("Ab", "10000000"), ("mRNA", "00100000"), ("5", "00001110"), (",", "00000011")],
)
def test_shapes(word: str, facts: str) -> None:
    assert "".join(str(int(b)) for b in shape_bits([word])[0]) == facts
