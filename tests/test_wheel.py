"""The built wheel, in a fresh environment outside the checkout, runs the demo.

Nothing is downloaded: the new environment has weaklabel alone, installed without its dependencies,
and finds those in the environment that runs the tests by a ``.pth`` line. That environment's own
weaklabel is an editable one, hidden by a path hook in a ``.pth`` of its own; such files are read
only in an environment's own site-packages, so the checkout cannot be reached from here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent


def clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("weaklabel-*.whl"))


def test_the_wheel_brings_its_data(wheel: Path) -> None:
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


def test_the_wheel_runs_the_demo_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "venv"
    venv.create(fresh, with_pip=False)
    python = fresh / "bin" / "python"
    own = fresh / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = [str(python), "-c", "import weaklabel; print(weaklabel.__file__)"]
    environment = clean_environment()
    found = subprocess.run(
        where, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert Path(found.stdout.strip()).is_relative_to(fresh)
    done = subprocess.run(
        [str(fresh / "bin" / "weaklabel"), "demo", "--out", "runs/demo", "--device", "cpu"],
        capture_output=True, text=True, cwd=tmp_path, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "trained tagger" in done.stdout
    assert (tmp_path / "runs/demo/report.html").stat().st_size > 10_000
