"""The page for people: what runs, what can be switched on, and where to look."""

from __future__ import annotations

from html import escape

from stackgen.workload.scenarios import SCENARIOS, Scenario

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100% } td { padding: .5rem; border-top: 1px solid #ccc; vertical-align: top }
button { font: inherit; min-width: 6rem; padding: .2rem .8rem; cursor: pointer } .now { background: #eef5ee }
"""


def page(now: Scenario) -> str:
    """The page as HTML."""
    rows = "\n".join(_row(scenario, scenario == now) for scenario in SCENARIOS.values())
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>stackgen workload</title><style>{_STYLE}</style></head>
<body>
<h1>stackgen workload</h1>
<p>Two read-through caches over Redis, in front of a slow source: <b>sessions</b> (asyncio) and <b>products</b>
(threads). Scenario now: <b>{escape(now.name)}</b>.</p>
<table>
{rows}
</table>
<p><a href="/metrics">/metrics</a> for Prometheus, <a href="/counts">/counts</a> what the workload counted itself,
<a href="/health">/health</a>, <a href="/scenario">/scenario</a> (POST /scenario/NAME switches).</p>
</body>
</html>
"""


def _row(scenario: Scenario, runs: bool) -> str:
    alerts = f"<br>Fires: {escape(', '.join(scenario.alerts))}" if scenario.alerts else ""
    return (
        f'<tr{" class=now" if runs else ""}><td><form method="post" action="/scenario/{escape(scenario.name)}">'
        f"<button>{escape(scenario.name)}</button></form></td><td>{escape(scenario.description)}{alerts}</td></tr>"
    )
