"""
The running text of a document: Markdown comes in, paragraphs of plain words go out.

What nobody reads aloud is left out: code, tables, headings, images, badges, lists of links, comments, front matter.
Every pattern looks at a bounded number of characters, so no text makes it slow.
"""

import re
from collections.abc import Iterable, Iterator

FENCES = ("```", "~~~")
INDENT = ("    ", "\t")
FRONT_MATTER_LINES = 60
CODE_ENDS = ("{", "}", "};", ");", "=>", "\\")
CODE_STARTS = re.compile(
    r"(?:\$|>>>|\.\.\.|#!|//|/\*|import|from|def|class|return|const|let|var|curl|pip|npm|git|docker|sudo|export)(?: |$)"
)
CODE_SIGNS = re.compile(r"[{}\[\]();=<>|\\/_$#@*+-]")
CODE_SHARE = 0.1  # of an indented line's characters

HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
BULLET = re.compile(r"\s{0,12}[-*+•‣]\s+")
NUMBER = re.compile(r"\s{0,12}\d{1,3}[.)]\s+")
QUOTE = re.compile(r"\s{0,3}>\s?")
LINK_DEFINITION = re.compile(r" {0,3}\[[^\]]{1,300}\]:\s")

IMAGE = re.compile(r"!\[[^\]]{0,300}\](?:\([^)]{0,600}\)|\[[^\]]{0,300}\])")
LINK = re.compile(r"\[([^\[\]]{0,300})\](?:\([^)]{0,600}\)|\[[^\]]{0,300}\])")
BARE_LINK = re.compile(r"<?https?://[^\s<>]{1,2000}>?")
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
EMPHASIS = re.compile(r"(?<![\w*])[*_]{1,3}(?=\w)|(?<=[\w.!?:,;)])[*_]{1,3}(?![\w*])|~~|`{1,3}")

# Letters of the scripts that put no space between words: Thai to Lao, Myanmar, Khmer, kana, Han.
SPACELESS = (
    "\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
FULL_WIDTH = "\u3000-\u303f\uff00-\uff65"  # their punctuation, and Latin letters as wide as theirs
TOUCHING = re.compile(f"(?<=[{SPACELESS}{FULL_WIDTH}])\n(?=[{SPACELESS}{FULL_WIDTH}])")


def paragraphs(text: str) -> list[str]:
    """Split a text into its paragraphs of running text, each of one or more lines, without markup."""
    found: list[str] = []
    lines: list[str] = []
    numbered = False
    for line in [*_outside_tables(list(_outside_code(text.splitlines()))), ""]:
        item = BULLET.match(line) or (NUMBER.match(line) if numbered or not lines else None)
        underline = bool(lines) and len(line.strip()) > 1 and set(line.strip()) in ({"="}, {"-"})
        if underline or item or not _is_running(line):
            _close(found, [] if underline and len(lines) == 1 else lines)
            lines = []
            numbered = bool(item)
        if not underline and _is_running(line):
            lines.append(line[item.end() :] if item else QUOTE.sub("", line, count=1))
    return found


def _close(found: list[str], lines: list[str]) -> None:
    """Keep a finished paragraph, unless nothing but links and signs is left of it."""
    cleaned = [words for line in lines if (words := _plain(line))]
    said = "\n".join(cleaned)
    if any(character.isalnum() for character in LINK.sub("", "\n".join(_without_links(lines)))):
        found.append(said)


def _without_links(lines: Iterable[str]) -> list[str]:
    return [BARE_LINK.sub("", LINK.sub("", IMAGE.sub("", line))) for line in lines]


def _plain(line: str) -> str:
    """Take the markup out of one line."""
    words = LINK.sub(r"\1", IMAGE.sub("", line))
    words = TAG.sub("", BARE_LINK.sub("", words) if words.strip().startswith("<http") else words)
    return " ".join(EMPHASIS.sub("", words).split())


def _is_running(line: str) -> bool:
    """Tell whether a line may belong to a sentence."""
    words = line.strip()
    if not any(character.isalnum() for character in words):
        return False
    return not (HEADING.match(line) or LINK_DEFINITION.match(line) or words.count("\t") > 1)


def _outside_code(lines: list[str]) -> Iterator[str]:
    """Put an empty line in the place of each line of code, of a comment or of front matter."""
    until: str | None = None
    start = _after_front_matter(lines)
    for line in lines[start:]:
        words = line.strip()
        if until is not None:
            until = None if until in words and (until == "-->" or not words.strip(until[0])) else until
            yield ""
        elif words.startswith(FENCES):
            until = words[:3]
            yield ""
        elif words.startswith("<!--"):
            until = None if "-->" in words else "-->"
            yield ""
        else:
            yield "" if _is_code(line, words) else line


def _after_front_matter(lines: list[str]) -> int:
    if lines and lines[0].strip() == "---":
        for at, line in enumerate(lines[1:FRONT_MATTER_LINES], start=2):
            if line.strip() in {"---", "..."}:
                return at
    return 0


def _is_code(line: str, words: str) -> bool:
    if words.endswith(CODE_ENDS) or words.startswith(("$ ", ">>> ")):
        return True
    if not line.startswith(INDENT) or BULLET.match(line) or NUMBER.match(line):
        return False
    return bool(CODE_STARTS.match(words)) or len(CODE_SIGNS.findall(words)) > CODE_SHARE * len(words)


def _outside_tables(lines: list[str]) -> list[str]:
    """Empty the rows of tables: a row of dashes and bars, the line above it, and the rows with bars below it."""
    kept = list(lines)
    in_table = False
    for at, line in enumerate(lines):
        words = line.strip()
        if words and "-" in words and ("|" in words or "+" in words) and set(words) <= set("|-:+= \t"):
            in_table = True
            if at:
                kept[at - 1] = ""
        in_table = (in_table and "|" in words) or words.startswith("+-")
        if in_table or (words.startswith("|") and words.endswith("|")):
            kept[at] = ""
    return kept
