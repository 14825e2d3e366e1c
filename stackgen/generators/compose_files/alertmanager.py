"""Where alerts go, how often, and which of them say nothing that another one has not said."""

from __future__ import annotations

from collections.abc import Iterable

from stackgen import conventions
from stackgen.definition.model import UP, Alert, Definition, Level, Receiver, Severity, Signal
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.raw_promql import metric_keys
from stackgen.definition.telling import HEARTBEAT
from stackgen.generators.compose_files.addresses import THE_MACHINE, address, listen, outside
from stackgen.generators.document import Inline, Quoted, heading, to_yaml
from stackgen.signals.conditions import kept_labels

#: How often somebody is told again of an alert that goes on.
_REPEAT = {Severity.CRITICAL: "1h", Severity.WARNING: "12h", Severity.INFO: "24h"}

#: Where Alertmanager finds its secrets.
SECRETS = "/run/secrets"

#: What each kind of receiver is told, from the templates beside the configuration.
_TITLE, _TEXT = '{{ template "stackgen.title" . }}', '{{ template "stackgen.text" . }}'
_TEXTS: dict[str, dict[str, object]] = {
    "webhook": {},
    "email": {"headers": {"Subject": _TITLE}, "text": _TEXT},
    "slack": {"title": _TITLE, "text": _TEXT},
    "pagerduty": {"description": _TITLE},
}

_TEMPLATES = """\
{{ define "stackgen.title" -}}
[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] \
{{ .CommonLabels.alertname }}{{ if .CommonLabels.job }} ({{ .CommonLabels.job }}){{ end }}
{{- end }}

{{ define "stackgen.text" -}}
{{ range .Alerts }}{{ .Annotations.summary }}
{{ if .Annotations.description }}{{ .Annotations.description }}
{{ end }}{{ if .Annotations.runbook_url }}Runbook: {{ .Annotations.runbook_url }}
{{ end }}{{ if .Annotations.dashboard_url }}Dashboard: {{ .Annotations.dashboard_url }}
{{ end }}
{{ end }}
{{- end }}
"""


def templates(definition: Definition) -> str:
    """`stackgen.tmpl`: titles and texts of notifications."""
    return heading(definition, "What receivers are told.") + "\n" + _TEMPLATES


def service(definition: Definition) -> dict[str, object]:
    """What is special to its container."""
    given = secrets(definition)
    return {
        "user": Quoted("65534:65534"),
        "command": [
            "--config.file=/etc/alertmanager/alertmanager.yml",
            "--storage.path=/alertmanager",
            f"--web.listen-address={listen('alertmanager')}",
            f"--web.external-url={outside(definition, 'alertmanager')}",
            "--cluster.listen-address=",
        ],
        "volumes": [
            "${STACKGEN_CONFIGURATION:-.}/alertmanager:/etc/alertmanager:ro",
            "alertmanager-data:/alertmanager",
        ],
        **({"secrets": list(given)} if given else {}),
        **({"extra_hosts": Inline([THE_MACHINE])} if _own(definition) or definition.stack.webhook else {}),
    }


def secrets(definition: Definition) -> tuple[str, ...]:
    """Names of the secrets that receivers are reached with, each once."""
    named = (secret for receiver in _own(definition) for secret in receiver.secrets.values())
    return tuple(dict.fromkeys(named))


def configuration(definition: Definition) -> str:
    """`alertmanager.yml`."""
    route = {
        "receiver": "stack",
        "group_by": Inline(["alertname", "job"]),
        # Long enough for what fails together to arrive together, short enough to be watched.
        "group_wait": "10s",
        "group_interval": "1m",
        "repeat_interval": "4h",
        "routes": _routes(definition),
    }
    receivers = [_receiver(definition), *map(_own_receiver, _own(definition))]
    settings = {
        "templates": Inline(["templates/*.tmpl"]),
        "route": route,
        "receivers": receivers,
        "inhibit_rules": _inhibitions(definition),
    }
    return heading(definition, "Where alerts go and which of them are held back.") + "\n" + to_yaml(settings)


def _own(definition: Definition) -> list[Receiver]:
    """All receivers that the definition adds to the stack's own page."""
    heartbeat = definition.stack.heartbeat
    return [*definition.stack.receivers.values(), *([heartbeat.receiver] if heartbeat else [])]


def _own_receiver(receiver: Receiver) -> dict[str, object]:
    settings = {
        **receiver.settings,
        **{setting: f"{SECRETS}/{secret}" for setting, secret in receiver.secrets.items()},
        **_TEXTS[receiver.kind],
        # Whoever waits for a heartbeat would take its end for one more.
        "send_resolved": receiver.name != HEARTBEAT,
    }
    return {"name": receiver.name, f"{receiver.kind}_configs": [settings]}


def _own_routes(definition: Definition) -> list[dict[str, object]]:
    """Routes to the user's receivers; each goes on, so that the stack's own page shows everything."""
    return [
        route | {"continue": True}
        for receiver in definition.stack.receivers.values()
        for route in _by_urgency(receiver.name, receiver.severities)
    ]


def _by_urgency(receiver: str, severities: Iterable[Severity]) -> list[dict[str, object]]:
    """Routes to one receiver, which is told again of an alert that goes on as often as its severity is worth."""
    return [
        {"matchers": [f'severity="{severity}"'], "receiver": receiver, "repeat_interval": _REPEAT[severity]}
        for severity in severities
    ]


