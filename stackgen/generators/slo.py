"""Service level objectives as rules: recorded error ratios, burn rates, and multi-window multi-burn-rate alerts.

Series, labels and structure are those of Sloth, so that its dashboards work unchanged. The method is that of the Site
Reliability Workbook, chapter 5; the windows and budget shares are Sloth's for a period of 30 days, scaled to others.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackgen import conventions
from stackgen.definition.budgets import PAGE, TICKET, Burn
from stackgen.definition.model import Definition, Raw, Slo
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.annotations import slo_annotations
from stackgen.signals.burn_rates import DAY, WINDOWS, slo_matchers, too_fast
from stackgen.signals.conditions import number, operator
from stackgen.signals.promql import error_terms, render
from stackgen.signals.scope import Scope


def slo_groups(definition: Definition) -> list[dict[str, object]]:
    """The three rule groups of every objective."""
    return [group for slo in definition.slos.values() for group in _Objective(definition, slo).groups()]


class _Objective:
    """The rules of one objective."""

    def __init__(self, definition: Definition, slo: Slo) -> None:
        self._definition = definition
        self._slo = slo
        self._ids = conventions.slo_labels(definition, slo.key)
        self._filter = slo_matchers(definition, slo)
        # Written with the noise of floating point, as Sloth does.
        self._target = slo.objective / 100

    def groups(self) -> Iterator[dict[str, object]]:
        """Recordings of the error ratio, recordings about the objective, alerts."""
        ratios, about, alerts = conventions.slo_group_names(self._definition, self._slo.key)
        yield {"name": ratios, "rules": list(self._error_ratios())}
        yield {"name": about, "rules": list(self._about())}
        yield {"name": alerts, "rules": [self._alert("page", PAGE), self._alert("ticket", TICKET)]}

    def _error_ratios(self) -> Iterator[dict[str, object]]:
        for window in dict.fromkeys((*WINDOWS, self._slo.period)):
            text = prometheus_duration(window)
            if window == self._slo.period:
                # Over the whole period the mean of the short ratios is taken: a rate over a month is too dear.
                short = f"slo:sli_error:ratio_rate5m{self._filter}[{text}]"
                expr = f"sum_over_time({short}) / ignoring (sloth_window) count_over_time({short})"
            else:
                bad, total = error_terms(self._definition, self._slo, text, filled=self._slo.guard)
                expr = f"({bad}) / ({total} > 0)" if self._slo.guard else f"({bad}) / ({total})"
            labels = {**self._ids, "sloth_window": text}
            yield {"record": f"slo:sli_error:ratio_rate{text}", "expr": expr, "labels": labels}

    def _about(self) -> Iterator[dict[str, object]]:
        period = prometheus_duration(self._slo.period)
        over_budget = f"/ on (sloth_id, sloth_slo, sloth_service) group_left () slo:error_budget:ratio{self._filter}"
        burned = f"slo:period_burn_rate:ratio{self._filter}"
        rules = {
            "slo:objective:ratio": f"vector({self._target!r})",
            "slo:error_budget:ratio": f"vector(1-{self._target!r})",
            "slo:time_period:days": f"vector({self._slo.period / DAY:g})",
            "slo:current_burn_rate:ratio": f"slo:sli_error:ratio_rate5m{self._filter} {over_budget}",
            "slo:period_burn_rate:ratio": f"slo:sli_error:ratio_rate{period}{self._filter} {over_budget}",
            "slo:period_error_budget_remaining:ratio": f"1 - {burned}",
            "sloth_slo_info": "vector(1)",
        }
        for record, expr in rules.items():
            labels = dict(self._ids)
            if record == "sloth_slo_info":
                labels["sloth_objective"] = f"{self._slo.objective:g}"
            yield {"record": record, "expr": expr, "labels": labels}

    def _alert(self, severity: str, burns: tuple[Burn, ...]) -> dict[str, object]:
        return {
            "alert": conventions.slo_alert_name(self._definition, self._slo.key),
            "expr": " or ".join(f"({self._burning(burn)}{self._guard(burn)})" for burn in burns),
            "labels": conventions.slo_alert_labels(severity),
            "annotations": slo_annotations(self._definition, self._slo, severity, burns),
        }

    def _guard(self, burn: Burn) -> str:
        """What holds a pair back while there is too little traffic to judge by.

        It is asked for over the longer window: in the shorter one a lull would end an alert that has reason to fire.
        """
        when = self._slo.when
        if when is None:
            return ""
        scope = Scope(window=prometheus_duration(burn.long), own_by=False)
        signal = self._definition.signals[when.signal]
        traffic = render(self._definition, signal, scope)
        if isinstance(signal.expression, Raw):
            traffic = f"({traffic})"  # what somebody wrote may be several sides of an `or`
        assert not isinstance(when.condition.than, str)  # a guard is compared with a number
        return f" and on () ({traffic} {operator(when.condition)} {number(when.condition.than)})"

    def _burning(self, burn: Burn) -> str:
        """Both windows of a pair burn faster than the budget allows."""
        return " and ".join(
            f"max({too_fast(self._definition, self._slo, burn, window)}) without (sloth_window)"
            for window in (burn.short, burn.long)
        )
