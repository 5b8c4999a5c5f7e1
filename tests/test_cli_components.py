"""weaklabel components and init: what there is, and a configuration that explains itself."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from weaklabel.cli import app
from weaklabel.tables import tables

runner = CliRunner()


def test_everything_that_can_be_chosen_is_listed() -> None:
    done = runner.invoke(app, ["components", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert {noun: [each["kind"] for each in kinds] for noun, kinds in told.items()} == {
        noun: list(table) for noun, table in tables().items()
    }
    for noun, kinds in told.items():
        for each in kinds:
            assert each["about"], (noun, each["kind"])
            for option in each["options"]:
                assert option["about"], (noun, each["kind"], option["name"])


@pytest.mark.parametrize("what", ["aggregator", "aggregators"])
def test_one_sort_is_listed_with_its_options(what: str) -> None:
    done = runner.invoke(app, ["components", what])
    assert done.exit_code == 0
    assert "weighted" in done.output
    assert "open_margin = 0.8   number" in done.output
    assert "downsample" not in done.output


def test_what_is_no_sort_is_refused() -> None:
    done = runner.invoke(app, ["components", "agregator"])
    assert done.exit_code == 2
    assert "Known: source, format" in done.output


def test_a_written_configuration_is_the_default_one_explained(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    done = runner.invoke(app, ["init", str(file), "--set", "training.epochs=7"])
    assert done.exit_code == 0, done.output
    text = file.read_text(encoding="utf-8")
    values = tomllib.loads(text)
    assert values["training"]["epochs"] == 7
    assert values["aggregator"]["kind"] == "weighted"
    assert values["cleaning"][0]["kind"] == "downsample"
    assert "# share of the entries whose votes are hidden" in text
    assert "# chance that a sentence in which nothing fired" in text
    explained = text.partition('kind = "pattern"')[2].partition("[[sources]]")[0]
    assert "# names that must carry an ending or be codes" in explained  # of min_names, its own
    again = runner.invoke(app, ["init", str(file)])
    assert again.exit_code == 2
    assert "is there already; --force writes over it" in again.output


def test_an_unknown_recipe_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    done = runner.invoke(app, ["init", str(tmp_path / "c.toml"), "--recipe", "defalt"])
    assert done.exit_code == 2
    assert "Did you mean 'default'?" in done.output
