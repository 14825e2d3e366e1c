"""StatsD and DogStatsD: counters as whole numbers, times in milliseconds, gauges as they are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from math import floor, isfinite
from os import PathLike
from typing import Literal

from stackgen.runtime.sinks import lines
from stackgen.runtime.sinks.changes import Changes, Counted, Held, Observed
from stackgen.runtime.sinks.datagrams import Datagrams, Udp, Unix
from stackgen.runtime.sinks.feed import Losses
from stackgen.runtime.sinks.packets import Packet, packed
from stackgen.runtime.sinks.timings import Timing, by_bucket, by_rank

#: What fits into a packet of Ethernet after the headers of IPv6, UDP and a tunnel; the value that StatsD advises.
ETHERNET = 1432
#: What Datadog's agent takes over a Unix socket.
AGENT_BUFFER = 8192


class _Wire:
    """What both dialects have in common. They differ in names and in how gauges and histograms are written."""

    def __init__(self, receiver: Udp | Unix, name: str, prefix: str, max_packet_bytes: int) -> None:
        if max_packet_bytes < 1:
            message = f"max_packet_bytes must be at least 1, not {max_packet_bytes!r}"
            raise ValueError(message)
        self.name = name
        self._prefix = lines.clean_prefix(prefix)
        self._most = max_packet_bytes
        self._datagrams = Datagrams(receiver)
        #: What counters have beyond the whole numbers that were sent.
        self._fractions: dict[tuple[str, str, tuple[str, ...]], float] = {}

    def send(self, changes: Changes) -> Losses:
        """Send what has changed; how many samples were lost, by why."""
        lost: Counter[str] = Counter()
        packets = packed(self._samples(changes, lost), self._most)
        sent = self._datagrams.send(self._short(packets, lost))
        return lost + sent

    def after_fork(self) -> None:
        """Use a socket of its own, and owe nothing."""
        self._datagrams.close()
        self._fractions = {}

    def close(self) -> None:
        """Let go of the socket."""
        self._datagrams.close()

    def _short(self, packets: Iterator[Packet], lost: Counter[str]) -> Iterator[Packet]:
        for packet in packets:
            if len(packet.data) <= self._most:
                yield packet
            else:
                lost["too_long"] += packet.samples

    def _samples(self, changes: Changes, lost: Counter[str]) -> Iterator[str]:
        """Every sample, as a line or two."""
        for counted in changes.counted:
            yield from self._counter(changes.definition, counted, lost)
        for observed in changes.observed:
            yield from self._histogram(changes.definition, observed, lost)
        for held in changes.held:
            if isfinite(held.value):
                name = lines.name(self._prefix, changes.definition, held.metric)
                yield self._gauge(name, held)
            else:
                lost["not_finite"] += 1

    def _counter(self, definition: str, counted: Counted, lost: Counter[str]) -> Iterator[str]:
        key = (definition, counted.metric.key, tuple(counted.labels.values()))
        amount = counted.amount + self._fractions.get(key, 0.0)
        if not isfinite(amount):
            lost["not_finite"] += 1
            return
        whole = floor(amount)
        # Receivers count in whole numbers; the rest waits until there is enough of it.
        self._fractions[key] = amount - whole
        if whole:
            yield self._line(lines.name(self._prefix, definition, counted.metric), str(whole), "c", counted.labels)

    def _histogram(self, definition: str, observed: Observed, lost: Counter[str]) -> Iterator[str]:
        name = lines.name(self._prefix, definition, observed.metric)
        lines_of: dict[Timing, str] = {}
        for timing in self._timings(observed):
            line = lines_of.get(timing)
            if line is None:
                scaled = timing.value * 1000 if observed.metric.unit == "seconds" else timing.value
                if not isfinite(scaled) or scaled < self._least:
                    lost["not_finite" if not isfinite(scaled) else "negative"] += 1
                    continue
                text = lines.milliseconds(timing.value) if observed.metric.unit == "seconds" else lines.number(scaled)
                line = self._line(name, text, self._timing_type + lines.rate(timing.weight), observed.labels)
                # Many timings of one bucket are the same line.
                lines_of[timing] = line
            yield line

    #: The least value that a timing may have, and the type it is sent as.
    _least: float
    _timing_type: str

    def _timings(self, observed: Observed) -> list[Timing]:
        raise NotImplementedError

    def _line(self, name: str, value: str, kind: str, labels: Mapping[str, str]) -> str:
        raise NotImplementedError

    def _gauge(self, name: str, held: Held) -> str:
        raise NotImplementedError


class StatsD(_Wire):
    """Sends to a StatsD daemon over UDP.

    Plain StatsD has no tags: the prefix, the definition's name and the metric's key are followed by the values of its
    labels, `shop.cache.operations.sessions.redis.get.hit`. `tags="graphite"` writes labels as Graphite's tags instead,
    `shop.cache.operations;cache=sessions;...`, which daemons hand on to it from StatsD 0.9 on.

    A histogram is sent as timings (see `timings.by_rank`), at most `timings` of them for each series and interval.
    """

    _least = 0.0
    _timing_type = "ms"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 8125,
        *,
        prefix: str = "",
        tags: Literal["graphite"] | None = None,
        timings: int = 100,
        max_packet_bytes: int = ETHERNET,
    ) -> None:
        if tags not in {None, "graphite"}:
            message = f'tags of StatsD are "graphite" or None, not {tags!r}; DogStatsD has tags of its own'
            raise ValueError(message)
        if timings < 1:
            message = f"timings must be at least 1, not {timings!r}"
            raise ValueError(message)
        super().__init__(Udp(host, port), f"statsd {host}:{port}", prefix, max_packet_bytes)
        self._most_timings = timings
        self._named = lines.with_values if tags is None else lines.with_graphite_tags

    def _timings(self, observed: Observed) -> list[Timing]:
        return by_rank(observed, self._most_timings)

    def _line(self, name: str, value: str, kind: str, labels: Mapping[str, str]) -> str:
        return f"{self._named(name, labels)}:{value}|{kind}"

    def _gauge(self, name: str, held: Held) -> str:
        line = self._line(name, lines.number(held.value), "g", held.labels)
        if held.value >= 0:
            return line
        # A sign says "move by"; only from 0 is that the value itself.
        return f"{self._line(name, '0', 'g', held.labels)}\n{line}"


class DogStatsD(_Wire):
    """Sends to Datadog's agent, or what speaks like it, over UDP or, with `socket`, a Unix datagram socket.

    Labels are tags, and `tags` are added to all of them. A histogram is sent as a distribution (`d`; else `h`, which
    the agent evaluates, or `ms`): a line for each bucket, with the number of observations as its sample rate, which
    the agent takes into account for counts and quantiles alike.
    """

    _least = float("-inf")

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 8125,
        *,
        socket: str | PathLike[str] | None = None,
        prefix: str = "",
        tags: Mapping[str, str] | None = None,
        histograms: Literal["d", "h", "ms"] = "d",
        max_packet_bytes: int | None = None,
    ) -> None:
        if histograms not in {"d", "h", "ms"}:
            message = f'histograms are sent as "d", "h" or "ms", not {histograms!r}'
            raise ValueError(message)
        path = None if socket is None else os.fspath(socket)
        receiver = Udp(host, port) if path is None else Unix(path)
        place = f"{host}:{port}" if path is None else path
        most = max_packet_bytes if max_packet_bytes is not None else ETHERNET if path is None else AGENT_BUFFER
        super().__init__(receiver, f"dogstatsd {place}", prefix, most)
        self._timing_type = histograms
        self._tags = dict(tags or {})

    def _timings(self, observed: Observed) -> list[Timing]:
        return by_bucket(observed)

    def _line(self, name: str, value: str, kind: str, labels: Mapping[str, str]) -> str:
        return f"{name}:{value}|{kind}{lines.tags({**self._tags, **labels})}"

    def _gauge(self, name: str, held: Held) -> str:
        return self._line(name, lines.number(held.value), "g", held.labels)
