"""The compiled kernels work from an installation that cannot be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import weaklabel

INTERN = """
from weaklabel.kernels import interning
from weaklabel.kernels.strings import flat
assert interning.__file__.startswith({package!r}), interning.__file__
data, splits = flat(["pain", "fever", "pain"])
ids, known = interning.interned(data, splits[:-1], splits[1:])
print(ids.tolist(), interning.look_up(data, splits[:-1], splits[1:], *known).tolist())
"""
RIGHT = "[0, 1, 0] [0, 1, 0]"
"""Two kernels: compiling all of them would show no more, and take four times as long."""


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


def numbers(installation: Path, home: Path) -> str:
    """What a fresh process prints that numbers three strings and looks them up."""
    command = [sys.executable, "-c", INTERN.format(package=str(installation))]
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
    return done.stdout.strip()


@pytest.mark.slow
def test_kernels_are_kept_in_the_users_cache(read_only: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert numbers(read_only, home) == RIGHT
    kept = sorted(home.rglob("*.nbc"))
    assert len(kept) == 2
    assert numbers(read_only, home) == RIGHT  # with machine code alone
    kept[0].unlink()
    assert numbers(read_only, home) == RIGHT  # some of it is compiled again
    assert sorted(home.rglob("*.nbc")) == kept
    assert not list(read_only.rglob("__pycache__"))


@pytest.mark.slow
def test_without_any_cache_kernels_are_compiled_at_each_start(
    read_only: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    assert numbers(read_only, home) == RIGHT
    assert not list(home.rglob("*"))
    assert not list(read_only.rglob("__pycache__"))
