"""The names of everything that is generated, in one place.

Names that users see in their Prometheus, Grafana or imports are a contract: dashboards, rules, tests and the stack
agree because all of them ask here.
"""

from __future__ import annotations

import hashlib

from stackgen.definition.model import Definition

#: Name of the Grafana datasource that the stack provisions, and its uid.
DATASOURCE_NAME = "Prometheus"
DATASOURCE_UID = "stackgen-prometheus"

#: The same for the long-term store of the profile `scale`; the dashboards' variable `datasource` chooses.
LONG_TERM_NAME = "VictoriaMetrics"
LONG_TERM_UID = "stackgen-victoriametrics"

#: Tag on every generated dashboard; links between dashboards go by it.
DASHBOARD_TAG = "stackgen"

#: Services of the stack that are always there, in the order in which they start.
CORE_SERVICES = ("receiver", "alertmanager", "prometheus", "grafana")

#: Services that a definition asks for by name and that stackgen knows how to run.
KNOWN_SERVICES = (
    *("redis", "redis-exporter", "memcached", "memcached-exporter"),
    *("statsd-exporter", "workload", "victoriametrics"),
)

#: Services without which the rest of the stack is of use; a machine without internet may have no image of them, or no
#: program: no distribution packages them.
OPTIONAL_SERVICES = ("grafana", "memcached-exporter", "statsd-exporter")

#: Ports inside the containers. They are also the ports published on 127.0.0.1, but for those in PUBLISHED_PORTS.
SERVICE_PORTS = {
    "receiver": 9095,
    "alertmanager": 9093,
    "prometheus": 9090,
    "grafana": 3000,
    "redis": 6379,
    "redis-exporter": 9121,
    "memcached": 11211,
    "memcached-exporter": 9150,
    "statsd-exporter": 9102,
    "workload": 8000,
    "victoriametrics": 8428,
}

#: Where statsd-exporter takes packets, over UDP, and what `STACKGEN_PORT_...` calls that port to move it.
STATSD_PORT = 9125
STATSD = "statsd"

#: What Prometheus counts, in both generations, when it cannot write to its write-ahead log.
FAILED_WAL_WRITES = "prometheus_tsdb_wal_writes_failed_total"

#: Bytes that the disk of a Prometheus must have room for to count as not full any more, beside the largest file of its
#: write-ahead log: one that is torn is written anew when it is read back, before the old one goes.
DISK_ROOM = 16 * 1024 * 1024

#: Services that other services alone ask; in containers they are not published.
INNER_SERVICES = ("redis", "redis-exporter", "memcached", "memcached-exporter")

#: Published ports that differ, so that a Redis or memcached that already runs on the machine is left alone.
PUBLISHED_PORTS = {"redis": 16379, "memcached": 21211}

#: Images, pinned by version; `STACKGEN_IMAGE_<SERVICE>` and `stack.images` replace them one by one. But for those of
#: OPTIONAL_SERVICES they are the versions that Debian's testing branch packages, so that stand-ins built from it are
#: the same programs.
IMAGES = {
    "alertmanager": "prom/alertmanager:v0.33.1",
    "grafana": "grafana/grafana:12.4.3",
    "memcached": "memcached:1.6.45",
    "memcached-exporter": "prom/memcached-exporter:v0.15.3",
    "prometheus": "prom/prometheus:v3.5.3",
    "redis": "redis:8.0.6",
    "redis-exporter": "oliver006/redis_exporter:v1.86.0",
    "statsd-exporter": "prom/statsd-exporter:v0.28.0",
    "victoriametrics": "victoriametrics/victoria-metrics:v1.145.0",
    "python": "python:3.11-slim-bookworm",
}


def published_port(service: str) -> int:
    """The default port on 127.0.0.1 of a service that stackgen knows."""
    return PUBLISHED_PORTS.get(service, SERVICE_PORTS[service])


def environment_name(kind: str, service: str) -> str:
    """The environment variable that overrides a service's image or port (`STACKGEN_IMAGE_REDIS_EXPORTER`)."""
    return f"STACKGEN_{kind}_{service.upper().replace('-', '_')}"


