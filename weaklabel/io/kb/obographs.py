"""Ontologies and lists of names as JSON: OBO Graphs, and ``{"id": ["name", …]}``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from weaklabel.errors import FormatError
from weaklabel.ground.lines import read_text
from weaklabel.io.kb.ontology import Concept, short_id, take, without_id
from weaklabel.io.kb.reading import Entries, KbFormat, LeftOut, Wanted

_SCOPE = re.compile(r"has(Exact|Narrow|Broad|Related)Synonym$")
_HALF = re.compile("[\ud800-\udfff]")
_NAMESPACE = "hasOBONamespace"


def read(path: Path, wanted: Wanted) -> Entries:
    """Read OBO Graphs JSON, or an object whose values are lists of names.

    Raises:
        FormatError: for what is no JSON (with line), or of another shape; where a concept gets no
            type.
    """
    text = read_text(path)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(f"not valid JSON: {error.msg}", path=path, line=error.lineno) from None
    except (RecursionError, ValueError) as error:  # nested too deeply, a number of 5,000 digits
        raise FormatError(f"not usable JSON: {error}", path=path) from None
    entries = Entries(fault=wanted.fault)
    try:
        concepts = list(_concepts(path, value))
        entries.licence = _licence(value.get("graphs"))
    except (AttributeError, TypeError, KeyError) as error:
        raise FormatError(f"expected OBO Graphs or {{id: [names]}}: {error}", path=path) from None
    if "\\ud" in text.casefold():
        for concept in concepts:
            _leave_out_halves(concept, entries)
    take(concepts, path, wanted, entries)
    return entries


def _leave_out_halves(concept: Concept, entries: Entries) -> None:
    """JSON can escape half a character (a lone surrogate), which no UTF-8 text can hold."""
    halves = [row for row in concept.names if _HALF.search(row[2] + concept.id)]
    concept.names = [row for row in concept.names if row not in halves]
    entries.left_out += [LeftOut(line, name, "half a character") for line, _, name in halves]


def _concepts(path: Path, value: Any) -> Iterator[Concept]:
    if not isinstance(value, dict):
        raise TypeError(f"got a {type(value).__name__}")
    if isinstance(value.get("graphs"), list):
        for graph in value["graphs"]:
            yield from _graph(path, graph)
        return
    for key, names in value.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"{key!r} has no list of names")
        scopes = ["name", *["exact"] * len(names)]
        yield Concept(key, names=[(0, s, n) for s, n in zip(scopes, names, strict=False)])


def _graph(path: Path, graph: dict[str, Any]) -> Iterator[Concept]:
    parents: dict[str, list[str]] = {}
    for edge in graph.get("edges", ()):
        if edge["pred"] in ("is_a", "subClassOf"):
            parents.setdefault(edge["sub"], []).append(short_id(edge["obj"]))
    for node in graph.get("nodes", ()):
        if node.get("type", "CLASS") != "CLASS":
            continue
        if not node.get("id"):
            raise without_id(path, None, f"node {node.get('lbl', '')!r}")
        meta = node.get("meta", {})
        namespaces = [
            str(value["val"])
            for value in meta.get("basicPropertyValues", ())
            if value["pred"].endswith(_NAMESPACE)
        ]
        yield Concept(
            short_id(node["id"]),
            names=list(_names(node, meta)),
            parents=parents.get(node["id"], []),
            namespace=namespaces[0] if namespaces else "",
            obsolete=bool(meta.get("deprecated")),
        )


def _names(node: dict[str, Any], meta: dict[str, Any]) -> Iterator[tuple[int, str, str]]:
    if "lbl" in node:
        yield 0, "name", " ".join(node["lbl"].split())
    for synonym in meta.get("synonyms", ()):
        scope = _SCOPE.search(synonym["pred"])
        text = " ".join(synonym["val"].split())
        yield 0, scope.group(1).casefold() if scope else "related", text


def _licence(graphs: Any) -> str:
    if not isinstance(graphs, list):
        return ""
    values = (v for g in graphs for v in g.get("meta", {}).get("basicPropertyValues", ()))
    found = (str(v["val"]) for v in values if re.search("licen[sc]e$", v["pred"]))
    return next(found, "")


_LISTS = re.compile(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\[\s*"')


def recognises(head: str) -> bool:
    """Whether it begins as one of the two forms."""
    return _LISTS.match(head) is not None or ('"graphs"' in head and '"nodes"' in head)


FORMAT = KbFormat(
    "json",
    'OBO Graphs, or {"id": ["name", …]}; needs a type (--dictionary TYPE=PATH)',
    (".json",),
    recognises,
    read,
)
