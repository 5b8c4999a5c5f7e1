"""The form in which names and text are compared: one declared chain, applied to both sides.

Per token: compatibility characters and accents folded, Greek letters spelled out, case folded,
British spelling of medicine made American, plural dropped. Per name: hyphens and possessives
left out, so that "beta-blocker" is "beta blocker" and "Still's disease" is "Still disease".
:class:`Normalisation` says which of these steps are taken; all are unless somebody says otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from weaklabel.ground.segment import TOKEN

Key = tuple[str, ...]
"""A name's normal form: the normal forms of its tokens that count."""

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau",
    "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_GREEK_LETTER = re.compile("[" + "".join(_GREEK) + "]")

_SPELLING = {
    "aemi": "emi", "haem": "hem", "oedem": "edem", "oesoph": "esoph", "oestr": "estr",
    "paed": "ped", "gynaec": "gynec", "anaes": "anes", "caec": "cec", "diarrhoe": "diarrhe",
    "dyspnoe": "dyspne", "apnoe": "apne", "orrhoe": "orrhe", "sulph": "sulf", "faec": "fec",
    "leuco": "leuko", "tumour": "tumor", "behaviour": "behavior", "colour": "color",
    "foet": "fet", "ischaem": "ischem", "coeliac": "celiac", "aetio": "etio",
    "hydrocephaly$": "hydrocephalus", "^grey$": "gray",
}  # fmt: skip
"""British → American, in the order in which they are replaced."""
_AMERICAN = [(re.compile(british), american) for british, american in _SPELLING.items()]
SPELLING_TRIGGERS = frozenset(
    "aem hae oed oes aed nae aec hoe noe lph leu mou iou lou foe coe aet aly gre".split()
)
"""Three letters of each British spelling: a word without any of them is spelled alike."""
HYPHENS = frozenset("-‐‑‒–—−")
APOSTROPHES = frozenset("'’`´")


@dataclass(frozen=True)
class Normalisation:
    """The steps of the chain.

    Attributes:
        accents: fold compatibility characters and accents.
        greek: spell Greek letters out.
        case: fold case.
        spelling: make British spelling of medicine American.
        plural: drop the plural, of short forms too.
        joints: hyphens, apostrophes and the possessive "s" do not count inside a name.
        inversion: "X, Y" is also found as "Y X".
        short_forms: names such as "MS" or "PGE2" are found only as they are written.

    >>> Normalisation.only("case").token("Tumours")
    'tumours'
    """

    accents: bool = True
    greek: bool = True
    case: bool = True
    spelling: bool = True
    plural: bool = True
    joints: bool = True
    inversion: bool = True
    short_forms: bool = True

    @classmethod
    def only(cls, *steps: str) -> Normalisation:
        """A chain of the steps named."""
        return cls(**{step: step in steps for step in (*cls.__dataclass_fields__, *steps)})

    @cached_property
    def token(self) -> Callable[[str], str]:
        """The normal form of one token; remembered."""
        return lru_cache(maxsize=1 << 18)(self._token)

    def _token(self, token: str) -> str:
        if self.plural and len(token) > 2 and token[-1] == "s" and token[:-1].isupper():
            token = token[:-1]  # "RCCs": the plural of a short form
        upper = token.isupper() and len(token) > 1
        if self.accents and not token.isascii():
            folded = unicodedata.normalize("NFKD", token)
            # A spacing accent ("¯") folds to a space, which no token may hold.
            kept = [c for c in folded if not unicodedata.combining(c) and not c.isspace()]
            token = "".join(kept) or token
        word = token.casefold() if self.case else token
        if self.greek and not word.isascii():
            word = _GREEK_LETTER.sub(lambda m: _GREEK[m.group()], word)
        if upper or len(word) < 4:
            return word
        if self.spelling:
            for pattern, to in _AMERICAN:
                word = pattern.sub(to, word)
        return _singular(word) if self.plural else word

    def key(self, name: str) -> Key:
        """The normal form of a whole name."""
        tokens = TOKEN.findall(name)
        if not self.joints:
            return tuple(map(self.token, tokens))
        return tuple(
            self.token(token)
            for i, token in enumerate(tokens)
            if not is_skipped(token) and not is_possessive(tokens, i)
        )


DEFAULT = Normalisation()
_default_token = DEFAULT.token


def normal_token(token: str) -> str:
    """The normal form of one token.

    >>> [normal_token(t) for t in ("Tumours", "anaemia", "β", "diseases", "metastases", "AIDS")]
    ['tumor', 'anemia', 'beta', 'diseas', 'metastas', 'aids']
    """
    return _default_token(token)


def _singular(word: str) -> str:
    """Drop a plural ending; singular and plural need only meet, not be English."""
    if word.endswith(("ses", "sis")):
        return word[:-2]
    if word.endswith("se"):
        return word[:-1]
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "os")):
        return word[:-1]
    return word


def is_skipped(token: str) -> bool:
    """Whether a token does not count inside a name: a hyphen or an apostrophe."""
    return token in HYPHENS or token in APOSTROPHES


@lru_cache(maxsize=1 << 17)
def normal_key(name: str) -> Key:
    """The normal form of a whole name.

    >>> normal_key("Still's Disease") == normal_key("still disease")
    True
    >>> normal_key("β-blockers")
    ('beta', 'blocker')
    """
    return DEFAULT.key(name)


def is_possessive(tokens: list[str], i: int) -> bool:
    """Whether token ``i`` is the "s" of a possessive "'s"."""
    return tokens[i] in ("s", "S") and i > 0 and tokens[i - 1] in APOSTROPHES


def inverted(name: str) -> str:
    """A name with its comma turned around.

    >>> inverted("diabetes, type 2")
    'type 2 diabetes'
    """
    head, comma, modifier = name.partition(", ")
    return f"{modifier} {head}" if comma and ", " not in modifier else name


def is_acronym(name: str) -> bool:
    """Whether a name is a short form whose capitals carry meaning: "MS", "PGE2", "AIDS", "mRNA".

    >>> [is_acronym(n) for n in ("MS", "AIDS", "5-HT", "Lead", "aspirin", "Breast Cancer")]
    [True, True, True, False, False, False]
    """
    if len(name) > 8 or " " in name:
        return False
    capitals = sum(c.isupper() for c in name)
    return capitals >= 2 or (capitals == 1 and len(name) <= 2)
