"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests run side by side, a core each, and more threads would wait for each other. No test has
# loaded torch yet.
os.environ.setdefault("OMP_NUM_THREADS", "1")

plain = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
settings.register_profile("weaklabel", plain)
settings.register_profile("long", plain, max_examples=2000)  # pytest --hypothesis-profile=long
settings.load_profile("weaklabel")

_DEFAULT = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora and knowledge bases; tests that need it skip without it."""
    folder = Path(os.environ.get("WEAKLABEL_DATA", _DEFAULT))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set WEAKLABEL_DATA to the folder that has them")
    return folder
