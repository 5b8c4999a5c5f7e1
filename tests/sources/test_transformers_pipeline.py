"""A token classifier as a source, with a tiny model of random weights made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

from weaklabel.errors import ConfigError
from weaklabel.sources.fitting import NOT_MAPPED
from weaklabel.sources.tools.transformers_pipeline import (
    NO_PIECE,
    Model,
    TransformersOptions,
    TransformersSource,
    from_options,
    label_names,
)
from weaklabel.tags import TagScheme
from weaklabel.text import Corpus

PIECES = (
    "[PAD] [UNK] [CLS] [SEP] a severe renal failure as ##pirin caused hepat ##itis . , in two rats "
    "##s ( ) β"
).split()
LABELS = ("O", "B-Chemical", "I-Chemical", "B-Disease", "I-Disease")
CORPUS = Corpus.from_texts(
    [
        "Aspirin caused severe hepatitis in two rats. A renal failure.",
        "Renal failure caused hepatitis, aspirin, hepatitis, renal failure (severe) in rats.",
    ]
)


def save_model(folder: Path, labels: tuple[str, ...] = LABELS, positions: int = 64) -> Path:
    """A BERT of random weights, large enough that its labels vary, with its tokenizer."""
    rules = Tokenizer(WordPiece({p: i for i, p in enumerate(PIECES)}, unk_token="[UNK]"))
    rules.normalizer = BertNormalizer()
    rules.pre_tokenizer = BertPreTokenizer()
    rules.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=rules, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(PIECES),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=positions,
        initializer_range=1.0,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    BertForTokenClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


def asked(folder: Path, **options: Any) -> TransformersSource:
    return TransformersSource(TransformersOptions(str(folder), **options))


def one_by_one(folder: Path, corpus: Corpus) -> list[tuple[int, int, int, str, float]]:
    """The oracle: each sentence alone, by the library's own means."""
    network = BertForTokenClassification.from_pretrained(folder).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    rows = []
    for sentence in corpus:
        encoded = tokenizer(sentence.words, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            probabilities = network(
                input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"]
            ).logits[0].softmax(-1)  # fmt: skip
        first: dict[int, int] = {}
        for at, word in enumerate(encoded.word_ids()):
            if word is not None:
                first.setdefault(word, at)
        best = [probabilities[first[w]].max(0) for w in range(len(sentence))]
        for span in TagScheme(()).repair([LABELS[int(b.indices)] for b in best]):
            scores = [float(b.values) for b in best[span.start : span.end]]
            rows.append((sentence.index, span.start, span.end, span.label, float(np.mean(scores))))
    return rows


def test_it_says_what_the_model_says_of_each_sentence_alone(folder: Path) -> None:
    votes = asked(folder).label(CORPUS)
    expected = one_by_one(folder, CORPUS)
    assert len(expected) >= 4
    assert [row[:4] for row in votes.rows()] == [row[:4] for row in expected]
    assert [row.score for row in votes.rows()] == pytest.approx([r[4] for r in expected], abs=1e-5)


def test_twice_the_same_and_whatever_the_batch(folder: Path) -> None:
    first, small = asked(folder), asked(folder, batch_pieces=1)
    assert first.label(CORPUS).rows() == first.label(CORPUS).rows()
    assert [r[:4] for r in small.label(CORPUS).rows()] == [
        r[:4] for r in first.label(CORPUS).rows()
    ]


def test_min_score_and_types(folder: Path) -> None:
    every = asked(folder, score="min").label(CORPUS)
    assert (every.score <= asked(folder).label(CORPUS).score + 1e-6).all()
    middle = float(np.median(every.score))
    sure = asked(folder, score="min", min_score=middle).label(CORPUS)
    assert len(sure) == int((every.score >= np.float32(middle)).sum())
    mapped = asked(folder, type_map={"Disease": "Disorder"}).label(CORPUS)
    counts = {label: sum(r.label == label for r in every.rows()) for label in every.labels}
    assert {row.label for row in mapped.rows()} == {"Disorder"}
    assert len(mapped) == counts["Disease"]
    assert mapped.accounts["transformers"].lost[NOT_MAPPED] == counts["Chemical"]


class ByPiece(torch.nn.Module):
    """A network without context: a piece's label is told by its id alone."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        self.longest = max(self.longest, input_ids.shape[1])
        logits = torch.nn.functional.one_hot(input_ids % len(LABELS), len(LABELS)) * 5.0
        return type("Output", (), {"logits": logits})


def test_a_long_sentence_is_read_whole_in_windows(folder: Path) -> None:
    text = "severe hepatitis , renal failure in two rats " * 150
    corpus = Corpus.from_texts([text])
    whole, windowed = asked(folder), asked(folder, overlap=5)
    network = ByPiece()
    loaded = whole.model._replace(network=network)
    whole.__dict__["model"] = loaded._replace(room=100_000)
    windowed.__dict__["model"] = loaded._replace(room=17)
    expected = whole.label(corpus).rows()
    network.longest = 0
    assert windowed.label(corpus).rows() == expected
    assert network.longest == 19  # with [CLS] and [SEP]
    assert max(row.end for row in expected) > 1000


def test_the_room_is_what_the_model_takes(folder: Path) -> None:
    model = asked(folder).model
    assert (model.before, model.after, model.room) == ((2,), (3,), 64 - 2 - 2)
    assert asked(folder, max_pieces=10).model.room == 8
    long = Corpus.from_texts(["renal failure " * 300])
    assert asked(folder).label(long).n_sentences == 1


def test_words_without_a_piece_are_counted_and_outside(folder: Path) -> None:
    from weaklabel.text import CorpusBuilder

    builder = CorpusBuilder()
    builder.add("d", "renal \u200b\u200b failure", tokens=[[(0, 5), (6, 8), (9, 16)]])
    votes = asked(folder).label(builder.build())
    assert votes.accounts["transformers"].lost == {NO_PIECE: 1}
    assert len(votes) > 0
    assert not any(row.start <= 1 < row.end for row in votes.rows())


def test_labels_of_any_style() -> None:
    assert label_names({0: "O", 1: "B-X", 2: "L-X", 3: "W-X"}, {}) == ("O", "B-X", "E-X", "S-X")
    assert label_names({1: "PER", 0: "O"}, {}) == ("O", "I-PER")


def test_a_model_without_outside_is_explained(tmp_path: Path) -> None:
    save_model(tmp_path, labels=("LABEL_0", "LABEL_1"))
    with pytest.raises(ConfigError, match=r'LABEL_0 = "O".*LABEL_0, LABEL_1'):
        asked(tmp_path).label(CORPUS)
    votes = asked(tmp_path, type_map={"LABEL_0": "O", "LABEL_1": "Disease"}).label(CORPUS)
    assert {row.label for row in votes.rows()} == {"Disease"}
    votes = asked(tmp_path, type_map={"LABEL_0": "O"}).label(CORPUS)
    assert {row.label for row in votes.rows()} == {"LABEL_1"}


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'transformers': the model .* cannot be loaded"):
        asked(tmp_path / "none").label(CORPUS)
    with pytest.raises(ConfigError, match="score must be"):
        TransformersOptions("x", score="max")
    with pytest.raises(ConfigError, match="overlap"):
        TransformersOptions("x", overlap=-1)


def test_a_table_names_a_folder_beside_it_and_a_model_remembers(folder: Path) -> None:
    source = from_options(TransformersOptions(folder.name), folder.parent)
    again = TransformersSource.from_description(source.describe())
    assert again.options.model == str(folder)
    assert isinstance(again.model, Model)