def _heartbeat_routes(definition: Definition) -> list[dict[str, object]]:
    """The route of the alert that always fires: to its receiver, and to nobody else."""
    heartbeat = definition.stack.heartbeat
    if heartbeat is None:
        return []
    return [
        {
            "matchers": [f'alertname="{conventions.WATCHDOG}"'],
            "receiver": heartbeat.receiver.name,
            "group_wait": "0s",
            # Alertmanager looks at this interval whether it has to repeat itself. A repetition that is due after the
            # same time has just not come due then, and would wait for the next look: it is due a little sooner.
            "group_interval": prometheus_duration(heartbeat.every),
            "repeat_interval": prometheus_duration(heartbeat.every * 0.9),
        }
    ]


def _routes(definition: Definition) -> list[dict[str, object]]:
    everything = _by_urgency("stack", tuple(_REPEAT))
    return [*_heartbeat_routes(definition), *_own_routes(definition), *everything]


def _receiver(definition: Definition) -> dict[str, object]:
    urls = [f"http://{address('receiver')}/alerts"]
    if definition.stack.webhook is not None:
        urls.append(definition.stack.webhook)
    return {"name": "stack", "webhook_configs": [{"url": url, "send_resolved": True} for url in urls]}


def _inhibitions(definition: Definition) -> list[dict[str, object]]:
    """What is held back, for each definition by itself: its labels say nothing about another one's alerts."""
    rules = [rule for each in _family(definition) for rule in _own_inhibitions(each)]
    if _has_slos(definition):
        rules.append(
            {
                "source_matchers": ['sloth_severity="page"'],
                "target_matchers": ['sloth_severity="ticket"'],
                "equal": Inline(["sloth_id"]),
            }
        )
    return rules


def _own_inhibitions(definition: Definition) -> list[dict[str, object]]:
    """Which alerts of a definition hold back which others of it: those that are less urgent and add nothing.

    A critical alert holds back warnings about the same thing that are measured by the same metrics. One that is
    measured by others may be its cause: that a disk is full is to be told while writes fail.
    """
    down = [alert for alert in definition.alerts.values() if _is_about_up(definition.signals[alert.signal])]
    others = [alert for alert in definition.alerts.values() if alert not in down]
    mild = [alert for alert in others if alert.severity is not Severity.CRITICAL]
    rules = []
    for about, sources in _by_labels(down).items():
        # Whoever knows that a target is down need not be told that its numbers are odd. Critical alerts still get
        # through: the other instances of the job may have trouble of their own.
        targets: dict[tuple[str, ...], list[Alert]] = {}
        for alert in mild:
            shared = tuple(label for label in about if label in kept_labels(alert))
            targets.setdefault(shared, []).append(alert)
        rules += [_inhibition(sources, held, equal) for equal, held in targets.items()]
    for about, sources in _by_labels([alert for alert in others if alert not in mild]).items():
        # What is about more than a target is, or about something else of it, is not the same thing.
        same = [alert for alert in mild if set(about) <= set(kept_labels(alert))]
        holding: dict[tuple[str, ...], list[Alert]] = {}
        for source in sources:
            measured = _measured_by(definition, source)
            names = tuple(alert.name for alert in same if measured & _measured_by(definition, alert))
            holding.setdefault(names, []).append(source)
        rules += [
            _inhibition(alike, [definition.alerts[name] for name in names], about)
            for names, alike in holding.items()
            if names
        ]
    return rules


def _measured_by(definition: Definition, alert: Alert) -> set[str]:
    """Keys of the metrics that an alert's signal is computed from; a count stands for the histogram that it counts."""
    known = definition.metrics
    keys = metric_keys(definition.signals[alert.signal].expression, known)
    return {(known[key].count_of or key) if key in known else key for key in keys}


def _by_labels(alerts: Iterable[Alert]) -> dict[tuple[str, ...], list[Alert]]:
    """Alerts that are told apart by the same labels, which say what each of them is about."""
    result: dict[tuple[str, ...], list[Alert]] = {}
    for alert in alerts:
        result.setdefault(kept_labels(alert), []).append(alert)
    return result


def _inhibition(sources: Iterable[Alert], targets: Iterable[Alert], equal: tuple[str, ...]) -> dict[str, object]:
    return {
        "source_matchers": [_named(alert.name for alert in sources)],
        "target_matchers": [_named(alert.name for alert in targets)],
        "equal": Inline(equal),
    }


def _named(alerts: Iterable[str]) -> str:
    return f'alertname=~"{"|".join(alerts)}"'


def _family(definition: Definition) -> list[Definition]:
    """A definition and all that it includes, each name once."""
    found = {definition.name: definition}
    for included in definition.includes:
        found = {each.name: each for each in _family(included)} | found
    return list(found.values())


def _has_slos(definition: Definition) -> bool:
    """Whether the definition, or one that it includes, has objectives."""
    return bool(definition.slos) or any(_has_slos(included) for included in definition.includes)


def _is_about_up(signal: Signal) -> bool:
    expression = signal.expression
    return isinstance(expression, Level) and all(selector.of == UP for selector in expression.term)
