"""
The work of a chaos run: two job types, and a provider that does what each text tells it to.

A text is a behaviour, a number, and a name that no other text has: `slow 0.7 #3-17`. The provider counts the calls for
each name in a folder that all workers share, so that "fails once" means the same whoever asks, and whoever has died.
"""

import asyncio
import time
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from nexus.ai.model import Answer, LanguageModel, ModelRefused, ModelUnavailable, Tokens
from nexus.jobs.catalogue import Catalogue, job_type
from nexus.jobs.inputs import Text

HANG_SECONDS = 20.0


class Behaviour(StrEnum):
    """What the provider does with a text; the number says for how many seconds, or how often."""

    QUICK = "quick"
    SLOW = "slow"
    HANGS_FIRST = "hangs-first"  # slow the first time it is asked, then quick
    HANGS_THEN_SLOW = "hangs-then-slow"  # hangs the first time it is asked, then slow
    HANGS_THEN_REFUSES = "hangs-then-refuses"  # the same call
    FAILS = "fails"  # busy so many times, then quick
    REFUSES = "refuses"
    BLOCKS = "blocks"  # the whole event loop of the worker, not only its own job


class ChaosInput(BaseModel):
    """What the provider is to do."""

    model_config = ConfigDict(extra="forbid")

    text: Text


class ChaosOutput(BaseModel):
    """The text again."""

    said: str


@job_type("chaos", price=10)
async def chaos(asked: ChaosInput, model: LanguageModel) -> ChaosOutput:
    """Do as the text says."""
    return await model.ask(asked.text, ChaosOutput)


@job_type("chaos-dear", price=25)
async def chaos_dear(asked: ChaosInput, model: LanguageModel) -> ChaosOutput:
    """Do as the text says, for more."""
    return await model.ask(asked.text, ChaosOutput)


@chaos.offline("echo")
@chaos_dear.offline("echo")
def _echo(asked: ChaosInput) -> ChaosOutput:
    return ChaosOutput(said=asked.text)


CATALOGUE = Catalogue([chaos, chaos_dear])


def text_of(behaviour: Behaviour, number: float, name: str) -> str:
    """The text that asks for this."""
    return f"{behaviour} {number:g} #{name}"


class ScriptedModel:
    """The provider. `folder` is shared by every worker of a run."""

    name = "script"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """Do as the prompt says."""
        tokens.add(1, 1)
        behaviour, number, name = prompt.split()
        await self._behave(Behaviour(behaviour), float(number), self._count(name))
        return shape.model_validate({"said": prompt})

    async def knows_model(self) -> bool | None:
        """It is no vendor's."""
        return None

    async def aclose(self) -> None:
        """There is nothing to close."""

    async def _behave(self, behaviour: Behaviour, number: float, call: int) -> None:
        if behaviour is Behaviour.SLOW or (behaviour is Behaviour.HANGS_FIRST and call == 1):
            await asyncio.sleep(number)
        elif behaviour is Behaviour.HANGS_THEN_SLOW:
            await asyncio.sleep(HANG_SECONDS if call == 1 else number)
        elif behaviour is Behaviour.HANGS_THEN_REFUSES:
            await asyncio.sleep(number)
            raise ModelRefused("The provider refuses.")
        elif behaviour is Behaviour.FAILS and call <= number:
            raise ModelUnavailable("The provider is busy.")
        elif behaviour is Behaviour.REFUSES:
            raise ModelRefused("The provider refuses.")
        elif behaviour is Behaviour.BLOCKS and call == 1:
            time.sleep(number)  # noqa: ASYNC251 - the fault that is wanted: nothing else runs in this worker meanwhile

    def _count(self, name: str) -> int:
        """Which call for this text it is; a byte in a file counts each."""
        with (self._folder / name.removeprefix("#")).open("ab") as calls:
            calls.write(b".")
            return calls.tell()
