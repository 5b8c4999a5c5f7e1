"""Every operation of the CRF layer, every back end, by enumeration of all paths."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.crf.chains import (
    ALL,
    INF,
    Case,
    Paths,
    chances,
    draw,
    draw_moves,
    every_path,
    log_sum,
)
from weaklabel.crf import path_scores

LENGTHS = (4, 1, 5, 2)
CASES = pytest.mark.parametrize(
    ("tags", "seed", "forbid"), [(1, 0, 0.0), (2, 1, 0.3), (3, 2, 0.0), (4, 3, 0.3)]
)
WITHIN = pytest.mark.parametrize("within", [False, True], ids=["free", "within"])
MOVES = pytest.mark.parametrize("moved", [False, True], ids=["shared", "moves"])
BACKEND = pytest.mark.parametrize("backend", ALL)


class Asked(NamedTuple):
    """One thing asked of a batch, and the paths of its sentences."""

    case: Case
    options: dict[str, Any]
    paths: list[Paths]
    moves: Tensor | None

    @property
    def batch(self) -> tuple[Tensor, Tensor]:
        return self.case.emissions, self.case.mask


def asked(backend: str, tags: int, seed: int, forbid: float, *, within: bool, moved: bool) -> Asked:
    case = draw(seed, tags=tags, lengths=LENGTHS, forbid=forbid).to(backend)
    moves = draw_moves(seed, case, forbid=forbid) if moved else None
    allowed = case.allowed if within else None
    paths = [every_path(case, row, within=within, moves=moves) for row in range(len(LENGTHS))]
    return Asked(case, {"allowed": allowed, "moves": moves}, paths, moves)


def counted(paths: Paths, tags: int) -> tuple[Any, Any, Any]:
    """Marginals, pair marginals, and the entropy of some scored paths."""
    steps = max(LENGTHS)
    single, pairs, entropy = np.zeros((steps, tags)), np.zeros((steps, tags, tags)), 0.0
    for path, chance in chances(paths).items():
        entropy -= chance * math.log(chance)
        for t, tag in enumerate(path):
            single[t, tag] += chance
        for t, pair in enumerate(itertools.pairwise(path), start=1):
            pairs[(t, *pair)] += chance
    return single, pairs, entropy


@BACKEND
@CASES
@WITHIN
@MOVES
def test_means_over_paths(
    backend: str, tags: int, seed: int, forbid: float, within: bool, moved: bool
) -> None:
    this = asked(backend, tags, seed, forbid, within=within, moved=moved)
    crf, options = this.case.crf, this.options
    singles = crf.marginals(*this.batch, **options)
    pairs = crf.pair_marginals(*this.batch, **options)
    counts = crf.expected_counts(*this.batch, **options)
    entropies = crf.entropy(*this.batch, **options)
    for row, n in enumerate(LENGTHS):
        single, pair, entropy = counted(this.paths[row], tags)
        np.testing.assert_allclose(singles[row], single, atol=1e-10)
        np.testing.assert_allclose(pairs[row], pair, atol=1e-10)
        np.testing.assert_allclose(counts.start[row], single[0], atol=1e-10)
        np.testing.assert_allclose(counts.moves[row], pair.sum(0), atol=1e-10)
        np.testing.assert_allclose(counts.end[row], single[n - 1], atol=1e-10)
        assert entropies[row].item() == pytest.approx(entropy, abs=1e-10)
        assert not pairs[row, 0].any()
        assert not pairs[row, n:].any()
    with torch.no_grad():
        again = crf.entropy(*this.batch, **options)  # of which no gradient will be asked
    torch.testing.assert_close(again, entropies.detach(), rtol=0, atol=1e-10)


@BACKEND
@CASES
@WITHIN
def test_sums_and_their_gradients_with_moves(
    backend: str, tags: int, seed: int, forbid: float, within: bool
) -> None:
    this = asked(backend, tags, seed, forbid, within=within, moved=True)
    crf, emissions, allowed, mask = this.case
    moves = this.options["moves"].requires_grad_()
    emissions.requires_grad_()
    totals = crf.log_partition(emissions, mask, **this.options)
    weights = torch.arange(1.0, 5.0, dtype=torch.float64)
    (totals * weights).sum().backward()
    partial = crf.partial_log_likelihood(emissions, allowed, mask, moves=moves)
    starts, moved, ends = np.zeros(tags), np.zeros((tags, tags)), np.zeros(tags)
    for row, n in enumerate(LENGTHS):
        total = log_sum(this.paths[row])
        assert totals[row].item() == pytest.approx(total, abs=1e-10)
        some = every_path(this.case, row, within=True, moves=moves)
        every = every_path(this.case, row, within=False, moves=moves)
        assert partial[row].item() == pytest.approx(log_sum(some) - log_sum(every), abs=1e-10)
        single, pair, _ = counted(this.paths[row], tags)
        assert emissions.grad is not None
        assert moves.grad is not None
        np.testing.assert_allclose(emissions.grad[row], single * (row + 1), atol=1e-9)
        np.testing.assert_allclose(moves.grad[row], pair * (row + 1), atol=1e-9)
        starts += single[0] * (row + 1)
        moved += pair.sum(0) * (row + 1)
        ends += single[n - 1] * (row + 1)
    for own, expected in ((crf.start, starts), (crf.transitions, moved), (crf.end, ends)):
        np.testing.assert_allclose(own.grad, expected, atol=1e-9)


@BACKEND
@CASES
@WITHIN
@MOVES
def test_single_paths(
    backend: str, tags: int, seed: int, forbid: float, within: bool, moved: bool
) -> None:
    this = asked(backend, tags, seed, forbid, within=within, moved=moved)
    crf, options = this.case.crf, this.options
    best = crf.decode(*this.batch, **options)
    some, most = (crf.decode_kbest(*this.batch, n, **options) for n in (3, 16))
    margins = crf.margin(*this.batch, **options)
    emissions, mask = this.batch
    scores = crf.score(emissions, best, mask, **options)
    likelihoods = crf.log_likelihood(emissions, best, mask, **options)
    steps = crf.path_steps(emissions, best, mask, **options)
    for row, n in enumerate(LENGTHS):
        paths = this.paths[row]
        ranked = sorted(paths.values(), reverse=True)
        ahead = ranked[0] - ranked[1] if len(ranked) > 1 else INF
        assert margins[row].item() == pytest.approx(ahead, abs=1e-10)
        path = tuple(best[row, :n].tolist())
        assert paths[path] == pytest.approx(ranked[0], abs=1e-10)
        assert not best[row, n:].any()
        assert scores[row].item() == pytest.approx(ranked[0], abs=1e-10)
        chance = ranked[0] - log_sum(paths)
        assert likelihoods[row].item() == pytest.approx(chance, abs=1e-10)
        assert steps[row, :n].log().sum().item() == pytest.approx(chance, abs=1e-9)
        for found in (some, most):
            known = min(len(ranked), found.scores.shape[1])
            np.testing.assert_allclose(found.scores[row, :known], ranked[:known], atol=1e-10)
            listed = [tuple(each[:n].tolist()) for each in found.tags[row, :known]]
            assert len(set(listed)) == known
            np.testing.assert_allclose([paths[each] for each in listed], ranked[:known])
            assert (found.scores[row, known:] == -INF).all()
            assert not found.tags[row, known:].any()
            assert not found.tags[row, :, n:].any()


@BACKEND
@WITHIN
@MOVES
def test_every_path_of_a_sentence_is_scored(backend: str, within: bool, moved: bool) -> None:
    this = asked(backend, 3, 4, 0.3, within=within, moved=moved)
    emissions, mask = this.batch
    row, n = 0, LENGTHS[0]
    every = list(itertools.product(range(3), repeat=n))
    tags = torch.zeros(len(every), max(LENGTHS), dtype=torch.int64)
    tags[:, :n] = torch.tensor(every)
    tags[:, n:] = 99  # nobody looks at padding
    some = {
        name: None if given is None else given[row].expand(len(every), *given.shape[1:])
        for name, given in this.options.items()
    }
    one = emissions[row].expand(len(every), -1, -1), tags, mask[row].expand(len(every), -1)
    scores = this.case.crf.score(*one, **some)
    likelihoods = this.case.crf.log_likelihood(*one, **some)
    paths = this.paths[row]
    for path, score, chance in zip(every, scores.tolist(), likelihoods.tolist(), strict=True):
        assert score == pytest.approx(paths.get(path, -INF), abs=1e-10)
        assert chance == pytest.approx(paths.get(path, -INF) - log_sum(paths), abs=1e-10)
    assert likelihoods.exp().sum().item() == pytest.approx(1.0)


@BACKEND
@CASES
@WITHIN
@MOVES
def test_cross_entropy_against_a_belief(
    backend: str, tags: int, seed: int, forbid: float, within: bool, moved: bool
) -> None:
    this = asked(backend, tags, seed, forbid, within=within, moved=moved)
    emissions, mask = this.batch
    rng = np.random.default_rng(seed)
    belief = torch.from_numpy(rng.dirichlet(np.ones(tags), mask.shape))
    certain = torch.nn.functional.one_hot(
        this.case.crf.decode(emissions, mask, **this.options), tags
    )
    for said in (belief, certain.double(), (belief + certain) / 2):
        said[~mask] = math.nan  # nobody looks at padding
        found = this.case.crf.belief_cross_entropy(emissions, said, mask, **this.options)
        for row, n in enumerate(LENGTHS):
            paths = this.paths[row]
            expected = 0.0
            for path in itertools.product(range(tags), repeat=n):
                weight = math.prod(said[row, t, tag].item() for t, tag in enumerate(path))
                if weight > 0.0:
                    expected -= weight * (paths.get(path, -INF) - log_sum(paths))
            assert found[row].item() == pytest.approx(expected, abs=1e-9)


@BACKEND
@CASES
@WITHIN
@pytest.mark.parametrize("moved", ["neither", "student", "teacher", "both"])
def test_kl_divergence_between_chains(
    backend: str, tags: int, seed: int, forbid: float, within: bool, moved: str
) -> None:
    this = asked(backend, tags, seed, forbid, within=within, moved=moved in ("student", "both"))
    emissions, mask = this.batch
    other = draw(seed + 10, tags=tags, lengths=LENGTHS, forbid=0.6).to(backend)
    for name in ("legal_start", "legal_moves", "legal_end"):  # the teacher's rules are stricter
        getattr(other.crf, name).logical_and_(getattr(this.case.crf, name))
    teacher = other._replace(allowed=this.case.allowed)
    taught = draw_moves(seed + 10, teacher) if moved in ("teacher", "both") else None
    emissions.requires_grad_()
    found = this.case.crf.kl_divergence(
        emissions, mask, teacher.emissions.requires_grad_(), teacher=teacher.crf,
        teacher_moves=taught, **this.options,
    )  # fmt: skip
    for row in range(len(LENGTHS)):
        own = this.paths[row]
        said = every_path(teacher, row, within=within, moves=taught)
        expected = 0.0
        for path, chance in chances(said).items():
            mine = own.get(path, -INF) - log_sum(own)
            expected += chance * (math.log(chance) - mine)
        assert found[row].item() == pytest.approx(expected, abs=1e-9)
    found[torch.isfinite(found)].sum().backward()
    assert teacher.emissions.grad is None
    assert all(own.grad is None for own in teacher.crf.parameters())
    assert emissions.grad is not None
    assert bool(torch.isfinite(emissions.grad).all())


@BACKEND
@WITHIN
@MOVES
def test_a_chain_is_its_own_best_student(backend: str, within: bool, moved: bool) -> None:
    this = asked(backend, 4, 6, 0.3, within=within, moved=moved)
    emissions, mask = this.batch
    emissions.requires_grad_()
    found = this.case.crf.kl_divergence(
        emissions, mask, emissions.detach() + 3.0, teacher_moves=this.moves, **this.options
    )
    torch.testing.assert_close(found, torch.zeros_like(found), rtol=0, atol=1e-10)
    (gradient,) = torch.autograd.grad(found.sum(), emissions)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient), rtol=0, atol=1e-10)


@BACKEND
@CASES
@WITHIN
@MOVES
def test_samples_are_what_the_uniforms_say(
    backend: str, tags: int, seed: int, forbid: float, within: bool, moved: bool
) -> None:
    """From the last token backwards: the first tag whose cumulated probability is beyond."""
    this = asked(backend, tags, seed, forbid, within=within, moved=moved)
    emissions, mask = this.batch
    found = this.case.crf.sample(
        emissions, mask, 5, generator=torch.Generator().manual_seed(seed), **this.options
    )
    uniforms = torch.rand(
        (5, *mask.shape), dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    for each, (row, n) in itertools.product(range(5), enumerate(LENGTHS)):
        left = chances(this.paths[row])
        for t in range(n - 1, -1, -1):
            mass = np.zeros(tags)
            for path, chance in left.items():
                mass[path[t]] += chance
            wanted = uniforms[each, row, t].item() * mass.sum()
            tag = int((np.cumsum(mass) > wanted).argmax())
            assert found[each, row, t].item() == tag
            left = {path: chance for path, chance in left.items() if path[t] == tag}
        assert not found[each, row, n:].any()


@BACKEND
@WITHIN
@MOVES
@pytest.mark.parametrize("at_once", [1, 100, 10_000])
def test_steps_of_any_path(
    backend: str, within: bool, moved: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chance of a tag given the one before it, whatever the tags, however many at once."""
    monkeypatch.setattr(path_scores, "_PAIRS_AT_ONCE", at_once)
    this = asked(backend, 3, 5, 0.3, within=within, moved=moved)
    emissions, mask = this.batch
    for path in itertools.product(range(3), repeat=2):
        tags = torch.tensor(path * 3)[: max(LENGTHS)].expand(len(LENGTHS), -1)
        found = this.case.crf.path_steps(emissions, tags, mask, **this.options)
        for row, n in enumerate(LENGTHS):
            weighed = chances(this.paths[row])
            for t in range(n):
                before = having(weighed, {t - 1: path[(t - 1) % 2]} if t else {})
                both = having(before, {t: path[t % 2]})
                if before:
                    expected = sum(both.values()) / sum(before.values())
                    assert found[row, t].item() == pytest.approx(expected)
            assert not found[row, n:].any()


def having(paths: Paths, tags: dict[int, int]) -> Paths:
    """The paths with some tags at some tokens."""
    return {
        path: chance
        for path, chance in paths.items()
        if all(path[t] == tag for t, tag in tags.items())
    }
