"""The folder of a tailoring is whole or absent, and nobody's files are lost to it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from weaklabel.errors import RunFolderError
from weaklabel.ground.atomic import replacing_folder
from weaklabel.lexicon import Lexicon, Term
from weaklabel.report import tailoring as page
from weaklabel.tailoring import FILES, Tailored, tailor
from weaklabel.text import Corpus


def tailored(*names: str) -> Tailored:
    corpus = Corpus.from_texts(["Aspirin caused hepatitis."])
    return tailor(Lexicon.of(Term(n, ("X",)) for n in names), corpus, vectors=None)


@pytest.fixture(scope="module")
def made() -> Tailored:
    return tailored("Aspirin", "the")


def held(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def killed(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_while_saving(made: Tailored, folder: Path) -> None:
    """Save in a process that is killed when all but the report is written."""
    if (child := os.fork()) == 0:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(page, "write_tailoring_report", killed)
            made.save(folder)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_it_holds_four_files_and_nothing_lies_beside(made: Tailored, tmp_path: Path) -> None:
    report = made.save(tmp_path / "new" / "made")
    assert report == tmp_path / "new" / "made" / "report.html"
    assert set(held(tmp_path)) == {f"new/made/{name}" for name in FILES}


def test_the_page_bears_the_name_of_the_folder(made: Tailored, tmp_path: Path) -> None:
    text = made.save(tmp_path / "mine").read_text(encoding="utf-8")
    assert "mine, a tailored dictionary" in text
    assert ".part" not in text


def test_a_kill_leaves_no_folder(made: Tailored, tmp_path: Path) -> None:
    killed_while_saving(made, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_kill_leaves_the_old_folder_as_it_was(made: Tailored, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    made.save(folder)
    before = held(folder)
    killed_while_saving(tailored("hepatitis"), folder)
    assert held(folder) == before


def test_an_interrupt_leaves_nothing(
    made: Tailored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(page, "write_tailoring_report", interrupted)
    with pytest.raises(KeyboardInterrupt):
        made.save(tmp_path / "made")
    assert list(tmp_path.iterdir()) == []


def test_what_another_tailoring_wrote_is_replaced(made: Tailored, tmp_path: Path) -> None:
    made.save(tmp_path / "a")
    other = tailored("hepatitis")
    other.save(tmp_path / "a")
    other.save(tmp_path / "b")
    names = ("dictionary.tsv", "changes.tsv", "tailoring.json")
    assert all(
        (tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in names
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("name", ["thesis.tex", "dictionary.tsv", ".hidden"])
def test_somebody_elses_files_are_not_touched(made: Tailored, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(RunFolderError, match=f"{name}'.*give an empty folder"):
        made.save(tmp_path)
    assert held(tmp_path) == {name: b"mine"}


def test_a_file_added_to_ours_is_not_lost(made: Tailored, tmp_path: Path) -> None:
    made.save(tmp_path / "made")
    (tmp_path / "made" / "notes.txt").write_text("mine")
    with pytest.raises(RunFolderError, match=r"notes\.txt"):
        made.save(tmp_path / "made")
    assert (tmp_path / "made" / "notes.txt").read_text() == "mine"


def test_a_file_a_working_folder_and_a_path_through_a_file_are_refused(
    made: Tailored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="is a file"):
        made.save(tmp_path / "file")
    with pytest.raises(RunFolderError, match="cannot be written"):
        made.save(tmp_path / "file" / "made")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(RunFolderError, match="give one inside it"):
        made.save(".")


def test_what_stood_there_comes_back_if_the_new_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "made"
    target.mkdir()
    (target / "old").touch()
    rename = Path.rename

    def refusing(self: Path, to: Path) -> Path:
        if ".part" in self.name:
            raise OSError("no")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(OSError, match="no"), replacing_folder(target) as part:
        (part / "new").touch()
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")] == ["made", "made/old"]
