"""No pattern over a customer's text, and nothing built of them, takes more time than grows with the text."""

import re
from collections.abc import Callable
from time import process_time

import pytest

from nexus.ai import (
    html_markup,
    keywords,
    language,
    markdown,
    prose,
    quotation,
    readability,
    sentences,
    sentiment,
)
from nexus.ai.quotation import Source
from nexus.ai.sentences import sentences_of
from nexus.core import text as unicode_text

pytestmark = pytest.mark.alone

MODULES = (html_markup, keywords, language, markdown, prose, quotation, readability, sentences, sentiment, unicode_text)
PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}
PIECES = (
    *(
        "\n",
        " ",
        "\t",
        ">",
        "> ",
        "*",
        "**",
        "**a",
        "_",
        "`",
        "```\n",
        "~",
        "#",
        "# a\n",
        "[",
        "[a](",
        "![",
        "](",
        "[1]",
    ),
    *(
        "(",
        "((a",
        "(1)",
        ")",
        "<",
        "<a ",
        "<a x=1 ",
        "<a x='",
        "<!--",
        "<script",
        "<p>",
        "&",
        "&a",
        "&#1",
        "1",
        "1.",
        "1. ",
    ),
    *(
        ".",
        "a.",
        "a. ",
        "A. ",
        "-",
        "- ",
        "-\n",
        "- a\n",
        "|",
        "| a |\n",
        "=\n",
        "---\n",
        "a: b\n",
        "x\n\n",
        "X\n\n",
        "A b. C\n\n",
    ),
    *(
        "\u0301",
        "\u0301\u0316",
        "\u00ad",
        "\u200d",
        "\u00b9",
        ".\u00b9",
        "'",
        "\u00ab",
        "\\",
        "\r",
        "漢",
        "ก",
        "ﬁ",
        "a-\n",
        "[a](b",
    ),
)
LENGTH = 25_000  # and twice that, which is the longest text that is taken
SHORTEST = 0.05  # seconds, below which a ratio says nothing
MOST_TIMES = 3.5  # as long, for a text twice as long: a square would be 4
LONGEST = 2.0


def seconds(work: Callable[[str], object], text: str, runs: int = 3) -> float:
    """The shortest of a few runs, in time of the processor."""

    def once() -> float:
        start = process_time()
        work(text)
        return process_time() - start

    return min(once() for _ in range(runs))


def too_slow(work: Callable[[str], object]) -> list[str]:
    """The pieces of which a long text takes too long."""
    found = []
    for piece in PIECES:
        half, whole = ((piece * (length // len(piece)))[: length - 1] + "x" for length in (LENGTH, 2 * LENGTH))
        if seconds(work, whole, runs=1) < SHORTEST:
            continue
        took = seconds(work, whole)
        if took > LONGEST or took > MOST_TIMES * seconds(work, half):
            found.append(piece)
    return found


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_time_that_grows_linearly_with_the_text(name: str) -> None:
    pattern = PATTERNS[name]

    assert too_slow(lambda text: sum(1 for _ in pattern.finditer(text))) == []


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_the_sentences_of_the_longest_text_take_at_most_two_seconds(piece: str) -> None:
    sentences_of("The first text loads the classifier.")

    assert seconds(sentences_of, (piece * (2 * LENGTH // len(piece)))[: 2 * LENGTH - 1] + "x", runs=1) < LONGEST


def test_looking_up_a_quotation_takes_time_that_grows_linearly() -> None:
    assert too_slow(lambda text: Source(text).find(f"{text[:4_000]}y")) == []


def test_a_pattern_that_grows_with_the_square_would_be_noticed() -> None:
    assert "(" in too_slow(lambda text: re.findall(r"\([^)]*\)", text))
