"""A run's folder: what is finished in it, what it was made from, and its log.

Everything a run depends on is an *ingredient*: a hash, and the first stage it enters. A stage's
key is the hash of all ingredients that entered up to it, so a changed dictionary undoes labelling
and what follows, a changed number of epochs only training and what follows.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeVar

from weaklabel.atomic import write_text
from weaklabel.errors import RunFolderError
from weaklabel.running.events import Event, Kind, Listener
from weaklabel.running.machine import peak_memory_mb

T = TypeVar("T")

STAGES = ("label", "aggregate", "clean", "train", "score", "report")
"""The stages, in order."""

_DOING = {
    "label": "labelling",
    "aggregate": "aggregation",
    "clean": "cleaning",
    "train": "training",
    "score": "scoring",
    "report": "the report",
}
MANIFEST = "manifest.json"
LOG = "log.jsonl"


@dataclass(frozen=True)
class Ingredient:
    """Something a run depends on.

    Attributes:
        name: such as ``"dictionary"`` or ``"training.epochs"``.
        stage: the first stage it enters.
        value: its hash, or the value itself where it is short.
        about: words for a person: the file and when it changed, or the value.
    """

    name: str
    stage: str
    value: str
    about: str = ""


@dataclass(frozen=True)
class Kept:
    """How a stage's output is kept: which files, how they are written and read.

    Attributes:
        stage: one of :data:`STAGES`.
        outputs: files and folders, relative to the run's folder.
        save: writes a value into a folder, whole or not at all.
        load: reads it back.
    """

    stage: str
    outputs: tuple[str, ...]
    save: Callable[[Any, Path], None]
    load: Callable[[Path], Any]


@dataclass
class RunFolder:
    """An open run. Made by :func:`opened`, which also closes it.

    Attributes:
        path: the folder.
        ingredients: what the run depends on.
        manifest: what is written to ``manifest.json``.
        changed: what differs from the run that was in the folder, in words; empty if nothing.
    """

    path: Path
    ingredients: tuple[Ingredient, ...]
    manifest: dict[str, Any]
    changed: str
    _listen: Listener = field(repr=False)
    _log: IO[str] = field(repr=False)

    def key(self, stage: str) -> str:
        """The hash of everything that enters up to a stage."""
        return stage_key(self.ingredients, stage)

    def keep(self, kept: Kept, make: Callable[[], tuple[Any, str]]) -> Any:
        """The output of a stage: read if it is there under the same key, else made and written.

        What a stage hands on is always read from what was written, so that a run that was
        stopped and resumed passes on the very same bytes.

        Args:
            kept: how the output is written and read.
            make: makes the value, and the words that describe it.
        """
        stage, record = kept.stage, self.manifest["stages"].get(kept.stage)
        if record is not None:
            value = kept.load(self.path)
            self.tell(Event(Kind.KEPT, stage, record["text"], record["seconds"]))
            return value
        started = time.perf_counter()
        self.tell(Event(Kind.STARTED, stage))
        made, text = make()
        kept.save(made, self.path)
        seconds = time.perf_counter() - started
        self.manifest["stages"][stage] = {
            "key": self.key(stage),
            "seconds": round(seconds, 3),
            "text": text,
            "outputs": {name: _hash_of(self.path / name) for name in kept.outputs},
        }
        self.write_manifest()
        self.tell(Event(Kind.DONE, stage, text, seconds))
        return kept.load(self.path)

    def tell(self, event: Event) -> None:
        """Log an event and pass it on."""
        record: dict[str, Any] = {"time": _now(), "event": str(event.kind)}
        if event.stage:
            record["stage"] = event.stage
        if event.text:
            record["text"] = event.text
        if event.seconds is not None:
            record["seconds"] = round(event.seconds, 3)
        self._log.write(json.dumps(record | dict(event.facts), ensure_ascii=False) + "\n")
        self._log.flush()
        self._listen(event)

    def checkpoints(self) -> Path:
        """The folder for training's checkpoints; those made under another key are removed."""
        folder = self.path / "checkpoints"
        mine = folder / self.key("train")[:16]
        for other in folder.iterdir() if folder.is_dir() else ():
            if other != mine:
                _remove(other)
        mine.mkdir(parents=True, exist_ok=True)
        return mine

    def write_manifest(self) -> None:
        """Write ``manifest.json``, whole."""
        stages = self.manifest["stages"].values()
        self.manifest["seconds"] = round(sum(record["seconds"] for record in stages), 3)
        peak = max(peak_memory_mb(), self.manifest.get("peak_memory_mb", 0.0))
        self.manifest["peak_memory_mb"] = peak
        text = json.dumps(self.manifest, indent=2, ensure_ascii=False)
        write_text(self.path / MANIFEST, text + "\n")

    def replace_epochs(self, epochs: Sequence[Mapping[str, Any]]) -> None:
        """Leave exactly these epochs in the log: after a kill some may stand there twice."""
        lines = (self.path / LOG).read_text(encoding="utf-8").splitlines()
        others = [line for line in lines if '"event": "epoch"' not in line[:80]]
        fresh = [json.dumps({"time": _now(), "event": "epoch", **e}) for e in epochs]
        self._log.seek(0)
        self._log.truncate()
        self._log.write("\n".join([*others, *fresh]) + "\n")
        self._log.flush()


