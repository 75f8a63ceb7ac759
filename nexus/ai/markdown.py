"""
Markdown, read by markdown-it: its running text without code, tables, headings, images and marks.

A text is Markdown when it holds something that nobody writes by chance: a heading, a fence, a table, an address behind
square brackets, words between double stars.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

SIGNS_OF_IT = re.compile(
    r"^ {0,3}#{1,6} +\S"
    r"|^ {0,3}(?:```|~~~)"
    r"|\]\((?:https?://|mailto:|[#./]|[\w-]{1,80}\.)[^\s()]{0,600}\)"
    r"|^ {0,3}\[[^\[\]]{1,80}\]: +\S"
    r"|(?<![\w*])\*\*(?=[^\s*])[^*]{1,300}(?<=[^\s*])\*\*(?![\w*])"
)
DELIMITERS = frozenset("|-:+ \t")
MOST_BRACKETS = 1_000  # the parser's time grows with their square
CODE_SIGNS = re.compile(r"[{}\[\]();=<>|\\/_$#@*+-]")
CODE_SHARE = 0.1  # of the characters of an indented block
ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
REFERENCE = re.compile(r"\[?(\^?\d{1,3}|[*\u2020\u2021])\]?")
UNDERLINE = re.compile(r"=+")
DEEPEST = 100


def is_markdown(lines: Sequence[str]) -> bool:
    """Tell whether these lines are certainly Markdown."""
    if sum(line.count("[") for line in lines) > MOST_BRACKETS:
        return False
    return any(SIGNS_OF_IT.search(line) or _is_delimiter(line) for line in lines)


def _is_delimiter(line: str) -> bool:
    """A row of dashes and bars, under the head of a table."""
    return "--" in line and "|" in line and DELIMITERS.issuperset(line)


def paragraphs(text: str) -> Iterator[tuple[str, bool]]:
    """Each paragraph of running text, and whether it is an entry of a list. Numbers of entries are kept."""
    number, is_item, within = "", False, ""
    for token in _parser().parse(text):
        if token.type.endswith("_open") and token.tag in {"table", "h1", "h2", "h3", "h4", "h5", "h6"}:
            within = token.type.removesuffix("_open")
        elif token.type == f"{within}_close":
            within = ""
        elif token.type == "list_item_open":
            number, is_item = f"{token.info}{token.markup} " if token.info else "", True
        elif within:
            continue
        elif token.type == "code_block" and not _is_code(token.content):
            yield token.content, False
        elif token.type == "inline":
            said = _said(token)
            if said is not None:
                yield number + said, is_item
            number, is_item = "", False


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable(["table", "strikethrough"])
    return parser.disable(["lheading", "blockquote"])  # "--" is above a signature; quotes have lost their marks


def _is_code(block: str) -> bool:
    """Tell whether an indented block is code: it is prose unless a tenth of it are the signs of programs."""
    return len(CODE_SIGNS.findall(block)) > CODE_SHARE * len("".join(block.split()))


def _said(inline: Token) -> str | None:
    """The words of a paragraph; None for a heading that is underlined, and for nothing but links and images."""
    parts, links, depth = [], [], 0
    for token in inline.children or ():
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif token.type in {"text", "code_inline"}:
            parts.append(token.content)
            links.append(token.content if depth else "")
            if depth and REFERENCE.fullmatch(token.content):
                parts[-1] = f"[{token.content}]"  # never a figure of the text
    said = "".join(parts).strip()
    beside = sum(map(len, parts)) - sum(map(len, links)) - parts.count("\n")
    if UNDERLINE.fullmatch(said.rpartition("\n")[2].strip()) and "\n" in said:
        return None
    is_navigation = any(links) and not beside and not said.endswith(ENDS)
    return None if is_navigation or not said else said
