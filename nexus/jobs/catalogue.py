"""
What kinds of work there are. A kind is declared in one file of `job_types/`; everything else follows from it.

    @job_type("summarize", price=10)
    async def summarize(asked: SummarizeInput, model: LanguageModel) -> SummarizeOutput: ...

    @summarize.offline("lexrank")
    def summarize_offline(asked: SummarizeInput) -> SummarizeOutput: ...
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, get_type_hints
from uuid import UUID

from pydantic import BaseModel

from nexus.ai.model import LanguageModel

AskModel = Callable[[Any, LanguageModel], Awaitable[BaseModel]]
WorkOffline = Callable[[Any], BaseModel]
CheckInput = Callable[[Any, UUID], Awaitable[None]]

NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True)
class Offline:
    """A way of doing the work without a model: a real algorithm, named in the result."""

    algorithm: str
    work: WorkOffline

    @property
    def name(self) -> str:
        """What a job's `model` says of it."""
        return f"offline:{self.algorithm}"


@dataclass
class JobType:
    """A kind of work: its price in credits, what it takes, what it gives, and the ways of doing it."""

    name: str
    price: int
    summary: str
    takes: type[BaseModel]
    gives: type[BaseModel]
    ask: AskModel
    without_model: Offline | None = field(default=None)
    prompt_version: str = "1"
    cacheable: bool = True
    check_input: CheckInput | None = None

    def check(self, check_input: CheckInput) -> CheckInput:
        """Declare what is checked of an input after its shape, by what may take time; it raises what is answered."""
        self.check_input = check_input
        return check_input

    def offline(self, algorithm: str) -> Callable[[WorkOffline], WorkOffline]:
        """Declare how the work is done when no model is configured."""

        def declare(work: WorkOffline) -> WorkOffline:
            self.without_model = Offline(algorithm, work)
            return work

        return declare


def job_type(
    name: str, *, price: int, prompt_version: str = "1", cacheable: bool = True
) -> Callable[[AskModel], JobType]:
    """
    Declare a kind of work. Input and output are read from the function's type hints.

    With another prompt version, answers that were kept are found no more. What does not follow from the input alone is
    not `cacheable`.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"job type {name!r}: use lower-case letters, digits and dashes")
    if price <= 0:
        raise ValueError(f"job type {name!r}: the price is in whole credits, 1 or more")

    def declare(ask: AskModel) -> JobType:
        hints = get_type_hints(ask)
        gives = hints.pop("return")
        takes = hints[next(iter(inspect.signature(ask).parameters))]
        summary = inspect.getdoc(ask) or name
        return JobType(name, price, summary, takes, gives, ask, prompt_version=prompt_version, cacheable=cacheable)

    return declare


class Catalogue:
    """The kinds of work on offer, by name."""

    def __init__(self, kinds: Iterable[JobType]) -> None:
        self._kinds: dict[str, JobType] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"two job types are called {kind.name!r}")
            self._kinds[kind.name] = kind

    @classmethod
    def of_package(cls, package: ModuleType) -> "Catalogue":
        """Find every job type that a module of this package declares."""
        modules = (import_module(f"{package.__name__}.{found.name}") for found in iter_modules(package.__path__))
        kinds = (value for module in modules for value in vars(module).values() if isinstance(value, JobType))
        return cls({id(kind): kind for kind in kinds}.values())

    def find(self, name: str) -> JobType | None:
        """The kind of that name, if this process knows it."""
        return self._kinds.get(name)

    def __iter__(self) -> Iterator[JobType]:
        return iter(self._kinds.values())
