"""Types by branch: everything under a concept gets its type, the nearest one above decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Types = tuple[str, ...]

NOTHING = "-"
"""The type of a branch that is cut out of a larger one."""


def settled(found: Types, otherwise: Types) -> Types:
    """What branches say, or what goes where they say nothing; none for what was cut out.

    >>> settled(("-", "Drug"), ("X",)), settled(("-",), ("X",)), settled((), ("X",))
    (('Drug',), (), ('X',))
    """
    return tuple(kind for kind in found if kind != NOTHING) if found else otherwise


class Branches:
    """Concept ids with a type each, looked up from below along "is a".

    Args:
        types: id of a branch → the type of all that lies under it, itself included.
        parents: id → the ids right above it. Circles do no harm.

    >>> above = {"flu": ["infection"], "infection": ["disease"], "germ": ["organism"]}
    >>> branches = Branches({"disease": "Disease", "infection": "Infection"}, above)
    >>> branches.types_of("flu"), branches.types_of("disease"), branches.types_of("germ")
    (('Infection',), ('Disease',), ())
    """

    def __init__(self, types: Mapping[str, str], parents: Mapping[str, Iterable[str]]) -> None:
        self._types, self._parents = types, parents
        self._known: dict[str, Types] = {}

    def types_of(self, concept: str) -> Types:
        """The types of the nearest branches above a concept, on each way up, sorted."""
        known = self._known.get(concept)
        if known is None:
            known = self._known[concept] = tuple(sorted(self._walk(concept)))
        return known

    def _walk(self, concept: str) -> set[str]:
        found: set[str] = set()
        seen = {concept}
        ahead = [concept]
        while ahead:
            here = ahead.pop()
            if here in self._types:
                found.add(self._types[here])
                continue
            for above in self._parents.get(here, ()):
                if above not in seen:
                    seen.add(above)
                    ahead.append(above)
        return found


class TreeNumbers:
    """Branches of a tree that is written as numbers, as MeSH does: "C04.588" lies under "C04".

    A letter alone is a whole category. The longest branch that fits decides.

    Args:
        types: number of a branch → the type of all that lies under it.
        met: is given the branches that something was found under.

    >>> TreeNumbers({"C": "Disease", "D": "Chemical", "D08": "Enzyme"}).types_of("C04.5;D08.811")
    ('Disease', 'Enzyme')
    """

    def __init__(self, types: Mapping[str, str], met: set[str] | None = None) -> None:
        self._types = types
        self._met = set[str]() if met is None else met
        self._longest_first = sorted(types, key=lambda root: (-len(root), root))
        self._known: dict[str, Types] = {}

    def types_of(self, numbers: str) -> Types:
        """The types of some tree numbers, parted by ";", "," or "|"; sorted."""
        known = self._known.get(numbers)
        if known is None:
            parts = numbers.replace("|", ";").replace(",", ";").split(";")
            found = {self._types[root] for part in parts for root in self._above(part.strip())[:1]}
            known = self._known[numbers] = tuple(sorted(found))
        return known

    def _above(self, number: str) -> list[str]:
        """The branches a tree number lies under, the nearest first."""
        found = [root for root in self._longest_first if _lies_under(number, root)]
        self._met.update(found)
        return found


def _lies_under(number: str, root: str) -> bool:
    following = number[len(root) : len(root) + 1]
    return number.startswith(root) and (following in ("", ".") or root.isalpha())
