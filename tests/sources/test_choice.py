"""What a configuration says of sources and packs, read and written out."""

from __future__ import annotations

import dataclasses
import tomllib

import pytest

from weaklabel.errors import ConfigError
from weaklabel.ground.config import checked, merged, to_mapping, to_toml
from weaklabel.sources import BUILT_IN, Plan, TailorSettings, plans_field


@dataclasses.dataclass(frozen=True)
class Settings:
    sources: tuple[Plan, ...] = plans_field()
    tailoring: TailorSettings = dataclasses.field(default_factory=TailorSettings)


def read(text: str) -> Settings:
    return checked(Settings, merged(to_mapping(Settings()), tomllib.loads(text)))


def test_every_default_is_written_out_and_read_again() -> None:
    written = to_toml(to_mapping(Settings()))
    assert read(written) == Settings()
    tables = tomllib.loads(written)["sources"]
    assert [table["kind"] for table in tables] == list(BUILT_IN)
    assert tables[1]["min_family"] == 0.3
    assert 'packs = ["english", "biomedical"]' in written


def test_some_are_left_out_and_one_option_is_changed() -> None:
    few = read(
        '[[sources]]\nkind = "dictionary"\n[[sources]]\nkind = "abbreviation"\nlearn = false'
    )
    assert [plan.kind for plan in few.sources] == ["dictionary", "abbreviation"]
    assert to_mapping(few.sources[1])["learn"] is False
    changed = read("[sources.pattern]\nmin_names = 50")
    assert to_mapping(changed.sources[1])["min_names"] == 50
    assert [plan.kind for plan in changed.sources] == list(BUILT_IN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[sources]]\nkind = "patern"', r"sources\.0: no source of kind 'patern'. Did you mean"),
        ('[[sources]]\nkind = "pattern"\nmin_name = 3', "unknown option min_name. Did you mean"),
        ('[[sources]]\nkind = "regex"\npath = "x"', "list it in a sources.toml"),
        ('[[sources]]\nkind = "dictionary"\nmode = "shortest"', "mode must be one of longest, all"),
        ('[tailoring]\npacks = ["englisch"]', "no pack of kind 'englisch'. Did you mean 'english'"),
        ("[tailoring]\nfrequents = 3", "tailoring.frequents. Did you mean tailoring.frequent"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(text)
