"""How much a word behaves like the names of a type: a linear model over word vectors.

Words of the vector table that are one-token names of a type are set against all others, and each
word is scored by a model that was fitted without it. The score is a likelihood ratio, so that it
means the same for a small dictionary and for a large one. Everyday English that a dictionary
lists as brand names ("Advanced", "Body") behaves like no name, and scores near 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from weaklabel.ground.normal import normal_token
from weaklabel.ground.types import Bools, Doubles
from weaklabel.vectors import WordVectors

Scores = dict[str, tuple[float, int]]
"""Normal token → (likelihood ratio for a name of a type, frequency rank)."""


def likenesses(
    vectors: WordVectors | None,
    names: dict[str, frozenset[str]],
    types: Iterable[str],
    *,
    min_names: int = 300,
    folds: int = 5,
    ridge: float = 10.0,
) -> dict[str, Scores]:
    """Type → :func:`likeness`; empty without vectors."""
    if vectors is None:
        return {}
    asked = {"min_names": min_names, "folds": folds}
    return {type_: likeness(vectors, names, type_, ridge=ridge, **asked) for type_ in types}


def likeness(
    vectors: WordVectors,
    names: dict[str, frozenset[str]],
    type_: str,
    *,
    min_names: int = 300,
    folds: int = 5,
    ridge: float = 10.0,
) -> Scores:
    """Normal token → (held-out likelihood ratio for a name of a type, frequency rank).

    Where several written forms share a normal form, the most frequent one counts. Empty where the
    vectors know fewer than ``min_names`` names: a model of few would judge by chance.

    Args:
        vectors: words by falling frequency.
        names: one-token names in normal form → their types.
        type_: the type.
        min_names: names that the vectors must know.
        folds: see :func:`held_out_log_ratio`.
        ridge: penalty on the squared weights.
    """
    forms = [normal_token(word) for word in vectors.words]
    usable = np.array([word.isalpha() and len(word) > 2 for word in vectors.words])
    listed = np.array([type_ in names.get(form, ()) for form in forms])
    if int(listed[usable].sum()) < min_names:
        return {}
    log_ratio = held_out_log_ratio(vectors, listed, usable, folds=folds, ridge=ridge)
    scores = np.exp(np.clip(log_ratio, -30, 30))
    found: Scores = {}
    for rank, form in enumerate(forms):
        if usable[rank]:
            found.setdefault(form, (float(scores[rank]), rank))
    return found


def held_out_log_ratio(
    vectors: WordVectors, listed: Bools, usable: Bools, *, folds: int = 5, ridge: float = 10.0
) -> Doubles:
    """``(V,)`` log likelihood ratios of being listed, each by a model fitted without the word.

    Args:
        vectors: ``V`` words.
        listed: ``(V,)`` the words to be told from all others.
        usable: ``(V,)`` the words to learn from.
        folds: parts the words are dealt into.
        ridge: penalty on the squared weights.
    """
    ones = np.ones((len(vectors), 1))
    features = np.hstack([vectors.unit * np.sqrt(vectors.width), ones]).astype(np.float64)
    # Folds by row number, dealt like cards: no randomness is needed, and none is wanted.
    fold = np.arange(len(vectors)) % folds
    scores = np.zeros(len(vectors))
    for k in range(folds):
        train = usable & (fold != k)
        weights = logistic(features[train], listed[train].astype(np.float64), ridge=ridge)
        scores[fold == k] = features[fold == k] @ weights
    known = int((listed & usable).sum())
    ratio: Doubles = scores - np.log(known / (usable.sum() - known))
    return ratio


def logistic(x: Doubles, y: Doubles, *, ridge: float, rounds: int = 8) -> Doubles:
    """Weights of a ridge-penalised logistic regression, by Newton's method.

    Args:
        x: ``(n, H)`` features, the constant among them.
        y: ``(n,)`` 0 or 1.
        ridge: penalty on the squared weights.
        rounds: Newton steps at most.
    """
    weights = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        curvature = (x * (p * (1 - p) + 1e-6)[:, None]).T @ x + ridge * np.eye(x.shape[1])
        step = np.linalg.solve(curvature, x.T @ (y - p) - ridge * weights)
        weights += step
        if np.abs(step).max() < 1e-3:
            break
    return weights
