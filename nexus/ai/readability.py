"""
How hard a text is to read: Flesch Reading Ease, and what it became in other languages.

Higher is easier; 0 to 100 is usual.

    en  206.835 - 1.015 * w - 84.6 * s    Flesch, "A new readability yardstick", Journal of Applied Psychology 32, 1948
    de  180 - w - 58.5 * s                Amstad, "Wie verständlich sind unsere Zeitungen?", Zürich 1978
    es  206.84 - 1.02 * w - 60 * s        Fernández Huerta, "Medidas sencillas de lecturabilidad", Consigna 214, 1959
    fr  207 - 1.015 * w - 73.6 * s        Kandel and Moles, "Application de l'indice de Flesch à la langue française",
                                          Cahiers Études de Radio-Télévision 19, 1958

w is words in a sentence, s syllables in a word. Fernández Huerta's formula is often quoted with sentences for words;
this is its right reading (Law, "Error in the Fernández Huerta readability formula", Linguistlist 22.2332, 2011).
Syllables are counted by groups of vowels, as simple as it sounds: a few in a hundred words are miscounted, which moves
the score by a point or two.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

FEWEST_WORDS = 10  # below which an average says nothing
LETTERS = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")

ENGLISH_VOWELS = re.compile(r"[aeiouy]+")
ENGLISH_SILENT = re.compile(r"(?<![aeiouyl])e$|(?<=[aeiou])le$|(?<![aeiouytd])ed$|(?<![aeiouyscxzgh])es$")
GERMAN_VOWELS = re.compile(r"ei|ai|ey|ay|au|äu|eu|ie|aa|ee|oo|[aeiouyäöü]")
SPANISH_VOWELS = re.compile(r"[iuü]?[aeoáéó][iuy]?(?![aeoáéóíú])|[iuü]?[aeoáéó]|[íú]|[iuüy]+")
FRENCH_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+")
FRENCH_SILENT = re.compile(r"(?<![aeiouyàâéèêëîïôùû])(?:es?|ent)$|(?<=[iuéy])es?$")


@dataclass(frozen=True)
class Readability:
    """A score and the formula that gave it, or the reason why there is none."""

    score: float | None
    formula: str | None
    reason: str | None


@dataclass(frozen=True)
class _Formula:
    """What is taken from `most` for each word of a sentence and each syllable of a word."""

    name: str
    most: float
    for_words: float
    for_syllables: float
    syllables: Callable[[str], int]


def _english(word: str) -> int:
    return len(ENGLISH_VOWELS.findall(ENGLISH_SILENT.sub("", word)))


def _german(word: str) -> int:
    return len(GERMAN_VOWELS.findall(word))


def _spanish(word: str) -> int:
    return len(SPANISH_VOWELS.findall(word))


def _french(word: str) -> int:
    return len(FRENCH_VOWELS.findall(FRENCH_SILENT.sub("", word)))


FORMULAS = {
    "en": _Formula("flesch-reading-ease", 206.835, 1.015, 84.6, _english),
    "de": _Formula("amstad", 180, 1, 58.5, _german),
    "es": _Formula("fernandez-huerta", 206.84, 1.02, 60, _spanish),
    "fr": _Formula("kandel-moles", 207, 1.015, 73.6, _french),
}


def readability(sentences: Sequence[str], language: str) -> Readability:
    """Score these sentences of a language, or say why not."""
    formula = FORMULAS.get(language)
    if formula is None:
        return Readability(None, None, f"There is no formula here for the language '{language}'.")
    words = [word.casefold() for said in sentences for word in LETTERS.findall(said)]
    if len(words) < FEWEST_WORDS:
        return Readability(None, None, f"It takes {FEWEST_WORDS} words or more; the running text has {len(words)}.")
    in_a_sentence = len(words) / len(sentences)
    in_a_word = sum(max(1, formula.syllables(word)) for word in words) / len(words)
    score = formula.most - formula.for_words * in_a_sentence - formula.for_syllables * in_a_word
    return Readability(round(score, 1), formula.name, None)
