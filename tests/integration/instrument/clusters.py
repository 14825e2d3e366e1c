"""A cluster and a Sentinel of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from stackgen.stack.binaries import Located
from tests.integration.instrument.servers import Server, redis_server, running
from tests.integration.ports import free_port
from tests.waiting import wait_until

_SLOTS = 16384


@contextmanager
def cluster(program: Located, folder: Path, nodes: int = 3) -> Iterator[list[Server]]:
    """Primaries that share the slots, and that all know of each other."""
    servers = []
    for index in range(nodes):
        (folder / str(index)).mkdir()
        # The bus listens on a port of its own: the client's port plus 10000 may be past the last one.
        bus = ("--cluster-port", str(free_port()))
        servers.append(redis_server(program, folder / str(index), "--cluster-enabled", "yes", *bus))
    with running(*servers):
        admins: list[Any] = [redis.Redis(port=server.port) for server in servers]
        bounds = [index * _SLOTS // nodes for index in range(nodes + 1)]
        for index, admin in enumerate(admins):
            admin.execute_command("CLUSTER ADDSLOTSRANGE", bounds[index], bounds[index + 1] - 1)
            bus_port = int(servers[0]._command[servers[0]._command.index("--cluster-port") + 1])
            admin.execute_command("CLUSTER MEET", "127.0.0.1", servers[0].port, bus_port)

        def formed(admin: Any) -> bool:
            info = admin.cluster("INFO")
            return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == nodes

        wait_until(lambda: all(map(formed, admins)), "the cluster has formed", within=60)
        for admin in admins:
            admin.close()
        yield servers


@contextmanager
def sentinel(program: Located, folder: Path, name: str) -> Iterator[Server]:
    """A Sentinel that watches a Redis of its own under that name."""
    primary = redis_server(program, folder)
    with running(primary):
        port = free_port()
        configuration = folder / "sentinel.conf"
        configuration.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\nsentinel monitor {name} 127.0.0.1 {primary.port} 1\n",
            encoding="utf-8",
        )
        watcher = Server(program, [str(configuration), "--sentinel"], port)
        with running(watcher):
            yield watcher
