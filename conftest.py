"""For every test: its time limit, and kernels for GPUs where there is no GPU, or no Triton."""

from __future__ import annotations

import os
from importlib.util import find_spec

import torch

pytest_plugins = ["pytester", "tests.time_limit"]

if not torch.cuda.is_available():
    # Triton asks when it is imported whether its kernels are to be interpreted.
    os.environ.setdefault("TRITON_INTERPRET", "1")

collect_ignore_glob = [] if find_spec("triton") else ["weaklabel/crf/fused/triton_*.py"]
