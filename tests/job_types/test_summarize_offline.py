"""The offline way of summarising: what it makes of real documents, and of the strangest texts that may come."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from nexus.ai.prose import paragraphs
from nexus.ai.sentences import sentences_of
from nexus.core.text import has_visible
from nexus.job_types.summarize import LONGEST_SUMMARY, SummarizeInput, SummarizeOutput, summarize_offline

DATA = Path(__file__).parents[1] / "data"


def document(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def summary_of(text: str) -> str:
    output = summarize_offline(SummarizeInput(text=text))
    assert isinstance(output, SummarizeOutput)
    return output.summary


def reproducible_chance() -> random.Random:
    return random.Random(20041)  # noqa: S311 - it decides about test texts only


def flat(text: str) -> str:
    """One line; a line break between two Chinese characters is no space."""
    return " ".join(re.sub("(?<=[\u3000-\uff5e])\n+(?=[\u3000-\uff5e])", "", text).split())


KEY_SENTENCES = [
    (
        "english.txt",
        [
            (
                "On the night of 14 November the ferry Marigold sank four miles off Carrow Point with 212 people on "
                "board, and all but three of them were saved."
            ),
            (
                "The report finds that the bow door of the ferry was not locked because a warning lamp on the bridge "
                "had been broken for six weeks."
            ),
        ],
        ["aunt", "Tea will be served", "never came back"],
    ),
    (
        "german.txt",
        [
            (
                "Der Stadtrat von Lindenau hat am 3. Oktober beschlossen, das alte Hallenbad nicht abzureißen, sondern "
                "für 18 Mio. Euro zu sanieren."
            ),
            "Die Sanierung des Hallenbads soll im März beginnen und zwei Jahre dauern.",
        ],
        ["Kuchen", "Wetter"],
    ),
    (
        "spanish.txt",
        [
            "El municipio de Valdeluz dejará de regar sus parques con agua potable a partir de junio.",
            (
                "La alcaldesa, la Sra. Pérez, anunció el lunes que los parques se regarán con agua reciclada de la "
                "depuradora."
            ),
        ],
        ["fútbol", "café", "día largo"],
    ),
    (
        "chinese.txt",
        [
            "临江市政府周一宣布\uff0c从明年一月起\uff0c全市公共汽车将全部改为电动公共汽车。",
            "为了给电动公共汽车充电\uff0c市政府将在城市的东部和西部各建一座充电站。",
        ],
        ["下了雨", "记者会开了一个小时"],
    ),
    (
        "readme.md",
        [
            (
                "Tidewatch is a small server that predicts the water level of a harbour for the next seven days and "
                "warns its harbour master before a flood."
            ),
        ],
        [
            "pip install",
            "def predict",
            "|",
            "warn_at",
            "badge",
            "http",
            "](",
            "**",
            "#",
            "export",
            "hard to test",
            "layout",
        ],
    ),
]


@pytest.mark.parametrize(("name", "key_sentences", "left_out"), KEY_SENTENCES, ids=[case[0] for case in KEY_SENTENCES])
def test_a_summary_holds_the_key_sentences_and_leaves_out_the_rest(
    name: str, key_sentences: list[str], left_out: list[str]
) -> None:
    summary = summary_of(document(name))

    assert [sentence for sentence in key_sentences if sentence not in summary] == []
    assert [words for words in left_out if words in summary] == []


@pytest.mark.parametrize("name", ["english.txt", "german.txt", "spanish.txt", "chinese.txt"])
def test_a_summary_is_at_most_three_whole_sentences_in_the_order_of_the_text(name: str) -> None:
    text, summary = flat(document(name)), summary_of(document(name))

    places, rest = [], summary
    while rest:
        ends = (size for size in range(len(rest), 0, -1) if rest[size - 1] in ".。" and rest[:size] in text)
        size = next(ends)
        places.append(text.index(rest[:size]))
        rest = rest[size:].lstrip()

    assert places == sorted(places)
    assert len(sentences_of(summary)) <= 3
    assert len(summary) < len(text) / 2


def test_markdown_is_taken_out_of_the_sentences_that_are_kept() -> None:
    prose = paragraphs(document("readme.md"))

    assert prose[0].startswith("Tidewatch is a small server that predicts")
    assert "compares it with the\nharmonic prediction of the tide." in prose[0]
    assert [block.split()[0] for block in prose] == ["Tidewatch", "Tidewatch", "A", "Contributions"]


@pytest.mark.parametrize(
    "text",
    [
        "The bridge is closed.",
        "  One line without an end  ",
        "一句话。",
        "Dr. M. Dupont paid 3.50 euros.",
        "¿Qué?",
        "😀",
        ".",
    ],
)
def test_a_text_of_one_sentence_comes_back_as_it_is(text: str) -> None:
    assert summary_of(text) == text.strip()


def test_no_sentence_stands_twice_in_a_summary() -> None:
    repeated = (
        "The harbour of Carrow will be closed on Monday for repairs. "
        "The fish market moves to the northern quay until the harbour opens again. "
        "THE HARBOUR OF CARROW WILL BE CLOSED ON MONDAY FOR REPAIRS! "
        "The harbour of Carrow is to be closed on Monday for repairs. "
        "The mayor expects the repairs of the quay to last four weeks. "
        "The fish market moves to the northern quay until the harbour opens again. "
    )

    summary = summary_of(repeated * 3)

    assert summary.casefold().count("harbour of carrow") == 1
    assert summary.count("northern quay") == 1
    assert summary.index("Carrow") < summary.index("northern quay")


def test_a_long_line_without_sentence_ends_is_cut_to_a_few_pieces_of_it() -> None:
    words = [f"word{number}" for number in range(5_000)]

    summary = summary_of(" ".join(words))

    assert summary.startswith("word0 word1 ")
    assert len(summary) <= 3 * 240 + 6
    assert set(summary.split()) <= {*words, "…"}


def test_entries_of_a_list_are_taken_where_there_are_no_sentences() -> None:
    entries = [f"The sales of shop number {number} rose by {number * 7} percent" for number in range(1, 10)]

    summary = summary_of("# Sales\n\n" + "".join(f"- {entry}\n" for entry in entries))

    assert set(summary.split(" … ")) <= set(entries)


def test_several_texts_can_be_summarised_at_once() -> None:
    texts = [document(name) for name, _, _ in KEY_SENTENCES]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(summary_of, texts))

    assert together == [summary_of(text) for text in texts]


def test_a_sentence_that_is_too_long_is_cut_at_a_word() -> None:
    summary = summary_of("word " * 2_000 + "end.")

    assert summary.endswith("word…")
    assert len(summary) <= 500


def test_a_document_without_prose_still_gives_something() -> None:
    assert summary_of("```\nprint(1)\n```\n") != ""
    assert summary_of("| a | b |\n|---|---|\n| 1 | 2 |\n") != ""
    assert summary_of("# Only a title") == "# Only a title"


FRAGMENTS = [
    *"ab. \n\t|`*_#->!?[]()<>~=$\\\"'«»。あ漢ก\u200b\u0301😀é٣{};:/\r\x0b\x85\u2028ß\x01",
    *["```", "\n\n", "\n- ", "https://x.example", "| a | b |\n", "---\n", "# T\n", " word", " The cat sat.", "z. B. "],
    *["<!--", "-->", "今天。", "    x = 1\n", "![", "](", "1. "],
]


def test_no_text_is_too_strange() -> None:
    rng = reproducible_chance()

    for _ in range(1_500):
        text = "".join(rng.choices(FRAGMENTS, k=rng.choice([1, 3, 20, 300])))
        if has_visible(text):
            assert 1 <= len(summary_of(text)) <= LONGEST_SUMMARY, repr(text)


@pytest.mark.parametrize(
    "piece",
    [
        *[
            "a",
            "a. ",
            "A. ",
            "😀",
            "。",
            "漢",
            "(",
            "[",
            "![",
            "](",
            "<!--",
            "<a",
            "*",
            "`",
            "```\n",
            "| a | b |\n",
            "- a\n",
        ],
        *[
            "1. ",
            "> ",
            "=\n",
            "\u0301",
            "\u200b",
            "Go one two three four.\n",
            "He went there on foot again. ",
            "ก",
            "http://a.b ",
            "\U00020000",
            "😀",
        ],
    ],
)
def test_the_longest_text_takes_at_most_two_seconds(piece: str) -> None:
    text = (piece * 50_000)[:49_999] + "x"
    start = monotonic()

    assert summary_of(text)

    assert monotonic() - start < 2


def test_fifty_thousand_characters_of_different_sentences_take_at_most_two_seconds() -> None:
    rng = reproducible_chance()
    words = document("english.txt").split()
    text = "".join(" ".join(rng.choices(words, k=12)).replace(".", "") + f" {at}. " for at in range(800))[:50_000]
    start = monotonic()

    assert summary_of(text)

    assert monotonic() - start < 2
