"""What somebody should know of: alerts and objectives, and whether they can ever hold."""

from __future__ import annotations

from math import isclose
from typing import Any

from stackgen.definition.budgets import least_page, slowest
from stackgen.definition.context import Context, listed
from stackgen.definition.meaning import metrics_of
from stackgen.definition.model import (
    TARGET_LABELS,
    Above,
    Absent,
    Age,
    Alert,
    Availability,
    Below,
    Condition,
    Drop,
    Growth,
    Guard,
    LatencyWithin,
    Level,
    MetricType,
    Runbook,
    RunsOut,
    Severity,
    Signal,
    Slo,
)
from stackgen.definition.quantities import prometheus_duration, quantity
from stackgen.definition.thresholds import check_limit, check_reachable
from stackgen.definition.tree import Path

#: Labels that every alert has anyway.
_RULE_LABELS = ("alertname", "severity", "job")

CONDITIONS = ("above", "below", "at_least", "at_most", "drop", "growth", "runs_out", "absent")

#: An objective below so many percent is a mistake.
_LEAST_OBJECTIVE = 50.0
#: A pair of windows that alerts on a slower burn than this speaks of budgets that last; Sloth's slowest, of 28 days,
#: has 0.933.
_LEAST_FACTOR = 0.9

#: Range of rates; a trend needs a longer one, or noise decides, and so does what looks for who was there.
_DEFAULT_WINDOW = 300.0
_TREND_WINDOW = 3600.0


# -- alerts -----------------------------------------------------------------------------------------------------------


def build_alerts(context: Context) -> None:
    """Read the alerts."""
    for name, raw in context.section("alerts"):
        alert = _build_alert(context, name, raw)
        if alert is not None:
            context.alerts[name] = alert


def _build_alert(context: Context, name: str, raw: dict[str, Any]) -> Alert | None:
    path = ("alerts", name)
    signal = context.signal((*path, "signal"), raw["signal"])
    kinds = [kind for kind in CONDITIONS if kind in raw]
    if len(kinds) != 1:
        if kinds or not context.damaged(path):
            problem = f"{' and '.join(kinds)} at once" if kinds else "the alert has no condition"
            cure = "keep one, and remove the others with null" if kinds else f"add one of {', '.join(CONDITIONS)}"
            context.report(path, problem, cure, at_key=True)
        return None
    when = _guard(context, (*path, "when"), raw.get("when"))
    if signal is None:
        return None
    condition = _condition(context, name, kinds[0], raw[kinds[0]], signal)
    if condition is None:
        return None
    if isinstance(condition, Absent) and raw.get("when"):
        context.report((*path, "when"), "a series that is not there has no labels", "remove 'when'", at_key=True)
    per = context.splittable((*path, "per"), raw.get("per") or (), metrics_of(context, signal))
    if when is not None:
        _check_group_labels(context, (*path, "when", "signal"), when.signal, per)
    match condition:
        case Above(str() as other, _) | Below(str() as other, _):
            _check_group_labels(context, (*path, kinds[0]), other, per)
        case RunsOut(str() as other, _):
            _check_group_labels(context, (*path, kinds[0], "limit"), other, per)
    _check_texts(context, name, raw, condition)
    known = ["value", "threshold", "for", *TARGET_LABELS[:1], *per, *raw.get("labels", {})]
    for word in ("summary", "description"):
        context.placeholders((*path, word), raw.get(word, ""), known)
    runbook = raw.get("runbook") or {}
    alert = Alert(
        name=name,
        signal=signal.key,
        condition=condition,
        summary=raw["summary"],
        description=raw.get("description", ""),
        for_=context.seconds((*path, "for"), raw.get("for"), 0.0),
        keep_firing_for=context.seconds((*path, "keep_firing_for"), raw.get("keep_firing_for"), 0.0),
        window=context.seconds(
            (*path, "window"),
            raw.get("window"),
            _TREND_WINDOW
            if isinstance(condition, RunsOut) or (isinstance(condition, Absent) and per)
            else _DEFAULT_WINDOW,
            least=1,
        ),
        per=per,
        when=when,
        severity=Severity(raw.get("severity", "warning")),
        labels=dict(raw.get("labels") or {}),
        runbook=Runbook(
            meaning=runbook.get("meaning", ""),
            page_when=runbook.get("page_when", ""),
            **{
                word: tuple(text for _, text in listed(runbook.get(word) or ()))
                for word in ("causes", "diagnose", "fix")
            },
        ),
    )
    _check_lasting(context, alert)
    return alert


