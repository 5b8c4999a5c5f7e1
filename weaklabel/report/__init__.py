"""The report of a run: one self-contained HTML page; the card of a model; notebook snippets."""

from weaklabel.report.card import model_card as model_card
from weaklabel.report.card import write_card as write_card
from weaklabel.report.snippets import scores_html as scores_html
from weaklabel.report.snippets import sentence_html as sentence_html
from weaklabel.report.snippets import sources_html as sources_html
from weaklabel.report.write import write_report as write_report
