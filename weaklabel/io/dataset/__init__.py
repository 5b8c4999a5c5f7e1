"""Hugging Face datasets ↔ corpora with annotations.

Read are rows of text (``text``, with ``spans`` or ``entities`` of ``start``, ``end`` and ``label``
where there are any), and rows of tokens (``tokens``, with ``ner_tags`` or ``tags``: ``ClassLabel``
or strings in any common style). Rows in succession that share a ``document_id`` are one document;
without that column each row is one, called by its ``id`` or its number.

Written is a row a sentence, as token classifiers are trained on, with what it takes to read the
corpus back exactly.
"""

from weaklabel.io.dataset.columns import NAME as NAME
from weaklabel.io.dataset.columns import Rows as Rows
from weaklabel.io.dataset.columns import is_dataset as is_dataset
from weaklabel.io.dataset.read import read as read
from weaklabel.io.dataset.write import to_dataset as to_dataset
