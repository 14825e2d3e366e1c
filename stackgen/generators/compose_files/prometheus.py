"""What Prometheus scrapes, evaluates and notifies, where else it writes, and how its container runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stackgen import conventions
from stackgen.definition.model import Access, Definition, RemoteWrite, Service, Target
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.compose_files import statsd
from stackgen.generators.compose_files.addresses import THE_MACHINE, address, listen, outside
from stackgen.generators.document import Inline, Quoted, heading, to_yaml

#: Services that stackgen runs and that expose their own metrics, scraped as the job of their name if they are part of
#: the stack; the last two always are.
_OWN = ("redis-exporter", "memcached-exporter", "statsd-exporter", "victoriametrics", "prometheus", "alertmanager")

#: Longest that a scrape may take, in seconds; Prometheus's own default.
_TIMEOUT = 10.0

#: The folder in which Prometheus's container finds this configuration.
CONFIGURATION = "/etc/prometheus/config"

#: Where Prometheus finds its secrets, and the files that list targets.
_SECRETS, _TARGETS = "/run/secrets", "/etc/prometheus/targets"


@dataclass(frozen=True, slots=True)
class _Group:
    """Targets that one job scrapes under one path, in one way."""

    job: str
    addresses: tuple[str, ...]
    path: str = "/metrics"
    files: tuple[str, ...] = ()
    #: Scheme, credentials, and what else is said once for all targets of an entry.
    settings: Mapping[str, object] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    #: What is done to what was scraped.
    relabelling: Sequence[Mapping[str, object]] = ()


def configuration(definition: Definition) -> str:
    """`prometheus.yml`; both generations of Prometheus, 2.x and 3.x, read it alike."""
    stack = definition.stack
    interval = prometheus_duration(stack.scrape_interval)
    settings: dict[str, object] = {
        "global": {
            "scrape_interval": interval,
            # A scrape may not outlast its interval.
            "scrape_timeout": prometheus_duration(min(_TIMEOUT, stack.scrape_interval)),
            "evaluation_interval": prometheus_duration(stack.evaluation_interval),
            **_labelled(stack.external_labels, key="external_labels"),
        },
        "storage": {"exemplars": {"max_exemplars": 100_000}},
        "rule_files": ["/etc/prometheus/rules/*.rules.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": Inline([address("alertmanager")])}]}]},
        "scrape_configs": list(_scrape_configs(_groups(definition))),
    }
    if stores := list(_stores(definition)):
        settings["remote_write"] = stores
    return heading(definition, "What Prometheus scrapes, evaluates and notifies.") + "\n" + to_yaml(settings)


def service(definition: Definition) -> dict[str, object]:
    """What is special to its container."""
    stack = definition.stack
    volumes = [
        f"${{STACKGEN_CONFIGURATION:-.}}/prometheus:{CONFIGURATION}:ro",
        "${STACKGEN_CONFIGURATION:-..}/alerts:/etc/prometheus/rules:ro",
        "prometheus-data:/prometheus",
    ]
    if any(target.files for target in stack.targets):
        volumes.insert(2, f"./targets:{_TARGETS}:ro")
    settings: dict[str, object] = {
        "user": Quoted("65534:65534"),
        "command": [
            f"--config.file={CONFIGURATION}/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            f"--storage.tsdb.retention.time={prometheus_duration(stack.retention)}",
            "--storage.tsdb.retention.size=${STACKGEN_RETENTION_SIZE:-8GB}",
            "--enable-feature=exemplar-storage",
            f"--web.listen-address={listen('prometheus')}",
            f"--web.external-url={outside(definition, 'prometheus')}",
        ],
        "volumes": volumes,
    }
    if given := secrets(definition):
        settings["secrets"] = list(given)
    if stack.targets or stack.remote_write:
        settings["extra_hosts"] = Inline([THE_MACHINE])
    return settings


def secrets(definition: Definition) -> tuple[str, ...]:
    """Names of the secrets that targets and stores are reached with, each once."""
    targets, stores = definition.stack.targets, definition.stack.remote_write
    reached = (*(target.access for target in targets), *(store.access for store in stores))
    return tuple(dict.fromkeys(secret for access in reached for secret in access.secrets))


def _stores(definition: Definition) -> Iterator[dict[str, object]]:
    """Where every sample is sent; the stack's own store takes part in the profile that starts it."""
    if "victoriametrics" in definition.stack.services:
        yield {"url": f"http://{address('victoriametrics')}/api/v1/write", "name": "victoriametrics"}
    yield from map(_store, definition.stack.remote_write)


def _store(store: RemoteWrite) -> dict[str, object]:
    named = {} if store.name is None else {"name": store.name}
    return {"url": store.url, **named, **_access(store.access)}


