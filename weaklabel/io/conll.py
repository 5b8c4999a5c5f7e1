"""CoNLL: a token and its tag a line, an empty line after each sentence.

Columns are split at tabs, or at spaces where a line has no tab; with more than two the first is
the token and the last the tag. One column (no tags) is a corpus without annotations. IOB1, BIO
and BIOES (BILOU, BMEWO) are recognised from the tags. The text of a document is its tokens
joined by spaces, its sentences joined by line breaks.

Documents begin at ``-DOCSTART-`` (the id in brackets after it, as in ``-DOCSTART- (26094)``), at
``###MEDLINE:ID`` or ``# newdoc id = ID``, or lie between ``<ALL>`` and ``</ALL>`` (any word), as in
AIONER's files. Without such marks each sentence is a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from weaklabel.errors import FormatError
from weaklabel.ground.lines import each_line, escaped, split_lines, unescaped
from weaklabel.ground.segment import Offsets
from weaklabel.io.reading import Collector, Document, Format, Mention
from weaklabel.io.tokens import spans_for_tags
from weaklabel.tags import TagScheme, TagStyle, canonical, notation
from weaklabel.text import OUTSIDE, Annotations, Corpus

_MARK = re.compile(
    r"-DOCSTART-(?:[^(]*\((?P<bracket>.*)\))?.*"
    r"|###(?P<medline>\S+)|# newdoc(?: id\s*=\s*(?P<newdoc>[^\t]*))?"
)
_OPEN = re.compile(r"<([A-Za-z][\w-]*)>")


@dataclass
class _Sentence:
    line: int
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass
class _Part:
    """A document's sentences; ``name`` is None where its mark gives no id."""

    line: int
    name: str | None = None
    sentences: list[_Sentence] = field(default_factory=list)


def read(path: Path, collect: Collector, folder: Path | None = None) -> None:
    """Read a CoNLL file into the collector.

    Raises:
        FormatError: for a line with too few columns or a tag that is none.
    """
    parts, marks = _parts(path)
    tagged = [s for part in parts for s in part.sentences if s.tags]
    style = notation(sentence.tags for sentence in tagged)
    scheme = TagScheme((), TagStyle.BIOES if style.name == "BIOES" else TagStyle.BIO)
    base = len(collect)
    for number, part in enumerate(parts, base + 1):
        collect.add(path, _document(part, str(number) if part.name is None else part.name, scheme))
    if not tagged:
        collect.notes.append("one column: tokens without tags")
    elif style.name:
        collect.notes.append(f"{style.name} tags recognised")
    if style.malformed:
        collect.notes.append(
            f"{style.malformed:,} tags do not follow {style.name}; they were repaired as "
            "conlleval reads them"
        )
    collect.notes.append(marks or "no document marks: each sentence is a document")


def _parts(path: Path) -> tuple[list[_Part], str]:
    parts: list[_Part] = []
    marks = ""
    for item in _items(path):
        if isinstance(item, _Part):
            parts.append(item)
            marks = marks or "document marks recognised (-DOCSTART- or alike)"
        elif marks:
            if not parts:
                parts.append(_Part(item.line))
            parts[-1].sentences.append(item)
        else:
            parts.append(_Part(item.line, None, [item]))
    if not marks:
        return _enclosed(parts)
    return [part for part in parts if part.sentences or part.name is not None], marks


def _items(path: Path) -> Iterator[_Part | _Sentence]:
    """Marks and sentences in the order of the file."""
    sentence = _Sentence(1)
    columns = 0
    for number, line in enumerate(each_line(path), 1):
        if not line.strip():
            if sentence.words:
                yield sentence
            sentence = _Sentence(number + 1)
            continue
        mark = _MARK.fullmatch(line) if line[0] in "-#" else None
        if mark and (line.startswith("-DOC") or "\t" not in line):
            if sentence.words:
                yield sentence
            sentence = _Sentence(number + 1)
            name = next((g for g in mark.groups() if g is not None), None)
            yield _Part(number, None if name is None else unescaped(name))
            continue
        cells = line.split("\t") if "\t" in line else line.split()
        columns = columns or len(cells)
        _add_token(sentence, cells, columns, path, number, line)
    if sentence.words:
        yield sentence


def _add_token(
    sentence: _Sentence, cells: list[str], columns: int, path: Path, number: int, line: str
) -> None:
    if not cells[0] or (columns > 1 and len(cells) < 2):
        raise FormatError(
            f'expected "token<TAB>tag", got {line[:80]!r}. Sentences are parted by empty lines',
            path=path,
            line=number,
        )
    sentence.words.append(cells[0])
    if columns == 1:
        return
    tag = canonical(cells[-1].strip())
    if tag is None:
        raise FormatError(
            f'expected a tag such as "O", "B-Disease" or "I-Disease" in the last column, '
            f"got {cells[-1]!r}",
            path=path,
            line=number,
        )
    sentence.tags.append(tag)


