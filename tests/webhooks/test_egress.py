"""What goes out and what is made of the answer, with servers on loopback that the operator allowed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic

import pytest
import uvloop

from nexus.webhooks import conversation
from nexus.webhooks.egress import Egress, Limits, Sent, UrlRefused
from nexus.webhooks.resolving import SystemResolver
from tests.webhooks.certificates import Authority
from tests.webhooks.listeners import PORT, Heard, Names, Serve, listen

NAME = "hooks.acme.example"
STATUSES = [b"000", b"099", b"100", b"600", b"999", b"1000", b"-1", b"\xff", b""]
HOME = "127.0.0.78"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whoever signs the certificates of these tests."""
    return Authority(tmp_path_factory.mktemp("certificates"))


def saying(*said: bytes) -> Serve:
    """A server that reads the body and says this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2)
        for piece in said:
            writer.write(piece)
            await writer.drain()

    return serve


async def answer_to(serve: Serve, **limits: float) -> tuple[Sent, Heard]:
    """What becomes of an attempt with this receiver."""
    heard = Heard()
    async with listen(heard, "127.0.0.1", serve=serve) as port:
        egress = Egress({f"127.0.0.1:{port}"}, limits=Limits(**limits))
        return await egress.post(f"http://127.0.0.1:{port}/hook?a=1", b"{}", {"Webhook-Id": "evt"}), heard


def test_the_limits_are_those_of_the_specification() -> None:
    limits = Limits()

    assert (limits.resolve, limits.connect, limits.handshake, limits.total, limits.body) == (5, 5, 5, 15, 2)
    assert (conversation.HEAD_BYTES, conversation.BODY_BYTES) == (16 * 1024, 16 * 1024)


@pytest.mark.parametrize(
    "status", [200, 201, 204, 299, 300, 301, 302, 303, 307, 308, 400, 401, 404, 410, 413, 429, 500, 502, 503]
)
async def test_the_status_is_what_counts(status: int) -> None:
    sent, _ = await answer_to(saying(f"HTTP/1.1 {status} Said\r\n\r\n".encode()))

    assert (sent.status_code, sent.error) == (status, None)


async def test_a_request_says_what_it_is_told_to_and_asks_for_nothing_compressed() -> None:
    _, heard = await answer_to(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))

    line, *headers = heard.heads[0].strip().split("\r\n")
    said = dict(header.split(": ", 1) for header in headers)
    assert line == "POST /hook?a=1 HTTP/1.1"
    assert said.pop("Host").startswith("127.0.0.1:")
    assert said == {
        "Webhook-Id": "evt",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Length": "2",
    }


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Heard()
    async with listen(asked, "127.0.0.1") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        sent, heard = await answer_to(saying(b"HTTP/1.1 200 OK\r\n\r\n"))

    assert (sent.status_code, len(heard.connections), asked.connections) == (200, 1, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(status: int) -> None:
    there = Heard()
    async with listen(there, "127.0.0.2") as port:
        redirect = (
            f"HTTP/1.1 {status} There\r\nLocation: http://127.0.0.2:{port}/\r\nContent-Length: 0\r\n\r\n".encode()
        )
        heard = Heard()
        async with listen(heard, "127.0.0.1", serve=saying(redirect)) as here:
            egress = Egress({f"127.0.0.1:{here}", f"127.0.0.2:{port}"})
            sent = await egress.post(f"http://127.0.0.1:{here}/", b"{}", {})

    assert (sent.status_code, len(heard.connections), there.connections) == (status, 1, [])


async def test_a_name_is_reached_with_its_own_sni_host_and_certificate(authority: Authority) -> None:
    heard, names = Heard(), []
    server = authority.serve_as(NAME)
    server.sni_callback = lambda _, name, __: names.append(name)
    async with listen(heard, HOME, PORT, tls=server):
        egress = Egress({f"{HOME}:{PORT}"}, resolver=Names([HOME]), tls=authority.trust)
        await egress.check(f"https://{NAME}:{PORT}/")
        sent = await egress.post(f"https://{NAME}:{PORT}/", b"{}", {})

    assert (sent.status_code, names) == (204, [NAME])
    assert f"Host: {NAME}:{PORT}\r\n" in heard.heads[0]


async def test_the_same_name_is_not_reached_where_the_operator_does_not_allow_it(authority: Authority) -> None:
    heard = Heard()
    async with listen(heard, HOME, PORT, tls=authority.serve_as(NAME)):
        egress = Egress(resolver=Names([HOME]), tls=authority.trust)
        with pytest.raises(UrlRefused):
            await egress.check(f"https://{NAME}:{PORT}/")
        sent = await egress.post(f"https://{NAME}:{PORT}/", b"{}", {})

    assert (sent.error, heard.connections) == ("refused_address", [])


async def test_a_certificate_must_be_for_the_name_valid_and_of_an_authority(
    authority: Authority, tmp_path: Path
) -> None:
    servers = [
        authority.serve_as("other.example"),
        authority.serve_as(NAME, lasts=timedelta(days=-1)),
        Authority(tmp_path).serve_as(NAME),
    ]
    for server in servers:
        heard = Heard()
        async with listen(heard, HOME, PORT, tls=server):
            egress = Egress({f"{HOME}:{PORT}"}, resolver=Names([HOME]), tls=authority.trust)
            sent = await egress.post(f"https://{NAME}:{PORT}/", b"{}", {})

        assert (sent.error, heard.heads) == ("tls", [])


async def test_the_next_address_is_tried_when_one_does_not_answer(authority: Authority) -> None:
    heard = Heard()
    async with listen(heard, HOME, PORT, tls=authority.serve_as(NAME)):
        pairs = {f"{one}:{PORT}" for one in ("127.0.0.79", "127.0.0.80", HOME)}
        egress = Egress(pairs, resolver=Names(["127.0.0.79", "127.0.0.80", HOME]), tls=authority.trust)
        sent = await egress.post(f"https://{NAME}:{PORT}/", b"{}", {})

    assert sent.status_code == 204


class Failing:
    """A resolver that does not answer, in one way or another."""

    def __init__(self, answer: Callable[[], Awaitable[list[str]]]) -> None:
        self._answer = answer

    async def resolve(self, _host: str) -> list[str]:
        """Fail."""
        return await self._answer()


async def _not_found() -> list[str]:
    raise OSError("Name or service not known")


async def _nothing() -> list[str]:
    return []


async def _silence() -> list[str]:
    await asyncio.sleep(60)
    return []


@pytest.mark.parametrize("answer", [_not_found, _nothing, _silence])
async def test_a_name_without_an_address_is_a_failure_of_its_own_kind(
    answer: Callable[[], Awaitable[list[str]]],
) -> None:
    egress = Egress(resolver=Failing(answer), limits=Limits(resolve=0.2))

    with pytest.raises(UrlRefused) as refused:
        await egress.check(f"https://{NAME}/")
    sent = await egress.post(f"https://{NAME}/", b"{}", {})

    assert "not found" in refused.value.detail
    assert (sent.status_code, sent.error) == (None, "dns")


async def test_the_whole_attempt_has_a_limit_of_its_own() -> None:
    egress = Egress(resolver=Failing(_silence), limits=Limits(total=0.2))

    sent = await egress.post(f"https://{NAME}/", b"{}", {})

    assert (sent.status_code, sent.error, sent.latency_ms < 5000) == (None, "timeout", True)


@pytest.mark.parametrize("limits", [{"body": 0.2, "total": 30}, {"body": 30, "total": 0.5}])
async def test_who_has_answered_may_be_slow_to_end_and_is_not_waited_for(limits: dict[str, float]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
        await asyncio.wait({asyncio.create_task(reader.read())}, timeout=15)  # until the sender hangs up

    begun = monotonic()
    sent, _ = await answer_to(serve, **limits)

    assert (sent.status_code, sent.error, monotonic() - begun < 10) == (200, None, True)


async def test_nothing_that_a_receiver_says_is_more_than_a_status_or_a_failure() -> None:
    dice = Random(4711)  # noqa: S311 - the same nonsense at every run
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nX: a\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    nonsense = [
        *[
            b"HTTP/1.1 %s X\r\n\r\n" % status
            for status in (b"000", b"099", b"100", b"600", b"999", b"1000", b"-1", b"\xff")
        ],
        *[dice.randbytes(dice.randrange(400)) for _ in range(40)],
        *[bytes(byte if dice.random() > 0.05 else dice.randrange(256) for byte in whole) for _ in range(150)],
    ]
    told = iter(nonsense)

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(next(told))

    heard = Heard()
    async with listen(heard, "127.0.0.1", serve=serve) as port:
        egress = Egress({f"127.0.0.1:{port}"}, limits=Limits(body=1, total=5))
        sent = [await egress.post(f"http://127.0.0.1:{port}/", b"{}", {}) for _ in nonsense]

    assert {one.error for one in sent if one.status_code is None} <= {"protocol"}
    assert [one for one in sent if one.status_code is not None and one.error is not None] == []
    assert len(heard.connections) == len(nonsense)


async def test_the_systems_resolver_knows_names_and_says_when_it_does_not() -> None:
    resolver = SystemResolver()

    assert set(await resolver.resolve("localhost")) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match=r"\w"):
        await resolver.resolve("nobody.is.here.invalid")
    with pytest.raises(OSError, match="too many"):
        await SystemResolver(most_lookups=0).resolve("localhost")


async def test_look_ups_that_nobody_waits_for_any_more_make_room() -> None:
    resolver = SystemResolver(most_lookups=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await resolver.resolve("localhost")

    async with asyncio.timeout(20):
        while not (found := await answer_of(resolver)):
            await asyncio.sleep(0.01)

    assert set(found) <= {"127.0.0.1", "::1"}


async def answer_of(resolver: SystemResolver) -> Sequence[str]:
    """What it knows of this machine, or nothing while it is busy."""
    try:
        return await resolver.resolve("localhost")
    except OSError:
        return []


def test_it_is_the_same_on_the_loop_that_the_processes_run_on(authority: Authority) -> None:
    async def post() -> list[Sent]:
        heard = Heard()
        async with listen(heard, HOME, PORT, tls=authority.serve_as(NAME)):
            open_door = Egress({f"{HOME}:{PORT}"}, resolver=Names([HOME]), tls=authority.trust)
            closed = Egress(resolver=Names([HOME]))
            distrustful = Egress({f"{HOME}:{PORT}"}, resolver=Names([HOME]))
            url = f"https://{NAME}:{PORT}/"
            return [await egress.post(url, b"{}", {}) for egress in (open_door, closed, distrustful)]

    reached, refused, distrusted = uvloop.run(post())

    assert (reached.status_code, refused.error, distrusted.error) == (204, "refused_address", "tls")
