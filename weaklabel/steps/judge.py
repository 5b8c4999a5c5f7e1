"""The fifth step: dictionary, votes and tagger are scored."""

from __future__ import annotations

from weaklabel.judging.scoring import judged
from weaklabel.judging.settings import EvaluationSettings
from weaklabel.judging.values import Judged
from weaklabel.keeping.folder import RunFolder
from weaklabel.tagger import Tagger
from weaklabel.text import Corpus, Gold
from weaklabel.votes import Votes


def judge(
    here: RunFolder,
    *,
    trained: Tagger,
    dev: Gold | None,
    corpus: Corpus,
    votes: Votes,
    evaluation: EvaluationSettings,
    warnings: tuple[str, ...],
    seed: int,
) -> Judged:
    """Strict scores of dictionary, votes and tagger, and what the report needs beside them."""
    return judged(trained, dev, corpus, votes, evaluation, warnings=warnings, seed=seed)
