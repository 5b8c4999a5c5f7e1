"""A suspicious name goes only where its type's other names, the text or the vectors speak too."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from weaklabel.io import read, read_lexicon
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import Evidence, TailorSettings, build_sources
from weaklabel.sources.tailoring.contamination import contamination
from weaklabel.sources.tailoring.everyday import everyday_words
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors

ORGANS = "liver kidney lung heart brain skin bone eye ear colon spleen thyroid".split()
STEMS = "hepat gastr arthr nephr neur col cyst mening bronch dermat rhin sinus".split()


def lexicon(type_: str, *names: str) -> Lexicon:
    return Lexicon.of(Term(name, (type_,)) for name in names)


def dropped(names: Lexicon, *texts: str, settings: TailorSettings | None = None) -> dict[str, str]:
    made = build_sources(names, Corpus.from_texts(list(texts)), tailoring=settings)
    return {change.name: change.rule for change in made.changes if change.action == "dropped"}


# ---- general nouns --------------------------------------------------------------------------
def anatomy() -> Lexicon:
    cells = [f"{organ} {head}" for organ in ORGANS for head in ("cells", "tissue")]
    return lexicon("Anatomy", "Cells", "Tissues", "Breast", "Plasma", *ORGANS, *cells)


def diseases() -> Lexicon:
    heads = ("disease", "syndrome", "injury", "disorder")
    more = [f"{organ} {head}" for organ in ORGANS for head in heads]
    return lexicon("Disease", "Disease", "Death", *(f"{stem}itis" for stem in STEMS), *more)


def test_general_nouns_that_a_type_lists_by_custom_stay() -> None:
    assert dropped(anatomy(), "These cells and those cells of the breast.") == {}


def test_one_general_noun_among_many_that_the_type_does_not_list_goes() -> None:
    names = diseases()
    assert dropped(names, "Nothing of note.") == {
        "Disease": "generic noun",
        "Death": "generic noun",
    }
    more = lexicon("Disease", "Syndrome", "Disorder", "Injury")
    assert dropped(names | more, "Nothing of note.") == {}


@pytest.mark.parametrize("name", ["Human", "Mouse", "Man", "Cell", "Drug", "Disease"])
def test_no_list_alone_drops_a_name(name: str) -> None:
    species = lexicon("Species", name, "Rat", "Rattus norvegicus", "Escherichia coli")
    assert dropped(species, f"The {name.lower()} was seen with a rat.") == {}


USE = ["Rats were given {0} daily. We gave {0} and more {0} to rats. They took {0} daily. "] * 10


def test_a_noun_that_stands_in_other_places_than_names_goes() -> None:
    names = lexicon("Chemical", "Drug", "aspirin", "ethanol")
    text = [use.format(name) for use in USE for name in ("aspirin", "ethanol")]
    others = ["This drug is old. Such a drug is of use. The drug was bad."] * 5
    assert dropped(names, *text, *others) == {"Drug": "generic noun"}
    assert dropped(names, *text, *(use.format("drug") for use in USE)) == {}


def test_a_name_of_two_types_goes_only_if_it_is_none_of_both() -> None:
    both = diseases() | anatomy()
    assert "Death" in dropped(both, "Nothing of note.")
    also = Lexicon.of([*diseases().terms, *anatomy().terms, Term("Disease", ("Anatomy",))])
    assert "Disease" not in dropped(also, "Nothing of note.")


def test_without_packs_no_list_speaks() -> None:
    bare = TailorSettings(packs=())
    names = diseases() | lexicon("Disease", "the")
    assert dropped(names, "They lead. The pain.", settings=bare) == {}
    assert dropped(names | lexicon("Disease", "7"), "x", settings=bare) == {"7": "no letter"}


# ---- the custom of a type -------------------------------------------------------------------
def test_what_many_names_of_a_type_look_like_is_its_custom() -> None:
    years = lexicon("Year", *(str(year) for year in range(1990, 2000)))
    assert dropped(years, "In 1995.") == {}
    pronouns = lexicon("Pronoun", "he", "she", "it", "they", "oneself")
    assert dropped(pronouns, "He saw it.") == {}
    assert dropped(lexicon("Person", "He", "Ann Lee", "Bo", "Cy"), "He saw it.") == {
        "He": "stop-word"
    }


# ---- words of everyday English --------------------------------------------------------------
def test_a_verb_goes_where_it_stands_in_other_places_than_names() -> None:
    names = lexicon("Chemical", "Lead", "zinc", "tin")
    text = [use.format(name) for use in USE for name in ("zinc", "tin")]
    verbs = ["It may lead us on. They lead us there. That will lead us on."] * 5
    assert dropped(names, *text, *verbs) == {"Lead": "everyday word"}
    assert dropped(names, *text, *(use.format("lead") for use in USE)) == {}
    assert dropped(names, *verbs, settings=TailorSettings(packs=("biomedical",))) == {}


def test_a_word_in_small_letters_goes_where_names_have_capitals() -> None:
    people = lexicon("Person", "Page", "Smith", "Jones", "Meyer", "Lee")
    text = "Smith, Jones, Meyer and Lee came. The page, a page and one page more."
    assert dropped(people, text) == {"Page": "word in small letters"}
    assert dropped(people, text + " Here Page spoke, and Page left, so Page and Page.") == {}
    drugs = lexicon("Drug", "page", "aspirin", "ethanol", "zinc")
    assert dropped(drugs, "With aspirin, ethanol, zinc. The page, a page, one page.") == {}


WORDS = [f"w{a}{b}{c}" for a in "abcdefghij" for b in "klmnopqrst" for c in "abcdefghijklmnopqrst"]
ROW = np.arange(2000)
NAMES = ROW % 5 == 0
MERE = (ROW % 5 == 1) & (ROW < 300)
ODD = (ROW % 5 == 2) & (ROW < 100)
"""Names, words that a brand has made a name, and names used half like words."""


def evidence_of(**vocabularies: np.ndarray) -> Evidence:
    """2,000 words whose vectors lie on one side for names, on the other for others."""
    rng = np.random.default_rng(0)
    direction = rng.normal(size=16)
    side = np.where(NAMES, 1.0, np.where(ODD, 0.0, -1.0))[:, None]
    vectors = WordVectors.of(WORDS, rng.normal(size=(2000, 16)) + side * direction)
    terms = [
        Term(WORDS[i], ("X",), (f"{vocabulary}:{i}",))
        for vocabulary, rows in vocabularies.items()
        for i in np.flatnonzero(rows).tolist()
    ]
    return Evidence(Lexicon.of(terms), Corpus.from_texts(["x"]), vectors)


def share(told: dict[str, str], rows: np.ndarray) -> float:
    words = [WORDS[i] for i in np.flatnonzero(rows).tolist()]
    return sum(word in told for word in words) / len(words)


def test_words_go_by_how_many_of_their_vocabulary_are_words() -> None:
    late = ROW >= 300
    told = everyday_words(evidence_of(good=NAMES & late, bad=(NAMES & ~late) | MERE))
    assert share(told, MERE) > 0.8
    assert share(told, NAMES) < 0.05


def test_odd_names_of_a_clean_vocabulary_stay_and_of_a_list_of_brands_go() -> None:
    clean = everyday_words(evidence_of(good=NAMES | ODD))
    assert share(clean, ODD) < 0.2
    brands = everyday_words(evidence_of(good=NAMES, bad=MERE | ODD))
    assert share(brands, ODD) > share(clean, ODD) + 0.2


def test_a_name_of_two_vocabularies_is_no_mere_word() -> None:
    assert share(everyday_words(evidence_of(good=NAMES | MERE, bad=MERE)), MERE) == 0


def test_contamination_is_the_share_that_was_mixed_in() -> None:
    rng = np.random.default_rng(1)
    words = np.exp(rng.normal(-2, 1, size=20_000))
    names = np.exp(rng.normal(2, 1, size=5_000))
    for share in (0.0, 0.1, 0.5):
        mixed = np.where(rng.random(5_000) < share, rng.permutation(words)[:5_000], names)
        found = contamination(mixed.tolist(), words)
        assert found is not None
        assert abs(found - share) < 0.04
    assert contamination(words[:3].tolist(), words) is None


DATA = Path(os.environ.get("WEAKLABEL_DATA", "../shared/data"))


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "anatem").is_dir(), reason="needs the corpus")
def test_everyday_words_of_anatomy_stay() -> None:
    names = read_lexicon(DATA / "anatem/dict_anatomy.tsv")
    corpus = read(DATA / "anatem/raw_train.conll")
    made = build_sources(names, corpus, vectors=WordVectors.bundled())
    gone = {change.name for change in made.changes}
    assert not gone & {"Breast", "Plasma", "Granulocytes", "Cells", "Tissues", "Fingers", "Hand"}
    assert len(gone) <= 3


SPECIES = (
    "human;Homo sapiens;mouse;Mus musculus;rat;dog;cat;rabbit;monkey;guinea pig;hamster;pig;"
    "sheep;chicken;frog;zebrafish;yeast;Escherichia coli;virus;man;woman;child;patient"
)


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "ncbi-disease").is_dir(), reason="needs the corpora")
@pytest.mark.parametrize("text", ["bc5cdr/train_docs.pubtator", "ncbi-disease/train_docs.pubtator"])
def test_general_nouns_that_are_species_stay(text: str) -> None:
    names = lexicon("Species", *(name.capitalize() for name in SPECIES.split(";")))
    made = build_sources(names, read(DATA / text), vectors=WordVectors.bundled())
    assert made.changes == ()
