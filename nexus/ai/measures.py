"""
What can be counted in a text, whoever says the rest of it: a model is never trusted to count.

Importing this module is cheap; the first text loads the language classifier (about 75 MB).
"""

from dataclasses import dataclass

from nexus.ai.language import language_of
from nexus.ai.readability import Readability, readability
from nexus.ai.sentences import Sentence, count_words, sentences_of


@dataclass(frozen=True)
class Measures:
    """A text's language (ISO 639-1), its words, the sentences of its running text, and how hard they are to read."""

    language: str
    words: int
    sentences: list[Sentence]
    readability: Readability


def measure(text: str) -> Measures:
    """Measure a text."""
    found = sentences_of(text)
    said = [sentence.text for sentence in found]
    language = language_of("\n".join(said))
    return Measures(language, count_words(text), found, readability(said, language))
