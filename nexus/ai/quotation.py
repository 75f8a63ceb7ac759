"""
Quotations: what a model says that a text says, looked up in the text.

A model copies words, not bytes. Spaces, markup, soft hyphens, hyphens within words, the shape of quotation marks and
dashes, ligatures and capitals are no difference between a quotation and its source. Another word or another figure is.
What is found is given back in the words of the source. The time grows linearly with the text.
"""

import re
import unicodedata
from collections.abc import Iterator

from nexus.ai.html_markup import without_html
from nexus.ai.prose import CLOSERS, OPENERS, TERMINATORS, unquoted
from nexus.ai.sentences import SPACELESS_RUN, TOUCHING
from nexus.core.text import normalised, without_invisible

LONGEST_QUOTATION = 5_000  # characters
MOST_TRIES = 50  # places in which the same words are looked at

LINK = re.compile(r"(!?)\[([^\[\]]{0,300})\]\((?:[^()\s]|\([^()\s]{0,200}\)){0,600}(?: \"[^\"]{0,200}\")?\)")
REFERRING_LINK = re.compile(r"\[([^\[\]]{1,300})\]\[[^\[\]]{0,80}\]")
REFERENCES = re.compile(r"(?<=[^\s\[])(?:\[\d{1,3}\])+")
LINE_MARK = re.compile(r"^[ \t]{0,12}(?:#{1,6}|[-*+\u2022\u2023])[ \t]+", re.MULTILINE)
RUN_OF_MARKS = re.compile(r"[*_`~]+")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u2010][ \t]*\n[ \t]*(?=[^\W\d_])")
SOFT_HYPHEN = "\u00ad"  # where a line ended within a word; the text's own are gone by then
REJOINED = re.compile(f"(\\w{{1,80}}){SOFT_HYPHEN}(?=(\\w{{1,80}}))")

QUOTES = frozenset(
    "'\"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f\u2032\u2033"
)
DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\ufe58\ufe63\uff0d")
SAME_LETTERS = ("<compat>", "<wide>", "<narrow>", "<isolated>", "<initial>", "<medial>", "<final>")
AT_THE_ENDS = ".,;:!?'()[]{}\u3001\u3002\u060c\u061b\u061f\u06d4\u0964"
POINTS = frozenset(".,'\u2019")


class Source:
    """A text in which quotations are looked up."""

    def __init__(self, text: str) -> None:
        self._shown = _shown(text)
        self._key, self._places = _folded(self._shown)

    def find(self, quotation: str) -> str | None:
        """Give the words of the source that this quotes, or None if they do not stand there, whole."""
        if len(quotation) > LONGEST_QUOTATION:
            return None
        said = _shown(quotation)
        key, _ = _folded(said)
        bare = key.strip(AT_THE_ENDS)
        at = self._key.find(bare) if bare else -1
        for _ in range(MOST_TRIES):
            if at < 0:
                return None
            start, end = self._places[at], self._places[at + len(bare) - 1] + 1
            if not self._cuts(start) and not self._cuts(end):
                start -= self._openers_before(start) if key[0] != bare[0] else 0
                end += self._closers_after(end) if key[-1] != bare[-1] else 0
                return _rejoined(self._shown[start:end], said)
            at = self._key.find(bare, at + 1)
        return None

    def _cuts(self, at: int) -> bool:
        """Tell whether a cut here would go through a word or a figure."""
        before, after = self._shown[max(0, at - 2) : at], self._shown[at : at + 2]
        if not before or not after:
            return False
        if _is_word(before[-1]) and _is_word(after[0]):
            return not (SPACELESS_RUN.match(before[-1]) and SPACELESS_RUN.match(after[0]))
        if before[-1].isdigit() and after[0] in POINTS:
            return after[1:].isdigit()
        if not after[0].isdigit():
            return False
        is_point = before[-1] in POINTS and before[:-1].isdigit()
        is_minus = before[-1] in DASHES and not before[:-1].strip()
        return is_point or is_minus or unicodedata.category(before[-1]) == "Sc"

    def _openers_before(self, at: int) -> int:
        before = self._shown[max(0, at - MOST_TRIES) : at]
        return len(before) - len(before.rstrip(OPENERS.strip())) if before else 0

    def _closers_after(self, at: int) -> int:
        after = self._shown[at : at + MOST_TRIES]
        return len(after) - len(after.lstrip(CLOSERS + "".join(TERMINATORS)))


def _shown(text: str) -> str:
    """The text on one line as a reader sees it: without markup and invisible characters."""
    lines = "\n".join(unquoted(without_invisible(without_html(text)).splitlines()))
    linked = REFERENCES.sub("", REFERRING_LINK.sub(_kept_reference, LINK.sub(_kept_link, lines)))
    words = ESCAPED.sub(r"\1", RUN_OF_MARKS.sub(_kept_marks, LINE_MARK.sub("", linked)))
    joined = TOUCHING.sub("", BROKEN_WORD.sub(SOFT_HYPHEN, words))
    return normalised(" ".join(joined.split()))


def _kept_link(link: re.Match[str]) -> str:
    return "" if link[1] else link[2]


def _kept_reference(link: re.Match[str]) -> str:
    return link[0] if link[1].isdigit() else link[1]


def _kept_marks(run: re.Match[str]) -> str:
    """Nothing of marks that touch a word; signs between figures, within names or between spaces are text."""
    before, after = run.string[run.start() - 1 : run.start()], run.string[run.end() : run.end() + 1]
    within = (before.isalnum() and after.isalnum()) if run[0][0] == "_" else (before.isdigit() and after.isdigit())
    alone = not before.strip() and not after.strip()
    return run[0] if (within or alone) and "`" not in run[0] else ""


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M" or character == SOFT_HYPHEN


def _folded(shown: str) -> tuple[str, list[int]]:
    """The text as it is compared, and the place of each of its characters in what is shown."""
    key: list[str] = []
    places: list[int] = []
    space, dash = False, -1
    for at, character in enumerate(shown):
        if character in DASHES:
            dash = at if dash < 0 else dash
        elif character.isspace():
            space = True
        elif character != SOFT_HYPHEN:
            between = _between(key[-1] if key else "", character, space=space, dash=dash >= 0)
            for one in (*between, *_forms(character)):
                key.append(one)
                places.append(dash if one == "-" and dash >= 0 else at)
            space, dash = False, -1
    return "".join(key), places


def _between(before: str, after: str, *, space: bool, dash: bool) -> str:
    """What counts of spaces and dashes between two characters: a minus counts, a hyphen between letters does not."""
    if dash:
        return "" if before.isalpha() and after.isalpha() else "-"
    if not space or not before or not (_is_word(before) and _is_word(after)):
        return ""
    return "" if SPACELESS_RUN.match(before) and SPACELESS_RUN.match(after) else " "


def _forms(character: str) -> Iterator[str]:
    """The character as it is compared: one form for quotation marks, ligatures, wide and small letters."""
    if character in QUOTES:
        yield "'"
    elif unicodedata.decomposition(character).startswith(SAME_LETTERS):
        yield from "".join(unicodedata.normalize("NFKC", character).split()).casefold()
    else:
        yield from character.casefold()


def _rejoined(found: str, said: str) -> str:
    """The words with those made whole that a line had broken, with a hyphen where the quotation has one."""
    return REJOINED.sub(lambda word: word[1] + "-" * (f"{word[1]}-{word[2]}" in said), found)
