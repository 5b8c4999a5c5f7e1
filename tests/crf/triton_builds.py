"""Compile the GPU's kernels for a Hopper card, which takes none: what the interpreter lets pass.

``python -m tests.crf.triton_builds`` prints a line for each build. The arguments are those of
true calls: the back end is asked, and a kernel that is launched is compiled and not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
import triton
from torch import Tensor
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from tests.crf.chains import draw, draw_moves
from weaklabel.crf import fused
from weaklabel.crf.fused import launch as fused_launch
from weaklabel.crf.fused import passes as fused_sweep
from weaklabel.crf.problem import Problem

HOPPER = GPUTarget("cuda", 90, 32)
NAMES = {
    torch.uint8: "u8", torch.int32: "i32", torch.int64: "i64", torch.float16: "fp16",
    torch.bfloat16: "bf16", torch.float32: "fp32", torch.float64: "fp64",
}  # fmt: skip


class Built:
    """Stands for a kernel: a launch compiles it for the arguments given."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def __getitem__(self, grid: Any) -> Callable[..., None]:
        return self.launch

    def launch(self, *given: Any, num_warps: int = 4, **switches: Any) -> None:
        names = self.kernel.arg_names
        types = ["*" + NAMES[x.dtype] if isinstance(x, Tensor) else "i32" for x in given]
        signature = dict(zip(names, types, strict=False)) | dict.fromkeys(switches, "constexpr")
        aligned = [(i,) for i, kind in enumerate(types) if kind.startswith("*")]
        source = ASTSource(
            self.kernel,
            signature,
            constexprs={(names.index(name),): value for name, value in switches.items()},
            attrs={place: [["tt.divisibility", 16]] for place in aligned},
        )
        made = triton.compile(source, target=HOPPER, options={"num_warps": num_warps})
        on = [name for name, value in switches.items() if value is True]
        size = switches.get("P", switches.get("BLOCK"))
        print(self.kernel.__name__, size, types[0], *on, registers(made.asm["cubin"]))
        for x in given:
            if isinstance(x, Tensor) and x.dtype is torch.int32:
                x.zero_()  # nothing was found wrong


def registers(machine_code: bytes) -> str:
    tool = Path(triton.__file__).parent / "backends/nvidia/bin/cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(machine_code)
        file.flush()
        said = subprocess.run(
            [tool, "-res-usage", file.name], capture_output=True, text=True, check=True
        ).stdout
    return " ".join(re.findall(r"(?:REG|STACK):\d+", said))


def built(name: str) -> ModuleType | SimpleNamespace:
    module = real(name)
    if name == "pieces":
        return module
    jitted = {key: x for key, x in vars(module).items() if hasattr(x, "arg_names")}
    return SimpleNamespace(**{key: Built(kernel) for key, kernel in jitted.items()})


real = fused_launch.kernels


def problems() -> Iterator[Problem]:
    for tags, kind in ((3, torch.float64), (17, torch.bfloat16), (128, torch.float32)):
        case = draw(1, tags=tags, lengths=(3, 2), kind=kind)
        case.crf.float()
        moves = draw_moves(1, case) if tags == 3 else None
        yield case.crf.chain(case.emissions, case.mask, allowed=case.allowed, moves=moves).problem


def main() -> None:
    fused.kernels = fused_sweep.kernels = built  # type: ignore[assignment]
    for problem in problems():
        path = torch.zeros(problem.mask.shape, dtype=torch.int64)
        fused.log_likelihood(problem, path).sum().backward()
        free = problem._replace(allowed=None, moves=None)
        with torch.no_grad():
            fused.log_partition(free)
        if len(problem.start) < 128:
            fused.decode(problem)
            fused.partial_log_likelihood(free._replace(allowed=problem.allowed)).sum().backward()
        else:
            fused.decode(free)
        if problem.moves is not None:
            fused.pair_marginals(problem)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRITON_CACHE_DIR"] = folder
        main()
