"""An application that asks a real Redis through redis-py, and exposes the client's own OpenTelemetry metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.instrument.programs import newest_redis
from tests.integration.instrument.servers import redis_server, running
from tests.integration.packs.system import Application, Fault, Finder, System, application

_MODULE = "tests.integration.packs.applications.redis_client"
#: Thresholds that a busy machine stays within, and guards that a test gets beyond.
_OVERRIDES = {
    "alerts": {
        "RedisClientLatencyHigh": {"above": "200ms"},
        "RedisClientRetrying": {"above": 0.1},
        "RedisClientPoolWaits": {"above": "150ms"},
    }
}


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """redis-py as it is installed, with Redis 8: client-side caching asks for 7.4."""
    server = redis_server(newest_redis(), folder, "--enable-debug-command", "yes")
    with running(server), application(_MODULE, folder, str(server.port)) as client:
        yield System(
            address=client.address,
            use=_doing(client, "use"),
            overrides=_OVERRIDES,
            # An operation that succeeded has no error, and one that succeeded at once no attempts.
            optional=(
                "error_type", "db_response_status_code", "redis_client_errors_category",
                "redis_client_operation_retry_attempts", "network_peer_address", "network_peer_port",
            ),
            faults=(
                Fault(name="wrong commands", alerts=("RedisClientErrorRatioHigh",), use=_doing(client, "err")),
                Fault(name="a slow command", alerts=("RedisClientLatencyHigh",), use=_doing(client, "dawdle")),
                Fault(name="short patience", alerts=("RedisClientRetrying",), use=_doing(client, "hasten")),
                Fault(name="a slow handshake", alerts=("RedisClientConnectSlow",), use=_doing(client, "connect")),
                Fault(name="a narrow pool", alerts=("RedisClientPoolWaits",), use=_doing(client, "wait")),
                Fault(
                    name="it ends", alerts=("RedisClientTargetDown", "RedisClientMetricsMissing"),
                    begin=client.kill, use=_wait,
                ),
            ),
        )  # fmt: skip


def _doing(client: Application, name: str) -> Callable[[], None]:
    def do() -> None:
        client.do(name)

    return do


def _wait() -> None:
    """Nobody can use it any more."""
