"""Recipes: one short function a method, returning an :class:`~weaklabel.pipeline.Experiment`.

``RECIPES`` names them for ``--recipe``.
"""

from weaklabel.recipes.base import Recipe as Recipe
from weaklabel.recipes.default import default as default

RECIPES: dict[str, Recipe] = {"default": default}
"""Recipes by the name ``--recipe`` knows them by."""
