"""Recipes: one short function a method, returning an :class:`~weaklabel.pipeline.Experiment`.

``RECIPES`` names them for ``--recipe``.
"""

from weaklabel.components import functions
from weaklabel.recipes.default import default as default
from weaklabel.recipes.protocol import Recipe as Recipe

RECIPES = functions("recipe", {"default": "weaklabel.recipes.default:default"})
"""Recipes by the name ``--recipe`` knows them by."""
