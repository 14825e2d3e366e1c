"""The receiver's pages as HTML; everything that came from outside is escaped."""

from __future__ import annotations

from datetime import datetime
from html import escape
from urllib.parse import urlsplit

from stackgen.stack.receiver import markdown
from stackgen.stack.receiver.inbox import Alert, Message, firing

#: Labels that the page shows by other means than as a label.
_SHOWN = ("alertname", "severity")

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --red: #d93a3a; --amber: #c98500; --green: #2a9d4b;
  --blue: #3674d9; --card: #8881; }
@media (prefers-color-scheme: dark) { :root { --dim: #999; --red: #ff6b6b; --amber: #f0b13c; --green: #5ecb7d;
  --blue: #7aa9f7; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: var(--blue); } .dim { color: var(--dim); } .nothing { color: var(--dim); padding: .5rem 0; }
article { border: 1px solid var(--line); border-left: .35rem solid var(--dim); border-radius: .4rem;
  background: var(--card); padding: .7rem 1rem; margin: .6rem 0; }
article.critical { border-left-color: var(--red); } article.warning { border-left-color: var(--amber); }
article.info { border-left-color: var(--blue); } article.resolved { border-left-color: var(--green); }
article header { display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline; }
article header strong { font-size: 1.05rem; } article header time { margin-left: auto; }
article p { margin: .35rem 0; } article p.more { color: var(--dim); }
.state { font-size: .75rem; text-transform: uppercase; letter-spacing: .04em; font-weight: 600; }
.state.critical { color: var(--red); } .state.warning { color: var(--amber); } .state.info { color: var(--blue); }
.state.resolved { color: var(--green); }
ul.labels { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem; padding: 0; margin: .5rem 0 .3rem; }
ul.labels li { font: .8rem/1.5 ui-monospace, monospace; border: 1px solid var(--line); border-radius: .3rem;
  padding: 0 .4rem; overflow-wrap: anywhere; }
nav { font-size: .9rem; display: flex; gap: 1rem; }
pre { border: 1px solid var(--line); border-radius: .4rem; background: var(--card); padding: .7rem 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: .875em ui-monospace, monospace; }
"""


def overview(messages: tuple[Message, ...], arrived: int) -> str:
    """The front page: what fires now, then what has arrived, newest first."""
    now = firing(messages)
    current = "".join(_article(alert, alert.starts_at, "since ") for alert in now)
    history = "".join(
        _article(alert, message.received_at.isoformat()) for message in messages for alert in message.alerts
    )
    said = "Nothing fires." if arrived else "Nothing has arrived yet. This page looks again every few seconds."
    received = f"{arrived} notification{'' if arrived == 1 else 's'} since the start"
    body = (
        f"<h1>Alerts</h1><p class=dim>{received} · <a href='/alerts'>as JSON</a> · <a href='/runbooks'>runbooks</a></p>"
        f"<h2>Firing now ({len(now)})</h2>" + (current or f"<p class=nothing>{said}</p>")
    )
    if history:
        body += "<h2>What has arrived</h2>" + history
    title = f"({len(now)}) Alerts" if now else "Alerts"
    return _document(title, body, refresh=5)


def runbook(alert: str, text: str) -> str:
    """One runbook."""
    return _document(f"{alert}: runbook", f"<p><a href='/'>All alerts</a></p>{markdown.to_html(text)}")


def runbook_index(names: tuple[tuple[str, str], ...]) -> str:
    """All runbooks."""
    items = "".join(
        f"<li><a href='/runbooks/{escape(definition)}/{escape(alert)}'>{escape(alert)}</a> "
        f"<span class=dim>{escape(definition)}</span></li>"
        for definition, alert in names
    )
    listed = f"<ul>{items}</ul>" if items else "<p class=nothing>There are none.</p>"
    return _document("Runbooks", f"<p><a href='/'>All alerts</a></p><h1>Runbooks</h1>{listed}")


def problem(title: str, explanation: str) -> str:
    """A page that says what is wrong."""
    return _document(title, f"<h1>{escape(title)}</h1><p>{escape(explanation)}</p><p><a href='/'>All alerts</a></p>")


def _article(alert: Alert, time: str, when: str = "") -> str:
    severity = alert.labels.get("severity") or alert.labels.get("sloth_severity", "")
    tone = {"critical": "critical", "page": "critical", "warning": "warning", "ticket": "warning"}.get(severity, "info")
    state = f"firing {tone}" if alert.firing else "resolved"
    word = f"{severity} firing".strip() if alert.firing else "resolved"
    labels = "".join(f"<li>{escape(k)}={escape(v)}</li>" for k, v in sorted(alert.labels.items()) if k not in _SHOWN)
    summary = alert.annotations.get("summary", "")
    description = alert.annotations.get("description", "")
    return (
        f"<article class='{state}'><header><span class='state {state}'>{escape(word)}</span>"
        f"<strong>{escape(alert.name or 'alert without a name')}</strong>{_time(time, when)}</header>"
        + (f"<p>{escape(summary)}</p>" if summary else "")
        + (f"<p class=more>{escape(description)}</p>" if description else "")
        + (f"<ul class=labels>{labels}</ul>" if labels else "")
        + _links(alert)
        + "</article>"
    )


def _links(alert: Alert) -> str:
    links = (
        _link(alert.annotations.get("runbook_url", ""), "Runbook"),
        _link(alert.annotations.get("dashboard_url", ""), "Dashboard"),
        _link(alert.generator_url, "In Prometheus"),
    )
    shown = "".join(links)
    return f"<nav>{shown}</nav>" if shown else ""


def _link(address: str, text: str) -> str:
    """A link, to the web only: an address comes from whoever sent the alert."""
    try:
        web = urlsplit(address).scheme in ("http", "https")
    except ValueError:
        return ""
    return f"<a href='{escape(address)}' rel=noreferrer>{text}</a>" if web else ""


def _time(text: str, when: str) -> str:
    """A moment in the form `2026-01-31 12:00:00 UTC`; what is no moment is shown as it is."""
    try:
        shown = f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S %Z}".strip()
    except ValueError:
        shown = text
    return f"<time class=dim datetime='{escape(text)}'>{when}{escape(shown)}</time>"


def _document(title: str, body: str, refresh: int | None = None) -> str:
    again = f"<meta http-equiv=refresh content={refresh}>" if refresh else ""
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"{again}<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )
