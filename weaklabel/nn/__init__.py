"""The network and its parts. Importing this package needs no torch; most of its modules do.

``plan`` (what a network is made of; no torch) · ``encoders/`` (text → a row of numbers a token) ·
``heads/`` (rows → tags) · ``channels``, ``batch``, ``target`` (votes, text and labels → tensors) ·
``network`` (encoder + head; predicts, saves, loads)
"""
