"""Fuzzy matching equals comparing every stretch of text with every name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weaklabel.errors import ConfigError
from weaklabel.ground.normal import is_acronym, is_possessive, is_skipped, normal_key, normal_token
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.fuzzy import FuzzyIndex, FuzzyRules, FuzzySource, compatible
from weaklabel.text import Corpus, Sentence


def edits(a: str, b: str) -> int:
    """The Levenshtein distance, by its recurrence."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


WORDS = st.text(alphabet="ab", min_size=1, max_size=12)
KEYS = st.lists(WORDS | st.sampled_from(["2", "b12"]), min_size=1, max_size=3).map(tuple)


@given(st.lists(KEYS, max_size=12), KEYS, st.sampled_from([0.7, 0.75, 0.8, 0.9, 0.95, 1.0]))
def test_the_index_finds_what_comparing_with_all_finds(
    names: list[tuple[str, ...]], asked: tuple[str, ...], threshold: float
) -> None:
    text = " ".join(asked)
    best = None
    for key in sorted(set(names)):
        name = " ".join(key)
        size = max(len(name), len(text))
        similarity = 1 - edits(text, name) / size
        alike = similarity > threshold - 1e-9 and (key == asked or compatible(asked, key))
        if alike and (best is None or similarity > best[1]):
            best = (key, similarity)
    found = FuzzyIndex(names, threshold=threshold).best(asked)
    assert (None if found is None else tuple(found)) == best


NAMES = [
    "ebv infection", "orthostatic hypotension", "hypotension", "renal failure", "aminophylline",
    "vitamin B12", "interleukin 2", "renal tubular acidosis", "Alzheimer disease", "beta-blocker",
]  # fmt: skip
LEXICON = Lexicon.of(
    [Term(name, ("Disease",), (f"T:{i}",)) for i, name in enumerate(NAMES)]
    + [Term("hydrocortisone", ("Chemical",)), Term("hydrocortisones", ("Drug",)),
       Term("ACTHRELX", ("Chemical",)), Term("123456789", ("Chemical",))]
)  # fmt: skip


def brute_force(sentence: Sentence, source: FuzzySource) -> list[tuple[int, int, float]]:
    """All windows of counted tokens against all names; the best that do not overlap."""
    words, rules = sentence.words, source.rules
    counted = [i for i, w in enumerate(words) if not is_skipped(w) and not is_possessive(words, i)]
    names = sorted({normal_key(term.name) for term in source.lexicon if not is_acronym(term.name)})
    found = []
    for a in range(len(counted)):
        for b in range(a + 1, min(a + rules.max_tokens + 2, len(counted) + 1)):
            key = tuple(normal_token(words[i]) for i in counted[a:b])
            text = " ".join(key)
            if not (text[0].isalnum() and text[-1].isalnum()):
                continue
            scores = [
                (1 - edits(text, name) / max(len(text), len(name)), len(name), name)
                for other in names
                if len(name := " ".join(other)) >= rules.min_characters
                and any(map(str.isalpha, name))
                and len(other) <= rules.max_tokens
                and (key == other or compatible(key, other))
            ]
            score, size, name = min(scores, key=lambda s: (-s[0], s[2]), default=(0, 0, ""))
            own = name.split()
            short = [w for w in words[counted[a] : counted[b - 1] + 1] if is_acronym(w)]
            sound = score == 1 or (
                all(normal_token(w) in own for w in short)
                and not (key[0] == "the" and own[:1] != ["the"])
                and not (key[-1] == "the" and own[-1:] != ["the"])
            )
            if score >= rules.threshold - 1e-9 and sound:
                found.append((counted[a], counted[b - 1] + 1, score, score * size))
    kept: list[tuple[int, int, float]] = []
    for start, end, score, _ in sorted(found, key=lambda f: (-f[3], -f[2], f[0] - f[1], f[0])):
        if all(end <= a or start >= b for a, b, _ in kept):
            kept.append((start, end, score))
    return sorted((a, b, round(s, 5)) for a, b, s in kept if s < 1 or rules.exact)


