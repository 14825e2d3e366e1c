"""What a health check finds, judged from the answer to a probe and the signals of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a cache is: it does what it should, less well than it should, or not at all."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"

    @property
    def level(self) -> int:
        """The value of the metric `health_state`: 0 healthy, 1 degraded, 2 unhealthy."""
        return list(Status).index(self)


#: What the states of a circuit breaker are called, by the value of its gauge.
CIRCUIT = ("closed", "half open", "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Up to where a cache that can be reached is healthy; a limit that is None is not looked at."""

    #: Seconds that the answer to a probe may take.
    slow: float | None = 0.1
    #: The share of the pool's connections that may be in use.
    pool_share: float | None = 0.9
    #: The share of operations that may have failed in the window of the health check.
    error_ratio: float | None = 0.05
    #: Of fewer operations than this the share that failed says nothing.
    operations: int = 20


@dataclass(frozen=True, slots=True)
class Pool:
    """Connections of the pool; None where nobody observes it, `share` also where it has no limit."""

    in_use: float | None
    limit: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking the cache."""

    #: Seconds until it answered, or until it was given up.
    seconds: float
    #: Why there was no answer: a kind of error (`connection`, `timeout`, ...) and the exception's name.
    kind: str | None = None
    exception: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a health check found. It names no address, key or message of an error: it may be read by anybody."""

    status: Status
    #: Why it is not healthy, in words; empty where it is.
    reasons: tuple[str, ...]
    #: Whether the cache answered.
    connected: bool
    #: Seconds until it answered, or until that was given up.
    seconds: float
    #: Why it did not answer: `connection`, `timeout`, `serialization` or `other`; None where it did.
    error: str | None = None
    #: Below here: of a detailed check.
    pool: Pool | None = None
    #: `closed`, `half open` or `open`; None where nobody sets it.
    circuit_breaker: str | None = None
    #: Every signal of the definition that has a value, over the window of the check.
    signals: Mapping[str, Any] = field(default_factory=dict)
    #: The seconds that the signals cover; None of a check that is not detailed.
    covered: float | None = None

    def basic(self) -> Report:
        """The report without what only a detailed check says."""
        return replace(self, pool=None, circuit_breaker=None, signals={}, covered=None)

    def json(self) -> dict[str, Any]:
        """The report as JSON has it; what a check that is not detailed does not know is left out."""
        found: dict[str, Any] = {
            "status": str(self.status),
            "reasons": list(self.reasons),
            "connected": self.connected,
            "seconds": round(self.seconds, 6),
        }
        if self.error is not None:
            found["error"] = self.error
        if self.covered is not None:
            found["pool"] = {name: getattr(self.pool, name) for name in ("in_use", "limit", "share")}
            found["circuit_breaker"] = self.circuit_breaker
            found["covered"] = round(self.covered, 3)
            found["signals"] = {name: _written(value) for name, value in self.signals.items()}
        return found


def judged(answer: Answer, snapshot: Any, limits: Limits) -> Report:
    """The detailed report on a cache that gave this answer and of which this is known."""
    known = snapshot._asdict()
    circuit = _worst(known.get("circuit_breaker"))
    unhealthy, degraded = [*_unreachable(answer)], [*_worse(answer, known, limits)]
    if circuit is not None and circuit >= 2:
        unhealthy.append("the circuit breaker is open: no operation gets to the cache")
    return Report(
        status=Status.UNHEALTHY if unhealthy else Status.DEGRADED if degraded else Status.HEALTHY,
        reasons=(*unhealthy, *degraded),
        connected=answer.kind is None,
        seconds=answer.seconds,
        error=answer.kind,
        pool=Pool(_all(known.get("pool_in_use")), _all(known.get("pool_limit")), _worst(known.get("pool_share"))),
        circuit_breaker=None if circuit is None else CIRCUIT[min(2, max(0, round(circuit)))],
        signals={
            name: value for name, value in known.items() if name != "covered" and value is not None and value != {}
        },
        covered=snapshot.covered,
    )


def _unreachable(answer: Answer) -> Sequence[str]:
    if answer.kind is None:
        return ()
    return (f"no answer after {_seconds(answer.seconds)}: {answer.kind} ({answer.exception})",)


def _worse(answer: Answer, known: Mapping[str, Any], limits: Limits) -> Sequence[str]:
    """What is less well than it should be."""
    found = []
    if answer.kind is None and limits.slow is not None and answer.seconds > limits.slow:
        found.append(f"slow: it took {_seconds(answer.seconds)} to answer, more than {_seconds(limits.slow)}")
    share = _worst(known.get("pool_share"))
    if limits.pool_share is not None and share is not None and share >= limits.pool_share:
        found.append(f"the pool is nearly full: {share:.0%} of its connections are in use")
    errors = known.get("error_ratio")
    operations = (_all(known.get("throughput")) or 0) * known["covered"]
    if (
        limits.error_ratio is not None
        # Of a split one the share of all operations cannot be told, and of few in a part it would say nothing.
        and isinstance(errors, (int, float))
        and errors > limits.error_ratio
        and round(operations) >= limits.operations
    ):
        found.append(f"{errors:.1%} of the operations of the last {_seconds(known['covered'])} failed")
    if (circuit := _worst(known.get("circuit_breaker"))) is not None and 0 < circuit < 2:
        found.append("the circuit breaker is half open: it tries whether the cache is back")
    return found


def _all(value: Any) -> float | None:
    """A signal over all of its labels' values: a definition that extends the cache's may split it, or split it less."""
    if isinstance(value, Mapping):
        return sum(value.values()) if value else None
    return None if value is None else float(value)


def _worst(value: Any) -> float | None:
    """The same of a signal that does not add up: the highest value, which is the worst of those that are looked at."""
    return max(value.values(), default=None) if isinstance(value, Mapping) else _all(value)


def _written(value: Any) -> Any:
    """A signal's value as JSON has it, where a key is one text."""
    if not isinstance(value, Mapping):
        return value
    return {key if isinstance(key, str) else ",".join(key): each for key, each in value.items()}


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"
