"""The samples of docs/webhooks.md are run: what a receiver copies from there takes what we send, and nothing else."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

import pytest

from nexus.webhooks.signing import new_secret, signed
from tests.house import ROOT

DOCUMENT = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"id":"1","type":"job.completed","data":{"text":"Ünïcödé"}}'.encode()
ANNOTATION = re.compile(r"(\w|\)): (Buffer|Record<string, string>|string|unknown)(?=[,) ])")
CHECK = """
import { verified } from "./sample.mjs";
const { body, headers, secret } = JSON.parse(process.argv[2]);
console.log(JSON.stringify(verified(Buffer.from(body, "utf8"), headers, secret)));
"""


def samples(language: str) -> list[str]:
    """The pieces of code in this language."""
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


def headers(keys: list[str], ago: int = 0) -> dict[str, str]:
    """What comes with the body, the names in lower case."""
    return {name.lower(): value for name, value in signed(keys, uuid4(), int(time()) - ago, BODY).items()}


def python_sample(number: int, name: str) -> Callable[..., Any]:
    """The function that a sample defines."""
    defined: dict[str, Any] = {}
    exec(samples("python")[number], defined)  # noqa: S102 - the sample itself
    found: Callable[..., Any] = defined[name]
    return found


@pytest.mark.parametrize(("number", "name"), [(0, "receive"), (1, "verified")])
def test_the_python_samples_take_what_is_right_and_nothing_else(number: int, name: str) -> None:
    check, secret, older = python_sample(number, name), new_secret(), new_secret()

    assert check(BODY, headers([secret]), secret) == json.loads(BODY)
    assert check(BODY, headers([secret, older]), older) == json.loads(BODY)
    for wrong in ((BODY + b" ", headers([secret])), (BODY, headers([older])), (BODY, headers([secret], ago=400))):
        with pytest.raises(Exception, match=r"(?i)sign|old|match"):
            check(*wrong, secret)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
def test_the_typescript_sample_takes_what_is_right_and_nothing_else(tmp_path: Path) -> None:
    (sample,) = samples("ts")
    plain, annotations = ANNOTATION.subn(r"\1", sample)  # older nodes do not take them
    (tmp_path / "sample.mjs").write_text(plain)
    (tmp_path / "check.mjs").write_text(CHECK)
    secret, older = new_secret(), new_secret()

    def run(body: bytes, with_headers: dict[str, str]) -> subprocess.CompletedProcess[str]:
        asked = json.dumps({"body": body.decode(), "headers": with_headers, "secret": secret})
        command = ["node", str(tmp_path / "check.mjs"), asked]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    right, replaced = run(BODY, headers([secret])), run(BODY, headers([older, secret]))
    wrong = [
        run(BODY + b" ", headers([secret])),
        run(BODY, headers([older])),
        run(BODY, headers([secret], ago=400)),
    ]
    assert annotations == 4
    assert [done.returncode for done in (right, replaced)] == [0, 0], right.stderr
    assert json.loads(right.stdout) == json.loads(replaced.stdout) == json.loads(BODY)
    assert [done.returncode for done in wrong] == [1, 1, 1]
    assert ["not signed" in done.stderr for done in wrong] == [True, True, False]
