"""Long texts in parts: nothing is lost, and sentences stay whole where they can."""

import pytest

from nexus.ai.parts import WINDOW, parts_of

SENTENCE = "The ferry to Sell leaves at nine and takes two hours. "


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "x" * 50_000,
        SENTENCE * 900,
        "\n\n" * 20_000,
        " " * 50_000,
        "汉" * 50_000,
        "。" * 50_000,
        "a b\n\n" * 9_000,
    ],
)
def test_the_parts_together_are_the_text(text: str) -> None:
    parts = parts_of(text)

    assert "".join(parts) == text
    assert all(len(part) <= WINDOW for part in parts)
    assert len(parts) <= 3


def test_a_text_that_fits_is_one_part() -> None:
    assert parts_of("x" * WINDOW) == ["x" * WINDOW]


def test_parts_end_where_sentences_do_and_are_about_as_long_as_each_other() -> None:
    parts = parts_of(SENTENCE * 900)

    assert all(part.endswith(". ") for part in parts)
    assert max(map(len, parts)) < 1.7 * min(map(len, parts))


def test_a_paragraph_is_a_better_place_to_cut_than_a_sentence() -> None:
    text = "One two. " * 10 + "\n\n" + "Three four. " * 9

    first, _ = parts_of(text, 120)

    assert first.endswith("\n\n")
