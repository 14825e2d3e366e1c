"""What Prometheus scrapes, evaluates and notifies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stackgen import conventions
from stackgen.definition.model import Definition, Service
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.document import Inline, heading, to_yaml

#: Services that stackgen runs and that expose their own metrics, always scraped.
_OWN = ("prometheus", "alertmanager")


@dataclass(frozen=True, slots=True)
class _Group:
    """Addresses that one job scrapes under one path."""

    job: str
    addresses: tuple[str, ...]
    path: str = "/metrics"


def configuration(definition: Definition) -> str:
    """`prometheus.yml`; both generations of Prometheus, 2.x and 3.x, read it alike."""
    stack = definition.stack
    interval = prometheus_duration(stack.scrape_interval)
    settings: dict[str, object] = {
        "global": {
            "scrape_interval": interval,
            # A scrape may not outlast its interval.
            "scrape_timeout": prometheus_duration(min(10.0, stack.scrape_interval)),
            "evaluation_interval": prometheus_duration(stack.evaluation_interval),
        },
        "storage": {"exemplars": {"max_exemplars": 100_000}},
        "rule_files": ["/etc/prometheus/rules/*.rules.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": Inline([_address("alertmanager")])}]}]},
        "scrape_configs": list(_scrape_configs(_groups(definition))),
    }
    return heading(definition, "What Prometheus scrapes, evaluates and notifies.") + "\n" + to_yaml(settings)


def _address(service: str) -> str:
    return f"{service}:{conventions.SERVICE_PORTS[service]}"


def _groups(definition: Definition) -> Iterator[_Group]:
    """What to scrape, the definition's own targets first."""
    stack = definition.stack
    if "workload" in stack.services:
        yield _Group(stack.jobs[0], (_address("workload"),))
    yield from (_Group(target.job, target.addresses, target.path) for target in stack.targets)
    for service in stack.services.values():
        if service.metrics is not None and service.port is not None:
            yield _Group(_job(definition, service), (f"{service.name}:{service.port}",), service.metrics)
    if "redis-exporter" in stack.services:
        yield _Group("redis-exporter", (_address("redis-exporter"),))
    yield from (_Group(service, (_address(service),)) for service in _OWN)


def _job(definition: Definition, service: Service) -> str:
    """The job of a user's own service: its name, unless nothing else would be the job that dashboards look for."""
    stack = definition.stack
    scraped = [s.name for s in stack.services.values() if s.metrics is not None and s.port is not None]
    known = {*scraped, *stack.services, *(target.job for target in stack.targets)}
    if "workload" in stack.services or known.intersection(stack.jobs) or service.name != scraped[0]:
        return service.name
    return stack.jobs[0]


def _scrape_configs(groups: Iterator[_Group]) -> Iterator[dict[str, object]]:
    """One entry for each job, as Prometheus demands, with a path for each group of addresses that has another one."""
    jobs: dict[str, list[_Group]] = {}
    for group in groups:
        jobs.setdefault(group.job, []).append(group)
    for job, members in jobs.items():
        path = members[0].path
        entry: dict[str, object] = {"job_name": job}
        if path != "/metrics":
            entry["metrics_path"] = path
        entry["static_configs"] = [
            {"targets": Inline(member.addresses)}
            | ({"labels": {"__metrics_path__": member.path}} if member.path != path else {})
            for member in members
        ]
        yield entry