PIECES = st.sampled_from(
    [*NAMES, "ortostatic", "hypotensoin", "amino phylline", "renal", "failur", "tubular",
     "acidosis", "Alzheimer's", "disease", "beta blockers", "-", ",", "(", "vitamin B6", "the",
     "interleukin", "HBV infection", "EBV", "infection"]
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=8).map(" ".join), st.sampled_from([0.75, 0.85, 0.9]), st.booleans()
)
@settings(max_examples=20)
def test_the_source_equals_brute_force(text: str, threshold: float, exact: bool) -> None:
    source = FuzzySource(LEXICON, FuzzyRules(threshold, exact=exact))
    corpus = Corpus.from_texts([text])
    rows = source.label(corpus).rows()
    for sentence in corpus:
        mine = sorted(
            {(r.start, r.end, round(r.score, 5)) for r in rows if r.sentence == sentence.index}
        )
        assert mine == brute_force(sentence, source)


def test_what_cannot_mean_the_same() -> None:
    assert not compatible(("lobe", "syndrome"), ("lowe", "syndrome"))
    assert not compatible(("type", "1", "diabete"), ("type", "2", "diabete"))
    assert not compatible(("tachycardia",), ("bradycardia",))
    assert compatible(("renal", "failur"), ("renal", "failure"))
    assert compatible(("nonsmall", "cell", "lung"), ("non", "small", "cell", "lung"))


def spans(text: str, **rules: object) -> list[tuple[int, int, str]]:
    source = FuzzySource(LEXICON, FuzzyRules(**rules))  # type: ignore[arg-type]
    return [(r.start, r.end, r.label) for r in source.label(Corpus.from_texts([text])).rows()]


def test_misspellings_are_found_and_exact_names_left_to_the_dictionary() -> None:
    assert spans("Severe ortostatic hypotension.") == [(1, 3, "Disease")]
    assert spans("Severe orthostatic hypotension.") == []
    assert spans("Ortostatic hypotension and hypotension.") == [(0, 2, "Disease")]
    assert spans("Severe orthostatic hypotension.", exact=True) == [(1, 3, "Disease")]
    assert spans("Given amino phylline.") == [(1, 3, "Disease")]


def test_what_looks_alike_and_means_something_else_is_not_matched() -> None:
    assert spans("Hypertension, interleukin 4, vitamin B6 or vitamin B1.", threshold=0.75) == []
    assert spans("ACTHRELY and 123456780.", threshold=0.75) == []
    assert spans("HBV infection", threshold=0.75) == []
    assert spans("renal failures", exact=False) == []  # a plural costs no edit


def test_every_type_and_concept_of_the_name() -> None:
    source = FuzzySource(LEXICON)
    rows = source.label(
        Corpus.from_texts(["Hydrocortisonne or vitamin B12 or renal failre."])
    ).rows()
    assert [(r.label, r.entry, r.concepts) for r in rows] == [
        ("Chemical", "Chemical:hydrocortisone", ()),
        ("Drug", "Drug:hydrocortisone", ()),
        ("Disease", "Disease:renal failure", ("T:3",)),
    ]


def test_nothing_to_match_and_nothing_to_match_in() -> None:
    assert len(FuzzySource(Lexicon.of([])).label(Corpus.from_texts(["Renal failure."]))) == 0
    assert len(FuzzySource(LEXICON).label(Corpus.from_texts(["", "- ' -"]))) == 0
    assert len(FuzzySource(LEXICON).label(Corpus.from_texts(["x" * 100_000]))) == 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = Corpus.from_texts(["Severe ortostatic hypotension. Ortostatic hypotension again."] * 5)
    every = FuzzySource(LEXICON).label(corpus).rows()
    monkeypatch.setattr("weaklabel.sources.fuzzy.source.MAX_REMEMBERED", 2)
    assert FuzzySource(LEXICON).label(corpus).rows() == every
    assert len(every) == 10


def test_it_says_the_same_brought_back() -> None:
    corpus = Corpus.from_texts(["Severe ortostatic hypotension, Hydrocortisonne."])
    source = FuzzySource(LEXICON, FuzzyRules(0.85), "near")
    again = FuzzySource.from_description(source.describe())
    assert again.label(corpus).rows() == source.label(corpus).rows()
    assert again.name == "near"


def test_impossible_rules_are_refused() -> None:
    with pytest.raises(ConfigError, match="threshold"):
        FuzzyRules(0.5)
    with pytest.raises(ConfigError, match="min_characters"):
        FuzzyRules(min_characters=1)
