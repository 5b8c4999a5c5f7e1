"""error_analysis(): the commonest misses, inventions, boundary errors and type confusions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from weaklabel.evaluate.sentences import SentenceFinder
from weaklabel.evaluate.strict import check_rows
from weaklabel.ground.normal import normal_key
from weaklabel.text import Annotations, Gold

KINDS = ("missed", "invented", "boundary", "type")
"""What can be wrong with a span, see :func:`mistakes`."""

Row = tuple[int, int, str]


class Mistake(NamedTuple):
    """One wrong span, or a gold span and the predicted one that stands for it."""

    kind: str
    document: int
    gold: Row | None
    predicted: Row | None


def mistakes(gold: Gold, predicted: Annotations) -> list[Mistake]:
    """Every mistake of strict scoring, each gold and each predicted span in at most one.

    Correct spans are set aside. Each gold span left is paired with the first predicted span
    left that fits, trying in turn:

    1. ``type``: the same boundaries, another type;
    2. ``boundary``: they share a character and have one type;
    3. ``type``: they share a character, and the types differ too.

    What stays alone is ``missed`` (gold) or ``invented`` (predicted).

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    check_rows(predicted, gold.corpus.n_documents)
    right = gold.annotations.keys() & predicted.keys()
    sides = [_left_over(side, right) for side in (gold.annotations, predicted)]
    documents = sorted(sides[0].keys() | sides[1].keys())
    return [
        mistake
        for document in documents
        for mistake in _of_document(document, sides[0][document], sides[1][document])
    ]


def _left_over(
    side: Annotations, right: set[tuple[int, int, int, str]]
) -> defaultdict[int, list[Row]]:
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for document, start, end, label in sorted(side.keys() - right):
        rows[document].append((start, end, label))
    return rows


def _same_place(g: Row, p: Row) -> bool:
    return g[:2] == p[:2]


def _meet(g: Row, p: Row) -> bool:
    return g[0] < p[1] and p[0] < g[1]


def _meet_alike(g: Row, p: Row) -> bool:
    return _meet(g, p) and g[2] == p[2]


_FITS = (("type", _same_place), ("boundary", _meet_alike), ("type", _meet))


def _of_document(document: int, wanted: list[Row], found: list[Row]) -> Iterator[Mistake]:
    for kind, fit in _FITS:
        for g in list(wanted):
            p = next((p for p in found if fit(g, p)), None)
            if p is not None:
                wanted.remove(g)
                found.remove(p)
                yield Mistake(kind, document, g, p)
    yield from (Mistake("missed", document, g, None) for g in wanted)
    yield from (Mistake("invented", document, None, p) for p in found)


def error_analysis(
    gold: Gold, predicted: Annotations, *, most: int = 12, examples: int = 5
) -> dict[str, list[dict[str, Any]]]:
    """The commonest mistakes of each kind, with sentences.

    Mistakes are grouped by the names involved in normal form (case, plural, hyphen).

    Args:
        gold: documents and a person's spans.
        predicted: spans whose ``document`` is a row of ``gold.corpus``.
        most: groups to keep of each kind.
        examples: sentences to keep of each group, of different documents first.

    Returns:
        kind of :data:`KINDS` → ``[{"name", "type", "count", "examples": [{"document", "text",
        "gold": [[start, end, type]], "predicted": [...]}]}]``, commonest first. ``name`` is
        the text, for boundary errors "gold → predicted"; ``type`` is the type, for type
        confusions "gold → predicted"; offsets count characters of the example's text.

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    finder = SentenceFinder(gold.corpus)
    groups: dict[str, dict[object, list[Mistake]]] = {kind: {} for kind in KINDS}
    for mistake in mistakes(gold, predicted):
        groups[mistake.kind].setdefault(_group(gold, mistake), []).append(mistake)
    result: dict[str, list[dict[str, Any]]] = {}
    for kind, found in groups.items():
        common = sorted(found.values(), key=len, reverse=True)[:most]
        result[kind] = [_entry(gold, predicted, finder, rows, examples) for rows in common]
    return result


def count_mistakes(gold: Gold, predicted: Annotations) -> dict[str, int]:
    """How many mistakes of each kind there are, all of them.

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    found = Counter(mistake.kind for mistake in mistakes(gold, predicted))
    return {kind: found[kind] for kind in KINDS}


def _surface(gold: Gold, mistake: Mistake, row: Row | None) -> str:
    return gold.corpus.document_text(mistake.document)[row[0] : row[1]] if row else ""


def _group(gold: Gold, mistake: Mistake) -> object:
    rows = (mistake.gold, mistake.predicted)
    texts = [_surface(gold, mistake, row) for row in rows]
    keys = tuple(normal_key(text) or (text,) for text in texts)
    return keys, tuple(row[2] if row else "" for row in rows)


def _entry(
    gold: Gold, predicted: Annotations, finder: SentenceFinder, rows: list[Mistake], examples: int
) -> dict[str, Any]:
    first = rows[0]
    names = [_surface(gold, first, row) for row in (first.gold, first.predicted) if row]
    types = [row[2] for row in (first.gold, first.predicted) if row]
    return {
        "name": " → ".join(dict.fromkeys(names)),
        "type": " → ".join(dict.fromkeys(types)),
        "count": len(rows),
        "examples": _sentences(gold, predicted, finder, rows, examples),
    }


def _sentences(
    gold: Gold, predicted: Annotations, finder: SentenceFinder, rows: list[Mistake], examples: int
) -> list[dict[str, Any]]:
    by_document: dict[int, list[Mistake]] = {}
    for row in rows:
        by_document.setdefault(row.document, []).append(row)
    turns = [
        (turn, i, row) for i, own in enumerate(by_document.values()) for turn, row in enumerate(own)
    ]
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    for _, _, row in sorted(turns, key=lambda t: t[:2]):
        spans = [span for span in (row.gold, row.predicted) if span]
        start, end = min(s[0] for s in spans), max(s[1] for s in spans)
        sentence = finder.show(row.document, start, end, gold=gold.annotations, predicted=predicted)
        shown.setdefault((sentence["document"], sentence["text"]), sentence)
        if len(shown) == examples:
            break
    return list(shown.values())
