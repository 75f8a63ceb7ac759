"""
Recorded exchanges, replayed byte for byte.

A recording is what a client once sent and what it was answered. What differs at every run stands as `<<kind:name>>`: at
its first appearance in an answer it takes any value of its kind, from then on that very value, in requests too.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.house import ROOT

RECORDED = ROOT / "tests" / "data" / "recorded"
BLANK = re.compile(r"<<(\w+):(\w+)>>")
KINDS = {
    "id": r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "hex": r"[0-9a-f]{32}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z",
    "date": r"\d{4}-\d\d-\d\d",
}

Meanwhile = Mapping[str, Callable[[dict[str, str]], Awaitable[None]]]


@dataclass(frozen=True)
class Exchange:
    """A request and its answer. `meanwhile` names what happened before it that no request did."""

    name: str
    request: dict[str, Any]
    answer: dict[str, Any]
    meanwhile: str | None = None


@dataclass
class Replay:
    """A client that sends what was recorded and compares what comes."""

    api: httpx.AsyncClient
    meanwhile: Meanwhile
    known: dict[str, str] = field(default_factory=dict)

    async def differences(self, exchanges: list[Exchange]) -> list[str]:
        """What is not as it was recorded."""
        found = []
        for exchange in exchanges:
            if exchange.meanwhile is not None:
                await self.meanwhile[exchange.meanwhile](self.known)
            answer = await self._send(exchange.request)
            found += [f"{exchange.name}: {difference}" for difference in self._compare(exchange.answer, answer)]
        return found

    async def _send(self, request: dict[str, Any]) -> httpx.Response:
        given = {"Authorization": self.api.headers["Authorization"]} | request.get("headers", {})
        headers = {name: value for name, value in given.items() if value is not None}
        sent = httpx.Request(
            request["method"],
            f"http://api.test{self._filled(request['path'])}",
            headers=headers,
            content=request.get("body"),
        )
        return await self.api.send(sent)

    def _compare(self, recorded: dict[str, Any], answer: httpx.Response) -> list[str]:
        """Status, then headers, then body; the first that differs is told, the others would only repeat it."""
        if answer.status_code != recorded["status"]:
            return [f"status {answer.status_code} instead of {recorded['status']}: {answer.text}"]
        found = [
            f"header {name}: {answer.headers.get(name)!r} instead of {value!r}"
            for name, value in recorded["headers"].items()
            if not self._takes(value, answer.headers.get(name, ""))
        ]
        if not self._takes(recorded["body"], answer.text):
            found.append(f"body {answer.text!r} instead of {self._filled(recorded['body'])!r}")
        return found

    def _takes(self, recorded: str, text: str) -> bool:
        """Whether the text is the recorded one; what the blanks took is known from now on."""
        new: list[str] = []
        match = re.fullmatch("".join(self._pieces(recorded, new)), text)
        if match is not None:
            self.known |= {name: match[name] for name in new}
        return match is not None

    def _pieces(self, recorded: str, new: list[str]) -> list[str]:
        """The recorded text as a pattern, piece by piece."""
        pieces, at = [], 0
        for blank in BLANK.finditer(recorded):
            kind, name = blank.groups()
            pieces.append(re.escape(recorded[at : blank.start()]))
            if name in self.known:
                pieces.append(re.escape(self.known[name]))
            elif name in new:
                pieces.append(f"(?P={name})")
            else:
                new.append(name)
                pieces.append(f"(?P<{name}>{KINDS[kind]})")
            at = blank.end()
        return [*pieces, re.escape(recorded[at:])]

    def _filled(self, text: str) -> str:
        return BLANK.sub(lambda blank: self.known.get(blank[2], blank[0]), text)


def read_recordings(folder: Path) -> list[Exchange]:
    """The exchanges of a folder, in the order in which they happened."""
    files = sorted(folder.glob("*.json"))
    return [Exchange(file.stem, **json.loads(file.read_text(encoding="utf-8"))) for file in files]
