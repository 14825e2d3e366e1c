"""Stands in for memcached_exporter, which neither Debian nor PyPI has: a real memcached's `stats`, under its names.

Names, types and labels are those of memcached_exporter 0.15 (pkg/exporter/exporter.go); only those of its metrics that
the pack names are here. Where the program is on PATH, the proof runs it in place of this.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

from tests.integration.packs.applications.serving import serve

_OPERATIONS = ("get", "delete", "incr", "decr", "cas", "touch")
#: The name behind `memcached_`, the type, and the statistic that the value is.
_STATISTICS = (
    ("uptime_seconds", "counter", "uptime"),
    ("current_items", "gauge", "curr_items"),
    ("items_total", "counter", "total_items"),
    ("items_evicted_total", "counter", "evictions"),
    ("items_reclaimed_total", "counter", "reclaimed"),
    ("current_bytes", "gauge", "bytes"),
    ("limit_bytes", "gauge", "limit_maxbytes"),
    ("current_connections", "gauge", "curr_connections"),
    ("connections_total", "counter", "total_connections"),
    ("connections_rejected_total", "counter", "rejected_connections"),
    ("connections_listener_disabled_total", "counter", "listen_disabled_num"),
    ("connections_yielded_total", "counter", "conn_yields"),
    ("read_bytes_total", "counter", "bytes_read"),
    ("written_bytes_total", "counter", "bytes_written"),
    ("process_user_cpu_seconds_total", "counter", "rusage_user"),
    ("process_system_cpu_seconds_total", "counter", "rusage_system"),
    ("item_too_large_total", "counter", "store_too_large"),
    ("item_no_memory_total", "counter", "store_no_memory"),
)


def exposition(port: int) -> str:
    """What the exporter answers; of a server that does not answer it says no more than that."""
    try:
        stats, settings = _ask(port, "stats"), _ask(port, "stats settings")
    except OSError:
        return "\n".join(_family("up", "gauge", [("", "0")])) + "\n"
    lines = [*_family("up", "gauge", [("", "1")]), *_family("commands_total", "counter", _commands(stats))]
    lines += _family("max_connections", "gauge", [("", settings["maxconns"])])
    for name, kind, key in _STATISTICS:
        if key in stats:
            lines += _family(name, kind, [("", stats[key])])
    return "\n".join(lines) + "\n"


def _commands(stats: dict[str, str]) -> list[tuple[str, str]]:
    counts = [
        (f'{{command="{operation}",status="{status}"}}', stats[key])
        for operation in _OPERATIONS
        for status, key in (("hit", f"{operation}_hits"), ("miss", f"{operation}_misses"))
    ]
    counts.append(('{command="cas",status="badval"}', stats["cas_badval"]))
    counts.append(('{command="flush",status="hit"}', stats["cmd_flush"]))
    # memcached counts a compare-and-swap as a set too.
    swaps = sum(int(stats[key]) for key in ("cas_misses", "cas_hits", "cas_badval"))
    counts.append(('{command="set",status="hit"}', str(int(stats["cmd_set"]) - swaps)))
    return counts


def _family(name: str, kind: str, samples: list[tuple[str, str]]) -> Iterator[str]:
    yield f"# TYPE memcached_{name} {kind}"
    yield from (f"memcached_{name}{labels} {value}" for labels, value in samples)


def _ask(port: int, command: str) -> dict[str, str]:
    """The answer to a command of statistics, by its keys."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection, connection.makefile("rwb") as stream:
        stream.write(f"{command}\r\n".encode())
        stream.flush()
        answer: dict[str, str] = {}
        for line in stream:
            word, *rest = line.decode().split(maxsplit=2)
            if word == "END":
                return answer
            answer[rest[0]] = rest[1].strip()
    raise ConnectionError(f"{command}: the connection was closed")


if __name__ == "__main__":
    serve(int(sys.argv[1]), lambda: exposition(int(sys.argv[2])), {})
