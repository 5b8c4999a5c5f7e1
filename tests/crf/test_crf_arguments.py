"""What the CRF layer's arguments may not be, and what the message says then."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.crf.chains import ALL, INF, draw
from weaklabel.crf import LinearChainCRF
from weaklabel.errors import ConfigError, DataError
from weaklabel.tags import TagScheme, TagStyle

BACKEND = pytest.mark.parametrize("backend", ALL)
MASK = torch.tensor([[True, True, True], [True, True, False]])
EMISSIONS = torch.zeros(2, 3, 4)
TAGS = torch.zeros(2, 3, dtype=torch.int64)
EVEN = torch.full((2, 3, 4), 0.25)


def ask(crf: LinearChainCRF, **options: Any) -> dict[str, Any]:
    """Every operation that takes ``moves`` and ``allowed``."""
    e, mask = EMISSIONS, MASK
    return {
        "log_partition": lambda: crf.log_partition(e, mask, **options),
        "log_likelihood": lambda: crf.log_likelihood(e, TAGS, mask, **options),
        "belief": lambda: crf.belief_cross_entropy(e, EVEN, mask, **options),
        "kl": lambda: crf.kl_divergence(e, mask, e, **options),
        "marginals": lambda: crf.marginals(e, mask, **options),
        "pair_marginals": lambda: crf.pair_marginals(e, mask, **options),
        "counts": lambda: crf.expected_counts(e, mask, **options),
        "entropy": lambda: crf.entropy(e, mask, **options),
        "score": lambda: crf.score(e, TAGS, mask, **options),
        "decode": lambda: crf.decode(e, mask, **options),
        "kbest": lambda: crf.decode_kbest(e, mask, 2, **options),
        "margin": lambda: crf.margin(e, mask, **options),
        "sample": lambda: crf.sample(e, mask, 2, **options),
        "path_steps": lambda: crf.path_steps(e, TAGS, mask, **options),
    }


NAMES = list(ask(LinearChainCRF(4)))


def refused(backend: str, name: str, message: str, **options: Any) -> None:
    crf = LinearChainCRF(4, backend=backend)
    with pytest.raises(DataError, match=message):
        ask(crf, **options)[name]()
    if options.keys() == {"moves"}:
        allowed = torch.ones(2, 3, 4, dtype=torch.bool)
        for work in (crf.forward, crf.partial_log_likelihood):
            with pytest.raises(DataError, match=message):
                work(EMISSIONS, allowed, MASK, **options)


# ---- moves --------------------------------------------------------------------------------------
@BACKEND
@pytest.mark.parametrize("name", NAMES)
def test_moves_of_another_shape(backend: str, name: str) -> None:
    wanted = r"moves: expected floats of shape \(2, 3, 4, 4\) \(B, T, K from, K to\), got "
    for shape in ((4, 4), (3, 4, 4), (2, 3, 4), (2, 2, 4, 4), (2, 3, 4, 5)):
        refused(backend, name, wanted, moves=torch.zeros(shape))
    refused(backend, name, wanted + "torch.int64", moves=torch.zeros(2, 3, 4, 4).long())


@BACKEND
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [math.nan, INF])
def test_moves_that_are_no_numbers(backend: str, name: str, bad: float) -> None:
    moves = torch.zeros(2, 3, 4, 4)
    moves[:, 0] = moves[1, 2] = bad  # nobody looks there
    ask(LinearChainCRF(4, backend=backend), moves=moves)[name]()
    moves[1, 1, 3, 2] = bad
    refused(backend, name, r"moves: NaN or \+inf at step 1 of batch row 1", moves=moves)
    moves[0, 2, 0, 0] = bad
    refused(backend, name, r"moves: NaN or \+inf at step 2 of batch row 0", moves=moves)


# ---- allowed ------------------------------------------------------------------------------------
@BACKEND
@pytest.mark.parametrize("name", NAMES)
def test_what_is_allowed(backend: str, name: str) -> None:
    refused(backend, name, "allowed: expected bool of shape", allowed=torch.ones(2, 3, 4))
    allowed = torch.ones(2, 3, 4, dtype=torch.bool)
    allowed[1, 2] = False  # padding
    ask(LinearChainCRF(4, backend=backend), allowed=allowed)[name]()
    allowed[1, 1] = False
    refused(backend, name, "no tag is allowed at step 1 of batch row 1", allowed=allowed)


@BACKEND
@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("within", [False, True])
def test_a_sentence_without_a_path(backend: str, moved: bool, within: bool) -> None:
    """Sums are ``-inf``, shares 0; what would be no number is an error that names the row."""
    crf = LinearChainCRF(4, may_follow=~np.ones((4, 4), np.bool_), backend=backend)
    mask = torch.tensor([[True, False, False], [True, True, False]])
    options = {
        "moves": torch.zeros(2, 3, 4, 4) if moved else None,
        "allowed": torch.ones(2, 3, 4, dtype=torch.bool) if within else None,
    }
    batch = EMISSIONS, mask
    assert crf.log_partition(*batch, **options).tolist() == [pytest.approx(math.log(4)), -INF]
    assert crf.score(EMISSIONS, TAGS, mask, **options).tolist() == [0.0, -INF]
    for shares in (
        crf.marginals(*batch, **options),
        crf.pair_marginals(*batch, **options),
        *crf.expected_counts(*batch, **options),
    ):
        assert not shares[1].any()
    best = crf.decode_kbest(*batch, 5, **options)
    assert best.scores.tolist() == [[0.0] * 4 + [-INF], [-INF] * 5]
    assert not best.tags[1].any()
    for work in (
        lambda: crf.entropy(*batch, **options),
        lambda: crf.entropy(EMISSIONS.clone().requires_grad_(), mask, **options),
        lambda: crf.sample(*batch, **options),
        lambda: crf.margin(*batch, **options),
        lambda: crf.log_likelihood(EMISSIONS, TAGS, mask, **options),
        lambda: crf.belief_cross_entropy(EMISSIONS, EVEN, mask, **options),
        lambda: crf.kl_divergence(*batch, EMISSIONS, **options),
        lambda: crf(EMISSIONS, torch.ones(2, 3, 4).bool(), mask, moves=options["moves"]),
    ):
        with torch.set_grad_enabled(True), pytest.raises(DataError, match="batch row 1 leave no"):
            work()


@BACKEND
@pytest.mark.parametrize("tag", [-1, 4])
def test_tags_out_of_range(backend: str, tag: int) -> None:
    crf = LinearChainCRF(4, backend=backend)
    tags = TAGS.clone()
    tags[1, 2] = tag  # padding
    assert crf.path_steps(EMISSIONS, tags, MASK)[1, 2] == 0.0
    tags[1, 1] = tag
    for options in ({}, {"moves": torch.zeros(2, 3, 4, 4)}):
        for work in (crf.path_steps, crf.score, crf.log_likelihood):
            with pytest.raises(DataError, match=f"got {tag} at step 1 of batch row 1"):
                work(EMISSIONS, tags, MASK, **options)
    with pytest.raises(DataError, match=r"tags: expected int64 of shape \(2, 3\)"):
        crf.path_steps(EMISSIONS, TAGS[:, :2], MASK)


# ---- how many -----------------------------------------------------------------------------------
@BACKEND
@pytest.mark.parametrize("count", [0, 17, -1])
def test_how_many_of_the_best(backend: str, count: int) -> None:
    crf = LinearChainCRF(4, backend=backend)
    with pytest.raises(DataError, match=f"count: expected 1 to 16, got {count}"):
        crf.decode_kbest(EMISSIONS, MASK, count)


@BACKEND
def test_how_many_samples(backend: str) -> None:
    crf = LinearChainCRF(4, backend=backend)
    with pytest.raises(DataError, match="count: expected at least 1, got 0"):
        crf.sample(EMISSIONS, MASK, 0)


# ---- other tags ---------------------------------------------------------------------------------
@pytest.mark.parametrize("tags", [0, -1])
def test_there_is_a_tag(tags: int) -> None:
    with pytest.raises(DataError, match=f"num_tags: expected at least 1, got {tags}"):
        LinearChainCRF(tags)


@BACKEND
@pytest.mark.parametrize("tags", [1, 5])  # the one would fit any number, quietly
@pytest.mark.parametrize("moved", [False, True])
def test_a_teacher_of_other_tags(backend: str, tags: int, moved: bool) -> None:
    crf = LinearChainCRF(tags, backend=backend)
    moves = torch.zeros(2, 3, tags, tags) if moved else None
    message = rf"teacher: expected emissions of shape \(2, 3, {tags}\) .* got \(2, 3, 4\)"
    with pytest.raises(DataError, match=message):
        crf.kl_divergence(
            torch.zeros(2, 3, tags), MASK, EMISSIONS, teacher=LinearChainCRF(4), moves=moves
        )


# ---- beliefs ------------------------------------------------------------------------------------
@BACKEND
def test_beliefs(backend: str) -> None:
    crf = LinearChainCRF(4, backend=backend)

    def refused(belief: Tensor, message: str) -> None:
        with pytest.raises(DataError, match=message):
            crf.belief_cross_entropy(EMISSIONS, belief, MASK)

    for shape in ((2, 3), (2, 3, 3), (3, 2, 4)):
        refused(torch.zeros(shape), r"belief: expected floats of shape \(2, 3, 4\) \(B, T, K\)")
    refused(EVEN.long(), "belief: expected floats .* got torch.int64")
    for row in ([0.5, 0.5, 0.5, 0.0], [1.5, -0.5, 0.0, 0.0], [math.nan] * 4, [0.0] * 4):
        belief = EVEN.clone()
        belief[1, 2] = torch.tensor(row)
        assert bool(torch.isfinite(crf.belief_cross_entropy(EMISSIONS, belief, MASK)).all())
        belief[1, 1] = torch.tensor(row)
        refused(belief, r"sum to 1, got \[.*\] at step 1 of batch row 1")


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_rounded_beliefs_are_taken(kind: torch.dtype) -> None:
    scores = torch.randn(2, 3, 200, generator=torch.Generator().manual_seed(0))
    found = LinearChainCRF(200).belief_cross_entropy(
        torch.zeros(2, 3, 200), torch.softmax(scores, -1).to(kind), MASK
    )
    assert bool(torch.isfinite(found).all())


# ---- reductions ---------------------------------------------------------------------------------
@BACKEND
@pytest.mark.parametrize("name", ["forward", "partial", "likelihood", "belief", "kl"])
def test_reductions(backend: str, name: str) -> None:
    crf, emissions, allowed, mask = draw(1, tags=4, lengths=(3, 2), forbid=0.0).to(backend)
    ask: dict[str, Any] = {
        "forward": lambda **how: crf(emissions, allowed, mask, **how),
        "partial": lambda **how: crf.partial_log_likelihood(emissions, allowed, mask, **how),
        "likelihood": lambda **how: crf.log_likelihood(emissions, TAGS, mask, **how),
        "belief": lambda **how: crf.belief_cross_entropy(emissions, EVEN, mask, **how),
        "kl": lambda **how: crf.kl_divergence(emissions, mask, emissions.flip(1), **how),
    }
    each = ask[name]()
    assert each.shape == (2,)
    assert torch.equal(ask[name](reduction="none"), each)
    for how, expected in (
        ("sum", each.sum()),
        ("mean", each.mean()),
        ("token_mean", each.sum() / 5),
    ):
        torch.testing.assert_close(ask[name](reduction=how), expected)
    with pytest.raises(ConfigError, match="reduction: expected one of none, sum, mean, token_mean"):
        ask[name](reduction=cast("Any", "average"))


def test_an_empty_batch_loses_nothing() -> None:
    crf = LinearChainCRF(4)
    empty = EMISSIONS[:0], TAGS[:0], MASK[:0]
    for how in ("sum", "mean", "token_mean"):
        assert crf.log_likelihood(*empty, reduction=cast("Any", how)).item() == 0.0


# ---- rules --------------------------------------------------------------------------------------
@pytest.mark.parametrize("style", list(TagStyle))
def test_a_tag_scheme_says_what_is_legal(style: TagStyle) -> None:
    scheme = TagScheme(("Chemical", "Disease"), style)
    crf = LinearChainCRF(len(scheme), scheme)
    assert crf.legal_start.tolist() == scheme.may_start.tolist()
    assert crf.legal_moves.tolist() == scheme.may_follow.tolist()
    assert crf.legal_end.tolist() == scheme.may_end.tolist()
    assert crf.state_dict().keys() == {"start", "transitions", "end"}


@pytest.mark.parametrize("name", ["may_start", "may_follow", "may_end"])
def test_rules_come_from_one_place(name: str) -> None:
    scheme = TagScheme(("Chemical",), TagStyle.BIO)
    with pytest.raises(ConfigError, match=f"constraints and {name}: give one or the other"):
        LinearChainCRF(3, scheme, **{name: getattr(scheme, name)})


def test_rules_fit_the_tags() -> None:
    scheme = TagScheme(("Chemical",), TagStyle.BIO)
    with pytest.raises(DataError, match=r"may_start: expected bool of shape \(4,\), .*\(3,\)"):
        LinearChainCRF(4, constraints=scheme)
    with pytest.raises(DataError, match=r"may_end: expected bool of shape \(2,\), got torch.float"):
        LinearChainCRF(2, may_end=cast("Any", np.ones(2)))


def test_a_layer_prints_what_it_was_made_with() -> None:
    assert repr(LinearChainCRF(5)) == "LinearChainCRF(5)"
    assert repr(LinearChainCRF(5, backend="reference")) == "LinearChainCRF(5, backend='reference')"
