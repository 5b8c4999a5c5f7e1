"""Scores with intervals, relaxed scores, splits by dictionary status, error analysis.

Everything here compares a :class:`~weaklabel.text.Gold` with
:class:`~weaklabel.text.Annotations` whose documents are rows of ``gold.corpus``;
:func:`align` pairs predictions on another reading of the documents by id.

>>> import weaklabel as wl
>>> truth = wl.Annotations.of([wl.Annotation(0, 0, 7, "Chemical"), wl.Annotation(0, 14, 19, "D")])
>>> gold = wl.Gold(wl.Corpus.from_texts(["Aspirin cures fever."]), truth)
>>> found = wl.Annotations.of([wl.Annotation(0, 0, 7, "Chemical")])
>>> print(wl.evaluate.score(gold, found, bootstrap=0))
precision 100.0%, recall 50.0%, F1 66.7% (1 of 2 gold spans, 1 predicted)
"""

from weaklabel.evaluate.by_source import score_sources as score_sources
from weaklabel.evaluate.by_source import score_vote as score_vote
from weaklabel.evaluate.calibration import calibration_curve as calibration_curve
from weaklabel.evaluate.comparison import Comparison as Comparison
from weaklabel.evaluate.comparison import Difference as Difference
from weaklabel.evaluate.comparison import compare as compare
from weaklabel.evaluate.cross_check import seqeval_scores as seqeval_scores
from weaklabel.evaluate.cross_check import seqeval_tag_scores as seqeval_tag_scores
from weaklabel.evaluate.disagreement import disagreements as disagreements
from weaklabel.evaluate.measure import Measure as Measure
from weaklabel.evaluate.measure import Scores as Scores
from weaklabel.evaluate.mending import advice as advice
from weaklabel.evaluate.mending import by_mending as by_mending
from weaklabel.evaluate.mistakes import Mistake as Mistake
from weaklabel.evaluate.mistakes import count_mistakes as count_mistakes
from weaklabel.evaluate.mistakes import error_analysis as error_analysis
from weaklabel.evaluate.pairing import align as align
from weaklabel.evaluate.relaxed import RELAXED as RELAXED
from weaklabel.evaluate.relaxed import relaxed_counts as relaxed_counts
from weaklabel.evaluate.repair import mended as mended
from weaklabel.evaluate.scoring import SCORERS as SCORERS
from weaklabel.evaluate.scoring import score as score
from weaklabel.evaluate.scoring import strict_f1 as strict_f1
from weaklabel.evaluate.sentences import SentenceFinder as SentenceFinder
from weaklabel.evaluate.splits import SPLITS as SPLITS
from weaklabel.evaluate.splits import split_of as split_of
from weaklabel.evaluate.splits import split_scores as split_scores
from weaklabel.evaluate.strict import StrictCounts as StrictCounts
from weaklabel.evaluate.strict import strict_counts as strict_counts
from weaklabel.evaluate.tag_sequences import score_tags as score_tags
