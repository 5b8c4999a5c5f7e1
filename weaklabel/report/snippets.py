"""HTML for notebooks: coloured sentences, score and source tables, styled in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from weaklabel.evaluate.disagreement import in_words
from weaklabel.report.blocks import Table, percent, span_of
from weaklabel.report.figures import OKABE_ITO
from weaklabel.report.marks import Palette
from weaklabel.report.quality import SYSTEMS
from weaklabel.report.sources import source_table
from weaklabel.text import Sentence, Span

_MARK = Markup(
    '<span style="border-bottom:3px solid {colour}">{text}</span>'
    '<small style="border:1px solid {colour};border-radius:.6em;padding:0 .4em;margin:0 .2em">'
    "{label}</small>"
)
_NUMBER = Markup('<td style="text-align:right">{}</td>')


def sentence_html(
    sentence: Sentence, spans: Iterable[Span], *, types: Iterable[str] = ()
) -> Markup:
    """A sentence with spans coloured and labelled, such as ``votes.spans(sentence.index)``.

    Where spans overlap, the longest is shown.

    Args:
        sentence: a row of a corpus.
        spans: token spans of it.
        types: all types, so that each has its colour in every sentence.

    Raises:
        SpanError: if a span does not fit the sentence.
    """
    palette = Palette(types)
    shown: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start, s.label)):
        if all(span.end <= other.start or other.end <= span.start for other in shown):
            shown.append(span)
    parts, at = [], sentence.start
    for span in sorted(shown):
        surface = sentence.surface(span)
        start = sentence.offsets[span.start][0]
        parts.append(Markup("{}").format(sentence.document_text[at:start]))
        colour = OKABE_ITO[palette(span.label)]
        parts.append(_MARK.format(colour=colour, text=surface, label=span.label))
        at = sentence.offsets[span.end - 1][1]
    parts.append(Markup("{}").format(sentence.document_text[at : sentence.end]))
    whole = Markup("").join(parts)
    return Markup("<p>{} <small>{}</small></p>").format(whole, sentence.document_id)


def scores_html(scores: Mapping[str, Any]) -> Markup:
    """The table of ``scores.json``: dictionary alone, all sources, trained tagger."""
    if "dev" not in scores:
        note = scores.get("note", "nothing was scored: there is no annotated dev set")
        return Markup("<p>{}</p>").format(note)
    rows = []
    for key, words in SYSTEMS.items():
        if key not in scores:
            continue
        micro = scores[key]["strict"]["micro"]
        numbers = [percent(micro[name]) for name in ("precision", "recall", "f1")]
        cells = Markup("").join(_NUMBER.format(n) for n in (*numbers, span_of(micro)))
        rows.append(Markup("<tr><th style='text-align:left'>{}</th>{}</tr>").format(words, cells))
    head = ("", "precision %", "recall %", "F1 %", "95 % interval")
    heads = Markup("").join(Markup("<th>{}</th>").format(name) for name in head)
    table = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
    return table.format(heads, Markup("").join(rows))


def sources_html(analysis: Mapping[str, Any]) -> Markup:
    """The source table, what to mend next, and the sentences where sources disagree most.

    Args:
        analysis: :meth:`weaklabel.SourceAnalysis.to_dict`.
    """
    shown = source_table(analysis["sources"], analysis.get("vote"))
    parts = [
        Markup("<p><b>{}</b></p>").format(analysis["advice"]),
        _table(shown),
        Markup("<p><small>{}</small></p>").format(shown.note),
    ]
    disputes = list(map(_dispute, analysis.get("disagreements", ())))
    if disputes:
        title = Markup("<p>Where sources disagree most</p>")
        parts.append(title + Markup("<ul>{}</ul>").format(Markup("").join(disputes)))
    return Markup("").join(parts)


def _table(table: Table) -> Markup:
    number = "right;white-space:nowrap;padding-left:1em"
    align = ["left" if i < table.left else number for i in range(len(table.headers))]
    cell = Markup("<{0} style='vertical-align:top;text-align:{1}'>{2}</{0}>")

    def row(tag: str, cells: Iterable[Any]) -> Markup:
        inside = (cell.format(tag, a, text) for a, text in zip(align, cells, strict=True))
        return Markup("<tr>{}</tr>").format(Markup("").join(inside))

    body = Markup("").join(row("td", cells) for cells in table.rows)
    whole = Markup("<table><thead>{}</thead><tbody>{}</tbody></table>")
    return whole.format(row("th", table.headers), body)


def _dispute(row: Mapping[str, Any]) -> Markup:
    lines = []
    for source, spans in row["readings"]:
        said = "; ".join(f"{row['text'][a:b]} ({in_words(label)})" for a, b, label in spans)
        lines.append(Markup("<br><small><b>{}</b> {}</small>").format(source, said))
    line = Markup("<li>{} <small>{}</small>{}</li>")
    return line.format(row["text"], row["document"], Markup("").join(lines))