def stage_key(ingredients: Sequence[Ingredient], stage: str) -> str:
    """The hash of the ingredients that enter up to a stage.

    >>> a = [Ingredient("seed", "train", "0"), Ingredient("corpus", "label", "c0ffee")]
    >>> b = [Ingredient("seed", "train", "1"), Ingredient("corpus", "label", "c0ffee")]
    >>> stage_key(a, "label") == stage_key(b, "label")
    True
    >>> stage_key(a, "train") == stage_key(b, "train")
    False
    """
    upto = STAGES[: STAGES.index(stage) + 1]
    rows = sorted((i.name, i.value) for i in ingredients if i.stage in upto)
    return hashlib.blake2b(json.dumps(rows).encode(), digest_size=16).hexdigest()


@contextmanager
def opened(
    path: Path,
    ingredients: Sequence[Ingredient],
    *,
    about: Mapping[str, Any],
    resume: bool,
    listen: Listener,
) -> Iterator[RunFolder]:
    """Open a folder for a run: a new one, or with ``resume`` one that stopped or changed.

    Args:
        path: the folder; made if absent.
        ingredients: what the run depends on.
        about: further entries of the manifest (command, versions, machine).
        resume: go on with what is there; redo what depends on a changed ingredient.
        listen: told what happens.

    Raises:
        RunFolderError: if the folder is not empty and ``resume`` is false, is not a run's
            folder, or is in use by another process.
    """
    earlier = _earlier(path, ingredients, resume=resume)
    path.mkdir(parents=True, exist_ok=True)
    log = _locked_log(path)
    try:
        run = RunFolder(path, tuple(ingredients), {}, _changes(earlier, ingredients), listen, log)
        good = _still_good(path, earlier.get("stages", {}), ingredients)
        run.manifest = {
            **about,
            "ingredients": {i.name: {"value": i.value, "about": i.about} for i in ingredients},
            "stages": good,
        }
        if "train" in good:
            run.manifest |= {k: earlier[k] for k in ("training", "peak_memory_mb") if k in earlier}
        run.write_manifest()
        yield run
    finally:
        log.close()


