"""Packs: every one is read, clean and small; they join; packages bring theirs."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from weaklabel.errors import ConfigError
from weaklabel.ground.normal import normal_key
from weaklabel.knowledge import DEFAULT, PACKS, Pack, knowledge_of
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import TailorSettings, apply_sources, build_sources
from weaklabel.text import Corpus


@pytest.mark.parametrize("name", PACKS.kinds())
def test_a_pack_knows_something_and_its_words_are_single_and_small(name: str) -> None:
    pack = knowledge_of((name,))
    assert pack != Pack()
    for each in fields(Pack):
        known = getattr(pack, each.name)
        if isinstance(known, frozenset) and each.name != "adjectival":
            assert all(len(normal_key(word)) == 1 and word == word.lower() for word in known)
    assert pack.adjectival <= {family for _, family in pack.endings}


def test_packs_join_and_none_is_nothing() -> None:
    english, biomedical = knowledge_of(("english",)), knowledge_of(("biomedical",))
    both = knowledge_of(DEFAULT)
    assert (both.stopwords, both.endings) == (english.stopwords, biomedical.endings)
    assert knowledge_of(("english", "english")) == english
    assert knowledge_of(()) == Pack()


def test_a_pack_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no pack of kind 'biomedicine'\. Did you mean 'biomed"):
        TailorSettings(packs=("biomedicine",))


GERMAN = """
from weaklabel.knowledge import Pack


def german() -> Pack:
    return Pack(stopwords=frozenset({"der", "die", "und"}), endings=(("krankheit", "disorder"),))
"""


def test_a_package_brings_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "deutsch-1.0.dist-info"
    about.mkdir()
    (tmp_path / "deutsch.py").write_text(GERMAN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: deutsch\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[weaklabel.packs]\ngerman = deutsch:german\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = [f"{stem}krankheit" for stem in "Zucker Herz Leber Lungen Haut Darm Magen".split()]
    lexicon = Lexicon.of(Term(name, ("Krankheit",)) for name in [*names, "die"])
    corpus = Corpus.from_texts(["Die Nierenkrankheit und die Leberkrankheit."])
    settings = TailorSettings(packs=("german",))
    from weaklabel.sources.dictionary.plan import Dictionary
    from weaklabel.sources.grown.pattern import Pattern

    plans = [Dictionary(), Pattern(min_names=5)]
    made = build_sources(lexicon, corpus, plans, tailoring=settings)
    assert [(change.name, change.rule) for change in made.changes] == [("die", "stop-word")]
    found = {vote.entry for vote in apply_sources(corpus, made).of_source("pattern").rows()}
    assert "Krankheit:nierenkrankheit" in found
    bare = build_sources(lexicon, corpus, plans, tailoring=TailorSettings(packs=()))
    assert not bare.changes
    assert not len(apply_sources(corpus, bare).of_source("pattern"))
