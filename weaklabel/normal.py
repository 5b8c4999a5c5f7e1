"""The form in which names and text are compared: one declared chain, applied to both sides.

Per token: compatibility characters and accents folded, Greek letters spelled out, case folded,
British spelling of medicine made American, plural dropped. Per name: hyphens and possessives
left out, so that "beta-blocker" is "beta blocker" and "Still's disease" is "Still disease".
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from weaklabel.segment import TOKEN

Key = tuple[str, ...]
"""A name's normal form: the normal forms of its tokens that count."""

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau",
    "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_GREEK_LETTER = re.compile("[" + "".join(_GREEK) + "]")

_AMERICAN = [
    (re.compile(pattern), to)
    for pattern, to in [
        (r"aemi", "emi"), (r"haem", "hem"), (r"oedem", "edem"), (r"oesoph", "esoph"),
        (r"oestr", "estr"), (r"paed", "ped"), (r"gynaec", "gynec"), (r"anaes", "anes"),
        (r"caec", "cec"), (r"diarrhoe", "diarrhe"), (r"dyspnoe", "dyspne"), (r"apnoe", "apne"),
        (r"orrhoe", "orrhe"), (r"sulph", "sulf"), (r"faec", "fec"), (r"leuco", "leuko"),
        (r"tumour", "tumor"), (r"behaviour", "behavior"), (r"colour", "color"),
        (r"foet", "fet"), (r"ischaem", "ischem"), (r"celiac|coeliac", "celiac"),
        (r"aetio", "etio"), (r"hydrocephaly$", "hydrocephalus"), (r"^grey$", "gray"),
    ]
]  # fmt: skip
_HYPHENS = frozenset("-‐‑‒–—−")
_APOSTROPHES = frozenset("'’`´")


@lru_cache(maxsize=1 << 18)
def normal_token(token: str) -> str:
    """The normal form of one token.

    >>> [normal_token(t) for t in ("Tumours", "anaemia", "β", "diseases", "metastases", "AIDS")]
    ['tumor', 'anemia', 'beta', 'diseas', 'metastas', 'aids']
    """
    if len(token) > 2 and token[-1] == "s" and token[:-1].isupper():
        token = token[:-1]  # "RCCs": the plural of a short form
    upper = token.isupper() and len(token) > 1
    if not token.isascii():
        folded = unicodedata.normalize("NFKD", token)
        # A spacing accent ("¯") folds to a space, which no token may hold.
        kept = [c for c in folded if not unicodedata.combining(c) and not c.isspace()]
        token = "".join(kept) or token
    word = token.casefold()
    if not word.isascii():
        word = _GREEK_LETTER.sub(lambda m: _GREEK[m.group()], word)
    if upper or len(word) < 4:
        return word
    for pattern, to in _AMERICAN:
        word = pattern.sub(to, word)
    return _singular(word)


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
    return token in _HYPHENS or token in _APOSTROPHES


@lru_cache(maxsize=1 << 17)
def normal_key(name: str) -> Key:
    """The normal form of a whole name.

    >>> normal_key("Still's Disease") == normal_key("still disease")
    True
    >>> normal_key("β-blockers")
    ('beta', 'blocker')
    """
    tokens = TOKEN.findall(name)
    return tuple(
        normal_token(token)
        for i, token in enumerate(tokens)
        if not is_skipped(token) and not is_possessive(tokens, i)
    )


def is_possessive(tokens: list[str], i: int) -> bool:
    """Whether token ``i`` is the "s" of a possessive "'s"."""
    return tokens[i] in ("s", "S") and i > 0 and tokens[i - 1] in _APOSTROPHES


def is_acronym(name: str) -> bool:
    """Whether a name is a short form whose capitals carry meaning: "MS", "PGE2", "AIDS", "mRNA".

    >>> [is_acronym(n) for n in ("MS", "AIDS", "5-HT", "Lead", "aspirin", "Breast Cancer")]
    [True, True, True, False, False, False]
    """
    if len(name) > 8 or " " in name:
        return False
    capitals = sum(c.isupper() for c in name)
    return capitals >= 2 or (capitals == 1 and len(name) <= 2)
