"""A tagger's plan: its shape in a configuration, and that reading it needs no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from weaklabel.errors import ConfigError
from weaklabel.ground.config import checked, merged, read_toml, to_mapping, to_toml
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.nn.encoders import ENCODERS
from weaklabel.nn.encoders.bilstm import BiLSTM
from weaklabel.nn.heads import HEADS
from weaklabel.nn.heads.softmax import Softmax
from weaklabel.nn.plan import TaggerPlan, VotesPlan
from weaklabel.tags import TagStyle
from weaklabel.train.trainers import TRAINERS

OTHER = TaggerPlan(
    tag_style=TagStyle.BIO,
    consistent=False,
    encoder=BiLSTM(hidden=7, dropout=0.25),
    head=Softmax(),
    votes=VotesPlan(entry_masking=0.5, stand_ins=False, sources=("a", "b"), heed=0.0),
)


@pytest.mark.parametrize("plan", [TaggerPlan(), OTHER])
def test_a_plan_goes_through_a_file_and_back(plan: TaggerPlan, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(to_toml(to_mapping(plan)))
    assert checked(TaggerPlan, read_toml(path)) == plan


def test_every_part_is_reached_by_name() -> None:
    changes = {
        "encoder": {"hidden": 8},
        "head": {"kind": "softmax"},
        "votes": {"entry_masking": 0.3, "sources": ["a"]},
        "tag_style": "IO",
    }
    made = checked(TaggerPlan, merged(to_mapping(TaggerPlan()), changes))
    assert made == TaggerPlan(
        encoder=BiLSTM(hidden=8),
        head=Softmax(),
        votes=VotesPlan(entry_masking=0.3, sources=("a",)),
        tag_style=TagStyle.IO,
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"encoder": {"kind": "bilsm"}}, "no encoder of kind 'bilsm'. Did you mean 'bilstm'"),
        ({"head": {"kind": "crf2"}}, "no head of kind 'crf2'. Did you mean 'crf'"),
        ({"encoder": {"hiden": 3}}, "unknown option hiden. Did you mean hidden"),
        ({"encoder": {"hidden": 0}}, "hidden must be at least 1"),
        ({"votes": {"entry_masking": 1.1}}, "entry_masking must be a share"),
        ({"encoder": 3}, "encoder must be a table with a kind"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        checked(TaggerPlan, merged(to_mapping(TaggerPlan()), changes))


def test_plans_are_told_apart() -> None:
    """A run redoes its training where the plan changed, and only there."""
    plans = [TaggerPlan(), OTHER, TaggerPlan(head=Softmax()), TaggerPlan(encoder=BiLSTM(hidden=7))]
    assert len({fingerprint(plan) for plan in plans}) == len(plans)
    assert fingerprint(TaggerPlan()) == fingerprint(TaggerPlan())


def test_plans_and_their_options_need_no_torch() -> None:
    """A configuration is read, and every component's options listed, before torch is loaded."""
    modules = ["weaklabel.nn.plan", "weaklabel.train.settings"]
    options = [
        table.built_in[kind] for table in (ENCODERS, HEADS, TRAINERS) for kind in table.built_in
    ]
    code = f"import sys, importlib\n" \
           f"for name in {modules} + [each.split(':')[0] for each in {options}]:\n" \
           f"    importlib.import_module(name)\n" \
           f"print('torch' in sys.modules)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
