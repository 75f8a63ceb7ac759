"""Sentences and terms: a text cut up for counting, in any language."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import sentencex

from nexus.ai.language import language_of
from nexus.ai.prose import CLOSERS, TERMINATORS, begins_anew, has_room, is_whole, paragraphs, stand_alone
from nexus.core.text import without_invisible

# Letters of the scripts that put no space between words: Thai to Lao, Myanmar, Khmer, kana, Han.
SPACELESS = (
    "\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
FULL_WIDTH = "\u3000-\u303f\uff00-\uff65"  # their punctuation, and Latin letters as wide as theirs
TOUCHING = re.compile(f"(?<=[{SPACELESS}{FULL_WIDTH}])\n(?=[{SPACELESS}{FULL_WIDTH}])")

LONGEST_PIECE = 240  # characters of a text that has no sentence ends
STEM = 6  # letters: the beginning of a word stands for its forms, in every language that inflects at the end

INITIAL_ROOM = 6  # characters at the end of a part in which an initial or a short title is looked for
MOST_GLUED = 8  # parts: a text of initials only is not one sentence
SHORT = 0.6  # of the longest line of a paragraph
GOING_ON = frozenset(",\u060c\u3001\uff0c")  # commas
REFERENCE_ROOM = 40  # characters
REFERENCE = re.compile(r"\s?(?:\[\d{1,3}\]|[\u00b9\u00b2\u00b3\u2070-\u2079]){1,16}(?=\s|$)\s?")
AFTER_THE_END = re.compile(
    f"(?<=[{re.escape(''.join(sorted(TERMINATORS)) + CLOSERS)}])"
    r"\s?(?:\[\d{1,3}\]|[\u00b9\u00b2\u00b3\u2070-\u2079]){1,16}$"
)
MARKER = re.compile(r"\(\w{1,4}\)")
BULLETS = re.compile("[\u2022\u2023\u25e6\u25aa]")
NUMBER = re.compile(r" ?\(?\d{1,3}[.)] ?")
ABBREVIATION = re.compile(  # before a number
    r"(?<!\w)(?:abb|abs|al|arts?|bd|cap|ch|ed|eq|figs?|kap|n[or\u00ba]?|num|n\u00fam|pp?|p\u00e1g|par|sec|tab|vol|z"
    r"|\u0433\u043b|\u043f|\u0440\u0438\u0441|\u0441\u0442|\u0441\u0442\u0440)\.\s*$",
    re.IGNORECASE,
)
INITIAL = re.compile(r"(?:^|[\s(])[^\W\d_]\.\s*$|^[^\W\d_]{1,3}\.\s*$")
SIGNS = (  # spaces and punctuation: ASCII and Latin-1, general, of Han and full width, Indic, Arabic
    r"\s\x00-/:-@\[-`{-\u00bf\u2000-\u206f\u2e00-\u2e7f\u3000-\u3004\u3008-\u303f\u30fb"
    r"\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u0964\u0965\u060c\u061b\u061f\u06d4"
)
WORD = re.compile(f"[{SPACELESS}]+|[^{SIGNS}{SPACELESS}]+")
SPACELESS_RUN = re.compile(f"[{SPACELESS}]")
BETWEEN_WORDS = re.compile(r"[\s\u2013\u2014\u2026/]+")


@dataclass(frozen=True)
class Sentence:
    """One sentence and its terms. `is_whole` is False for a title, a list entry, or a piece of a text without ends."""

    text: str
    terms: tuple[str, ...]
    is_whole: bool


def sentences_of(text: str) -> list[Sentence]:
    """Cut a text into its sentences, in order. A text without running text is taken line by line as it is."""
    blocks = paragraphs(text) or [line for line in text.splitlines() if line.strip()] or [text]
    language = language_of("\n".join(blocks))
    return [Sentence(said, _terms(said), is_whole(said)) for block in blocks for said in _split(block, language)]


def _split(block: str, language: str) -> list[str]:
    """Split a paragraph into its sentences, a list into its lines, and what has no sentence ends into pieces."""
    found: list[str] = []
    for lines in _belonging(block.splitlines()):
        whole = " ".join(TOUCHING.sub("", "\n".join(lines)).split())
        found += _segmented(whole, language) if TERMINATORS.intersection(whole) else _pieces(whole)
    return found


def _belonging(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines that are read as one: all of a paragraph but short ones, which are titles, names and greetings."""
    alone, width = stand_alone(lines), SHORT * max(map(len, lines), default=0)
    together = list(lines[:1])
    for line, after in pairwise(lines):
        may_part = begins_anew(after) and not after[:1].isdigit() and line.rstrip()[-1:] not in GOING_ON
        if alone or (may_part and has_room(line, after, width)):
            yield together
            together = []
        together.append(after)
    yield together


