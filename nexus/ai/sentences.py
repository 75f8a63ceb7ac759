"""Sentences and terms: a text cut up for counting, in any language."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sentencex

from nexus.ai.language import language_of
from nexus.ai.prose import SPACELESS, TOUCHING, paragraphs

LONGEST_PIECE = 240  # characters of a text that has no sentence ends
# Full stops, exclamation and question marks of Latin, Han, Arabic, Indic, Burmese, Khmer, Ethiopic, Armenian.
TERMINATORS = frozenset(".!?\u2026\u3002\uff01\uff1f\uff61\u061f\u06d4\u0964\u0965\u104b\u17d4\u1362\u0589")
CLOSERS = "\"'\u00bb\u201d\u2019)]\uff09\u300d\u300f\u3011\u300b"  # quotation marks and brackets that close
STEM = 6  # letters: the beginning of a word stands for its forms, in every language that inflects at the end

INITIAL_ROOM = 6  # characters at the end of a part in which an initial or a short title is looked for
MOST_GLUED = 8  # parts: a text of initials only is not one sentence
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
    """Split a paragraph; without any sentence end each of its lines stands alone, and long lines are cut."""
    if not any(is_whole(line) for line in block.splitlines()) and not TERMINATORS.intersection(block):
        return [piece for line in block.splitlines() for piece in _pieces(line)]
    joined = " ".join(TOUCHING.sub("", block).split())
    return [said for part in _glued(sentencex.segment(language, joined)) if (said := part.strip())]


def _glued(parts: Sequence[str]) -> Iterator[str]:
    """Put back together what was split after an initial or a short title ("M. Dupont"), and signs that stand alone."""
    pending: list[str] = []
    for part in parts:
        belongs = pending and (INITIAL.search(pending[-1][-INITIAL_ROOM:]) or not any(map(str.isalnum, part)))
        if not belongs or len(pending) == MOST_GLUED:
            yield "".join(pending)
            pending = []
        pending.append(part)
    yield "".join(pending)


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


def is_whole(said: str) -> bool:
    """Tell whether the words end as a sentence does."""
    return said.rstrip().rstrip(CLOSERS)[-1:] in TERMINATORS


def _terms(said: str) -> tuple[str, ...]:
    """Word beginnings, and pairs of characters where a script has no spaces."""
    terms: list[str] = []
    for word in WORD.findall(said.casefold()):
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
