"""Both forms of signature, looked at by the libraries that receivers use."""

from base64 import b64decode
from time import time
from uuid import uuid4

import pytest
import stripe
from standardwebhooks import Webhook, WebhookVerificationError

from nexus.webhooks.signing import new_secret, signed
from tests.webhooks.hooks import verify
from tests.webhooks.receiver import Received

BODY = '{"id":"1","text":"Ünïcödé, \u2028 and \\u0000"}'.encode()


def received(keys: list[str], body: bytes = BODY, ago: int = 0) -> Received:
    """What somebody gets who is sent this."""
    headers = {name.lower(): value for name, value in signed(keys, uuid4(), int(time()) - ago, BODY).items()}
    return Received("", headers, body)


def test_a_secret_is_32_random_bytes() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert {len(b64decode(secret.removeprefix("whsec_"))) for secret in secrets} == {32}


def test_both_libraries_take_one_secret() -> None:
    secret = new_secret()

    verify(received([secret]), secret)


def test_while_a_secret_is_replaced_both_are_taken_by_both_libraries() -> None:
    newer, older = new_secret(), new_secret()

    for secret in (newer, older):
        verify(received([newer, older]), secret)


@pytest.mark.parametrize("change", [{"body": BODY + b" "}, {"ago": 3600}])
def test_another_body_and_an_old_signature_are_taken_by_neither(change: dict[str, object]) -> None:
    secret = new_secret()
    got = received([secret], **change)  # type: ignore[arg-type]  # either a body or an age

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(got.body.decode(), got.headers["nexus-signature"], secret, tolerance=300)


def test_another_secret_is_taken_by_neither() -> None:
    got, other = received([new_secret()]), new_secret()

    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(got.body, got.headers)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(got.body.decode(), got.headers["nexus-signature"], other, tolerance=300)
