"""What a seed decides before anything starts: who asks for what and when, and what dies when."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from random import Random

from tests.chaos.script import Behaviour, text_of
from tests.chaos.stack import LEASE_SECONDS

STEADY, FLOODING = range(5), 5  # organisations, by number
SHORT_OF_CREDITS = (3, 4)
ORDERS_PER_SECOND = 2.2  # of each organisation that asks steadily
FLOOD, FLOOD_EVERY_SECONDS = 60, 25.0
FIRST_FAULT_SECONDS, FAULT_EVERY_SECONDS = 2.0, 2.1


class Kind(StrEnum):
    """What is done to whom."""

    WORKER_KILLED = "worker killed"
    WORKER_STOPPED = "worker stopped"
    WORKER_FROZEN_LONG = "worker frozen beyond its lease"
    WORKER_FROZEN = "worker frozen"
    API_KILLED = "api killed"
    API_STOPPED = "api stopped"
    API_FROZEN = "api frozen"
    REDIS_KILLED = "redis killed"
    REDIS_FLUSHED = "redis flushed"
    REDIS_FROZEN = "redis frozen"
    POSTGRES_STOPPED = "postgres stopped"
    POSTGRES_KILLED = "postgres killed"


DECK = {
    Kind.WORKER_KILLED: 20,
    Kind.WORKER_STOPPED: 5,
    Kind.WORKER_FROZEN_LONG: 6,
    Kind.WORKER_FROZEN: 3,
    Kind.API_KILLED: 4,
    Kind.API_STOPPED: 2,
    Kind.API_FROZEN: 2,
    Kind.REDIS_KILLED: 2,
    Kind.REDIS_FLUSHED: 3,
    Kind.REDIS_FROZEN: 1,
    Kind.POSTGRES_STOPPED: 1,
    Kind.POSTGRES_KILLED: 1,
}
FREEZES = {
    Kind.WORKER_FROZEN_LONG: (LEASE_SECONDS * 1.3, LEASE_SECONDS * 1.8),
    Kind.WORKER_FROZEN: (0.3, LEASE_SECONDS * 0.6),
    Kind.API_FROZEN: (0.5, 3.0),
    Kind.REDIS_FROZEN: (1.0, 4.0),
}

NUMBERS: dict[Behaviour, Callable[[Random], float]] = {
    Behaviour.QUICK: lambda _: 0,
    Behaviour.SLOW: lambda dice: round(dice.uniform(0.2, 2.0), 2),
    Behaviour.HANGS_FIRST: lambda dice: round(dice.uniform(1.3, 2.0) * LEASE_SECONDS, 2),
    Behaviour.FAILS: lambda dice: dice.choice((1, 1, 2, 2, 9)),
    Behaviour.REFUSES: lambda _: 0,
    Behaviour.BLOCKS: lambda _: LEASE_SECONDS * 1.2,
}
WEIGHTS = {
    Behaviour.QUICK: 280,
    Behaviour.SLOW: 430,
    Behaviour.HANGS_FIRST: 60,
    Behaviour.FAILS: 170,
    Behaviour.REFUSES: 50,
    Behaviour.BLOCKS: 6,
}


@dataclass(frozen=True)
class Order:
    """A job that somebody asks for: when, and what else they do about it."""

    at: float
    organisation: int
    key: str
    job_type: str
    text: str
    repeats: tuple[float, ...]  # after so many seconds the same request is sent again
    cancel_after: float | None


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong. `number` says with whom to begin to look for a victim that holds work."""

    at: float
    kind: Kind
    number: int
    seconds: float  # how long a freeze lasts


def orders(seed: int, seconds: float) -> list[Order]:
    """Everything that is asked for, in order of time."""
    dice, names = Random(f"orders {seed}"), count()  # noqa: S311 - dice, not secrets
    made: list[Order] = []
    for organisation in STEADY:
        at = dice.uniform(0, 1)
        while at < seconds:
            made.append(_order(dice, next(names), at, organisation))
            at += dice.expovariate(ORDERS_PER_SECOND)
    floods = [begun * FLOOD_EVERY_SECONDS + 1 for begun in range(int(seconds // FLOOD_EVERY_SECONDS) + 1)]
    made += [
        _order(dice, next(names), begun + dice.uniform(0, 2), FLOODING)
        for begun in floods
        if begun < seconds - 5
        for _ in range(FLOOD)
    ]
    return sorted(made, key=lambda order: order.at)


def _order(dice: Random, number: int, at: float, organisation: int) -> Order:
    behaviour = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    name = f"{organisation}-{number}"
    repeats = tuple(dice.choice((0.0, 0.0, 0.05, 1.0, 5.0)) for _ in range(dice.choices((0, 1, 3), (88, 10, 2))[0]))
    return Order(
        at=at,
        organisation=organisation,
        key=f"key-{name}",
        job_type=dice.choice(("chaos", "chaos", "chaos-dear")),
        text=text_of(behaviour, NUMBERS[behaviour](dice), name),
        repeats=repeats,
        cancel_after=round(dice.uniform(0.05, 2.5), 2) if dice.random() < 0.05 else None,
    )


def faults(seed: int, seconds: float) -> list[Fault]:
    """Everything that goes wrong: the same share of each kind in every run, in an order that the seed decides."""
    dice = Random(f"faults {seed}")  # noqa: S311 - dice, not secrets
    made: list[Fault] = []
    deck: list[Kind] = []
    at = FIRST_FAULT_SECONDS
    while at < seconds:
        if not deck:
            deck = [kind for kind, cards in DECK.items() for _ in range(cards)]
            dice.shuffle(deck)
        kind = deck.pop()
        made.append(Fault(at, kind, dice.randrange(6), round(dice.uniform(*FREEZES.get(kind, (0, 0))), 2)))
        at += FAULT_EVERY_SECONDS * dice.uniform(0.7, 1.3)
    return made
