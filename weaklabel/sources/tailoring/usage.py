"""Which words are used as verbs, counted in raw text: evidence against one-word names.

``dictionaries/english/verbs.tsv`` was made with this module::

    python -m weaklabel.sources.tailoring.usage TEXT [TEXT ...] > dictionaries/english/verbs.tsv
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from weaklabel.ground.segment import TOKEN

_MODALS = frozenset(
    ["will", "would", "can", "could", "may", "might", "must", "shall", "should", "cannot"]
)
_SUBJECTS = frozenset(["we", "they", "he", "she", "it", "who", "you", "i"])

MIN_COUNT = 20
MIN_SHARE = 0.1
MIN_SURE = 3


class Usage(NamedTuple):
    """How often a word occurs, and how often as a verb.

    Attributes:
        seen: all occurrences.
        sure: those after a modal verb or a subject ("can lead", "they lead").
        infinitive: those after "to", which may be a preposition too.
    """

    seen: int
    sure: int
    infinitive: int

    @property
    def verb_share(self) -> float:
        """Share of the occurrences in which a verb is likely."""
        return (self.sure + self.infinitive) / self.seen if self.seen else 0.0

    @property
    def is_verb(self) -> bool:
        """Whether the word is used as a verb often enough to distrust it as a name."""
        return self.seen >= MIN_COUNT and self.sure >= MIN_SURE and self.verb_share >= MIN_SHARE


def usage(lines: Iterable[str]) -> dict[str, Usage]:
    """Count every word of a text, in lower case.

    >>> usage(["This may lead to pain.", "Lead is toxic."])["lead"]
    Usage(seen=2, sure=1, infinitive=0)
    """
    counts: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    infinitive: Counter[str] = Counter()
    for line in lines:
        words = [word.lower() for word in TOKEN.findall(line)]
        for before, word in zip(["", *words], words, strict=False):
            if word.isalpha():
                counts[word] += 1
                sure[word] += before in _MODALS or before in _SUBJECTS
                infinitive[word] += before == "to"
    return {word: Usage(n, sure[word], infinitive[word]) for word, n in counts.items()}


def verb_table(found: dict[str, Usage]) -> str:
    """The verbs as a table: word, count, share of verb uses."""
    rows = [
        "# Words used as verbs in at least a tenth of their occurrences in biomedical text.",
        "# Derived from raw text: python -m weaklabel.sources.tailoring.usage TEXT [TEXT ...]",
    ]
    verbs = sorted(word for word, each in found.items() if each.is_verb and len(word) > 2)
    rows += [f"{w}\t{found[w].seen}\t{found[w].verb_share:.3f}" for w in verbs]
    return "\n".join(rows) + "\n"


def _lines(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        with Path(path).open(encoding="utf-8-sig") as lines:
            yield from lines


if __name__ == "__main__":
    sys.stdout.write(verb_table(usage(_lines(sys.argv[1:]))))
