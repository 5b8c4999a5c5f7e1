"""Innermost loops as vector instructions.

:mod:`.lanes` writes them; :mod:`.rows` works on padded tables, :mod:`.tables` on unpadded ones.
"""
