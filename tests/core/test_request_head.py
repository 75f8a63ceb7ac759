"""What stands in the head of a request holds nothing up, is read by nobody who should not, and is as HTTP has it."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.core.conftest import Process
from tests.core.raw_http import exchange
from tests.house import Person, Servers, sign_in, some_domain

MANY = 60_000
LONGEST_SECONDS = 0.5
HOST = b"Host: api.test\r\n"
BODY = b'{"text":"The bridge was closed on Monday. Repairs take until March."}'
END = b"Connection: close\r\n\r\n"
HOSTILE: dict[str, bytes] = {
    "a cookie of backslashes": b'Cookie: a="' + b"\\" * MANY + b'"\r\n',
    "a cookie of octal escapes": b'Cookie: a="' + b"\\101" * (MANY // 4) + b'"\r\n',
    "ten cookies of backslashes": b'Cookie: a="' + b'\\\\";b="'.join([b"\\" * (MANY // 10)] * 10) + b'"\r\n',
    "thousands of cookies": b"Cookie: " + b"a=b; " * (MANY // 5) + b"\r\n",
    "thousands of cookie headers": b'Cookie: a="\\"\r\n' * (MANY // 16),
    "thousands of headers": b"a:\r\n" * (MANY // 4),
    "thousands of forwarders": b"X-Forwarded-For: " + b"10.0.0.1," * (MANY // 9) + b"\r\n",
    "a media type of backslashes": b'Content-Type: application/json; a="' + b"\\" * MANY + b'"\r\n',
    "a media type of many parameters": b"Content-Type: application/json" + b"; a=b" * (MANY // 5) + b"\r\n",
    "a media type in encoded words": b"Content-Type: application/json; a*0*=" + b"%41'" * (MANY // 4) + b"\r\n",
    "a long bearer": b"Authorization: Bearer " + b"a." * (MANY // 2) + b"\r\n",
    "an authorization of spaces": b"Authorization: Bearer" + b" " * MANY + b"x\r\n",
    "a range of ranges": b"Range: bytes=" + b"0-1," * (MANY // 4) + b"\r\n",
    "many kinds accepted": b"Accept: " + b"a/b;q=0.1," * (MANY // 10) + b"\r\n",
    "many codings accepted": b"Accept-Encoding: " + b"gzip;q=0.1," * (MANY // 11) + b"\r\n",
    "many tags": b"If-None-Match: " + b'W/"a",' * (MANY // 6) + b"\r\n",
    "a date of digits": b"If-Modified-Since: " + b"1" * MANY + b"\r\n",
    "many directives": b"Cache-Control: " + b"no-cache," * (MANY // 9) + b"\r\n",
    "a long id": b"X-Request-ID: " + b"a" * MANY + b"\r\n",
    "a long key": b"Idempotency-Key: " + b"a" * MANY + b"\r\n",
    "many protocols offered": b"Connection: Upgrade\r\nUpgrade: " + b"h2c," * (MANY // 4) + b"\r\n",
    "many options of the connection": b"Connection: " + b"a," * (MANY // 2) + b"\r\n",
}
TARGETS: dict[str, bytes] = {
    "thousands of parameters": b"/v1/jobs?" + b"a&" * (MANY // 2),
    "thousands of equal signs": b"/v1/jobs?" + b"=" * MANY,
    "a limit of digits": b"/v1/jobs?limit=" + b"9" * MANY,
    "escapes": b"/v1/jobs?cursor=" + b"%41" * (MANY // 3),
    "broken escapes": b"/v1/jobs?cursor=" + b"%" * MANY,
    "escapes in the path": b"/v1/jobs/" + b"%41" * (MANY // 3),
    "bytes beyond UTF-8 in the path": b"/v1/jobs/" + b"%ff%41" * (MANY // 6),
    "slashes": b"/" * MANY,
}


async def seconds_until_answered(process: Process, request: bytes) -> tuple[int, float]:
    """How this request is answered, and how long another one waits that comes right behind it."""
    (warm,) = await exchange(process.url, b"GET /health/live HTTP/1.1\r\n" + HOST + END)
    assert warm.status == 200
    attack = asyncio.create_task(exchange(process.url, request))
    await asyncio.sleep(0.02)
    begun = perf_counter()
    await exchange(process.url, b"GET /health/live HTTP/1.1\r\n" + HOST + END, seconds=60)
    waited = perf_counter() - begun
    (answer,) = await attack
    return answer.status, waited


@pytest.mark.parametrize("header", HOSTILE)
@pytest.mark.parametrize("path", ["/v1/me", "/v1/auth/google/callback"])
async def test_no_header_holds_up_anybody_else(process: Process, path: str, header: str) -> None:
    request = b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + HOSTILE[header] + END

    status, waited = await seconds_until_answered(process, request)

    assert 400 <= status < 500
    assert waited < LONGEST_SECONDS


@pytest.mark.parametrize("target", TARGETS)
async def test_no_target_holds_up_anybody_else(process: Process, target: str) -> None:
    status, waited = await seconds_until_answered(process, b"GET " + TARGETS[target] + b" HTTP/1.1\r\n" + HOST + END)

    assert status == 414
    assert waited < LONGEST_SECONDS


async def test_a_quoted_cookie_costs_a_path_that_reads_cookies_nothing(process: Process) -> None:
    """The longest that is kept, on the path that reads it: what the parser may be given."""
    cookie = b'Cookie: nexus_sign_in="' + b"\\" * 8000 + b'"\r\n'

    status, waited = await seconds_until_answered(
        process, b"GET /v1/auth/google/callback?state=a&code=b HTTP/1.1\r\n" + HOST + cookie + END
    )

    assert (status, waited < LONGEST_SECONDS) == (401, True)


@pytest.mark.parametrize("host", [b"", b"Host: a.test\r\nHost: a.test\r\n", b"Host: a.test\r\nHost: b.test\r\n"])
@pytest.mark.parametrize("target", [b"/health/live", b"http://a.test/health/live"])
async def test_a_request_names_one_host(process: Process, target: bytes, host: bytes) -> None:
    (answer,) = await exchange(process.url, b"GET " + target + b" HTTP/1.1\r\n" + host + END)

    assert (answer.status, answer.json()["code"]) == (400, "invalid_host")


@pytest.mark.parametrize(
    "host",
    [
        *(b"", b"a b", b"a/b", b"a@b", b"user@a.test", b"a.test:port", b"a.test:65536", b"a.test:-1", b"[::1", b"a,b"),
        *(b"http://a.test", b"a.test?x", b"a.test#x", b'"a"', b"\xc3\xa4.test", b"a\\b", b"<script>", b"a" * 300),
    ],
)
async def test_a_host_is_a_name_or_an_address(process: Process, host: bytes) -> None:
    (answer,) = await exchange(process.url, b"GET /health/live HTTP/1.1\r\nHost: " + host + b"\r\n" + END)

    assert (answer.status, answer.json()["code"]) == (400, "invalid_host")


@pytest.mark.parametrize("host", [b"a.test", b"A.test:8000", b"127.0.0.1", b"[::1]:80", b"my_service", b"a.test:"])
async def test_every_form_of_a_host_is_taken(process: Process, host: bytes) -> None:
    (answer,) = await exchange(process.url, b"GET /health/live HTTP/1.1\r\nHost: " + host + b"\r\n" + END)

    assert answer.status == 200


async def test_the_older_http_needs_no_host(process: Process) -> None:
    (answer,) = await exchange(process.url, b"GET /health/live HTTP/1.0\r\n\r\n")

    assert answer.status == 200


async def test_of_a_whole_url_the_host_is_that_of_the_request(process: Process) -> None:
    request = b"GET http://told.test:81/v1/auth/google?x=1 HTTP/1.1\r\nHost: ignored.test\r\n" + END

    (answer,) = await exchange(process.url, request)

    assert answer.status == 307
    assert "redirect_uri=http%3a%2f%2ftold.test%3a81%2f" in answer.headers["location"].lower()


@pytest.mark.parametrize(
    "target",
    [b"ftp://a.test/v1/me", b"http://user:word@a.test/v1/me", b"http:///v1/me", b"//", b"v1/me", b"/v1/me#part", b"*"],
)
async def test_a_target_that_is_no_path_of_ours_is_refused(process: Process, target: bytes) -> None:
    (answer,) = await exchange(process.url, b"GET " + target + b" HTTP/1.1\r\n" + HOST + END)

    assert answer.status in (400, 404)
    assert "location" not in answer.headers


async def test_nothing_is_tunnelled(process: Process) -> None:
    (answer,) = await exchange(process.url, b"CONNECT a.test:443 HTTP/1.1\r\n" + HOST + END)

    assert answer.status == 400


async def test_no_path_leads_to_itself_with_a_slash(api: httpx.AsyncClient, app: FastAPI) -> None:
    contexts = [context for context in iter_route_contexts(app.routes) if context.methods]
    paths = {str(context.path).replace("{", "").replace("}", "") for context in contexts}

    for path in sorted(paths):
        for spelling in (f"{path}/", f"/{path}", path.replace("/", "//")):
            answer = await api.get(f"http://api.test{spelling}", headers={"Host": "evil.example"})
            assert (answer.status_code, "location" in answer.headers) == (404, False), spelling


async def test_what_comes_behind_a_body_is_no_header(process: Process, caller: Person) -> None:
    token = caller.pair["access_token"].encode()
    chunked = b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
    head = b"POST /v1/summarize HTTP/1.1\r\n" + HOST + chunked
    body = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\nAuthorization: Bearer " + token + b"\r\n\r\n"

    (answer,) = await exchange(process.url, head + body)

    assert (answer.status, answer.json()["reason"]) == (401, "missing")


@pytest.fixture
async def caller(live: httpx.AsyncClient, servers: Servers) -> AsyncIterator[Person]:
    """Somebody who is signed in at the process."""
    person = await sign_in(live, servers.idp, f"ann@{some_domain()}")
    yield person
    await person.api.aclose()


def submitting(person: Person, *more: bytes, body: bytes = BODY, length: bool = True) -> tuple[bytes, bytes]:
    """Head and body of a request for work."""
    head = [
        b"POST /v1/summarize HTTP/1.1",
        b"Host: api.test",
        b"Authorization: Bearer " + person.pair["access_token"].encode(),
        b"Content-Type: application/json",
        *more,
        b"Content-Length: %d" % len(body) if length else b"Transfer-Encoding: chunked",
    ]
    sent = body if length else b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    return b"\r\n".join((*head, b"", b"")), sent


OFFERS = {
    "HTTP/2 in the clear": (
        b"Connection: Upgrade, HTTP2-Settings",
        b"Upgrade: h2c",
        b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    ),
    "a websocket": (
        b"Connection: keep-alive, Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: a2V5a2V5a2V5a2V5a2V5MQ==",
    ),
    "something that nobody knows": (b"Connection: upgrade", b"Upgrade: foo/2, bar"),
    "TLS": (b"connection: Upgrade", b"upgrade: TLS/1.2"),
    "two offers": (b"Connection: Upgrade", b"Upgrade: h2c", b"Upgrade: websocket"),
}


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("length", [True, False], ids=["with a length", "in chunks"])
@pytest.mark.parametrize("pieces", ["one", "two", "many"])
async def test_an_offer_to_upgrade_is_ignored(
    process: Process, caller: Person, pieces: str, *, length: bool, offer: str
) -> None:
    head, body = submitting(caller, *OFFERS[offer], length=length)
    next_head, next_body = submitting(caller, body=BODY.replace(b"Monday", b"Tuesday"))
    whole = head + body
    in_pieces = {
        "one": [whole + next_head + next_body],
        "two": [head, body + next_head, next_body],
        "many": [*(whole[at : at + 40] for at in range(0, len(whole), 40)), next_head + next_body],
    }

    first, second = await exchange(process.url, *in_pieces[pieces], answers=2)

    assert (first.status, second.status) == (202, 202), first.body
    assert first.json()["job_id"] != second.json()["job_id"]


@pytest.mark.parametrize("offer", OFFERS)
async def test_whoever_offers_twice_on_a_connection_is_served_twice(
    process: Process, caller: Person, offer: str
) -> None:
    token = b"Authorization: Bearer " + caller.pair["access_token"].encode()
    get = b"\r\n".join((b"GET /v1/me HTTP/1.1", b"Host: api.test", token, *OFFERS[offer], b"", b""))

    answers = await exchange(process.url, get + get, get, answers=3)

    assert [answer.status for answer in answers] == [200, 200, 200]


async def test_whoever_offers_and_then_hangs_up_is_answered_and_left(process: Process) -> None:
    offer = b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n"

    (answer,) = await exchange(process.url, b"GET /health/live HTTP/1.1\r\n" + HOST + offer + b"\r\n")

    assert (answer.status, answer.headers["connection"]) == (200, "close")


NOTHING = {
    "an empty chunked body": b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "the same in capitals": b"TRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n",
    "an empty chunked body with trailers": b"Transfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n0\r\nX-A: b\r\n\r\n",
    "an empty chunked body of some type": b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an empty form": b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
    "no length": b"Content-Length: 0\r\n\r\n",
    "no length in many digits": b"Content-Length: 0000\r\n\r\n",
    "a type alone": b"Content-Type: text/plain\r\n\r\n",
    "JSON of no length": b"Content-Type: application/json\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"\r\n",
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /v1/me", 200),
        (b"POST /v1/jobs/019f9b1c-7b0e-7a11-8c4d-6e8f0a2b4c6d/cancel", 404),
        (b"DELETE /v1/api-keys/019f9b1c-7b0e-7a11-8c4d-6e8f0a2b4c6d", 404),
    ],
)
async def test_no_content_has_no_media_type_to_refuse(
    process: Process, caller: Person, request_line: bytes, status: int, nothing: str
) -> None:
    token = b"Authorization: Bearer " + caller.pair["access_token"].encode() + b"\r\n"
    request = request_line + b" HTTP/1.1\r\n" + HOST + token + NOTHING[nothing]
    last_chunk = request.rfind(b"0\r\n")

    together = await exchange(process.url, request)
    apart = await exchange(process.url, request[:last_chunk], request[last_chunk:]) if last_chunk > 0 else together

    assert [answer.status for answer in (*together, *apart)] == [status, status], together[0].body


async def test_a_body_that_is_needed_and_empty_is_said_to_be_missing(process: Process, caller: Person) -> None:
    head, _ = submitting(caller, length=False)

    (answer,) = await exchange(process.url, head + b"0\r\n\r\n")

    assert (answer.status, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("pieces", [[b"1\r\na\r\n0\r\n\r\n"], [b"1\r\n", b"a\r\n", b"0\r\n\r\n"]])
async def test_content_in_chunks_that_is_not_json_is_refused(process: Process, pieces: list[bytes]) -> None:
    head = b"POST /v1/summarize HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"

    (answer,) = await exchange(process.url, head, *pieces)

    assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_body_of_another_coding_is_refused(process: Process) -> None:
    head = b"POST /v1/summarize HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n"

    (answer,) = await exchange(process.url, head + b"0\r\n\r\n")

    assert (answer.status, answer.json()["code"]) == (400, "not_http")


PATHS = ["/health", "/health/live", "/metrics", "/docs", "/openapi.json", "/v1/openapi.json", "/v1/me", "/v1/jobs"]
VARYING = {"date", "x-request-id", "content-length", "transfer-encoding"}


@pytest.mark.parametrize("path", [*PATHS, "/v1/nowhere", "/v1/auth/google", "/v1/organisation/export"])
async def test_head_is_answered_like_get_without_a_body(process: Process, caller: Person, path: str) -> None:
    token = b"Authorization: Bearer " + caller.pair["access_token"].encode() + b"\r\n"
    rest = path.encode() + b" HTTP/1.1\r\n" + HOST + token + b"\r\n"
    got = await caller.api.get(f"{process.url}{path}")

    (answer,) = await exchange(process.url, b"HEAD " + rest, head=True)

    assert answer.status == got.status_code
    assert {*answer.headers} - VARYING == {name.lower() for name in got.headers} - VARYING
    assert answer.headers.get("content-type") == got.headers.get("content-type")
    assert path in ("/metrics", "/health") or answer.headers.get("content-length") == got.headers.get("content-length")


async def test_after_a_head_the_connection_serves_on(process: Process) -> None:
    head = b"HEAD /health/live HTTP/1.1\r\n" + HOST + b"\r\n"
    reader, writer = await asyncio.open_connection(*process.url.removeprefix("http://").split(":"))
    async with asyncio.timeout(10):
        writer.write(head * 3)
        answers = [await reader.readuntil(b"\r\n\r\n") for _ in range(3)]
    writer.close()
    await writer.wait_closed()

    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)


async def test_a_path_that_takes_no_get_takes_no_head(caller: Person) -> None:
    answer = await caller.api.head("/summarize")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("path", "allowed"), [("/billing/stripe-events", "POST"), ("/auth/google/callback", "GET, HEAD")]
)
async def test_a_path_that_is_not_described_names_its_methods_too(
    api: httpx.AsyncClient, path: str, allowed: str
) -> None:
    answer = await api.delete(path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
