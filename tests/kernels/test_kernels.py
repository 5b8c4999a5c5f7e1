"""Compiled loops do what a line of Python does."""

from __future__ import annotations

import itertools
import re
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import texts

from weaklabel.errors import DataError, FormatError
from weaklabel.ground.arrays import load_arrays, save_arrays
from weaklabel.ground.normal import _SPELLING, DEFAULT, SPELLING_TRIGGERS, Normalisation
from weaklabel.ground.segment import sentences, tokenize
from weaklabel.kernels.batches import in_order
from weaklabel.kernels.characters import OTHER, SPACE, WORD, character_classes
from weaklabel.kernels.interning import Interner, Vocabulary, interned, look_up
from weaklabel.kernels.scanning import APOSTROPHE, JOINT, LETTER_S
from weaklabel.kernels.strings import flat
from weaklabel.kernels.words import CodeBook, normal_words
from weaklabel.text import Corpus, CorpusBuilder

# What decides where sentences end, and letters of one to four bytes.
ENDS = "aZ9é–’”𝛼 .\n?!)(\"'\t\u2028,-"
WORDS = st.lists(st.sampled_from("a al fig Fig vs pain Pain B 2 1998 e.g p53 beta µ “ DNA".split()))

WORD_FORMS = "pain Pains É naïve α alpha s S - – ' ’ oedema DNA 5-HT tumours µ".split()


def spec(text: str, title: int = -1) -> list[list[tuple[int, int]]]:
    parts = [(0, len(text))] if title < 0 else [(0, title), (title, len(text))]
    rows = [tokenize(text, a, b) for part in parts for a, b in sentences(text, *part)]
    return [row for row in rows if row]


def segmentation(corpus: Corpus, document: int) -> list[list[tuple[int, int]]]:
    a, b = corpus.sentence_splits[document : document + 2]
    return [list(corpus[int(i)].offsets) for i in range(a, b)]


def test_classes_are_those_of_re() -> None:
    classes = character_classes()
    for code in [*range(0x3000), *range(0x1D400, 0x1D800), sys.maxunicode]:
        kind = WORD if re.match(r"\w", chr(code)) else OTHER
        assert classes[code] == (SPACE if re.match(r"\s", chr(code)) else kind)


@given(st.lists(st.one_of(texts, st.text(ENDS, max_size=60)), max_size=5))
@settings(max_examples=100)
def test_tokens_and_sentences_are_those_of_the_spec(given_texts: list[str]) -> None:
    corpus = Corpus.from_texts(given_texts)
    assert [segmentation(corpus, d) for d in range(len(given_texts))] == [*map(spec, given_texts)]


@given(st.lists(st.tuples(WORDS, st.sampled_from([". ", ".", " ", ".) ", "? ", ".\n\n", "; "]))))
@settings(max_examples=30)
def test_sentence_ends_among_words_are_those_of_the_spec(
    pieces: list[tuple[list[str], str]],
) -> None:
    text = "".join(" ".join(words) + end for words, end in pieces)
    assert segmentation(Corpus.from_texts([text]), 0) == spec(text)


@given(st.text(ENDS, max_size=40), st.integers(0, 40))
def test_a_title_ends_a_sentence_wherever_it_ends(text: str, at: int) -> None:
    title = min(at, len(text))
    builder = CorpusBuilder()
    builder.add("before", "Some text. More.")
    builder.add("a", text, title=title)
    assert segmentation(builder.build(), 1) == spec(text, title)


@given(st.text(ENDS, max_size=40), st.text(ENDS, max_size=40), st.booleans())
def test_documents_that_bring_tokens_stand_among_those_that_do_not(
    ours: str, theirs: str, first: bool
) -> None:
    builder = CorpusBuilder()
    given_rows = [[(i, i + 1)] for i in range(len(theirs))]
    for name in ("a", "b") if first else ("b", "a"):
        if name == "a":
            builder.add(name, ours)
        else:
            builder.add(name, theirs, tokens=given_rows)
    corpus = builder.build()
    rows = corpus.document_rows
    assert segmentation(corpus, rows["a"]) == spec(ours)
    assert segmentation(corpus, rows["b"]) == given_rows
    words = [sentence.words for sentence in corpus]
    ids, known = corpus.interned
    assert [known[i] for i in ids] == [word for row in words for word in row]


def test_many_batches_are_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [f"Text {i} has 𝛼 and É. It ends with word{i % 7}." for i in range(40)]
    whole = Corpus.from_texts(some)
    monkeypatch.setattr("weaklabel.kernels.documents.BATCH", 64)
    parts = Corpus.from_texts(some)
    assert parts.fingerprint == whole.fingerprint
    assert parts.interned.words == whole.interned.words
    assert (parts.interned.ids == whole.interned.ids).all()
    monkeypatch.setenv("WEAKLABEL_THREADS", "3")
    assert Corpus.from_texts(some).fingerprint == whole.fingerprint


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(DataError, match="half a surrogate pair at 3"):
        Corpus.from_texts(["abc\ud800"])