def _access(access: Access) -> dict[str, object]:
    """Prometheus's settings for credentials and TLS; secrets are read from files, anew each time."""
    settings: dict[str, object] = {}
    if access.username is not None and access.password_file is not None:
        settings["basic_auth"] = {
            "username": Quoted(access.username),
            "password_file": f"{_SECRETS}/{access.password_file}",
        }
    if access.bearer_token_file is not None:
        settings["authorization"] = {"credentials_file": f"{_SECRETS}/{access.bearer_token_file}"}
    files = {"ca_file": access.ca_file, "cert_file": access.cert_file, "key_file": access.key_file}
    tls: dict[str, object] = {key: f"{_SECRETS}/{name}" for key, name in files.items() if name is not None}
    if access.server_name is not None:
        tls["server_name"] = Quoted(access.server_name)
    if access.insecure:
        tls["insecure_skip_verify"] = True
    if tls:
        settings["tls_config"] = tls
    return settings


def _settings(target: Target) -> dict[str, object]:
    """What an entry of a target says beside where it is."""
    settings: dict[str, object] = {}
    if target.scrape_interval is not None:
        settings["scrape_interval"] = prometheus_duration(target.scrape_interval)
        settings["scrape_timeout"] = prometheus_duration(min(_TIMEOUT, target.scrape_interval))
    if target.params:
        settings["params"] = {name: Inline([Quoted(value)]) for name, value in target.params.items()}
    return settings | ({"scheme": "https"} if target.access.tls else {}) | _access(target.access)


def _groups(definition: Definition) -> Iterator[_Group]:
    """What to scrape, the definition's own targets first."""
    stack = definition.stack
    if "workload" in stack.services:
        yield _Group(stack.jobs[0], (address("workload"),))
    for target in stack.targets:
        yield _Group(target.job, target.addresses, target.path, target.files, _settings(target), labels=target.labels)
    for service in stack.services.values():
        if service.metrics is not None and service.port is not None:
            yield _Group(_job(definition, service), (f"{service.name}:{service.port}",), service.metrics)
    present = {*conventions.CORE_SERVICES, *stack.services}
    for name in _OWN:
        if name in present:
            relabelling = statsd.relabelling(definition) if name == "statsd-exporter" and definition.metrics else ()
            yield _Group(name, (address(name),), relabelling=relabelling)


def _job(definition: Definition, service: Service) -> str:
    """The job of a user's own service: its name, unless nothing else would be the job that dashboards look for."""
    stack = definition.stack
    scraped = [s.name for s in stack.services.values() if s.metrics is not None and s.port is not None]
    known = {*scraped, *stack.services, *(target.job for target in stack.targets)}
    if "workload" in stack.services or known.intersection(stack.jobs) or service.name != scraped[0]:
        return service.name
    return stack.jobs[0]


def _scrape_configs(groups: Iterator[_Group]) -> Iterator[dict[str, object]]:
    """One entry for each job, with a path for each group of addresses that has another one.

    A job that is scraped in several ways has an entry for each: Prometheus demands that each has a name of its own, so
    those after the first are told what their targets' `job` is.
    """
    jobs: dict[str, list[list[_Group]]] = {}
    for group in groups:
        ways = jobs.setdefault(group.job, [])
        alike = next(
            (way for way in ways if way[0].settings == group.settings and not (way[0].files or group.files)), None
        )
        if alike is None:
            ways.append([group])
        else:
            alike.append(group)
    for job, ways in jobs.items():
        for number, way in enumerate(ways, 1):
            yield _entry(job, number, way)


def _entry(job: str, number: int, members: list[_Group]) -> dict[str, object]:
    path = members[0].path
    entry: dict[str, object] = {"job_name": job if number == 1 else f"{job}/{number}"}
    if path != "/metrics":
        entry["metrics_path"] = path
    entry |= members[0].settings
    if files := [f"{_TARGETS}/{file}" for file in members[0].files]:
        entry["file_sd_configs"] = [{"files": files}]
    else:
        entry["static_configs"] = [
            {"targets": Inline(member.addresses)}
            | _labelled({**({"__metrics_path__": member.path} if member.path != path else {}), **member.labels})
            for member in members
        ]
    if members[0].relabelling:
        entry["metric_relabel_configs"] = list(members[0].relabelling)
    replaced = {**(members[0].labels if members[0].files else {}), **({"job": job} if number > 1 else {})}
    if replaced:
        entry["relabel_configs"] = [
            {"target_label": name, "replacement": Quoted(value)} for name, value in replaced.items()
        ]
    return entry


def _labelled(labels: Mapping[str, str], *, key: str = "labels") -> dict[str, object]:
    return {key: {name: Quoted(value) for name, value in labels.items()}} if labels else {}
