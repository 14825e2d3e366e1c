"""Error budgets, and how fast they may burn: the pairs of windows of multi-window, multi-burn-rate alerting.

The method is that of the Site Reliability Workbook, chapter 5; the windows and budget shares are Sloth's for a period
of 30 days, scaled to others.
"""

from __future__ import annotations

from dataclasses import dataclass

from stackgen.definition.model import Slo
from stackgen.definition.quantities import prometheus_duration

_HOUR = 3600.0
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Burn:
    """A pair of windows (seconds), and the percentage of the budget that may burn in the long one."""

    short: float
    long: float
    percent: float

    @property
    def name(self) -> str:
        """The two windows: `5m/1h`."""
        return f"{prometheus_duration(self.short)}/{prometheus_duration(self.long)}"

    def factor(self, period: float) -> float:
        """How many times as fast as evenly over the period (seconds) the budget may burn."""
        # In hours and in this order, so that the noise of floating point is Sloth's.
        return self.percent * (period / _HOUR) / 100 / (self.long / _HOUR)


PAGE = (Burn(300.0, _HOUR, 2), Burn(1800.0, 6 * _HOUR, 5))
TICKET = (Burn(2 * _HOUR, _DAY, 10), Burn(6 * _HOUR, 3 * _DAY, 10))


def slowest(slo: Slo) -> float:
    """How many times as fast as evenly the budget burns, at least, when the slowest of all pairs alerts."""
    return min(burn.factor(slo.period) for burn in (*PAGE, *TICKET))


def least_page(slo: Slo) -> float:
    """The share of bad events from which on somebody is paged; above 1 nobody is, whatever happens."""
    return min(burn.factor(slo.period) for burn in PAGE) * error_budget(slo)


def error_budget(slo: Slo) -> float:
    """The share of events that may be bad: 0.0009999999999999432 for 99.9 %, as Sloth computes it."""
    return (100 - slo.objective) / 100
