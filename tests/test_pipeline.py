"""The flow: what run() leaves, that predict repeats it, and what depends on what."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import weaklabel
from tests import tiny
from weaklabel import io
from weaklabel.errors import ConfigError, FormatError, RunFolderError
from weaklabel.evaluate import align, score
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.on_tokens import as_votes
from weaklabel.pipeline import Event, Kind, load, run
from weaklabel.sources import apply_sources, source
from weaklabel.tagger import with_concepts
from weaklabel.text import OUTSIDE, Annotation, Annotations, Corpus, Gold, Sentence

FILES = {
    "config.toml", "manifest.json", "votes.parquet", "examples.parquet", "dropped.tsv",
    "changes.tsv", "checkpoints", "model", "scores.json", "analysis.json", "predictions.jsonl",
    "log.jsonl", "report.html",
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished tiny run."""
    folder = tmp_path_factory.mktemp("tiny")
    run(tiny.experiment(folder), seed=0, folder=folder / "run", device="cpu")
    return folder


def test_a_run_leaves_its_folder(finished: Path) -> None:
    there = {path.name for path in (finished / "run").iterdir()}
    assert there >= FILES
    scores = json.loads((finished / "run/scores.json").read_text())
    assert set(scores) == {"dev", "dictionary_only", "votes"}
    keys = {"precision", "recall", "f1", "f1_low", "f1_high", "gold", "predicted", "correct"}
    assert set(scores["dev"]["strict"]["micro"]) == keys
    assert set(scores["dev"]["strict"]["types"]) == {"Chemical", "Disease"}
    assert scores["votes"]["strict"]["micro"]["f1"] == 1.0


def test_a_tagger_can_be_among_the_users_own_sources(finished: Path) -> None:
    one, same = (load(finished / "run/model", device="cpu") for _ in range(2))
    one.predict(["We gave aspirin."])
    assert fingerprint(one) == fingerprint(same)
    with torch.no_grad():
        same.network.heed[0] += 1
    assert fingerprint(one) != fingerprint(same)