def class_name(definition: Definition) -> str:
    """The exporter's class: `CacheMetrics` for `cache`, `JobQueueMetrics` for `job_queue`."""
    return "".join(part.capitalize() for part in definition.name.split("_")) + "Metrics"


def exporter_file(definition: Definition) -> str:
    """The exporter module's file name, inside the folder of exporters."""
    return f"{definition.name}.py"


def dashboard_uid(definition: Definition, dashboard: str) -> str:
    """A dashboard's stable uid (at most 40 characters, as Grafana demands)."""
    uid = f"{definition.name}-{dashboard}".replace("_", "-")
    return uid if len(uid) <= 40 else f"{uid[:31]}-{hashlib.sha256(uid.encode()).hexdigest()[:8]}"


def dashboard_file(definition: Definition, dashboard: str) -> str:
    """A dashboard's path inside the folder of dashboards: Grafana makes a folder of its own of each definition's."""
    return f"{definition.name}/{dashboard}.json".replace("_", "-")


def rules_file(definition: Definition) -> str:
    """The file of recording and alerting rules, inside the folder of alerts."""
    return f"{definition.name}.rules.yaml"


def runbook_file(definition: Definition, alert: str) -> str:
    """An alert's runbook page, inside the folder of alerts."""
    return f"runbooks/{definition.name}/{alert}.md"


def runbook_url(definition: Definition, alert: str) -> str:
    """Where an alert's runbook is found by whoever gets the alert."""
    return f"{definition.stack.runbooks.rstrip('/')}/{definition.name}/{alert}"


def slo_alert_name(definition: Definition, slo: str) -> str:
    """The alerts of an objective: `CacheAvailableBudgetBurn`, once as a page and once as a ticket."""
    words = f"{definition.name}_{slo}".split("_")
    return "".join(word.capitalize() for word in words) + "BudgetBurn"


def slo_alert_labels(urgency: str) -> dict[str, str]:
    """The labels of an objective's alert, a `page` or a `ticket`: Sloth's, and the one that all other alerts have."""
    return {"severity": {"page": "critical", "ticket": "warning"}[urgency], "sloth_severity": urgency}


def alert_names(definition: Definition) -> tuple[str, ...]:
    """The names of all alerts: those of signals, then those of objectives."""
    return (*definition.alerts, *(slo_alert_name(definition, slo) for slo in definition.slos))


#: The alert that always fires, under the name that the field knows it by (kube-prometheus), and its severity.
WATCHDOG, WATCHDOG_SEVERITY = "Watchdog", "none"


def heartbeat_rules_file(definition: Definition) -> str:
    """The file of the alert that always fires, inside the folder of alerts."""
    return f"{definition.name}.heartbeat.rules.yaml"


def heartbeat_group_name(definition: Definition) -> str:
    """The group of the alert that always fires."""
    return f"{definition.name}-heartbeat"


def slo_labels(definition: Definition, slo: str) -> dict[str, str]:
    """Labels on every series of an objective, under Sloth's names."""
    return {"sloth_id": f"{definition.name}-{slo}", "sloth_service": definition.name, "sloth_slo": slo}


def slo_group_names(definition: Definition, slo: str) -> tuple[str, str, str]:
    """The groups of an objective's rules, under Sloth's names: error ratios, what is known of it, alerts."""
    key = slo_labels(definition, slo)["sloth_id"]
    return f"sloth-slo-sli-recordings-{key}", f"sloth-slo-meta-recordings-{key}", f"sloth-slo-alerts-{key}"


def slo_rules_file(definition: Definition) -> str:
    """The file of the objectives' rules, inside the folder of alerts."""
    return f"{definition.name}.slo.rules.yaml"


def shown_rules_file(definition: Definition) -> str:
    """The file of what is recorded for dashboards alone, inside the folder of alerts."""
    return f"{definition.name}.dashboards.rules.yaml"


def file_of_tests(rules: str, pace: str = "") -> str:
    """The tests of a file of rules, beside it: `cache.tests.yaml` for `cache.rules.yaml`.

    `pace` tells apart those that evaluate the rules more or less often than the others: `cache.slow.tests.yaml`.
    """
    return ".".join([rules.removesuffix(".rules.yaml"), *([pace] if pace else []), "tests.yaml"])
