"""The read-through cache: a lookup asks Redis, and what that does not have is loaded from the source and stored.

It is written once for threads and for tasks: whatever waits is awaited, and `waiting` says what that means.
"""

from __future__ import annotations

from typing import Any, Generic

from redis.exceptions import RedisError

from stackgen.workload.commands import Plan
from stackgen.workload.decisions import Decisions
from stackgen.workload.entry import EntryError
from stackgen.workload.errors import CACHE_ERRORS, worth_a_retry
from stackgen.workload.flights import Flights, L
from stackgen.workload.recording import Recording
from stackgen.workload.requests import Action, Request
from stackgen.workload.source import Source, SourceError, value_of
from stackgen.workload.waiting import Waiting


class ReadThroughCache(Generic[L]):
    """One cache, its circuit breaker and its recorder; any number of callers at once."""

    def __init__(self, decisions: Decisions, waiting: Waiting[L], source: Source, recording: Recording) -> None:
        self._decisions = decisions
        self._commands = decisions.commands
        self._waiting = waiting
        self._source = source
        self._recording = recording
        self._flights: Flights[L] = Flights(waiting.flight)

    async def serve(self, request: Request) -> None:
        """Do what the request asks for. Failures of the cache and the source are recorded, and end here."""
        try:
            match request.action:
                case Action.LOOK_UP:
                    await self.look_up(request)
                case Action.UPDATE:
                    await self._store(request, value_of(request.key, request.size_factor))
                case Action.DELETE:
                    with self._recording.change("delete"):
                        await self._run(self._commands.delete(request.key), request)
                case Action.INVALIDATE:
                    with self._recording.change("invalidate"):
                        await self._invalidate(request)
        except SourceError:
            self._recording.unanswered()
        except CACHE_ERRORS:
            # Recorded where it arose. An application would go on without the change, and so does this one.
            return

    async def look_up(self, request: Request) -> str:
        """The value: from the cache, or where that has none or fails, from the source.

        Raises SourceError when the source fails too.
        """
        try:
            with self._recording.lookup() as outcome:
                found = self._decisions.found((await self._run(self._commands.look_up(request.key), request))[0])
                outcome.result = found.result
        except EntryError:
            return await self._load_once(request, store=True)
        except CACHE_ERRORS:
            return await self._load_once(request, store=False)
        if found.value is None:
            return await self._load_once(request, store=True)
        if found.result == "stale":
            await self._recalculate(request)
        return found.value

    async def _run(self, plan: Plan, request: Request | None = None) -> list[Any]:
        try:
            return await self._waiting.run(plan, request)
        except (RedisError, OSError) as error:
            if not worth_a_retry(error):
                raise
        self._recording.retry()
        return await self._waiting.run(plan, request)

    async def _load_once(self, request: Request, *, store: bool) -> str:
        flight, leads = self._flights.board(request.key)
        if leads:
            return await self._lead(request, flight, store=store)
        try:
            value = await self._waiting.landed(flight, self._decisions.cache.wait)
        except TimeoutError:
            self._recording.wait_timeout()
            return await self._load(request)
        if value is None:
            raise SourceError(f"the load of {request.key} failed")
        return value

    async def _lead(self, request: Request, flight: L, *, store: bool) -> str:
        try:
            value = await self._load(request)
            flight.set_result(value)
            if store:
                await self._store(request, value)
            return value
        finally:
            self._flights.land(request.key)

    async def _recalculate(self, request: Request) -> None:
        # The stale value has been given out by now in all but name: no metric covers the time from here on.
        flight, leads = self._flights.board(request.key)
        if leads:
            self._recording.recalculation()
            await self._lead(request, flight, store=True)

    async def _load(self, request: Request) -> str:
        with self._recording.load():
            answer = self._source.ask(request.key, request.size_factor)
            await self._waiting.pause(answer.delay)
            if answer.value is None:
                raise SourceError(f"the source has failed to give {request.key}")
            return answer.value

    async def _store(self, request: Request, value: str) -> None:
        plan = self._decisions.storing(request, value)
        if plan is None:
            self._recording.size_limit_rejection()
            return
        evicted = 0
        try:
            with self._recording.change("set"):
                excess = self._decisions.too_many(await self._run(plan, request))
                if excess:
                    evicted = await self._evict(excess)
        except CACHE_ERRORS:
            # Recorded. The value is there, and the next one who asks for it will try to store it again.
            return
        if evicted:
            self._recording.evicted(evicted)

    async def _evict(self, count: int) -> int:
        names = self._decisions.names((await self._run(self._commands.pick_for_eviction(count)))[0])
        if names:
            await self._run(self._commands.remove(names))
        return len(names)

    async def _invalidate(self, request: Request) -> None:
        cursor, scored = (await self._run(self._commands.search(request.key, 0), request))[0]
        while True:
            if scored:
                await self._run(self._commands.remove(self._decisions.names(scored)))
            if not cursor:
                return
            cursor, scored = (await self._run(self._commands.search(request.key, cursor)))[0]
