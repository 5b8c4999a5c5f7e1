"""analyse(): what each source is worth, where sources disagree, and which to mend next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from weaklabel.aggregate import Reader
from weaklabel.aggregate.agree import agreed
from weaklabel.agreement import overlap_matrix
from weaklabel.errors import DataError
from weaklabel.evaluate import advice, by_mending, disagreements, score_sources, score_vote
from weaklabel.evaluate.by_source import Resolve
from weaklabel.sources import AnySource, apply_sources
from weaklabel.text import Corpus, Gold
from weaklabel.votes import Account, Votes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SourceAnalysis:
    """The source table, the one worth mending most first. A notebook shows it by itself.

    Attributes:
        rows: one a source: those of :meth:`Votes.summary`; what it ``lost``, ``used`` and its
            ``notes``; the ``cost`` it declares (None where it does not); with a dev set those of
            :func:`weaklabel.evaluate.score_sources`.
        vote: what :func:`weaklabel.evaluate.score_vote` says of the dev set, None without one.
        disagreements: the sentences in which sources contradict each other most; see
            :func:`weaklabel.evaluate.disagreements`.
        overlap: ``{"sources": names, "matrix": pairs}``; see
            :func:`weaklabel.agreement.overlap_matrix`.
        advice: which source to mend next, and why, in a line.

    >>> import weaklabel as wl
    >>> corpus = wl.Corpus.from_texts(["Severe hepatitis.", "No gastritis."])
    >>> rows = [wl.Vote(0, 1, 2, "Disease", "dictionary"), wl.Vote(1, 1, 2, "Disease", "rule")]
    >>> found = wl.analyse(corpus, wl.Votes.of(rows, n_sentences=2))
    >>> isinstance(found, wl.SourceAnalysis), found["rule"]["spans"]
    (True, 1)
    """

    rows: tuple[Mapping[str, Any], ...]
    vote: Mapping[str, Any] | None
    disagreements: tuple[Mapping[str, Any], ...] = field(repr=False)
    overlap: Mapping[str, Any] = field(repr=False)
    advice: str

    @property
    def f1(self) -> float:
        """Strict F1 of the vote on the dev set, 0 to 1.

        Raises:
            DataError: if there was no dev set.
        """
        if self.vote is None:
            raise DataError("nothing was scored: analyse(…, dev=…) takes a dev set")
        return float(self.vote["f1"])

    def __getitem__(self, source: str) -> Mapping[str, Any]:
        """The row of a source.

        Raises:
            KeyError: if there is none of this name.
        """
        for row in self.rows:
            if row["source"] == source:
                return row
        names = ", ".join(row["source"] for row in self.rows)
        raise KeyError(f"no source {source!r}; there are: {names}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON can hold them."""
        return {
            "sources": [dict(row) for row in self.rows],
            "vote": None if self.vote is None else dict(self.vote),
            "disagreements": [dict(row) for row in self.disagreements],
            "overlap": dict(self.overlap),
            "advice": self.advice,
        }

    def to_pandas(self) -> pd.DataFrame:
        """One row a source; what was lost as one number, what was used a column a resource."""
        from weaklabel.ground.optional import require

        pandas = require("pandas", extra="pandas", what="to_pandas()")
        rows = [_flat(row) for row in self.rows]
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=None if rows else ["source"])
        return frame.set_index("source")

    def _repr_html_(self) -> str:
        from weaklabel.report import sources_html  # brings the page's templates along

        return str(sources_html(self.to_dict()))


