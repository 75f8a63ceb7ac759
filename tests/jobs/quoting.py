"""A job type whose failures quote what it was given, in every way that reaches a log."""

import asyncio
import gc
import logging
import threading
import warnings
from collections.abc import Awaitable, Callable
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from nexus.ai.model import LanguageModel, ModelUnavailable
from nexus.core.errors import GiveUp
from nexus.jobs.catalogue import job_type

PRICE = 1


class Quote(BaseModel):
    """How to fail, and the text to quote."""

    model_config = ConfigDict(extra="forbid")

    way: str
    text: str


class Figure(BaseModel):
    """What no text is."""

    figure: int = 0


async def as_value(text: str) -> None:
    raise ValueError(f"cannot read {text}")


async def as_key(text: str) -> None:
    raise KeyError(text)


async def as_type(text: str) -> None:
    raise TypeError(f"'{text}' object is not callable at all")


async def as_attribute(text: str) -> None:
    raise AttributeError(f"no attribute {text}")


async def as_cause(text: str) -> None:
    try:
        await as_key(text)
    except LookupError as error:
        raise RuntimeError("broke") from error


async def as_context(text: str) -> None:
    try:
        await as_value(text)
    except ValueError:
        Decimal(text)


async def as_group(text: str) -> None:
    raise ExceptionGroup(text, [ValueError(text), OSError(2, text, text)])


async def as_shape(text: str) -> None:
    Figure.model_validate({"figure": text, text: text})


async def as_note(text: str) -> None:
    error = RuntimeError()
    error.add_note(text)
    raise error


async def as_own_words(text: str) -> None:
    raise GiveUp(f"It cannot be done with {text}.")


async def as_unavailable(text: str) -> None:
    raise ModelUnavailable(f"The provider does not take {text}.")


async def as_library(text: str) -> None:
    logging.getLogger("some.library").warning("refused %s", text)
    logging.getLogger("some.library").error(ValueError(text))
    try:
        await as_value(text)
    except ValueError:
        logging.getLogger("some.library").exception("broke with %s", text)


async def as_warning(text: str) -> None:
    warnings.warn(text, UserWarning, stacklevel=1)


async def as_forgotten_task(text: str) -> None:
    forgotten = asyncio.create_task(as_value(text), name=text)
    await asyncio.sleep(0.01)
    del forgotten
    gc.collect()


async def as_thread(text: str) -> None:
    def work() -> None:
        raise ValueError(text)

    thread = threading.Thread(target=work, name=text)
    thread.start()
    await asyncio.to_thread(thread.join)


async def as_name_of_error(text: str) -> None:
    raise FileNotFoundError(2, text, text)


WAYS: dict[str, Callable[[str], Awaitable[None]]] = {
    way.__name__: way
    for way in (
        *(as_value, as_key, as_type, as_attribute, as_cause, as_context, as_group, as_shape, as_note, as_own_words),
        *(as_unavailable, as_library, as_warning, as_forgotten_task, as_thread, as_name_of_error),
    )
}


@job_type("quoting", price=PRICE, cacheable=False)
async def quoting(asked: Quote, model: LanguageModel) -> Figure:
    """Fail as asked."""
    del model
    await WAYS[asked.way](asked.text)
    return Figure()
