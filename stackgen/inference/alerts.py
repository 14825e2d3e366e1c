"""Alerts to begin with. Their thresholds are guesses that somebody has to look at, and say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackgen.inference.draft import Draft, DraftAlert, DraftMetric, DraftSignal, Keys
from stackgen.inference.metrics import RUNTIME_GROUP
from stackgen.inference.signals import UP_SIGNAL
from stackgen.inference.words import camel
from stackgen.scrape.families import number

_MOST = 60
#: What is allowed to take longer than this, in seconds, is nobody's waiting.
_LONGEST = 3600.0
_SET = "the threshold is a guess: set it"


def draft_alerts(draft: Draft) -> Iterator[DraftAlert]:
    """Target down, what says of itself that it is not up, ratios, shares of limits, p99 of durations."""
    names = Keys()
    prefix = camel(draft.name)
    yield _target_down(prefix, names)
    metrics = {each.key: each for each in draft.metrics}
    guards = {_of(each.body["rate"]): each.key for each in draft.signals if "rate" in each.body}
    count = 0
    for signal in draft.signals:
        alert = _alert(signal, prefix, metrics, guards, names)
        if alert is not None and count < _MOST:
            count += 1
            yield alert


def _alert(
    signal: DraftSignal, prefix: str, metrics: Mapping[str, DraftMetric], guards: Mapping[str, str], names: Keys
) -> DraftAlert | None:
    if signal.group == RUNTIME_GROUP or signal.key == UP_SIGNAL:
        return None
    if "ratio" in signal.body:
        ratio = signal.body["ratio"]
        assert isinstance(ratio, dict)
        whole = _of(ratio["whole"])
        if metrics[whole].type == "gauge":
            return _saturation(signal, prefix, names)
        return _ratio(signal, prefix, guards.get(whole), names)
    if "quantile" in signal.body and signal.key.endswith("_p99"):
        metric = metrics[_of(signal.body["quantile"])]
        return _latency(signal, metric, prefix, guards.get(metric.key), names) if metric.unit == "seconds" else None
    if signal.states and "level" in signal.body and metrics[_of(signal.body["level"])].exposed.endswith("_up"):
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
    return DraftAlert(
        name=names.take(f"{prefix}{camel(signal.key.removeprefix(prefix.lower() + '_'))}Not"),
        note="",
        body={
            "signal": signal.key,
            "below": 1,
            "for": "2m",
            "severity": "critical",
            "summary": f"{{job}}: {_plain(signal.title)} is {{value}}",
            "description": _plain(signal.description),
            "runbook": {"meaning": _plain(signal.description)},
        },
    )


def _ratio(signal: DraftSignal, prefix: str, guard: str | None, names: Keys) -> DraftAlert:
    high = signal.good == "high"
    hits = signal.key.endswith("hit_ratio")
    body: dict[str, object] = {
        "signal": signal.key,
        **({"below": 0.5 if hits else 0.95} if high else {"above": 0.05}),
        "for": "10m",
        **_guard(guard),
        "severity": "warning",
        "summary": f"{{job}}: {_plain(signal.title)} is {{value}}",
        "description": f"{_plain(signal.description)} It is {'below' if high else 'above'} {{threshold}} for {{for}}.",
        "runbook": {"meaning": _plain(signal.description)},
    }
    return DraftAlert(name=names.take(f"{prefix}{camel(signal.key)}{'Low' if high else 'High'}"), body=body, note=_SET)


def _saturation(signal: DraftSignal, prefix: str, names: Keys) -> DraftAlert:
    left = signal.good == "high"
    where = " ".join(["{instance}", *(f"{{{label}}}" for label in signal.by)])
    body: dict[str, object] = {
        "signal": signal.key,
        **({"below": 0.1} if left else {"above": 0.9}),
        "for": "15m",
        "per": ["instance", *signal.by],
        "severity": "warning",
        "summary": f"{where}: {_plain(signal.title)} is {{value}}",
        "description": f"{_plain(signal.description)} It is {'below' if left else 'above'} {{threshold}} for {{for}}.",
        "runbook": {"meaning": _plain(signal.description)},
    }
    return DraftAlert(name=names.take(f"{prefix}{camel(signal.key)}{'Low' if left else 'High'}"), body=body, note=_SET)


def _latency(
    signal: DraftSignal, metric: DraftMetric, prefix: str, guard: str | None, names: Keys
) -> DraftAlert | None:
    if len(metric.buckets) < 2:
        return None
    seen = observed_quantile(metric, 0.99)
    usable = metric.buckets[:-1]
    if seen is None:
        threshold, note = usable[len(usable) // 2], "nothing was observed yet"
    else:
        threshold = next((bound for bound in usable if bound >= 2 * seen), usable[-1])
        note = (
            f"the p99 was at most {seen:g} s" if seen != float("inf") else f"the p99 was over {metric.buckets[-1]:g} s"
        )
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
        "description": f"{_plain(metric.help)} One in a hundred takes longer than {{threshold}}.",
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


def _plain(text: str) -> str:
    """A text in which nothing is to be filled in."""
    return text.replace("{", "(").replace("}", ")")
