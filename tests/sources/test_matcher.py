"""The compiled matcher finds what a search over all names and places finds."""

from __future__ import annotations

import importlib.util
import itertools
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weaklabel.errors import FormatError
from weaklabel.ground.normal import DEFAULT, Normalisation, inverted, is_acronym
from weaklabel.ground.segment import TOKEN
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary.compilation import CompiledLexicon
from weaklabel.sources.dictionary.matcher import Matcher, Mode
from weaklabel.sources.dictionary.meanings import fitting_rows, meanings_of
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.text import UNKNOWN, Corpus, CorpusBuilder, Sentence
from weaklabel.votes import Votes

# Few letters, so that names meet, nest and overlap; capitals, joints, plurals and possessives.
PARTS = ["a", "b", "as", "A", "AB", "Abs", "ab", "c9", "é", "s", "S", "α", "'", "-", ",", "aemia"]
NAME = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda glue: glue.join(parts))
)
TEXT = st.lists(st.sampled_from([*PARTS, ".", " ", "x"]), max_size=14).map(" ".join)
MODES: tuple[Mode, ...] = ("longest", "all", "segmentation")
CHAINS = st.sampled_from([DEFAULT, Normalisation.only("case"), Normalisation.only()])


def compiled(names: list[str], chain: Normalisation = DEFAULT) -> CompiledLexicon:
    return CompiledLexicon.of_names(names, [("X",)] * len(names), [()] * len(names), chain)


def written_alike(name: str, words: list[str], chain: Normalisation) -> bool:
    if not (chain.short_forms and is_acronym(name)):
        return True
    surface = "".join(words)
    return surface == name or (surface == name + "s" and len(name) > 1)


def counting(words: list[str], chain: Normalisation) -> list[int]:
    """The tokens that count inside a name."""
    if not chain.joints:
        return list(range(len(words)))
    return [
        i
        for i, word in enumerate(words)
        if word not in "-‐‑‒–—−'’`´"
        and not (word in ("s", "S") and i > 0 and words[i - 1] in "'’`´")
    ]


def everywhere(
    names: list[str], sentence: Sentence, chain: Normalisation
) -> dict[tuple[int, int], set[int]]:
    """Every range of a sentence that a name fits → the rows of those names."""
    words = sentence.words
    places = counting(words, chain)
    found: dict[tuple[int, int], set[int]] = {}
    for i, j in itertools.combinations(range(len(places) + 1), 2):
        start, end = places[i], places[j - 1] + 1
        key = tuple(chain.token(words[p]) for p in places[i:j])
        for row, name in enumerate(names):
            forms = {chain.key(name)}
            if chain.inversion and ", " in name:
                forms.add(chain.key(inverted(name)))
            if key in forms and written_alike(name, words[start:end], chain):
                found.setdefault((start, end), set()).add(row)
    return found


def found_by(matcher: Matcher, corpus: Corpus) -> list[tuple[int, int, tuple[int, ...]]]:
    found = matcher.matches(corpus)
    splits, fitting = fitting_rows(matcher.lexicon, found.group.astype(np.int64), found.fitting)
    rows = [tuple(sorted(fitting[a:b].tolist())) for a, b in itertools.pairwise(splits.tolist())]
    return list(zip(found.start.tolist(), found.end.tolist(), rows, strict=True))


def by_hand(
    names: list[str], corpus: Corpus, mode: Mode, chain: Normalisation
) -> list[tuple[int, int, tuple[int, ...]]]:
    made = []
    for sentence in corpus:
        base = int(corpus.token_splits[sentence.index])
        fits = everywhere(names, sentence, chain)
        if mode == "all":
            chosen = sorted(fits)
        elif mode == "longest":
            chosen, free = [], 0
            for start in range(len(sentence)):
                ends = [end for a, end in fits if a == start]
                if ends and start >= free:
                    free = max(ends)
                    chosen.append((start, free))
        else:
            chosen = best_tiling(fits, counting(sentence.words, chain))
        made += [(base + a, base + b, tuple(sorted(fits[a, b]))) for a, b in chosen]
    return made


