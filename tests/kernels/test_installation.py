"""The compiled kernels work from an installation that cannot be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import weaklabel

LABEL = """
from weaklabel.kernels import interning
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary import DictionarySource, NameIndex
from weaklabel.text import Corpus
assert interning.__file__.startswith({package!r}), interning.__file__
index = NameIndex(Lexicon.of([Term("acute pain", ("Disease",))]))
print(DictionarySource(index).label(Corpus.from_texts(["No acute pain."])).rows())
"""


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A copy of the package that nobody may write to, without kept kernels."""
    away = tmp_path / "site-packages"
    shutil.copytree(
        Path(weaklabel.__file__).parent,
        away / "weaklabel",
        ignore=shutil.ignore_patterns("__pycache__", "_shipped"),
    )
    for path in sorted(away.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    away.chmod(0o555)
    return away


def label(installation: Path, home: Path) -> str:
    """What a fresh process prints that labels a sentence."""
    command = [sys.executable, "-c", LABEL.format(package=str(installation))]
    if os.geteuid() == 0:  # root may write anywhere, unless that right is taken away
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("run as root, and there is no setpriv")
        command = [setpriv, "--bounding-set=-dac_override", "--inh-caps=-dac_override", *command]
    environment = {
        **os.environ, "PYTHONPATH": str(installation), "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
    }  # fmt: skip
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_kernels_are_kept_in_the_users_cache(read_only: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert "label='Disease'" in label(read_only, home)
    kept = sorted(home.rglob("*.nbc"))
    assert len(kept) > 5
    assert "label='Disease'" in label(read_only, home)  # with machine code alone
    for path in kept[::2]:
        path.unlink()
    assert "label='Disease'" in label(read_only, home)  # some of it is compiled again
    assert sorted(home.rglob("*.nbc")) == kept
    assert not list(read_only.rglob("__pycache__"))


@pytest.mark.slow
def test_without_any_cache_kernels_are_compiled_at_each_start(
    read_only: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    assert "label='Disease'" in label(read_only, home)
    assert not list(home.rglob("*"))
    assert not list(read_only.rglob("__pycache__"))
