"""
The JSON object in a model's answer, whatever stands around it: thoughts, fences, words, a byte order mark, quotes.

Everything here looks at each character a fixed number of times, so that no answer takes more than linear time.
"""

import json
import re
from collections.abc import Iterator

# Where thoughts end. Where a chat template writes their beginning, an answer holds only the end.
THOUGHT_ENDS = ("</think>", "</thinking>", "</thought>", "</reasoning>", "[/THINK]", "◁/think▷")
FINAL_CHANNEL = "<|channel|>final<|message|>"
MARGIN = "\ufeff \t\r\n"
SIGN = re.compile(r'[{}"\\]')
MAX_SIGNS = 50_000  # of the JSON in an answer: braces, quotes and backslashes
MAX_OBJECTS = 20


def candidates(text: str) -> Iterator[list[str]]:
    """
    The texts that may be the JSON object that was asked for, in groups, the likeliest first.

    The whole comes before what is left without the thoughts, since the end of a thought may stand inside the JSON. A
    list is not searched: it is an answer of another shape.
    """
    whole = text.strip(MARGIN)
    yield [_unquoted(whole)]
    if whole.startswith("[") and whole.endswith("]"):
        return
    starts = _ends_of_thoughts(whole)
    yield [_unquoted(whole[start:].strip(MARGIN)) for start in starts[:1]]
    for start in dict.fromkeys([*starts, 0]):
        yield _objects(whole[start:])


def _ends_of_thoughts(text: str) -> list[int]:
    """Where the last thought ends, and where the first does: the last end may stand inside the JSON."""
    ends = (*THOUGHT_ENDS, FINAL_CHANNEL)
    last = [found + len(end) for end in ends if (found := text.rfind(end)) >= 0]
    first = [found + len(end) for end in ends if (found := text.find(end)) >= 0]
    return [max(last), min(first)] if last else []


def _unquoted(text: str) -> str:
    """The JSON that a JSON string holds, where it was encoded twice."""
    if not text.startswith('"'):
        return text
    try:
        held = json.loads(text, strict=False)
    except ValueError:
        return text
    return held if isinstance(held, str) else text


def _objects(text: str) -> list[str]:
    """Every closed pair of braces that stands in no other closed pair. Braces in JSON's strings do not count."""
    opened, closed = list[int](), list[tuple[int, int]]()
    in_string, skipped = False, -1
    for count, found in enumerate(SIGN.finditer(text)):
        at, sign = found.start(), found[0]
        if at == skipped:
            continue
        if count > MAX_SIGNS or len(closed) > MAX_OBJECTS:
            return []
        if sign == "\\":
            skipped = at + 1 if in_string else -1
        elif sign == '"':
            in_string = bool(opened) and not in_string
        elif sign == "{" and not in_string:
            opened.append(at)
        elif opened and not in_string:
            start = opened.pop()
            while closed and closed[-1][0] > start:
                closed.pop()
            closed.append((start, at + 1))
    return [text[start:end] for start, end in closed]