def _enclosed(parts: list[_Part]) -> tuple[list[_Part], str]:
    """Take off ``<X>`` … ``</X>`` around sentences; what lies between is one document."""
    opened = _OPEN.fullmatch(parts[0].sentences[0].words[0]) if parts else None
    name = opened.group(1) if opened else ""
    if not name or not any(p.sentences[0].words[-1] == f"</{name}>" for p in parts):
        return parts, ""
    documents: list[_Part] = []
    inside = False
    for part in parts:
        sentence = part.sentences[0]
        begins = bool(_OPEN.fullmatch(sentence.words[0]))
        if begins or not inside:
            documents.append(_Part(part.line))
        documents[-1].sentences.append(sentence)
        inside = not re.fullmatch(r"</[A-Za-z][\w-]*>", sentence.words[-1])
        if not inside:
            del sentence.words[-1], sentence.tags[-1:]
        if begins:
            del sentence.words[0], sentence.tags[:1]
    marks = f"<{name}> … </{name}> taken for document marks"
    return [part for part in documents if any(s.words for s in part.sentences)], marks


def _document(part: _Part, name: str, scheme: TagScheme) -> Document:
    pieces: list[str] = []
    rows: list[list[Offsets]] = []
    mentions: list[Mention] = []
    at = 0
    for sentence in part.sentences:
        row: list[Offsets] = []
        for word in sentence.words:
            row.append((at, at + len(word)))
            at += len(word) + 1
        rows.append(row)
        pieces.append(" ".join(sentence.words))
        for span in scheme.repair(sentence.tags):
            mentions.append(Mention(row[span.start][0], row[span.end - 1][1], span.label))
    return Document(name, "\n".join(pieces), part.line, tokens=rows, mentions=mentions)


# ---- writing --------------------------------------------------------------------------------
def write(out: TextIO, corpus: Corpus, annotations: Annotations) -> None:
    """Write two columns, BIO, a ``-DOCSTART- (ID)`` line before each document.

    Tags hold neither scores, concept ids nor overlapping spans. A span is widened to the tokens
    it touches; of overlapping ones the longest is written; one across sentences is left out.
    What is lost is counted in the log.

    Raises:
        SpanError: if a span leaves its document's text.
        FormatError: if a token cannot be told from a document mark or an empty line.
    """
    scheme = TagScheme(annotations.labels, TagStyle.BIO)
    chosen = spans_for_tags(corpus, annotations, "CoNLL")
    for row in range(corpus.n_documents):
        out.write(f"-DOCSTART- ({escaped(corpus.document_id(row))})\t{OUTSIDE}\n\n")
        for index in range(*corpus.sentence_splits[row : row + 2].tolist()):
            sentence = corpus[index]
            tags = scheme.encode(chosen.get(index, ()), length=len(sentence))
            for word, tag in zip(sentence.words, tags.tolist(), strict=True):
                out.write(f"{_one_line(word)}\t{scheme.names[tag]}\n")
            out.write("\n")


def _one_line(word: str) -> str:
    clean = re.sub(r"[\t\n\r]", " ", word)
    if clean.startswith("-DOCSTART-") or not clean.strip():
        raise FormatError(f"the token {word!r} cannot be written in CoNLL")
    return clean


_TAG = re.compile(r"O|[BIESLUMW](-\S.*)?")


def recognises(head: str) -> bool:
    """Whether each line ends in a tag, or the file begins with a document mark."""
    whole = head if len(head) < 60_000 else head[: head.rfind("\n")]
    lines = [line for line in split_lines(whole) if line.strip()][:300]
    if lines and lines[0].startswith("-DOCSTART-"):
        return True
    cells = [line.split("\t") if "\t" in line else line.split() for line in lines]
    cells = [row for row, line in zip(cells, lines, strict=True) if not _MARK.fullmatch(line)]
    tagged = all(len(row) > 1 and _TAG.fullmatch(row[-1].strip()) for row in cells)
    return bool(cells) and (tagged or _is_one_column(whole, cells))


def _is_one_column(head: str, cells: list[list[str]]) -> bool:
    """A token a line and sentences parted by empty lines: nothing else looks like it."""
    return len(cells) >= 20 and "\n\n" in head and all(len(row) == 1 for row in cells)


FORMAT = Format(
    "conll",
    "a token and its tag (BIO, IOB1, BIOES) a line, an empty line after each sentence",
    (".conll", ".iob", ".iob2", ".bio", ".bioes", ".iobes"),
    recognises,
    read,
    write,
)
