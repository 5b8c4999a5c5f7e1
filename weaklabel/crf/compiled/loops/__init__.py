"""Compiled loops over the sentences of a batch, one function a question. Numpy in, numpy out.

* :mod:`.sum` log-sums with their gradients where one table of moves is for all steps;
  :mod:`.sum_by_step` where moves differ by step; :mod:`.weigh` gradients of a batch made of them
* :mod:`.best` the best path; :mod:`.best_by_step` where moves differ; :mod:`.best_few` several
* :mod:`.draw` paths by their probability; :mod:`.covary` the entropy's gradient
* What they share: :mod:`.fill` scores in padded rows, :mod:`.forward` the forward pass,
  :mod:`.log_space` what to do where it is not exact, :mod:`.underflow` when that is;
  :mod:`.faults` what may be wrong with a batch; :mod:`.vectors` the innermost loops

Numba keeps machine code beside each file and looks at that file alone: after a change of something
used from another file, remove ``__pycache__`` (``make clean``).
"""
