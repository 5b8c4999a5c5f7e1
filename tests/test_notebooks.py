"""The notebooks run, use public names only, and show what they say they show."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
by_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

# In a process of its own: Jupyter's warnings are not ours. Sockets are files, not ports, and
# their names must be short.
RUNNER = """
import sys, tempfile
import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
with tempfile.TemporaryDirectory(prefix="nb") as short:
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{short}/k")
    where = {"metadata": {"path": sys.argv[2]}}
    NotebookClient(notebook, km=kernel, timeout=300, resources=where).execute()
print(notebook.cells[-1].outputs[0].text)
"""


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def told_by(path: Path, last: str, folder: Path) -> Any:
    """Execute a notebook and one more cell; the JSON which that one prints."""
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = read(path)
    notebook.cells.append(nbformat.v4.new_code_cell(last))
    nbformat.write(notebook, folder / "longer.ipynb")
    home = {name: str(folder) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, str(folder / "longer.ipynb"), str(folder)],
        capture_output=True, text=True, check=False,
        env={**os.environ, **home, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@by_notebook
def test_notebooks_are_kept_without_what_they_printed(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert code
    assert all((cell.outputs, cell.execution_count) == ([], None) for cell in code)


@by_notebook
def test_notebooks_use_public_names_only(path: Path) -> None:
    for cell in read(path).cells:
        for node in ast.walk(ast.parse(cell.source if cell.cell_type == "code" else "")):
            names = [getattr(node, "attr", ""), getattr(node, "id", "")]
            if isinstance(node, ast.ImportFrom):
                names += [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            assert not [name for name in names if name.startswith("_") and name != "_"], cell.source


@pytest.mark.slow
def test_mending_the_worst_source_is_worth_it(tmp_path: Path) -> None:
    last = """
import json
found = compare(dev, vote(sources), vote(mended)).micro
print(json.dumps({
    "f1": [before.f1, after.f1],
    "compared": [found.first, found.second, found.low],
    "first": [before.rows[0]["source"], after.rows[0]["source"]],
    "worst": before.rows[0]["worst"][0],
    "everyday": sorted(EVERYDAY),
}))
"""
    found = told_by(FOLDER / "sources.ipynb", last, tmp_path)
    assert found["f1"][0] < found["f1"][1]
    assert found["compared"][:2] == pytest.approx(found["f1"])
    assert found["compared"][2] > 0  # by more than the luck of these documents
    assert found["first"][0] == "drug_ending" != found["first"][1]
    assert found["worst"] in found["everyday"]
