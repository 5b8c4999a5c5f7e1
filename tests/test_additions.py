"""One of each component, brought by another package: a class, a line, and every door is open.

The package is made in a folder of its own: ``tests/additions/toys.py``, the small transformer of
``tests/contracts/made_encoders.py``, and their entry points.
"""

from __future__ import annotations

import ast
import configparser
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import tiny
from weaklabel import io
from weaklabel.text import Annotations

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NAMES = {
    "source": ["shouts", "endings"],
    "format": ["pipes"],
    "kb-format": ["colons"],
    "aggregator": ["trust"],
    "cleaner": ["doubt"],
    "encoder": ["char-bag", "tiny-bert"],
    "head": ["sharp"],
    "recipe": ["quick"],
}
KINDS = [kind for kinds in NAMES.values() for kind in kinds]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages in which the toys' package lies."""
    site = tmp_path_factory.mktemp("site")
    shutil.copy(HERE / "additions/toys.py", site / "weaklabel_toys.py")
    shutil.copy(HERE / "contracts/made_encoders.py", site / "weaklabel_toys_bert.py")
    about = site / "weaklabel_toys-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: weaklabel-toys\nVersion: 0.1\n")
    shutil.copy(HERE / "additions/entry_points.txt", about / "entry_points.txt")
    return site


def environment(site: Path) -> dict[str, str]:
    paths = os.pathsep.join([str(site), str(ROOT)])
    return {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}


