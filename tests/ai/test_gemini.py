"""Gemini, asked over HTTP: what is sent, what each kind of answer becomes, and what is never told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from structlog.testing import capture_logs

from nexus.ai.bounded import LONGEST_ANSWER
from nexus.ai.gemini import Gemini
from nexus.ai.model import MalformedAnswer, ModelRefused, ModelUnavailable, Tokens
from tests.ai.gemini_server import (
    GeminiServer,
    answers,
    blocks,
    busy,
    fails,
    gemini_server,
    hangs,
    says,
    withholds,
)
from tests.ai.http_server import Reply

KEY = "made-up-key-of-ann"
PROMPT = "Say how ann's bakery is doing."


class Gist(BaseModel):
    """A shape with two fields."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"gist": "Copy me.", "certainty": 1}]})

    gist: str = Field(min_length=1, max_length=200)
    certainty: float


GOOD = {"gist": "It does well.", "certainty": 0.5}


@pytest.fixture(scope="module")
async def google() -> AsyncIterator[GeminiServer]:
    async with gemini_server() as running:
        yield running


@pytest.fixture
def server(google: GeminiServer) -> GeminiServer:
    google.forget()
    return google


@pytest.fixture
async def gemini(server: GeminiServer) -> AsyncIterator[Gemini]:
    model = Gemini(KEY, "gemini-of-tests", server.url, timeout_seconds=0.5)
    yield model
    await model.aclose()


async def test_an_answer_comes_back_in_its_shape(server: GeminiServer, gemini: Gemini) -> None:
    server.script(answers(GOOD))

    answer = await gemini.ask(PROMPT, Gist, Tokens())

    assert answer == Gist(gist="It does well.", certainty=0.5)
    assert gemini.name == "gemini:gemini-of-tests"


async def test_the_request_names_the_model_the_key_and_the_shape(server: GeminiServer, gemini: Gemini) -> None:
    await gemini.ask(PROMPT, Gist, Tokens())

    [asked] = server.asked
    assert asked.path == "/v1beta/models/gemini-of-tests:generateContent"
    assert asked.key == KEY
    assert asked.turns == [("user", PROMPT)]
    wanted = asked.body["generationConfig"]
    assert wanted["responseMimeType"] == "application/json"
    assert wanted["responseJsonSchema"] == {
        "type": "object",
        "description": "A shape with two fields.",
        "properties": {"gist": {"type": "string"}, "certainty": {"type": "number"}},
        "required": ["gist", "certainty"],
    }
    assert KEY not in str(asked.body)


