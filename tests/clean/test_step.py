"""The step says on what no cleaner depended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from weaklabel.clean import Given
from weaklabel.steps.clean import clean
from weaklabel.targets import Examples


class Here:
    """A run's folder that only listens."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def unused(self, *names: str) -> None:
        self.names.update(names)


def still(examples: Any, given: Given) -> Any:
    return examples


def drawing(examples: Any, given: Given) -> Any:
    given.rng.random()
    return examples


def spawning(examples: Any, given: Given) -> Any:
    given.rng.spawn(1)[0].random()
    return examples


@pytest.mark.parametrize(
    ("cleaner", "depends"), [(still, False), (drawing, True), (spawning, True)]
)
def test_a_cleaner_that_draws_depends_on_the_seed(
    cleaner: Callable[[Examples, Given], Examples], depends: bool
) -> None:
    here: Any = Here()
    nothing: Any = np.zeros(0)
    clean(
        here, corpus=nothing, votes=nothing, agreed=nothing, labels=nothing, cleaning=(cleaner,),
        seed=0, fit_predict=nothing,
    )  # fmt: skip
    assert ("seed" not in here.names) == depends
