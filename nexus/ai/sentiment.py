"""
How an English text sounds, without a model.

VADER (Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM
2014) judges a sentence by a list of words that people rated. A text is judged by the mean of its sentences, each as
heavy as the others: over a whole text at once the score goes to one of its ends. In other languages nothing is said,
since a guess would look like a finding. A text too short for its language to be known is judged if it reads as English.

Importing this module is cheap; the first question loads the word list (about 5 MB).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from nexus.ai.function_words import FUNCTION_WORDS
from nexus.ai.language import UNKNOWN

Label = Literal["positive", "neutral", "negative", "mixed", "unknown"]

LANGUAGES = frozenset({"en"})
CLEAR = 0.05  # from which VADER's authors call a score positive or negative
MIXED = 0.15  # what glad and sad sentences must each bring to a mean near 0, for it to be more than neutral
FEW_WORDS = 5  # that a text may have whose language is not known
WORDS = re.compile(r"[^\W\d_]+")
LONGEST_PIECE = 60  # words: VADER's time grows with the square of a sentence's length


@dataclass(frozen=True)
class Sentiment:
    """A label, and a score from -1 to 1; unknown and None where nothing can be said."""

    label: Label
    score: float | None


def sentiment(sentences: Sequence[str], language: str) -> Sentiment:
    """Say how these sentences sound together."""
    pieces = [piece for said in sentences for piece in _pieces(said)]
    reads_as_english = language in LANGUAGES or (language == UNKNOWN and _may_be_english(pieces))
    if not pieces or not reads_as_english:
        return Sentiment("unknown", None)
    scores = [_score(piece) for piece in pieces]
    mean = sum(scores) / len(scores)
    glad = sum(score for score in scores if score > 0) / len(scores)
    sad = -sum(score for score in scores if score < 0) / len(scores)
    if abs(mean) < CLEAR:
        return Sentiment("mixed" if min(glad, sad) >= MIXED else "neutral", round(mean, 3))
    return Sentiment("positive" if mean > 0 else "negative", round(mean, 3))


def _may_be_english(pieces: Sequence[str]) -> bool:
    """Tell whether a few words hold one that VADER rates, and none that belongs to another language alone."""
    words = WORDS.findall(" ".join(pieces[:FEW_WORDS]).casefold())
    joining = frozenset().union(*FUNCTION_WORDS.values())
    if len(words) > FEW_WORDS or not "".join(words).isascii() or (joining - FUNCTION_WORDS["en"]).intersection(words):
        return False
    return any(word in _vader().lexicon and word not in joining for word in words)


def _pieces(said: str) -> list[str]:
    words = said.split()
    return [" ".join(words[at : at + LONGEST_PIECE]) for at in range(0, len(words), LONGEST_PIECE)]


def _score(piece: str) -> float:
    compound: float = _vader().polarity_scores(piece)["compound"]
    return compound


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415 - reads its word list

    return SentimentIntensityAnalyzer()
