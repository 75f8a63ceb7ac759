"""
Unicode: the characters that a reader can see, the letters of a word, one form for equal texts, and the rule for names.

Visible means ink: a letter, a digit, a sign, an emoji. A combining mark shows on the character before it, so a mark
alone is not visible. The time of every function grows linearly with its text.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# Default_Ignorable_Code_Point of the Unicode character database: soft hyphens, zero-width spaces and joiners, bidi
# controls, variation selectors, tags and fillers. It is written as the inside of a character class.
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Without ink too: the Braille blank, annotation anchors, an object's place, joiners and fillers of other scripts.
INKLESS = "\u2800\ufff9-\ufffc\U0001107f\U00013430-\U0001343f\U00016fe4\U0001d159"
LAST_TWO = range(0xFFFE, 0x110000, 0x10000)  # of each plane: they are no characters
INVISIBLE = re.compile(f"[{IGNORABLE}{INKLESS}]")
NONCHARACTER = re.compile("[\ufdd0-\ufdef" + "".join(f"{chr(last)}{chr(last + 1)}" for last in LAST_TWO) + "]")
UNSEEN = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})  # categories of what has no ink of its own

# Scripts whose letters join or stack, so that joiners are part of their spelling: Arabic and Syriac to Tibetan and
# Myanmar, Khmer and Mongolian, the smaller scripts of South and South-East Asia, Arabic forms, Brahmi, Adlam.
JOINING = (
    "\u0620-\u109f\u1700-\u17b3\u17b6-\u180a\u1810-\u1cff\ua800-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U0001107e\U00011080-\U00011fff\U0001e900-\U0001e95f"
)
MONGOLIAN = "\u1820-\u18aa"
HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
EMOJI = (  # and signs that become one by a selector
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
SPELLING = re.compile(
    f"(?<=[{JOINING}])\u200d"  # as at the end of Malayalam words
    f"|(?<=[{JOINING}])\u200c(?=[{JOINING}])"  # as within Persian words
    f"|(?<=[{MONGOLIAN}])[\u180b-\u180d\u180f]|(?<=[{MONGOLIAN}])\u180e(?=[{MONGOLIAN}])"
    f"|(?<=[{HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"  # which form of an ideograph a name is written with
    f"|(?<=[{EMOJI}])[\ufe0e\ufe0f]|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    f"|(?<=[{EMOJI}\ufe0f])\u200d(?=[{EMOJI}])"
    "|(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"  # flags of regions
)
NOT_IN_NAMES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
BRAILLE_BLANK = "\u2800"  # a space between Braille patterns
BLANKS = BRAILLE_BLANK + "".join(filter(str.isspace, map(chr, range(0x3001))))  # stripped from the ends of a name

NAMES_PATTERN = r"^[^\x00-\x1f\x7f]*$"  # what a pattern can say of the rule for names, for descriptions
MOST_MARKS = 30  # on one character, as in the stream-safe format of UAX 15


def is_visible(character: str) -> bool:
    """Tell whether this character has ink of its own."""
    return unicodedata.category(character) not in UNSEEN and not INVISIBLE.match(character)


def has_visible(text: str) -> bool:
    """Tell whether a reader sees anything of this text."""
    return any(map(is_visible, text))


def without_invisible(text: str) -> str:
    """The text as a reader sees it: without soft hyphens, zero-width spaces and whatever else has no ink."""
    return text if text.isascii() else INVISIBLE.sub("", text)


def normalised(text: str) -> str:
    """
    Put a text into NFC, in which a letter and its marks are one code point where there is one.

    Python sorts the marks of one character in quadratic time, so endless rows of marks are normalised in pieces.
    """
    if text.isascii():
        return text
    cuts, marks = [0], 0
    for at, character in enumerate(text):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MOST_MARKS:
            cuts.append(at)
            marks = 0
    return "".join(unicodedata.normalize("NFC", text[start:end]) for start, end in pairwise([*cuts, len(text)]))


def is_word(text: str) -> bool:
    """Tell whether this is letters, with the marks and joiners that belong to them, and nothing else."""
    return text[:1].isalpha() and all(
        character.isalpha() or unicodedata.category(character)[0] == "M" or character in "\u200c\u200d"
        for character in text
    )


def is_valid_name(name: str) -> bool:
    """Tell whether a name has something visible, and nothing that hides, breaks a line or turns the direction."""
    return has_visible(name) and _hidden_in(name) is None


def _hidden_in(name: str) -> str | None:
    """The first character that no name may hold; joiners and selectors are fine where a spelling needs them."""
    return next(filter(_is_hidden, SPELLING.sub("", name)), None)


def _is_hidden(character: str) -> bool:
    hides = INVISIBLE.match(character) is not None and character != BRAILLE_BLANK
    return hides or NONCHARACTER.match(character) is not None or unicodedata.category(character) in NOT_IN_NAMES


def cleaned_name(name: str, longest: int) -> str | None:
    """Make a valid name of at most `longest` characters out of one from elsewhere; None if nobody could see it."""
    shown = normalised(_without_hidden(name[: 4 * longest])).strip(BLANKS)
    shown = _without_hidden(shown[:longest]).rstrip(BLANKS)  # a cut may have left half a sequence
    return shown if has_visible(shown) else None


def _without_hidden(name: str) -> str:
    """The name without characters that no name may hold; a line break becomes a space."""
    shown, done = [], 0
    for spelt in SPELLING.finditer(name):
        shown += [*map(_shown, name[done : spelt.start()]), spelt[0]]
        done = spelt.end()
    return "".join([*shown, *map(_shown, name[done:])])


def _shown(character: str) -> str:
    if not _is_hidden(character):
        return character
    return " " if character.isspace() else ""


@dataclass(frozen=True)
class VisibleName:
    """
    The rule for names that people type, as an annotation: `Annotated[str, VisibleName(200)]`.

    Spaces at the ends are dropped, the name is put into NFC. A name that nobody can see, or one with a character that
    hides, breaks a line or turns the direction is refused, with the code point in the message.
    """

    longest: int  # characters
    may_be_empty: bool = False

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        """Bound the length before anything else looks at the name."""
        shortest = None if self.may_be_empty else 1
        bounded = core_schema.str_schema(strip_whitespace=True, min_length=shortest, max_length=self.longest)
        return core_schema.no_info_after_validator_function(self._judged, bounded)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        """Say of the rule what JSON Schema can say."""
        return handler(schema) | {"pattern": NAMES_PATTERN}

    def _judged(self, typed: str) -> str:
        name = normalised(typed).strip(BLANKS)
        hidden = _hidden_in(name)
        if hidden is not None:
            raise PydanticCustomError(
                "name_hidden",
                "Remove the character {character}: a name has no control and no invisible characters.",
                {"character": f"U+{ord(hidden):04X}"},
            )
        if not has_visible(name) and not (self.may_be_empty and not typed):
            raise PydanticCustomError("name_invisible", "Give a name with at least one character that can be seen.")
        return name
