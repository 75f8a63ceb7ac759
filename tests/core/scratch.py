"""An API with routes that only tests know: they fail in ways that the product's own routes should not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from nexus.accounts.auth import AnyCaller, CallerTx
from nexus.config import Settings
from nexus.core.http import JudgedRoute
from tests.house import run_app

SECRET_WORDS = "SELECT secret_column FROM hidden_table -- /srv/nexus/app.py in class HiddenThing"

# A unique constraint that is looked at when the transaction commits, and not before.
LATE_LAW = "CREATE TEMP TABLE promises (one int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"

CUTTERS: list[asyncpg.Connection] = []  # who may cut a connection: the superuser of the test that asks for it

router = APIRouter(prefix="/scratch", route_class=JudgedRoute)


@router.get("/unforeseen")
async def fail_as_nobody_foresaw() -> None:
    """Fail in our own code."""
    raise RuntimeError(SECRET_WORDS)


@router.get("/wrong-statement")
async def send_a_wrong_statement(caller: AnyCaller, tx: CallerTx) -> None:
    """Fail in PostgreSQL."""
    await tx.execute(text("SELECT secret_column FROM hidden_table WHERE id = :user").bindparams(user=caller.user_id))


@router.get("/wrong-answer", response_model=int)
async def answer_with_another_shape() -> str:
    """Fail on the way out."""
    return SECRET_WORDS


@router.post("/broken-promise", status_code=201)
async def break_a_promise(caller: AnyCaller, tx: CallerTx) -> dict[str, str]:  # noqa: ARG001 - signed in is enough
    """Do what only the commit refuses."""
    await tx.execute(text(LATE_LAW))
    await tx.execute(text("INSERT INTO promises VALUES (1), (1)"))
    return {"promise": "kept"}


@router.post("/cut-off", status_code=201)
async def lose_the_connection(caller: AnyCaller, tx: CallerTx) -> dict[str, str]:  # noqa: ARG001 - a caller is needed, not who it is
    """Have the connection cut by a colleague, once everything is done but the commit."""
    pid = await tx.scalar(text("SELECT pg_backend_pid()"))
    await CUTTERS[-1].fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    return {"promise": "kept"}


@asynccontextmanager
async def run_scratch_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API with these routes beside its own."""
    async with run_app(settings) as app:
        app.include_router(router)
        yield app
