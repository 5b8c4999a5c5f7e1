"""The fingerprint of weaklabel's own code: a run made by another version is redone."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import weaklabel


@cache
def code_fingerprint(*, report: bool = False) -> str:
    """A hash of weaklabel's own code: that of the report, or all that scores depend on."""
    root = Path(weaklabel.__file__).resolve().parent
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        wanted = ("report/",) if report else ("",)
        others = () if report else ("cli/", "report/", "demo/", "_shipped/")
        code = file.suffix in (".py", ".j2", ".css", ".js", ".html")
        if code and name.startswith(wanted) and not name.startswith(others):
            digest.update(name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
