"""Any spaCy pipeline as a source, over our tokens.

The pipeline does not tokenise: it gets a ``Doc`` a sentence, made of the corpus's own tokens, so
that what it finds fits without loss. Its ``doc.ents`` are the votes, or a group of ``doc.spans``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weaklabel.errors import ConfigError, WeaklabelError
from weaklabel.sources.fitting import Fitting, Place
from weaklabel.sources.options import ConfiguredSource, check_share, folder_beside
from weaklabel.text import Corpus
from weaklabel.votes import Votes

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span


@dataclass(frozen=True)
class SpacyOptions:
    """Which pipeline, and what of it counts.

    Attributes:
        pipeline: a folder or an installed package; nothing is downloaded.
        name: how the source is listed.
        type_map: the pipeline's labels → types; empty keeps all as they are.
        spans_key: the group of ``doc.spans`` to read, as span categorisers fill it; empty for
            ``doc.ents``.
        min_score: spans of a group with a lower score are left out, 0 to 1.
        batch_size: sentences a batch.
    """

    pipeline: str
    name: str = "spacy"
    type_map: dict[str, str] = field(default_factory=dict)
    spans_key: str = ""
    min_score: float = 0.0
    batch_size: int = 64

    def __post_init__(self) -> None:
        check_share("min_score", self.min_score)
        if self.batch_size < 1:
            raise ConfigError(f"batch_size must be 1 or more, got {self.batch_size}")


@dataclass(frozen=True, eq=False)
class SpacyPipelineSource(ConfiguredSource[SpacyOptions]):
    """Votes for what a spaCy pipeline finds.

    Attributes:
        options: the pipeline's name, and what of it counts.
        loaded: the pipeline itself, where it is at hand; otherwise it is loaded when first asked.

    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> _ = nlp.add_pipe("entity_ruler").add_patterns([{"label": "DRUG", "pattern": "Aspirin"}])
    >>> source = SpacyPipelineSource.of(nlp, type_map={"DRUG": "Chemical"})
    >>> source.label(Corpus.from_texts(["Aspirin helps."])).spans(0)
    [Span(start=0, end=1, label='Chemical', score=1.0, concepts=())]
    """

    loaded: Language | None = field(default=None, repr=False)

    @classmethod
    def of(cls, pipeline: Language | str | Path, **options: Any) -> SpacyPipelineSource:
        """A source of a pipeline at hand, or of a folder or package.

        Args:
            pipeline: a ``Language`` object, a folder, or the name of an installed package.
            options: the other attributes of :class:`SpacyOptions`.
        """
        if isinstance(pipeline, str | Path):
            return cls(cls.options_of({"pipeline": str(pipeline), **options}))
        return cls(cls.options_of({"pipeline": "", **options}), pipeline)

    @property
    def kind(self) -> str:
        """What a saved model brings it back by.

        Raises:
            AttributeError: if the pipeline is an object that lies in no folder: such a source is
                given again when a model is loaded, as functions are.
        """
        if not self.options.pipeline:
            raise AttributeError(f"source {self.name!r} holds a pipeline that lies in no folder")
        return "spacy"

    @cached_property
    def nlp(self) -> Language:
        """The pipeline.

        Raises:
            ConfigError: if it is neither a folder of a pipeline nor an installed package.
        """
        if self.loaded is not None:
            return self.loaded
        import spacy

        try:
            return spacy.load(self.options.pipeline)
        except (OSError, ValueError) as error:
            said = str(error).splitlines()[0]
            raise ConfigError(
                f"source {self.name!r}: {self.options.pipeline!r} is no spaCy pipeline that can "
                f"be loaded (a folder, or an installed package): {said}"
            ) from None

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus.

        Raises:
            ConfigError: if the pipeline cannot be loaded.
            WeaklabelError: if it fails on a text; names the source.
        """
        wanted = self.options
        fitting = Fitting(corpus, self.name, type_map=wanted.type_map, min_score=wanted.min_score)
        docs = self.nlp.pipe(self._docs(corpus), batch_size=wanted.batch_size)
        at = 0
        try:
            for at, doc in enumerate(docs):
                for span, score in self._spans(doc):
                    place = Place(at, span.start, span.end)
                    concepts = [c for c in (span.kb_id_ or span.id_,) if c]
                    fitting.keep(place, span.label_, score=score, concepts=concepts)
        except WeaklabelError:
            raise
        except Exception as error:
            raise WeaklabelError(
                f"source {self.name!r}: the pipeline failed in or after sentence {at} of document "
                f"{corpus[at].document_id!r}: {type(error).__name__}: {error}"
            ) from error
        return fitting.votes()

    def _docs(self, corpus: Corpus) -> Iterator[Doc]:
        from spacy.tokens import Doc

        for sentence in corpus:
            after = [*(start for start, _ in sentence.offsets[1:]), sentence.end]
            spaces = [end < then for (_, end), then in zip(sentence.offsets, after, strict=True)]
            yield Doc(self.nlp.vocab, words=sentence.words, spaces=spaces)

    def _spans(self, doc: Doc) -> Iterator[tuple[Span, float]]:
        key = self.options.spans_key
        if not key:
            yield from ((span, 1.0) for span in doc.ents)
        elif key in doc.spans:
            group = doc.spans[key]
            scores = group.attrs.get("scores", [1.0] * len(group))
            yield from zip(group, map(float, scores), strict=True)


def from_options(options: SpacyOptions, base: Path) -> SpacyPipelineSource:
    """The source of a table of options; a folder is sought beside the table first."""
    return SpacyPipelineSource(replace(options, pipeline=folder_beside(base, options.pipeline)))
