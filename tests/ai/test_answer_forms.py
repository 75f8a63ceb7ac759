"""The forms in which compatible servers send one JSON object, and answers that hold none, however long they are."""

import json
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import pytest
from pydantic import BaseModel

from nexus.ai.bounded import LONGEST_ANSWER
from nexus.ai.model import MalformedAnswer, ModelRefused, Tokens, answering_model
from nexus.ai.openai import OpenAI
from tests.ai.gemini_server import answers as gemini_answers
from tests.ai.gemini_server import gemini_server
from tests.ai.http_server import Reply
from tests.ai.openai_server import OpenAIServer, answers, openai_server, says

MOST = LONGEST_ANSWER - 1_000  # characters of an answer that is read to its end


class Gist(BaseModel):
    """A shape with one field."""

    gist: str


GOOD = json.dumps({"gist": 'It {does} well. \\ "So" they say. </think> ```'})
OTHER = json.dumps({"gist": "It does badly."})


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as server:
        yield server


@pytest.fixture
async def model(running: OpenAIServer) -> AsyncIterator[OpenAI]:
    running.forget()
    model = OpenAI(None, "model-of-tests", running.url, timeout_seconds=5)
    yield model
    await model.aclose()


async def ask(model: OpenAI, tokens: Tokens | None = None) -> str:
    return (await model.ask("Say it.", Gist, tokens or Tokens())).gist


def message(**fields: object) -> Reply:
    return Reply(body={"choices": [{"message": {"role": "assistant", **fields}, "finish_reason": "stop"}]})


def call(arguments: object) -> dict[str, Any]:
    return {"id": "1", "type": "function", "function": {"name": "answer", "arguments": arguments}}


@pytest.mark.parametrize(
    "reply",
    [
        says(GOOD),
        says("\ufeff" + GOOD),
        says("They want {a gist}.\n</think>\n\n" + GOOD),
        says("<think>A {draft}?</think>" + GOOD),
        says("<think>" + OTHER + "</think>\n```json\n" + GOOD + "\n```"),
        says("[THINK]So.[/THINK]" + GOOD),
        says("<|channel|>analysis<|message|>So.<|end|><|start|>assistant<|channel|>final<|message|>" + GOOD),
        says("```json\n" + GOOD + "\n```"),
        says("```\n" + GOOD + "\n```"),
        says("```JSON " + GOOD + "```"),
        says("~~~\n" + GOOD + "\n~~~"),
        says("```json\n" + GOOD),
        says("Here is the {gist}:\n\n" + GOOD + "\n\nLet me know if {more} is wanted."),
        says("Here is the gist { as asked:\n" + GOOD),
        says("It goes by the schema " + json.dumps({"type": "object"}) + ": " + GOOD),
        says(GOOD + "\n" + GOOD),
        says(json.dumps(GOOD)),
        says(GOOD, finish_reason="length"),
        message(content=GOOD, reasoning_content="They want a gist."),
        message(content=[{"type": "text", "text": GOOD[:9]}, {"type": "text", "text": GOOD[9:]}]),
        message(content=[{"type": "thinking", "thinking": OTHER}, {"type": "text", "text": GOOD}]),
        message(content=None, tool_calls=[call(GOOD)]),
        message(content="", tool_calls=[call(json.loads(GOOD))]),
        message(content=None, function_call={"name": "answer", "arguments": GOOD}),
        message(tool_calls=[call(GOOD)]),
        message(content=None, reasoning_content="So.\n" + GOOD),
        message(content=GOOD, refusal=None, tool_calls=None, function_call=None, audio=None, annotations=[]),
        message(content=GOOD, refusal="", tool_calls=[]),
    ],
)
async def test_one_json_object_is_read_in_whatever_form_a_server_sends_it(
    running: OpenAIServer, model: OpenAI, reply: Reply
) -> None:
    running.script(reply)

    assert await ask(model) == json.loads(GOOD)["gist"]
    assert len(running.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        says(json.dumps({"gist": "It does well."}) + "\n" + OTHER),
        says(f"[{GOOD}]"),
        says('{"gist": "It does well.",}'),
        says("<think>" + GOOD),
        says("</think>"),
        says("", finish_reason="length"),
        says(json.dumps(json.dumps(GOOD)) + json.dumps(OTHER)),
        message(content=[]),
        message(
            content=[7, None, {"type": "text", "text": None}], tool_calls=[None, 7, {"function": None}, call(None)]
        ),
    ],
)
async def test_an_answer_that_holds_no_one_object_is_asked_for_once_more_and_no_third_time(
    running: OpenAIServer, model: OpenAI, reply: Reply
) -> None:
    running.script(reply, reply, says(GOOD))

    if reply.body["choices"][0]["message"].get("content") == "<think>" + GOOD:
        assert await ask(model) == json.loads(GOOD)["gist"]  # its end is missing, its object is not
        return
    with pytest.raises(MalformedAnswer):
        await ask(model)
    assert len(running.asked) == 2


