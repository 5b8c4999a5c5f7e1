"""How much memory a CRF's loss and gradient take at their peak, above the batch itself.

Each engine in a process of its own: ``python crf_memory.py NAME TAGS BATCH STEPS`` prints the
bytes. Linux alone says (and forgets) how much a process held at most; elsewhere nothing is told.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def peak(name: str, tags: int, batch: int, steps: int) -> int | None:
    """Bytes above what the process held with the batch in hand; ``None`` if nobody can tell."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    done = subprocess.run(
        [sys.executable, __file__, name, *map(str, (tags, batch, steps))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)


def _held(line: str) -> int:
    """Kilobytes: ``VmRSS`` now, ``VmHWM`` at most."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{line}:")[1].split()[0])


def _main(name: str, tags: int, batch: int, steps: int) -> None:
    import torch
    from crf_cases import draw
    from crf_peers import Engine, ours, pytorch_crf

    torch.set_num_threads(1)

    def engine(*shape: int) -> Engine:
        case = draw(tags, *shape)
        return pytorch_crf(case) if name == "pytorch-crf" else ours(case, name)

    engine(2, 16).loss_and_gradient()  # what is loaded and compiled is not counted
    asked = engine(batch, steps)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _held("VmRSS")
    asked.loss_and_gradient()
    print(1024 * (_held("VmHWM") - before))


if __name__ == "__main__":
    _main(sys.argv[1], *map(int, sys.argv[2:5]))
