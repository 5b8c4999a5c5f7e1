"""Ontologies as OWL (RDF/XML): labels and synonyms of classes, read without holding the file."""

from __future__ import annotations

import re
from pathlib import Path
from xml.parsers import expat

from weaklabel.errors import FormatError
from weaklabel.io.kb.ontology import Concept, short_id, take
from weaklabel.io.kb.reading import Entries, KbFormat, Wanted

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OWL = "http://www.w3.org/2002/07/owl#"
_OBO = "http://www.geneontology.org/formats/oboInOwl#"
_SCOPES = {
    _RDFS + "label": "name",
    _OBO + "hasExactSynonym": "exact",
    _OBO + "hasNarrowSynonym": "narrow",
    _OBO + "hasBroadSynonym": "broad",
    _OBO + "hasRelatedSynonym": "related",
}
_LICENCE = re.compile(r"/(?:licen[sc]e)$")


def read(path: Path, wanted: Wanted) -> Entries:
    """Read an OWL file in RDF/XML; classes without an address are no concepts.

    Raises:
        FormatError: for what is no XML (with line); where a concept gets no type.
    """
    entries = Entries(fault=wanted.fault)
    handler = _Handler()
    parser = expat.ParserCreate(namespace_separator="")
    parser.buffer_text = True
    handler.parser = parser
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        message = f"not valid XML: {expat.ErrorString(error.code)}"
        raise FormatError(message, path=path, line=error.lineno) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", path=path) from None
    entries.licence = handler.licence
    take(handler.concepts, path, wanted, entries)
    return entries


class _Handler:
    """Collects concepts; what is nested in a class (restrictions) is not its own."""

    parser: expat.XMLParserType

    def __init__(self) -> None:
        self.concepts: list[Concept] = []
        self.licence = ""
        self._concept: Concept | None = None
        self._depth = 0
        self._at = 0
        self._line = 0
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._text.clear()
        self._line = self.parser.CurrentLineNumber
        about = attributes.get(_RDF + "about", "")
        resource = attributes.get(_RDF + "resource", "")
        if tag == _OWL + "Class" and about and self._depth == 2:
            self._concept, self._at = Concept(short_id(about), self._line), self._depth
        elif self._concept is not None and self._depth == self._at + 1:
            if tag == _RDFS + "subClassOf" and resource:
                self._concept.parents.append(short_id(resource))
        elif _LICENCE.search(tag) and resource:
            self.licence = self.licence or resource

    def end(self, tag: str) -> None:
        concept, text = self._concept, " ".join("".join(self._text).split())
        if concept is not None and self._depth == self._at + 1:
            if tag in _SCOPES:
                concept.names.append((self._line, _SCOPES[tag], text))
            elif tag == _OBO + "hasOBONamespace":
                concept.namespace = text
            elif tag == _OWL + "deprecated":
                concept.obsolete = text in ("true", "1")
        elif concept is not None and self._depth == self._at:
            self.concepts.append(concept)
            self._concept = None
        elif concept is None and _LICENCE.search(tag) and text:
            self.licence = self.licence or text
        self._depth -= 1
        self._text.clear()

    def text(self, data: str) -> None:
        self._text.append(data)


def recognises(head: str) -> bool:
    """Whether it is XML that speaks of OWL as RDF."""
    return head.lstrip()[:1] == "<" and "<rdf:RDF" in head and _OWL in head


FORMAT = KbFormat(
    "owl",
    "an ontology as RDF/XML; needs a type (--dictionary TYPE=PATH)",
    (".owl", ".rdf"),
    recognises,
    read,
)
