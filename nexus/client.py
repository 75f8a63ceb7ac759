"""What the command line says to the API, as any client would: over HTTP, with a token or an API key."""

import os
import time
from typing import Any, Self
from uuid import uuid4

import httpx

from nexus.hosts import is_safe_to_call

REQUEST_SECONDS = 30.0
MAX_RETRY_SECONDS = 60.0
TOO_MANY_REQUESTS = 429


class ApiError(Exception):
    """The API refused a request, or did not answer; the sentence is the API's own where it gave one."""

    def __init__(self, sentence: str, status: int | None = None, retry_after: float = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after


class Client:
    """A caller of one API. Its methods raise ApiError."""

    def __init__(self, api: str, api_key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._api = httpx.Client(
            base_url=f"{api.rstrip('/')}/v1", headers=headers, timeout=REQUEST_SECONDS, trust_env=api_key is not None
        )

    @classmethod
    def of(cls, stack: Any, email: str) -> Self:
        """A client of a running stack, signed in through its development identity provider."""
        if stack is None or stack.idp is None:
            raise ApiError(
                "This stack signs in with Google. Make an API key in the web application and set NEXUS_API_KEY; with"
                " --api-url for a platform elsewhere."
            )
        client = cls(stack.api)
        client.sign_in(stack.idp, email)
        return client

    @classmethod
    def at(cls, api_url: str) -> Self:
        """A client of any platform, by an API key from the environment."""
        key = os.environ.get("NEXUS_API_KEY")
        if not key:
            raise ApiError("Set NEXUS_API_KEY to an API key of your organisation. The web application makes one.")
        if not is_safe_to_call(api_url) or not api_url.startswith(("https://", "http://")):
            raise ApiError("--api-url: give an address with https; http only on this machine or in a private network.")
        return cls(api_url, key)

    def sign_in(self, idp: str, email: str) -> dict[str, Any]:
        """Sign in through the development identity provider, as a browser would through Google."""
        try:
            found = httpx.post(f"{idp}/dev/id-token", json={"email": email}, timeout=REQUEST_SECONDS, trust_env=False)
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        return self._signed_in(self.request("POST", "/auth/google", {"id_token": _read(found)["id_token"]}))

    def refresh(self, pair: dict[str, Any]) -> dict[str, Any]:
        """Renew the session: the new access token says what is true now."""
        return self._signed_in(self.request("POST", "/auth/refresh", {"refresh_token": pair["refresh_token"]}))

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request; what it answers."""
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" and not path.startswith("/auth/") else {}
        try:
            return _read(self._api.request(method, path, json=body, headers=headers))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(error) from None

    def read_patiently(self, path: str) -> dict[str, Any]:
        """Read something, waiting as long as the rate limit asks for."""
        while True:
            try:
                return self.request("GET", path)
            except ApiError as error:
                if error.status != TOO_MANY_REQUESTS:
                    raise
                time.sleep(min(max(error.retry_after, 1), MAX_RETRY_SECONDS))

    def _signed_in(self, pair: dict[str, Any]) -> dict[str, Any]:
        self._api.headers["Authorization"] = f"Bearer {pair['access_token']}"
        return pair


def _unreachable(error: Exception) -> ApiError:
    return ApiError(f"The API does not answer ({type(error).__name__}). Is the platform running?")


def _read(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json() if response.content else {}
    except ValueError:
        body = None
    if response.is_success and isinstance(body, dict):
        return body
    problem = body if isinstance(body, dict) else {}
    told = problem.get("detail") or problem.get("error_description") or response.reason_phrase
    if response.is_success:
        told = "This address answers, but not as the API does."
    retry_after = problem.get("retry_after")
    seconds = float(retry_after) if isinstance(retry_after, int | float) else 0.0
    raise ApiError(f"{response.status_code}: {told}", response.status_code, seconds)
