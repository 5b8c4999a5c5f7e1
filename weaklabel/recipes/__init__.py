"""Recipes: one short function a method, returning an :class:`~weaklabel.pipeline.Experiment`.

``RECIPES`` names them for ``--recipe``.

>>> import weaklabel as wl
>>> corpus = wl.Corpus.from_texts(["We gave aspirin."])
>>> names = wl.Lexicon.of([wl.Term("aspirin", ("Chemical",))])
>>> experiment = wl.recipes.default(corpus, names, settings={"training": {"epochs": 5}})
>>> experiment.training.epochs
5
"""

from weaklabel.components import functions
from weaklabel.recipes.default import default as default
from weaklabel.recipes.protocol import Recipe as Recipe

RECIPES = functions("recipe", {"default": "weaklabel.recipes.default:default"})
"""Recipes by the name ``--recipe`` knows them by."""
