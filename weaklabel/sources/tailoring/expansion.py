"""Names a dictionary does not list, but the corpus has: found by the sources that generalise it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from weaklabel.ground.normal import Key, normal_key, normal_token
from weaklabel.ground.spans import NO_TYPES
from weaklabel.sources.apply import apply_sources
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.grown.abbreviation import AbbreviationSource
from weaklabel.sources.grown.adjective import AdjectiveSource
from weaklabel.sources.grown.composition import CompositionSource
from weaklabel.sources.grown.grammar import Grammar
from weaklabel.sources.grown.pattern import PatternSource
from weaklabel.sources.grown.spelling import SpellingSource
from weaklabel.sources.source_set import SourceSet
from weaklabel.sources.tailoring.entries import ADDED, Entry, Example
from weaklabel.sources.tailoring.occurrences import example
from weaklabel.text import Corpus
from weaklabel.votes import Vote

ABOUT = {
    "ending": "One word with an ending that the dictionary's own names bear out.",
    "code or ion": "A compound's code (SM-5887), or an element with its charge.",
    "written like a name": "One word whose character n-grams are those of names of its type; "
    "the threshold is chosen on names the model did not see.",
    "adjective": "The adjective of a listed noun (hypertensive of hypertension).",
    "modifier before a name": "A listed name with a word before it that belongs to names of its "
    "type, by the dictionary's own names, the corpus and the word's vector.",
    "modifier before a head": "Such a word before a head that many names end in (cardiac "
    "dysfunction).",
    "name-like word before a head": "An odd word before a head that takes any (C7 deficiency).",
    "coordination": "Names that share their head (breast and ovarian cancer).",
    "salt, form or number after a name": "A listed name with what names go on with "
    "(hydrochloride, type 2).",
    "abbreviation": "A short form that several documents define alike, as a name.",
}
"""Rule → what it adds, in the order they are asked."""
_JOINS = frozenset(["and", "or", "/", ",", "&"])


@dataclass
class _Heard:
    """How a name stands in the corpus."""

    surfaces: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    concepts: tuple[str, ...] = ()
    example: Example | None = None


def added(corpus: Corpus, sources: SourceSet, without: frozenset[str] = frozenset()) -> list[Entry]:
    """Names to add, by rule and falling count.

    Args:
        corpus: raw text.
        sources: built on the dictionary and this corpus.
        without: rules that add nothing.
    """
    asked = [s for s in sources.sources if s.name not in ("consistency", "veto")]
    index = NameIndex(sources.lexicon)
    teller = _Teller.of(sources)
    heard: dict[tuple[Key, str], _Heard] = defaultdict(_Heard)
    sentence = None
    for vote in apply_sources(corpus, asked).rows():
        if vote.label in NO_TYPES or vote.source == "dictionary":
            continue
        if sentence is None or sentence.index != vote.sentence:
            sentence = corpus[vote.sentence]
        place = example(sentence, vote.start, vote.end)
        surface = place.text[place.start : place.end]
        rule = teller.rule(vote, sentence.words[vote.start : vote.end])
        key = normal_key(surface)
        if rule is None or rule in without or not key or _is_listed(index, key, vote.label):
            continue
        told = heard[key, vote.label]
        told.surfaces[surface] += 1
        told.rules[rule] += 1
        told.concepts = told.concepts or vote.concepts
        told.example = told.example or place
    return sorted(_entries(heard, teller), key=_order)


def _is_listed(index: NameIndex, key: Key, label: str) -> bool:
    terms = index.lexicon.terms
    return any(label in terms[row].types for row in index.rows.get(key, ()))


def _entries(heard: Mapping[tuple[Key, str], _Heard], teller: _Teller) -> Iterator[Entry]:
    """One entry a name; of several types the one the sources gave it most often."""
    best: dict[Key, tuple[int, str]] = {}
    for (key, label), told in heard.items():
        times = sum(told.rules.values())
        best[key] = max(best.get(key, (0, "")), (times, label))
    for (key, label), told in heard.items():
        if best[key][1] != label:
            continue
        rule = min(told.rules, key=list(ABOUT).index)
        name = max(told.surfaces, key=lambda s: (told.surfaces[s], s.islower(), s))
        evidence = teller.evidence(rule, key, label)
        yield Entry(
            ADDED, name, (label,), told.concepts, rule, evidence, told.rules[rule], told.example
        )


def _order(entry: Entry) -> tuple[int, int, str]:
    return list(ABOUT).index(entry.rule), -entry.times, entry.name


@dataclass(frozen=True)
class _Teller:
    """Says by which rule a vote was made, and on what evidence."""

    grammar: Grammar | None
    index: NameIndex
    left: Mapping[str, Counter[str]]
    pattern: PatternSource | None
    spelling: SpellingSource | None
    adjective: AdjectiveSource | None
    known: frozenset[str]

    @classmethod
    def of(cls, sources: SourceSet) -> _Teller:
        made = {each.name: each for each in sources.sources}
        composition, abbreviation = made.get("composition"), made.get("abbreviation")
        pattern, spelling, adjective = map(made.get, ("pattern", "spelling", "adjective"))
        left: dict[str, Counter[str]] = defaultdict(Counter)
        for key, rows in sources.lexicon.by_key.items():
            if len(key) > 1:
                for kind in {k for row in rows for k in sources.lexicon.terms[row].types}:
                    left[kind][key[0]] += 1
        return cls(
            composition.grammar if isinstance(composition, CompositionSource) else None,
            NameIndex(sources.lexicon),
            dict(left),
            pattern if isinstance(pattern, PatternSource) else None,
            spelling if isinstance(spelling, SpellingSource) else None,
            adjective if isinstance(adjective, AdjectiveSource) else None,
            frozenset(abbreviation.known)
            if isinstance(abbreviation, AbbreviationSource)
            else frozenset(),
        )

    def rule(self, vote: Vote, words: list[str]) -> str | None:
        """The rule of a vote; None where it is no rule that adds names."""
        if vote.source == "pattern":
            return "ending" if len(words) == 1 and self._ends(words[0]) else "code or ion"
        if vote.source == "abbreviation":
            # What one document defines for itself alone is no name elsewhere.
            return "abbreviation" if "".join(words) in self.known else None
        if vote.source == "composition":
            return self._composed(vote.label, words)
        return {"spelling": "written like a name", "adjective": "adjective"}.get(vote.source)

    def _ends(self, word: str) -> bool:
        return self.pattern is not None and self.pattern.ending_type(word) is not None

    def _composed(self, label: str, words: list[str]) -> str:
        forms = normal_key(" ".join(words))
        if any(word.lower() in _JOINS for word in words[:-1]):
            return "coordination"
        if self.grammar is not None:
            goes_on = forms[-1] in self.grammar.suffixes.get(label, ())
            if (goes_on and _is_listed(self.index, forms[:-1], label)) or "type" in forms[-2:]:
                return "salt, form or number after a name"
            if not any(_is_listed(self.index, forms[i:], label) for i in range(1, len(forms))):
                modifiers = self.grammar.modifiers.get(label, frozenset())
                by_head = forms[-1] in self.grammar.open_heads and forms[-2] not in modifiers
                return "name-like word before a head" if by_head else "modifier before a head"
        return "modifier before a name"

    def evidence(self, rule: str, key: Key, label: str) -> str:
        """Why a name was added, in a few words."""
        first, last = key[0], key[-1]
        if rule == "ending" and self.pattern is not None:
            ends = [e for e in self.pattern.endings if last.endswith(e)]
            ends = ends or [e for e in self.pattern.endings if last.endswith(normal_token(e))]
            return f"ends in -{max(ends, key=len)}" if ends else "ends like names of its type"
        if rule == "written like a name" and self.spelling is not None:
            spelling = self.spelling.spellings[label]
            over = self.spelling.accepted([last]).get(last, (label, 0.0))[1]
            return (
                f"{over:.1f} over the threshold above which {100 * spelling.precision:.0f} % "
                "of held-out words are listed"
            )
        if rule == "adjective" and self.adjective is not None:
            noun = self.adjective.adjectives.get(last, ("", last, ()))[1]
            return f"of {noun}"
        if rule.startswith("modifier"):
            names = self.left.get(label, Counter())[first]
            return f"{first!r} begins {names:,} listed names of several words"
        if rule == "name-like word before a head":
            return f"{last!r} is the head of many names with a word that no other name has"
        if rule == "salt, form or number after a name":
            return f"listed names go on with {' '.join(key[-2:] if 'type' in key else key[-1:])!r}"
        if rule == "coordination":
            return f"{last!r} is shared by names on both sides"
        return "defined alike by several documents" if rule == "abbreviation" else "by its form"
