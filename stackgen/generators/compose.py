"""The stack of a definition: a compose file and the configuration that its services mount.

Docker runs the compose file; `stackgen.stack` interprets the same file to run the same stack as native processes, so
it keeps to a plain part of the format: lists of words for commands, short volumes, `${NAME:-default}`.
"""

from __future__ import annotations

from stackgen.definition.model import Definition
from stackgen.generators.compose_files import (
    alertmanager,
    grafana,
    image,
    prometheus,
    prometheus_health,
    secrets,
    services,
    statsd,
)


def generate(definition: Definition) -> dict[str, str]:
    """All files of the folder `compose/`, by path."""
    return {
        "compose.yaml": services.compose_yaml(definition),
        "prometheus/prometheus.yml": prometheus.configuration(definition),
        f"prometheus/{prometheus_health.SCRIPT}": prometheus_health.script(definition),
        "alertmanager/alertmanager.yml": alertmanager.configuration(definition),
        "alertmanager/templates/stackgen.tmpl": alertmanager.templates(definition),
        "grafana/provisioning/datasources/prometheus.yaml": grafana.datasources(definition),
        "grafana/provisioning/dashboards/dashboards.yaml": grafana.dashboards(definition),
        **({"statsd/mapping.yml": statsd.mapping(definition)} if _takes_packets(definition) else {}),
        "secrets/.gitignore": secrets.gitignore(definition),
        "workload/.dockerignore": image.dockerignore(definition),
        "workload/Dockerfile": image.dockerfile(definition),
    }


def _takes_packets(definition: Definition) -> bool:
    service = definition.stack.services.get("statsd-exporter")
    return service is not None and service.image is None