def _earlier(path: Path, ingredients: Sequence[Ingredient], *, resume: bool) -> dict[str, Any]:
    """The manifest of the run that is there, empty for a fresh folder; refuses what must not be."""
    if path.exists() and not path.is_dir():
        raise RunFolderError(f"{path} is a file; --out wants a folder")
    there = [p.name for p in path.iterdir() if ".part" not in p.name] if path.exists() else []
    if not set(there) - {LOG}:
        return {}
    if MANIFEST not in there:
        raise RunFolderError(
            f"{path} is not empty and no run's folder ({sorted(there)[0]} is in it). "
            f"Use another --out; nothing was written."
        )
    try:
        earlier: dict[str, Any] = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        earlier["stages"], earlier["ingredients"]
    except (ValueError, KeyError, TypeError):
        raise RunFolderError(
            f"{path / MANIFEST} is no manifest of a run. Use another --out"
        ) from None
    if resume:
        return earlier
    changes = _differences(earlier, ingredients)
    other = path.with_name(path.name + "-2")
    if changes:
        raise RunFolderError(
            f"{path} was made {_listed([c.text for c in changes])}. "
            f"Use --out {other}, or --resume to redo {_first(changes)} and what follows."
        )
    state = "a finished run" if "report" in earlier["stages"] else "a run that is not finished"
    raise RunFolderError(f"{path} holds {state}. Use --out {other}, or --resume to go on with it.")


@dataclass(frozen=True)
class _Change:
    stage: str
    text: str


def _differences(earlier: Mapping[str, Any], ingredients: Sequence[Ingredient]) -> list[_Change]:
    before = dict(earlier["ingredients"])
    found: list[_Change] = []
    for now in ingredients:
        was = before.pop(now.name, None)
        if was is None:
            found.append(_Change(now.stage, f"without {now.name} ({now.about})"))
        elif was["value"] != now.value:
            found.append(_Change(now.stage, _changed(now, was["about"])))
    found += [_Change("label", f"with {name} ({was['about']})") for name, was in before.items()]
    return sorted(found, key=lambda change: STAGES.index(change.stage))


def _changed(now: Ingredient, was: str) -> str:
    if "." in now.name or now.name in ("seed", "device"):  # a setting: the value says it all
        return f"with {now.name} = {was}, not {now.about}"
    if was == now.about or not was:
        return f"from another {now.name} ({now.about})"
    return f"from another {now.name} ({was}; now {now.about})"


def _listed(texts: list[str]) -> str:
    shown = texts[:3] + ([f"{len(texts) - 3} other differences"] if len(texts) > 3 else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _first(changes: Sequence[_Change]) -> str:
    return _DOING[changes[0].stage]


def _changes(earlier: Mapping[str, Any], ingredients: Sequence[Ingredient]) -> str:
    changes = _differences(earlier, ingredients) if earlier else []
    if not changes:
        return ""
    what = _listed([change.text for change in changes])
    return f"the run was made {what}: {_first(changes)} and what follows is redone"


def _still_good(
    path: Path, stages: Mapping[str, Any], ingredients: Sequence[Ingredient]
) -> dict[str, Any]:
    """The stages whose key and files still hold. The files of the others are removed."""
    good: dict[str, Any] = {}
    broken = False
    for stage in STAGES:
        record = stages.get(stage)
        if record is None:
            continue
        whole = all(_hash_of(path / n) == h for n, h in record["outputs"].items())
        broken = broken or not whole or record["key"] != stage_key(ingredients, stage)
        if not broken:
            good[stage] = record
            continue
        for name in record["outputs"]:
            _remove(path / name)
    return good


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _hash_of(path: Path) -> str:
    """The hash of a file, or of all files under a folder; empty if it is not there."""
    if not path.exists():
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.relative_to(path.parent).as_posix().encode() + b"\0")
            with file.open("rb") as data:
                digest.update(hashlib.file_digest(data, "blake2b").digest())
    return digest.hexdigest()


def _locked_log(path: Path) -> IO[str]:
    """The log, opened for appending; a line torn by a kill is cut off."""
    file = path / LOG
    file.touch()
    log = file.open("r+", encoding="utf-8", newline="\n")
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        log.close()
        raise RunFolderError(
            f"{path} is in use by another weaklabel; wait, or use another --out"
        ) from None
    whole = file.read_bytes().rpartition(b"\n")
    os.truncate(file, len(whole[0]) + len(whole[1]))
    log.seek(0, os.SEEK_END)
    return log


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
