"""Concepts of an ontology, whatever file they come from → entries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from weaklabel.errors import FormatError
from weaklabel.io.kb.hierarchy import Branches, settled
from weaklabel.io.kb.reading import SCOPES, Entries, Wanted, no_type

OBSOLETE = "obsolete"
NO_BRANCH = "in no branch asked for"
OTHER_TYPE = "of another semantic type"


def other_scope(scope: str) -> str:
    """The reason for which a synonym is skipped."""
    return f"{scope} synonyms"


@dataclass
class Concept:
    """A concept as an ontology has it.

    Attributes:
        id: such as ``DOID:4``.
        line: where it begins, 0 where the format has no lines.
        names: (line, scope, text); the scope of its own name is "name".
        parents: ids of what it is a kind of.
        namespace: the part of the ontology it belongs to.
        obsolete: whether it should no longer be used.
    """

    id: str
    line: int = 0
    names: list[tuple[int, str, str]] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    namespace: str = ""
    obsolete: bool = False


def take(concepts: Iterable[Concept], path: Path, wanted: Wanted, entries: Entries) -> None:
    """Add the wanted names of an ontology's concepts to ``entries``.

    Raises:
        FormatError: where a concept gets no type.
    """
    concepts = list(concepts)
    branches = Branches(wanted.branches, {concept.id: concept.parents for concept in concepts})
    entries.met |= wanted.branches.keys() & {concept.id for concept in concepts}
    scopes = {"name", *wanted.scopes}
    for concept in concepts:
        if concept.obsolete:
            entries.skipped[OBSOLETE] += len(concept.names)
            continue
        types, reason = _types_of(concept, branches, wanted, entries)
        if reason:
            entries.skipped[reason] += len(concept.names)
            continue
        if not types and concept.names:
            raise no_type(path, concept.line or None, "an ontology names no entity type")
        seen: set[str] = set()
        for line, scope, text in concept.names:
            if scope not in scopes:
                entries.skipped[other_scope(scope)] += 1
            elif not text or text not in seen:
                seen.add(text)
                entries.add(line, text, types, (concept.id,), path.name)
    entries.how = f"names, {', '.join(s for s in SCOPES if s in scopes) or 'no'} synonyms"


def _types_of(
    concept: Concept, branches: Branches, wanted: Wanted, entries: Entries
) -> tuple[tuple[str, ...], str]:
    """A concept's types, or why it is skipped."""
    if wanted.semantic_types:
        if concept.namespace not in wanted.semantic_types:
            return (), OTHER_TYPE
        entries.met.add(concept.namespace)
    given: tuple[str, ...] = () if wanted.type is None else (wanted.type,)
    if wanted.semantic_types:
        given = (wanted.semantic_types[concept.namespace],)
    types = settled(branches.types_of(concept.id), given)
    return types, NO_BRANCH if wanted.branches and not types else ""


_LOCAL = re.compile(r"([A-Za-z][A-Za-z0-9]*)_(\w+)")


def short_id(iri: str) -> str:
    """The short form of a concept's address.

    >>> short_id("http://purl.obolibrary.org/obo/DOID_0050155"), short_id("DOID:4")
    ('DOID:0050155', 'DOID:4')
    """
    if "://" not in iri:
        return iri
    local = re.split(r"[/#]", iri)[-1]
    match = _LOCAL.fullmatch(local)
    return f"{match.group(1)}:{match.group(2)}" if match else local


def without_id(path: Path, line: int | None, what: str) -> FormatError:
    """The error for a concept that has no id."""
    return FormatError(f"{what} without id", path=path, line=line)
