"""One reading of a name in a document, decided by the mean of its chances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from made import TYPES, made_corpus, made_network, made_votes

from weaklabel.nn.consistency import one_reading
from weaklabel.nn.path import Path
from weaklabel.tags import TagScheme
from weaklabel.text import Corpus


def consistent(texts: list[str], found: dict[int, float], asked: dict[int, float]) -> list[int]:
    """Tokens in a span after single tokens were found with some chance, others asked about."""
    corpus, scheme = Corpus.from_texts(texts), TagScheme(TYPES)

    def told(tags: np.ndarray, rows: np.ndarray) -> Path:
        path = Path.outside(len(tags))
        for token, chance in asked.items():
            path.own[token], path.steps[token] = chance, 1.0
        return path

    path = Path.outside(corpus.n_tokens)
    for token, chance in found.items():
        path.tags[token] = scheme.tag("S", TYPES[0])
        path.own[token] = chance
    before = path.tags.copy()
    after = one_reading(corpus, scheme, path, told)
    assert (path.tags == before).all()
    return np.flatnonzero(after.tags).tolist()


CROCIN = "crocin helps . Today crocin fell"


def test_a_sure_find_is_laid_over_the_document() -> None:
    assert consistent([CROCIN], {0: 0.9}, {4: 0.3}) == [0, 4]


def test_a_doubtful_find_is_taken_away() -> None:
    assert consistent([CROCIN], {0: 0.6}, {4: 0.1}) == []


def test_other_documents_have_no_say() -> None:
    assert consistent(["crocin helps", "crocin fell"], {0: 0.6}, {2: 0.1}) == [0]


def test_what_is_found_everywhere_stays() -> None:
    assert consistent([CROCIN], {0: 0.6, 4: 0.3}, {}) == [0, 4]


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_on_a_real_network_chances_are_chances_and_paths_stay_legal(seed: int) -> None:
    corpus = made_corpus(seed=seed)
    votes = made_votes(corpus)
    network = made_network(corpus, votes, seed=seed)
    scores = network.head.scores
    with torch.no_grad():
        scores.weight.normal_(std=3.0, generator=torch.Generator().manual_seed(seed))
        scores.bias[0] = 4.0
    encoded = network.encode(corpus, votes)
    path = network.tag(encoded)
    after = one_reading(
        corpus, network.scheme, path, lambda tags, rows: network.weigh(encoded, tags, rows=rows)
    )
    assert (after.tags != path.tags).any()
    for sentence in range(len(corpus)):
        tags = after.tags[slice(*corpus.token_splits[sentence : sentence + 2])]
        spans = network.scheme.decode(tags.tolist())
        assert network.scheme.encode(spans, length=len(tags)).tolist() == tags.tolist()
    assert ((after.own >= 0) & (after.own <= 1 + 1e-6)).all()
    rows = np.flatnonzero(corpus.lengths > 0)
    weighed = network.weigh(encoded, path.tags, rows=rows)
    busy = np.isin(corpus.token_sentence, np.unique(corpus.token_sentence[path.tags > 0]))
    np.testing.assert_allclose(weighed.own[busy], path.own[busy], atol=1e-5)
    np.testing.assert_allclose(weighed.steps[busy], path.steps[busy], atol=1e-5)
    one = network.predict(corpus, votes)
    network.plan = replace(network.plan, consistent=False)
    assert network.predict(corpus, votes).keys() != one.keys()
