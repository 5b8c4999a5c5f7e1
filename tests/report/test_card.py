from __future__ import annotations

import json
import tomllib

from made_run import MANIFEST

from weaklabel.report import model_card


def test_the_card_says_what_one_must_know(scored_run):
    scores, analysis = (
        json.loads((scored_run / f"{name}.json").read_text()) for name in ("scores", "analysis")
    )
    config = tomllib.loads('[inputs]\ncorpus = "a.txt"\ndictionaries = ["d.tsv"]\ndev = "dev.tsv"')
    card = model_card(MANIFEST, scores, sources=analysis["sources"], config=config)
    micro = scores["dev"]["strict"]["micro"]
    for expected in (
        "# A weaklabel tagger: Chemical, Disease",
        "gold used for training: none; for early stopping and scores: dev.tsv (24 documents)",
        f"{100 * micro['f1_low']:.1f} – {100 * micro['f1_high']:.1f}",
        "not a medical device",
        "weaklabel.load",
        "dictionary.tsv: Apache-2.0",
        "seed: 0",
        "torch 2.13.0",
        "| consistency |",
        "a.txt (63 documents, 11,204 tokens)",
    ):
        assert expected in card
    assert card.endswith("\n")


def test_a_card_without_scores_says_so():
    card = model_card({}, {"note": "nothing was scored"}, types=["Gene"])
    assert "# A weaklabel tagger: Gene" in card
    assert "Nobody knows: it was not scored" in card
