"""The network, in torch. Importing this package alone does not load torch; its modules do.

``settings`` (no torch) · ``words``, ``channels``, ``batch`` (text and votes → tensors)
· ``encoders/`` · ``tagger`` (encoder + the CRF of ``weaklabel.crf``; predicts, saves, loads)
"""
