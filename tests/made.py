"""Small made-up corpora, votes and taggers for the tests of the network and its training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from weaklabel import tagger as tagging
from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.lexicon import Lexicon, Term
from weaklabel.nn.encoders.bilstm import BiLSTM
from weaklabel.nn.network import Network
from weaklabel.nn.plan import TaggerPlan
from weaklabel.sources import build_sources
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets import Examples, from_tags
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors
from weaklabel.votes import Vote, Votes

NAMES = {
    "aspirin": "Chemical",
    "morphine": "Chemical",
    "cafestol": "Chemical",
    "gastritis": "Disease",
    "nephritis": "Disease",
    "angina": "Disease",
}
TYPES = ("Chemical", "Disease")
SMALL = BiLSTM(hidden=8, char_embedding=5, char_width=6, dropout=0.2, word_dropout=0.1)
TINY = TaggerPlan(encoder=SMALL)
_FRAMES = (
    "Treatment with {c} caused {d} .",
    "{d} was seen after {c} in 12 of the patients .",
    "No {d} today .",
    "We gave {c} , {c} and water .",
    "The Methods are old .",
)


def made_corpus(documents: int = 24, *, seed: int = 0) -> Corpus:
    """Documents of two sentences with names of two types in fixed frames."""
    rng = np.random.default_rng(seed)
    chemicals = [name for name, kind in NAMES.items() if kind == "Chemical"]
    diseases = [name for name, kind in NAMES.items() if kind == "Disease"]

    def sentence() -> str:
        frame = str(rng.choice(_FRAMES))
        while "{" in frame:
            frame = frame.replace("{c}", str(rng.choice(chemicals)), 1)
            frame = frame.replace("{d}", str(rng.choice(diseases)), 1)
        return frame[0].upper() + frame[1:]

    return Corpus.from_texts(f"{sentence()} {sentence()}" for _ in range(documents))


def made_votes(corpus: Corpus) -> Votes:
    """A dictionary's votes: every name, wherever it stands."""
    rows = [
        Vote(s.index, i, i + 1, NAMES[w.lower()], "vote", 1.0, w.lower())
        for s in corpus
        for i, w in enumerate(s.words)
        if w.lower() in NAMES
    ]
    return Votes.of(rows, n_sentences=len(corpus), sources=["vote"], types=TYPES)


def made_examples(corpus: Corpus, votes: Votes, style: TagStyle = TagStyle.BIOES) -> Examples:
    """The votes as labels."""
    scheme = TagScheme(TYPES, style)
    tags = np.zeros(corpus.n_tokens, np.int64)
    for row in votes.rows():
        at = int(corpus.token_splits[row.sentence])
        tags[at + row.start : at + row.end] = scheme.span_tags(row.end - row.start, row.label)
    return from_tags(corpus, tags, scheme, provenance="made")


def made_vectors(corpus: Corpus, *, width: int = 7, seed: int = 0) -> WordVectors:
    """Random vectors for half of the corpus's words."""
    words = sorted({w.lower() for w in corpus.interned.words})[::2]
    return WordVectors.of(words, np.random.default_rng(seed).normal(size=(len(words), width)))


def made_network(
    corpus: Corpus, votes: Votes, plan: TaggerPlan = TINY, *, seed: int = 0
) -> Network:
    """A small untrained network; torch gets one thread, more only get in each other's way here."""
    torch.set_num_threads(1)
    scheme = TagScheme(TYPES, plan.tag_style)
    return Network.build(scheme, corpus, votes, plan, made_vectors(corpus), seed=seed)


def saved_tagger(folder: Path) -> Path:
    """A folder with an untrained tagger, its sources made of the names."""
    corpus = made_corpus()
    lexicon = Lexicon.of(Term(name, (kind,)) for name, kind in NAMES.items())
    network = made_network(corpus, made_votes(corpus))
    reader = WeightedVote().fit(corpus, made_votes(corpus), network.scheme)
    tagging.Tagger(network, build_sources(lexicon, corpus), reader).save_pretrained(folder)
    return folder
