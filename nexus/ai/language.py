"""
Which language a text is written in.

Loading this module is cheap. The first question loads the classifier: about 75 MB that stay.
"""

from functools import cache
from threading import Lock
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LOOKED_AT = 3_000  # characters: enough to be sure, and a few milliseconds at most
SURE = 0.65  # probability, from which a language is named; a word or two seldom reach it
UNKNOWN = "und"  # of ISO 639-2: undetermined
TWO_LETTERS = 2  # the codes of ISO 639-1

_loading = Lock()


def language_of(text: str) -> str:
    """Name the language by its ISO 639-1 code, such as `de`; `und` where a text is too short to tell."""
    with _loading:  # two threads that ask first would load it twice
        ranked = _classifier().rank(text[:LOOKED_AT])
    known = {code: probability for code, probability in ranked if len(code) == TWO_LETTERS}
    likeliest = max(known, key=known.__getitem__)
    return likeliest if known[likeliest] >= SURE * sum(known.values()) else UNKNOWN


@cache
def _classifier() -> Any:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
