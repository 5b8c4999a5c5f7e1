"""An encoder or a head that lacks something is refused as it is made, not when it is needed."""

from __future__ import annotations

import pytest

from weaklabel.nn.encoders.base import Encoder
from weaklabel.nn.heads.base import Head
from weaklabel.tags import TagScheme


def test_an_encoder_without_batches_is_named() -> None:
    class Half(Encoder):
        def encode(self, corpus: object) -> object:
            return corpus

    with pytest.raises(TypeError, match=r"Half.*batch.*forward"):
        Half()  # type: ignore[abstract]


def test_a_head_without_decoding_is_named() -> None:
    class Half(Head):
        pass

    with pytest.raises(TypeError, match=r"Half.*cross_entropy.*decode.*marginals"):
        Half(4, TagScheme(("Disease",)))  # type: ignore[abstract]
