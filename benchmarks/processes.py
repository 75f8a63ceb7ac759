"""The API and the worker of a bench: the product's own, with one more job type that takes no time."""

import os
import sys

import uvloop
from pydantic import BaseModel, ConfigDict

from nexus import job_types
from nexus.ai.model import LanguageModel
from nexus.app import serve
from nexus.config import Settings
from nexus.core.logging import set_up_logging
from nexus.jobs.catalogue import Catalogue, job_type
from nexus.jobs.inputs import Text
from nexus.worker import work


class InstantInput(BaseModel):
    """What is sent."""

    model_config = ConfigDict(extra="forbid")

    text: Text


class InstantOutput(BaseModel):
    """What comes back."""

    length: int


@job_type("instant", price=1)
async def instant(asked: InstantInput, model: LanguageModel) -> InstantOutput:
    """Count the characters."""
    del model
    return InstantOutput(length=len(asked.text))


@instant.offline("count")
def count(asked: InstantInput) -> InstantOutput:
    """Count the characters."""
    return InstantOutput(length=len(asked.text))


def main(kind: str, *arguments: str) -> None:
    """Run one process; the supervisor starts it as it would start the product's own."""
    set_up_logging(os.environ.get("NEXUS_LOG_LEVEL", "INFO"), kind)
    catalogue = Catalogue([*Catalogue.of_package(job_types), instant])
    settings = Settings()
    if kind == "worker":
        uvloop.run(work(settings, catalogue))
    else:
        uvloop.run(serve(settings, "127.0.0.1", int(arguments[-1]), catalogue))


if __name__ == "__main__":
    main(*sys.argv[1:])