async def test_thoughts_are_no_part_of_the_answer(server: GeminiServer, gemini: Gemini) -> None:
    parts = [
        {"text": "Let me see.", "thought": True},
        {"text": '{"gist": "It does '},
        {"text": 'well.", "certainty": 1}'},
    ]
    server.script(Reply(body={"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}]}))

    assert (await gemini.ask(PROMPT, Gist, Tokens())).gist == "It does well."


@pytest.mark.parametrize(
    ("malformed", "complaint"),
    [
        (says('{"gist": "It does'), "Invalid JSON"),
        (says('{"gist": "It does', finish_reason="MAX_TOKENS"), "Invalid JSON"),
        (says("It does well."), "Invalid JSON"),
        (says(""), "Invalid JSON"),
        (answers({"gist": "It does well."}), "certainty: Field required."),
        (answers({**GOOD, "gist": "x" * 201}), "gist: String should have at most 200 characters."),
        (answers({**GOOD, "gist": "It does\0well."}), "It held the character U+0000."),
        (says('{"gist": "\\ud800", "certainty": 1}'), "Invalid JSON"),
        (answers([GOOD]), "the whole: Input should be an object."),
        (answers({**GOOD, "gist": "x" * LONGEST_ANSWER}), f"It was longer than {LONGEST_ANSWER} bytes."),
    ],
)
async def test_a_malformed_answer_is_asked_for_again_with_what_was_wrong(
    server: GeminiServer, gemini: Gemini, malformed: Reply, complaint: str
) -> None:
    server.script(malformed, answers(GOOD))

    answer = await gemini.ask(PROMPT, Gist, Tokens())

    assert answer.gist == "It does well."
    first, second = server.asked
    assert second.turns[:1] == first.turns
    assert [role for role, _ in second.turns] == ["user", "model", "user"]
    assert complaint in second.turns[-1][1]


async def test_a_second_malformed_answer_ends_it(server: GeminiServer, gemini: Gemini) -> None:
    server.script(says("no"), says("no"), answers(GOOD))

    with pytest.raises(MalformedAnswer):
        await gemini.ask(PROMPT, Gist, Tokens())

    assert len(server.asked) == 2


async def test_a_repair_that_finds_google_busy_may_be_tried_again(server: GeminiServer, gemini: Gemini) -> None:
    server.script(says("no"), busy("7s"))

    with pytest.raises(ModelUnavailable):
        await gemini.ask(PROMPT, Gist, Tokens())


@pytest.mark.parametrize(
    "refusal",
    [
        blocks("SAFETY"),
        blocks("PROHIBITED_CONTENT"),
        *map(withholds, ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE"]),
        says('{"gist": "Half of', finish_reason="SAFETY"),
    ],
)
async def test_what_google_withholds_is_a_refusal(server: GeminiServer, gemini: Gemini, refusal: Reply) -> None:
    server.script(refusal)

    with pytest.raises(ModelRefused):
        await gemini.ask(PROMPT, Gist, Tokens())

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "retry_after"),
    [
        (busy("7s"), 7),
        (busy("0.5s"), 0.5),
        (busy("soon"), None),
        (busy("-3s"), None),
        (busy("nans"), None),
        (fails(429, "RESOURCE_EXHAUSTED", Retry_After="9"), 9),
        (fails(429, "RESOURCE_EXHAUSTED", Retry_After="soon"), None),
        (fails(503, "UNAVAILABLE", Retry_After="30"), 30),
        (fails(500, "INTERNAL"), None),
        (fails(504, "DEADLINE_EXCEEDED"), None),
        (Reply(502, "<html>Bad gateway</html>"), None),
        (Reply(500, "x" * (LONGEST_ANSWER + 1)), None),
        (Reply(500, [1, 2]), None),
        (Reply(body={"candidates": []}), None),
        (Reply(body={}), None),
        (Reply(body="<html>A hotel's sign-in page</html>"), None),
        (Reply(body=["not", "google's"]), None),
    ],
)
async def test_a_provider_in_trouble_may_be_asked_again_later(
    server: GeminiServer, gemini: Gemini, reply: Reply, retry_after: float | None
) -> None:
    server.script(reply)

    with pytest.raises(ModelUnavailable) as unavailable:
        await gemini.ask(PROMPT, Gist, Tokens())

    assert unavailable.value.retry_after == retry_after
    assert len(server.asked) == 1, "the database decides about retries"


async def test_retry_after_may_be_a_date(server: GeminiServer, gemini: Gemini) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=90)
    server.script(fails(429, "RESOURCE_EXHAUSTED", Retry_After=format_datetime(soon, usegmt=True)))

    with pytest.raises(ModelUnavailable) as unavailable:
        await gemini.ask(PROMPT, Gist, Tokens())

    assert unavailable.value.retry_after == pytest.approx(90, abs=5)


async def test_a_provider_that_hangs_is_given_up_in_time(server: GeminiServer, gemini: Gemini) -> None:
    server.script(hangs(5))
    start = monotonic()

    with pytest.raises(ModelUnavailable):
        await gemini.ask(PROMPT, Gist, Tokens())

    assert monotonic() - start < 2


async def test_a_provider_that_is_not_there_may_be_asked_again() -> None:
    async with gemini_server() as gone:
        url = gone.url
    gemini = Gemini(KEY, "gemini-of-tests", url, timeout_seconds=1)

    with pytest.raises(ModelUnavailable):
        await gemini.ask(PROMPT, Gist, Tokens())

    await gemini.aclose()


@pytest.mark.parametrize(
    "fault",
    [
        fails(400, "INVALID_ARGUMENT"),
        fails(401, "UNAUTHENTICATED"),
        fails(403, "PERMISSION_DENIED"),
        fails(404, "NOT_FOUND"),
        Reply(302, headers={"Location": "https://elsewhere.example/"}),
    ],
)
async def test_a_wrong_key_or_model_is_the_operators_fault_and_can_be_mended(
    server: GeminiServer, gemini: Gemini, fault: Reply
) -> None:
    server.script(fault)

    with capture_logs() as logged, pytest.raises(ModelUnavailable):
        await gemini.ask(PROMPT, Gist, Tokens())

    [event] = logged
    assert (event["event"], event["log_level"]) == ("model_request.failed", "error")
    assert event["http_status"] == fault.status
    assert len(server.asked) == 1


@pytest.mark.parametrize("reply", [fails(401, "UNAUTHENTICATED"), busy("7s"), blocks("SAFETY"), says(PROMPT), hangs(5)])
async def test_neither_an_error_nor_a_log_line_tells_the_key_the_address_or_the_words(
    server: GeminiServer, gemini: Gemini, reply: Reply
) -> None:
    server.script(reply, reply)

    with capture_logs() as logged, pytest.raises((ModelUnavailable, ModelRefused, MalformedAnswer)) as failed:
        await gemini.ask(PROMPT, Gist, Tokens())

    told = f"{failed.value} {failed.value.__cause__} {failed.value.__context__} {logged}"
    assert logged
    assert not [secret for secret in (KEY, server.url, "127.0.0.1", "bakery") if secret in told]


async def test_what_google_counts_is_counted_thoughts_included(server: GeminiServer, gemini: Gemini) -> None:
    used = {"promptTokenCount": 70, "candidatesTokenCount": 5, "thoughtsTokenCount": 11}
    malformed, good = says("no"), answers(GOOD)
    server.script(*[Reply(body={**reply.body, "usageMetadata": used}) for reply in (malformed, good)])
    tokens = Tokens()

    await gemini.ask(PROMPT, Gist, tokens)

    assert (tokens.input, tokens.output) == (140, 32)


async def test_a_shape_that_may_hold_anything_is_asked_for_as_json(server: GeminiServer, gemini: Gemini) -> None:
    class Anything(BaseModel):
        data: Any

    server.script(answers({"data": [1]}))

    assert (await gemini.ask(PROMPT, Anything, Tokens())).data == [1]

    assert server.asked[0].body["generationConfig"] == {"responseMimeType": "application/json"}


async def test_an_answer_that_comes_packed_is_not_unpacked(server: GeminiServer, gemini: Gemini) -> None:
    server.script(Reply(body=answers(GOOD).body, headers={"Content-Encoding": "gzip"}))

    assert (await gemini.ask(PROMPT, Gist, Tokens())).gist == "It does well."
