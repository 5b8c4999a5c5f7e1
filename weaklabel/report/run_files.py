"""What a run's folder holds for the report: read here, and only from there."""

from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from weaklabel.errors import RunFolderError

Rows = list[dict[str, str]]

_FILES = ("manifest.json", "scores.json", "analysis.json", "log.jsonl", "config.toml")


@dataclass(frozen=True)
class RunFiles:
    """The files of a run's folder; what is missing is empty.

    Attributes:
        folder: where they lie.
        config: ``config.toml`` as text.
        manifest: ``manifest.json``.
        scores: ``scores.json``; without a dev set it holds a note and no score.
        analysis: ``analysis.json``.
        log: the events of ``log.jsonl``.
        changes: ``changes.tsv``, a row a name that was dropped, muted, added or kept.
        dropped: ``dropped.tsv``, a row an annotation that was left out.
    """

    folder: Path
    config: str
    manifest: dict[str, Any]
    scores: dict[str, Any]
    analysis: dict[str, Any]
    log: list[dict[str, Any]]
    changes: Rows
    dropped: Rows

    @classmethod
    def read(cls, folder: str | Path) -> RunFiles:
        """Read a run's folder.

        Raises:
            RunFolderError: if it is no run's folder, or one of its files is broken.
        """
        here = Path(folder)
        if not any((here / name).is_file() for name in _FILES):
            raise RunFolderError(
                f"{here} is no run's folder: it has none of {', '.join(_FILES)}. "
                "A report is made of what `weaklabel run` or `weaklabel train` left."
            )
        return cls(
            here,
            _text(here / "config.toml"),
            _json(here / "manifest.json"),
            _json(here / "scores.json"),
            _json(here / "analysis.json"),
            _lines(here / "log.jsonl"),
            _table(here / "changes.tsv"),
            _table(here / "dropped.tsv"),
        )

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.resolve().name

    @property
    def is_scored(self) -> bool:
        """Whether there was a dev set."""
        return "dev" in self.scores

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """Each epoch once (the last record of it), in order."""
        rows = {e["epoch"]: e for e in self.log if e.get("event") == "epoch" and "epoch" in e}
        return [rows[number] for number in sorted(rows)]

    @cached_property
    def types(self) -> list[str]:
        """All types the run speaks of, sorted."""
        systems = [system for system in self.scores.values() if isinstance(system, dict)]
        found = {t for system in systems for t in system.get("strict", {}).get("types", {})}
        found |= set((self.analysis.get("priors") or {}).get("types") or [])
        for row in self.analysis.get("sentences", []):
            found |= {span[2] for span in row.get("votes", [])}
        return sorted(found)

    @property
    def settings(self) -> dict[str, Any]:
        """``config.toml``, read; empty if it cannot be."""
        try:
            return tomllib.loads(self.config)
        except tomllib.TOMLDecodeError:
            return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise RunFolderError(f"{path} is broken: {error}") from None


def _json(path: Path) -> dict[str, Any]:
    raw = _text(path)
    try:
        value = json.loads(raw) if raw else {}
    except ValueError as error:
        raise RunFolderError(f"{path} is broken: {error}; --resume writes it anew") from None
    if not isinstance(value, dict):
        raise RunFolderError(f"{path} is broken: expected an object, got {type(value).__name__}")
    return value


def _lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines only: a kill may have torn one."""
    rows = []
    for line in _text(path).splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def _table(path: Path) -> Rows:
    reader = csv.DictReader(_text(path).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [{k: v or "" for k, v in row.items() if k} for row in reader]
