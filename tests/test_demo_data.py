"""The bundled demo data: offsets, counts, dictionary share, and no repeated text."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import combinations
from typing import NamedTuple

import pytest

from weaklabel.demo import paths

MAX_SHARED_SIXGRAMS = 1


class Mention(NamedTuple):
    start: int
    end: int
    text: str
    type: str
    concept: str


class Doc(NamedTuple):
    title: str
    abstract: str
    mentions: list[Mention]

    @property
    def text(self) -> str:
        return f"{self.title} {self.abstract}"


def read_pubtator(key: str) -> dict[str, Doc]:
    docs: dict[str, Doc] = {}
    blocks = paths()[key].read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    for block in blocks:
        title, abstract, *lines = block.split("\n")
        doc_id, kind, title_text = title.split("|", 2)
        assert kind == "t"
        other_id, kind, abstract_text = abstract.split("|", 2)
        assert (other_id, kind) == (doc_id, "a")
        assert doc_id not in docs
        mentions = []
        for line in lines:
            owner, start, end, text, type_, concept = line.split("\t")
            assert owner == doc_id
            mentions.append(Mention(int(start), int(end), text, type_, concept))
        docs[doc_id] = Doc(title_text, abstract_text, mentions)
    return docs


def norm(name: str) -> str:
    """Lower-case a name and drop a plural s (not from short names such as AIDS)."""
    name = name.lower()
    plural = name.endswith("s") and not name.endswith("ss") and len(name) > 4
    return name[:-1] if plural else name


@pytest.fixture(scope="module")
def corpus() -> dict[str, Doc]:
    return read_pubtator("corpus")


@pytest.fixture(scope="module")
def dev() -> dict[str, Doc]:
    return read_pubtator("dev")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with paths()["dictionary"].open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle, delimiter="\t")
        assert reader.fieldnames == ["type", "name", "ids"]
        return list(reader)


def test_counts(corpus: dict[str, Doc], dev: dict[str, Doc]) -> None:
    assert len(corpus) >= 40
    assert not any(doc.mentions for doc in corpus.values())
    assert len(dev) >= 20
    assert all(doc.mentions for doc in dev.values())
    types = Counter(m.type for doc in dev.values() for m in doc.mentions)
    assert set(types) == {"Disease", "Chemical"}
    assert sum(types.values()) >= 250
    assert min(types.values()) >= 100
    for doc in [*corpus.values(), *dev.values()]:
        assert 90 <= len(doc.text.split()) <= 180


def test_offsets_cut_their_mentions(dev: dict[str, Doc]) -> None:
    for doc_id, doc in dev.items():
        for m in doc.mentions:
            assert doc.text[m.start : m.end] == m.text, (doc_id, m)
            assert m.text == m.text.strip() != ""
            assert not (m.start < len(doc.title) < m.end), (doc_id, m)
            assert not re.match(r"\w\w", doc.text[m.start - 1 : m.start + 1] if m.start else "")
            assert not re.match(r"\w\w", doc.text[m.end - 1 : m.end + 1]), (doc_id, m)


def test_mentions_do_not_overlap(dev: dict[str, Doc]) -> None:
    for doc_id, doc in dev.items():
        ends = 0
        for m in sorted(doc.mentions):
            assert m.start >= ends, (doc_id, m)
            ends = m.end


def test_dictionary(rows: list[dict[str, str]]) -> None:
    assert 350 <= len(rows) <= 500
    assert len({(r["type"], r["name"].lower()) for r in rows}) == len(rows)
    for r in rows:
        assert r["name"] == r["name"].strip() != ""
        assert re.fullmatch(f"WL:{r['type'][0]}\\d{{4}}", r["ids"]), r
    assert {r["type"] for r in rows} == {"Disease", "Chemical"}


def test_share_in_dictionary_and_concepts(dev: dict[str, Doc], rows: list[dict[str, str]]) -> None:
    ids = {(r["type"], norm(r["name"])): r["ids"] for r in rows}
    mentions = [m for doc in dev.values() for m in doc.mentions]
    for m in mentions:
        assert m.concept == ids.get((m.type, norm(m.text)), "-"), m
    share = sum(m.concept != "-" for m in mentions) / len(mentions)
    assert 0.60 <= share <= 0.75


def test_no_sentence_twice(corpus: dict[str, Doc], dev: dict[str, Doc]) -> None:
    seen: Counter[str] = Counter()
    for doc in [*corpus.values(), *dev.values()]:
        for part in [doc.title, *re.split(r"(?<=[.?!])\s+", doc.abstract)]:
            seen[" ".join(re.findall(r"\w+", part.lower()))] += 1
    assert [s for s, n in seen.items() if n > 1] == []


def test_no_document_in_both_files(corpus: dict[str, Doc], dev: dict[str, Doc]) -> None:
    assert not set(corpus) & set(dev)
    for field in ("title", "abstract", "text"):
        left = {getattr(d, field).lower() for d in corpus.values()}
        assert left.isdisjoint(getattr(d, field).lower() for d in dev.values())


def test_documents_are_not_built_from_templates(
    corpus: dict[str, Doc], dev: dict[str, Doc]
) -> None:
    grams = {}
    for doc_id, doc in {**corpus, **dev}.items():
        words = re.findall(r"\w+", doc.text.lower())
        grams[doc_id] = {tuple(words[i : i + 6]) for i in range(len(words) - 5)}
    shared = {(a, b): grams[a] & grams[b] for a, b in combinations(grams, 2)}
    assert {k: v for k, v in shared.items() if len(v) > MAX_SHARED_SIXGRAMS} == {}


def test_traps_occur_as_words(corpus: dict[str, Doc], dev: dict[str, Doc]) -> None:
    """Ambiguous words occur in dev both inside and outside of mentions."""
    inside: set[str] = set()
    outside: set[str] = set()
    for doc in dev.values():
        covered = {i for m in doc.mentions for i in range(m.start, m.end)}
        for match in re.finditer(r"\w+", doc.text):
            (inside if match.start() in covered else outside).add(match.group().lower())
    words = {"lead", "cold", "depression", "ice", "gold", "iron", "speed", "aids", "ms", "rash"}
    assert words <= inside & outside
