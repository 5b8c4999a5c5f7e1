"""A run's folder like a real one: the demo's dev set, and taggers that err in known ways."""

from __future__ import annotations

import json
import random
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from weaklabel import io
from weaklabel.aggregate.agree import agreed
from weaklabel.evaluate import (
    SentenceFinder,
    calibration_curve,
    count_mistakes,
    error_analysis,
    score,
    score_sources,
    score_vote,
    split_scores,
)
from weaklabel.judging.analysis import analyse
from weaklabel.on_tokens import to_annotations
from weaklabel.text import Annotation, Annotations, Gold
from weaklabel.votes import Account, Vote, Votes

DEMO = resources.files("weaklabel") / "demo"
SOURCES = ("dictionary", "abbreviation", "pattern", "composition", "adjective", "consistency")

MANIFEST: dict[str, Any] = {
    "weaklabel": "0.1.0",
    "code": "0123456789abcdef",
    "command": "weaklabel run --corpus abstracts.pubtator --out runs/demo",
    "recipe": "default",
    "seed": 0,
    "device": "cpu",
    "machine": "CPU, 2 cores",
    "python": "3.11.7",
    "platform": "Linux",
    "packages": {"numpy": "2.4.6", "torch": "2.13.0"},
    "licences": {"dictionary.tsv": "Apache-2.0"},
    "documents": 63,
    "sentences": 497,
    "tokens": 11_204,
    "names": 496,
    "dev_documents": 24,
    "ingredients": {"corpus": {"value": "c0ffee" * 5, "about": "abstracts.pubtator"}},
    "stages": {
        "label": {"seconds": 0.9, "text": "63 documents   6 sources   1,402 spans"},
        "train": {"seconds": 31.2, "text": "BiLSTM-CRF, 412k parameters"},
    },
    "training": {"best_epoch": 6, "stopped_because": "the dev F1 did not rise for 3 epochs"},
    "seconds": 33.0,
    "peak_memory_mb": 512.0,
}


def erring(gold: Gold, rng: random.Random, rates: tuple[float, float, float, float]) -> Annotations:
    """Gold with misses, wrong boundaries, wrong types and inventions at the given rates."""
    missed, shifted, confused, invented = rates
    rows = []
    for row in gold.annotations:
        chance, score_ = rng.random(), round(rng.uniform(0.5, 1), 3)
        if chance < missed:
            continue
        if chance < missed + shifted:
            text = gold.corpus.document_text(row.document)
            start = text.find(" ", row.start, row.end) + 1
            row = (
                row._replace(start=start)
                if start
                else row._replace(end=min(row.end + 2, len(text)))
            )
        elif chance < missed + shifted + confused:
            row = row._replace(label="Disease" if row.label == "Chemical" else "Chemical")
        rows.append(row._replace(score=score_))
        if rng.random() < invented:
            rows.append(
                Annotation(row.document, 0, 6, rng.choice(["Disease", "Chemical"]), (), 0.4)
            )
    return Annotations.of(rows)


def votes_on(gold: Gold, rng: random.Random) -> Votes:
    """Six sources, each right in its own share of cases."""
    corpus, rows = gold.corpus, []
    tokens = corpus.token_splits[corpus.sentence_splits]
    for a in gold.annotations:
        low, high = tokens[a.document : a.document + 2]
        first = int(low + np.searchsorted(corpus.token_end[low:high], a.start, side="right"))
        last = int(low + np.searchsorted(corpus.token_start[low:high], a.end))
        sentence = int(corpus.token_sentence[first])
        base = int(corpus.token_splits[sentence])
        last = min(last, int(corpus.token_splits[sentence + 1]))
        entry = corpus.document_text(a.document)[a.start : a.end].lower()
        for k, source in enumerate(SOURCES):
            if rng.random() < 0.6 / (k + 1):
                start = first + (last - first > 1 and rng.random() < 0.2)
                kind = a.label if rng.random() < 0.95 else "Chemical"
                rows.append(Vote(sentence, start - base, last - base, kind, source, 1.0, entry))
    told = Account(
        {"not in the text": 7, "refused by the endpoint": 2},
        {"requests": 212, "tokens": 104_000},
        ('"<b>fever" is not in "The patient had a fever."',),
    )
    return Votes.of(rows, n_sentences=len(corpus), sources=SOURCES, accounts={"composition": told})


