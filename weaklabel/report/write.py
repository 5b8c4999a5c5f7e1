"""write_report(): a run's folder, or two → one HTML file that opens anywhere."""

from __future__ import annotations

from pathlib import Path

from weaklabel.ground.atomic import write_text
from weaklabel.report.comparison import comparison_html
from weaklabel.report.history import can_i_repeat_it, curve, how_training_went
from weaklabel.report.labels import is_distribution_right, what_changed
from weaklabel.report.marks import Palette
from weaklabel.report.page import rendered
from weaklabel.report.quality import how_good, overall, verdict, where_it_fails
from weaklabel.report.run_files import RunFiles
from weaklabel.report.sources import which_source


def write_report(run: str | Path, other: str | Path | None = None) -> Path:
    """Write the report of a run, or of two runs side by side.

    Reads nothing but the runs' folders. What is not there is said to be unknown. The same
    folder gives the same bytes.

    Args:
        run: a run's folder.
        other: a second run's folder; it is compared with the first.

    Returns:
        The file written: ``report.html`` in the run's folder; for two runs
        ``compared-with-NAME.html`` in the second one's. It stands alone, and is whole or absent.

    Raises:
        RunFolderError: if a folder is no run's, or one of its files is broken.
    """
    first = RunFiles.read(run)
    if other is None:
        path = first.folder / "report.html"
        write_text(path, report_html(first))
        return path
    second = RunFiles.read(other)
    path = second.folder / f"compared-with-{first.name}.html"
    write_text(path, comparison_html(first, second))
    return path


def report_html(run: RunFiles) -> str:
    """The report of one run as HTML."""
    palette = Palette(run.types)
    sections = [
        how_good(run),
        where_it_fails(run, palette),
        which_source(run, palette),
        what_changed(run),
        is_distribution_right(run),
        how_training_went(run),
        can_i_repeat_it(run),
    ]
    return rendered(
        title=f"{run.name}: weaklabel report",
        name=run.name,
        facts=_facts(run),
        verdict=verdict(run),
        picture=overall(run) if run.is_scored else curve(run, "picture"),
        sections=sections,
    )


def _facts(run: RunFiles) -> list[str]:
    m = run.manifest
    facts = [
        (m.get("documents"), "documents"),
        (m.get("tokens"), "tokens"),
        (m.get("names"), "dictionary names"),
        (m.get("dev_documents"), "annotated documents"),
    ]
    listed = [f"{n:,} {what}" for n, what in facts if n]
    listed += [", ".join(run.types)] if run.types else []
    listed += [f"seed {m['seed']}"] if "seed" in m else []
    return listed