def weaklabel(site: Path, *arguments: str) -> str:
    done = tiny.weaklabel(*arguments, env=environment(site), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny job in the toys' formats, and a configuration in which every toy is chosen."""
    folder = tmp_path_factory.mktemp("job")
    paths = {name: folder / name for name in ("corpus.pipes", "dev.pipes", "names.colons")}
    corpus, dev = tiny.gold(12).corpus, tiny.gold(20).corpus.select([15, 16, 17, 18])
    for path, part, spans in (
        (paths["corpus.pipes"], corpus, Annotations.of([])),
        (paths["dev.pipes"], dev, tiny.mentions(dev)),
    ):
        rows = [
            f"{part.document_id(d)}|{part.document_text(d)}|"
            + ";".join(f"{a.start},{a.end},{a.label}" for a in spans.of_document(d))
            for d in range(part.n_documents)
        ]
        path.write_text("\n".join(["#pipes", *rows]) + "\n", encoding="utf-8")
    names = [f"{type_}::{name}::{id_}\n" for name, (type_, id_) in tiny.NAMES.items()]
    paths["names.colons"].write_text("".join(names), encoding="utf-8")
    sources = folder / "sources.toml"
    sources.write_text('[[source]]\nkind = "shouts"\nshortest = 4\n')
    config = folder / "config.toml"
    config.write_text(
        f"""recipe = "quick"
[inputs]
corpus = {str(paths["corpus.pipes"])!r}
dictionaries = [{str(paths["names.colons"])!r}]
dev = {str(paths["dev.pipes"])!r}
sources = {str(sources)!r}
vectors = "none"
[[sources]]
kind = "dictionary"
[[sources]]
kind = "endings"
letters = 5
[aggregator]
kind = "trust"
least = 0.7
[[cleaning]]
kind = "doubt"
weight = 0.25
[tagger.encoder]
kind = "char-bag"
width = 6
[tagger.head]
kind = "sharp"
scale = 1.5
[training]
epochs = 2
batch_tokens = 256
[evaluation]
bootstrap_draws = 20
"""
    )
    return {**paths, "config": config, "sources": sources, "folder": folder}


@pytest.fixture(scope="module")
def finished(site: Path, files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "toys"
    weaklabel(site, "run", "--config", str(files["config"]), "--out", str(out), "--device", "cpu")
    return out


# ---- one class, one line ------------------------------------------------------------------------
def test_each_is_one_class_and_one_line() -> None:
    lines = configparser.ConfigParser()
    lines.read(HERE / "additions/entry_points.txt")
    registered = {kind: value for group in lines.sections() for kind, value in lines[group].items()}
    assert list(registered) == KINDS
    tree = ast.parse((HERE / "additions/toys.py").read_text(encoding="utf-8"))
    defined = [n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    named = [value.partition(":")[2] for value in registered.values()]
    assert defined == [name for name in named if name != "TinyBert"]


@pytest.mark.slow
def test_they_are_listed(site: Path) -> None:
    told = json.loads(weaklabel(site, "components", "--json"))
    for noun, kinds in NAMES.items():
        listed = {each["kind"]: each for each in told[noun]}
        for kind in kinds:
            assert listed[kind]["about"], kind
    doubt = next(each for each in told["cleaner"] if each["kind"] == "doubt")
    assert doubt["options"] == [
        {
            "name": "weight",
            "type": "number",
            "default": 0.5,
            "about": "of the half that is doubted most.",
        }
    ]


# ---- chosen by a configuration and by --set -----------------------------------------------------
@pytest.mark.slow
def test_a_configuration_chooses_all_of_them(finished: Path) -> None:
    config = tomllib.loads((finished / "config.toml").read_text(encoding="utf-8"))
    assert config["recipe"] == "quick"
    assert config["training"]["steps"] == 60
    assert config["aggregator"] == {"kind": "trust", "least": 0.7}
    assert config["cleaning"] == [{"kind": "doubt", "weight": 0.25}]
    assert config["tagger"]["encoder"] == {"kind": "char-bag", "width": 6}
    assert config["tagger"]["head"] == {"kind": "sharp", "scale": 1.5}
    assert [each["kind"] for each in config["sources"]] == ["dictionary", "endings"]
    scores = json.loads((finished / "scores.json").read_text())
    assert scores["dictionary_only"]["strict"]["micro"]["f1"] == 1
    reader = json.loads((finished / "reader.json").read_text())
    assert set(reader["about"]["weights"]) == {"dictionary", "shouts", "endings"}


CHOICES = [
    ("aggregator.kind=trust",),
    ("cleaning=[{kind='doubt'}]",),
    ("tagger.encoder.kind=char-bag",),
    ("tagger.encoder.kind=tiny-bert",),
    ("tagger.head.kind=sharp",),
    ("sources=[{kind='dictionary'}, {kind='endings'}]",),
    ("inputs.format=pipes",),
    ("recipe=quick",),
]


@pytest.mark.slow
@pytest.mark.parametrize("chosen", CHOICES, ids=lambda chosen: chosen[0].partition("=")[0])
def test_set_chooses_each(
    site: Path, files: dict[str, Path], tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    """One at a time over the default recipe, and read back by a fresh process."""
    flags = [flag for setting in chosen for flag in ("--set", setting)]
    small = [] if "encoder" in chosen[0] else ["--set", "tagger.encoder.hidden=8"]
    weaklabel(
        site, "run", "--corpus", str(files["corpus.pipes"]), "--dictionary",
        str(files["names.colons"]), "--dev", str(files["dev.pipes"]), "--vectors", "none",
        "--set", "training.epochs=2", "--set", "evaluation.bootstrap_draws=20", *small, *flags,
        "--out", str(tmp_path / "run"), "--device", "cpu",
    )  # fmt: skip
    predicted(site, files, tmp_path / "run", tmp_path)


@pytest.mark.slow
def test_a_recipe_is_chosen_by_its_name(site: Path, files: dict[str, Path], tmp_path: Path) -> None:
    written = tmp_path / "quick.toml"
    weaklabel(site, "init", str(written), "--recipe", "quick")
    assert tomllib.loads(written.read_text(encoding="utf-8"))["training"]["steps"] == 60


# ---- saved with the model, and brought back -----------------------------------------------------
def predicted(site: Path, files: dict[str, Path], run: Path, folder: Path) -> None:
    """What a fresh process predicts from the saved model is what the run predicted."""
    out = folder / "predicted.jsonl"
    weaklabel(
        site, "predict", "--model", str(run / "model"), "--corpus", str(files["dev.pipes"]),
        "--out", str(out), "--device", "cpu",
    )  # fmt: skip
    again = io.read_gold(out).gold.annotations
    first = io.read_gold(run / "predictions.jsonl").gold.annotations
    assert again.keys() == first.keys()


@pytest.mark.slow
def test_a_fresh_process_predicts_the_same(
    site: Path, files: dict[str, Path], finished: Path, tmp_path: Path
) -> None:
    predicted(site, files, finished, tmp_path)


@pytest.mark.slow
def test_without_the_package_it_is_named(
    files: dict[str, Path], finished: Path, tmp_path: Path
) -> None:
    done = tiny.weaklabel(
        "predict", "--model", str(finished / "model"), "--corpus", str(files["config"]),
        "--format", "text", "--out", str(tmp_path / "x.jsonl"),
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Is the package that brings it installed?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_format_is_written_too(site: Path, files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "dev.pipes"
    weaklabel(site, "convert", str(files["dev.pipes"]), str(out))
    assert out.read_text() == files["dev.pipes"].read_text()


# ---- an option changed: exactly what depends on it is redone ------------------------------------
STAGES = ["label", "aggregate", "clean", "train", "score", "report"]
DEPENDS = [
    ("sources.endings.letters=4", "label"),
    ("aggregator.least=0.65", "aggregate"),
    ("cleaning.doubt.weight=0.75", "clean"),
    ("tagger.encoder.width=5", "clean"),  # the cleaner trains the tagger
    ("tagger.head.scale=1.25", "clean"),
    ("training.epochs=3", "clean"),
    ("evaluation.bootstrap_draws=21", "score"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "first"), DEPENDS, ids=[each[0] for each in DEPENDS])
def test_a_changed_option_redoes_what_depends_on_it(
    site: Path, files: dict[str, Path], finished: Path, tmp_path: Path, changed: str, first: str
) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    weaklabel(
        site, "run", "--config", str(files["config"]), "--set", changed, "--resume",
        "--out", str(out), "--device", "cpu",
    )  # fmt: skip
    assert redone(out, finished) == STAGES[STAGES.index(first) :]


@pytest.mark.slow
def test_a_changed_option_of_a_listed_source_is_noticed(
    site: Path, files: dict[str, Path], finished: Path, tmp_path: Path
) -> None:
    out, before = tmp_path / "run", files["sources"].read_text()
    shutil.copytree(finished, out)
    files["sources"].write_text(before.replace("4", "5"))
    try:
        weaklabel(
            site, "run", "--config", str(files["config"]), "--resume", "--out", str(out),
            "--device", "cpu",
        )  # fmt: skip
    finally:
        files["sources"].write_text(before)
    assert redone(out, finished)[0] == "label"


def redone(out: Path, before: Path) -> list[str]:
    """The stages whose log says that they were done again."""
    old = (before / "log.jsonl").read_text(encoding="utf-8").splitlines()
    lines = (out / "log.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines if line not in set(old)]
    return [each["stage"] for each in events if each["event"] == "done"]


# ---- the contracts ------------------------------------------------------------------------------
@pytest.mark.slow
def test_they_pass_the_contracts(site: Path) -> None:
    """The contract tests go over the tables, and so over what installed packages bring."""
    wanted = " or ".join(
        kind for noun, kinds in NAMES.items() if noun != "recipe" for kind in kinds
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contracts",
         "-k", wanted, "-m", "not gpu", "--no-header"],
        capture_output=True, text=True, check=False, env=environment(site), cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    for kind in ("endings", "trust", "doubt", "char-bag", "tiny-bert", "sharp"):
        shown = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/contracts",
             "-k", kind, "-m", "not gpu", "--no-header"],
            capture_output=True, text=True, check=False, env=environment(site), cwd=ROOT,
        )  # fmt: skip
        assert f"[{kind}" in shown.stdout or f"-{kind}" in shown.stdout, kind
