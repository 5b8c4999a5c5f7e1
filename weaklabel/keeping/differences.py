"""What differs between a run and the one that is in its folder, in the user's own words."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from weaklabel.errors import RunFolderError
from weaklabel.keeping.arguments import LONGEST, ORDER, Argument, Arguments
from weaklabel.keeping.lock import LOG

MANIFEST = "manifest.json"
AT_WORK = "at_work"
"""Where a manifest has what the stage at work was given; absent between stages."""


class Change(NamedTuple):
    """An argument that is not what it was.

    Attributes:
        stage: place of the first stage that was given it.
        doing: what that stage does.
        text: what changed, to follow "the run was made …".
    """

    stage: int
    doing: str
    text: str


def earlier_run(path: Path, now: Arguments, *, resume: bool) -> dict[str, Any]:
    """The manifest of the run that is there, empty for a fresh folder; refuses what must not be.

    Args:
        path: the run's folder.
        now: what the run is given.
        resume: whether the folder's run may be gone on with.

    Raises:
        RunFolderError: if the folder is no run's, or another run's, or ``resume`` is false and
            there is one; says what differs.
    """
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
    earlier = _manifest(path / MANIFEST)
    if resume:
        return earlier
    found = changes(earlier, now)
    other = path.with_name(path.name + "-2")
    if found:
        raise RunFolderError(
            f"{path} was made {_listed([change.text for change in found])}. "
            f"Use --out {other}, or --resume to redo {found[0].doing} and what follows."
        )
    state = "a finished run" if "report" in earlier["stages"] else "a run that is not finished"
    raise RunFolderError(f"{path} holds {state}. Use --out {other}, or --resume to go on with it.")


def changes(earlier: Mapping[str, Any], now: Arguments) -> list[Change]:
    """What the stages of an earlier run were given that is not what it was, the first stage first.

    Options of a component of another kind are not told beside the kind itself.
    """
    found: dict[str, Change] = {}
    for place, record in enumerate(_records(earlier)):
        doing, was = record["doing"], record["arguments"]
        own = {name: Argument(*each) for name, each in was.items()}
        own = {name: each for name, each in own.items() if not each.is_made}
        unused = record["unused"]
        under_our_names = {_SAME.get(name, name): each for name, each in own.items()}
        for name, text in [*_changed(under_our_names, now), *_new(own, now, unused)]:
            found.setdefault(name, Change(place, doing, text))
    return sorted(found.values(), key=lambda change: change.stage)


_SAME = {"scheme.style": "tagger.tag_style"}
"""Arguments that a stage is given under another name than the run."""


def _records(earlier: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What each stage was given, the one that was at work when the run stopped included."""
    at_work = [earlier[AT_WORK]] if AT_WORK in earlier else []
    return [*earlier.get("stages", {}).values(), *at_work]


def changes_in_words(earlier: Mapping[str, Any], now: Arguments) -> str:
    """One sentence on what differs and what is redone for it; empty if nothing is."""
    found = changes(earlier, now)
    if not found:
        return ""
    what = _listed([change.text for change in found])
    return f"the run was made {what}: {found[0].doing} and what follows is redone"


def _changed(own: Arguments, now: Arguments) -> list[tuple[str, str]]:
    """Arguments that are there now too, with another value."""
    return [
        (name, _was(name, was, now[name]))
        for name, was in own.items()
        if name in now and now[name].value != was.value
    ]


def _new(own: Arguments, now: Arguments, unused: Sequence[str]) -> list[tuple[str, str]]:
    """Arguments of the same head that are there on one side alone."""
    heads = {name.partition(".")[0] for name in own}
    kinds = {
        name.removesuffix(".kind")
        for name in {*own, *now}
        if name.endswith(".kind") and own.get(name) != now.get(name)
    }

    def of_another_kind(name: str) -> bool:
        return any(name.startswith(f"{kind}.") for kind in kinds)

    known = {name.partition(".")[0] for name in now}
    gone = [
        (name, f"with {name}{_aside(was.about)}")
        for name, was in own.items()
        if name not in now and name.partition(".")[0] in known and not of_another_kind(name)
    ]
    fresh = [
        (name, f"without {name}{_aside(each.about)}")
        for name, each in now.items()
        if name not in own
        and name not in unused
        and name.partition(".")[0] in heads
        and not of_another_kind(name)
    ]
    return gone + fresh


def _was(name: str, was: Argument, now: Argument) -> str:
    if name.endswith(f".{ORDER}") and len(was.about + now.about) > 2 * LONGEST:
        return _other_components(name, was, now)
    both = was.about and now.about and was.about != now.about
    if both and ("." in name or name in ("seed", "device")):
        return f"with {name} = {was.about}, not {now.about}"  # an option: the value says it all
    told = f"{was.about}; now {now.about}" if both else now.about
    if "." in name and not both and was.about != now.about:
        told = f"now {now.about}" if now.about else f"it was {was.about}"
    return f"from another {_called(name)}{_aside(told)}"


def _aside(words: str) -> str:
    return f" ({words})" if words else ""


def _other_components(name: str, was: Argument, now: Argument) -> str:
    """What a list of components that is too long to read had, or had not."""
    kind = name.removesuffix(f".{ORDER}")
    try:
        before, after = ast.literal_eval(was.about), ast.literal_eval(now.about)
    except (SyntaxError, ValueError):  # another version's words
        return f"from other {kind}"
    gone = [each for each in before if each not in after]
    fresh = [each for each in after if each not in before]
    parts = [f"with {', '.join(gone)}"] if gone else []
    parts += [f"without {', '.join(fresh)}"] if fresh else []
    return f"{' and '.join(parts)} among {kind}" if parts else f"with {kind} in another order"


_CALLED = {"dev": "dev set", "lexicon": "dictionary", "keep": "keep list", "drop": "drop list",
           "vectors": "set of word vectors", "code": "version of weaklabel",
           "report_code": "version of the report"}  # fmt: skip


def _called(name: str) -> str:
    """An argument in the user's words."""
    return _CALLED.get(name, name)


def _listed(texts: list[str]) -> str:
    shown = texts[:3] + ([f"{len(texts) - 3} other differences"] if len(texts) > 3 else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _manifest(path: Path) -> dict[str, Any]:
    try:
        earlier: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for record in earlier["stages"].values():
            record["key"]
        for record in _records(earlier):
            record["doing"], record["arguments"], record["unused"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunFolderError(f"{path} is no manifest of a run. Use another --out") from None
    return earlier
