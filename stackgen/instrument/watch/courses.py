"""How a signal went: its values of a while, for what compares it with its own past or looks at where it is going."""

from __future__ import annotations

from collections import deque

#: So many values are kept of a span.
_KEPT = 240


class Course:
    """The values of a signal in the last `span` seconds, about 240 of them."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._values: deque[tuple[float, float]] = deque()

    def add(self, now: float, value: float) -> None:
        """Take a value, unless the last one is newer than what is kept apart."""
        if not self._values or now - self._values[-1][0] >= self._span / _KEPT:
            self._values.append((now, value))
        while self._values and now - self._values[0][0] > self._span:
            self._values.popleft()

    def mean(self, now: float, oldest: float, newest: float) -> float | None:
        """The mean of the values that are so many seconds old; None where there are none."""
        found = [value for at, value in self._values if newest <= now - at <= oldest]
        return sum(found) / len(found) if found else None

    def extremes(self) -> tuple[float, float]:
        """The least and the largest value; there has to be one."""
        values = [value for _, value in self._values]
        return min(values), max(values)

    def predicted(self, now: float, ahead: float) -> float | None:
        """Where a straight line through the values is in so many seconds; None for fewer than two.

        It is the line of least squares, as `predict_linear` has it (Prometheus, promql/functions.go).
        """
        count = len(self._values)
        if count < 2:
            return None
        times = [at - now for at, _ in self._values]
        mean_time, mean_value = sum(times) / count, sum(value for _, value in self._values) / count
        spread = sum((time - mean_time) ** 2 for time in times)
        together = sum(
            (time - mean_time) * (value - mean_value) for time, (_, value) in zip(times, self._values, strict=True)
        )
        slope = together / spread if spread else 0.0
        return mean_value + slope * (ahead - mean_time)
