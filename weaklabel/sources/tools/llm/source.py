"""The source: asks what the cache does not know, places the answers, and accounts for the rest.

What gets no answer is counted and left out: the source is not applicable there, so that its
silence is no evidence. Asked again, it sends only what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from weaklabel.sources.fitting import Fitting
from weaklabel.sources.options import ConfiguredSource
from weaklabel.sources.tools.llm.answers import Answer, AnswerCache, parse
from weaklabel.sources.tools.llm.client import Client, Failure, Result
from weaklabel.sources.tools.llm.placing import occurrences
from weaklabel.sources.tools.llm.prompt import Unit, key_of, request, units
from weaklabel.sources.tools.llm.settings import LLMOptions
from weaklabel.text import Corpus
from weaklabel.votes import Votes

BROKEN = "answers that are no JSON list of spans"
CUT_OFF = "answers cut off at max_tokens"
MALFORMED = "spans without text and type"
INVENTED = "spans that are not in the text"
UNANNOUNCED = "types that were not announced"
MILLION = 1_000_000


@dataclass(frozen=True, eq=False)
class LLMSource(ConfiguredSource[LLMOptions]):
    """Votes for what a language model marks.

    A saved model keeps the options; the key stays in the environment, the answers in their folder.

    Attributes:
        options: the model, the types, and how patiently it is asked.
        client: makes what sends the requests.
    """

    client: Callable[[LLMOptions], Client] = field(default=Client, repr=False)
    kind: ClassVar[str] = "llm"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus.

        Raises:
            ConfigError: if the endpoint's key is not in the environment, and something is asked.
            MissingDependency: if httpx is not installed, and something is asked.
        """
        asked = [(unit, request(unit.text, self.options)) for unit in units(corpus, self.options)]
        keys = [key_of(body) for _, body in asked]
        bodies = dict(zip(keys, (body for _, body in asked), strict=True))
        answers = self._answers(bodies)
        fitting = Fitting(corpus, self.name)
        applicable = np.zeros(len(corpus), np.bool_)
        for (unit, _), key in zip(asked, keys, strict=True):
            answer = answers[key]
            if self._place(fitting, unit, answer):
                applicable[unit.sentences.start : unit.sentences.stop] = True
        given = [answer for answer in answers.values() if isinstance(answer, Answer)]
        fitting.used.update(self._costs(given))
        return fitting.votes(applicable=applicable)

    def _answers(self, bodies: Mapping[str, dict[str, Any]]) -> dict[str, Result]:
        """An answer or a failure for every request, from the cache where it lies there."""
        cache = AnswerCache(Path(self.options.cache))
        known = {key: answer for key in bodies if (answer := cache.get(key)) is not None}
        missing = {key: body for key, body in bodies.items() if key not in known}
        fresh = self.client(self.options).ask_all(missing, cache.put) if missing else {}
        return {key: known[key] if key in known else fresh[key] for key in bodies}

    def _place(self, fitting: Fitting, unit: Unit, answer: Result) -> bool:
        """Turn an answer into votes; whether there was one that could be read."""
        where = f"document {fitting.corpus.document_id(unit.document)!r}"
        if isinstance(answer, Failure):
            fitting.lose(answer.reason, f"{where}: {answer.detail[:120]}")
            return False
        parsed = parse(answer.content)
        if parsed.mentions is None:
            reason = CUT_OFF if answer.finish == "length" else BROKEN
            fitting.lose(reason, f"{where}: {answer.content[-80:]!r}")
            return False
        if parsed.malformed:
            fitting.lose(MALFORMED, where, parsed.malformed)
        announced = {kind.casefold(): kind for kind in self.options.types}
        for said in parsed.mentions:
            kind = announced.get(said.type.strip().casefold())
            if kind is None:
                fitting.lose(UNANNOUNCED, f"{said.type[:40]!r} in {where}")
                continue
            found = occurrences(unit.text, said.text)
            if said.occurrence:
                found = found[said.occurrence - 1 : said.occurrence]
            if not found:
                fitting.lose(INVENTED, f"{said.text[:60]!r} in {where}")
            for start, end in found:
                fitting.take(unit.document, unit.start + start, unit.start + end, kind)
        return True

    def _costs(self, given: list[Answer]) -> Counter[str]:
        """What the answers cost, whether they were asked for today or lay in the cache."""
        read = sum(answer.prompt_tokens for answer in given)
        written = sum(answer.completion_tokens for answer in given)
        money = read * self.options.prompt_price + written * self.options.completion_price
        used: dict[str, Any] = {
            "requests": len(given),
            "prompt_tokens": read,
            "completion_tokens": written,
            "money": round(money / MILLION, 9),
        }
        return Counter(used)


def from_options(options: LLMOptions, base: Path) -> LLMSource:
    """The source of a table of options; the folder of answers lies beside the table."""
    return LLMSource(replace(options, cache=str(base / options.cache)))