def make_run(folder: Path, *, dev: bool = True, seed: int = 0, missed: float = 0.12) -> Path:
    """Write a run's folder; without ``dev`` nothing in it is scored."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    gold = io.read_gold(str(DEMO / "dev.pubtator")).gold
    lexicon = io.read_lexicon(str(DEMO / "dictionary.tsv"))
    votes = votes_on(gold, rng)
    told = analyse(gold.corpus, votes).to_dict()
    analysis: dict[str, Any] = {
        **{k: told[k] for k in ("sources", "overlap", "disagreements")},
        "changes": {"count": 3, "rules": {"everyday English": 3}, "first": []},
        "warnings": ["37 % of your dictionary's names never occur in the corpus (fine)"],
        "relaxed": {},
    }
    scores: dict[str, Any] = {"note": "nothing was scored: there is no annotated dev set"}
    if dev:
        systems = {
            "dictionary_only": erring(gold, rng, (0.38, 0.1, 0.02, 0.04)),
            "votes": erring(gold, rng, (0.2, 0.08, 0.02, 0.05)),
            "tagger": erring(gold, random.Random(seed + 7), (missed, 0.07, 0.02, 0.04)),
        }
        scored = {name: score(gold, rows).to_dict() for name, rows in systems.items()}
        scores = {"dev": scored.pop("tagger"), **scored}
        tagger = systems["tagger"]
        resolve = partial(agreed, gold.corpus)
        analysis |= {
            "splits": {name: split_scores(gold, rows, lexicon) for name, rows in systems.items()},
            "errors": error_analysis(gold, tagger),
            "error_counts": count_mistakes(gold, tagger),
            "calibration": calibration_curve(gold, tagger),
            "sources_on_dev": score_sources(gold, votes, resolve=resolve, bootstrap=50),
            "vote_on_dev": score_vote(gold, votes, resolve, bootstrap=50),
            "sentences": sentences(gold, votes, tagger),
            "priors": {
                "types": ["Chemical", "Disease"],
                "labels": [0.061, 0.094],
                "predicted": [0.058, 0.101],
                "gold": [0.06, 0.112],
            },
        }
        io.write(folder / "predictions.jsonl", gold.corpus, tagger)
        io.write(folder / "dev_gold.jsonl", gold.corpus, gold.annotations)
    write(folder, scores, analysis, dev=dev, seed=seed)
    return folder


def sentences(gold: Gold, votes: Votes, tagger: Annotations) -> list[dict[str, Any]]:
    finder, corpus, shown = SentenceFinder(gold.corpus), gold.corpus, []
    for s in range(0, len(corpus), 17):
        a, b = corpus.token_splits[s : s + 2]
        place = (
            int(corpus.sentence_document[s]),
            int(corpus.token_start[a]),
            int(corpus.token_end[b - 1]),
        )
        row = finder.show(*place, gold=gold.annotations, predicted=tagger, aggregate=tagger)
        layers = {n: to_annotations(corpus, votes.of_source(n)) for n in votes.sources}
        row["votes"] = [
            [*span, name] for name, v in layers.items() for span in finder.show(*place, v=v)["v"]
        ]
        shown.append(row)
    return shown


def write(
    folder: Path, scores: dict[str, Any], analysis: dict[str, Any], *, dev: bool, seed: int
) -> None:
    files = {
        "manifest.json": MANIFEST | {"seed": seed, "dev_documents": 24 if dev else 0},
        "scores.json": scores,
        "analysis.json": analysis,
    }
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value, ensure_ascii=False))
    f1 = [0.41, 0.63, 0.71, 0.74, 0.762, 0.771, 0.768, 0.766, 0.77]
    epochs = [
        {
            "event": "epoch", "epoch": i, "loss": 0.9 / i, "dev_f1": s if dev else None,
            "held_out_f1": None if dev else s, "learning_rate": 0.002 / i,
            "tokens_per_second": 9000 + 37 * i, "seconds": 3.4,
        }
        for i, s in enumerate(f1, 1)
    ]  # fmt: skip
    lines = [json.dumps({"event": "opened"}), *map(json.dumps, epochs), '{"event": "epo']
    (folder / "log.jsonl").write_text("\n".join(lines))
    (folder / "config.toml").write_text(
        f'recipe = "default"\nseed = {seed}\n\n[training]\nepochs = 20\n'
    )
    head = "name\ttypes\taction\trule\tevidence\n"
    rows = [
        ("lead", "212 times, the neighbours are verbs"),
        ("<b>better</b>", "an adverb"),
        ("control", ""),
    ]
    (folder / "changes.tsv").write_text(
        head + "".join(f"{n}\tChemical\tdropped\teveryday English\t{e}\n" for n, e in rows)
    )
    (folder / "dropped.tsv").write_text(
        "path\tline\tdocument\tmessage\n"
        'dev.pubtator\t40\td7\tthe text at 3–9 is "enzyme", the annotation says "enzymes"\n'
    )
