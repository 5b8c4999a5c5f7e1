"""Linear-chain conditional random field: sums over tag paths, marginals, best path.

What is asked, from the outside in:

* :mod:`.module` the layer; :mod:`.chain` what it makes of a batch, and every question to that;
  :mod:`.constraints` which moves are legal
* :mod:`.problem` what a back end is asked about, and how what is wrong with it is worded
* :mod:`.protocol` what a back end can do; :mod:`.backends` which one does it

Who does the work: a package for each back end, all with the functions of ``protocol.Backend``.

* :mod:`.plain` plain torch, the oracle of the others; :mod:`.compiled` the CPU's; :mod:`.fused` the
  GPU's Triton kernels

What is composed of their answers, once for all of them:

* :mod:`.path_scores` paths that are given, the best few, samples; :mod:`.reduction` batch means
* :mod:`.expectations` mean counts and scores; :mod:`.soft_targets` losses against beliefs
* :mod:`.entropy` with its gradient, :mod:`.covariances`
* :mod:`.gradients` of sums made of marginals; :mod:`.first_order` which have none themselves
* :mod:`.checks` what is looked at between operations
* :mod:`.traced` back ends as operators, for ``torch.compile``
"""

from __future__ import annotations

from weaklabel.crf.chain import Chain
from weaklabel.crf.module import LinearChainCRF
from weaklabel.crf.problem import NotFinite

__all__ = ["Chain", "LinearChainCRF", "NotFinite"]
