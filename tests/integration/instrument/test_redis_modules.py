"""Modules of Redis: their commands are other operations, and the pipelines that redis-py makes for them count too."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import suppress
from typing import Any

import pytest
import redis
import redis.asyncio

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server


@pytest.fixture
def client(new_redis: Server, recorded: Recorded) -> Any:
    with redis.Redis(port=new_redis.port) as plain:
        plain.flushall()
        yield instrument(plain, recorded.metrics)


def test_commands_of_a_module_are_other_operations(client: Any, recorded: Recorded) -> None:
    # Vector sets are the module that Redis 8 always has.
    vectors = client.vset()
    assert vectors.vadd("points", [1.0, 2.0], "a") == 1
    assert vectors.vcard("points") == 1
    with client.pipeline() as pipe:
        assert pipe.vset().vcard("points").get("none").execute() == [1, None]
    assert recorded.operations == {("other", "ok"): 3, ("get", "miss"): 1}


def test_a_module_that_the_server_lacks_is_an_error_of_the_servers(client: Any, recorded: Recorded) -> None:
    with pytest.raises(redis.ResponseError, match="unknown command"):
        client.json().get("k")
    assert recorded.errors == {("other", "other"): 1}


def test_what_one_command_changes_in_many_entries_or_by_an_amount(client: Any, recorded: Recorded) -> None:
    # Redis 8.4 and 8.8 know them: before, they are errors of what they would have been.
    for command in (("MSETEX", 2, "a", 1, "b", 2, "EX", 60), ("INCREX", "n"), ("MSETEX", "many")):
        with suppress(redis.ResponseError):
            client.execute_command(*command)
    ended = {key: number for key, number in recorded.operations.items() if key[0] == "set"}
    assert sum(ended.values()) == 4
    assert ("other", "error") not in recorded.operations


def test_pipelines_of_a_module_count_their_commands(client: Any, recorded: Recorded) -> None:
    pipe = client.ts().pipeline(transaction=False)
    assert type(pipe).__name__ == "Pipeline"
    pipe.set("k", 1)
    pipe.execute_command("GET", "k")
    pipe.execute_command("GET", "none")
    pipe.execute_command("TS.GET", "series")
    answers = pipe.execute(raise_on_error=False)
    assert answers[1:3] == [b"1", None]
    assert recorded.operations == {
        ("set", "ok"): 1, ("get", "hit"): 1, ("get", "miss"): 1, ("other", "error"): 1,
    }  # fmt: skip
    assert recorded.errors == {("other", "other"): 1}


def test_they_give_and_raise_what_plain_ones_do(client: Any, new_redis: Server) -> None:
    with redis.Redis(port=new_redis.port) as plain:
        for module in ("json", "ft", "ts"):
            seen = []
            for each in (plain, client):
                pipe = getattr(each, module)().pipeline(transaction=False)
                pipe.execute_command("SET", "k", 1)
                pipe.execute_command("FT.INFO", "index")
                answers = pipe.execute(raise_on_error=False)
                with pytest.raises(redis.ResponseError) as caught:
                    pipe.execute_command("TS.GET", "k").execute()
                seen.append(([repr(answer) for answer in answers], str(caught.value), repr(type(pipe))))
            assert seen[0] == seen[1]


def test_after_the_wrapper_came_off_they_work_and_count_no_more(client: Any, recorded: Recorded) -> None:
    kept = client.ft("index")
    uninstrument(client)
    for search in (kept, client.ft("index")):
        assert search.pipeline().set("k", 1).execute() == [True]
    assert type(client.ft("index").pipeline()) is redis.commands.search.Pipeline
    assert recorded.operations == {}


def test_they_are_freed_at_once(client: Any) -> None:
    pipe = client.json().pipeline()
    gone = weakref.ref(pipe)
    gc.disable()
    try:
        del pipe
        assert gone() is None
    finally:
        gc.enable()


def test_those_of_asyncio(new_redis: Server, recorded: Recorded) -> None:
    async def main() -> None:
        client: Any = instrument(redis.asyncio.Redis(port=new_redis.port), recorded.metrics)
        await client.flushall()
        assert await client.vset().vadd("points", [1.0, 2.0], "a") == 1
        # It is an asyncio pipeline and a plain one by its classes.
        pipe = client.ft("index").pipeline(transaction=False)
        assert await pipe.set("k", 1).execute_command("GET", "none").execute() == [True, None]
        instrument(pipe, recorded.metrics)
        assert await pipe.execute_command("GET", "k").execute() == [b"1"]
        await client.aclose()

    asyncio.run(main())
    assert recorded.operations == {
        ("invalidate", "ok"): 1, ("other", "ok"): 1, ("set", "ok"): 1, ("get", "hit"): 1, ("get", "miss"): 1,
    }  # fmt: skip
