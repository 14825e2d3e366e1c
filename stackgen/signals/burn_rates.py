"""How fast an error budget may burn: multi-window, multi-burn-rate alerting.

The method is that of the Site Reliability Workbook, chapter 5; the windows and budget shares are Sloth's for a period
of 30 days, scaled to others.
"""

from __future__ import annotations

from stackgen import conventions
from stackgen.definition.budgets import Burn, error_budget
from stackgen.definition.model import Definition, Slo
from stackgen.definition.quantities import prometheus_duration

_HOUR = 3600.0
DAY = 24 * _HOUR

#: Windows, in seconds, over which the error ratio is recorded, beside the period itself.
WINDOWS = (300.0, 1800.0, _HOUR, 2 * _HOUR, 6 * _HOUR, DAY, 3 * DAY)


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
