"""Rules vote only where the run's own dictionary supports them."""

from __future__ import annotations

import pytest

from weaklabel.knowledge.pack import pairs, words
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import SourceSet, apply_sources, build_sources
from weaklabel.sources.grown.composition import Piece, _longest
from weaklabel.sources.grown.consistency import ConsistencySource
from weaklabel.sources.grown.pattern import code_support, supported_endings
from weaklabel.sources.tailoring.mining import Support
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

ENDINGS = (
    "osis oma opathy uria algia penia plegia megaly malacia stenosis trophy plasia toxicity spasm "
    "sarcoma carcinoma"
).split()
HEADS = "failure cancer disease neoplasm ischemia infarction edema fibrosis".split()
STEMS = (
    "hepat gastr arthr nephr neur col cyst mening bronch dermat rhin sinus tonsill appendic "
    "pancreat vascul my oste peric kerat uve ot"
).split()
ORGANS = (
    "renal cardiac hepatic pulmonary breast ovarian cutaneous cerebral gastric spinal ocular "
    "nasal oral colonic uterine vascular muscular thyroid pituitary adrenal"
).split()


def diseases() -> list[Term]:
    itis = [Term(f"{stem}itis", ("Disease",)) for stem in STEMS]
    emia = [Term(f"{stem}emia", ("Disease",)) for stem in STEMS]
    more = [Term(stem + ending, ("Disease",)) for stem in STEMS for ending in ENDINGS]
    heads = [
        Term(f"{organ} {head}", ("Disease",))
        for organ in ORGANS
        for head in HEADS
        if (organ, head) != ("ocular", "ischemia")
    ]
    known = [Term(head, ("Disease",)) for head in HEADS if head not in ("failure", "disease")]
    return [*itis, *emia, *more, *heads, *known]


def species() -> list[Term]:
    return [Term(f"{genus} {kind}", ("Species",)) for genus in STEMS for kind in ORGANS] + [
        Term(f"{stem}ella", ("Species",)) for stem in STEMS
    ]


def found(sources: SourceSet, text: str) -> set[tuple[str, str]]:
    corpus = Corpus.from_texts([text])
    sentences = list(corpus)
    return {
        (" ".join(sentences[v.sentence].words[v.start : v.end]), v.label)
        for v in apply_sources(corpus, sources).rows()
    }


def built(terms: list[Term]) -> SourceSet:
    return build_sources(Lexicon.of(terms), Corpus.from_texts(["Nothing of note."]))


def test_an_ending_needs_enough_names_of_one_type_and_a_family_behind_it() -> None:
    families = pairs("biomedical/endings.tsv")
    kept, _ = supported_endings(Lexicon.of(diseases()), families)
    assert kept["itis"] == "Disease"
    assert "mycin" not in kept
    few = Lexicon.of(diseases()[:19])
    assert supported_endings(few, families)[0] == {}
    mixed = [*diseases(), *(Term(f"{s}xitis", ("Gene",)) for s in STEMS)]
    assert "itis" not in supported_endings(Lexicon.of(mixed), families)[0]
    # One ending alone is chance: no family of endings is borne out.
    alone = Lexicon.of([Term(f"{stem}oma", ("City",)) for stem in STEMS])
    assert supported_endings(alone, families)[0] == {}


@pytest.mark.parametrize("names", [19, 20])
def test_support_counts(names: int) -> None:
    from collections import Counter

    assert Support(names, Counter(D=names)).type() == (None if names < 20 else "D")
    assert Support(names, Counter(D=names - 3)).type() is None


def test_a_corpus_of_species_gets_no_biomedical_noise() -> None:
    text = "Hepatitis, cardiac failure and SM-5887 with Ca(2+) in hypertensive rats."
    assert found(built(species()), text) == set()
    names = {("Hepatitis", "Disease"), ("cardiac failure", "Disease")}
    assert found(built(diseases()), text) == names


def test_morphology_and_adjectives_of_a_supporting_dictionary() -> None:
    sources = built(diseases())
    assert ("ophthalmitis", "Disease") in found(sources, "with ophthalmitis here")
    assert ("nephrtoxic", "Disease") in found(sources, "a nephrtoxic dose")


def test_a_modifier_before_a_productive_head() -> None:
    text = Corpus.from_texts(["Ocular cancer, ocular edema and ocular fibrosis."])
    sources = build_sources(Lexicon.of(diseases()), text)
    assert ("ocular ischemia", "Disease") in found(sources, "seen in ocular ischemia today")
    # The corpus must bear a modifier out: here it never precedes a listed name.
    assert ("ischemia", "Disease") in found(built(diseases()), "seen in ocular ischemia today")


def test_coordination_is_one_span() -> None:
    sources = built(diseases())
    assert ("breast and ovarian cancer", "Disease") in found(sources, "breast and ovarian cancer")
    assert ("breast and / or ovarian cancer", "Disease") in found(
        sources, "families with breast and/or ovarian cancer"
    )
    assert ("breast / ovarian cancer", "Disease") in found(sources, "breast/ovarian cancer")


def test_qualifiers_never_extend_a_name() -> None:
    sources = built(diseases())
    assert found(sources, "severe gastritis and left gastritis") == {("gastritis", "Disease")}


def test_codes_only_where_a_type_has_them() -> None:
    coded = [Term(f"SM-{n}", ("Chemical",)) for n in range(1000, 1030)]
    assert code_support(Lexicon.of(coded)) == ("Chemical", frozenset({"SM"}))
    rare = [*coded, *(Term(f"drug{n} x", ("Chemical",)) for n in range(10_000))]
    assert code_support(Lexicon.of(rare))[0] is None
    assert code_support(Lexicon.of(diseases()))[0] is None


def test_consistency_repeats_within_a_document_only() -> None:
    corpus = Corpus.from_texts(["Glorp fever came. Then glorp fevers went.", "Glorp fever."])
    one = Votes.of([Vote(0, 0, 2, "Disease", "other")], n_sentences=3)
    rows = ConsistencySource().follow(corpus, one).rows()
    assert [row[:5] for row in rows] == [(1, 1, 3, "Disease", "consistency")]


@pytest.mark.parametrize(
    "name",
    [
        "english/stopwords.txt",
        "english/generic.txt",
        "english/qualifiers.txt",
        "biomedical/endings.tsv",
        "biomedical/adjectives.tsv",
        "biomedical/ions.tsv",
    ],
)
def test_hand_written_lists_are_short_and_clean(name: str) -> None:
    assert 20 <= len(words(name)) <= 150


def test_of_pieces_that_differ_by_concepts_alone_the_same_one_is_chosen() -> None:
    """The order of a set of texts differs from process to process."""
    pieces = [Piece(0, 2, "Disease", (f"T:{i}",)) for i in range(30)]
    assert _longest(pieces) == _longest(pieces[::-1]) == [Piece(0, 2, "Disease", ("T:0",))]
