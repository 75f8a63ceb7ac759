"""The floor that the durable submit is measured against: a bare FastAPI route and one autocommit INSERT."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

POOL_SIZE = 16


class Text(BaseModel):
    """What is sent."""

    text: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool, and make the table."""
    async with asyncpg.create_pool(os.environ["BARE_DATABASE_URL"], min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        await pool.execute("CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, body text NOT NULL)")
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/nothing")
async def nothing(asked: Text) -> dict[str, int]:
    """Answer, and do nothing."""
    return {"length": len(asked.text)}


@app.post("/insert")
async def insert(asked: Text) -> dict[str, str]:
    """Write one row."""
    row = uuid4()
    await app.state.pool.execute("INSERT INTO bare (id, body) VALUES ($1, $2)", row, asked.text)
    return {"id": str(row)}


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(os.environ["BARE_PORT"]), http="httptools", loop="uvloop", access_log=False, log_level="error"
    )