def _segmented(whole: str, language: str) -> list[str]:
    """Split one line into sentences, each without the reference marks that follow its end."""
    masked = BULLETS.sub("-", MARKER.sub(_as_word, whole))  # "(2)" would begin a list to sentencex, in one piece
    ends = list(accumulate(map(len, sentencex.segment(language, masked)), initial=0))
    parts = _glued([whole[start:end] for start, end in pairwise(ends)])
    return [said for part in parts if (said := _without_references(part.strip()))]


def _as_word(marker: re.Match[str]) -> str:
    """A word of the same length."""
    return "A".ljust(len(marker[0]), "a")


def _glued(parts: Sequence[str]) -> Iterator[str]:
    """Put back together what was split after an initial, a number or a short title, and signs that stand alone."""
    pending: list[str] = []
    cased = sum(part.lstrip()[:1].isupper() for part in parts) * 2 >= len(parts)
    for whole in parts:
        reference = REFERENCE.match(whole) if pending and is_whole(pending[-1]) else None
        part = whole[reference.end() :] if reference else whole
        if reference:
            pending.append(reference[0])
        if pending and (len(pending) >= MOST_GLUED or not _goes_on(pending[-1], part, cased=cased)):
            yield "".join(pending)
            pending = []
        pending.append(part)
    yield "".join(pending)


def _goes_on(before: str, part: str, *, cased: bool) -> bool:
    """Tell whether a part goes on with the sentence before it."""
    if not any(map(str.isalnum, part)) or INITIAL.search(before[-INITIAL_ROOM:]) or NUMBER.fullmatch(before):
        return True
    if ABBREVIATION.search(before[-INITIAL_ROOM:]) and part.lstrip()[:1].isdigit():
        return True
    return cased and part.lstrip()[:1].islower() and before.rstrip()[-1:] == "."


def _without_references(said: str) -> str:
    """The sentence without "[1]" or a raised figure after its end."""
    start = max(0, len(said) - REFERENCE_ROOM)
    return said[:start] + AFTER_THE_END.sub("", said[start:])


def _pieces(line: str) -> list[str]:
    """Cut a long line at its spaces, or anywhere when it has none."""
    pieces: list[str] = []
    for word in line.split() or [line]:
        for at in range(0, len(word), LONGEST_PIECE):
            part = word[at : at + LONGEST_PIECE]
            if pieces and len(pieces[-1]) + len(part) < LONGEST_PIECE:
                pieces[-1] += f" {part}"
            else:
                pieces.append(part)
    return pieces


def _terms(said: str) -> tuple[str, ...]:
    """Word beginnings, and pairs of characters where a script has no spaces."""
    terms: list[str] = []
    for word in WORD.findall(without_invisible(said).casefold()):
        if SPACELESS_RUN.match(word):
            terms.extend(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        else:
            terms.append(word[:STEM])
    return tuple(terms)


def count_words(text: str) -> int:
    """
    Count words as an editor does: what stands between spaces or dashes and holds a letter or a digit.

    Where a script puts no space between words each of its characters counts.
    """
    pieces = (piece for piece in BETWEEN_WORDS.split(text) if any(map(str.isalnum, piece)))
    return sum(max(1, len(SPACELESS_RUN.findall(piece))) for piece in pieces)
