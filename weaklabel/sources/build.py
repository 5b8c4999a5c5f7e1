"""From a dictionary and a corpus to the sources of a run, frozen: what they know is saved too.

Nothing here sees an annotated document: which names are muted, which endings vote and which words
are modifiers is decided by the dictionary, raw text and the word vectors alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from weaklabel.atomic import write_text
from weaklabel.errors import FormatError
from weaklabel.lexicon import Lexicon
from weaklabel.normal import normal_key, normal_token
from weaklabel.sources.abbreviation import AbbreviationSource, learn_abbreviations
from weaklabel.sources.adjective import AdjectiveSource, adjectives_of, made_of
from weaklabel.sources.base import AnySource, apply_sources
from weaklabel.sources.boundary import learnt_modifiers
from weaklabel.sources.casing import names_by_case
from weaklabel.sources.composition import CompositionSource, Grammar
from weaklabel.sources.consistency import ConsistencySource
from weaklabel.sources.dictionary import DictionarySource, NameIndex
from weaklabel.sources.grammar import mine_grammar
from weaklabel.sources.kinds import is_described, restored
from weaklabel.sources.likeness import Scores, likenesses
from weaklabel.sources.mining import NameStatistics
from weaklabel.sources.pattern import PatternSource, code_support, supported_endings
from weaklabel.sources.settings import SourceSettings
from weaklabel.sources.spelling import SpellingSource, learnt_spelling
from weaklabel.sources.tailor import Change, TailorSettings, drop_rules, tailored
from weaklabel.sources.veto import VetoSource
from weaklabel.sources.wordlists import pairs, words
from weaklabel.sources.written import shouted, written_otherwise
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors

log = logging.getLogger(__name__)
VERSION = 1
LISTED = 2000
"""The so many most frequent words are listed in a dictionary if they are names."""
LISTED_LIKENESS = 20.0
UNLIKE = 3.3
"""Likelihood ratios under which a frequent word with a technical ending is no name after all."""
FREQUENT = 8000
"""So many most frequent words are too well known to be an eponym or an odd technical word."""


@dataclass(frozen=True, eq=False)
class SourceSet:
    """The sources of a run, in the order they are asked.

    Attributes:
        sources: built-in sources, and the user's own after the dictionary.
        lexicon: the names that may speak.
        changes: names that may not, or may against a rule, and why.
    """

    sources: tuple[AnySource, ...]
    lexicon: Lexicon
    changes: tuple[Change, ...] = ()

    def __repr__(self) -> str:
        return f"<SourceSet: {', '.join(self.names)}; {len(self.lexicon):,} names>"

    def __iter__(self) -> Iterator[AnySource]:
        return iter(self.sources)

    @property
    def names(self) -> tuple[str, ...]:
        """The sources' names."""
        return tuple(each.name for each in self.sources)

    def with_sources(self, extra: tuple[AnySource, ...]) -> SourceSet:
        """The same set with the user's own sources asked right after the dictionary."""
        first, rest = self.sources[:1], self.sources[1:]
        return replace(self, sources=(*first, *extra, *rest))

    def save(self, folder: str | Path) -> None:
        """Write ``lexicon.parquet`` and ``sources.json``; the user's functions are only named."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.lexicon.save(folder / "lexicon.parquet")
        about: dict[str, Any] = {
            "version": VERSION,
            "sources": [_described(s) for s in self.sources],
        }
        write_text(folder / "sources.json", json.dumps(about, indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: str | Path, extra: Mapping[str, AnySource] | None = None) -> SourceSet:
        """Read what :meth:`save` wrote.

        Args:
            folder: where it is.
            extra: the user's own sources by name, if the set had any.

        Raises:
            FormatError: if the folder is not a source set, or an own source is not given.
        """
        path = Path(folder) / "sources.json"
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise FormatError("no sources were saved here", path=path) from None
        if about.get("version") != VERSION:
            raise FormatError(
                f"sources of version {about.get('version')} cannot be read", path=path
            )
        lexicon = Lexicon.load(Path(folder) / "lexicon.parquet")
        index = NameIndex(lexicon)
        sources = tuple(_restored(each, index, extra or {}, path) for each in about["sources"])
        return cls(sources, lexicon)


def build_sources(
    lexicon: Lexicon,
    corpus: Corpus,
    settings: SourceSettings | None = None,
    *,
    keep: frozenset[str] = frozenset(),
    drop: frozenset[str] = frozenset(),
    vectors: WordVectors | None = None,
) -> SourceSet:
    """Tailor the dictionary and make the sources it supports.

    Args:
        lexicon: all names of the run.
        corpus: the text to be labelled.
        settings: which sources, and thresholds.
        keep: names that no rule may drop.
        drop: names that never speak.
        vectors: word vectors that tell everyday English; without them no name is muted for it.
    """
    settings = settings or SourceSettings()
    everyday = words("stopwords.txt") | words("qualifiers.txt")
    statistics = NameStatistics.of(lexicon)
    likely = likenesses(vectors, statistics.single, lexicon.types)
    rules = drop_rules(
        lexicon,
        statistics,
        likely,
        stopwords=words("stopwords.txt"),
        generic=words("generic.txt"),
        verbs=words("verbs.tsv"),
        named=frozenset(map(normal_token, names_by_case(corpus))),
        shouted=shouted(lexicon, corpus, words("stopwords.txt")),
        otherwise=written_otherwise(lexicon, corpus),
        settings=settings.tailor,
    )
    spoken, changes = tailored(lexicon, rules, keep=keep, drop=drop)
    index, counts = NameIndex(spoken), NameStatistics.of(spoken)
    common = _common(corpus, vectors)
    made: dict[str, Any] = {"dictionary": DictionarySource(index)}
    endings, _ = supported_endings(lexicon, pairs("endings.tsv"))
    unlike = _unlike(endings, likely, vectors, settings.tailor)
    made["pattern"] = PatternSource(endings, *code_support(lexicon), unlike, _ions(spoken))
    if "spelling" in settings.use:
        never = everyday | words("generic.txt") | words("verbs.tsv")
        made["spelling"] = learnt_spelling(counts, vectors, likely, never)
    family = dict(pairs("endings.tsv"))
    kinds = frozenset(kind for e, kind in endings.items() if family[e] == "disorder")
    made["adjective"] = AdjectiveSource(
        _adjectives_of_text(corpus, made["pattern"], kinds)
        | adjectives_of(spoken, pairs("adjectives.tsv"), kinds)
    )
    if "composition" in settings.use:
        learnt = _learnt(counts, index, corpus, vectors, everyday)
        grammar = mine_grammar(counts, index, corpus, everyday, learnt)
        made["composition"] = CompositionSource(grammar, index, common)
    made["abbreviation"] = AbbreviationSource(index)
    made["consistency"] = ConsistencySource()
    chosen = [made[name] for name in settings.use]
    if drop:
        chosen.append(VetoSource(frozenset(map(normal_key, drop)) - {()}))
    if settings.learn_abbreviations and "abbreviation" in settings.use:
        chosen = _with_learnt_abbreviations(chosen, corpus, index)
    return SourceSet(tuple(chosen), spoken, tuple(changes))


def _learnt(
    statistics: NameStatistics,
    index: NameIndex,
    corpus: Corpus,
    vectors: WordVectors | None,
    everyday: frozenset[str],
) -> dict[str, frozenset[str]]:
    """Modifiers that the boundary model accepts; none without vectors."""
    if vectors is None:
        return {}
    never = everyday | words("generic.txt")
    found = learnt_modifiers(statistics, index, corpus, vectors, never)
    return {kind: modifiers.accepted for kind, modifiers in found.items()}


def _with_learnt_abbreviations(
    sources: list[AnySource], corpus: Corpus, index: NameIndex
) -> list[AnySource]:
    at = next(i for i, each in enumerate(sources) if isinstance(each, AbbreviationSource))
    votes = apply_sources(corpus, sources[:at])
    known = learn_abbreviations(corpus, votes, AbbreviationSource(index))
    log.info("%d abbreviations are defined alike by several documents", len(known))
    return [*sources[:at], AbbreviationSource(index, known), *sources[at + 1 :]]


def _adjectives_of_text(
    corpus: Corpus, pattern: PatternSource, kinds: frozenset[str]
) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Adjectives of nouns that stand in the corpus and have a supported ending, listed or not."""
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for word in sorted({word.lower() for word in corpus.interned.words}):
        kind = pattern.ending_type(word)
        if kind in kinds and kind is not None:
            # A whole word as ending ("toxicity") is no compound: "toxic" alone says little.
            compounds = [(old, new) for old, new in pairs("adjectives.tsv") if old != word]
            for adjective in made_of(word, compounds):
                found.setdefault(adjective, (kind, word, ()))
    return found


