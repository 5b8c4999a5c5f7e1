"""Sentence ends: abbreviations, decimals, initials, lists; nothing is lost, nothing is slow."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from hypothesis import given
from strategies import texts

from weaklabel.ground.segment import TOKEN, sentences, tokenize


def split(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


# "‖" marks where a sentence ends inside the text.
CASES = """
Pain fell. ‖ It rose.
Is it safe? ‖ Yes! ‖ It is.
It was seen in Dr. Smith's patients, e.g. the old.
Smith et al. (1992) saw it. ‖ Jones et al. did not.
As shown by Smith et al. ‖ We found more.
See Fig. 2 and Figs. 3-5. ‖ Table 1 has the rest.
Given i.v. to rats, i.e. by vein, vs. controls.
Doses of 5 mg/kg i.p. ‖ The rats slept.
Streptococcus spp. and E. coli grew.
It cost approx. 5 dollars.
The U.S. population and U. S. Caucasians differ.
The mean was 1.5 (range 0.5-2.5) mg. ‖ Five died.
Significant (P < .05). ‖ No other was.
Significant at P < 0. 001 in 1. 15% of all.
Mapped to 14q22. 1-q22. 2 and Xp11. 4.
An interval of. 06 was found.
Born in 1998. ‖ 30 patients were seen.
By J. Smith and A. B. Jones. ‖ They agreed.
Patients with hepatitis B. ‖ Patients with none.
Treated with vitamin C. ‖ We saw nothing.
Incubated for 24 h. ‖ Cells were washed.
Incubated at 37 degrees C. ‖ Forearm flow rose.
1. Introduction to pain. ‖ 2. The methods used.
1. Torsades de pointes is fatal. ‖ 2. The potential was evaluated.
It said "pain." ‖ Then it stopped.
He was well (at last). ‖ She was not.
Rats slept. ‖ (They were old.)
Rats slept. ‖ (+/-)-PG-9 was given.
In knockout mice. ‖ beta4-/- mice were not. ‖ p53 was absent.
In rats. ‖ mRNA was seen.
Published in Am. J. Hum. Genet., 55, 1994.
Published in Neurobiol. Dis., 17, 2004.
See Blood. 2000;95:1935.
Values differ (n=2). < 5 is not opened by a symbol.
St. Luke's Hospital Inc. made it. ‖ Merck Co. ‖ The firm sold it.
Ranges were 1 v. 0% and c. 2097insT.
""".strip().splitlines()


@pytest.mark.parametrize("case", CASES)
def test_where_sentences_end(case):
    text = case.replace("‖ ", "")
    assert split(text) == case.split(" ‖ ")


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n  \n", "\n\t\n\n"])
def test_an_empty_line_ends_a_sentence(gap):
    assert split(f"A heading{gap}and text") == ["A heading", "and text"]


def test_a_line_break_alone_does_not():
    assert split("A wrapped\nline. It\ngoes on.") == ["A wrapped\nline.", "It\ngoes on."]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "."])
def test_texts_of_nothing(text):
    assert split(text) == ([text] if text == "." else [])


@given(texts)
def test_sentences_hold_every_character_that_is_no_space(text):
    found = sentences(text)
    assert found == sorted(found)
    assert all(a < b for a, b in found)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(found))
    kept = "".join("".join(text[a:b].split()) for a, b in found)
    assert kept == "".join(text.split())
    assert all(not text[a].isspace() and not text[b - 1].isspace() for a, b in found)


@given(texts)
def test_tokens_are_what_the_expression_finds(text):
    offsets = tokenize(text)
    assert [text[a:b] for a, b in offsets] == re.findall(r"\w+|[^\w\s]", text)
    assert TOKEN.findall(text) == [text[a:b] for a, b in offsets]


@given(texts, texts)
def test_a_part_of_a_text_is_split_as_if_alone(before, text):
    whole = before + text
    shift = len(before)
    assert [(a - shift, b - shift) for a, b in tokenize(whole, shift)] == tokenize(text)


LONG = {
    "words": "word " * 20_000,
    "symbols": "a. < " * 20_000,
    "numbers": "1. " * 30_000,
    "lines": "\n \n" * 30_000,
    "brackets": "x.) " * 25_000,
    "stops": "." * 100_000,
    "spaces": " " * 100_000,
    "initials": "A. B " * 20_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_long_texts_take_no_longer_than_they_must(text):
    start = time.process_time()
    sentences(text)
    tokenize(text)
    assert time.process_time() - start < 1.5


def test_real_text_is_not_torn_apart(shared_data):
    """Few sentences open in lower case or are shorter than three tokens."""
    from weaklabel.io import read

    corpus = read(shared_data / "bc5cdr" / "train_docs.pubtator")
    lower = sum(s.text[0].islower() for s in corpus)
    short = sum(len(s) < 3 for s in corpus)
    assert abs(len(corpus) - 4_560) < 50
    assert lower < 0.005 * len(corpus)
    assert short < 0.002 * len(corpus)