def test_manifest_and_log_tell_how_it_went(finished: Path) -> None:
    manifest = json.loads((finished / "run/manifest.json").read_text())
    assert manifest["seed"] == 0
    assert manifest["device"] == "cpu"
    assert manifest["peak_memory_mb"] > 10
    assert set(manifest["stages"]) == {"label", "aggregate", "clean", "train", "score", "report"}
    log = (finished / "run/log.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in log.splitlines()]
    assert [e["epoch"] for e in events if e["event"] == "epoch"] == [1, 2]


def test_config_has_every_default(finished: Path) -> None:
    config = tomllib.loads((finished / "run/config.toml").read_text(encoding="utf-8"))
    assert config["training"]["clip_norm"] > 0
    assert config["training"]["epochs"] == 2
    assert 0 < config["tagger"]["votes"]["entry_masking"] < 1
    assert config["seed"] == 0


def test_predict_then_evaluate_equals_what_run_says(finished: Path, tmp_path: Path) -> None:
    dev = io.read_gold(finished / "dev.pubtator").gold
    tagger = load(finished / "run/model", device="cpu")
    found = tagger.predict(io.read(finished / "dev.pubtator"))
    io.write(tmp_path / "found.pubtator", dev.corpus, found)
    read = io.read_gold(tmp_path / "found.pubtator").gold
    again = score(dev, align(dev, read.corpus, read.annotations), bootstrap=50, seed=0)
    scores = json.loads((finished / "run/scores.json").read_text())
    assert json.loads(json.dumps(again.to_dict())) == scores["dev"]


def test_predictions_carry_concept_ids(finished: Path) -> None:
    tagger = load(finished / "run/model", device="cpu")
    corpus = Corpus.from_texts(["Aspirin (ASA) helps in gastritis.", "No ague in mice."])
    read = tagger.read(corpus)
    found = Annotations.of(
        [Annotation(0, 0, 7, "Chemical"), Annotation(0, 23, 32, "Disease"),
         Annotation(1, 3, 7, "Disease")]
    )  # fmt: skip
    rows = with_concepts(found, corpus, read, tagger.sources.lexicon)
    assert [row.concepts for row in rows] == [("T:1",), ("T:4",), ()]


def test_a_tagger_is_a_source(finished: Path) -> None:
    tagger = load(finished / "run/model", device="cpu")
    corpus = io.read(finished / "dev.pubtator")
    votes = apply_sources(corpus, [tagger])
    assert set(votes.sources) == {"tagger"}
    predicted = tagger.predict(corpus)
    assert len(votes) == len(predicted)
    one = corpus[0]
    assert all(span.end <= len(one) for span in tagger(one))


def test_what_a_notebook_shows_fits_a_line_or_two(finished: Path) -> None:
    tagger = load(finished / "run/model", device="cpu")
    assert repr(tagger).startswith("<Tagger of Chemical, Disease, with sources dictionary, ")
    assert repr(tagger.sources).endswith(f"; {len(tagger.sources.lexicon):,} names>")
    assert len(repr(tagger)) < 200
    found = Annotations.of([Annotation(0, 3, 7, "Disease"), Annotation(0, 11, 15, "Animal")])
    assert repr(found) == "<Annotations: 2 of Animal, Disease>"
    corpus = Corpus.from_texts(["No ague in mice. Aspirin helps."])
    assert repr(apply_sources(corpus, [])) == "<Votes: 0 on 2 sentences, by no source>"
    assert repr(apply_sources(corpus, [tagger])).endswith(" on 2 sentences, by tagger>")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    result = run(tiny.experiment(tmp_path), seed=0, folder=tmp_path / "run", device="cpu")
    for name in ("scores.json", "votes.parquet", "examples.parquet", "model/model.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (finished / "run" / name).read_bytes()
    assert repr(result).startswith(f"<Result in {tmp_path / 'run'}: strict F1 ")


@pytest.mark.slow
def test_votes_do_not_depend_on_dev(finished: Path, tmp_path: Path) -> None:
    texts = ["Zygomycosis and zygomycosis; no zebra."]
    corpus = Corpus.from_texts(texts, ids=["x"])
    dev = Gold(corpus, Annotations.of([Annotation(0, 0, 11, "Animal")]))
    for name, other in (("without", None), ("other", dev)):
        experiment = replace(tiny.experiment(tmp_path), dev=other)
        run(experiment, seed=0, folder=tmp_path / name, device="cpu")
        for file in ("votes.parquet", "agreed.parquet", "examples.parquet", "changes.tsv"):
            there = (tmp_path / name / file).read_bytes()
            assert there == (finished / "run" / file).read_bytes(), (name, file)


@pytest.mark.slow
def test_without_dev_nothing_is_scored_and_it_says_so(tmp_path: Path) -> None:
    result = run(tiny.experiment(tmp_path, dev=False), seed=0, device="cpu")
    assert set(result.scores) == {"note"}
    assert "nothing was scored" in result.scores["note"]
    assert result.folder is None
    assert isinstance(result.tagger.predict(["We gave aspirin."]), Annotations)


@pytest.mark.slow
def test_own_sources_speak_and_must_be_given_again(tmp_path: Path) -> None:
    @source(types=["Dose"])
    def dose(sentence: Sentence):  # type: ignore[no-untyped-def]
        for found in sentence.finditer(r"\d+ mg/kg"):
            yield found.span_as("Dose")

    experiment = tiny.experiment(tmp_path, sources=[dose])
    result = run(experiment, seed=0, folder=tmp_path / "run", device="cpu")
    assert "Dose" in result.tagger.network.scheme.types
    with pytest.raises(FormatError, match="dose"):
        load(tmp_path / "run/model", device="cpu")
    again = load(tmp_path / "run/model", sources=[dose], device="cpu")
    assert again.predict(["5 mg/kg"]).keys() == result.tagger.predict(["5 mg/kg"]).keys()


@pytest.mark.slow
def test_pseudo_labels_train_without_a_dictionary(tmp_path: Path) -> None:
    labelled = tiny.gold(12)
    experiment = weaklabel.recipes.default(
        labelled.corpus, labels=labelled.annotations, settings=tiny.SETTINGS
    )
    result = run(replace(experiment, vectors=None), seed=0, device="cpu")
    assert result.tagger.network.scheme.types == ("Chemical", "Disease")
    assert result.examples.decided.all()


@pytest.mark.slow
def test_a_type_nobody_produces_scores_0_and_is_named(tmp_path: Path) -> None:
    made = tiny.experiment(tmp_path)
    assert made.dev is not None
    rows = [*made.dev.annotations, Annotation(0, 0, 2, "Gene")]
    dev = Gold(made.dev.corpus, Annotations.of(rows))
    said: list[Event] = []
    result = run(replace(made, dev=dev), seed=0, device="cpu", progress=said.append)
    assert result.scores["dev"]["strict"]["types"]["Gene"]["f1"] == 0
    assert any("`Gene` is in the dev set" in e.text for e in said if e.kind is Kind.WARNING)


@pytest.mark.slow
def test_keep_and_drop_decide(tmp_path: Path) -> None:
    made = tiny.experiment(tmp_path, drop=["aspirin"])
    result = run(made, seed=0, device="cpu")
    entries = {row.entry for row in result.votes.rows() if row.label != OUTSIDE}
    assert "Chemical:morphine" in entries
    assert not any("aspirin" in entry for entry in entries)


# ---- the folder -----------------------------------------------------------------------------
def test_a_folder_in_use_is_refused(finished: Path) -> None:
    experiment = tiny.experiment(finished)
    with pytest.raises(RunFolderError, match=r"holds a finished run.*--resume"):
        run(experiment, seed=0, folder=finished / "run", device="cpu")


def test_another_configuration_is_refused_by_name(finished: Path) -> None:
    other = tiny.experiment(finished, settings={"training": {"epochs": 1, "batch_tokens": 256}})
    with pytest.raises(RunFolderError, match=r"training.epochs = 2, not 1.*redo training and what"):
        run(other, seed=0, folder=finished / "run", device="cpu")
    with pytest.raises(RunFolderError, match=r"seed = 0, not 1"):
        run(tiny.experiment(finished), seed=1, folder=finished / "run", device="cpu")


def test_a_folder_that_is_no_run_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("mine")
    for resume in (False, True):
        with pytest.raises(RunFolderError, match=r"no run's folder \(thesis.tex"):
            run(tiny.experiment(tmp_path), seed=0, folder=out, resume=resume, device="cpu")
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]


@pytest.mark.slow
def test_resume_redoes_only_what_depends_on_the_change(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(tiny.experiment(tmp_path), seed=0, folder=out, device="cpu")

    def stages(**changes: object) -> tuple[dict[str, str], str]:
        said: list[Event] = []
        seed = int(changes.pop("seed", 0))  # type: ignore[call-overload]
        experiment = tiny.experiment(tmp_path, **changes)
        run(experiment, seed=seed, folder=out, resume=True, device="cpu", progress=said.append)
        notes = " ".join(e.text for e in said if e.kind is Kind.NOTE)
        return {e.stage: str(e.kind) for e in said if e.kind in (Kind.DONE, Kind.KEPT)}, notes

    kept, notes = stages()
    assert set(kept.values()) == {"kept"}
    assert notes == ""
    redone, notes = stages(seed=1)
    assert redone["label"] == redone["clean"] == "kept"
    assert redone["train"] == redone["score"] == redone["report"] == "done"
    assert "with seed = 0, not 1: training and what follows is redone" in notes
    redone, notes = stages(seed=1, drop=["morphine"])
    assert set(redone.values()) == {"done"}
    assert "from another drop list" in notes
    assert "labelling and what follows is redone" in notes


@pytest.mark.slow
def test_resume_notices_a_file_that_was_touched(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(tiny.experiment(tmp_path), seed=0, folder=out, device="cpu")
    before = (out / "scores.json").read_bytes()
    (out / "examples.parquet").write_bytes(b"torn")
    said: list[Event] = []
    run(
        tiny.experiment(tmp_path), seed=0, folder=out, resume=True, device="cpu",
        progress=said.append,
    )  # fmt: skip
    done = [e.stage for e in said if e.kind is Kind.DONE]
    assert done == ["clean", "train", "score", "report"]
    assert (out / "scores.json").read_bytes() == before


# ---- pieces ---------------------------------------------------------------------------------
def test_spans_become_votes_on_the_tokens_they_touch() -> None:
    corpus = Corpus.from_texts(["The anti-inflammatory drug. It helps."])
    rows = [Annotation(0, 5, 12, "Chemical"), Annotation(0, 22, 30, "Chemical")]
    votes = as_votes(corpus, Annotations.of(rows), source="labels")
    words = [corpus[int(r.sentence)].words[r.start : r.end] for r in votes.rows()]
    assert words == [["anti", "-", "inflammatory"], ["drug", "."], ["It"]]


def test_unknown_settings_are_refused_with_the_nearest_name(tmp_path: Path) -> None:
    corpus = Corpus.from_texts(["x"])
    with pytest.raises(ConfigError, match=r"training.epoch. Did you mean training.epochs\?"):
        weaklabel.recipes.default(corpus, settings={"training": {"epoch": 1}})


def test_loading_what_is_no_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no model of weaklabel"):
        load(tmp_path)


def test_priors_are_shares(finished: Path) -> None:
    analysis = json.loads((finished / "run/analysis.json").read_text())
    assert np.all(np.array(analysis["priors"]["labels"]) < 1)
    assert len(analysis["sentences"]) == 3
    assert {"splits", "errors", "sources", "overlap", "changes", "warnings"} <= set(analysis)
