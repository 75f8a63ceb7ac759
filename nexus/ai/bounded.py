"""HTTP to a provider that nobody trusts: a response has a length limit, and takes the key nowhere else."""

from collections.abc import AsyncIterator

import httpx2

LONGEST_ANSWER = 1_000_000  # bytes of a provider's whole response


class TooLong(Exception):
    """The response is longer than LONGEST_ANSWER."""


class _Bounded(httpx2.AsyncByteStream):
    """A response's bytes, up to a limit: beyond it an error's rest is left unread, and an answer is given up."""

    def __init__(self, stream: httpx2.AsyncByteStream, *, is_error: bool) -> None:
        self._stream = stream
        self._is_error = is_error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > LONGEST_ANSWER and self._is_error:
                return
            if read > LONGEST_ANSWER:
                raise TooLong
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    # The limit counts bytes as they come. What is packed in spite of our asking stays packed, and cannot be read.
    response.headers.pop("Content-Encoding", None)
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, is_error=response.is_error)


def bounded_client() -> httpx2.AsyncClient:
    """Build a client whose responses are bounded. It follows no redirect, which would take the key along."""
    return httpx2.AsyncClient(
        headers={"Accept-Encoding": "identity"}, event_hooks={"response": [_bound]}, follow_redirects=False
    )
