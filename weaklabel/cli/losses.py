"""What sources lose is said once: by the verb itself, or else by the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from weaklabel.sources.losses import log


class ToldOnce(logging.Filter):
    """Keeps from the log what a verb says itself, and what was said of a source before.

    Attributes:
        by_verb: whether the verb is going to say what is lost now. It is while the corpus is
            labelled; the dev set, asked afterwards, goes to the log.
    """

    def __init__(self) -> None:
        super().__init__()
        self.by_verb = True
        self._told: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a source's losses are news."""
        source = str(record.args[0]) if isinstance(record.args, tuple) else record.getMessage()
        news = source not in self._told
        self._told.add(source)
        return news and not self.by_verb


@contextmanager
def losses_told_once() -> Iterator[ToldOnce]:
    """What sources lose within the block is not said twice."""
    told = ToldOnce()
    log.addFilter(told)
    try:
        yield told
    finally:
        log.removeFilter(told)
