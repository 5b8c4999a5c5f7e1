"""rendered(): a title, a verdict and sections → one HTML page that opens anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import jinja2

from weaklabel.report.blocks import Figure, Section


def rendered(
    *,
    title: str,
    name: str,
    facts: Sequence[str],
    verdict: str,
    picture: Figure | None,
    sections: Sequence[Section],
) -> str:
    """Fill the page in; everything that is not Markup is escaped."""
    page: str = (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=title, name=name, facts=facts, verdict=verdict, picture=picture, sections=sections
        )
    )
    return page


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("weaklabel.report", "templates")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["together"] = lambda text: text.replace(" %", "\u00a0%").replace(
        " = ", "\u00a0=\u00a0"
    )
    return environment
