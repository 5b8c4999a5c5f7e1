"""What is in the built wheel. That it installs and runs alone, ``make wheel-check`` shows."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_the_wheel_brings_its_data(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    subprocess.run([*command, str(tmp_path), str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("weaklabel-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "weaklabel/py.typed",
        "weaklabel/demo/abstracts.pubtator",
        "weaklabel/_shipped/models/words-128d.safetensors",
        "weaklabel/_shipped/dictionaries/README.md",
        "weaklabel/_shipped/dictionaries/english/stopwords.txt",
    ):
        assert wanted in names
    assert any(name.startswith("weaklabel/report/templates/") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in names)
