"""What runs in the process that matches regular expressions: a request a line, an answer a line.

This file is run by its path and imports nothing of weaklabel, so that the process is there in an
instant. A request is one JSON object, ``{"pattern": …, "flags": …, "group": …, "texts": […]}``;
its answer is a list for each text, of the first and last character of each match.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any


def answer(request: dict[str, Any]) -> list[list[tuple[int, int]]]:
    r"""The matches of a pattern in each of some texts.

    >>> answer({"pattern": r"(\d)a", "flags": 0, "group": 1, "texts": ["1a 2a", ""]})
    [[(0, 1), (3, 4)], []]
    """
    pattern = re.compile(request["pattern"], request["flags"])
    group = request["group"]
    return [[match.span(group) for match in pattern.finditer(text)] for text in request["texts"]]


def main() -> None:
    """Answer until nobody asks any more."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(answer(json.loads(line))).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
