"""The network: legal spans with their probabilities, the folder it is kept in."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made import TINY, TYPES, made_corpus, made_network, made_votes

from weaklabel.errors import DataError, FormatError
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.nn.network import Network
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.text import Annotations, Corpus
from weaklabel.votes import Votes


def shaken(corpus: Corpus, votes: Votes, style: TagStyle = TagStyle.BIOES) -> Network:
    """A network with large random scores, so that it tags much and at random."""
    network = made_network(corpus, votes, replace(TINY, tag_style=style))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        network.head.scores.weight.normal_(std=3.0, generator=generator)
        network.head.crf.transitions.normal_(generator=generator)
    return network


def rows(annotations: Annotations) -> list[tuple[object, ...]]:
    return [tuple(row) for row in annotations]


@pytest.mark.parametrize("style", list(TagStyle))
def test_spans_lie_on_tokens_and_do_not_overlap(style: TagStyle) -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    found = shaken(corpus, votes, style).predict(corpus, votes)
    assert len(found) > 20
    assert set(found.labels) <= set(TYPES)
    assert ((found.score > 0) & (found.score <= 1)).all()
    for document in range(corpus.n_documents):
        own = found.of_document(document)
        assert all(a.end <= b.start for a, b in itertools.pairwise(own))
        tokens = slice(*corpus.token_splits[corpus.sentence_splits[document : document + 2]])
        assert {row.start for row in own} <= set(corpus.token_start[tokens].tolist())
        assert {row.end for row in own} <= set(corpus.token_end[tokens].tolist())


def test_batches_change_nothing() -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = shaken(corpus, votes)
    one, other = (network.predict(corpus, votes, batch_tokens=n) for n in (1, 500))
    assert one.keys() == other.keys()
    np.testing.assert_allclose(one.score, other.score, atol=1e-5)


def test_a_spans_score_is_its_probability() -> None:
    corpus = Corpus.from_texts(["aspirin caused severe gastritis today"])
    votes = made_votes(corpus)
    network = shaken(corpus, votes)
    encoded = network.encode(corpus, votes)
    found = network.predict(corpus, votes)
    assert len(found)
    belief = network.belief(encoded)
    np.testing.assert_allclose(belief.sum(1), 1, atol=1e-5)
    free = network.scheme
    for row in found:
        first = corpus.token_start.tolist().index(row.start)
        last = corpus.token_end.tolist().index(row.end)
        limit = np.ones((corpus.n_tokens, len(free)), np.bool_)
        tags = free.span_tags(last - first + 1, row.label)
        limit[first : last + 1] = np.eye(len(free), dtype=np.bool_)[tags]
        batch = network.batch(encoded, np.array([0]))
        nll = network.loss(batch, Target(torch.from_numpy(limit)[None]))
        assert row.score == pytest.approx(float(torch.exp(-nll.detach())[0]), abs=1e-4)


def test_votes_on_another_corpus_are_refused() -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    with pytest.raises(DataError, match="votes about 48 sentences do not fit a corpus of 1"):
        made_network(corpus, votes).predict(Corpus.from_texts(["Aspirin."]), votes)


def test_the_seed_fixes_the_first_weights_and_leaves_torch_alone() -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    before = torch.get_rng_state()
    one, same, other = (made_network(corpus, votes, seed=s) for s in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    weights = [torch.cat([p.flatten() for p in t.parameters()]) for t in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_odd_texts_are_tagged() -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = shaken(corpus, votes)
    odd = Corpus.from_texts(["", "a " * 10_000, "😀 𝛼 e\u0301\u200b", "x" * 5_000])
    found = network.predict(odd, Votes.of([], n_sentences=len(odd)))
    assert (found.end <= np.array([0, 20_000, 7, 5_000])[found.document]).all()
    empty = Corpus.from_texts([])
    assert len(network.predict(empty, Votes.of([], n_sentences=0))) == 0


# ---- disk ---------------------------------------------------------------------------------------
def test_a_saved_network_predicts_the_same(tmp_path: Path) -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = shaken(corpus, votes)
    network.prior = {"O": 1.0}
    network.save_pretrained(tmp_path / "model", about={"seed": 0})
    assert sorted(p.name for p in (tmp_path / "model").iterdir()) == [
        "config.json", "model.safetensors", "tags.json",
    ]  # fmt: skip
    again = Network.from_pretrained(tmp_path / "model")
    assert again.plan == network.plan
    assert again.prior == {"O": 1.0}
    new = made_corpus(seed=5)
    assert rows(again.predict(new, made_votes(new))) == rows(network.predict(new, made_votes(new)))
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["version"] == 2
    assert config["about"] == {"seed": 0}


def test_a_network_is_told_by_its_weights(tmp_path: Path) -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = shaken(corpus, votes)
    before = fingerprint(network)
    network.predict(corpus, votes)
    assert fingerprint(network) == before
    network.save_pretrained(tmp_path)
    assert fingerprint(Network.from_pretrained(tmp_path)) == before
    with torch.no_grad():
        network.heed[0] += 1
    assert fingerprint(network) != before


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    corpus = made_corpus()
    for name in "ab":
        shaken(corpus, made_votes(corpus)).save_pretrained(tmp_path / name)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def _saved(folder: Path) -> Path:
    corpus = made_corpus()
    made_network(corpus, made_votes(corpus)).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("name", ["config.json", "tags.json", "model.safetensors"])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    folder = _saved(tmp_path)
    (folder / name).write_bytes(b"{")
    with pytest.raises(FormatError, match=name):
        Network.from_pretrained(folder)
    (folder / name).unlink()
    with pytest.raises(FormatError, match=name):
        Network.from_pretrained(folder)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"version": 2', '"version": 99', "version 99 cannot be read.*a later weaklabel wrote it"),
        ('"version": 2', '"version": 1', "version 1 cannot be read, only version 2: train it"),
        ('"weaklabel.tagger"', '"other"', "expected a weaklabel.tagger, got 'other'"),
        ('"bilstm"', '"cnn"', "no encoder of kind 'cnn'.*Is the package that brings it installed"),
    ],
)
def test_what_this_weaklabel_cannot_read_is_refused(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    path = _saved(tmp_path) / "config.json"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(FormatError, match=told):
        Network.from_pretrained(tmp_path)


def test_loading_leaves_torchs_randomness_alone(tmp_path: Path) -> None:
    folder = _saved(tmp_path)
    before = torch.get_rng_state()
    Network.from_pretrained(folder)
    assert torch.equal(before, torch.get_rng_state())


def test_a_network_without_vectors_or_votes() -> None:
    corpus = made_corpus()
    silent = Votes.of([], n_sentences=len(corpus))
    network = Network.build(TagScheme(TYPES), corpus, silent, TINY, None, seed=0)
    assert len(network.channels) == 0
    with torch.no_grad():
        network.head.scores.bias[network.scheme.tag("S", "Disease")] = 100.0
    found = network.predict(corpus, silent)
    assert [row[1:3] for row in rows(found)] == [
        (start, end) for start, end in zip(corpus.token_start, corpus.token_end, strict=True)
    ]
    assert set(found.labels) == {"Disease"}


@pytest.mark.gpu
def test_cuda_predicts_what_the_cpu_predicts() -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = shaken(corpus, votes)
    here = network.predict(corpus, votes)
    there = network.predict(corpus, votes, device="cuda")
    assert here.keys() == there.keys()
    np.testing.assert_allclose(here.score, there.score, atol=1e-4)
