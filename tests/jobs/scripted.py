"""Job types that do what the caller says: succeed, fail in every way there is, hang, block, and never stop."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from nexus import job_types
from nexus.ai.model import Answer, LanguageModel, MalformedAnswer, ModelRefused, ModelUnavailable, Tokens
from nexus.jobs.catalogue import Catalogue, job_type
from tests.jobs.quoting import quoting

PRICE = 10
LOOK_SECONDS = 0.02


class Act(BaseModel):
    """What an attempt is to do. Each attempt writes its process id into the file `marks`, an absolute path."""

    model_config = ConfigDict(extra="forbid")

    do: str = "succeed"
    seconds: float = 0
    until: str = ""
    marks: str = ""


class Done(BaseModel):
    """What came out."""

    model_config = ConfigDict(ser_json_inf_nan="constants")

    said: str = "done"
    figure: float = 0


class UnforeseenError(BaseException):
    """What nobody catches who catches every Exception."""


class NoModelAsked:
    """A model that nobody asks anything."""

    name = "scripted:test"

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """Refuse: what stands here does its work without words."""
        raise ModelRefused(f"Nobody should ask {prompt} for {shape}, whatever it takes: {tokens}.")

    async def knows_model(self) -> bool | None:
        """It is no vendor's."""
        return None

    async def aclose(self) -> None:
        """There is nothing to close."""


async def succeed(_: Act) -> Done:
    return Done()


async def busy(_: Act) -> Done:
    raise ModelUnavailable("The provider is busy.")


async def busy_for(asked: Act) -> Done:
    raise ModelUnavailable("The provider is busy.", retry_after=asked.seconds)


async def fail_twice(asked: Act) -> Done:
    if len(Path(asked.marks).read_text().splitlines()) <= 2:  # noqa: ASYNC240 - a small file of a test's own
        raise ModelUnavailable("The provider is busy.")
    return Done()


async def refuse(_: Act) -> Done:
    raise ModelRefused("The provider will not answer this.")


async def answer_badly(_: Act) -> Done:
    raise MalformedAnswer("The answer has no shape.")


async def break_down(_: Act) -> Done:
    raise RuntimeError("secrets of the inside")


async def time_out(_: Act) -> Done:
    raise TimeoutError


async def call_exit(_: Act) -> Done:
    sys.exit(3)


async def interrupt(_: Act) -> Done:
    raise KeyboardInterrupt


async def cancel_itself(_: Act) -> Done:
    raise asyncio.CancelledError


async def raise_unforeseen(_: Act) -> Done:
    raise UnforeseenError


async def say_nul(_: Act) -> Done:
    return Done(said="a\0b")


async def say_escape(_: Act) -> Done:
    return Done(said=r"In JSON, NUL is written \u0000, and \\u0000 is something else.")


async def say_half_a_character(_: Act) -> Done:
    return Done.model_construct(said="\ud800", figure=0)


async def say_infinity(_: Act) -> Done:
    return Done(figure=float("inf"))


async def say_nothing(_: Act) -> Done:
    return cast("Done", None)


async def hang(asked: Act) -> Done:
    await asyncio.sleep(asked.seconds)
    return Done()


async def block(asked: Act) -> Done:
    time.sleep(asked.seconds)  # noqa: ASYNC251 - a job type that does not know better
    return Done()


async def never_stop(asked: Act) -> Done:
    last = time.monotonic() + asked.seconds
    while time.monotonic() < last:
        try:
            await asyncio.sleep(LOOK_SECONDS)
        except asyncio.CancelledError:
            continue
    return Done()


async def wait_for_file(asked: Act) -> Done:
    while not await asyncio.to_thread(Path(asked.until).exists):
        await asyncio.sleep(LOOK_SECONDS)
    return Done()


DEEDS: dict[str, Callable[[Act], Awaitable[Done]]] = {
    deed.__name__: deed
    for deed in (
        *(succeed, busy, busy_for, fail_twice, refuse, answer_badly, break_down, time_out, call_exit, interrupt),
        *(cancel_itself, raise_unforeseen, say_nul, say_escape, say_half_a_character, say_infinity, say_nothing),
        *(hang, block, never_stop, wait_for_file),
    )
}


@job_type("scripted", price=PRICE, cacheable=False)
async def scripted(asked: Act, model: LanguageModel) -> Done:
    """Do what the script says."""
    del model
    if Path(asked.marks).is_absolute():  # a generated text in this field must not become a file of the checkout
        with Path(asked.marks).open("a") as marks:  # noqa: ASYNC230 - a line of a test's own file
            marks.write(f"{os.getpid()}\n")
    return await DEEDS[asked.do](asked)


@job_type("offline", price=PRICE, cacheable=False)
async def offline(asked: Act, model: LanguageModel) -> Done:
    """Do it without a model."""
    del asked, model
    return Done()


@offline.offline("script")
def offline_work(asked: Act) -> Done:
    """Do in a thread what is to be done."""
    if asked.do == "call_exit":
        sys.exit(3)
    time.sleep(asked.seconds)
    return Done()


@job_type("newer", price=PRICE, cacheable=False)
async def newer(asked: Act, model: LanguageModel) -> Done:
    """What only the newest workers know."""
    del asked, model
    return Done()


def catalogue(*, old: bool = False) -> Catalogue:
    """The product's job types and these; an old process does not know the newest."""
    known: list[Any] = [*Catalogue.of_package(job_types), scripted, offline, quoting]
    return Catalogue(known if old else [*known, newer])
