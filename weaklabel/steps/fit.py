"""The fourth step: a tagger is trained on the examples."""

from __future__ import annotations

from dataclasses import asdict

from weaklabel.aggregate import Reader
from weaklabel.evaluate import strict_f1
from weaklabel.ground.types import Floats
from weaklabel.keeping.events import Event, Kind
from weaklabel.keeping.folder import RunFolder
from weaklabel.nn.network import Network
from weaklabel.nn.plan import TaggerPlan
from weaklabel.sources import AnySource, SourceSet, apply_sources
from weaklabel.tagger import Tagger
from weaklabel.targets import Examples
from weaklabel.text import Corpus, Gold
from weaklabel.train.loop import EpochRecord, train
from weaklabel.train.settings import TrainingSettings
from weaklabel.train.trainers import Trainer
from weaklabel.vectors import WordVectors
from weaklabel.votes import Votes


def fit(
    here: RunFolder,
    *,
    corpus: Corpus,
    agreed: Votes,
    examples: Examples,
    sources: SourceSet,
    own: tuple[AnySource, ...],
    reader: Reader,
    tagger: TaggerPlan,
    training: TrainingSettings,
    trainer: Trainer,
    vectors: WordVectors | None,
    dev: Gold | None,
    seed: int,
    device: str,
) -> Tagger:
    """Train a new tagger on the examples; the dev set only says which epoch is best.

    ``own``: the user's sources, which are among ``sources`` already; a model cannot hold them.
    """
    seen = None
    if dev is not None:
        seen = reader.read(dev.corpus, apply_sources(dev.corpus, sources)).agreed
    checkpoints, fits = here.checkpoints(), 0

    def dev_score(network: Network) -> float:
        assert dev is not None
        assert seen is not None
        return strict_f1(dev, network.predict(dev.corpus, seen))

    def on_epoch(record: EpochRecord) -> None:
        text = epoch_in_words(record)
        here.tell(Event(Kind.EPOCH, "train", text, record.seconds, asdict(record)))

    def fit_once(examples: Examples) -> Network:
        nonlocal fits
        fits += 1
        network = Network.build(examples.scheme, corpus, agreed, tagger, vectors, seed=seed)
        folder = checkpoints / str(fits)
        folder.mkdir(exist_ok=True)
        done = train(
            network,
            corpus,
            examples,
            agreed,
            plan=training,
            seed=seed,
            device=device,
            dev_score=None if dev is None else dev_score,
            checkpoints=folder,
            resume=True,
            on_epoch=on_epoch,
        )
        here.replace_epochs([asdict(record) for record in done.history])
        here.manifest["training"] = {
            "fits": fits,
            "best_epoch": done.best_epoch,
            "stopped_because": done.stopped_because,
        }
        best = epoch_in_words(done.history[done.best_epoch - 1])
        here.summary = f"{network_in_words(network)}   {best}"
        return network

    def relabel(network: Network) -> Floats:
        return network.belief(network.encode(corpus, agreed))

    return Tagger(trainer(examples, fit=fit_once, relabel=relabel), sources, reader)


_WRITTEN = {"bilstm": "BiLSTM", "crf": "CRF"}


def network_in_words(network: Network) -> str:
    """What a network is made of, and how many parameters it has."""
    kinds = network.plan.encoder.kind, network.plan.head.kind
    size = sum(weight.numel() for weight in network.parameters())
    written = "-".join(_WRITTEN.get(kind, kind) for kind in kinds)
    return f"{written}, {size / 1000:,.0f}k parameters"


def epoch_in_words(record: EpochRecord) -> str:
    """An epoch in a line."""
    score = ""
    if record.dev_f1 is not None:
        score = f"dev F1 {100 * record.dev_f1:.1f}  "
    elif record.held_out_f1 is not None:
        score = f"held-out votes F1 {100 * record.held_out_f1:.1f}  "
    speed = f"{record.tokens_per_second:,.0f} tokens/s"
    return f"epoch {record.epoch}  loss {record.loss:.3f}  {score}{speed}"
