"""What counts as a quotation of a text, and that it comes back in the text's own words."""

import unicodedata

import pytest

from nexus.ai.quotation import Source
from nexus.job_types.analyze import AnalyzeInput, AnalyzeOutput, analyze
from tests.job_types.test_analyze import Listener

SAME = {
    "soft hyphens": ("Die Bundes\u00adregierung be\u00adschloss es.", "Die Bundesregierung beschloss es."),
    "emphasis": ("The **new _old_ bridge** was *opened*.", "The new old bridge was opened."),
    "a link": ("It was on [Monday](https://a.test/x_(y)) there.", "It was on Monday there."),
    "a link by reference": ("See [the guide][1] for more.\n\n[1]: https://a.test", "See the guide for more."),
    "reference marks": ("Built in 1889.[1][2] It is tall.[3]", "Built in 1889. It is tall."),
    "code and strokes": ("Call `f(x)` and not ~~this~~ that.", "Call f(x) and not this that."),
    "HTML": ("<p>Prices <b>rose</b> &amp; fell by 5&nbsp;%.</p>", "Prices rose & fell by 5 %."),
    "a comment": ("Prices <!-- hidden --> rose.", "Prices rose."),
    "quotation marks": ("Er sagte: \u201eGut\u201c, und ging.", 'Er sagte: "Gut", und ging.'),
    "guillemets": ("Il dit \u00ab\u202foui\u202f\u00bb encore.", 'Il dit "oui" encore.'),
    "apostrophes": ("It\u2019s Ann\u2019s.", "It's Ann's."),
    "dashes": ("The bridge \u2014 an old one\u2014was closed.", "The bridge - an old one - was closed."),
    "hyphens": ("A well\u2011known road.", "A well-known road."),
    "a minus": ("It fell to \u22125 degrees.", "It fell to -5 degrees."),
    "a line's hyphen": ("The govern-\nment said so.", "The government said so."),
    "a line's own hyphen": ("A well-\nknown road.", "A well-known road."),
    "ligatures": ("The o\ufb03ce has a \ufb01ne.", "The office has a fine."),
    "wide letters": ("\uff21\uff22\uff23\u793e\u306f\uff11\uff10\u5186\u3002", "ABC\u793e\u306f10\u5186\u3002"),
    "an ellipsis": ("He waited\u2026 and left.", "He waited... and left."),
    "lines": ("One bridge\n   was closed\t today.", "One bridge was closed today."),
    "lines of Chinese": (
        "\u4e34\u6c5f\u5e02\u653f\u5e9c\n\u5ba3\u5e03\u3002",
        "\u4e34\u6c5f\u5e02\u653f\u5e9c\u5ba3\u5e03\u3002",
    ),
    "quoted lines": ("> The delivery\n> was late.", "The delivery was late."),
    "separate marks": (unicodedata.normalize("NFD", "Zoë nahm den Zug."), "Zoë nahm den Zug."),
    "zero-width spaces": ("A\u200bnn\ufeff came.", "Ann came."),
    "capitals": ("THE BRIDGE is closed.", "The bridge is closed."),
    "a full stop that the model put": ("The bridge is closed, said Ann.", "The bridge is closed."),
}
OTHER = {
    "another word": ("The bridge was opened.", "The bridge was closed."),
    "a word left out": ("He was not guilty.", "He was guilty."),
    "a word more": ("He was guilty.", "He was not guilty."),
    "another figure": ("It cost 3.5 million.", "It cost 35 million."),
    "another point": ("It cost 1.000 euros.", "It cost 1,000 euros."),
    "half a figure": ("It cost 3.5 million.", "5 million."),
    "the beginning of a figure": ("It cost 3.5 million.", "It cost 3"),
    "the beginning of a word": ("The bridges are closed.", "The bridge"),
    "another sign": ("It fell to -5 degrees.", "It fell to 5 degrees."),
    "a sign cut off": ("It fell to -5 degrees.", "5 degrees."),
    "another currency": ("It costs $40.", "It costs \u20ac40."),
    "a product that is a number": ("2*3 is 6.", "23 is 6."),
    "words run together": ("He is now here.", "He is nowhere."),
    "a contraction undone": ("We're glad.", "Were glad."),
    "nothing": ("We are glad.", " \u200b"),
    "punctuation": ("We are glad.", "..."),
    "more than a sentence": ("a " * 5_000, "a " * 4_000),
}


@pytest.mark.parametrize(("text", "quoted"), SAME.values(), ids=SAME)
def test_what_cannot_be_seen_and_what_is_markup_makes_no_other_quotation(text: str, quoted: str) -> None:
    assert Source(f"Before it.\n\n{text}\n\nAfter it.").find(quoted) is not None


@pytest.mark.parametrize(("text", "quoted"), OTHER.values(), ids=OTHER)
def test_other_words_and_figures_are_no_quotation(text: str, quoted: str) -> None:
    assert Source(text).find(quoted) is None


@pytest.mark.parametrize(
    ("text", "quoted", "found"),
    [
        ("Er sagte: \u201eGut.\u201c Dann ging er.", '"Gut."', "\u201eGut.\u201c"),
        ("The **bridge** is  closed.", "the bridge is closed", "The bridge is closed"),
        ("The govern-\nment of a well-\nknown town.", "the government of a well-known town.", None),
        ("One. It\u2019s two \u2014 or three.", "It's two - or three.", "It\u2019s two \u2014 or three."),
    ],
)
def test_a_quotation_comes_back_in_the_words_of_the_text(text: str, quoted: str, found: str | None) -> None:
    assert Source(text).find(quoted) == (found or "The government of a well-known town.")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            "Die Bundes\u00adregierung beschloss am Diens\u00adtag ein neues Ge\u00adsetz.",
            "Die Bundesregierung beschloss am Dienstag ein neues Gesetz.",
        ),
        (
            "The **new bridge** was opened on [Monday](https://a.test/x) by the mayor.",
            "The new bridge was opened on Monday by the mayor.",
        ),
    ],
)
async def test_an_analysis_takes_key_sentences_without_the_markup_of_the_text(text: str, key: str) -> None:
    said = {"topics": ["news"], "sentiment": "neutral", "score": 0.0, "key_sentences": [key]}

    output = await analyze.ask(AnalyzeInput(text=text), Listener(said))

    assert isinstance(output, AnalyzeOutput)
    assert output.key_sentences == [key]
