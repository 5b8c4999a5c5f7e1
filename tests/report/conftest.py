"""Runs to report on, made once: a test that changes one copies it."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_run import make_run


@pytest.fixture(scope="session")
def scored_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "first")


@pytest.fixture(scope="session")
def other_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "second", seed=1, missed=0.6)


@pytest.fixture(scope="session")
def unscored_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "unscored", dev=False)
