"""What every encoder must do. Add yours to ``ENCODERS`` and it is tested here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from made import TINY, made_corpus, made_tagger, made_votes
from torch import nn

from weaklabel.nn.batch import Batch, Encoded, make_batch
from weaklabel.nn.encoders import ENCODERS

ROWS = np.array([3, 0, 7, 4])


@pytest.fixture(scope="module", params=sorted(ENCODERS))
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, Encoded]:
    corpus = made_corpus()
    votes = made_votes(corpus)
    settings = replace(TINY, encoder=request.param, word_min_count=2)
    tagger = made_tagger(corpus, votes, settings).eval()
    return tagger.encoder, tagger.encode(corpus, votes)


def test_one_row_a_token(case: tuple[nn.Module, Encoded]) -> None:
    encoder, encoded = case
    batch = make_batch(encoded, ROWS)
    assert encoder(batch).shape == (*batch.mask.shape, encoder.width)


def test_padding_changes_nothing(case: tuple[nn.Module, Encoded]) -> None:
    encoder, encoded = case
    together = encoder(make_batch(encoded, ROWS))
    for i, row in enumerate(ROWS.tolist()):
        alone = encoder(make_batch(encoded, np.array([row])))[0]
        torch.testing.assert_close(together[i, : len(alone)], alone)


def test_the_order_of_the_batch_changes_nothing(case: tuple[nn.Module, Encoded]) -> None:
    encoder, encoded = case
    order = [2, 0, 3, 1]
    one, other = make_batch(encoded, ROWS), make_batch(encoded, ROWS[order])
    torch.testing.assert_close(encoder(one)[order][other.mask], encoder(other)[other.mask])


def test_gradients_reach_every_weight(case: tuple[nn.Module, Encoded]) -> None:
    encoder, encoded = case
    encoder.zero_grad()
    batch = make_batch(encoded, np.arange(len(encoded.splits) - 1))
    (encoder(batch)[batch.mask] * torch.arange(encoder.width)).square().sum().backward()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert bool(weight.grad.any()), name


def test_it_sees_the_votes(case: tuple[nn.Module, Encoded]) -> None:
    encoder, encoded = case
    batch = make_batch(encoded, ROWS)
    blind = batch._replace(votes=torch.zeros_like(batch.votes))
    assert not torch.equal(encoder(batch), encoder(blind))


@pytest.mark.gpu
def test_cuda_equals_the_cpu(case: tuple[nn.Module, Encoded]) -> None:
    encoder, encoded = case
    here = encoder(make_batch(encoded, ROWS))
    batch = make_batch(encoded, ROWS, device="cuda")
    assert isinstance(batch, Batch)
    there = encoder.cuda()(batch).cpu()
    encoder.cpu()
    torch.testing.assert_close(
        here[batch.mask.cpu()], there[batch.mask.cpu()], atol=1e-5, rtol=1e-4
    )