def _common(corpus: Corpus, vectors: WordVectors | None) -> frozenset[str]:
    """Words too frequent to be names: of the vectors' text, or else of the corpus itself."""
    if vectors is not None:
        return frozenset(vectors.words[:FREQUENT])
    ids, known = corpus.interned
    counts: dict[str, int] = {}
    for word, count in zip(known, _counts(ids, len(known)), strict=True):
        counts[word.lower()] = counts.get(word.lower(), 0) + count
    ranked = sorted(counts, key=lambda w: (-counts[w], w))
    return frozenset(w for w in ranked[:FREQUENT] if counts[w] > 2)


def _counts(ids: Any, size: int) -> list[int]:
    import numpy as np

    counts: list[int] = np.bincount(ids, minlength=size).tolist()
    return counts


def _ions(lexicon: Lexicon) -> dict[str, str]:
    """Symbols of the elements that the dictionary knows by name, as one type only."""
    found = {symbol: lexicon.types_of(name) for symbol, name in pairs("ions.tsv")}
    return {symbol: types[0] for symbol, types in found.items() if len(types) == 1}


def _unlike(
    endings: Mapping[str, str],
    likely: Mapping[str, Scores],
    vectors: WordVectors | None,
    settings: TailorSettings,
) -> frozenset[str]:
    """Words with a supported ending that are no names of its type, though they look like one.

    Frequent words that behave like no name ("examine"), and very frequent ones that the
    dictionary would list if they were names, unless they behave just like names ("apoptosis",
    but not "toxicity"). General nouns are left out too.
    """
    if vectors is None:
        return words("generic.txt")
    found: set[str] = set(words("generic.txt"))
    for kind in sorted(set(endings.values())):
        scores = likely.get(kind, {})
        for rank, word in enumerate(vectors.words[: settings.frequent]):
            score = scores.get(normal_token(word), (0.0, 0))[0]
            limit = LISTED_LIKENESS if rank < LISTED else UNLIKE
            if score < limit and endings.get(_ending(word, endings)) == kind:
                found.add(word)
    return frozenset(found)


