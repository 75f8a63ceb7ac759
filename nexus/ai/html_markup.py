"""HTML that somebody pasted: tags, comments and entities go, every word of the text stays."""

import re
from html import unescape

BREAKING = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html"),
        *("li", "main", "meta", "nav", "ol", "option", "p", "pre", "section", "select", "summary", "table", "tbody"),
        *("td", "tfoot", "th", "thead", "title", "tr", "ul"),
    }
)
WITHIN = frozenset(
    {
        *("a", "abbr", "b", "big", "br", "button", "center", "cite", "code", "del", "dfn", "em", "font", "i", "img"),
        *("input", "ins", "kbd", "label", "link", "mark", "q", "s", "samp", "small", "span", "strike", "strong"),
        *("sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)
ATTRIBUTE = r"""\s+[a-zA-Z][\w:.-]{0,60}=(?:"[^"<>]{0,2000}"|'[^'<>]{0,2000}'|[^\s"'<>=]{1,500})"""
TAG = re.compile(rf"</?({'|'.join(sorted(BREAKING | WITHIN))})(?:{ATTRIBUTE})*\s*/?>", re.IGNORECASE)
DOCTYPE = re.compile(r"<!doctype html[^<>]{0,200}>", re.IGNORECASE)
RAISED = re.compile(r"<sup>\s?(\d{1,4})\s?</sup>", re.IGNORECASE)
SUPERSCRIPTS = str.maketrans("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
NEVER_TEXT = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))


def without_html(text: str) -> str:
    """The text without comments, scripts and the tags of HTML, its entities read. Other signs are left alone."""
    if "<" in text:
        for start, end in NEVER_TEXT:
            text = _without(text, start, end)
        text = RAISED.sub(lambda raised: raised[1].translate(SUPERSCRIPTS), TAG.sub(_kept_of, DOCTYPE.sub("", text)))
        text = TAG.sub("", text)
    return ENTITY.sub(lambda entity: unescape(entity[0]), text) if "&" in text else text


def _kept_of(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name == "sup":
        return tag[0]  # what it holds is looked at once all other tags are gone
    return "\n\n" if name in BREAKING else "\n" if name == "br" else ""


def _without(text: str, start: str, end: str) -> str:
    """The text without what stands between these marks; a mark that is never closed is text."""
    lower, kept, done = text.lower(), [], 0
    while (at := lower.find(start, done)) >= 0 and (closed := lower.find(end, at)) >= 0:
        kept.append(text[done:at])
        done = closed + len(end)
    return "".join([*kept, text[done:]])
