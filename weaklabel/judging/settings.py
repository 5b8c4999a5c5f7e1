"""Settings of scoring."""

from __future__ import annotations

from dataclasses import dataclass, fields

from weaklabel.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """How scores are computed and what the report shows of them.

    Attributes:
        bootstrap_draws: draws of documents behind each 95 % interval; 0 for none.
        error_groups: commonest misses and false alarms listed, of each kind.
        examples_per_error: sentences shown for each of them.
        report_sentences: coloured example sentences in the report.
    """

    bootstrap_draws: int = 1000
    error_groups: int = 12
    examples_per_error: int = 5
    report_sentences: int = 20

    def __post_init__(self) -> None:
        for each in fields(self):
            if (value := getattr(self, each.name)) < 0:
                raise ConfigError(f"evaluation.{each.name} must be at least 0, got {value}")
