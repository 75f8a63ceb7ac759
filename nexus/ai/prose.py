"""
The running text of a document: paragraphs of lines, as they were written.

Only certain markup is left out: front matter, HTML, the marks of quoted lines and lists, lines of nothing but signs,
and in Markdown what `markdown.py` says. Everything else is the author's, in a contract, a mail or a poem.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nexus.ai import markdown
from nexus.ai.html_markup import without_html

# Full stops, exclamation and question marks of Latin, Han, Arabic, Indic, Burmese, Khmer, Ethiopic, Armenian.
TERMINATORS = frozenset(".!?\u2026\u3002\uff01\uff1f\uff61\u061f\u06d4\u0964\u0965\u104b\u17d4\u1362\u0589")
# What may stand after a sentence's end, and before its first word. Quotation marks that open in one
# language close in another.
CLOSERS = "\"'\u00bb\u00ab\u201d\u201c\u2019\u2018\u203a\u2039)]\uff09\u300d\u300f\u3011\u300b"
OPENERS = "\"'\u00ab\u201c\u201e\u2018([\u00bf\u00a1\u300c\u300e\uff08\u2014\u2013 "

FRONT_MATTER_LINES = 60
FRONT_MATTER = re.compile(r"[\w.-]{1,60}:(?: |$)|[ \t#-]|$")
QUOTE = re.compile(r"\s{0,3}>(?:\s?>){0,30}\s?")
BULLET = re.compile(r"\s{0,12}[-*+\u2022\u2023\u25e6\u25aa\u00b7]\s+(?=\S)")
NUMBER = re.compile(r"\s{0,12}(?:\d{1,3}[.)]|\(?[^\W\d_]\)|\(\w{1,4}\)|[ivxIVX]{1,5}[.)])\s")
SEPARATOR = re.compile(r"[-=_*~#+.\u2022|\u2013\u2014\s]*")
OPEN_LINES = 0.6  # of the longest line: how long lines are that a page has broken
FEWEST_LINES = 3  # from which a text can be double-spaced


@dataclass
class Paragraph:
    """Lines that stand together; `is_item` for an entry of a list."""

    lines: list[str]
    is_item: bool = False


def paragraphs(text: str) -> list[str]:
    """Split a text into its paragraphs of running text, each of one or more lines, without markup."""
    lines = unquoted(without_html(text).splitlines())
    del lines[: _after_front_matter(lines)]
    if markdown.is_markdown(lines):
        found = [
            Paragraph(part.lines, is_item)
            for said, is_item in markdown.paragraphs("\n".join(lines))
            for part in _parted(said.splitlines())
        ]
    else:
        found = _split_up(lines)
    return ["\n".join(one.lines) for one in _continued(found) if any(map(str.isalnum, "".join(one.lines)))]


def is_whole(said: str) -> bool:
    """Tell whether the words end as a sentence does."""
    return said.rstrip().rstrip(CLOSERS)[-1:] in TERMINATORS


def _is_closed(line: str) -> bool:
    """Tell whether the line ends a sentence, or announces what follows it."""
    return is_whole(line) or line.rstrip()[-1:] in {":", ";", "\uff1a", "\uff1b"}


def _after_front_matter(lines: Sequence[str]) -> int:
    if lines and lines[0].rstrip() == "---":
        for at, line in enumerate(lines[1:FRONT_MATTER_LINES], start=1):
            if line.rstrip() in {"---", "..."}:
                return at + 1
            if not FRONT_MATTER.match(line):
                break
    return 0


def unquoted(lines: Sequence[str]) -> list[str]:
    """Take the marks off quoted lines. A sign that begins one line in the middle of a paragraph is the author's."""
    kept: list[str] = []
    marks = [QUOTE.match(line) for line in lines]
    for at, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        before = lines[at - 1] if at else ""
        quotes = not before.strip() or _is_closed(before) or marks[at - 1] or (at + 1 < len(lines) and marks[at + 1])
        kept.append(line[mark.end() :] if mark and quotes else line)
    return kept


def _split_up(lines: Sequence[str]) -> list[Paragraph]:
    """Split lines at empty ones, at lines of signs, and where an entry of a list begins."""
    found: list[Paragraph] = [Paragraph([])]
    for at, line in enumerate(lines):
        so_far, bullet = found[-1], BULLET.match(line)
        may_begin = not so_far.lines or so_far.is_item or _is_closed(so_far.lines[-1])
        if SEPARATOR.fullmatch(line):
            found.append(Paragraph([]))
        elif bullet and (may_begin or BULLET.match(lines[at + 1] if at + 1 < len(lines) else "")):
            found.append(Paragraph([line[bullet.end() :].strip()], is_item=True))
        elif may_begin and NUMBER.match(line):
            found.append(Paragraph([line.strip()], is_item=True))
        else:
            so_far.lines.append(line.strip())
    return [one for one in found if one.lines]


def _parted(lines: Sequence[str]) -> list[Paragraph]:
    """Part lines at those of nothing but signs."""
    found = [Paragraph([])]
    for line in lines:
        if SEPARATOR.fullmatch(line):
            found.append(Paragraph([]))
        else:
            found[-1].lines.append(line.strip())
    return [one for one in found if one.lines]


def _continued(found: Sequence[Paragraph]) -> list[Paragraph]:
    """Join what an empty line has parted in the middle of a sentence."""
    if _is_double_spaced(found):
        return [Paragraph([line for one in found for line in one.lines])]
    joined: list[Paragraph] = []
    for one in found:
        goes_on = joined and not one.is_item and one.lines[0][:1].islower() and not is_whole(joined[-1].lines[-1])
        if goes_on and joined[-1].lines[-1][-1:] != ":":
            joined[-1].lines += one.lines
        else:
            joined.append(Paragraph(list(one.lines), one.is_item))
    return joined


def _is_double_spaced(found: Sequence[Paragraph]) -> bool:
    """Tell whether each line of running text stands alone, as in texts that were taken out of PDF files."""
    if len(found) < FEWEST_LINES or any(len(one.lines) > 1 or one.is_item for one in found):
        return False
    lines = [one.lines[0] for one in found]
    broken = [line for line in lines[:-1] if not _is_closed(line)]
    longest = max(map(len, lines))
    return (
        len(broken) * 2 >= len(lines)
        and all(len(line) >= OPEN_LINES * longest for line in broken)
        and any(map(has_sentence_end, lines))
    )


def has_sentence_end(line: str) -> bool:
    """Tell whether a sentence ends in this line; a point between digits ends none."""
    return is_whole(line) or any(f"{end} " in line for end in TERMINATORS)


def stand_alone(lines: Sequence[str]) -> bool:
    """
    Tell whether each of these lines says something of its own, as in a list or a poem.

    Otherwise they are sentences that were broken where the line was full.
    """
    longest = max(map(len, lines), default=0)
    mostly_early = 2 * sum(has_room(line, after, longest) for line, after in pairwise(lines)) >= len(lines) - 1
    ends = any(map(has_sentence_end, lines))
    if not all(map(begins_anew, lines[1:])):
        return not ends and mostly_early
    return not ends or mostly_early or all(map(is_whole, lines))


def begins_anew(line: str) -> bool:
    """Tell whether a sentence may begin with this line: with a capital, a figure, or a letter of a script without."""
    first = line.lstrip(OPENERS)[:1]
    return first.isalnum() and not first.islower()


def has_room(line: str, after: str, width: float) -> bool:
    """Tell whether the next line's first word had fitted into this line."""
    return len(line) + 1 + len(next(iter(after.split(maxsplit=1)), "")) <= width
