"""The offline way of analysing: what it finds in real documents, and in the strangest texts that may come."""

import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from nexus.job_types.analyze import EXAMPLE, EXAMPLE_OUTPUT, AnalyzeInput, AnalyzeOutput, analyze, analyze_offline

DATA = Path(__file__).parents[1] / "data"


def document(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def analysis_of(text: str) -> AnalyzeOutput:
    output = analyze_offline(AnalyzeInput(text=text))
    assert isinstance(output, AnalyzeOutput)
    return output


DOCUMENTS = [
    ("english.txt", "en", 19, {"ferry", "bow door", "warning lamp", "report", "Carrow", "Marigold"}),
    ("german.txt", "de", 14, {"Hallenbad", "Sanierung", "Kosten", "Dach"}),
    ("spanish.txt", "es", 13, {"agua reciclada", "parques", "municipio", "tubería"}),
    ("chinese.txt", "zh", 12, {"公共汽车", "临江市", "交通局", "充电站"}),
    ("readme.md", "en", 7, {"water level", "harbour master", "pressure sensor"}),
]


@pytest.mark.parametrize(("name", "language", "sentences", "topics"), DOCUMENTS, ids=[case[0] for case in DOCUMENTS])
def test_a_documents_language_sentences_and_topics_are_found(
    name: str, language: str, sentences: int, topics: set[str]
) -> None:
    found = analysis_of(document(name))

    assert (found.language, found.sentence_count) == (language, sentences)
    assert topics <= set(found.topics)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("english.txt", "The report finds that the bow door of the ferry was not locked"),
        ("german.txt", "Die Sanierung des Hallenbads soll im März beginnen"),
        ("spanish.txt", "El municipio de Valdeluz dejará de regar sus parques con agua potable"),
        ("chinese.txt", "临江市政府周一宣布"),
        ("readme.md", "Tidewatch is a small server that predicts the water level of a harbour"),
    ],
)
def test_a_documents_key_sentences_stand_in_it_and_hold_its_substance(name: str, key: str) -> None:
    text = "".join(document(name).split())

    found = analysis_of(document(name)).key_sentences

    assert any(said.startswith(key) for said in found)
    assert 2 <= len(found) <= 5
    if name != "readme.md":  # whose markup is taken out
        assert [said for said in found if "".join(said.split()) not in text] == []


@pytest.mark.parametrize(
    ("name", "formula", "low", "high"),
    [
        ("english.txt", "flesch-reading-ease", 65, 85),
        ("german.txt", "amstad", 50, 75),
        ("spanish.txt", "fernandez-huerta", 60, 85),
        ("readme.md", "flesch-reading-ease", 50, 75),
    ],
)
def test_news_and_manuals_are_of_middling_difficulty(name: str, formula: str, low: float, high: float) -> None:
    found = analysis_of(document(name)).readability

    assert found.formula == formula
    assert found.score is not None
    assert low < found.score < high


def test_what_cannot_be_said_is_not_guessed() -> None:
    chinese, german = analysis_of(document("chinese.txt")), analysis_of(document("german.txt"))

    assert chinese.readability.model_dump() == {
        "score": None,
        "formula": None,
        "reason": "There is no formula here for the language 'zh'.",
    }
    assert [(one.sentiment.label, one.sentiment.score) for one in (chinese, german)] == [("unknown", None)] * 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The quick brown fox", 4),
        ("Don't panic \u2014 it's well-known.", 4),
        ("left/right and 3.50 euros\u2014now", 6),
        ("- a\n- b\n\n| c |", 3),
        ("今天下雨。", 4),
        ("KI 模型 good", 4),
        ("😀 !", 0),
    ],
)
def test_words_are_counted_as_an_editor_does(text: str, words: int) -> None:
    assert analysis_of(text).word_count == words


def test_the_word_count_of_a_document_is_that_of_a_counting_tool() -> None:
    text = document("english.txt")

    assert analysis_of(text).word_count == len(text.split())


def test_the_example_in_the_documents_is_what_comes_out() -> None:
    assert analysis_of(EXAMPLE).model_dump() == EXAMPLE_OUTPUT


def test_analyze_is_declared_with_its_price_and_its_offline_way() -> None:
    assert (analyze.name, analyze.price) == ("analyze", 25)
    assert analyze.without_model is not None
    assert analyze.without_model.name == "offline:textrank+lexrank+vader"


@pytest.mark.parametrize(
    "text", ["😀", ".", "a", "一", "1", "```\nprint(1)\n```", "# Title", "\u200b.", "- \n-", "but " * 9]
)
def test_no_text_is_too_strange(text: str) -> None:
    found = analysis_of(text)

    assert found.key_sentences
    assert found.word_count >= 0
    assert found.sentence_count >= 1


PIECES = [
    "a",
    "a. ",
    "but good ",
    "汉",
    "\U00020000",
    "😀",
    "。",
    "\u0301",
    "x\n\n",
    "He went there on foot again. ",
    "http://a.b ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_text_takes_at_most_three_seconds(piece: str) -> None:
    start = monotonic()

    assert analysis_of((piece * 50_000)[:49_999] + "x")

    assert monotonic() - start < 3


MEASURED = """
import resource, sys
from nexus.job_types.analyze import AnalyzeInput, analyze_offline

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 if sys.platform == "linux" else 1024)

before = peak()
text = "".join(f"The ferry number {at} took {at % 59} minutes with {at % 83} on board. " for at in range(900))
analyze_offline(AnalyzeInput(text=text[:50_000]))
print(peak() - before)
"""


def test_the_longest_text_costs_a_fresh_worker_at_most_200_megabytes() -> None:
    ran = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)

    assert int(ran.stdout) < 200_000
