"""Every answer names its request: by the caller's own name for it where that is harmless, else by ours."""

import re

import httpx
import pytest

OURS = re.compile(r"[0-9a-f]{32}")
HOSTILE = {
    "too short": "short",
    "too long": "x" * 129,
    "empty": "",
    "with a space": "one two three",
    "with quotes": '"quoted-name"',
    "with a brace": '{"level":"error"}',
    "with a slash": "../../etc/passwd",
    "with an angle": "<script>alert(1)</script>",
    "no ASCII": "reqüest-name".encode(),
    "with a tab": "request\tname",
}


@pytest.mark.parametrize("given", ["12345678", "x" * 128, "a-b_c.d-E", "01a1f83c-1e96-76cc-8c7e-a81c011e6dbf"])
async def test_a_harmless_request_id_is_kept(api: httpx.AsyncClient, given: str) -> None:
    answer = await api.get("/me", headers={"X-Request-ID": given})

    assert (answer.headers["X-Request-ID"], answer.json()["request_id"]) == (given, given)


@pytest.mark.parametrize("given", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_request_id_is_replaced(api: httpx.AsyncClient, given: str | bytes) -> None:
    answer = await api.get(
        "/me", headers=httpx.Headers({b"X-Request-ID": given if isinstance(given, bytes) else given.encode()})
    )

    assert OURS.fullmatch(answer.headers["X-Request-ID"])
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


async def test_two_requests_have_two_ids(api: httpx.AsyncClient) -> None:
    first, second = await api.get("/me"), await api.get("/me")

    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/health", "/health/live", "/metrics", "/nowhere", "/v1/auth/google"])
async def test_every_answer_names_its_request_and_is_not_to_be_sniffed_or_stored(
    api: httpx.AsyncClient, path: str
) -> None:
    answer = await api.get(f"http://api.test{path}")

    assert OURS.fullmatch(answer.headers["X-Request-ID"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