async def test_a_refusal_among_the_parts_of_an_answer_is_one(running: OpenAIServer, model: OpenAI) -> None:
    running.script(message(content=[{"type": "refusal", "refusal": "I will not."}]))

    with pytest.raises(ModelRefused):
        await ask(model)


@pytest.mark.parametrize(
    "filling",
    [
        "\n",
        " ",
        "`",
        "{",
        "}",
        '"',
        "\\",
        "[",
        "<think>",
        "</think>",
        "```json\n",
        '{"',
        '"\\',
        '"a\\',
        "{}",
        '{"a":',
        "~~~\n",
        "\ufeff",
    ],
)
@pytest.mark.parametrize("begin", ["", "```json", "<think>", '{"gist": "', '"{'])
async def test_whatever_an_answer_holds_it_is_refused_in_milliseconds(
    running: OpenAIServer, model: OpenAI, begin: str, filling: str
) -> None:
    text = begin + filling * 120_000
    while len(json.dumps(text)) > MOST:
        text = text[: len(text) * 2 // 3]
    running.script(says(text), says(text))
    started = monotonic()

    with pytest.raises(MalformedAnswer):
        await ask(model)

    assert monotonic() - started < 2  # two answers of up to a megabyte, over HTTP, on a busy machine


@pytest.mark.parametrize(
    ("reported", "name"),
    [
        ("qwen3:8b", "openai:qwen3:8b"),
        ("Qwen/Qwen3-8B-FP8", "openai:Qwen/Qwen3-8B-FP8"),
        ("gpt-6-mini-2026-08-01", "openai:gpt-6-mini-2026-08-01"),
        ("/srv/secret/models/llama-4.gguf", "openai:llama-4.gguf"),
        ("C:\\Users\\ann\\llama-4.gguf", "openai:llama-4.gguf"),
        ("", "openai:model-of-tests"),
        (None, "openai:model-of-tests"),
        (7, "openai:model-of-tests"),
        ("x" * 101, "openai:model-of-tests"),
        ("a model\nwith lines", "openai:model-of-tests"),
        ("<b>bold</b>", "openai:model-of-tests"),
    ],
)
async def test_the_name_is_the_one_of_the_model_that_answered(
    running: OpenAIServer, model: OpenAI, reported: object, name: str
) -> None:
    running.script(Reply(body={**says(GOOD).body, "model": reported}))
    tokens = Tokens()

    await ask(model, tokens)

    assert tokens.model == name


async def test_google_s_name_is_the_one_of_the_model_that_answered() -> None:
    from nexus.ai.gemini import Gemini  # noqa: PLC0415 - google's library is loaded only where it is used

    async with gemini_server() as google:
        model, tokens = Gemini("key", "gemini-old", google.url), Tokens()
        google.script(Reply(body={**gemini_answers(json.loads(GOOD)).body, "modelVersion": "gemini-new"}))

        await model.ask("Say it.", Gist, tokens)
        await model.aclose()

    assert tokens.model == "gemini:gemini-new"


def test_google_s_prefix_is_no_part_of_a_name() -> None:
    assert answering_model("models/gemini-new", "gemini-old") == "gemini-new"


async def test_a_question_that_is_answered_counts_and_one_that_nobody_hears_does_not(
    running: OpenAIServer, model: OpenAI
) -> None:
    running.script(says("no"), answers(json.loads(GOOD)))
    tokens = Tokens()

    await ask(model, tokens)

    assert tokens.questions == 2
