"""One source of every kind, made from files as a user would: what the contract is held against.

To add a kind: a function that writes what it needs into a folder and yields the options of its
table, and a line in ``MADE``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

Options = dict[str, Any]

FUNCTION = """
from weaklabel import source


@source(per="document", types=["Disease"])
def itis(document):
    for found in document.finditer(r"\\b\\w+itis\\b|fever|ARF|failure"):
        yield found.span_as("Disease")
"""
PATTERNS = r"""
Disease	\b\w+itis\b|fever|failure
Ion	\b(\w+)\(?\d?\+\)?		1	ion
Brackets	\(+
"""
TOKENS = [
    {"label": "Disease", "pattern": [{"LOWER": "renal"}, {"LOWER": "failure"}], "id": "T:1"},
    {"label": "Disease", "pattern": "fever"},
    {"label": "Chemical", "pattern": [{"SHAPE": "XX"}, {"ORTH": "-", "OP": "+"}]},
]
EXPORTED = [
    {"id": "plain", "spans": [{"start": 0, "end": 7, "label": "Chemical"}]},
    {"id": "right to left", "spans": [{"start": 8, "end": 99, "label": "Disease"}]},
    {"id": "gone", "spans": [{"start": 0, "end": 7, "label": "Chemical"}]},
]


@contextmanager
def regex(folder: Path) -> Iterator[Options]:
    (folder / "patterns.tsv").write_text(PATTERNS, encoding="utf-8")
    yield {"path": "patterns.tsv"}


@contextmanager
def spacy_patterns(folder: Path) -> Iterator[Options]:
    lines = [json.dumps(row) + "\n" for row in TOKENS]
    (folder / "rules.jsonl").write_text("".join(lines), encoding="utf-8")
    yield {"path": "rules.jsonl"}


@contextmanager
def function(folder: Path) -> Iterator[Options]:
    (folder / "rules.py").write_text(FUNCTION, encoding="utf-8")
    yield {"module": "rules.py:itis"}


@contextmanager
def exported(folder: Path) -> Iterator[Options]:
    lines = [json.dumps(row) + "\n" for row in EXPORTED]
    (folder / "spans.jsonl").write_text("".join(lines), encoding="utf-8")
    yield {"path": "spans.jsonl"}


@contextmanager
def spacy_pipeline(folder: Path) -> Iterator[Options]:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(TOKENS)  # type: ignore[attr-defined]
    nlp.to_disk(folder / "pipeline")
    yield {"pipeline": str(folder / "pipeline")}


@contextmanager
def llm(folder: Path) -> Iterator[Options]:
    from tests.sources.llm_server import Reply, serving

    def say(text: str, before: int) -> Reply:
        names = [name for name in ("renal failure", "fever", "hepatitis") if name in text]
        return Reply(json.dumps({"spans": [{"text": n, "type": "Disease"} for n in names]}))

    with serving(say) as model:
        yield {
            "endpoint": model.endpoint,
            "model": "tiny",
            "types": {"Disease": "a disease"},
            "cache": str(folder / "answers"),
            "concurrency": 1,
        }


MADE: dict[str, Callable[[Path], AbstractContextManager[Options]]] = {
    "regex": regex,
    "spacy-patterns": spacy_patterns,
    "function": function,
    "exported": exported,
    "spacy": spacy_pipeline,
    "llm": llm,
}
"""Kind → what makes the options of one."""
ELSEWHERE = {"transformers", "fuzzy", "phrases", "tagger"}
"""Kinds that are held to the contract by ``test_model_sources.py``."""
