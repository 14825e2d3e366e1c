"""Definitions of any size, for measuring."""

from __future__ import annotations

_TYPES = ("counter", "gauge", "histogram", "counter")


def large_definition(*, metrics: int, alerts: int, dashboards: int) -> str:
    """A definition as YAML text with so many metrics (one signal each), alerts and dashboards (fifty panels each)."""
    lines = [
        "stackgen: 1",
        "name: large",
        "title: Large",
        "labels:",
        "  site: {bind: true, values: [eu, us, asia]}",
        "  way: {values: [a, b, c, d]}",
        "metrics:",
    ]
    signals = []
    for index in range(metrics):
        kind = _TYPES[index % len(_TYPES)]
        rest = ", unit: seconds, buckets: {start: 0.001, factor: 2, count: 12}" if kind == "histogram" else ""
        lines.append(f"  m{index}: {{type: {kind}, help: Number {index}., labels: [way]{rest}}}")
        meaning = {
            "counter": f"rate: {{of: m{index}}}",
            "gauge": f"level: {{of: m{index}}}",
            "histogram": f"quantile: {{of: m{index}, q: 0.99}}",
        }[kind]
        signals.append(f"  s{index}: {{title: Signal {index}, description: What {index} tells., {meaning}, by: [way]}}")
    lines += ["signals:", *signals, "events:"]
    for index in range(0, metrics, 4):
        event = f"count: m{index}, set: {{m{index + 1}: level}}, observe: m{index + 2}"
        lines.append(f"  e{index}: {{{event}, arguments: [way]}}")
    lines.append("alerts:")
    for index in range(alerts):
        above = f"above: {'1s' if index % 4 == 2 else 5}"
        text = 'summary: "{site}: {value}", runbook: {causes: [Load.], diagnose: [Look.], fix: [Mend.]}'
        lines.append(f"  A{index}: {{signal: s{index}, {above}, for: 5m, per: [site], {text}}}")
    lines.append("dashboards:")
    for index in range(dashboards):
        lines += [f"  d{index}:", f"    title: Dashboard {index}", "    rows:"]
        for row in range(5):
            start = (index * 50 + row * 10) % metrics
            panels = ", ".join(f"{{timeseries: s{(start + each) % metrics}}}" for each in range(10))
            lines.append(f"      - {{title: Row {row}, panels: [{panels}]}}")
    return "\n".join(lines) + "\n"
