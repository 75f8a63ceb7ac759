"""
Two organisations whose books are kept twice: by the product on a real PostgreSQL, and by the model in `books.py`.

Every deed does one thing through the services, or through the route, and says what must come of it; after every step
both books are compared.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nexus.ai.model import ModelRefused, ModelUnavailable
from nexus.core.errors import WorkFailed
from nexus.credits.errors import InsufficientCredits
from nexus.jobs.errors import JobIsSettled, Released
from nexus.jobs.lookout import Held
from nexus.jobs.reading import id_of
from nexus.jobs.services import Claim
from tests.chaos.books import Account, ModelJob
from tests.chaos.world import A_DAY, World

STEPS = 500
RECENT_CLAIMS = 24
COSTS = {"chaos": 10, "chaos-dear": 25}
FAILURES: dict[str, WorkFailed] = {
    "again": ModelUnavailable("busy"),
    "later": ModelUnavailable("busy"),
    "refused": ModelRefused("refused"),
    "released": Released("stopped"),
}
DEEDS = {
    "grant": 2,
    "create": 4,
    "submit_with_a_key": 2,
    "claim": 7,
    "complete": 2,
    "fail": 6,
    "crash": 1,
    "cancel": 1,
    "let_time_pass": 5,
    "beat": 1,
    "sweep": 2,
}
TO_BE_MET = (
    *("no credits", "replayed", "claim refused", "completed", "stale completion", "again", "later", "released"),
    *("refused", "failed and refunded", "stale failure", "cancelled", "settled already", "renewed", "swept"),
)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Taken:
    """A claim that some worker once got, whether it still counts or not."""

    side: int
    claim: Claim
    job: ModelJob

    @property
    def held(self) -> Held:
        """As a heartbeat names it."""
        return Held(self.claim.key, self.claim.number)


class Ledger(RuleBasedStateMachine):
    """Two organisations, and workers that know nothing of each other."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.people = [self.world.welcome(), self.world.welcome()]
        self.accounts = [Account(), Account()]
        for account in self.accounts:
            account.book("grant", 100)
        self.steps = 0
        self.read = [0, 0]  # how far each ledger has been compared
        self.claims: list[Taken] = []
        self.keys: dict[tuple[int, int], tuple[str, bytes]] = {}

    @rule(
        deed=st.sampled_from([name for name, weight in DEEDS.items() for _ in range(weight)]),
        side=st.integers(0, 1),
        number=st.integers(0, 255),
    )
    def step(self, deed: str, side: int, number: int) -> None:
        """One deed; the number says to which job, how, or how much."""
        deeds: dict[str, Callable[[int, int], None]] = {name: getattr(self, f"_{name}") for name in DEEDS}
        deeds[deed](side, number)

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        """Balances, new entries of the ledgers, and every job."""
        self.steps += 1
        for side, (person, account) in enumerate(zip(self.people, self.accounts, strict=True)):
            assert self._do(self.world.balance(person)) == (account.balance, len(account.ledger))
            assert self._do(self.world.entries(person, self.read[side])) == account.ledger[self.read[side] :]
            assert self._do(self.world.jobs(person)) == {job.id: job.facts for job in account.jobs.values()}
            self.read[side] = len(account.ledger)

    def teardown(self) -> None:
        """Leave nothing lying about, and ask the invariants."""
        self._sweep(0, 0)
        self.world.whole_sequences += self.steps > STEPS
        assert self._do(self.world.broken_invariants()) == []
        for person in self.people:
            self._do(person.api.aclose())

    def _do(self, what: Coroutine[Any, Any, Answer]) -> Answer:
        return self.world.wait_for(what)

    def _meet(self, what: str, often: int = 1) -> None:
        self.world.seen[what] += often

    def _job(self, side: int, number: int, *statuses: str) -> ModelJob | None:
        """One that stands so, as a rule; sometimes any."""
        jobs = list(self.accounts[side].jobs.values())
        chosen = [job for job in jobs if number % 8 == 0 or job.status in statuses]
        return chosen[number // 8 % len(chosen)] if chosen else None

    def _taken(self, number: int) -> Taken | None:
        """A claim: as a rule one that holds, sometimes any that somebody still remembers."""
        recent = self.claims[-RECENT_CLAIMS:]
        chosen = [one for one in recent if number % 4 == 0 or self._holds(one)]
        return chosen[number // 4 % len(chosen)] if chosen else None

    def _holds(self, taken: Taken) -> bool:
        return self.accounts[taken.side].holds(taken.job, taken.claim.number)

    def _grant(self, side: int, number: int) -> None:
        amount = 1 + number // 4
        self.accounts[side].book("grant", amount)

        assert self._do(self.world.grant(self.people[side], amount)) == self.accounts[side].balance

    def _create(self, side: int, number: int) -> None:
        """A job is charged and written down, or refused."""
        name, account = ("chaos", "chaos-dear")[number % 2], self.accounts[side]
        creating = self.world.create(self.people[side], name, COSTS[name])
        if account.balance >= COSTS[name]:
            account.create(self._do(creating), COSTS[name])
            return
        self._meet("no credits")
        with pytest.raises(InsufficientCredits) as refused:
            self._do(creating)
        assert refused.value.facts == {"needed": COSTS[name], "available": account.balance}

    def _submit_with_a_key(self, side: int, number: int) -> None:
        """The same through the route: done once for a key, and answered alike each time."""
        name, key, account = ("chaos", "chaos-dear")[number % 2], number // 2 % 16, self.accounts[side]
        headers = {"Idempotency-Key": f"key-{key}"}
        answer = self._do(self.people[side].api.post(f"/{name}", json={"text": "x"}, headers=headers))

        if (side, key) in self.keys:
            first, body = self.keys[side, key]
            self._meet("replayed", first == name)
            assert answer.status_code == (202 if first == name else 422)
            assert first != name or (answer.content == body and answer.headers["Idempotency-Replayed"] == "true")
        elif account.balance < COSTS[name]:
            assert answer.status_code == 402
        else:
            assert answer.status_code == 202
            account.create(id_of(answer.json()["job_id"]), COSTS[name])
            self.keys[side, key] = (name, answer.content)

    def _claim(self, side: int, number: int) -> None:
        """A worker wants a job."""
        job, account = self._job(side, number, "pending"), self.accounts[side]
        if job is None:
            return
        claim = self._do(self.world.claim(self.people[side], job.id))

        self._meet("claim refused", claim is None)
        assert (claim is not None) == account.can_claim(job)
        if claim is not None:
            account.claim(job)
            self.claims.append(Taken(side, claim, job))
            assert (claim.attempt, claim.number) == (job.attempts, job.claim)

    def _complete(self, _: int, number: int) -> None:
        """A worker finishes, perhaps one whose claim is long gone, perhaps for the second time."""
        if (taken := self._taken(number)) is None:
            return
        done = self._do(self.world.complete(taken.claim))

        self._meet("completed" if done else "stale completion")
        assert done == self._holds(taken)
        if done:
            self.accounts[taken.side].complete(taken.job)

    def _fail(self, _: int, number: int) -> None:
        """An attempt fails, or is handed back."""
        if (taken := self._taken(number)) is None:
            return
        how = list(FAILURES)[number // 16 % len(FAILURES)]
        why, account, job, holds = FAILURES[how], self.accounts[taken.side], taken.job, self._holds(taken)
        pause, released = A_DAY if how == "later" else 0, how == "released"
        verdict = self._do(self.world.fail(taken.claim, why, pause, released=released))

        self._meet(how if holds else "stale failure")
        assert (verdict is not None) == holds
        if verdict is None:
            return
        if released:
            account.release(job)
        else:
            account.fail(job, why.code, final=why.final, waits=how == "later")
        self._meet("failed and refunded", verdict.failed and not why.final)
        assert (verdict.failed, verdict.refunded) == (job.status == "failed", job.cost if verdict.failed else 0)

    def _crash(self, _: int, number: int) -> None:
        """A worker dies: nobody knows of its claim any more."""
        if (taken := self._taken(number)) is not None:
            self.claims.remove(taken)

    def _cancel(self, side: int, number: int) -> None:
        """Somebody cancels."""
        job = self._job(side, number, "pending", "running", "completed")
        if job is None:
            return
        cancelling = self.world.cancel(self.people[side], job.id)

        self._meet("settled already" if job.settled else "cancelled")
        if job.settled:
            with pytest.raises(JobIsSettled):
                self._do(cancelling)
            return
        self._do(cancelling)
        self.accounts[side].cancel(job)

    def _let_time_pass(self, side: int, number: int) -> None:
        """A pause is over, a lease ends, or, seldom, a deadline is reached."""
        job = self._job(side, number, "pending", "running")
        if job is None or job.settled:
            return
        if number % 16 == 1:
            job.deadline_passed, column = True, "deadline_at"
        elif job.status == "pending":
            job.due, column = True, "run_after"
        else:
            job.lease_ended, column = True, "lease_expires_at"
        self._do(self.world.rewind(column, self.people[side], job.id))

    def _beat(self, _: int, __: int) -> None:
        """A heartbeat for every claim that anybody remembers: it renews those that hold."""
        taken = self.claims[-RECENT_CLAIMS:]
        renewed = self._do(self.world.beat([one.held for one in taken]))

        holding = [one for one in taken if self._holds(one)]
        self._meet("renewed", len(holding))
        assert renewed == {one.held for one in holding}
        for one in holding:
            one.job.lease_ended = False

    def _sweep(self, _: int, __: int) -> None:
        """What was left lying is taken up."""
        swept = self._do(self.world.sweep())
        new = [self._do(self.world.entries(self.people[side], self.read[side])) for side in (0, 1)]
        refunded = [[entry.job_id for entry in entries] for entries in new]

        self._meet("swept", swept)
        assert swept == sum(account.sweep(order) for account, order in zip(self.accounts, refunded, strict=True))
