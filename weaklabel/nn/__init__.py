"""Everything that imports torch. Importing this package alone does not; its modules do.

``settings`` (no torch) · ``crf/`` · ``words``, ``channels``, ``batch`` (text and votes → tensors)
· ``encoders/`` · ``tagger`` (encoder + CRF; predicts, saves, loads)
"""
