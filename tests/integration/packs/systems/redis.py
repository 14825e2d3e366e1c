"""A Redis between two others, the replica of one and the master of the other, with redis_exporter beside it."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from stackgen.stack.binaries import Located
from tests.integration.instrument.programs import newest_redis, newest_redis_exporter
from tests.integration.packs.system import Fault, Finder, System
from tests.integration.ports import free_port
from tests.waiting import wait_for

_ROOMY = "2gb"
#: Thresholds and guards that a small server on a busy machine can be brought beyond, and stays within otherwise.
_OVERRIDES = {
    "alerts": {
        "RedisFragmentationHigh": {"when": {"signal": "memory", "above": "30MiB"}},
        "RedisSwapping": {"when": {"signal": "memory", "above": "30MiB"}},
        "RedisMemoryRunsOut": {"runs_out": {"within": "10m"}},
        "RedisCommandsSlow": {"above": "200ms"},
        "RedisCpuHigh": {"above": 0.06},
        "RedisReplicaLagging": {"above": "5s"},
    }
}


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """Redis 8 and redis_exporter 1.86, or later ones."""
    with ExitStack() as stack:
        ports = {name: free_port() for name in ("master", "middle", "replica")}
        above = stack.enter_context(_server(folder / "master", ports["master"]))
        # Writable, so that everything that a master can do can be done to it.
        options = ["--replicaof", f"127.0.0.1 {ports['master']}", "--replica-read-only", "no"]
        options += ["--replica-ignore-maxmemory", "no", "--maxmemory", _ROOMY, "--enable-debug-command", "yes"]
        options += ["--appendonly", "yes", "--repl-diskless-sync-delay", "0"]
        middle = stack.enter_context(_server(folder / "middle", ports["middle"], *options))
        below = stack.enter_context(
            _server(folder / "replica", ports["replica"], "--replicaof", f"127.0.0.1 {ports['middle']}")
        )
        port = free_port()
        words = [f"--redis.addr=redis://127.0.0.1:{ports['middle']}", f"--web.listen-address=127.0.0.1:{port}"]
        exporter = stack.enter_context(_process(newest_redis_exporter(), words, folder / "exporter.log"))
        client = stack.enter_context(_client(ports["middle"]))
        wait_for("the replicas are connected", lambda: _linked(client), seconds=60)
        shop = _Shop(client, middle.pid, ports["middle"])
        yield System(
            address=f"127.0.0.1:{port}",
            use=shop.use,
            overrides=_OVERRIDES,
            sparse=("redis_commands_latencies_usec",),
            faults=(*shop.faults(), *_failures(shop, above, middle, below, exporter)),
        )


@contextmanager
def _process(program: Located, words: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    # Python's own handling of SIGXFSZ, which is to ignore it, is left on: a file that may not grow is an error then.
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(program.path), *words],
            env={**os.environ, **program.environment}, stdout=output, stderr=subprocess.STDOUT, restore_signals=False,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def _server(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", *options]
    with _process(newest_redis(), words, folder / "redis.log") as process, _client(port) as client:

        def answers() -> bool:
            with suppress(redis.ConnectionError, redis.exceptions.BusyLoadingError):
                return bool(client.ping())
            return False

        wait_for(f"Redis answers on {port}", answers, seconds=60)
        yield process


def _client(port: int) -> Any:
    """A client; of redis-py only a part is typed."""
    return redis.Redis(port=port, retry=Retry(NoBackoff(), 0), socket_timeout=60)


def _linked(client: Any) -> bool:
    state = client.info("replication")
    return bool(state["master_link_status"] == "up" and state["connected_slaves"] == 1)


class _Shop:
    """Somebody who uses the server in the middle, well and badly."""

    def __init__(self, client: Any, pid: int, port: int) -> None:
        self._client = client
        self._pid = pid
        self._port = port
        self._numbers = itertools.count()
        self._held: list[socket.socket] = []
        client.rpush("queue", "job")

    def use(self) -> None:
        """Mostly hits, a few keys with a time to live, one mistake in sixty commands."""
        pipe = self._client.pipeline(transaction=False)
        for number in range(20):
            pipe.set(f"page:{number}", "x" * 100, ex=60).get(f"page:{number}").exists(f"page:{number}")
        pipe.get("page:none").incr("queue")
        pipe.execute(raise_on_error=False)

    def faults(self) -> Iterator[Fault]:
        """What its clients do to it."""
        yield Fault(name="nothing is found", alerts=("RedisHitRatioLow",), use=self._miss)
        yield Fault(name="wrong commands", alerts=("RedisErrorRatioHigh",), use=self._err)
        yield Fault(name="a slow command", alerts=("RedisCommandsSlow",), use=self._dawdle)
        yield Fault(name="dear scripts", alerts=("RedisCpuHigh",), begin=self._prefer, use=self._toil)
        yield Fault(
            name="many clients", alerts=("RedisClientsNearLimit",),
            begin=lambda: self._hold(90, limit=100), end=self._release,
        )  # fmt: skip
        yield Fault(
            name="more clients than may be", alerts=("RedisConnectionsRejected",),
            begin=lambda: self._hold(90, limit=100), use=self._crowd, end=self._release,
        )  # fmt: skip
        yield Fault(name="memory grows", alerts=("RedisMemoryRunsOut",), use=self._fill)
        yield Fault(
            name="memory is given back in pieces", alerts=("RedisFragmentationHigh",),
            begin=self._scatter, end=self._empty,
        )  # fmt: skip
        yield Fault(
            name="memory that is not there", alerts=("RedisSwapping",),
            begin=self._announce, use=self._dribble, end=self._release,
        )  # fmt: skip
        yield Fault(
            name="memory is full of what may go", alerts=("RedisEvicting",),
            begin=lambda: self._limit("allkeys-lru"), use=self._store, end=self._unlimit,
        )  # fmt: skip
        yield Fault(
            name="memory is full of what may not go", alerts=("RedisMemoryHigh", "RedisWritesRefused"),
            begin=lambda: self._limit("noeviction"), use=self._store, end=self._unlimit,
        )  # fmt: skip
        yield Fault(
            name="the disk is full", alerts=("RedisSnapshotFailed", "RedisAppendOnlyFileFailed"),
            begin=self._fill_disk, use=self._store, end=self._empty_disk,
        )  # fmt: skip

    def _miss(self) -> None:
        self._run(*(("GET", f"none:{next(self._numbers)}") for _ in range(50)))

    def _err(self) -> None:
        self._run(*[("INCR", "queue")] * 20)

    def _dawdle(self) -> None:
        self._run(("DEBUG", "SLEEP", "0.3"))

    def _prefer(self) -> None:
        """On a machine where everybody wants a CPU nobody gets much of one; root may say who goes first."""
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, self._pid, -15)

    def _toil(self) -> None:
        for _ in range(20):  # one after the other, so that the exporter gets its turn
            self._run(("EVAL", "local n = 0 for i = 1, 1e6 do n = n + i end return n", "0"))

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port))

    def _hold(self, count: int, *, limit: int) -> None:
        self._client.config_set("maxclients", limit)
        self._held = [self._connect() for _ in range(count)]

    def _crowd(self) -> None:
        for connection in [self._connect() for _ in range(15)]:
            connection.close()

    def _release(self) -> None:
        for connection in self._held:
            connection.close()
        self._held = []
        self._client.config_set("maxclients", 10000)

    def _fill(self) -> None:
        self._run(("DEBUG", "POPULATE", "2000", f"heap{next(self._numbers)}", "1000"))

    def _scatter(self) -> None:
        self._empty()
        self._run(("DEBUG", "POPULATE", "150000", "piece", "1000"))
        # One in four stays, so that hardly a page is free.
        self._run(*(("UNLINK", f"piece:{number}") for number in range(150_000) if number % 4))

    def _announce(self) -> None:
        """A client says how large a value will be, and sends little of it: memory is allocated and never touched."""
        connection = self._connect()
        connection.sendall(b"*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n$500000000\r\n" + b"x" * 100_000)
        self._held = [connection]

    def _dribble(self) -> None:
        """From a client that says nothing for two seconds Redis takes that memory back."""
        self._held[0].sendall(b"x")

    def _limit(self, policy: str) -> None:
        self._client.config_set("maxmemory-policy", policy)
        self._client.config_set("maxmemory", self._client.info("memory")["used_memory"] + 100_000)

    def _unlimit(self) -> None:
        self._client.config_set("maxmemory", _ROOMY)
        self._empty()

    def _store(self) -> None:
        self._run(*(("SET", f"stored:{next(self._numbers)}", "x" * 1000) for _ in range(200)))

    def _empty(self) -> None:
        self._client.flushall()

    def _fill_disk(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        self._client.bgsave()

    def _empty_disk(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self._client.bgsave()

        def healthy() -> bool:
            state = self._client.info("persistence")
            return bool(state["rdb_last_bgsave_status"] == state["aof_last_write_status"] == "ok")

        wait_for("what was not written is", healthy, seconds=60)

    def _run(self, *commands: tuple[str, ...]) -> None:
        """Commands in one go; that some fail is what is wanted."""
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        with suppress(redis.ConnectionError):
            pipe.execute(raise_on_error=False)


def _failures(
    shop: _Shop,
    above: subprocess.Popen[bytes],
    middle: subprocess.Popen[bytes],
    below: subprocess.Popen[bytes],
    exporter: subprocess.Popen[bytes],
) -> tuple[Fault, ...]:
    """What happens to servers; the last ones are not mended."""
    return (
        Fault(
            name="its replica hangs", alerts=("RedisReplicaLagging",),
            begin=lambda: below.send_signal(signal.SIGSTOP), end=lambda: below.send_signal(signal.SIGCONT),
        ),
        Fault(name="its master ends", alerts=("RedisReplicationBroken",), begin=above.kill, use=shop.use),
        Fault(name="it ends", alerts=("RedisDown",), begin=middle.kill, use=_wait),
        Fault(
            name="its exporter ends", alerts=("RedisExporterDown", "RedisMetricsMissing"),
            begin=exporter.kill, use=_wait,
        ),
    )  # fmt: skip


def _wait() -> None:
    """Nobody can use it any more."""
