"""Statistics of a dictionary against counting by hand, name by name."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from weaklabel.ground.normal import is_acronym, normal_key
from weaklabel.io.kb.statistics import LENGTHS, statistics
from weaklabel.lexicon import Lexicon, Term

terms = st.builds(
    Term,
    st.sampled_from(
        ["Cold", "colds", "COLD", "-", "7", "2-3", "x", "β", "MS", "a b c", "a-b c", "p q r s t u"]
    ),
    st.sets(st.sampled_from(["A", "B", "C"]), min_size=1).map(lambda s: tuple(sorted(s))),
    st.lists(st.sampled_from(["id:1", "id:2", "id:3"]), unique=True, max_size=2).map(tuple),
    st.sampled_from(["a.tsv", "b.obo"]),
)


@given(st.lists(terms, min_size=1, max_size=12))
def test_every_count_by_hand(given_terms):
    lexicon = Lexicon.of(given_terms, licences={"a.tsv": "CC0"})
    told = statistics(lexicon)
    all_terms = list(lexicon)

    def alike(term: Term) -> list[Term]:
        key = normal_key(term.name)
        return [other for other in all_terms if key and normal_key(other.name) == key]

    def number(condition) -> int:
        return sum(1 for term in all_terms if condition(term))

    def form(term: Term) -> str:
        return "".join(normal_key(term.name))

    assert told.names == len(all_terms)
    assert told.forms == len({normal_key(t.name) for t in all_terms} - {()})
    assert told.formless == number(lambda t: not form(t))
    assert told.doubled == number(lambda t: len(alike(t)) > 1)
    assert told.ambiguous == number(lambda t: len({k for o in alike(t) for k in o.types}) > 1)
    assert told.ambiguous_forms == len(
        {form(t) for t in all_terms if len({k for o in alike(t) for k in o.types}) > 1}
    )
    assert told.concepts == len({c for t in all_terms for c in t.concepts})
    assert told.without_concept == number(lambda t: not t.concepts)
    assert told.short_forms == number(lambda t: is_acronym(t.name))
    assert told.one_character == number(lambda t: len(form(t)) == 1)
    assert told.digits == number(lambda t: form(t).isdigit())
    assert sum(told.lengths.values()) == told.names - told.formless
    for (a, b), n in zip(LENGTHS, told.lengths.values(), strict=True):
        assert n == number(lambda t, a=a, b=b: a <= len(normal_key(t.name)) <= b)
    for kind in lexicon.types:
        assert told.types[kind] == {
            "names": number(lambda t, kind=kind: kind in t.types),
            "concepts": len({c for t in all_terms if kind in t.types for c in t.concepts}),
        }
    for source, one in told.sources.items():
        assert one["names"] == number(lambda t, source=source: source in t.source.split(";"))
        assert one["licence"] == {"a.tsv": "CC0"}.get(source, "")
    assert json.loads(json.dumps(told.to_dict())) == told.to_dict()
