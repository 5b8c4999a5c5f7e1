"""Compiled loops over flat arrays; numpy in, numpy out, the interpreter lock released.

Nothing here knows a corpus or a dictionary. Kernels are compiled by Numba when first called and
kept on disk (:mod:`weaklabel.kernels.compiling`), so only the first use after installation waits.
"""
