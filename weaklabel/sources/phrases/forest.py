"""Quality from positive examples and a noisy pool of others: robust positive-only bagging.

The other pool holds good phrases too, those that the dictionary lacks. A tree sees so few draws
of it that most see none of them, and over many trees what is wrong evens out (Shang et al., 2018).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from weaklabel.ground.types import Doubles, Longs

FEATURES_A_NODE = 4


def balanced_draws(
    positive: Longs, other: Longs, *, trees: int, draws: int, rng: np.random.Generator
) -> Iterator[tuple[Longs, Longs]]:
    """For each tree, as many rows of one pool as of the other, drawn with replacement."""
    size = min(draws, len(positive), len(other))
    for _ in range(trees):
        yield rng.choice(positive, size), rng.choice(other, size)


def qualities(
    features: Doubles,
    positive: Longs,
    other: Longs,
    *,
    trees: int,
    draws: int,
    rng: np.random.Generator,
) -> Doubles:
    """``(C,)``: the mean vote of trees that are grown until they are right on all they saw.

    Args:
        features: ``(C, F)`` of all candidates.
        positive: rows of the phrases that are known to be good.
        other: rows of the noisy pool.
        trees: how many trees.
        draws: rows of either pool a tree sees, at most.
        rng: the only source of chance.

    Returns:
        0 … 1 each; all 0 where either pool is empty, and nothing can be learnt.
    """
    from sklearn.tree import DecisionTreeRegressor

    votes = np.zeros(len(features))
    if not len(positive) or not len(other):
        return votes
    table = np.ascontiguousarray(features, np.float32)
    pools = balanced_draws(positive, other, trees=trees, draws=draws, rng=rng)
    for good, noisy in pools:
        tree = DecisionTreeRegressor(
            splitter="random",
            max_features=min(FEATURES_A_NODE, table.shape[1]),
            random_state=int(rng.integers(1 << 31)),
        )
        rows = np.concatenate([good, noisy])
        target = np.repeat([1.0, 0.0], [len(good), len(noisy)])
        tree.fit(table[rows], target, check_input=False)
        votes += tree.predict(table, check_input=False)
    return votes / trees
