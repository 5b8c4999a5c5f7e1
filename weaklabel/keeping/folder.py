"""A run's folder: what is finished in it, what it was made from, and its log.

A stage's key is the hash of its arguments; an argument that is another stage's output has that
stage's key. So a changed dictionary undoes labelling and what follows, a changed number of epochs
only what trains and what follows, and no table says which option enters where.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeVar

from weaklabel.ground.atomic import write_text
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.keeping.arguments import Arguments, spelled
from weaklabel.keeping.differences import AT_WORK, MANIFEST, changes_in_words, earlier_run
from weaklabel.keeping.events import Event, Kind, Listener
from weaklabel.keeping.lock import LOG, locked_log
from weaklabel.keeping.machine import peak_memory_mb
from weaklabel.keeping.stage import Stage

T = TypeVar("T")


class Told:
    """The fingerprints of a run's values, each worked out once.

    A value keeps the fingerprint it had at first: a source that fills a cache as it labels is the
    same source afterwards, and in the next process it begins as it began here.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, str]] = {}  # the value too: else its id may be another's

    def __call__(self, value: Any) -> str:
        """The fingerprint of a value."""
        if id(value) not in self._known:
            self._known[id(value)] = value, fingerprint(value)
        return self._known[id(value)][1]


@dataclass
class RunFolder:
    """An open run. Made by :func:`opened`, which also closes it.

    Attributes:
        path: the folder.
        about: words for arguments whose value says little, such as the day a file changed.
        manifest: what is written to ``manifest.json``.
        changed: what differs from the run that was in the folder, in words; empty if nothing.
        key: that of the stage at work.
        summary: what the stage at work came to, where it says so itself.
    """

    path: Path
    about: Mapping[str, str]
    manifest: dict[str, Any]
    changed: str
    _listen: Listener = field(repr=False)
    _log: IO[str] = field(repr=False)
    _told: Told = field(repr=False)
    key: str = ""
    summary: str = ""
    _made: dict[int, tuple[Any, str]] = field(default_factory=dict, repr=False)
    _unused: set[str] = field(default_factory=set, repr=False)

    def __call__(self, stage: Stage[T], **arguments: Any) -> T:
        """The value of a stage: read if it is there of the same arguments, else made and written.

        What a stage hands on is always read from what was written, so that a run that was
        stopped and resumed passes on the very same bytes.

        Args:
            stage: the function, and how its value is kept.
            arguments: what it is given; all that it depends on.
        """
        apart = {name: self._spelled(name, value) for name, value in arguments.items()}
        if self._holds(stage.name, _joined(apart)):
            record = self.manifest["stages"][stage.name]
            self.key = record["key"]
            value = stage.load(self.path, arguments)
            self.tell(Event(Kind.KEPT, stage.name, record["text"], record["seconds"]))
        else:
            value = self._make(stage, arguments, apart)
        parts = value if isinstance(value, tuple) else ()
        for i, each in enumerate([value, *parts]):
            self._made[id(each)] = (each, f"{stage.name}:{self.key}.{i}")
        return value

    def unused(self, *names: str) -> None:
        """Say that the stage at work did not look at some arguments, and so depends on none."""
        self._unused.update(names)

    def _spelled(self, name: str, value: Any) -> Arguments:
        return spelled({name: value}, self.about, self._key_of, self._told)

    def _make(
        self, stage: Stage[T], arguments: Mapping[str, Any], apart: Mapping[str, Arguments]
    ) -> T:
        """Make a value; ``apart``: each argument spelled out before, for it may change itself."""
        given = _joined(apart)
        self._forget_from(stage.name)
        self._unused.clear()
        self.summary = ""
        self.key = _key(stage.name, given)
        self.manifest[AT_WORK] = {"doing": stage.doing, "arguments": _listed(given), "unused": []}
        self.write_manifest()  # what it was given, should it be stopped halfway
        started = time.perf_counter()
        self.tell(Event(Kind.STARTED, stage.name))
        made = stage.make(self, **arguments)
        stage.save(made, self.path)
        text, seconds = self.summary or stage.text(made, arguments), time.perf_counter() - started
        looked_at = _joined({k: v for k, v in apart.items() if k not in self._unused})
        self.key = _key(stage.name, looked_at)
        self.manifest["stages"][stage.name] = {
            "key": self.key,
            "doing": stage.doing,
            "arguments": _listed(looked_at),
            "unused": sorted(set(given) - set(looked_at)),
            "seconds": round(seconds, 3),
            "text": text,
            "outputs": {name: _hash_of(self.path / name) for name in stage.outputs(arguments)},
        }
        del self.manifest[AT_WORK]
        self.write_manifest()
        self.tell(Event(Kind.DONE, stage.name, text, seconds))
        return stage.load(self.path, arguments)

    def _holds(self, name: str, given: Arguments) -> bool:
        """Whether a stage's record is of these arguments, and its files are as it left them."""
        record = self.manifest["stages"].get(name)
        if record is None:
            return False
        looked_at = {k: v for k, v in given.items() if k not in record["unused"]}
        whole = all(_hash_of(self.path / n) == h for n, h in record["outputs"].items())
        return whole and record["key"] == _key(name, looked_at)

    def _forget_from(self, name: str) -> None:
        """Remove a stage's record and files, and those of the stages that came after it."""
        stages = self.manifest["stages"]
        names = list(stages)
        for each in names[names.index(name) :] if name in names else []:
            for output in stages.pop(each)["outputs"]:
                _remove(self.path / output)
        if "train" not in stages:
            self.manifest.pop("training", None)

    def _key_of(self, value: Any) -> str | None:
        """The key of a value that a stage made; ``None`` for any other."""
        made = self._made.get(id(value))
        return None if made is None else made[1]

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
        mine = folder / self.key[:16]
        for other in folder.iterdir() if folder.is_dir() else ():
            if other != mine:
                self._say_removed(other)
                _remove(other)
        mine.mkdir(parents=True, exist_ok=True)
        return mine

    def _say_removed(self, other: Path) -> None:
        files = sum(file.is_file() for file in other.rglob("*"))
        if files:
            where = f"{other.parent.name}/{other.name}"
            text = f"{where} is removed: {files} checkpoints of a training with other options"
            self.tell(Event(Kind.WARNING, "train", text))

    def write_manifest(self) -> None:
        """Write ``manifest.json``, whole."""
        stages = self.manifest["stages"].values()
        self.manifest["seconds"] = round(sum(record["seconds"] for record in stages), 3)
        peak = max(peak_memory_mb(), self.manifest.get("peak_memory_mb", 0.0))
        self.manifest["peak_memory_mb"] = peak
        text = json.dumps(self.manifest, indent=2, ensure_ascii=False)
        write_text(self.path / MANIFEST, text + "\n")

    def replace_epochs(self, epochs: Iterable[Mapping[str, Any]]) -> None:
        """Leave exactly these epochs in the log: after a kill some may stand there twice."""
        lines = (self.path / LOG).read_text(encoding="utf-8").splitlines()
        others = [line for line in lines if '"event": "epoch"' not in line[:80]]
        fresh = [json.dumps({"time": _now(), "event": "epoch", **e}) for e in epochs]
        self._log.seek(0)
        self._log.truncate()
        self._log.write("\n".join([*others, *fresh]) + "\n")
        self._log.flush()


