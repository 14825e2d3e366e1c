"""What a Redis server says of itself, as the gauges and counters of a cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackgen.instrument.recorder import Recorder

Info = Mapping[str, Any]


class ServerReadings:
    """Takes what `INFO` answers, again and again, to the metrics.

    Evictions are counted from the first reading on; a server that counts less than before has been started anew. What
    a server does not say, as those that only speak Redis' protocol may not, leaves its gauge without a value.
    """

    def __init__(self, metrics: Recorder) -> None:
        self._metrics = metrics
        self._evicted: dict[str, int] = {}

    def take(self, answer: Mapping[str, Any], database: int) -> None:
        """One answer: of a server, or of a cluster's nodes by their names. Keys are those of one database."""
        several = bool(answer) and all(isinstance(info, Mapping) for info in answer.values())
        infos: Mapping[str, Info] = answer if several else {"": answer}
        if all("used_memory" in info for info in infos.values()):
            self._metrics.set_size(sum(int(info["used_memory"]) for info in infos.values()))
        self._metrics.set_size_limit(_limit(infos))
        self._metrics.set_entries(sum(info.get(f"db{database}", {}).get("keys", 0) for info in infos.values()))
        ratios = [
            float(info["mem_fragmentation_ratio"]) for info in infos.values() if "mem_fragmentation_ratio" in info
        ]
        if ratios:
            self._metrics.set_fragmentation(max(ratios))
        for name, info in infos.items():
            if "evicted_keys" in info:
                self._count_evictions(name, int(info["evicted_keys"]))

    def _count_evictions(self, name: str, evicted: int) -> None:
        before = self._evicted.get(name, evicted)
        self._metrics.record_eviction(evicted - before if evicted >= before else evicted)
        self._evicted[name] = evicted


def _limit(infos: Mapping[str, Info]) -> int:
    """Bytes that the servers may take together; 0, no limit, where one of them has none."""
    limits = [int(info.get("maxmemory", 0)) for info in infos.values()]
    return sum(limits) if all(limits) else 0
