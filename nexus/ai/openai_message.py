"""
The words of a message, in the places where servers that speak OpenAI's protocol put them.

https://platform.openai.com/docs/api-reference/chat/object
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

# Where servers put what a model thinks. When nothing else was said, the answer stands there: some parsers take all of
# it for thoughts.
THOUGHTS = ("reasoning_content", "reasoning")


def refusal_in(message: Mapping[str, Any]) -> bool:
    """Whether the model refused, in a field of its own or as a part of its content."""
    parts = message.get("content")
    kinds = [part.get("type") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return bool(message.get("refusal")) or "refusal" in kinds


def words_in(message: Mapping[str, Any]) -> str:
    """What the model said: as content, or else as the arguments of a call, or else among its thoughts."""
    places = (_content(message.get("content")), *_arguments(message), *map(message.get, THOUGHTS))
    return next((words for words in places if isinstance(words, str) and words.strip()), "")


def _content(content: object) -> str:
    """Content is a text, or a list of parts."""
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else _text_of(part) for part in content)
    return content if isinstance(content, str) else ""


def _text_of(part: object) -> str:
    if not isinstance(part, dict) or part.get("type", "text") not in {"text", "output_text"}:
        return ""
    text = part.get("text")
    return text if isinstance(text, str) else ""


def _arguments(message: Mapping[str, Any]) -> Iterator[str]:
    """The arguments of the one call that a model made instead of an answer."""
    calls = message.get("tool_calls")
    named = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    functions = [*named, message.get("function_call")]
    found = [function.get("arguments") for function in functions if isinstance(function, dict)]
    for arguments in found[:1]:
        yield json.dumps(arguments) if isinstance(arguments, dict) else str(arguments or "")
