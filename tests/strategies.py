"""What hypothesis makes up: texts, corpora, annotations, in every odd shape a file can have."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from weaklabel.text import Annotation, Annotations, Corpus, CorpusBuilder

# Prose-like pieces, and what breaks readers: line ends, separators, combining marks, astral planes.
PIECES = [
    "Aspirin", "IL-2", "β-blocker", "e.g.", "5.2", "mg/kg", "et al.", "Dr.", "(p < .05)", "naïve",
    " ", " ", " ", "  ", ". ", "\n", "\r\n", "\t", "\u2028", "\x85", "\x0b", "\u00a0", "|t|", "|",
    "%7C", '"', "\\", "😀", "𝛼", "e\u0301", "-DOCSTART-", "#", "0", ",", "\u200b", "ﬁ", "İ", "ß",
]  # fmt: skip

texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=24).map("".join)
texts = texts.filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))

ids = st.text(max_size=6).filter(
    lambda name: not any("\ud800" <= c <= "\udfff" for c in name) and not name.startswith("\ufeff")
)
types = st.sampled_from(["Disease", "Chemical", "Multi-tissue_structure", "Größe (cm)"])
concepts = st.lists(
    st.sampled_from(["mesh:D006973", "D1|2", "a,b", "x;y", "OMIM:1"]), max_size=2, unique=True
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, int]:
    """A text and where its title ends (-1 without one)."""
    text = draw(texts)
    title = draw(st.sampled_from([-1, -1, *range(len(text) + 1)]))
    return text, title


@st.composite
def corpora(draw: st.DrawFn, *, own_tokens: bool = False) -> Corpus:
    """A corpus with at least one token; with tokens of its own if asked for."""
    builder = CorpusBuilder()
    for name in draw(st.lists(ids, min_size=1, max_size=4, unique=True)):
        text, title = draw(documents())
        builder.add(name, text, title=title, tokens=draw(_tokens(text)) if own_tokens else None)
    builder.add("always\u2028there", "Some aspirin.\nHelped. 😀", title=-1)
    return builder.build()


@st.composite
def _tokens(draw: st.DrawFn, text: str) -> list[list[tuple[int, int]]]:
    """Any cuts: tokens that no rule of ours would make, white space inside them too."""
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    tokens = [(a, b) for a, b in itertools.pairwise(cuts) if text[a:b].strip()]
    at = draw(st.integers(0, len(tokens)))
    return [row for row in (tokens[:at], tokens[at:]) if row]


@st.composite
def annotated(draw: st.DrawFn, *, own_tokens: bool = False) -> tuple[Corpus, Annotations]:
    """A corpus and character spans anywhere in it, overlapping, nested, inside tokens."""
    corpus = draw(corpora(own_tokens=own_tokens))
    rows = []
    for document in range(corpus.n_documents):
        length = len(corpus.document_text(document))
        if not length:
            continue
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, length - 1))
            end = draw(st.integers(start + 1, length))
            score = draw(st.none() | st.floats(0, 1, width=32))
            label, ids = draw(types), tuple(draw(concepts))
            rows.append(Annotation(document, start, end, label, ids, score))
    return corpus, Annotations.of(rows)


@st.composite
def token_annotated(draw: st.DrawFn) -> tuple[Corpus, Annotations]:
    """A corpus and spans of whole tokens of one sentence, none overlapping: what tags can hold."""
    corpus = draw(corpora())
    rows = []
    for sentence in corpus:
        document = int(corpus.sentence_document[sentence.index])
        cuts = sorted(draw(st.sets(st.integers(0, len(sentence)), max_size=6)))
        for a, b in zip(cuts[::2], cuts[1::2], strict=False):
            start, end = sentence.offsets[a][0], sentence.offsets[b - 1][1]
            rows.append(Annotation(document, start, end, draw(types)))
    return corpus, Annotations.of(rows)
