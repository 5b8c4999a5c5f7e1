"""The report of a run: one self-contained HTML page; and the card of a model."""

from weaklabel.report.card import model_card as model_card
from weaklabel.report.page import write_report as write_report
