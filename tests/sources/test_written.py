"""Short forms that are words, and names of letters and digits: only the corpus speaks against."""

from __future__ import annotations

import pytest

import weaklabel as wl
from weaklabel.ground.normal import normal_key
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import apply_sources, build_sources
from weaklabel.sources.tailoring.drop import Change
from weaklabel.sources.tailoring.writing import is_long, is_spelt
from weaklabel.text import Corpus

CALM = "All of them can walk. A child with ALL improved. NO was given; no harm. All can go."
LOUD = "All of them can walk. ALL PATIENTS GAVE CONSENT. WE CAN TREAT HEPATITIS. All can go."


def lexicon(*names: str) -> Lexicon:
    return Lexicon.of(Term(name, ("X",)) for name in names)


def changes(names: Lexicon, *texts: str) -> list[Change]:
    return list(build_sources(names, Corpus.from_texts(list(texts))).changes)


def dropped(names: Lexicon, *texts: str) -> dict[str, str]:
    return {c.name: c.rule for c in changes(names, *texts) if c.action == "dropped"}


def test_a_short_form_in_capitals_is_no_stop_word() -> None:
    assert dropped(lexicon("ALL", "NO", "CAN"), CALM) == {}


def test_it_is_found_as_it_is_written_and_only_so() -> None:
    corpus = Corpus.from_texts([CALM])
    votes = apply_sources(corpus, build_sources(lexicon("ALL", "NO", "CAN"), corpus))
    found = [corpus[v.sentence].words[v.start] for v in votes.rows() if v.source == "dictionary"]
    assert found == ["ALL", "NO"]


@pytest.mark.parametrize("name", ["All", "all", "No", "Can", "the", "And"])
def test_what_is_found_in_small_letters_stays_a_stop_word(name: str) -> None:
    assert dropped(lexicon(name, "hepatitis"), CALM) == {name: "stop-word"}


def test_a_word_only_in_sentences_in_capitals_goes_and_says_so() -> None:
    told = {c.name: c for c in changes(lexicon("ALL", "CAN", "NO"), LOUD)}
    assert {name: c.rule for name, c in told.items()} == {
        "ALL": "word in capitals",
        "CAN": "word in capitals",
    }
    evidence = "1 of 1 times the whole sentence is in capitals; 0 times 'all'"
    assert told["ALL"].evidence == evidence


def test_one_calm_sentence_saves_it() -> None:
    assert dropped(lexicon("ALL"), LOUD, CALM) == {}


def test_a_frequent_word_is_asked_like_a_function_word() -> None:
    names = lexicon("LEAD")
    shout = "THE PATIENTS LEAD NORMAL LIVES."
    assert dropped(names, shout, "They lead. Some lead. We lead.") == {"LEAD": "word in capitals"}
    assert dropped(names, shout, "They lead. Some lead.") == {}


def test_a_short_form_that_is_the_whole_sentence_tells_nothing() -> None:
    assert dropped(lexicon("ALL"), "ALL.") == {}


@pytest.mark.parametrize("name", ["2,4-D", "2,4,5-T", "H-56-28", "B.A.L."])
def test_several_letters_and_numbers_are_a_name(name: str) -> None:
    assert is_spelt(normal_key(name))
    assert is_long(normal_key(name))
    assert dropped(lexicon(name), f"Rats were fed {name} daily.", "They died.") == {}
    assert dropped(lexicon(name), "Nothing of it here.") == {}


@pytest.mark.parametrize("name", ["a-2", "H-7", "E.F", "(S)-(+)-2-"])
def test_two_of_them_meet_by_chance(name: str) -> None:
    assert dropped(lexicon(name, "pain"), "None of it.") == {name: "letters and digits only"}


def test_two_of_them_that_the_corpus_writes_so_are_a_name() -> None:
    assert dropped(lexicon("H-7", "pain"), "Rats were given H-7. H-7 helps.") == {}
    told = dropped(lexicon("H-7", "pain"), "They rose at h 7, h 7 and h 7.")
    assert told == {"H-7": "letters and digits only"}


def test_the_corpus_speaks_against_it_where_it_mostly_writes_something_else() -> None:
    days = "We saw them after 1, 2, 4 d. They were weighed at 2, 4 d and killed."
    (change,) = changes(lexicon("2,4-D"), days, "Fed 2,4-D.")
    assert change.rule == "letters and digits only"
    assert change.evidence == "2 of 3 times written otherwise: '2, 4 d'"
    assert dropped(lexicon("2,4-D"), "At 2, 4 d.", "Fed 2,4-D.") == {}


def test_tailoring_asks_the_same_rules() -> None:
    names = lexicon("ALL", "CAN", "2,4-D", "hepatitis", "the")
    made = wl.tailor(names, Corpus.from_texts([LOUD]), vectors=None)
    assert {e.name: e.rule for e in made.changes if e.action == "dropped"} == {
        "ALL": "word in capitals",
        "CAN": "word in capitals",
        "the": "stop-word",
    }
    assert "2,4-D" in {term.name for term in made.lexicon}