def _condition(context: Context, name: str, kind: str, raw: Any, signal: Signal) -> Condition | None:
    path = ("alerts", name, kind)
    if signal.unit == "info":
        context.report(
            ("alerts", name, "signal"), f"{signal.key!r} is an info, which has no value", "use another signal"
        )
        return None
    match kind:
        case "absent":
            return Absent()
        case "above" | "at_least" | "below" | "at_most":
            than = context.quantity_or_signal(path, raw, signal)
            if than is None:
                return None
            comparison = Above if kind in ("above", "at_least") else Below
            condition = comparison(than, or_equal=kind in ("at_least", "at_most"))
            check_reachable(context, path, condition, signal)
            return condition
        case "runs_out":
            if not isinstance(signal.expression, Level):
                context.report(("alerts", name, "signal"), f"{signal.key!r} is no level", "a prediction needs a gauge")
                return None
            limit = context.quantity_or_signal((*path, "limit"), raw["limit"], signal)
            within = context.seconds((*path, "within"), raw["within"], 0.0, least=1)
            if limit is None:
                return None
            trend = RunsOut(limit, within, falls=signal.good == "high")
            check_limit(context, (*path, "limit"), trend, signal)
            return trend
    if isinstance(signal.expression, Age):
        context.report(path, f"{signal.key!r} is an age, which grows by itself", "use above or below", at_key=True)
        return None
    share = context.quantity((*path, "share"), raw["share"], "ratio")
    baseline = context.seconds((*path, "baseline"), raw["baseline"], 0.0, least=60)
    if share is None:
        return None
    if share <= 0 or (kind == "drop" and share >= 1):
        context.report((*path, "share"), f"a {kind} of {share:g} cannot be", "use a share such as 0.2 for 20 %")
        return None
    return Drop(share, baseline) if kind == "drop" else Growth(share, baseline)


def _check_lasting(context: Context, alert: Alert) -> None:
    """What is compared with its own past or with where it is going must still differ from it when `for` is over."""
    match alert.condition:
        case RunsOut(_, within) if alert.for_ >= within:
            problem = "the limit is reached before `for` is over, so this hardly ever fires"
            cure = f"look further ahead, or wait less than {prometheus_duration(within)}"
            context.report(("alerts", alert.name, "runs_out", "within"), problem, cure)
            return
        case Absent() if alert.per and alert.for_ >= alert.window:
            problem = "a group that is gone is forgotten before `for` is over, so this never fires"
            cure = f"lengthen `window`, or wait less than {prometheus_duration(alert.window)}"
            context.report(("alerts", alert.name), problem, cure)
            return
        case Drop(_, baseline):
            lasting, kind = baseline + alert.window, "drop"
        case Growth(share, baseline):
            # Of a past that is of now by a third, nothing is three times as much.
            lasting, kind = baseline / (1 + share) + alert.window, "growth"
        case _:
            return
    if alert.for_ >= lasting:
        problem = f"a sudden {kind} is compared with itself before `for` is over, so this hardly ever fires"
        cure = f"lengthen the baseline, or wait less than {prometheus_duration(lasting)}"
        context.report(("alerts", alert.name, kind, "baseline"), problem, cure)


def _guard(context: Context, path: Path, raw: dict[str, Any] | None) -> Guard | None:
    if raw is None:
        return None
    signal = context.signal((*path, "signal"), raw["signal"])
    kinds = [kind for kind in ("above", "below") if kind in raw]
    if len(kinds) != 1:
        if not context.damaged(path):
            context.report(path, "a guard needs either above or below", "keep one of them", at_key=True)
        return None
    if signal is None:
        return None
    than = context.quantity((*path, kinds[0]), raw[kinds[0]], signal.unit)
    if than is None:
        return None
    condition = Above(than) if kinds[0] == "above" else Below(than)
    check_reachable(context, (*path, kinds[0]), condition, signal)
    return Guard(signal.key, condition)


def _check_group_labels(context: Context, path: Path, key: str, per: tuple[str, ...]) -> None:
    """What an alert's signal is compared with is taken for each of the alert's groups, so it needs their labels."""
    signal = context.signals.get(key)
    if signal is None:
        return
    for metric in metrics_of(context, signal):
        for label in per:
            if label not in TARGET_LABELS and label not in context.labels_of(metric):
                problem = f"{metric.key!r} behind {signal.key!r} has no label {label!r}, which the alert is per"
                context.report(path, problem, "name a signal that has it")
                return


