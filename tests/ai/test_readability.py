"""How hard a text is to read: syllables as a person counts them, and formulas as their authors wrote them."""

import pytest

from nexus.ai.readability import FORMULAS, readability

SYLLABLES = [
    ("en", {"cat": 1, "reading": 2, "table": 2, "made": 1, "wanted": 2, "walked": 1, "houses": 2, "beautiful": 3}),
    ("de", {"Haus": 1, "Häuser": 2, "Brücke": 2, "Sanierung": 3, "Hallenbad": 3, "Feuer": 2, "neue": 2}),
    ("es", {"casa": 2, "agua": 2, "tubería": 4, "ciudad": 2, "día": 2, "leer": 2, "país": 2, "reunión": 2, "buey": 1}),
    ("fr", {"maison": 2, "table": 1, "parlent": 1, "eau": 1, "année": 2, "bateaux": 2, "rouge": 1, "ville": 1}),
]


@pytest.mark.parametrize(("language", "words"), SYLLABLES)
def test_syllables_are_counted_as_they_are_spoken(language: str, words: dict[str, int]) -> None:
    assert {word: FORMULAS[language].syllables(word.casefold()) for word in words} == words


@pytest.mark.parametrize(
    ("language", "formula", "score"),
    [
        ("en", "flesch-reading-ease", 206.835 - 1.015 * 6 - 84.6 * 1),
        ("de", "amstad", 180 - 6 - 58.5 * 1),
        ("es", "fernandez-huerta", 206.84 - 1.02 * 6 - 60 * 1),
        ("fr", "kandel-moles", 207 - 1.015 * 6 - 73.6 * 1),
    ],
)
def test_the_score_follows_the_formula_of_the_language(language: str, formula: str, score: float) -> None:
    found = readability(["La la la la la la.", "La la la la la la."], language)

    assert (found.score, found.formula, found.reason) == (round(score, 1), formula, None)


def test_short_words_in_short_sentences_are_easier_than_long_ones_in_long_ones() -> None:
    easy = readability(["The cat sat on the mat.", "It was a big fat cat."], "en")
    hard = readability(
        ["Notwithstanding institutional considerations, interdepartmental communication necessitates prioritisation."]
        * 2,
        "en",
    )

    assert easy.score is not None
    assert hard.score is not None
    assert easy.score > 90
    assert hard.score < 0


@pytest.mark.parametrize(
    ("sentences", "language", "reason"),
    [
        (["临江市政府周一宣布。"], "zh", "There is no formula here for the language 'zh'."),
        (["Too short."], "en", "It takes 10 words or more; the running text has 2."),
        (["😀"], "en", "It takes 10 words or more; the running text has 0."),
    ],
)
def test_where_there_is_no_score_there_is_a_reason(sentences: list[str], language: str, reason: str) -> None:
    found = readability(sentences, language)

    assert (found.score, found.formula, found.reason) == (None, None, reason)