@contextmanager
def opened(
    path: Path,
    given: Mapping[str, Any],
    *,
    words: Mapping[str, str],
    about: Mapping[str, Any],
    resume: bool,
    listen: Listener,
) -> Iterator[RunFolder]:
    """Open a folder for a run: a new one, or with ``resume`` one that stopped or changed.

    Args:
        path: the folder; made if absent.
        given: all that the run is given, by the names under which its stages are.
        words: for those whose value says little.
        about: further entries of the manifest (command, versions, machine).
        resume: go on with what is there; redo what depends on what changed.
        listen: told what happens.

    Raises:
        RunFolderError: if the folder is not empty and ``resume`` is false, is not a run's
            folder, or is in use by another process.
    """
    told = Told()
    now = spelled(given, words, told=told)
    earlier = earlier_run(path, now, resume=resume)
    path.mkdir(parents=True, exist_ok=True)
    log = locked_log(path)
    try:
        changed = changes_in_words(earlier, now)
        names = ("stages", "training", "peak_memory_mb", AT_WORK)
        kept: dict[str, Any] = {name: earlier[name] for name in names if name in earlier}
        manifest: dict[str, Any] = {**about, "stages": {}, **kept}
        run = RunFolder(path, words, manifest, changed, listen, log, told)
        run.write_manifest()
        yield run
    finally:
        log.close()


def _joined(apart: Mapping[str, Arguments]) -> Arguments:
    """All that several arguments were spelled out to."""
    return {name: each for one in apart.values() for name, each in one.items()}


def _listed(arguments: Arguments) -> dict[str, list[str]]:
    return {name: list(each) for name, each in arguments.items()}


def _key(stage: str, arguments: Arguments) -> str:
    return fingerprint([stage, sorted((name, each.value) for name, each in arguments.items())])


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
