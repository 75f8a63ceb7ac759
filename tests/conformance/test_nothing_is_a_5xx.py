"""Whatever a visitor types into path, query, headers or body, the answer is no 5xx."""

import httpx
import pytest

from tests.house import Person

LISTS = ["/jobs", "/credits/transactions", "/audit-events", "/members", "/invitations", "/api-keys", "/webhooks"]
NUMBERS = [
    "1e309",
    "-1e309",
    "NaN",
    "Infinity",
    "9" * 400,
    "9" * 5000,
    "-" + "9" * 400,
    "0x10",
    "1_0",
    "%D9%A1",
    "1.0",
    "",
]
CURSORS = ["", "=", "====", "AA", "%00", "%ff%fe", "%ED%A0%80", "e30", "LTE", "MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", "😀"]
IDS = [
    *("%00", "%ff", "%ED%A0%80", "%2e%2e", "..", "null", "-1", "9" * 400, "😀", "%F0%9F%98%80", "a" * 4000),
    *("{019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f}", "urn:uuid:019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f"),
    *(
        "019f9b1c7a5e7c0e8d2f4b6a8c0e1d3f",
        "019F9B1C-7A5E-7C0E-8D2F-4B6A8C0E1D3F",
        "00000000-0000-0000-0000-000000000000",
    ),
]
BODIES = {
    "deep lists": b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"text": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "deep and never closed": b"[" * 900_000,
    "a number of many digits": b'{"text": ' + b"9" * 900_000 + b"}",
    "a fraction of many digits": b'{"text": 0.' + b"9" * 900_000 + b"}",
    "a number that is too large": b'{"text": 1e400}',
    "an exponent of many digits": b'{"text": 1e' + b"9" * 5000 + b"}",
    "no number": b'{"text": NaN}',
    "infinity": b'{"text": -Infinity}',
    "a key twice": b'{"text": "a", "text": 1}',
    "many keys": b"{" + b",".join(b'"k%d": 1' % at for at in range(50_000)) + b"}",
    "NUL in a text": b'{"text": "a\\u0000b"}',
    "NUL itself": b'{"text": "a\x00b"}',
    "a lone surrogate": b'{"text": "\\ud800"}',
    "a surrogate in a key": b'{"\\udfff": 1}',
    "no UTF-8": b'{"text": "\xff\xfe"}',
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"text": "a"}',
    "a text": b'"text"',
    "null": b"null",
    "nothing": b"",
}
TAKING = [
    "/summarize",
    "/analyze",
    "/extract",
    "/api-keys",
    "/invitations",
    "/webhooks",
    "/auth/google",
    "/auth/refresh",
]


@pytest.mark.parametrize("path", LISTS)
async def test_no_number_or_cursor_of_a_list_is_a_5xx(ann: Person, path: str) -> None:
    queries = [f"limit={number}" for number in NUMBERS] + [f"cursor={cursor}" for cursor in CURSORS]

    answers = {query: (await ann.api.get(f"{path}?{query}")).status_code for query in queries}

    assert {query: status for query, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("query", [*(f"days={number}" for number in NUMBERS), "days=1&days=2", "days", "=", "&&&"])
async def test_no_length_of_time_is_a_5xx(ann: Person, query: str) -> None:
    assert (await ann.api.get(f"/credits/usage?{query}")).status_code < 500


@pytest.mark.parametrize("path", ["/jobs/{}", "/webhooks/{}", "/organisations/{}", "/webhook-deliveries/{}", "/{}"])
async def test_no_spelling_of_an_id_is_a_5xx(ann: Person, path: str) -> None:
    answers = {written: (await ann.api.get(path.format(written))).status_code for written in IDS}

    assert {written: status for written, status in answers.items() if not 200 <= status < 500} == {}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "once"}], ids=["", "with a key"])
async def test_no_body_is_a_5xx(ann: Person, key: dict[str, str], body: str) -> None:
    headers = {"Content-Type": "application/json"} | key

    answers = {path: await ann.api.post(path, content=BODIES[body], headers=headers) for path in TAKING}

    refused = {path: answer.status_code for path, answer in answers.items() if answer.status_code >= 500}
    assert {path for path in refused if answers[path].json()["code"] != "model_not_configured"} == set()


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Request-ID", "Cache-Control", "Cookie", "Stripe-Signature"])
async def test_no_header_is_a_5xx(ann: Person, name: str) -> None:
    values = [b"", b"\xff\xfe", b"a" * 60_000, b"\t", b'"', b"\\" * 5000, b",;=" * 1000]
    body = {"text": "The bridge was closed on Monday."}

    headers = [[(name.encode(), value)] for value in values]
    answers = [(await ann.api.post("/summarize", json=body, headers=one)).status_code for one in headers]
    events = [(await ann.api.post("/billing/stripe-events", json={}, headers=one)) for one in headers]

    assert [status for status in answers if status >= 500] == []
    assert [one.json() for one in events if one.status_code >= 500 and one.json()["code"] == "internal_error"] == []


async def test_a_number_of_many_digits_is_refused_at_once(ann: Person) -> None:
    answer = await ann.api.post("/summarize", content=BODIES["a number of many digits"], headers=JSON)

    assert answer.status_code == 422
    assert answer.elapsed.total_seconds() < 1


JSON = httpx.Headers({"Content-Type": "application/json"})
