"""What the parts give when they are put together plainly: httpx, DeepDiff, one commit an exchange.

No rules, no noise, no endpoints, no redaction, no bounds; a queue would cost more.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from deepdiff import DeepDiff
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shadow.model import Exchange

_AT_ONCE = 16


class _Base(DeclarativeBase):
    pass


class _Compared(_Base):
    __tablename__ = "compared"

    id: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str]
    status: Mapped[int]
    difference: Mapped[str]


def compare_all(exchanges: Sequence[Exchange], candidate: str, folder: Path) -> tuple[float, float]:
    """Do them all; return the seconds it took, and the seconds of processor."""
    engine = create_engine(f"sqlite:///{folder / 'plain.db'}")
    _Base.metadata.create_all(engine)

    async def one(client: httpx.AsyncClient, exchange: Exchange, room: asyncio.Semaphore) -> None:
        request = exchange.request
        async with room:
            answer = await client.request(
                request.method,
                candidate + request.target,
                headers=list(request.headers),
                content=request.body,
            )
        here, there = json.loads(exchange.primary.body), json.loads(answer.content)
        found = DeepDiff(here, there, ignore_order=True)
        with Session(engine) as session:
            session.add(
                _Compared(
                    id=exchange.id,
                    path=request.target,
                    status=answer.status_code,
                    difference=found.to_json(),
                )
            )
            session.commit()

    async def everything() -> None:
        room = asyncio.Semaphore(_AT_ONCE)
        async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
            for exchange in exchanges:
                group.create_task(one(client, exchange, room))

    started, processor = time.perf_counter(), time.process_time()
    asyncio.run(everything())
    took = time.perf_counter() - started, time.process_time() - processor
    engine.dispose()
    return took
