"""A run that was stopped goes on, and ends with the same bytes as one that was not."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import tiny

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
KILLED = """
import os, signal, sys
from pathlib import Path
from tests import tiny
from weaklabel.pipeline import run
kind, stage, count = sys.argv[2], sys.argv[3], int(sys.argv[4])
seen = []
def kill(event):
    if str(event.kind) == kind and event.stage == stage:
        seen.append(event)
        if len(seen) == count:
            os.kill(os.getpid(), signal.SIGKILL)
folder = Path(sys.argv[1])
experiment = tiny.experiment(folder, settings={"training": {"epochs": 4, "batch_tokens": 256}})
run(experiment, seed=3, folder=folder / "run", resume=kind == "none", device="cpu", progress=kill)
"""


def killed_at(folder: Path, kind: str, stage: str, count: int) -> int:
    """Run the tiny job in a process that kills itself at an event; ``none`` resumes it."""
    command = [sys.executable, "-c", KILLED, str(folder), kind, stage, str(count)]
    return subprocess.run(command, check=False, cwd=ROOT, env=quiet_environment()).returncode


def quiet_environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert killed_at(folder, "none", "", 1) == 0
    return folder / "run"


@pytest.mark.parametrize(
    ("kind", "stage", "count"),
    [
        ("opened", "", 1),
        ("started", "label", 1),
        ("done", "label", 1),
        ("started", "train", 1),
        ("epoch", "train", 2),
        ("done", "train", 1),
        ("started", "score", 1),
        ("started", "report", 1),
    ],
)
def test_killed_and_resumed_is_the_same(
    undisturbed: Path, tmp_path: Path, kind: str, stage: str, count: int
) -> None:
    assert killed_at(tmp_path, kind, stage, count) == -signal.SIGKILL
    assert killed_at(tmp_path, "none", "", 1) == 0
    for name in ("scores.json", "votes.parquet", "model/model.safetensors", "analysis.json"):
        assert (tmp_path / "run" / name).read_bytes() == (undisturbed / name).read_bytes(), name
    log = (tmp_path / "run/log.jsonl").read_text(encoding="utf-8").splitlines()
    epochs = [json.loads(line)["epoch"] for line in log if '"event": "epoch"' in line]
    assert epochs == [1, 2, 3, 4]


def start(out: Path, folder: Path, *flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "weaklabel", *tiny.run_flags(tiny.write_files(folder), out)]
    return subprocess.Popen(
        [*command, *flags], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=quiet_environment(), cwd=ROOT,
        # A shell that runs the tests in the background makes its children deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    for _ in range(1200):
        if happened():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    pytest.fail("it did not happen within a minute")


def test_ctrl_c_is_not_a_loss(tmp_path: Path) -> None:
    out, log = tmp_path / "run", tmp_path / "run/log.jsonl"
    flags = ("--set", "training.epochs=60", "--set", "training.patience_epochs=60")
    process = start(out, tmp_path, *flags)
    wait_for(lambda: log.exists() and '"event": "epoch"' in log.read_text(), process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "weaklabel: stopped; go on with --resume"
    again = start(out, tmp_path, *flags, "--resume")
    printed, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert "kept" in printed


def test_a_run_in_use_is_refused(tmp_path: Path) -> None:
    out, log = tmp_path / "run", tmp_path / "run/log.jsonl"
    flags = ("--set", "training.epochs=200", "--set", "training.patience_epochs=200")
    process = start(out, tmp_path, *flags)
    wait_for(lambda: log.exists() and '"event": "epoch"' in log.read_text(), process)
    second = start(out, tmp_path, *flags, "--resume")
    _, said = second.communicate(timeout=60)
    process.kill()
    process.communicate()
    assert second.returncode == 2
    assert "in use by another weaklabel" in said


def test_a_full_disk_in_a_checkpoint(tmp_path: Path) -> None:
    paths = tiny.write_files(tmp_path)
    flags = tiny.run_flags(paths, tmp_path / "run")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = tiny.weaklabel(*flags, preexec_fn=small_files, env=quiet_environment(), cwd=ROOT)
    assert done.returncode == 1, done.stderr
    assert "checkpoint" in done.stderr
    assert "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    left = [path.name for path in (tmp_path / "run").rglob("*.part*")]
    assert left == []
    assert not (tmp_path / "run/scores.json").exists()
    done = tiny.weaklabel(*flags, "--resume", env=quiet_environment(), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("kept") == 3


def demo(out: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "weaklabel", "demo", "--out", str(out), "--device", "cpu"]
    return subprocess.Popen(
        [*command, "--set", "training.epochs=3", *more], env=quiet_environment(), cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole_demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """An undisturbed demo of few epochs, and the seconds it took."""
    out, began = tmp_path_factory.mktemp("demo") / "whole", time.perf_counter()
    assert demo(out).wait(timeout=300) == 0
    return out, time.perf_counter() - began


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_the_demo_killed_at_some_moment(
    whole_demo: tuple[Path, float], tmp_path: Path, share: float
) -> None:
    whole, needed = whole_demo
    process = demo(tmp_path / "torn")
    time.sleep(share * needed)
    process.kill()
    process.wait()
    assert demo(tmp_path / "torn", "--resume").wait(timeout=300) == 0
    for name in ("scores.json", "votes.parquet", "model/model.safetensors"):
        assert (tmp_path / "torn" / name).read_bytes() == (whole / name).read_bytes()
