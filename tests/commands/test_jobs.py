"""`nexus run`, `nexus job` and `nexus cancel` as somebody at a terminal meets them."""

import asyncio
import json
import re
import time

import httpx
import pytest

from tests.ai.http_server import Reply
from tests.ai.openai_server import OpenAIServer, answers
from tests.commands.conftest import Terminal, interrupt
from tests.house import sign_in

TEXT = "The old bridge over the Lune was closed on Monday. Repairs will take until March and cost four million euros."
SHORT = {"summary": "The bridge is closed until March."}
ANALYSIS = {
    "topics": ["bridge", "repairs"],
    "sentiment": "negative",
    "score": -0.25,
    "key_sentences": ["The old bridge over the Lune was closed on Monday."],
}
SCHEMA = {"type": "object", "properties": {"river": {"type": "string"}}, "required": ["river"]}
JOB_ID = re.compile(r"job ([0-9a-f-]{36})")
PYTHON = re.compile(r"\{'|\['|': |None|True|False")


def slowly(value: object, seconds: float) -> Reply:
    """An answer that takes its time."""
    return Reply(body=answers(value).body, after_seconds=seconds)


async def test_a_file_is_an_argument_and_its_result_is_printed(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(answers(SHORT))

    done = await terminal.run("summarize", terminal.write("notes.txt", TEXT))

    assert done.status == 0, done.told
    assert SHORT["summary"] in done.stdout
    assert "cost 10 credits, 990 left" in done.told


async def test_standard_input_is_read_for_a_dash(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(answers(SHORT), answers(SHORT))

    argument = await terminal.run("summarize", "-", stdin=TEXT.encode())
    option = await terminal.run("summarize", "--file", "-", stdin=f"{TEXT} Twice.".encode())

    assert (argument.status, option.status) == (0, 0), argument.told + option.told
    assert [TEXT in turn for turn in str(model.asked[0].turns).splitlines()] == [True]


async def test_a_result_of_many_parts_is_a_table_without_python(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(answers(ANALYSIS))

    done = await terminal.run("analyze", "-", stdin=TEXT.encode())

    assert done.status == 0, done.told
    assert re.search(r"^sentiment\.label +negative$", done.stdout, re.MULTILINE)
    assert re.search(r"^topics +bridge\n +repairs$", done.stdout, re.MULTILINE)
    assert PYTHON.search(done.stdout) is None


async def test_json_is_the_job_and_nothing_else(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(answers(SHORT))

    done = await terminal.run("summarize", "-", "--json", stdin=TEXT.encode())

    job = json.loads(done.stdout)
    assert (job["status"], job["output_data"], job["cost"]) == ("completed", SHORT, 10)


async def test_an_answer_from_the_cache_is_said_to_be_one(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(answers(SHORT))
    first = await terminal.run("summarize", "-", stdin=TEXT.encode())

    again = await terminal.run("summarize", "-", stdin=TEXT.encode())

    assert ("from the cache" in first.told, "from the cache" in again.told) == (False, True)
    assert "cost 0 credits, 990 left" in again.told


@pytest.mark.parametrize("way", ["--input", "--set", "both"])
async def test_extract_is_given_its_schema(terminal: Terminal, model: OpenAIServer, way: str) -> None:
    model.script(answers({"river": "Lune"}), answers({"data": {"river": "Lune"}}))
    schema, whole = json.dumps(SCHEMA), json.dumps({"text": f"{TEXT} {way}", "schema": SCHEMA})
    given = {
        "--input": ["--input", terminal.write("input.json", whole)],
        "--set": ["-", "--set", f"schema=@{terminal.write('schema.json', schema)}"],
        "both": [
            "--input",
            terminal.write("input.json", whole),
            "--set",
            f"schema={schema}",
            "--set",
            "text=The Lune.",
        ],
    }

    done = await terminal.run("extract", *given[way], stdin=TEXT.encode())

    assert done.status == 0, done.told
    assert "Lune" in done.stdout


async def test_an_unknown_job_type_is_answered_with_the_known_ones(terminal: Terminal) -> None:
    done = await terminal.run("sumarize", "-", stdin=TEXT.encode())

    assert "No job type 'sumarize'. There are: analyze, extract, summarize." in done.stderr
    assert done.status == 2


@pytest.mark.parametrize(
    ("arguments", "content", "told"),
    [
        (["summarize", "file"], b"", "text is empty"),
        (["summarize", "file"], b" \n\t ", "text is empty"),
        (["summarize", "file"], b"\xff\xfe\x00binary", "file is not UTF-8 text"),
        (["summarize", "file"], b"with a \x00 in it", "file is not UTF-8 text"),
        (["summarize", "file"], b"a" * 50_001, "text has 50,001 characters; 50,000 are the most"),
        (["summarize", "file"], b"a" * 3_000_000, "file is larger than 1,000,000 bytes"),
        (["summarize", "."], b"", "cannot be read"),
        (["summarize", "nowhere.txt"], b"", "nowhere.txt cannot be read"),
        (["summarize"], b"", "text is missing. Give a file, or - to read standard input."),
        (["extract", "file"], b"A text.", "schema is missing. Give it with --set schema=@FILE"),
        (["extract", "file", "--set", "schema={"], b"A text.", "schema is not JSON"),
        (["extract", "--input", "file"], b"[1]", "file holds no JSON object"),
        (["extract", "--input", "file"], b"{", "file is not JSON"),
        (["summarize", "file", "--set", "tone=kind"], b"A text.", "There is no input tone. There is: text."),
        (["summarize", "file", "--set", "tone"], b"A text.", "write name=value"),
    ],
)
async def test_what_cannot_be_right_is_said_before_anything_is_sent(
    terminal: Terminal, arguments: list[str], content: bytes, told: str
) -> None:
    terminal.write("file", content)

    done = await terminal.run(*arguments)

    assert told in done.stderr
    assert (done.status, done.stdout, "job" in done.stderr.split()) == (1, "", False)


async def test_ctrl_c_leaves_the_job_and_says_how_to_see_or_end_it(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(slowly(SHORT, 8))
    process = terminal.start("run", "summarize", terminal.write("notes.txt", TEXT), "--email", terminal.email)
    last = time.monotonic() + 30
    while not model.asked and time.monotonic() < last:
        await asyncio.sleep(0.05)

    interrupt(process)
    _, err = process.communicate(timeout=20)

    found = JOB_ID.search(err.decode())
    assert found is not None
    assert process.returncode == 130
    assert f"nexus job {found[1]}" in err.decode()
    assert "Traceback" not in err.decode()
    waited = await terminal.nexus("job", found[1], "--wait", "--email", terminal.email)
    assert (waited.status, SHORT["summary"] in waited.stdout) == (0, True), waited.told


async def test_a_job_is_shown_and_cancelled(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(slowly(SHORT, 20))
    process = terminal.start("run", "summarize", terminal.write("notes.txt", TEXT), "--email", terminal.email)
    last = time.monotonic() + 30
    while not model.asked and time.monotonic() < last:
        await asyncio.sleep(0.05)
    interrupt(process)
    found = JOB_ID.search(process.communicate(timeout=20)[1].decode())
    assert found is not None

    shown = await terminal.nexus("job", found[1], "--email", terminal.email)
    cancelled = await terminal.nexus("cancel", found[1], "--email", terminal.email)
    again = await terminal.nexus("cancel", found[1], "--email", terminal.email)

    assert (shown.status, shown.stdout) == (0, "summarize: running, cost 10 credits\n")
    assert (cancelled.status, cancelled.stdout) == (0, "Cancelled. 10 credits given back.\n")
    assert (again.status, "409" in again.stderr) == (1, True)


@pytest.mark.parametrize("job_id", ["nothing", "../me", "019f9b1c-7b0e-7a11-8c4d-6e8f0a2b4c6d"])
async def test_an_unknown_job_is_a_sentence(terminal: Terminal, job_id: str) -> None:
    done = await terminal.nexus("job", job_id, "--email", terminal.email)

    assert (done.status, done.stderr.startswith("404: "), "Traceback" in done.stderr) == (1, True, False)


async def test_any_platform_is_reached_by_its_address_and_an_api_key(terminal: Terminal, model: OpenAIServer) -> None:
    model.script(answers(SHORT))
    async with httpx.AsyncClient(base_url=f"{terminal.stack.api}/v1", trust_env=False) as api:
        ann = await sign_in(api, terminal.stack.run["idp"], terminal.email)
        key = (await ann.api.post("/api-keys", json={"name": "cli", "scopes": ["read", "jobs"]})).json()["value"]
    elsewhere = {"NEXUS_API_KEY": key, "NEXUS_DATA_DIR": "nowhere"}

    there, ask = terminal.stack.api, ("run", "summarize", "-")
    done = await terminal.nexus(*ask, "--api-url", there, stdin=TEXT.encode(), environment=elsewhere)
    by_environment = await terminal.nexus(*ask, stdin=TEXT.encode(), environment=elsewhere | {"NEXUS_API_URL": there})

    assert (done.status, SHORT["summary"] in done.stdout) == (0, True), done.told
    assert "from the cache" in by_environment.told


@pytest.mark.parametrize(
    ("environment", "arguments", "told"),
    [
        ({}, ["--api-url", "https://nexus.example"], "Set NEXUS_API_KEY"),
        ({"NEXUS_API_KEY": "nx_live_a"}, ["--api-url", "http://nexus.example"], "give an address with https"),
        ({"NEXUS_API_KEY": "nx_live_a"}, ["--api-url", "nexus.example"], "give an address with https"),
        ({"NEXUS_API_KEY": "nx_live_a"}, ["--api-url", "http://127.0.0.1:9"], "The API does not answer"),
        ({"NEXUS_DATA_DIR": "nowhere"}, [], "--api-url and NEXUS_API_KEY"),
    ],
)
async def test_what_keeps_it_from_a_platform_is_said(
    terminal: Terminal, environment: dict[str, str], arguments: list[str], told: str
) -> None:
    done = await terminal.nexus("run", "summarize", "-", *arguments, stdin=TEXT.encode(), environment=environment)

    assert (done.status, told in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.told
