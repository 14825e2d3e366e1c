"""How fast an error budget may burn: multi-window, multi-burn-rate alerting.

The method is that of the Site Reliability Workbook, chapter 5; the windows and budget shares are Sloth's for a period
of 30 days, scaled to others.
"""

from __future__ import annotations

from dataclasses import dataclass

from stackgen import conventions
from stackgen.definition.model import Definition, Slo
from stackgen.definition.quantities import prometheus_duration

_HOUR = 3600.0
DAY = 24 * _HOUR

#: Windows, in seconds, over which the error ratio is recorded, beside the period itself.
WINDOWS = (300.0, 1800.0, _HOUR, 2 * _HOUR, 6 * _HOUR, DAY, 3 * DAY)


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
TICKET = (Burn(2 * _HOUR, DAY, 10), Burn(6 * _HOUR, 3 * DAY, 10))


def error_budget(slo: Slo) -> float:
    """The share of events that may be bad: 0.0009999999999999432 for 99.9 %, as Sloth computes it."""
    return (100 - slo.objective) / 100


def slo_matchers(definition: Definition, slo: Slo) -> str:
    """The matchers that select the series of an objective."""
    labels = conventions.slo_labels(definition, slo.key)
    return "{" + ", ".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def too_fast(definition: Definition, slo: Slo, burn: Burn, window: float) -> str:
    """The recorded error ratio of a window, where it burns faster than a pair allows."""
    factor = burn.factor(slo.period)
    shown = f"{factor:.0f}" if factor == int(factor) else repr(factor)
    recorded = f"slo:sli_error:ratio_rate{prometheus_duration(window)}{slo_matchers(definition, slo)}"
    return f"{recorded} > ({shown} * {error_budget(slo)!r})"
