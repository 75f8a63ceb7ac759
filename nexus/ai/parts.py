"""A text that is too long for one question, in parts. The window is ours: every model has another."""

import re
from collections.abc import Iterator

# About 6 000 tokens of a European language and up to 24 000 of Chinese: every hosted model reads that, and models on
# one's own machine where they are given the room.
WINDOW = 24_000

# Where a text pauses, from the best place to cut to the worst; what is found belongs to the part before it.
PAUSES = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u00bb\u201d\u2019)\]\u300d\u300f]?\s*"),
    re.compile(r"\s+"),
)
SLACK = 4  # a part may end up to a quarter of its length before its due end


def parts_of(text: str, most: int = WINDOW) -> list[str]:
    """
    Cut a text into as few parts of about the same length as `most` characters allow.

    Nothing is lost: joined together they are the text again.
    """
    return list(_parts(text, most))


def _parts(text: str, most: int) -> Iterator[str]:
    start = 0
    while len(text) - start > most:
        left = len(text) - start
        due = min(most, -(-left // -(-left // most)) + most // (2 * SLACK))
        end = start + _cut(text[start : start + due])
        yield text[start:end]
        start = end
    yield text[start:]


def _cut(piece: str) -> int:
    """Where a piece ends: after the last pause of the best kind in its last quarter, or where it is full."""
    first = len(piece) - len(piece) // SLACK
    for pause in PAUSES:
        ends = [found.end() for found in pause.finditer(piece, first)]
        if ends:
            return ends[-1]
    return len(piece)
