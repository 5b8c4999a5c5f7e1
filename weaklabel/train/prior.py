"""The tags' prior as the loss saw it."""

from __future__ import annotations

import numpy as np

from weaklabel.nn.batch import Encoded
from weaklabel.nn.network import Network
from weaklabel.targets import Examples


def prior_as_seen(network: Network, encoded: Encoded, examples: Examples) -> dict[str, float]:
    """The tags' prior as the loss saw it, tag name → share.

    A token with several allowed tags counts by the network's posterior given what is allowed, one
    with a belief by that.
    """
    belief = examples.beliefs
    open_ = examples.known & ~examples.decided & ~examples.believed
    splits = examples.token_splits
    rows = np.unique(np.searchsorted(splits, np.flatnonzero(open_), side="right") - 1)
    if len(rows):
        posterior = network.belief(encoded, examples, rows=rows)
        belief[open_] = np.maximum(posterior[open_], 1e-12)
    prior = examples.prior(belief)
    return dict(zip(examples.scheme.names, prior.tolist(), strict=True))