def analyse(
    corpus: Corpus,
    votes: Votes,
    *,
    dev: Gold | None = None,
    dev_votes: Votes | None = None,
    sources: Iterable[AnySource] = (),
    resolve: Resolve | None = None,
    most: int = 5,
    bootstrap: int = 1000,
    seed: int = 0,
) -> SourceAnalysis:
    """Say of each source where it speaks, how often it is right, and what the vote owes it.

    Args:
        corpus: what was labelled.
        votes: what the sources said of it.
        dev: a person's spans, for precision, recall and worth; nothing is learnt from it.
        dev_votes: what the sources said of the dev set.
        sources: asked about the dev set where ``dev_votes`` is not given; their ``cost``, if they
            declare one, is listed.
        resolve: makes one reading of votes on the dev set; the weighted vote if not given.
        most: sentences of disagreement.
        bootstrap: resamplings of documents behind the intervals.
        seed: what the resampling starts from.

    Raises:
        DataError: if the votes are about another corpus, or there is a dev set, but neither votes
            on it nor sources to ask.

    >>> from weaklabel.sources import source
    >>> from weaklabel.text import Span
    >>> @source
    ... def itis(sentence):
    ...     return [m.span_as("Disease") for m in sentence.finditer(r"[a-z]+itis")]
    >>> corpus = Corpus.from_texts(["Severe hepatitis.", "No gastritis."])
    >>> analyse(corpus, apply_sources(corpus, [itis]))["itis"]["spans"]
    2
    """
    if votes.n_sentences != len(corpus):
        raise DataError(
            f"votes about {votes.n_sentences} sentences do not fit a corpus of {len(corpus)}"
        )
    asked = tuple(sources)
    told = summaries(corpus, votes, asked)
    scored: list[dict[str, Any]] = [{} for _ in told]
    vote = None
    if dev is not None:
        if dev_votes is None:
            dev_votes = _votes_on(dev, asked)
        if resolve is None:
            resolve = partial(agreed, dev.corpus)
        vote = score_vote(dev, dev_votes, resolve, bootstrap=bootstrap, seed=seed)
        on_dev = score_sources(dev, dev_votes, resolve=resolve, bootstrap=bootstrap, seed=seed)
        by_name = {row["source"]: row for row in on_dev}
        scored = [by_name.get(row["source"], {}) for row in told]
    rows = by_mending([{**row, **more} for row, more in zip(told, scored, strict=True)])
    return SourceAnalysis(
        tuple(rows),
        vote,
        tuple(disagreements(corpus, votes, most=most)),
        {"sources": list(votes.sources), "matrix": overlap_matrix(votes).tolist()},
        advice(rows, vote),
    )


def resolved_by(reader: Reader, corpus: Corpus) -> Resolve:
    """One reading of any votes on a corpus, by a reader."""
    return lambda votes: reader.read(corpus, votes).agreed


def summaries(
    corpus: Corpus, votes: Votes, sources: Sequence[AnySource] = ()
) -> list[dict[str, Any]]:
    """One row a source, no dev set needed: where it speaks, what it lost, used and costs."""
    declared = {each.name: getattr(each, "cost", "") for each in sources}
    costs = {name: cost for name, cost in declared.items() if cost != ""}
    rows: list[dict[str, Any]] = []
    for row in votes.summary(corpus):
        name = str(row["source"])
        account = votes.accounts.get(name, Account())
        told = {"lost": dict(account.lost), "used": dict(account.used)}
        rows.append({**row, **told, "notes": list(account.notes), "cost": costs.get(name)})
    return rows


def _votes_on(dev: Gold, sources: Sequence[AnySource]) -> Votes:
    if not sources:
        raise DataError(
            "a dev set was given, but not what the sources say of it: pass sources=[…], or "
            "dev_votes=apply_sources(dev.corpus, […])"
        )
    return apply_sources(dev.corpus, sources)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without mappings and lists in it."""
    plain = {k: v for k, v in row.items() if k not in ("lost", "used", "notes", "worst")}
    plain["lost"] = sum(row["lost"].values())
    plain |= {f"used_{name}": amount for name, amount in row["used"].items()}
    if "worst" in row:
        worst = row["worst"] or (None, 0, 0)
        plain |= dict(zip(("worst", "worst_wrong", "worst_spans"), worst, strict=True))
    return plain
