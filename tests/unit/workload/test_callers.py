"""Callers take turns, work at once, and end when they are told to."""

from __future__ import annotations

import asyncio
import time
from threading import Event, Lock

from stackgen.workload.arrivals import Arrivals
from stackgen.workload.callers import TaskCallers, ThreadCallers
from stackgen.workload.randomness import stream
from stackgen.workload.requests import Request, Requests
from stackgen.workload.scenarios import NORMAL, Stage
from stackgen.workload.settings import SESSIONS

COUNT = 200


def traffic(rate: float = 5000.0) -> tuple[Arrivals, Requests]:
    stage = Stage(NORMAL)
    return (
        Arrivals(rate=rate, stage=stage, random=stream(1, "arrivals"), start=time.monotonic()),
        Requests(SESSIONS, stage=stage, random=stream(1, "requests")),
    )


def expected() -> list[Request]:
    _, requests = traffic()
    return [requests.next() for _ in range(COUNT)]


def test_threads_send_every_request_once_in_one_order() -> None:
    served: list[Request] = []
    stop = Event()
    all_served = Event()

    def serve(request: Request) -> None:
        served.append(request)
        if len(served) == COUNT:
            all_served.set()

    callers = ThreadCallers(1, *traffic(), serve, stop)
    callers.start()
    at_work = callers.at_work
    assert all_served.wait(60)
    stop.set()
    assert callers.join(time.monotonic() + 5)
    assert (at_work, callers.at_work) == (True, False)
    assert served[:COUNT] == expected()


def test_tasks_send_the_same_requests_as_threads() -> None:
    served: list[Request] = []

    async def scene() -> None:
        all_served = asyncio.Event()

        async def serve(request: Request) -> None:
            served.append(request)
            if len(served) == COUNT:
                all_served.set()
            await asyncio.sleep(0)

        callers = asyncio.create_task(TaskCallers(1, *traffic(), serve).run())
        await asyncio.wait_for(all_served.wait(), 10)
        callers.cancel()
        await asyncio.wait([callers])

    asyncio.run(scene())
    assert served[:COUNT] == expected()


def test_a_slow_request_does_not_hold_up_the_others() -> None:
    release = Event()
    stop = Event()
    lock = Lock()
    at_once = 0
    all_busy = Event()

    def serve(request: Request) -> None:
        nonlocal at_once
        with lock:
            at_once += 1
            if at_once == 4:
                all_busy.set()
        release.wait(60)

    callers = ThreadCallers(4, *traffic(), serve, stop)
    callers.start()
    assert all_busy.wait(60)
    stop.set()
    assert not callers.join(time.monotonic())
    release.set()
    assert callers.join(time.monotonic() + 5)


def test_stopping_does_not_wait_for_the_next_request() -> None:
    stop = Event()
    callers = ThreadCallers(2, *traffic(rate=0.001), lambda _: None, stop)
    callers.start()
    stop.set()
    assert callers.join(time.monotonic() + 5)


def test_tasks_end_even_when_a_cancellation_gets_lost_on_the_way() -> None:
    async def scene() -> bool:
        served = asyncio.Event()

        async def serve(request: Request) -> None:
            served.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                return  # as redis-py does now and then on Python 3.11

        callers = asyncio.create_task(TaskCallers(4, *traffic(), serve).run())
        await asyncio.wait_for(served.wait(), 10)
        callers.cancel()
        ended, _ = await asyncio.wait([callers], timeout=5)
        return callers in ended

    assert asyncio.run(scene())
