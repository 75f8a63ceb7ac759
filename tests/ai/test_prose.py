"""Texts are cut into sentences that are their own words: nothing lost, nothing added, nothing taken for markup."""

import json
from pathlib import Path
from typing import Any

import pytest

from nexus.ai.sentences import sentences_of
from nexus.job_types.analyze import AnalyzeInput, AnalyzeOutput, analyze_offline
from nexus.job_types.summarize import SummarizeInput, SummarizeOutput, summarize_offline

CASES = json.loads((Path(__file__).parents[1] / "data" / "sentences.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_text_is_cut_into_its_own_sentences(case: dict[str, Any]) -> None:
    assert [said.text for said in sentences_of(case["text"])] == case["sentences"]


def analysis_of(text: str) -> AnalyzeOutput:
    output = analyze_offline(AnalyzeInput(text=text))
    assert isinstance(output, AnalyzeOutput)
    return output


def summary_of(text: str) -> str:
    output = summarize_offline(SummarizeInput(text=text))
    assert isinstance(output, SummarizeOutput)
    return output.summary


def test_a_complaint_above_a_signature_is_its_key_sentence() -> None:
    found = analysis_of(CASES["a signature"]["text"])

    assert (found.language, found.sentiment.label) == ("en", "negative")
    assert found.key_sentences == ["The delivery arrived broken and I want a full refund by Friday."]


def test_a_summary_of_numbered_paragraphs_and_lists_is_no_copy_of_the_text() -> None:
    paragraph, notes = CASES["a numbered paragraph"], CASES["a list with a decimal"]

    assert summary_of(paragraph["text"]) in paragraph["sentences"]
    assert set(summary_of(notes["text"]).split(" … ")) < set(notes["sentences"])


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        (
            (
                "भारत की संसद ने मंगलवार को नया शिक्षा विधेयक पारित किया। विधेयक के अनुसार हर गाँव में एक विद्यालय होगा। शिक्षा "
                "मंत्री ने कहा कि विद्यालय का निर्माण दो वर्ष में पूरा होगा। विपक्ष ने विधेयक का विरोध किया।"
            ),
            {"विधेयक", "विद्यालय"},
        ),
        ("பள்ளி மாணவர்கள் வந்தனர். புதிய பள்ளி திறந்தது. பள்ளி பெரியது.", {"பள்ளி"}),
        ("كِتَب جديد وصل. قرأت كِتَب أمس. هذا كِتَب جيد.", {"كِتَب"}),
        (
            "Die Bundes\u00adregierung tagt. Die Bundes\u00adregierung berät. Die Bundesregierung handelt.",
            {"Bundesregierung"},
        ),
    ],
)
def test_marks_and_soft_hyphens_do_not_part_the_words_of_topics(text: str, topics: set[str]) -> None:
    assert topics <= set(analysis_of(text).topics)


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("Terrible service.", "negative"),
        ("Excellent!!", "positive"),
        ("Battery died", "negative"),
        ("Wrong size", "negative"),
        ("Hello", "unknown"),
        ("Love it", "positive"),
        ("Gut", "unknown"),
        ("Die Kinder", "unknown"),
        ("Muy bien", "unknown"),
        ("No funciona", "unknown"),
        ("好", "unknown"),
        ("3.50", "unknown"),
    ],
)
def test_a_text_of_a_word_or_two_has_its_language_or_none(text: str, sounds: str) -> None:
    found = analysis_of(text)

    assert found.language in {"en", "de", "und"}
    assert found.sentiment.label == sounds


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The bridge is closed.", "en"),
        ("It stopped working after two days", "en"),
        ("Die Brücke ist seit Montag gesperrt.", "de"),
        ("Le pont est fermé depuis lundi.", "fr"),
        ("El puente está cerrado desde el lunes.", "es"),
        ("Мост закрыт до весны.", "ru"),
        ("大桥从星期一起关闭。", "zh"),
        ("橋は月曜日から閉鎖されています。", "ja"),
        ("สะพานปิดตั้งแต่วันจันทร์", "th"),
        ("다리는 월요일부터 폐쇄되었습니다.", "ko"),
        ("الجسر مغلق منذ يوم الاثنين.", "ar"),
    ],
)
def test_a_sentence_is_enough_to_know_its_language(text: str, language: str) -> None:
    assert analysis_of(text).language == language


def test_every_language_is_a_code_that_the_description_promises() -> None:
    texts = [
        "Ang saro sa mga tawo",
        "ol",
        "1",
        "sa",
        "wa",
        "gu",
        "ext",
        "Ich gang hüt",
        "nan",
        "lij",
        "Hola",
        "ciao",
        "x",
    ]

    assert all(
        code == "und" or (len(code) == 2 and code.isascii()) for code in (analysis_of(t).language for t in texts)
    )