@given(st.lists(st.text("ab\x00é𝛼", max_size=20), max_size=30))
def test_interning_is_a_dictionary(strings: list[str]) -> None:
    data, splits = flat(strings)
    half = len(strings) // 2
    grows = Interner()
    grows.ids(data, splits[:half], splits[1 : half + 1])
    ids = grows.ids(data, splits[:-1], splits[1:])
    known = grows.vocabulary()
    table: dict[str, int] = {}
    assert ids.tolist() == [table.setdefault(s, len(table)) for s in strings]
    assert known.strings() == list(table)
    for string in [*strings, "never"]:
        assert known.find(string) == table.get(string, -1)
    assert look_up(data, splits[:-1], splits[1:], *known).tolist() == ids.tolist()


def test_interning_grows_past_every_table() -> None:
    strings = [f"{i:x}{'y' * (i % 13)}" for i in range(40_000)] * 2
    data, splits = flat(strings)
    ids, known = interned(data, splits[:-1], splits[1:])
    assert ids.tolist() == [*range(40_000)] * 2
    assert known.strings() == strings[:40_000]
    assert known.string(39_999) == strings[39_999]


STEPS = ("accents", "greek", "case", "spelling", "plural")


@given(
    st.lists(st.one_of(
        st.text("aeiosuxzchygAEIOSUXZCHYG9é", min_size=1, max_size=9),
        st.sampled_from("tumours anaemias RCCs DNAs 5HTs ties cases axes Βeta β ½ grey".split()),
        st.sampled_from([british.strip("^$") for british in _SPELLING]),
    ), max_size=20),
    st.sets(st.sampled_from(STEPS)),
)  # fmt: skip
@settings(max_examples=100)
def test_compiled_normal_forms_are_those_of_the_chain(words: list[str], steps: set[str]) -> None:
    chain = Normalisation.only(*steps)
    data, splits = flat(list(dict.fromkeys(words)))
    _, known = interned(data, splits[:-1], splits[1:])
    forms, bounds = normal_words(known, chain)
    raw, at = forms.tobytes(), bounds.tolist()
    made = [raw[a:b].decode() for a, b in itertools.pairwise(at)]
    assert made == [chain.token(word) for word in known.strings()]


def test_each_spelling_rule_has_its_trigger() -> None:
    for british in _SPELLING:
        assert any(trigger in british for trigger in SPELLING_TRIGGERS), british


def test_work_is_handed_back_in_order() -> None:
    assert list(in_order(lambda n: n * n, list(range(50)), 3)) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda n: 1 // n, [1, 0, 1], 2))


def test_arrays_come_back_mapped(tmp_path) -> None:
    path = tmp_path / "x"
    arrays = {"a": np.arange(5, dtype=np.int64), "b": np.zeros((2, 3), np.uint8)}
    save_arrays(path, arrays, {"k": [1, "é"]})
    again, about = load_arrays(path)
    assert about == {"k": [1, "é"]}
    assert all((again[name] == array).all() for name, array in arrays.items())
    assert again["b"].shape == (2, 3)
    raw = path.read_bytes()
    for broken in (b"", raw[:7], raw[: len(raw) - 4], b"x" * 100):
        path.write_bytes(broken)
        with pytest.raises(FormatError, match="not a file of arrays"):
            load_arrays(path)
    with pytest.raises(FormatError, match="no such file"):
        load_arrays(tmp_path / "none")


@given(
    st.lists(st.lists(st.sampled_from(WORD_FORMS), max_size=8), max_size=5),
    st.lists(st.sampled_from(WORD_FORMS), max_size=6),
)
def test_codes_do_not_depend_on_the_batches_words_come_in(
    batches: list[list[str]], names: list[str]
) -> None:
    known = vocabulary_of([DEFAULT.token(name) for name in names])
    book = CodeBook(known, DEFAULT)
    joints = {"-": JOINT, "–": JOINT, "'": APOSTROPHE, "’": APOSTROPHE}
    for batch in batches:
        words = vocabulary_of(batch)
        for word, code in zip(words.strings(), book.codes(words).tolist(), strict=True):
            listed = known.find(DEFAULT.token(word)) + 1
            expected = listed + LETTER_S if word in ("s", "S") else joints.get(word, listed)
            assert code == expected, word


def vocabulary_of(strings: list[str]) -> Vocabulary:
    data, splits = flat(strings)
    return interned(data, splits[:-1], splits[1:])[1]
