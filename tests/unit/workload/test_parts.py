"""The small parts: entries, single flights, the source, the closed port, kinds of errors, waiting."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from random import Random

import pytest
import redis.exceptions

from stackgen.definition import load
from stackgen.workload.breaker import CircuitOpenError
from stackgen.workload.clients import AsyncClient
from stackgen.workload.closed_port import ClosedPort
from stackgen.workload.decisions import Decisions
from stackgen.workload.entry import Entry, EntryError, decode, encode, encode_unreadable, may_be_served_stale
from stackgen.workload.errors import CACHE_ERRORS, kind_of, unreachable, worth_a_retry
from stackgen.workload.flights import Flights
from stackgen.workload.pool import PoolExhaustedError, PoolUsage
from stackgen.workload.requests import Action, Request
from stackgen.workload.scenarios import SCENARIOS
from stackgen.workload.settings import SESSIONS
from stackgen.workload.source import Source, value_of
from stackgen.workload.waiting import TaskWaiting, completed


def test_an_entry_comes_back_as_it_was_stored() -> None:
    entry = Entry(value='ü "quoted" \n', fresh_until=1.5)
    assert decode(encode(entry)) == entry


@pytest.mark.parametrize("stored", [b"", b"\xff\xfe", b"[1]", b"7", b'["1", "v"]', encode_unreadable(Entry("v", 1.0))])
def test_what_other_code_stored_is_an_error_of_its_own(stored: bytes) -> None:
    with pytest.raises(EntryError):
        decode(stored)


def test_one_of_several_callers_loads_and_the_others_get_its_value() -> None:
    flights: Flights[Future[str | None]] = Flights(Future)
    flight, leads = flights.board("key")
    same, follows = flights.board("key")
    other, leads_other = flights.board("other")
    assert (leads, follows, leads_other) == (True, False, True)
    assert same is flight is not other
    flight.set_result("value")
    flights.land("key")
    assert same.result(0) == "value"
    assert flights.board("key")[1] is True


def test_those_who_wait_for_a_load_that_failed_are_told() -> None:
    flights: Flights[Future[str | None]] = Flights(Future)
    flights.board("key")
    waited_for, _ = flights.board("key")
    flights.land("key")
    assert waited_for.result(0) is None


def test_a_closed_port_refuses_connections() -> None:
    port = ClosedPort()
    try:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((port.host, port.port), timeout=5)
    finally:
        port.close()


def test_the_source_gives_the_same_value_each_time_after_a_while() -> None:
    source = Source(Random(1))
    answers = [source.ask("key", 1) for _ in range(1000)]
    assert {answer.value for answer in answers} == {value_of("key"), None}
    assert 0 < sum(answer.value is None for answer in answers) < 20
    assert all(answer.delay > 0 for answer in answers)
    assert any(answer.delay > SESSIONS.wait for answer in answers)  # else no caller would ever give up waiting


@pytest.mark.parametrize("size_factor", sorted({scenario.size_factor for scenario in SCENARIOS.values()}))
def test_few_values_are_too_large_for_the_cache(size_factor: int) -> None:
    decisions = Decisions(SESSIONS, Random(1))
    keys = [f"{number:06}" for number in range(3000)]
    stored = [
        decisions.storing(Request(action=Action.UPDATE, key=key), value_of(key, size_factor)) is not None
        for key in keys
    ]
    assert 0 < stored.count(False) < 60


def test_some_keys_may_be_served_stale_and_most_not() -> None:
    assert 150 < sum(may_be_served_stale(f"key-{number}") for number in range(1000)) < 350


@pytest.mark.parametrize(
    ("error", "kind", "gone", "retried"),
    [
        (redis.exceptions.ConnectionError("refused"), "connection", True, True),
        (ConnectionResetError("reset"), "connection", True, True),
        (CircuitOpenError("open"), "connection", False, False),
        (PoolExhaustedError(16), "connection", False, False),
        (redis.exceptions.TimeoutError("slow"), "timeout", True, False),
        (TimeoutError("slow"), "timeout", True, False),
        (EntryError("garbage"), "serialization", False, False),
        (redis.exceptions.ResponseError("WRONGTYPE"), "other", False, False),
    ],
)
def test_every_error_has_a_kind_of_the_definition_and_says_what_it_is_a_sign_of(
    error: Exception, kind: str, *, gone: bool, retried: bool
) -> None:
    assert (unreachable(error), worth_a_retry(error)) == (gone, retried)
    assert isinstance(error, CACHE_ERRORS)
    assert kind_of(error) == kind
    assert kind in (load("cache").labels["kind"].values or ())


def test_a_coroutine_that_does_not_suspend_is_one_plain_call() -> None:
    async def inner(number: int) -> int:
        return number + 1

    async def outer() -> int:
        return await inner(1) + await inner(2)

    assert completed(outer()) == 5


def test_a_coroutine_that_would_suspend_a_thread_is_a_defect_that_is_told() -> None:
    with pytest.raises(RuntimeError, match="waits for an event loop"):
        completed(asyncio.sleep(0))


def test_errors_of_a_coroutine_come_through() -> None:
    async def failing() -> None:
        raise redis.exceptions.ConnectionError("refused")

    with pytest.raises(redis.exceptions.ConnectionError, match="refused"):
        completed(failing())


def test_a_task_that_is_cancelled_as_its_wait_ends_is_cancelled() -> None:
    async def wait(flight: asyncio.Future[str | None], waiting: TaskWaiting) -> None:
        await waiting.landed(flight, 60.0)

    async def cancel_as_it_lands() -> bool:
        closed = ClosedPort()
        client = AsyncClient("redis://127.0.0.1:1", PoolUsage(1, lambda _: None), closed)
        waiting = TaskWaiting(client)
        flight = waiting.flight()
        task = asyncio.create_task(wait(flight, waiting))
        await asyncio.sleep(0)
        flight.set_result("value")
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await client.close()
        closed.close()
        return task.cancelled()

    assert asyncio.run(cancel_as_it_lands())
