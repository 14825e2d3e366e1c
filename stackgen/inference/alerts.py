"""Alerts to begin with. Their thresholds are guesses that somebody has to look at, and say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackgen.inference import seen
from stackgen.inference.draft import Draft, DraftAlert, DraftMetric, DraftSignal, Keys
from stackgen.inference.metrics import RUNTIME_GROUP
from stackgen.inference.signals import UP_SIGNAL
from stackgen.inference.words import camel
from stackgen.scrape.families import number

_MOST = 60
#: What is allowed to take longer than this, in seconds, is nobody's waiting.
_LONGEST = 3600.0
_SET = "the threshold is a guess: set it"


def draft_alerts(draft: Draft) -> Iterator[DraftAlert | str]:
    """Target down, what says of itself that it is not up, ratios, shares of limits, p99 of durations.

    Of one that would hold on what was read there is a remark in its place.
    """
    names = Keys()
    prefix = camel(draft.name)
    yield _target_down(prefix, names)
    metrics = {each.key: each for each in draft.metrics}
    guards = {_of(each.body["rate"]): each.key for each in draft.signals if "rate" in each.body}
    count = 0
    for signal in draft.signals:
        alert = _alert(signal, prefix, metrics, guards, names)
        if isinstance(alert, str):
            yield alert
        elif alert is not None and count < _MOST:
            count += 1
            yield alert


def _alert(
    signal: DraftSignal, prefix: str, metrics: Mapping[str, DraftMetric], guards: Mapping[str, str], names: Keys
) -> DraftAlert | str | None:
    if signal.group == RUNTIME_GROUP or signal.key == UP_SIGNAL:
        return None
    if "ratio" in signal.body:
        ratio = signal.body["ratio"]
        assert isinstance(ratio, dict)
        whole = _of(ratio["whole"])
        if metrics[whole].type == "gauge":
            return _saturation(signal, seen.ratios(signal, metrics, signal.by), prefix, names)
        return _ratio(signal, seen.ratios(signal, metrics), prefix, guards.get(whole), names)
    if "quantile" in signal.body and signal.key.endswith("_p99"):
        metric = metrics[_of(signal.body["quantile"])]
        return _latency(signal, metric, prefix, guards.get(metric.key), names) if metric.unit == "seconds" else None
    if signal.states and "level" in signal.body and metrics[_of(signal.body["level"])].exposed.endswith("_up"):
        if min(seen.levels(metrics[_of(signal.body["level"])]), default=1.0) < 1:
            return f"no alert on {signal.key}: something of it was down when this was written"
        return _not_up(signal, prefix, names)
    return None


def _of(selector: object) -> str:
    """The metric of a selector, of several that of the last one."""
    if isinstance(selector, list):
        return _of(selector[-1])
    assert isinstance(selector, dict)
    return str(selector["of"])


def _target_down(prefix: str, names: Keys) -> DraftAlert:
    return DraftAlert(
        name=names.take(f"{prefix}TargetDown"),
        note="",
        body={
            "signal": UP_SIGNAL,
            "below": 1,
            "for": "2m",
            "per": ["instance"],
            "severity": "critical",
            "summary": "{job}: {instance} cannot be scraped",
            "description": "Prometheus could not scrape {instance} for {for}; no other alert can fire for it.",
            "runbook": {
                "meaning": "The program is down, or its metrics do not answer.",
                "diagnose": ["Ask the page itself: `curl -sS http://INSTANCE/metrics | head`."],
            },
        },
    )


def _not_up(signal: DraftSignal, prefix: str, names: Keys) -> DraftAlert:
    where = " ".join(["{instance}", *(f"{{{label}}}" for label in signal.by)])
    return DraftAlert(
        name=names.take(f"{prefix}{camel(signal.key.removeprefix(prefix.lower() + '_'))}Not"),
        note="that it is always to be up is a guess: see whether it is",
        body={
            "signal": signal.key,
            "below": 1,
            "for": "2m",
            "per": ["instance", *signal.by],
            "severity": "critical",
            "summary": f"{where}: {_plain(signal.title)} is {{value}}",
            "description": _sentence(signal.description),
            "runbook": {"meaning": _plain(signal.description)},
        },
    )


def _ratio(signal: DraftSignal, values: list[float], prefix: str, guard: str | None, names: Keys) -> DraftAlert | str:
    high = signal.good == "high"
    limit = (0.5 if signal.key.endswith("hit_ratio") else 0.95) if high else 0.05
    note = _SET
    if (was := next(iter(values), None)) is not None and (was < limit if high else was > limit):
        # Twice as bad as it was; more than all it cannot be.
        bad = 1 - was if high else was
        worse = min(2 * bad, (1 + bad) / 2)
        limit = float(f"{1 - worse if high else worse:.2g}")
        note = f"{_SET}; it was {100 * was:.3g} % when this was written, over all that was counted"
        if not (0 < limit < was if high else was < limit < 1):
            return f"no alert on {signal.key}: it was {100 * was:.3g} % when this was written"
    body: dict[str, object] = {
        "signal": signal.key,
        ("below" if high else "above"): limit,
        "for": "10m",
        **_guard(guard),
        "severity": "warning",
        "summary": f"{{job}}: {_plain(signal.title)} is {{value}}",
        "description": _described(signal, low=high),
        "runbook": {"meaning": _plain(signal.description)},
    }
    return DraftAlert(name=names.take(f"{prefix}{camel(signal.key)}{'Low' if high else 'High'}"), body=body, note=note)


def _saturation(signal: DraftSignal, values: list[float], prefix: str, names: Keys) -> DraftAlert | str:
    left = signal.good == "high"
    worst = min(values, default=1.0) if left else max(values, default=0.0)
    if worst < 0.1 if left else worst > 0.9:
        return f"no alert on {signal.key}: it was {100 * worst:.3g} % when this was written, as it may have to be"
    where = " ".join(["{instance}", *(f"{{{label}}}" for label in signal.by)])
    body: dict[str, object] = {
        "signal": signal.key,
        **({"below": 0.1} if left else {"above": 0.9}),
        "for": "15m",
        "per": ["instance", *signal.by],
        "severity": "warning",
        "summary": f"{where}: {_plain(signal.title)} is {{value}}",
        "description": _described(signal, low=left),
        "runbook": {"meaning": _plain(signal.description)},
    }
    return DraftAlert(name=names.take(f"{prefix}{camel(signal.key)}{'Low' if left else 'High'}"), body=body, note=_SET)


def _latency(
    signal: DraftSignal, metric: DraftMetric, prefix: str, guard: str | None, names: Keys
) -> DraftAlert | str | None:
    if len(metric.buckets) < 2:
        return None
    was = observed_quantile(metric, 0.99)
    usable = metric.buckets[:-1]
    if was is None:
        threshold, note = usable[len(usable) // 2], "nothing was observed yet"
    else:
        threshold = next((bound for bound in usable if bound >= 2 * was), usable[-1])
        note = f"the p99 was at most {was:g} s" if was != float("inf") else f"the p99 was over {metric.buckets[-1]:g} s"
        if was > threshold:
            return f"no alert on {signal.key}: {note} when this was written, and there are no larger buckets"
    threshold = float(f"{threshold * metric.scale:.12g}")
    if not 0 < threshold <= _LONGEST:
        return None
    body: dict[str, object] = {
        "signal": signal.key,
        "above": threshold,
        "for": "10m",
        **_guard(guard),
        "severity": "warning",
        "summary": f"{{job}}: {_plain(signal.title)} is {{value}}",
        "description": f"{_sentence(metric.help)} One in a hundred takes longer than {{threshold}}.",
        "runbook": {"meaning": _plain(metric.help)},
    }
    note = f"{_SET}, on one of the buckets' bounds; {note} when this was written"
    return DraftAlert(name=names.take(f"{prefix}{camel(signal.key)}High"), body=body, note=note)


def observed_quantile(metric: DraftMetric, q: float) -> float | None:
    """The bound below which the share `q` of all observations lies; None where there were none."""
    counts: dict[float, float] = {}
    for each in metric.family.of("_bucket"):
        bound = number(each.labels.get("le", ""))
        if bound is not None and each.value == each.value:
            counts[bound] = counts.get(bound, 0.0) + each.value
    total = counts.get(float("inf"), 0.0)
    if total <= 0:
        return None
    return next((bound for bound in sorted(counts) if counts[bound] >= q * total), float("inf"))


def _guard(signal: str | None) -> dict[str, object]:
    """While there is traffic."""
    return {"when": {"signal": signal, "above": "1/min"}} if signal is not None else {}


def _described(signal: DraftSignal, *, low: bool) -> str:
    side = "below" if low else "above"
    return f"{_sentence(signal.description)} It is {side} {{threshold}} for {{for}}."


def _sentence(text: str) -> str:
    """A text that ends as a sentence, so that another one can follow it."""
    plain = _plain(text).rstrip()
    return plain if not plain or plain[-1] in ".!?" else f"{plain}."


def _plain(text: str) -> str:
    """A text in which nothing is to be filled in."""
    return text.replace("{", "(").replace("}", ")")
