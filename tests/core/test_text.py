"""What of Unicode counts: which texts can be seen, which names are good, what belongs to a word."""

import unicodedata
from time import process_time

import pytest

from nexus.core.text import cleaned_name, has_visible, is_valid_name, is_word, normalised

UNSEEN = {
    "nothing": "",
    "spaces": " \t\n\u00a0\u3000",
    "zero-width spaces": "\u200b\u200b\u200b",
    "a Hangul filler": "\u3164",
    "all Hangul fillers": "\u115f\u1160\uffa0",
    "the Braille blank": "\u2800",
    "soft hyphens": "\u00ad\u00ad",
    "a byte order mark": "\ufeff",
    "joiners": "\u200c\u200d\u2060",
    "bidi controls": "\u202e\u2066\u2069\u200f\u061c",
    "variation selectors": "\ufe0f\U000e0100",
    "tags": "\U000e0041\U000e007f",
    "the Mongolian vowel separator": "\u180e\u180b",
    "annotation anchors": "\ufff9\ufffb\ufffc",
    "mathematics that is not shown": "\u2061\u2062\u2063",
    "Khmer vowels that are not shown": "\u17b4\u17b5",
    "marks on nothing": "\u0301\u034f",
    "controls": "\x01\x7f\x85",
    "musical controls": "\U0001d173\U0001d159",
    "line separators": "\u2028\u2029",
}

GOOD_NAMES = (
    *("Zoë", "Zoe\u0308", "محمد", "مُحَمَّد", "O'Brien", "O\u2019Brien", "Łukasz", "नेहा शर्मा", "שָׁלוֹם", "ภาษาไทย", "한국어"),
    *("Nguyễn Văn A", "山田\u3000太郎", "北京 (Beijing)", "ქართული", "አማርኛ", "မြန်မာ", "ខ្មែរ", "བོད", "ᠮᠣᠩᠭᠣᠯ", "🫨"),
    *(
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "രാജന\u0d4d\u200d",
        "ශ\u0dca\u200dරී ලංකා",
        "渡邉\U000e0100",
        "ᠬᠠᠨ\u180eᠠ",
    ),
    *("👩\u200d💻 Labs", "🏳\ufe0f\u200d🌈", "👨🏽\u200d🚀", "❤\ufe0f\u200d🔥", "1\ufe0f⃣ First", "🇩🇪", "☕\ufe0f Café"),
    *(
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f Pub",
        "Archer & Co. KG",
        "⠁⠉⠍⠑\u2800⠉⠕",
        "S. de R.L.",
        "C++ / C#",
        "½",
    ),
    *("...", "x" * 200),
)

BAD_NAMES = (
    *UNSEEN.values(),
    *(
        "S\u200bmith",
        "\ufeffAcme",
        "Acme\u00ad",
        "Ac\u200dme",
        "Ac\u200cme",
        "a\ufe0fb",
        "a\u034fb",
        "a\u180eb",
        "か\ufe0fな",
    ),
    *(
        "\u202emoc.emca",
        "Acme\u2066 Ltd",
        "a\u200eb",
        "\u061cمحمد",
        "a\nb",
        "a\tb",
        "a\0b",
        "a\x1bb",
        "a\x85b",
        "a\u2028b",
    ),
    *(
        "a\ud800",
        "\ue000",
        "\uffff",
        "\U0001fffe",
        "\ufdd0",
        "🏴\U000e0067",
        "a\U000e0067\U000e007f",
        "👩\u200d",
        "\u200d👩",
    ),
    *("a\ufff9b\ufffac\ufffb", "a\u3164b", "a\u206ab", "x\U000e0001"),
)


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_a_text_that_nobody_can_see_has_nothing_visible(text: str) -> None:
    assert not has_visible(text)
    assert has_visible(f"{text}.{text}")


def test_every_character_of_a_category_of_format_is_invisible_unless_it_is_shown_with_a_number() -> None:
    visible = {
        unicodedata.name(character).partition(" ")[0]
        for character in map(chr, range(0x110000))
        if unicodedata.category(character) == "Cf" and has_visible(character)
    }

    assert visible == {"ARABIC", "SYRIAC", "KAITHI"}


@pytest.mark.parametrize("name", GOOD_NAMES, ids=ascii)
def test_a_good_name_is_taken(name: str) -> None:
    assert is_valid_name(name)


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_name_that_hides_something_is_refused(name: str) -> None:
    assert not is_valid_name(name)


def test_no_control_format_private_or_separator_character_may_stand_between_latin_letters() -> None:
    unseen = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    taken = [
        character
        for character in map(chr, range(0x110000))
        if unicodedata.category(character) in unseen and is_valid_name(f"a{character}b")
    ]

    assert taken == []


@pytest.mark.parametrize("name", GOOD_NAMES, ids=ascii)
def test_a_good_name_from_elsewhere_stays_as_it_is(name: str) -> None:
    assert cleaned_name(name, 200) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_bad_name_from_elsewhere_becomes_a_good_one_or_none(name: str) -> None:
    cleaned = cleaned_name(name, 200)

    assert cleaned is None or is_valid_name(cleaned)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ann\u202e\nArcher\u200b", "Ann Archer"),
        (" \u2800 Ann\u2028Archer\r\n", "Ann Archer"),
        ("\u200b\u3164", None),
        ("x" * 300, "x" * 200),
        ("👩\u200d💻" * 70, "👩\u200d💻" * 66 + "👩"),
    ],
)
def test_a_name_from_elsewhere_loses_only_what_hides(given: str, shown: str | None) -> None:
    assert cleaned_name(given, 200) == shown


@pytest.mark.parametrize(
    "word",
    [
        "bill",
        "Maßstab",
        "विधेयक",
        "விலை",
        "กำลัง",
        "كِتَب",
        "סֵפֶר",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "ခွင့်",
    ],
)
def test_marks_belong_to_the_letters_of_a_word(word: str) -> None:
    assert is_word(word)


@pytest.mark.parametrize("other", ["", "3", "a1", "a b", "-", "\u0301", "a-b", "\u200d"])
def test_digits_and_signs_and_marks_alone_are_no_word(other: str) -> None:
    assert not is_word(other)


@pytest.mark.parametrize("text", ["Zoe\u0308", "नेहा", "\u1100\u1161\u11a8", "한", "a\u0323\u0307", "plain", "が"])
def test_equal_texts_have_one_form(text: str) -> None:
    forms = {normalised(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}

    assert forms == {unicodedata.normalize("NFC", text)}


@pytest.mark.alone
@pytest.mark.parametrize("rows", ["\u0301\u0316", "\u0316\u0301", "a\u0301\u0316", "\u200d", "\u0b3e"])
def test_a_text_of_nothing_but_marks_is_normalised_in_linear_time(rows: str) -> None:
    start = process_time()

    normalised(rows * (500_000 // len(rows)))

    assert process_time() - start < 2