def best_tiling(fits: dict[tuple[int, int], set[int]], places: list[int]) -> list[tuple[int, int]]:
    """Of all tilings one with the highest sum of squares; of equal ones the first tried."""
    at = {place: i for i, place in enumerate(places)}
    spans = [(at[a], at[b - 1] + 1, (a, b)) for a, b in fits if a in at and b - 1 in at]

    @cache
    def best(n: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        if n == 0:
            return 0, ()
        options = []
        for i in range(n):  # in the order in which they are tried: by where the last step begins
            score, tiles = best(i)
            if i == n - 1:
                options.append((score, tiles))
            for a, b, span in spans:
                if a == i and b == n:
                    options.append((score + (b - a) ** 2, (*tiles, span)))
        return max(options, key=lambda option: option[0])  # the first of equal ones

    return list(best(len(places))[1])


@pytest.mark.parametrize("mode", MODES)
@given(st.lists(NAME, min_size=1, max_size=8), st.lists(TEXT, min_size=1, max_size=3), CHAINS)
@settings(max_examples=40)
def test_matches_are_those_of_a_search_over_everything(
    mode: Mode, names: list[str], texts: list[str], chain: Normalisation
) -> None:
    names = list(dict.fromkeys(names))
    corpus = Corpus.from_texts(texts)
    matcher = Matcher(compiled(names, chain), mode)
    assert found_by(matcher, corpus) == by_hand(names, corpus, mode, chain)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_ten_thousand_random_cases(mode: Mode) -> None:
    """A third of them in each mode."""
    rng = np.random.default_rng(MODES.index(mode))
    for _ in range(3_400):
        names = list(dict.fromkeys(_random(rng, 4) for _ in range(rng.integers(1, 8))))
        corpus = Corpus.from_texts([_random(rng, 12) for _ in range(rng.integers(1, 3))])
        chain = DEFAULT if rng.random() < 0.7 else Normalisation.only("case")
        matcher = Matcher(compiled(names, chain), mode)
        assert found_by(matcher, corpus) == by_hand(names, corpus, mode, chain), (names, chain)


def _random(rng: np.random.Generator, most: int) -> str:
    glue = " " if rng.random() < 0.8 else ""
    return glue.join(rng.choice(PARTS, rng.integers(1, most + 1)))


@given(st.lists(NAME, min_size=1, max_size=6), TEXT)
def test_offsets_cut_the_text_to_the_name_up_to_normalisation(names: list[str], text: str) -> None:
    names = list(dict.fromkeys(names))
    corpus = Corpus.from_texts([text])
    for start, end, rows in found_by(Matcher(compiled(names), "all"), corpus):
        cut = text[corpus.token_start[start] : corpus.token_end[end - 1]]
        for row in rows:
            assert DEFAULT.key(cut) in (DEFAULT.key(names[row]), DEFAULT.key(inverted(names[row])))


def test_the_compiled_scan_is_the_plain_one() -> None:
    names = ["acute renal failure", "renal failure", "diabetes, type 2", "MS", "5-HT", "Still's"]
    index = NameIndex(Lexicon.of(Term(name, ("X",)) for name in names))
    corpus = Corpus.from_texts(
        ["Acute renal failures, MS, ms, MSs; type 2 diabetes and 5 -HT in Still disease." * 3]
    )
    plain = [
        (int(corpus.token_splits[s.index]) + m.start, int(corpus.token_splits[s.index]) + m.end)
        for s in corpus
        for m in index.matches(s.words)
    ]
    found = Matcher(index.compiled).matches(corpus)
    assert list(zip(found.start.tolist(), found.end.tolist(), strict=True)) == plain
    assert plain


@pytest.mark.parametrize("mode", MODES)
def test_batches_threads_and_interning_change_nothing(
    mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"Pain {i}, É pain and α-pain. The MS of pain pain-{i}." for i in range(60)]
    corpus = Corpus.from_texts(texts)
    matcher = Matcher(compiled(["pain", "α-pain", "pain pain", "MS", "É pain"]), mode)
    whole = matcher.matches(corpus)
    assert len(whole.start) > 200
    monkeypatch.setattr("weaklabel.sources.dictionary.matcher.BATCH_TOKENS", 50)
    monkeypatch.setattr("weaklabel.kernels.documents.BATCH", 300)
    for known in ("by batches", "as a whole", "not at all"):
        corpus = Corpus.from_texts(texts)
        assert len(corpus.worded) == 2
        if known == "as a whole":
            assert corpus.interned.words[:2] == ("Pain", "0")
            assert not corpus.worded
        elif known == "not at all":
            del corpus.__dict__["worded"]
        for threads in (1, 3):
            parts = matcher.matches(corpus, threads=threads)
            assert all((a == b).all() for a, b in zip(whole, parts, strict=True))


def test_a_saved_lexicon_finds_the_same(tmp_path: Path) -> None:
    lexicon = Lexicon.of(
        [
            Term("Cold", ("Disease",), ("m:1", "d:2")),
            Term("cold", ("Chemical",), ("c:é",)),
            Term("MS", ("Disease",)),
            Term("common cold", ("Disease",), ("m:3",)),
        ]
    )
    made = CompiledLexicon.of(lexicon)
    made.save(tmp_path / "names")
    again = CompiledLexicon.load(tmp_path / "names")
    corpus = Corpus.from_texts(["A common cold, colds, Ms and MS."])
    assert found_by(Matcher(again), corpus) == found_by(Matcher(made), corpus)
    assert [again.types(row) for row in range(4)] == [term.types for term in lexicon.terms]
    assert again.concepts(range(4)) == [term.concepts for term in lexicon.terms]
    assert again.forms(range(4)) == ["cold", "cold", "ms", "common cold"]
    assert again.key == made.key != CompiledLexicon.of(lexicon, Normalisation.only("case")).key
    assert isinstance(again.names.keys.base, np.memmap | np.ndarray)
    assert not again.names.keys.flags.writeable
    (tmp_path / "names").write_bytes(b"PAR1")
    with pytest.raises(FormatError, match="not a file of arrays"):
        CompiledLexicon.load(tmp_path / "names")


def votes_on(terms: list[Term], text: str, mode: Mode = "longest") -> Votes:
    index = NameIndex(Lexicon.of(terms))
    return DictionarySource(index, mode=mode).label(Corpus.from_texts([text]))


def test_ambiguous_and_overlapping_names_keep_all_types_and_ids() -> None:
    terms = [
        Term("cold", ("Disease",), ("d:1",)),
        Term("Cold", ("Chemical", "Disease"), ("c:1",)),
        Term("common cold", ("Disease",), ("d:2",)),
    ]
    rows = votes_on(terms, "common cold", "all").rows()
    said = {(r.start, r.end, r.label, r.entry, r.concepts) for r in rows}
    assert said == {
        (0, 2, "Disease", "Disease:common cold", ("d:2",)),
        (1, 2, "Disease", "Disease:cold", ("d:1", "c:1")),
        (1, 2, "Chemical", "Chemical:cold", ("c:1",)),
    }


def test_a_phrase_of_no_type_speaks_only_where_no_name_does() -> None:
    terms = [Term("pain", (UNKNOWN,)), Term("Pain", ("Disease",)), Term("gate", (UNKNOWN,))]
    rows = votes_on(terms, "pain gate").rows()
    assert [(r.start, r.label) for r in rows] == [(0, "Disease"), (1, UNKNOWN)]


def test_more_short_forms_than_bits_are_told_apart() -> None:
    forms = ["".join(p) for p in itertools.product("aA", "bB", "cC", "dD", "eE", "fF", "gG")]
    names = [form for form in forms if is_acronym(form)]
    assert len(names) > 64
    corpus = Corpus.from_texts([" ".join(names)])
    for (_, _, rows), name in zip(found_by(Matcher(compiled(names)), corpus), names, strict=True):
        assert names.index(name) in rows


@pytest.mark.parametrize(
    "name",
    ["a", "7", "-", "'s", "x\x00y", "tab\tname", "חום גבוה", "أسبرين", "e\u0301", "😀", "w " * 500],
)
def test_odd_names_are_found_where_they_stand(name: str) -> None:
    corpus = Corpus.from_texts([f"Before {name} after.", "nothing here"])
    found = found_by(Matcher(compiled([name])), corpus)
    counts = bool(DEFAULT.key(name))
    assert len(found) == counts
    if counts:
        start, end, _ = found[0]
        cut = corpus.document_text(0)[corpus.token_start[start] : corpus.token_end[end - 1]]
        assert DEFAULT.key(cut) == DEFAULT.key(name)


def test_no_names_and_no_text() -> None:
    assert found_by(Matcher(compiled([])), Corpus.from_texts(["some text"])) == []
    assert found_by(Matcher(compiled(["-", "'"] * 500)), Corpus.from_texts(["- text"])) == []
    assert found_by(Matcher(compiled(["pain"])), Corpus.from_texts([])) == []
    assert found_by(Matcher(compiled(["pain"]), "segmentation"), Corpus.from_texts([""])) == []


# ---- against the written specification of AutoNER's matcher ---------------------------------
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.slow
@pytest.mark.parametrize("phrases", ["none", "tenth"])
def test_segmentation_is_autoners(shared_data: Path, tmp_path: Path, phrases: str) -> None:
    """On the whole of BC5CDR's raw text: no phrase list, and a random tenth of names as one."""
    oracle = _oracle(shared_data.parent / "oracles/autoner_match.py")
    core = (shared_data / "bc5cdr/dict_core.tsv").read_text(encoding="utf-8").splitlines()
    rng = np.random.default_rng(0)
    moved = rng.random(len(core)) < (0.1 if phrases == "tenth" else 0)
    kept = [line for line, out in zip(core, moved, strict=True) if not out]
    untyped = [line.split("\t")[1] for line, out in zip(core, moved, strict=True) if out]
    files = [tmp_path / name for name in ("core", "full", "stop")]
    for file, lines in zip(files, (kept, untyped, []), strict=True):
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    raw = (shared_data / "bc5cdr/autoner_raw_text_nontest.txt").read_text(encoding="utf-8")
    tokens = [line or "\n" for line in raw.removesuffix("\n").split("\n")]
    segments = oracle.segment(tokens, oracle.load(*files))
    wanted = [(a, b, _said(types)) for a, b, types in segments if types is not None]
    wanted = [(a, b, t) for a, b, t in wanted if not (b == a + 1 and tokens[a] in oracle.PUNCT)]

    terms = [Term(line.split("\t")[1], tuple(line.split("\t")[0].split(","))) for line in kept]
    terms += [Term(phrase, (UNKNOWN,)) for phrase in untyped]
    lexicon = Lexicon.of(
        Term(" ".join(map(_word, variant.split(" "))), term.types)
        for term in terms
        for variant in (term.name, _upper(term.name), _lower(term.name))
    )
    places = [line for line, token in enumerate(tokens) if token != "\n"]
    made = CompiledLexicon.of(lexicon, Normalisation.only())
    found = Matcher(made, "segmentation").matches(_corpus_of(tokens))
    meanings = meanings_of(made, found.group.astype(np.int64), found.fitting)
    got = [
        (places[a], places[b - 1] + 1, tuple(label for label, *_ in meanings.of(i)))
        for i, (a, b) in enumerate(zip(found.start.tolist(), found.end.tolist(), strict=True))
    ]
    got = [(a, b, t) for a, b, t in got if not (b == a + 1 and tokens[a] in oracle.PUNCT)]
    assert len(tokens) > 235_000
    assert len(got) > 10_000
    assert got == wanted


def _oracle(path: Path) -> Any:
    if not path.is_file():
        pytest.skip(f"no oracle at {path}")
    spec = importlib.util.spec_from_file_location("autoner_match", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _said(types: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(UNKNOWN if kind == "UNK" else kind for kind in types))


def _upper(name: str) -> str:
    return "".join(c.upper() if c.isascii() else c for c in name)


def _lower(name: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in name)


def _word(token: str) -> str:
    """A token of any characters as one word of ours, no two alike."""
    return "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in token)


def _corpus_of(tokens: list[str]) -> Corpus:
    """Tokens, sentences ended by line ends, as a corpus of the same tokens."""
    builder = CorpusBuilder()
    sentences = "\x00".join(map(_word_or_end, tokens)).split("\x00\n\x00")
    for n, sentence in enumerate(sentences):
        words = [word for word in sentence.split("\x00") if word not in ("", "\n")]
        text = " ".join(words)
        builder.add(str(n), text, tokens=[[m.span() for m in TOKEN.finditer(text)]])
    return builder.build()


def _word_or_end(token: str) -> str:
    return token if token == "\n" else _word(token)