def _ending(word: str, endings: Mapping[str, str]) -> str:
    for form in (word, word.removesuffix("s")):
        for size in range(min(12, len(form)), 2, -1):
            if form[-size:] in endings:
                return form[-size:]
    return ""


# ---- what a built-in source knows, as JSON ------------------------------------------------------
def _described(each: AnySource) -> dict[str, Any]:
    about: dict[str, Any] = {"name": each.name}
    if isinstance(each, PatternSource):
        about |= {
            "endings": dict(each.endings),
            "code_type": each.code_type,
            "prefixes": sorted(each.prefixes),
            "unlike": sorted(each.unlike),
            "ions": dict(each.ions),
        }
    elif isinstance(each, SpellingSource):
        about["spelling"] = each.to_json()
    elif isinstance(each, AdjectiveSource):
        about["adjectives"] = {a: [k, n, list(c)] for a, (k, n, c) in each.adjectives.items()}
    elif isinstance(each, CompositionSource):
        grammar = each.grammar
        about["common"] = sorted(each.common)
        about["grammar"] = {
            "modifiers": {k: sorted(v) for k, v in grammar.modifiers.items()},
            "suffixes": {k: sorted(v) for k, v in grammar.suffixes.items()},
            "heads": dict(grammar.heads),
            "numbered": sorted(grammar.numbered),
            "open_heads": sorted(grammar.open_heads),
            "names": sorted(grammar.names),
        }
    elif isinstance(each, AbbreviationSource):
        about["known"] = {s: [k, list(c)] for s, (k, c) in each.known.items()}
    elif isinstance(each, VetoSource):
        about["keys"] = sorted(map(list, each.keys))
    elif is_described(each):
        described: Any = each
        about |= {"kind": described.kind, "about": described.describe()}
    elif not isinstance(each, DictionarySource | ConsistencySource):
        about["own"] = True
    return about


def _restored(
    about: dict[str, Any], index: NameIndex, extra: Mapping[str, AnySource], path: Path
) -> AnySource:
    name = about["name"]
    if "kind" in about:
        given: AnySource | None = extra.get(name)
        return restored(about["kind"], about["about"], path=path) if given is None else given
    if about.get("own"):
        if name not in extra:
            raise FormatError(
                f"the source {name!r} is a function of yours and was not saved; "
                f"give it again when loading: load(folder, sources=[{name}]), or --sources FILE",
                path=path,
            )
        return extra[name]
    if name == "pattern":
        return PatternSource(
            about["endings"],
            about["code_type"],
            frozenset(about["prefixes"]),
            frozenset(about["unlike"]),
            about["ions"],
        )
    if name == "spelling":
        listed = frozenset(token for key in index.lexicon.by_key for token in key)
        return SpellingSource.from_json(about["spelling"], listed)
    if name == "adjective":
        return AdjectiveSource(
            {a: (k, n, tuple(c)) for a, (k, n, c) in about["adjectives"].items()}
        )
    if name == "composition":
        return CompositionSource(_grammar(about["grammar"]), index, frozenset(about["common"]))
    if name == "abbreviation":
        known = {short: (k, tuple(c)) for short, (k, c) in about["known"].items()}
        return AbbreviationSource(index, known)
    if name == "veto":
        return VetoSource(frozenset(map(tuple, about["keys"])))
    if name == "consistency":
        return ConsistencySource()
    return DictionarySource(index)


def _grammar(about: dict[str, Any]) -> Grammar:
    return Grammar(
        {k: frozenset(v) for k, v in about["modifiers"].items()},
        {k: frozenset(v) for k, v in about["suffixes"].items()},
        dict(about["heads"]),
        frozenset(about["numbered"]),
        frozenset(about["open_heads"]),
        frozenset(about["names"]),
    )
