"""Settings: mappings ↔ dataclasses, refusals with the nearest name, TOML there and back."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import ConfigError
from weaklabel.ground.config import checked, overridden, read_toml, to_mapping, to_toml


class Mode(StrEnum):
    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True)
class Training:
    epochs: int = 8
    rate: float = 0.1
    mode: Mode = Mode.FAST
    patience: int | None = None
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ConfigError(f"training.epochs must be at least 1, got {self.epochs}")


@dataclass(frozen=True)
class Settings:
    seed: int = 0
    quiet: bool = False
    name: str = ""
    training: Training = field(default_factory=Training)
    type_map: dict[str, str] = field(default_factory=dict)


def test_what_is_absent_keeps_its_default():
    settings = checked(Settings, {"training": {"epochs": 3, "rate": 1, "mode": "slow"}})
    assert settings == Settings(training=Training(epochs=3, rate=1.0, mode=Mode.SLOW))
    assert isinstance(settings.training.rate, float)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"training": {"epoch": 5}},
            "unknown option training.epoch. Did you mean training.epochs?",
        ),
        ({"trainin": {}}, "unknown option trainin. Did you mean training?"),
        ({"xyzzy": 1}, "unknown option xyzzy. Known: name, quiet, seed, training, type_map."),
        ({"seed": "0"}, "seed must be a whole number, got '0'"),
        ({"seed": True}, "seed must be a whole number, got True"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"quiet": 1}, "quiet must be true or false, got 1"),
        ({"name": 1}, "name must be a text, got 1"),
        ({"training": 3}, "training must be a table, got 3"),
        ({"training": {"rate": "x"}}, "training.rate must be a number, got 'x'"),
        ({"training": {"mode": "odd"}}, "training.mode must be one of fast, slow, got 'odd'"),
        ({"training": {"sources": "x"}}, "training.sources must be a list, got 'x'"),
        ({"training": {"sources": [1]}}, "training.sources must be a text, got 1"),
        ({"training": {"patience": "x"}}, "training.patience must be a whole number, got 'x'"),
        ({"type_map": {"A": 1}}, "type_map.A must be a text, got 1"),
        ({"training": {"epochs": 0}}, "training.epochs must be at least 1, got 0"),
    ],
)
@pytest.mark.parametrize("where", ["", "config.toml"])
def test_refusals(values, message, where):
    with pytest.raises(ConfigError) as error:
        checked(Settings, values, where=where)
    assert str(error.value) == (f"{where}: {message}" if where else message)


settings = st.builds(
    Settings,
    seed=st.integers(-(2**40), 2**40),
    quiet=st.booleans(),
    name=st.text(st.characters(exclude_categories=["Cs"])),
    training=st.builds(
        Training,
        epochs=st.integers(1, 99),
        rate=st.floats(allow_nan=False),
        mode=st.sampled_from(Mode),
        patience=st.none() | st.integers(),
        sources=st.lists(st.text(st.characters(exclude_categories=["Cs"]))).map(tuple),
    ),
    type_map=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text("ab")),
)


@given(settings)
def test_through_toml_and_back(given_settings):
    text = to_toml(to_mapping(given_settings))
    assert checked(Settings, tomllib.loads(text)) == given_settings


def test_every_default_is_written_out():
    text = to_toml(to_mapping(Settings()))
    assert 'patience = ""' in text
    assert "[training]" in text
    assert "[type_map]" in text


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("training.epochs=5", {"training": {"epochs": 5}}),
        ("training.rate=1e-3", {"training": {"rate": 0.001}}),
        ('training.sources=["a", "b"]', {"training": {"sources": ["a", "b"]}}),
        ("quiet=true", {"quiet": True}),
        ("name=first try", {"name": "first try"}),
        ('name="5"', {"name": "5"}),
        ("name=a=b", {"name": "a=b"}),
        ("name=", {"name": ""}),
    ],
)
def test_settings_on_top(setting, expected):
    assert overridden({}, [setting]) == expected


def test_the_last_setting_wins_and_the_values_given_stay():
    values = {"training": {"epochs": 8, "rate": 0.1}}
    result = overridden(values, ["training.epochs=5", "training.epochs=6"])
    assert result == {"training": {"epochs": 6, "rate": 0.1}}
    assert values == {"training": {"epochs": 8, "rate": 0.1}}


@pytest.mark.parametrize("setting", ["epochs", "=5", "seed.x=1"])
def test_settings_that_are_none(setting):
    with pytest.raises(ConfigError, match="--set"):
        overridden({"seed": 0}, [setting])


def test_toml_files(tmp_path):
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbfseed = 1\r\n")
    assert read_toml(path) == {"seed": 1}
    for content in (b"seed 1", b"name = '\xff'"):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"c\.toml: not valid TOML"):
            read_toml(path)
    with pytest.raises(ConfigError, match="no such file"):
        read_toml(tmp_path / "absent.toml")
