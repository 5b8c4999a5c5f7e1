"""Document consistency: what is a name once in a document is a name wherever it stands in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from weaklabel.normal import normal_token
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes

Words = tuple[str, ...]


@dataclass(frozen=True)
class ConsistencySource:
    """Repeats in a document the spans other sources found elsewhere in it.

    Attributes:
        min_length: characters a span of one token must have; shorter ones are too ambiguous.
        name: how the source is listed.
    """

    min_length: int = 4
    name: str = "consistency"

    def follow(self, corpus: Corpus, votes: Votes) -> Votes:
        """Votes on occurrences that nobody spoke about."""
        rows: list[Vote] = []
        for document in range(corpus.n_documents):
            a, b = corpus.sentence_splits[document : document + 2].tolist()
            forms = {i: tuple(map(normal_token, corpus[i].words)) for i in range(a, b)}
            first, last = votes.sentence_splits[[a, b]].tolist()
            spoken = [votes.row(i) for i in range(first, last)]
            rows.extend(self._repeated(forms, spoken))
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name])

    def _repeated(self, forms: dict[int, Words], spoken: list[Vote]) -> list[Vote]:
        taken: dict[int, set[int]] = defaultdict(set)
        names: dict[Words, Vote] = {}
        for vote in spoken:
            taken[vote.sentence].update(range(vote.start, vote.end))
            key = forms[vote.sentence][vote.start : vote.end]
            if vote.label in (OUTSIDE, UNKNOWN) or sum(map(len, key)) < self.min_length:
                continue
            known = names.get(key)
            names[key] = vote if known is None or known.label == vote.label else _VOID
        by_first: dict[str, list[Words]] = defaultdict(list)
        for key, vote in names.items():
            if vote is not _VOID:
                by_first[key[0]].append(key)
        found = []
        for sentence, words in forms.items():
            for i, word in enumerate(words):
                for key in by_first.get(word, ()):
                    end = i + len(key)
                    if words[i:end] == key and not taken[sentence] & set(range(i, end)):
                        found.append(
                            names[key]._replace(
                                sentence=sentence, start=i, end=end, source=self.name
                            )
                        )
        return found


_VOID = Vote(0, 0, 1, UNKNOWN, "")