def _check_texts(context: Context, name: str, raw: dict[str, Any], condition: Condition) -> None:
    """What is written into a rule must leave it one that Prometheus takes, and that can be routed."""
    path = ("alerts", name)
    for label in raw.get("labels") or {}:
        if label in _RULE_LABELS:
            context.report(
                (*path, "labels", label), f"{label!r} is set by the rule itself", "choose another", at_key=True
            )
    for word in ("summary", "description"):
        text = raw.get(word, "")
        if "{{" in text or "}}" in text:
            context.report((*path, word), "a template of Prometheus", "write {value} or {label}; the rest is filled in")
        if isinstance(condition, Absent) and "{threshold}" in text:
            context.report((*path, word), "nothing fills in {threshold}", "an absent series is compared with nothing")


# -- objectives -------------------------------------------------------------------------------------------------------


def build_slos(context: Context) -> dict[str, Slo]:
    """Read the objectives."""
    slos = {}
    for key, raw in context.section("slos"):
        indicator = _indicator(context, key, raw)
        if indicator is not None:
            slos[key] = slo = Slo(
                key=key,
                title=raw.get("title", key.replace("_", " ").capitalize()),
                description=raw.get("description", ""),
                objective=float(raw["objective"]),
                period=context.seconds(("slos", key, "period"), raw["period"], 86400.0, least=86400),
                indicator=indicator,
                guard=raw.get("guard", True),
                when=_guard(context, ("slos", key, "when"), raw.get("when")),
            )
            _check_budget(context, slo)
    return slos


def _check_budget(context: Context, slo: Slo) -> None:
    """An objective's alerts must be able to fire, and not do so while the budget lasts."""
    path, budget = ("slos", slo.key), 100 - slo.objective
    period = prometheus_duration(slo.period)
    if slo.objective < _LEAST_OBJECTIVE:
        meant = f"{100 * slo.objective:g}" if slo.objective < 1 else "99.9"
        problem = f"{slo.objective:g} % lets {budget:g} % of events be bad"
        context.report((*path, "objective"), problem, f"objectives are in percent: write one such as {meant}")
    elif slowest(slo) < _LEAST_FACTOR:
        problem = f"over {period} the alerts' windows of up to three days would alert on a budget that lasts"
        context.report((*path, "period"), problem, "write 28d or 30d, or more")
    elif least_page(slo) >= 1:
        problem = f"nobody could be paged: over {period} that takes {least_page(slo):.0%} bad events"
        context.report((*path, "objective"), problem, "raise the objective, or shorten the period to 28d or 30d")


def _indicator(context: Context, key: str, raw: dict[str, Any]) -> Availability | LatencyWithin | None:
    path = ("slos", key)
    if ("latency" in raw) == bool({"bad", "total"} & raw.keys()):
        if not context.damaged(path):
            context.report(
                path, "an objective is over events or over latency", "give `bad` and `total`, or `latency`", at_key=True
            )
        return None
    if "latency" in raw:
        return _latency(context, path, raw["latency"])
    missing = [word for word in ("bad", "total") if word not in raw]
    if missing:
        if not context.damaged(path):
            context.report(path, f"{missing[0]!r} is missing", "give both `bad` and `total`", at_key=True)
        return None
    bad = context.term((*path, "bad"), raw["bad"])
    total = context.term((*path, "total"), raw["total"])
    for word, term in (("bad", bad), ("total", total)):
        for selector in term:
            metric = context.metric((*path, word), selector.of)
            if metric is not None and metric.type not in (MetricType.COUNTER, MetricType.HISTOGRAM):
                context.report((*path, word), f"{metric.key!r} is a {metric.type}", "count events with a counter")
                return None
    if bad and bad == total:
        context.report((*path, "bad"), "all events are bad", "narrow `bad` with `where`", at_key=True)
        return None
    return Availability(bad, total) if bad and total else None


def _latency(context: Context, path: Path, raw: dict[str, Any]) -> LatencyWithin | None:
    path = (*path, "latency")
    selector = context.selector(path, raw)
    if selector is None:
        return None
    metric = context.metric(path, selector.of)
    if metric is None or metric.type is not MetricType.HISTOGRAM:
        context.report((*path, "of"), f"{selector.of!r} is no histogram", "latency objectives need a histogram")
        return None
    within = raw["within"]
    bound = quantity(within, metric.unit or "count") if isinstance(within, str) else float(within)
    exposed = next((edge for edge in metric.buckets if bound is not None and isclose(edge * metric.scale, bound)), None)
    if exposed is None:
        edges = ", ".join(f"{edge * metric.scale:g}" for edge in metric.buckets)
        problem = f"{within} is no bucket bound of {metric.key!r}, so it cannot be counted exactly"
        context.report((*path, "within"), problem, f"use one of {edges}")
        return None
    return LatencyWithin(selector, exposed)
