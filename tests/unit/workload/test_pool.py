"""The pool's gate: as many operations at once as there may be connections, and nobody waits unseen or for ever."""

from __future__ import annotations

import asyncio
from threading import Barrier, Event, Thread

import pytest

from stackgen.workload.pool import PoolExhaustedError, PoolUsage, TaskGate, ThreadGate


def test_a_pool_tells_its_busiest_moment_since_it_was_last_asked() -> None:
    usage = PoolUsage(4, lambda _: None)
    assert usage.read() == (0, 0)
    with usage.connection(), usage.connection():
        pass
    assert usage.read() == (2, 0)
    assert usage.read() == (0, 2)
    with usage.connection():
        assert usage.read() == (1, 1)


def test_a_pool_whose_server_is_gone_has_no_idle_connections() -> None:
    usage = PoolUsage(4, lambda _: None)
    with usage.connection():
        pass
    usage.server_gone()
    assert usage.read() == (0, 0)


def test_a_thread_waits_for_a_connection_and_the_wait_is_told() -> None:
    waits: list[float] = []
    usage = PoolUsage(1, waits.append)
    gate = ThreadGate(usage)
    both = Barrier(2)
    done = Event()

    def hold() -> None:
        with gate.connection():
            both.wait(5)
            done.wait(0.05)  # nobody sets it: the connection is held for as long as this

    holder = Thread(target=hold)
    holder.start()
    both.wait(5)
    with gate.connection():
        assert usage.read() == (1, 0)
    holder.join()
    (wait,) = waits
    assert 0.0 < wait < 1.0


def test_who_need_not_wait_is_not_told_of() -> None:
    waits: list[float] = []
    gate = ThreadGate(PoolUsage(1, waits.append))
    for _ in range(3):
        with gate.connection():
            pass
    assert waits == []


def test_a_thread_gives_up_after_a_second_and_harms_nobody() -> None:
    waits: list[float] = []
    gate = ThreadGate(PoolUsage(1, waits.append))
    with (
        gate.connection(),
        pytest.raises(PoolExhaustedError, match="all 1 connections of the pool were in use for 1 s"),
        gate.connection(),
    ):
        pytest.fail("a second connection of one")
    assert waits == [pytest.approx(1.0, abs=0.5)]
    with gate.connection():
        pass


def test_tasks_wait_and_give_up_in_the_same_way() -> None:
    waits: list[float] = []
    usage = PoolUsage(2, waits.append)

    async def use(gate: TaskGate, seconds: float) -> None:
        async with gate.connection():
            await asyncio.sleep(seconds)

    async def scene() -> list[BaseException | None]:
        gate = TaskGate(usage)
        quick = await asyncio.gather(*(use(gate, 0.01) for _ in range(4)), return_exceptions=True)
        assert quick == [None] * 4
        assert len(waits) == 2
        slow = await asyncio.gather(*(use(gate, 1.5) for _ in range(3)), return_exceptions=True)
        await use(gate, 0.0)
        return slow

    ended = asyncio.run(scene())
    assert ended[:2] == [None, None]
    assert isinstance(ended[2], PoolExhaustedError)
    assert len(waits) == 3
    assert usage.read() == (2, 0)
