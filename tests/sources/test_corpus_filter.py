"""AutoNER's tailoring: which name of a concept is its canonical one, and what goes without it."""

from __future__ import annotations

from collections.abc import Iterable

from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.tailoring.corpus_filter import canonical_names, unheard
from weaklabel.text import Corpus

CORPUS = Corpus.from_texts(["Hypertension and strains. High aa was seen."])


def concept(number: int, names: Iterable[str], *more: str) -> list[Term]:
    return [Term(name, ("X",), (f"A:{number}", *more)) for name in names]


def dictionary(*, in_order: bool) -> Lexicon:
    """Twenty-five concepts of three names; alphabetical or not."""
    terms = [
        term
        for i in range(25)
        for term in concept(i, (f"{i} a", f"{i} b", f"{i} c") if in_order else (f"{i} b", f"{i} a"))
    ]
    return Lexicon.of(terms)


def test_the_first_name_counts() -> None:
    lexicon = Lexicon.of(concept(1, ["sprains", "strains"]) + concept(2, ["hypertension", "htn"]))
    assert canonical_names(lexicon) == {"A:1": ["sprains"], "A:2": ["hypertension"]}
    assert unheard(lexicon, lexicon, CORPUS) == {
        name: "'sprains', canonical name of A:1, is not in the corpus"
        for name in ("sprains", "strains")
    }


def test_a_name_of_another_concept_that_is_heard_stays() -> None:
    lexicon = Lexicon.of(
        [*concept(1, ["sprains"]), Term("strains", ("X",), ("A:1", "B:9")), Term("no id", ("X",))]
    )
    assert set(unheard(lexicon, lexicon, CORPUS)) == {"sprains"}


def test_in_alphabetical_order_the_name_that_vocabularies_share_counts() -> None:
    more = Lexicon.of(
        [
            *concept(90, ["blood pressure, high", "htn"]),
            Term("hypertension", ("X",), ("A:90", "B:1")),
        ]
    )
    lexicon = dictionary(in_order=True) | more
    found = canonical_names(lexicon)
    assert found["A:90"] == ["hypertension"]
    assert found["A:0"] == ["0 a", "0 b", "0 c"]
    gone = unheard(lexicon, lexicon, CORPUS)
    assert not {"hypertension", "htn", "blood pressure, high"} & set(gone)
    assert gone["0 b"] == (
        "'0 a', canonical name of A:0, is not in the corpus (nor 2 attested like it)"
    )
    first = canonical_names(dictionary(in_order=False) | more)
    assert first["A:90"] == ["blood pressure, high"]


def test_few_concepts_are_not_judged() -> None:
    lexicon = Lexicon.of(concept(1, ["aa", "ab", "ac"]))
    assert canonical_names(lexicon) == {"A:1": ["aa"]}
